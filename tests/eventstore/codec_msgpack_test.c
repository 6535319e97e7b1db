#include "eventstore/codec/codec_msgpack.h"

#include "tests/eventstore/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { ROUNDS = 500 };

static struct arena  arena;
static struct buffer packed;

static int forget_memory(void **state)
{
	arena_finish(&arena);
	buffer_finish(&packed);
	return 0;
}

static void pack(const struct shape *shape, const void *object, const struct sealer *sealer)
{
	packed.size = 0;
	assert_int_equal(msgpack_encode_shape(shape, object, 0, sealer, &packed), STATUS_OK);
}

static enum status unpack(const struct shape *shape, struct bytes bytes, void *object)
{
	return msgpack_decode_shape(shape, bytes, NULL, &arena, object);
}

#define RAW(literal) BYTES(literal, sizeof(literal) - 1)

/* ---------------------------------------------------------------- there and back */

static void every_object_comes_back_as_it_was(void **state)
{
	uint64_t      chance = sample_seed();
	struct sample sample, back;

	for (int i = 0; i < ROUNDS; i++) {
		sample_random(&chance, &arena, &sample);
		pack(&sample_shape, &sample, NULL);
		assert_int_equal(unpack(&sample_shape, buffer_bytes(&packed), &back), STATUS_OK);
		assert_true(sample_equal(&sample_shape, &sample, &back));
		arena_reset(&arena);
	}
}

static void a_prefix_is_no_object(void **state)
{
	uint64_t      chance = sample_seed();
	struct sample sample, back = {.u32 = 77};

	sample_random(&chance, &arena, &sample);
	pack(&sample_shape, &sample, NULL);
	for (size_t size = 0; size < packed.size; size++)
		assert_int_equal(unpack(&sample_shape, BYTES(packed.data, size), &back), STATUS_MALFORMED);
	assert_int_equal(back.u32, 77);
}

static void nothing_may_follow_the_object(void **state)
{
	struct dossier dossier = {.person = SAMPLE_PERSON, .name = TEXT("Ada")}, back;

	pack(&dossier_shape, &dossier, NULL);
	buffer_append_text(&packed, TEXT("\x01"));
	assert_int_equal(unpack(&dossier_shape, buffer_bytes(&packed), &back), STATUS_MALFORMED);
}

static void skipped_marks_are_left_out(void **state)
{
	struct dossier dossier = {.person = SAMPLE_PERSON, .name = TEXT("Ada"), .level = 3};

	assert_int_equal(msgpack_encode_shape(&dossier_shape, &dossier, FIELD_PERSONAL, NULL, &packed), STATUS_OK);
	assert_int_equal(packed.data[0], 0x82);
	assert_null(memmem(packed.data, packed.size, "name", 4));
}

static void the_words_of_the_log_explain_themselves(void **state)
{
	struct dossier dossier = {.person = SAMPLE_PERSON, .name = TEXT("Ada"), .level = 3};
	struct bytes   expected =
		RAW("\x83\xa4name\xa3"
	            "Ada\xa6person\xc4\x10\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"
	            "\xa5level\x03");

	pack(&dossier_shape, &dossier, NULL);
	assert_true(bytes_equal(buffer_bytes(&packed), expected));
}

static void texts_are_views_of_the_bytes(void **state)
{
	struct dossier dossier = {.person = SAMPLE_PERSON, .name = TEXT("Ada")}, back;

	pack(&dossier_shape, &dossier, NULL);
	assert_int_equal(unpack(&dossier_shape, buffer_bytes(&packed), &back), STATUS_OK);
	assert_true((const uint8_t *)back.name.data > packed.data
	            && (const uint8_t *)back.name.data < packed.data + packed.size);
}

static void empty_and_absent_are_told_apart(void **state)
{
	struct dossier empty = {.person = SAMPLE_PERSON, .name = TEXT("Ada"), .note = TEXT("")}, back;

	pack(&dossier_shape, &empty, NULL);
	assert_int_equal(unpack(&dossier_shape, buffer_bytes(&packed), &back), STATUS_OK);
	assert_non_null(back.note.data);
	assert_int_equal(back.note.size, 0);
	empty.note = TEXT_NONE;
	pack(&dossier_shape, &empty, NULL);
	assert_int_equal(unpack(&dossier_shape, buffer_bytes(&packed), &back), STATUS_OK);
	assert_null(back.note.data);
}

/* ---------------------------------------------------------------- what comes from elsewhere */

struct pebble {
	uint32_t    grains;
	struct text word;
};

static const struct field pebble_fields[] = {
	{.name = "grains", .kind = KIND_U32, .offset = offsetof(struct pebble, grains)},
	{.name = "word", .kind = KIND_TEXT, .offset = offsetof(struct pebble, word), .marks = FIELD_OPTIONAL, .max = 9},
	{.name = "typed", .kind = KIND_TEXT, .offset = offsetof(struct pebble, word), .marks = FIELD_INPUT, .max = 9},
};

static const struct shape pebble_shape = {
	.name = "pebble", .fields = pebble_fields, .count = 3, .size = sizeof(struct pebble)};

static void unknown_keys_are_skipped(void **state)
{
	struct pebble pebble;
	struct bytes  newer = RAW("\x83\xa5newer\x92\x01\x81\x01\x02\xa6grains\x05\x07\xc0");

	assert_int_equal(unpack(&pebble_shape, newer, &pebble), STATUS_OK);
	assert_int_equal(pebble.grains, 5);
	assert_null(pebble.word.data);
}

static void refuses_pebble(struct bytes bytes)
{
	struct pebble pebble = {.grains = 42};

	assert_int_equal(unpack(&pebble_shape, bytes, &pebble), STATUS_MALFORMED);
	assert_int_equal(pebble.grains, 42);
}

static void a_wrong_type_is_malformed(void **state)
{
	refuses_pebble(RAW("\x81\xa6grains\xa1x"));
	refuses_pebble(RAW("\x81\xa6grains\xff"));
	refuses_pebble(RAW("\x81\xa6grains\xcf\x00\x00\x00\x01\x00\x00\x00\x00"));
	refuses_pebble(RAW("\x81\xa6grains\xc0"));
	refuses_pebble(RAW("\x82\xa6grains\x05\xa4word\xc4\x01x"));
	refuses_pebble(RAW("\x82\xa6grains\x05\xa4word\xc7\x00\x01"));
}

/* Ours are the shortest; other libraries write others. */
static void a_number_may_have_any_width(void **state)
{
	const struct bytes fives[] = {
		RAW("\x81\xa6grains\x05"),
		RAW("\x81\xa6grains\xcc\x05"),
		RAW("\x81\xa6grains\xcd\x00\x05"),
		RAW("\x81\xa6grains\xce\x00\x00\x00\x05"),
		RAW("\x81\xa6grains\xcf\x00\x00\x00\x00\x00\x00\x00\x05"),
		RAW("\x81\xa6grains\xd0\x05"),
		RAW("\x81\xa6grains\xd1\x00\x05"),
		RAW("\x81\xa6grains\xd2\x00\x00\x00\x05"),
		RAW("\x81\xa6grains\xd3\x00\x00\x00\x00\x00\x00\x00\x05"),
		RAW("\xde\x00\x01\xd9\x06grains\x05"),
		RAW("\xdf\x00\x00\x00\x01\xdb\x00\x00\x00\x06grains\x05"),
	};

	for (size_t i = 0; i < array_count(fives); i++) {
		struct pebble pebble = {0};

		assert_int_equal(unpack(&pebble_shape, fives[i], &pebble), STATUS_OK);
		assert_int_equal(pebble.grains, 5);
	}
	refuses_pebble(RAW("\x81\xa6grains\xd0\xfb"));
	refuses_pebble(RAW("\x81\xa6grains\xd3\xff\xff\xff\xff\x00\x00\x00\x05"));
}

struct reading {
	int64_t offset;
	double  weight;
};

static const struct field reading_fields[] = {
	{.name = "offset", .kind = KIND_I64, .offset = offsetof(struct reading, offset)},
	{.name = "weight", .kind = KIND_F64, .offset = offsetof(struct reading, weight)},
};

static const struct shape reading_shape = {
	.name = "reading", .fields = reading_fields, .count = 2, .size = sizeof(struct reading)};

static void signs_and_fractions_survive_any_width(void **state)
{
	const struct bytes readings[] = {
		RAW("\x82\xa6offset\xfd\xa6weight\xca\xbf\xc0\x00\x00"),
		RAW("\x82\xa6offset\xd0\xfd\xa6weight\xcb\xbf\xf8\x00\x00\x00\x00\x00\x00"),
		RAW("\x82\xa6offset\xd1\xff\xfd\xa6weight\xca\xbf\xc0\x00\x00"),
		RAW("\x82\xa6offset\xd2\xff\xff\xff\xfd\xa6weight\xca\xbf\xc0\x00\x00"),
		RAW("\x82\xa6offset\xd3\xff\xff\xff\xff\xff\xff\xff\xfd\xa6weight\xca\xbf\xc0\x00\x00"),
	};

	for (size_t i = 0; i < array_count(readings); i++) {
		struct reading reading = {0};

		assert_int_equal(unpack(&reading_shape, readings[i], &reading), STATUS_OK);
		assert_int_equal(reading.offset, -3);
		assert_true(reading.weight == -1.5);
	}
}

static void a_required_field_must_be_there(void **state)
{
	refuses_pebble(RAW("\x80"));
	refuses_pebble(RAW("\x81\xa4word\xa1x"));
}

static void a_key_may_not_stand_twice(void **state)
{
	refuses_pebble(RAW("\x82\xa6grains\x05\xa6grains\x05"));
}

static void only_a_map_is_an_object(void **state)
{
	refuses_pebble(RAW(""));
	refuses_pebble(RAW("\xc0"));
	refuses_pebble(RAW("\x92\xa6grains\x05"));
	refuses_pebble(RAW("\xc1"));
}

static void broken_utf8_is_malformed(void **state)
{
	refuses_pebble(RAW("\x82\xa6grains\x05\xa4word\xa2\xc3\x28"));
	refuses_pebble(RAW("\x82\xa6grains\x05\xa4word\xa3\xed\xa0\x80"));
}

static void a_declared_size_without_bytes_is_refused_at_once(void **state)
{
	refuses_pebble(RAW("\xdf\xff\xff\xff\xff"));
	refuses_pebble(RAW("\x81\xa1x\xdd\xff\xff\xff\xff"));
	refuses_pebble(RAW("\x81\xa1x\xc6\xff\xff\xff\xff"));
	refuses_pebble(RAW("\x81\xa1x\xc9\xff\xff\xff\xff\x01"));
	refuses_pebble(RAW("\x81\xa1x\xdb\xff\xff\xff\xff"));
	assert_true(arena.used < 4096);
}

static void what_nests_too_deep_is_refused(void **state)
{
	uint8_t nested[100000];

	memset(nested, 0x91, sizeof(nested));
	nested[sizeof(nested) - 1] = 0xc0;
	refuses_pebble(BYTES(nested, sizeof(nested)));
	memcpy(nested, "\x82\xa6grains\x05\xa1x", 11);
	refuses_pebble(BYTES(nested, sizeof(nested)));
}

static void a_list_longer_than_its_maximum_is_malformed(void **state)
{
	uint64_t      chance = sample_seed();
	struct sample sample, back;
	uint8_t      *at;

	sample_random(&chance, &arena, &sample);
	sample.other_branches = (struct branch_list){0};
	sample.branches = (struct branch_list){.items = arena_alloc(&arena, 1), .count = 0};
	pack(&sample_shape, &sample, NULL);
	at = memmem(packed.data, packed.size, "branches\x90", 9);
	assert_non_null(at);
	at[8] = 0x90 | (BRANCHES_MAX + 1);
	assert_int_equal(unpack(&sample_shape, buffer_bytes(&packed), &back), STATUS_MALFORMED);
}

static void flipped_bits_never_break_the_reader(void **state)
{
	uint64_t      chance = sample_seed();
	struct sample sample, back;

	for (int i = 0; i < ROUNDS; i++) {
		sample_random(&chance, &arena, &sample);
		pack(&sample_shape, &sample, NULL);
		packed.data[sample_next(&chance) % packed.size] ^= (uint8_t)(1u << sample_next(&chance) % 8);
		if (unpack(&sample_shape, arena_bytes(&arena, buffer_bytes(&packed)), &back) == STATUS_OK)
			pack(&sample_shape, &back, NULL);
		arena_reset(&arena);
	}
}

/* ---------------------------------------------------------------- personal texts */

static enum status unseal(struct bytes bytes, struct dossier *back)
{
	return msgpack_decode_shape(&dossier_shape, bytes, &sample_opener, &arena, back);
}

static void personal_texts_are_sealed_and_opened(void **state)
{
	struct dossier dossier = {.person = SAMPLE_PERSON, .name = TEXT("Ada"), .note = TEXT("")}, back;

	pack(&dossier_shape, &dossier, &sample_sealer);
	assert_null(memmem(packed.data, packed.size, "Ada", 3));
	assert_int_equal(unseal(buffer_bytes(&packed), &back), STATUS_OK);
	assert_true(sample_equal(&dossier_shape, &dossier, &back));
	assert_false(text_is_forgotten(back.note));
}

static void an_erased_person_leaves_nothing(void **state)
{
	struct dossier dossier = {.person = SAMPLE_ERASED, .name = TEXT("Ada")}, back;

	pack(&dossier_shape, &dossier, &sample_sealer);
	assert_non_null(memmem(packed.data, packed.size, "name\xc7\x00\x01", 7));
	assert_int_equal(unseal(buffer_bytes(&packed), &back), STATUS_OK);
	assert_true(text_is_forgotten(back.name));
	assert_int_equal(unpack(&dossier_shape, buffer_bytes(&packed), &back), STATUS_OK);
	assert_true(text_is_forgotten(back.name));
	pack(&dossier_shape, &back, NULL);
	assert_non_null(memmem(packed.data, packed.size, "name\xc7\x00\x01", 7));
}

static void sealed_texts_keep_their_form_without_an_opener(void **state)
{
	struct dossier dossier = {.person = SAMPLE_PERSON, .name = TEXT("Ada")}, back;
	struct text    clear;

	pack(&dossier_shape, &dossier, &sample_sealer);
	assert_int_equal(unpack(&dossier_shape, buffer_bytes(&packed), &back), STATUS_OK);
	assert_int_equal(back.name.data[0], PERSONAL_MARK);
	clear = personal_open(back.name, &sample_opener, &arena);
	assert_true(text_is(clear, "Ada"));
}

static void a_damaged_seal_reads_as_forgotten(void **state)
{
	struct dossier dossier = {.person = SAMPLE_PERSON, .name = TEXT("Ada")}, back;
	uint8_t       *at;

	pack(&dossier_shape, &dossier, &sample_sealer);
	at = memmem(packed.data, packed.size, "name", 4);
	at[4 + 3 + 24] ^= 1;
	assert_int_equal(unseal(buffer_bytes(&packed), &back), STATUS_OK);
	assert_true(text_is_forgotten(back.name));
}

static enum status seal_nothing(void *owner, struct id person, struct text label, struct text clear,
                                struct arena *scratch, struct bytes *sealed)
{
	return STATUS_IO;
}

static void a_failing_sealer_leaves_the_buffer_as_it_was(void **state)
{
	struct dossier dossier = {.person = SAMPLE_PERSON, .name = TEXT("Ada")};
	struct sealer  broken = {.seal = seal_nothing};

	buffer_append_text(&packed, TEXT("before"));
	assert_int_equal(msgpack_encode_shape(&dossier_shape, &dossier, 0, &broken, &packed), STATUS_IO);
	assert_true(bytes_equal(buffer_bytes(&packed), RAW("before")));
}

#define TEST(name) cmocka_unit_test_teardown(name, forget_memory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_object_comes_back_as_it_was),
		TEST(a_prefix_is_no_object),
		TEST(nothing_may_follow_the_object),
		TEST(skipped_marks_are_left_out),
		TEST(the_words_of_the_log_explain_themselves),
		TEST(texts_are_views_of_the_bytes),
		TEST(empty_and_absent_are_told_apart),
		TEST(unknown_keys_are_skipped),
		TEST(a_wrong_type_is_malformed),
		TEST(a_number_may_have_any_width),
		TEST(signs_and_fractions_survive_any_width),
		TEST(a_required_field_must_be_there),
		TEST(a_key_may_not_stand_twice),
		TEST(only_a_map_is_an_object),
		TEST(broken_utf8_is_malformed),
		TEST(a_declared_size_without_bytes_is_refused_at_once),
		TEST(what_nests_too_deep_is_refused),
		TEST(a_list_longer_than_its_maximum_is_malformed),
		TEST(flipped_bits_never_break_the_reader),
		TEST(personal_texts_are_sealed_and_opened),
		TEST(an_erased_person_leaves_nothing),
		TEST(sealed_texts_keep_their_form_without_an_opener),
		TEST(a_damaged_seal_reads_as_forgotten),
		TEST(a_failing_sealer_leaves_the_buffer_as_it_was),
	};

	return cmocka_run_group_tests_name("codec_msgpack", tests, NULL, NULL);
}
