/* Writes the seed corpus of the codecs' fuzz targets: FOLDER/msgpack_fuzz, json_fuzz, record_fuzz and frame_fuzz. Good
 * inputs, made by the encoders themselves, so that they cannot fall behind the formats. The same on every run, but for
 * the nonces of seals. */
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_json.h"
#include "eventstore/codec/codec_msgpack.h"
#include "eventstore/log/record.h"
#include "eventstore/wire/message.h"
#include "tests/eventstore/sample.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

enum { SAMPLES = 6, PATH_SIZE_MAX = 1024 };

static const char *root;

static void make_folder(const char *path)
{
	require(mkdir(path, 0755) == 0 || errno == EEXIST);
}

static void write_seed(const char *folder, int number, struct bytes bytes)
{
	char  path[PATH_SIZE_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s_fuzz", root, folder);
	make_folder(path);
	snprintf(path, sizeof(path), "%s/%s_fuzz/seed-%02d", root, folder, number);
	file = fopen(path, "wbe");
	require(file != NULL);
	require(fwrite(bytes.data, 1, bytes.size, file) == bytes.size && fclose(file) == 0);
}

static void write_sample(int number, const struct sample *sample)
{
	struct buffer out = {0};

	require(msgpack_encode_shape(&sample_shape, sample, 0, NULL, &out) == STATUS_OK);
	write_seed("msgpack", number, buffer_bytes(&out));
	out.size = 0;
	json_encode_shape(&sample_shape, sample, 0, &out);
	write_seed("json", number, buffer_bytes(&out));
	buffer_finish(&out);
}

static void write_dossier(int number, struct id person)
{
	struct dossier dossier = {.person = person, .name = TEXT("Ada \"Zoë\""), .note = TEXT(""), .level = 3}, read;
	struct buffer  out = {0}, json = {0};
	struct arena   arena = {0};

	require(msgpack_encode_shape(&dossier_shape, &dossier, 0, &sample_sealer, &out) == STATUS_OK);
	write_seed("msgpack", number, buffer_bytes(&out));
	require(msgpack_decode_shape(&dossier_shape, buffer_bytes(&out), NULL, &arena, &read) == STATUS_OK);
	json_encode_shape(&dossier_shape, &read, 0, &json);
	write_seed("json", number, buffer_bytes(&json));
	buffer_finish(&out);
	buffer_finish(&json);
	arena_finish(&arena);
}

/* An event with streams, claims and a sealed text, of whatever type the catalogue has first. */
static void write_record(int number, uint8_t streams, uint8_t claims, struct bytes payload)
{
	struct record record = {.number = event_types[0].number,
	                        .shape_version = 1,
	                        .command_count = 1,
	                        .stream_count = streams,
	                        .claim_count = claims,
	                        .position = 1 + (uint64_t)number,
	                        .time_us = 1767323045678901,
	                        .actor = SAMPLE_PERSON,
	                        .command = SAMPLE_PERSON,
	                        .payload = payload};
	struct buffer out = {0};

	for (int i = 0; i < streams; i++)
		record.streams[i] = (struct record_stream){.id = SAMPLE_PERSON, .version = 1 + (uint64_t)i};
	for (int i = 0; i < claims; i++)
		record.claims[i] = (struct record_claim){.claim = 1, .taken = i % 2};
	record_encode(&record, &out);
	write_seed("record", number, buffer_bytes(&out));
	buffer_finish(&out);
}

/* A conversation in one piece, and each of its bodies alone. */
static void write_frames(void)
{
	struct hello      hello = {.protocol = PROTOCOL_VERSION, .who = TEXT("seeds")};
	struct submission submission = {.command = TEXT("change_privacy"),
	                                .command_id = SAMPLE_PERSON,
	                                .actor = SAMPLE_PERSON,
	                                .digest = BYTES("0123456789abcdef", 16),
	                                .has_expected = true,
	                                .expected = 1,
	                                .body = BYTES("\x80", 1)};
	struct answer     answer = {.status = TEXT("ok"), .position = 7, .version = 1, .subject = SAMPLE_PERSON};
	struct progress   progress = {.name = TEXT("account"), .position = 7};
	struct stats      stats = {.head = 7, .version = TEXT("1"), .projections = {.items = &progress, .count = 1}};
	struct buffer     out = {0};

	message_append(&out, FRAME_HELLO, 0, &hello_shape, &hello);
	message_append(&out, FRAME_SUBMIT, 1, &submission_shape, &submission);
	message_append(&out, FRAME_SUBMIT | FRAME_ANSWER, 1, &answer_shape, &answer);
	message_append(&out, FRAME_STATS | FRAME_ANSWER, 2, &stats_shape, &stats);
	write_seed("frame", 0, buffer_bytes(&out));
	write_seed("frame", 1, BYTES(out.data + FRAME_HEADER_SIZE, out.size - FRAME_HEADER_SIZE));
	out.size = 0;
	message_append(&out, FRAME_SUBMIT, 1, &submission_shape, &submission);
	write_seed("frame", 2, BYTES(out.data + FRAME_HEADER_SIZE, out.size - FRAME_HEADER_SIZE));
	out.size = 0;
	message_append(&out, FRAME_STATS, 1, &stats_shape, &stats);
	write_seed("frame", 3, BYTES(out.data + FRAME_HEADER_SIZE, out.size - FRAME_HEADER_SIZE));
	buffer_finish(&out);
}

int main(int argc, char **argv)
{
	struct arena  arena = {0};
	struct sample sample;
	uint64_t      state = 1;

	require(argc == 2);
	root = argv[1];
	make_folder(root);
	for (int i = 0; i < SAMPLES; i++) {
		sample_random(&state, &arena, &sample);
		write_sample(i, &sample);
	}
	write_dossier(SAMPLES, SAMPLE_PERSON);
	write_dossier(SAMPLES + 1, SAMPLE_ERASED);
	write_record(0, 0, 0, BYTES("\x80", 1));
	write_record(1, 1, 1,
	             BYTES("\x81\xa4user\xc4\x10"
	                   "0123456789abcdef",
	                   23));
	write_record(2, RECORD_STREAMS_MAX, RECORD_CLAIMS_MAX, BYTES("", 0));
	write_frames();
	arena_finish(&arena);
	puts(root);
	return 0;
}
