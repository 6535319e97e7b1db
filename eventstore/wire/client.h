/* A blocking conversation with the writer, for command-line tools, doorbells and tests. One thread at a time. */
#ifndef ORRERY_CLIENT_H
#define ORRERY_CLIENT_H

#include "eventstore/base/arena.h"
#include "eventstore/wire/message.h"

struct client;

/* Connects and says hello. UNREACHABLE: nobody listens. UNSUPPORTED: another protocol version (logged with its
 * sentence). */
enum status client_open(const char *socket_path, const char *who, struct client **out) MUST_USE;
/* The same, waiting no longer than this for the writer's welcome. */
enum status client_open_within(const char *socket_path, const char *who, int timeout_ms, struct client **out) MUST_USE;
void        client_close(struct client *client);

/* For poll(2). */
int client_fd(const struct client *client);

/* Sends everything; UNREACHABLE: the connection is gone, and whether what was sent took effect is unknown. */
enum status client_send(struct client *client, struct bytes frames) MUST_USE;

/* The next frame within the time; its body is valid until the next receive. NOT_FOUND: none came in time. */
enum status client_receive(struct client *client, int timeout_ms, struct frame *frame) MUST_USE;

/* One submission and its answer, whose texts live in the arena. Unasked frames in between are dropped. */
enum status client_submit(struct client *client, const struct submission *submission, int timeout_ms,
                          struct arena *arena, struct answer *answer) MUST_USE;

/* The same for a command of the catalog, from nobody, which is how the log tells an operator and our own processes from
 * everybody else; `fields` is a struct of its shape. Naming one that is not there is a bug. */
enum status client_command(struct client *client, const char *name, struct id command_id, const void *fields,
                           int timeout_ms, struct arena *arena, struct answer *answer) MUST_USE;

/* One question without a body: FRAME_STATS. */
enum status client_ask(struct client *client, uint8_t op, const struct shape *shape, struct arena *arena,
                       void *message) MUST_USE;

#endif
