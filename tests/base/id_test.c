#include "eventstore/base/id.h"

#include "eventstore/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void the_text_form_goes_there_and_back(void **state)
{
	const char *rfc = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"; /* RFC 9562 A.6 */
	struct id   id;
	char        text[ID_TEXT_SIZE + 1];

	assert_true(id_parse(text_from(rfc), &id));
	assert_memory_equal(id.bytes, "\x01\x7f\x22\xe2\x79\xb0\x7c\xc3\x98\xc4\xdc\x0c\x0c\x07\x39\x8f", 16);
	id_format(id, text);
	assert_string_equal(text, rfc);
}

static void capitals_are_read_and_small_letters_written(void **state)
{
	struct id id;
	char      text[ID_TEXT_SIZE + 1];

	assert_true(id_parse(TEXT("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"), &id));
	id_format(id, text);
	assert_string_equal(text, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

static void other_forms_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"017f22e279b07cc398c4dc0c0c07398f",
		"{017f22e2-79b0-7cc3-98c4-dc0c0c0739}",
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398",
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
		"017f22e27-9b0-7cc3-98c4-dc0c0c07398f",
		"017f22e2-79b0-7cc3-98c4+dc0c0c07398f",
		"017f22e2 79b0-7cc3-98c4-dc0c0c07398f",
		"017f22e2-79b0-7cc3-98c4-dc0c0c0739-f",
	};

	for (size_t i = 0; i < array_count(bad); i++) {
		struct id id = {.bytes = "untouched"};

		assert_false(id_parse(text_from(bad[i]), &id));
		assert_memory_equal(id.bytes, "untouched", 9);
	}
}

static void a_fresh_id_is_a_uuid_of_version_7_and_of_now(void **state)
{
	int64_t   before_ms = clock_wall_us() / 1000, after_ms;
	struct id id = id_fresh();
	int64_t   time_ms = 0;

	after_ms = clock_wall_us() / 1000;
	for (int i = 0; i < 6; i++)
		time_ms = time_ms << 8 | id.bytes[i];
	assert_in_range(time_ms, before_ms, after_ms);
	assert_int_equal(id.bytes[6] >> 4, 7);
	assert_int_equal(id.bytes[8] >> 6, 2);
}

static void fresh_ids_differ(void **state)
{
	struct id last = id_fresh();

	for (int i = 0; i < 1000; i++) {
		struct id id = id_fresh();

		assert_false(id_equal(id, last));
		last = id;
	}
}

/* Parent and child hold the same memory after a fork, but must not give out the same ids. */
static void a_child_gives_out_ids_of_its_own(void **state)
{
	struct id own, childs;
	int       ends[2];
	pid_t     child;

	id_fresh(); /* so that there is something to inherit */
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		childs = id_fresh();
		_exit(write(ends[1], &childs, sizeof(childs)) == sizeof(childs) ? 0 : 1);
	}
	own = id_fresh();
	assert_int_equal(read(ends[0], &childs, sizeof(childs)), sizeof(childs));
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_memory_not_equal(own.bytes + 8, childs.bytes + 8, 8); /* the first half may hold two moments */
	close(ends[0]);
	close(ends[1]);
}

static void zeroes_are_absent(void **state)
{
	struct id id = {.bytes = {[15] = 1}};

	assert_false(id_present(ID_NONE));
	assert_true(id_present(id));
}

/* The vector is Python's: uuid over hashlib.sha256(b"enrolment\0" + a + b). */
static void a_derived_id_is_the_hash_of_what_it_follows_from(void **state)
{
	const struct id parts[] = {{{1}}, {{2}}};
	char            text[ID_TEXT_SIZE + 1];

	id_format(id_derived("enrolment", parts, 2), text);
	assert_string_equal(text, "05d23602-e99b-85ae-b85d-bd8601c70c3b");
}

static void other_nouns_parts_and_orders_derive_other_ids(void **state)
{
	const struct id parts[] = {{{1}}, {{2}}, {{1}}};
	struct id       id = id_derived("enrolment", parts, 2);

	assert_false(id_equal(id, id_derived("enrolmen", parts, 2)));
	assert_false(id_equal(id, id_derived("enrolment", parts, 1)));
	assert_false(id_equal(id, id_derived("enrolment", parts, 3)));
	assert_false(id_equal(id, id_derived("enrolment", parts + 1, 2)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_form_goes_there_and_back),
		cmocka_unit_test(capitals_are_read_and_small_letters_written),
		cmocka_unit_test(other_forms_are_refused),
		cmocka_unit_test(a_fresh_id_is_a_uuid_of_version_7_and_of_now),
		cmocka_unit_test(fresh_ids_differ),
		cmocka_unit_test(a_child_gives_out_ids_of_its_own),
		cmocka_unit_test(zeroes_are_absent),
		cmocka_unit_test(a_derived_id_is_the_hash_of_what_it_follows_from),
		cmocka_unit_test(other_nouns_parts_and_orders_derive_other_ids),
	};

	return cmocka_run_group_tests_name("id", tests, NULL, NULL);
}
