/* Which states a verdict loads for a command, asked of a past that is made up. */
#include "commands/verdict.h"
#include "schema/states.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct session session;
static struct user    user;
static struct id      asked[LOADS_MAX];
static uint32_t       asked_count;

static uint16_t noun_of(const char *name)
{
	return (uint16_t)(noun_type_by_name(text_from(name)) - noun_types);
}

static enum status state_of(void *owner, uint16_t noun, struct id id, const void **state)
{
	asked[asked_count++] = id;
	*state = noun == noun_of("session") ? (const void *)&session : &user;
	return STATUS_OK;
}

static void load(struct id id)
{
	const uint32_t               place = offsetof(struct session, user);
	const struct load            loads[] = {{.noun = noun_of("session")},
	                                        {.noun = noun_of("user"), .from = 1, .offset = place}};
	const struct command_handler handler = {command_type_by_name(TEXT("log_out")), loads, 2, NULL};
	const struct log_out         command = {.session = id};
	const struct past            past = {.state = state_of};
	struct verdict               verdict = {.past = &past, .handler = &handler, .command = &command};

	asked_count = 0;
	assert_int_equal(verdict_load(&verdict), STATUS_OK);
	assert_int_equal(asked_count, 2);
	assert_ptr_equal(verdict.states[0], &session);
	assert_ptr_equal(verdict.states[1], &user);
	assert_true(id_equal(verdict.loaded[1], asked[1]));
}

static void what_a_state_names_is_loaded_after_it(void **state)
{
	session.user = (struct id){{2}};
	load((struct id){{1}});
	assert_true(id_equal(asked[0], (struct id){{1}}));
	assert_true(id_equal(asked[1], (struct id){{2}}));
}

static void a_state_that_lacks_the_id_names_nobody(void **state)
{
	session.user = ID_NONE;
	load((struct id){{1}});
	assert_false(id_present(asked[1]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_state_names_is_loaded_after_it),
		cmocka_unit_test(a_state_that_lacks_the_id_names_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
