/* Makes a small data folder that has something of everything: small_log DATA
 * People, long texts that fill pages of their own, erasures, and so many commits that pages were freed and used again.
 */
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_msgpack.h"
#include "eventstore/writer/store.h"
#include "schema/events.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	COMMITS = 60,
	EVENTS_A_COMMIT = 3,
	PERSONS = 20,
	BIO_SIZE = 2000,
	LONG_ONE_IN = 9,
	ERASED_ONE_IN = 31,
	CLAIMS_ONE_IN = 4
};

static struct id person(unsigned number)
{
	struct id id = {.bytes = "person"};

	id.bytes[15] = (uint8_t)number;
	return id;
}

static void append(struct store *store, struct id about, uint16_t number, const void *event)
{
	struct record record = {.number = number,
	                        .shape_version = 1,
	                        .command_count = 1,
	                        .stream_count = 1,
	                        .time_us = 1767323045678901,
	                        .command = id_fresh(),
	                        .streams = {{.id = about}}};
	struct buffer payload = {0};

	if (store_head(store) % CLAIMS_ONE_IN == 0)
		record.claims[record.claim_count++] = (struct record_claim){
			.claim = 1, .taken = true, .value = hash_leaf(BYTES(record.command.bytes, 16))};
	require(msgpack_encode_shape(event_type_by_number(number)->shape, event, 0, keys_sealer(store_keys(store)),
	                             &payload)
	        == STATUS_OK);
	record.payload = buffer_bytes(&payload);
	require(store_stream_version(store, about, &record.streams[0].version) == STATUS_OK);
	record.streams[0].version++;
	require(store_append(store, &record) == STATUS_OK);
	buffer_finish(&payload);
}

static void happen(struct store *store, unsigned number)
{
	static char bio[BIO_SIZE];
	struct id   about = person(number % PERSONS + number / (ERASED_ONE_IN * PERSONS) * PERSONS);

	memset(bio, 'x', sizeof(bio));
	if (number % ERASED_ONE_IN == ERASED_ONE_IN - 1) {
		about = person(PERSONS + number / ERASED_ONE_IN);
		append(store, about, EVENT_profile_changed,
		       &(struct profile_changed){.user = about, .name = TEXT("Gone")});
		append(store, about, EVENT_user_erased, &(struct user_erased){.user = about});
		store_forget(store, about);
	} else if (number % LONG_ONE_IN == 0) {
		append(store, about, EVENT_profile_changed,
		       &(struct profile_changed){.user = about, .bio = {bio, sizeof(bio)}});
	} else {
		append(store, about, EVENT_profile_changed,
		       &(struct profile_changed){.user = about, .name = TEXT("Ada")});
	}
}

int main(int count, char **arguments)
{
	char                  master[PATH_MAX];
	struct store_settings settings = {.directory = arguments[1], .master_path = master};
	struct store         *store;

	require(count == 2);
	snprintf(master, sizeof(master), "%s/master.key", arguments[1]);
	require(store_open(&settings, &store) == STATUS_OK);
	for (unsigned i = 0; i < COMMITS; i++) {
		struct batch *batch;

		for (unsigned j = 0; j < EVENTS_A_COMMIT; j++)
			happen(store, i * EVENTS_A_COMMIT + j);
		batch = store_close_batch(store);
		require(store_commit(store, batch) == STATUS_OK);
		store_release_batch(store, batch);
	}
	store_close(store);
	return EXIT_SUCCESS;
}
