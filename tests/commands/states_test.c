/* The warm states: what is asked of the log, and what is let go of. */
#include "commands/states.h"
#include "schema/states.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct states *states;
static uint32_t       folded; /* streams that were read */

static enum status each_of_none(void *owner, struct id stream, reader_visit visit, void *visitor)
{
	folded++;
	return STATUS_OK;
}

static int begin(void **state)
{
	folded = 0;
	states = states_create(&(struct states_source){.each = each_of_none});
	return 0;
}

static int end(void **state)
{
	states_destroy(states);
	return 0;
}

static uint16_t noun_of(const char *name)
{
	return (uint16_t)(noun_type_by_name(text_from(name)) - noun_types);
}

static const void *load(const char *noun, struct id id)
{
	const void *loaded = NULL;

	assert_int_equal(states_load(states, noun_of(noun), id, &loaded), STATUS_OK);
	return loaded;
}

static void a_state_is_folded_once(void **state)
{
	const void *first = load("user", (struct id){{1}});

	assert_ptr_equal(load("user", (struct id){{1}}), first);
	assert_int_equal(folded, 1);
}

static void one_stream_is_seen_as_several_nouns(void **state)
{
	const struct user  *user = load("user", (struct id){{1}});
	const struct login *login = load("login", (struct id){{1}});

	assert_ptr_not_equal(user, login);
	assert_int_equal(folded, 2);
}

static void nobodys_stream_is_not_read(void **state)
{
	const struct user *user = load("user", ID_NONE);

	assert_false(user->exists);
	assert_int_equal(folded, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_state_is_folded_once, begin, end),
		cmocka_unit_test_setup_teardown(one_stream_is_seen_as_several_nouns, begin, end),
		cmocka_unit_test_setup_teardown(nobodys_stream_is_not_read, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
