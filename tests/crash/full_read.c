/* Reads everything that a data folder's log, tree and vault hold, and says what it read: full_read DATA MASTER_KEY
 * Prints one line that is the same as long as all of it is: how many events, and a hash over their bytes, their hashes
 * and what opens of their personal texts. Ends with 1 when something cannot be read, or by a signal when LMDB falls. */
#include "eventstore/base/base64.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_json.h"
#include "eventstore/log/reader.h"
#include "eventstore/vault/keys.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

struct reading {
	const struct opener *opener;
	struct buffer        said;
	uint64_t             count;
	bool                 failed;
};

static bool take(void *owner, const struct record *record)
{
	struct reading          *reading = owner;
	struct arena             arena = {0};
	const struct event_type *type;
	const void              *event;

	reading->count++;
	reading->failed = record_event(record, reading->opener, &arena, &type, &event) != STATUS_OK;
	buffer_append(&reading->said, record->encoded);
	buffer_append(&reading->said,
	              BYTES(record->nodes, merkle_completed(record->position) * sizeof(record->nodes[0])));
	if (!reading->failed)
		json_encode_shape(type->shape, event, 0, &reading->said);
	arena_finish(&arena);
	return !reading->failed;
}

int main(int count, char **arguments)
{
	struct reading reading = {0};
	struct reader *reader;
	struct keys   *keys;
	char           vault[PATH_MAX], text[BASE64_STANDARD_SIZE(sizeof(struct hash))];
	uint64_t       head;
	struct hash    hash;

	require(count == 3);
	snprintf(vault, sizeof(vault), "%s/" KEYS_FOLDER, arguments[1]);
	if (reader_open(arguments[1], &reader) != STATUS_OK
	    || keys_open(vault, arguments[2], KEYS_READ, &keys) != STATUS_OK)
		return EXIT_FAILURE;
	reading.opener = keys_opener(keys);
	if (reader_head(reader, &head) != STATUS_OK || reader_each(reader, 1, UINT32_MAX, take, &reading) != STATUS_OK
	    || reading.failed || reading.count != head)
		return EXIT_FAILURE;
	hash = hash_sha256(buffer_bytes(&reading.said));
	base64_standard_encode(BYTES(hash.bytes, sizeof(hash.bytes)), text);
	printf("%" PRIu64 " events, %.*s\n", head, (int)sizeof(text), text);
	buffer_finish(&reading.said);
	keys_close(keys);
	reader_close(reader);
	return EXIT_SUCCESS;
}
