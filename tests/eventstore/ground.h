/* What tests of the store stand on: a scratch folder of the process, an open store in it, and events made up for it. */
#ifndef ORRERY_TESTS_GROUND_H
#define ORRERY_TESTS_GROUND_H

#include "eventstore/writer/store.h"

/* A fresh, empty folder; the one before is removed. Lasts until ground_clear. */
const char *ground_fresh(void);
void        ground_clear(void);
const char *ground_folder(void);

/* Something in the folder; valid until the next ground_fresh. */
const char *ground_path(const char *name);

/* The store in the folder; fails the test when it does not open. */
struct store *ground_open(void);
enum status   ground_try_open(struct store **store);

/* An event of a type that nothing folds, about one stream, of a command of its own; versions and position are missing.
 */
struct record ground_record(struct id stream);

/* Appends it with the versions its streams have reached; the position. Not yet durable. */
uint64_t ground_append(struct store *store, struct record *record);

/* ground_append of a ground_record. */
uint64_t ground_happen(struct store *store, struct id stream);

/* A typed event, sealed, about `person`. GROUND_EVENT(store, person, profile_changed, .user = person, …) */
uint64_t ground_append_event(struct store *store, struct id person, uint16_t number, const void *event);
#define GROUND_EVENT(store, person, event, ...)                                                                        \
	ground_append_event((store), (person), EVENT_##event, &(struct event){__VA_ARGS__})

/* Makes the open batch durable. */
void ground_commit(struct store *store);

/* Ids that are easy to tell apart. */
struct id ground_id(uint32_t number);

/* How often the bytes occur in a file; where they do so first, failing the test when they do not. */
size_t ground_count_in_file(const char *path, struct bytes wanted);
size_t ground_find_in_file(const char *path, struct bytes wanted);

/* Changes a bit of the file's byte at the offset; twice changes nothing. */
void ground_flip_at(const char *path, size_t offset);

/* Removes a folder and what is in it. */
void ground_remove(const char *path);

#endif
