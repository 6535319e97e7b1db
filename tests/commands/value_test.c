/* Words of scenarios: how ids are written that follow from others. */
#include "tests/commands/value.h"

#include "schema/commands.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct arena arena;

static enum status read(const struct shape *shape, const char *field, const char *word, void *object)
{
	const struct reading reading = {.arena = &arena};
	struct text          sentence;

	return value_read(&reading, shape_field(shape, text_from(field)), text_from(word), object, &sentence);
}

static struct id derived(const char *noun, struct id first, struct id second)
{
	return id_derived(noun, (struct id[]){first, second}, 2);
}

static void a_derived_id_is_written_with_its_noun(void **state)
{
	struct log_out  command;
	const struct id course = value_id(TEXT("C1")), learner = value_id(TEXT("L1"));
	const struct id enrolment = derived("enrolment", course, learner);

	assert_int_equal(read(&log_out_shape, "session", "enrolment(C1,L1)", &command), STATUS_OK);
	assert_true(id_equal(command.session, enrolment));
	assert_int_equal(read(&log_out_shape, "session", "attempt(enrolment(C1,L1),L1)", &command), STATUS_OK);
	assert_true(id_equal(command.session, derived("attempt", enrolment, learner)));
	assert_int_equal(read(&log_out_shape, "session", "history(L1)", &command), STATUS_OK);
	assert_true(id_equal(command.session, id_derived("history", &learner, 1)));
}

static void a_list_may_hold_derived_ids(void **state)
{
	struct unseal_log command;
	const struct id   course = value_id(TEXT("C1")), learner = value_id(TEXT("L1"));

	assert_int_equal(read(&unseal_log_shape, "persons", "enrolment(C1,L1),L1", &command), STATUS_OK);
	assert_int_equal(command.persons.count, 2);
	assert_true(id_equal(command.persons.items[0].user, derived("enrolment", course, learner)));
	assert_true(id_equal(command.persons.items[1].user, learner));
}

static void other_parentheses_are_refused(void **state)
{
	static const char *const bad[] = {"enrolment(C1", "enrolment(", "(C1,L1)", "enrolment(C1,L1,M1)", "a(b(C1)"};
	struct log_out           command;

	for (size_t i = 0; i < array_count(bad); i++)
		assert_int_equal(read(&log_out_shape, "session", bad[i], &command), STATUS_INVALID);
}

static int finish(void **state)
{
	arena_finish(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_derived_id_is_written_with_its_noun),
		cmocka_unit_test(a_list_may_hold_derived_ids),
		cmocka_unit_test(other_parentheses_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, finish);
}
