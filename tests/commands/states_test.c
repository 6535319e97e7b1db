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

static uint32_t refolded(uint32_t count)
{
	folded = 0;
	for (uint32_t i = 1; i <= count; i++)
		load("subscription", (struct id){{(uint8_t)i}});
	return folded;
}

static void the_coldest_are_let_go_of_when_they_are_too_large(void **state)
{
	const size_t size = noun_types[noun_of("subscription")].state->size;

	states_destroy(states);
	states = states_create(&(struct states_source){.each = each_of_none, .bytes_max = 3 * size});
	refolded(3);
	states_trim(states);
	assert_int_equal(refolded(3), 0);
	assert_int_equal(refolded(5), 2);
	states_trim(states);
	assert_int_equal(refolded(3), 0); /* used twice, so they stayed */
	assert_int_equal(refolded(5), 2);
}

static void every_noun_that_folds_an_event_takes_it_in(void **state)
{
	const struct session_started started = {.session = {{1}}, .user = {{2}}, .login = {{3}}, .epoch = 7};
	const struct record          record = {.number = EVENT_session_started,
	                                       .stream_count = 3,
	                                       .streams = {{.id = {{1}}}, {.id = {{2}}}, {.id = {{3}}}}};
	const struct session        *session = load("session", (struct id){{1}});
	const struct login          *login = load("login", (struct id){{3}});

	((struct login *)login)->failures = 2;
	states_apply(states, &record, &started);
	assert_int_equal(session->epoch, 7);
	assert_int_equal(login->failures, 0);
}

static void the_nouns_of_an_event_are_those_that_fold_it(void **state)
{
	for (uint32_t i = 0; i < event_type_count; i++) {
		const struct noun_list list = nouns_of_event(event_types[i].number);
		uint32_t               found = 0;

		for (uint32_t noun = 0; noun < noun_type_count; noun++)
			for (uint32_t j = 0; j < noun_types[noun].fold_count; j++)
				if (noun_types[noun].folds[j].event == event_types[i].number) {
					assert_true(found < list.count);
					assert_int_equal(list.nouns[found++], noun);
				}
		assert_int_equal(found, list.count);
	}
	assert_int_equal(nouns_of_event(0).count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_state_is_folded_once, begin, end),
		cmocka_unit_test_setup_teardown(one_stream_is_seen_as_several_nouns, begin, end),
		cmocka_unit_test_setup_teardown(nobodys_stream_is_not_read, begin, end),
		cmocka_unit_test_setup_teardown(the_coldest_are_let_go_of_when_they_are_too_large, begin, end),
		cmocka_unit_test_setup_teardown(every_noun_that_folds_an_event_takes_it_in, begin, end),
		cmocka_unit_test(the_nouns_of_an_event_are_those_that_fold_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
