#include "eventstore/wire/courier.h"

#include "eventstore/base/require.h"

#include <stdlib.h>

enum { CONNECT_WITHIN_MS = 1000, ANSWER_WITHIN_MS = 10 * 1000 };

struct courier {
	char          *socket_path;
	char          *who;
	struct client *client; /* NULL while there is no connection */
};

struct courier *courier_create(const char *socket_path, const char *who)
{
	struct courier *courier = calloc(1, sizeof(*courier));

	require(courier != NULL);
	courier->socket_path = strdup(socket_path);
	courier->who = strdup(who);
	require(courier->socket_path && courier->who);
	return courier;
}

void courier_destroy(struct courier *courier)
{
	if (!courier)
		return;
	client_close(courier->client);
	free(courier->socket_path);
	free(courier->who);
	free(courier);
}

static enum status carry(struct courier *courier, const char *command, struct id command_id, const void *fields,
                         struct arena *arena, struct answer *answer)
{
	enum status status = STATUS_OK;

	if (!courier->client)
		status = client_open_within(courier->socket_path, courier->who, CONNECT_WITHIN_MS, &courier->client);
	if (status == STATUS_OK)
		status = client_command(courier->client, command, command_id, fields, ANSWER_WITHIN_MS, arena, answer);
	if (status != STATUS_OK) {
		client_close(courier->client);
		courier->client = NULL;
	}
	return status;
}

/* A connection that was there before may lead to a writer that has ended since: that alone is no reason to give up. */
enum status courier_command(struct courier *courier, const char *command, struct id command_id, const void *fields,
                            struct arena *arena, struct answer *answer)
{
	bool        stale = courier->client != NULL;
	enum status status = carry(courier, command, command_id, fields, arena, answer);

	if (status == STATUS_UNREACHABLE && stale)
		status = carry(courier, command, command_id, fields, arena, answer);
	return status;
}
