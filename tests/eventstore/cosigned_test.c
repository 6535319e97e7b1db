#include "eventstore/log/cosigned.h"

#include "eventstore/base/base64.h"
#include "eventstore/disk/whole_file.h"
#include "eventstore/log/notary.h"
#include "tests/eventstore/ground.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { EVENTS = 20 }; /* that are cosigned; there are five more */

static struct note_signer   log_signer, witness_signer[2];
static struct witnesses     witnesses;
static struct reader       *reader;
static struct merkle_source tree;

static struct text text_of(const struct buffer *buffer)
{
	return (struct text){.data = (char *)buffer->data, .size = buffer->size};
}

static void happen(uint32_t count)
{
	struct store *store = ground_open();

	for (uint32_t i = 0; i < count; i++)
		ground_happen(store, ground_id(1));
	ground_commit(store);
	store_close(store);
}

/* The body that the log says of its first `size` events. */
static struct buffer body_at(uint64_t size)
{
	struct checkpoint checkpoint = {.origin = text_from(log_signer.name), .size = size};
	struct buffer     body = {0};

	assert_int_equal(merkle_root(&tree, size, &checkpoint.root), STATUS_OK);
	checkpoint_format(&checkpoint, &body);
	return body;
}

static struct buffer note_at(uint64_t size)
{
	struct buffer body = body_at(size), note = {0};

	buffer_append(&note, buffer_bytes(&body));
	buffer_append_text(&note, TEXT("\n"));
	note_sign(&log_signer, text_of(&body), &note);
	buffer_finish(&body);
	return note;
}

static void cosign(int which, uint64_t size, uint32_t time_s, struct buffer *out)
{
	struct note_verifier *witness = &witnesses.items[which];
	struct buffer         body = body_at(size), message = {0};
	struct signature      signature;
	uint8_t               bytes[4 + 8 + SIGN_SIZE] = {0};
	char                  encoded[BASE64_STANDARD_SIZE(sizeof(bytes))];

	for (int i = 0; i < 4; i++) {
		bytes[i] = (uint8_t)(witness->id >> (24 - 8 * i));
		bytes[8 + i] = (uint8_t)(time_s >> (24 - 8 * i));
	}
	buffer_format(&message, "cosignature/v1\ntime %u\n", time_s);
	buffer_append(&message, buffer_bytes(&body));
	sign_message(&witness_signer[which].key, buffer_bytes(&message), &signature);
	memcpy(bytes + 12, signature.bytes, SIGN_SIZE);
	base64_standard_encode(BYTES(bytes, sizeof(bytes)), encoded);
	buffer_format(out, "\xe2\x80\x94 %s %.*s\n", witness->name, (int)sizeof(encoded), encoded);
	buffer_finish(&body);
	buffer_finish(&message);
}

static enum status take(struct buffer *text, struct cosigned_outcome *outcome)
{
	struct note_verifier  key = note_signer_verifier(&log_signer);
	struct cosigned_check check = {
		.data = ground_folder(), .tree = &tree, .log_keys = &key, .log_key_count = 1, .witnesses = &witnesses};
	enum status status = cosigned_take(&check, text_of(text), outcome);

	buffer_finish(text);
	return status;
}

static void serve(uint64_t size)
{
	struct buffer note = note_at(size);

	assert_int_equal(whole_file_write(ground_path(NOTARY_FILE), buffer_bytes(&note), 0644), STATUS_OK);
	buffer_finish(&note);
}

static enum status served_is_cosigned_by(int which)
{
	struct buffer served = {0};
	struct note   note;
	uint64_t      time_s;
	enum status   status;

	assert_int_equal(cosigned_checkpoint(ground_folder(), &served), STATUS_OK);
	assert_true(note_parse(text_of(&served), &note));
	status = note_verify(&note, &witnesses.items[which], &time_s);
	buffer_finish(&served);
	return status;
}

static void what_is_served_bears_the_cosignatures_that_are_of_it(void **state)
{
	struct cosigned_outcome outcome;
	struct buffer           note = note_at(EVENTS);

	serve(EVENTS);
	assert_int_equal(served_is_cosigned_by(0), STATUS_NOT_FOUND);
	cosign(0, EVENTS, 1000, &note);
	assert_int_equal(take(&note, &outcome), STATUS_OK);
	assert_int_equal(outcome.size, EVENTS);
	assert_int_equal(outcome.count, 1);
	assert_int_equal(outcome.time_s[0], 1000);
	assert_int_equal(served_is_cosigned_by(0), STATUS_OK);
	serve(EVENTS + 1);
	assert_int_equal(served_is_cosigned_by(0), STATUS_NOT_FOUND);
}

static void a_second_witness_joins_the_first(void **state)
{
	struct cosigned_outcome outcome;
	struct buffer           one = note_at(EVENTS), other = note_at(EVENTS);

	serve(EVENTS);
	cosign(0, EVENTS, 1000, &one);
	cosign(1, EVENTS, 1001, &other);
	assert_int_equal(take(&one, &outcome), STATUS_OK);
	assert_int_equal(take(&other, &outcome), STATUS_OK);
	assert_int_equal(outcome.count, 2);
	assert_int_equal(served_is_cosigned_by(0), STATUS_OK);
	assert_int_equal(served_is_cosigned_by(1), STATUS_OK);
}

static void lines_alone_belong_to_what_was_asked_for(void **state)
{
	struct cosigned_outcome outcome;
	struct buffer           asked = {0}, line = {0};

	cosign(0, EVENTS, 1000, &line);
	assert_int_equal(take(&line, &outcome), STATUS_INVALID);
	serve(EVENTS);
	assert_int_equal(cosigned_request(ground_folder(), &tree, EVENTS + 1, &asked), STATUS_INVALID);
	assert_int_equal(cosigned_request(ground_folder(), &tree, 7, &asked), STATUS_OK);
	assert_memory_equal(asked.data, "old 7\n", 6);
	serve(EVENTS + 5);
	line = (struct buffer){0};
	cosign(0, EVENTS, 1000, &line);
	assert_int_equal(take(&line, &outcome), STATUS_OK);
	assert_int_equal(outcome.size, EVENTS);
	buffer_finish(&asked);
}

static void the_largest_is_kept_and_covers_what_lies_before_it(void **state)
{
	struct cosigned_outcome outcome;
	struct buffer           large = note_at(EVENTS), small = note_at(9), kept = {0};
	struct text             origin = text_from(log_signer.name);

	assert_int_equal(cosigned_covering(ground_folder(), origin, 1, &kept), STATUS_NOT_FOUND);
	cosign(0, EVENTS, 1000, &large);
	cosign(0, 9, 1001, &small);
	assert_int_equal(take(&large, &outcome), STATUS_OK);
	assert_int_equal(take(&small, &outcome), STATUS_CONFLICT);
	assert_int_equal(cosigned_covering(ground_folder(), origin, EVENTS + 1, &kept), STATUS_NOT_FOUND);
	assert_int_equal(cosigned_covering(ground_folder(), TEXT("another.example/log"), 1, &kept), STATUS_NOT_FOUND);
	assert_int_equal(cosigned_covering(ground_folder(), origin, EVENTS, &kept), STATUS_OK);
	buffer_finish(&kept);
}

/* Signed by the log's own key, so that somebody tells two stories. */
static void another_past_is_told_even_if_the_log_signed_it(void **state)
{
	struct cosigned_outcome outcome;
	struct checkpoint       checkpoint = {.origin = text_from(log_signer.name), .size = EVENTS};
	struct buffer           body = {0}, note = {0};

	checkpoint.root.bytes[0] = 1;
	checkpoint_format(&checkpoint, &body);
	buffer_append(&note, buffer_bytes(&body));
	buffer_append_text(&note, TEXT("\n"));
	note_sign(&log_signer, text_of(&body), &note);
	cosign(0, EVENTS, 1000, &note);
	assert_int_equal(take(&note, &outcome), STATUS_CORRUPT);
	buffer_finish(&body);
}

static void only_the_keys_of_witnesses_are_taken_for_such(void **state)
{
	struct witnesses     parsed;
	struct buffer        list = {0}, log_key = {0};
	struct text          wrong;
	struct note_verifier key = note_signer_verifier(&log_signer);

	buffer_format(&list, "  ");
	note_verifier_format(&witnesses.items[0], &list);
	buffer_format(&list, "  ");
	note_verifier_format(&witnesses.items[1], &list);
	assert_true(witnesses_parse(text_of(&list), &parsed, &wrong));
	assert_int_equal(parsed.count, 2);
	assert_string_equal(parsed.items[1].name, witnesses.items[1].name);
	assert_true(witnesses_parse(TEXT(""), &parsed, &wrong));
	assert_int_equal(parsed.count, 0);
	note_verifier_format(&key, &log_key);
	assert_false(witnesses_parse(text_of(&log_key), &parsed, &wrong));
	assert_int_equal(wrong.size, log_key.size);
	buffer_finish(&list);
	buffer_finish(&log_key);
}

static struct note_verifier witness_of(const struct note_signer *signer)
{
	struct note_verifier made = note_signer_verifier(signer), parsed;
	struct buffer        id = {0}, text = {0};
	uint8_t              key[1 + sizeof(made.public)] = {NOTE_COSIGNATURE};
	char                 encoded[BASE64_STANDARD_SIZE(sizeof(key))];
	struct hash          hash;

	memcpy(key + 1, &made.public, sizeof(made.public));
	buffer_format(&id, "%s\n", signer->name);
	buffer_append(&id, BYTES(key, sizeof(key)));
	hash = hash_sha256(buffer_bytes(&id));
	base64_standard_encode(BYTES(key, sizeof(key)), encoded);
	buffer_format(&text, "%s+%02x%02x%02x%02x+%.*s", signer->name, hash.bytes[0], hash.bytes[1], hash.bytes[2],
	              hash.bytes[3], (int)sizeof(encoded), encoded);
	assert_true(note_verifier_parse(text_of(&text), &parsed));
	buffer_finish(&id);
	buffer_finish(&text);
	return parsed;
}

static int make_log_and_witnesses(void **state)
{
	ground_fresh();
	strcpy(log_signer.name, "school.example/log");
	sign_key_fresh(&log_signer.key);
	witnesses.count = 2;
	for (int i = 0; i < 2; i++) {
		snprintf(witness_signer[i].name, sizeof(witness_signer[i].name), "witness.example/w%d", i);
		sign_key_fresh(&witness_signer[i].key);
		witnesses.items[i] = witness_of(&witness_signer[i]);
	}
	happen(EVENTS + 5);
	if (reader_open(ground_folder(), &reader) != STATUS_OK)
		return -1;
	tree = reader_tree(reader);
	return 0;
}

static int close_log(void **state)
{
	reader_close(reader);
	ground_clear();
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_log_and_witnesses, close_log)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_served_bears_the_cosignatures_that_are_of_it),
		TEST(a_second_witness_joins_the_first),
		TEST(lines_alone_belong_to_what_was_asked_for),
		TEST(the_largest_is_kept_and_covers_what_lies_before_it),
		TEST(another_past_is_told_even_if_the_log_signed_it),
		TEST(only_the_keys_of_witnesses_are_taken_for_such),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
