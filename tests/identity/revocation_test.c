#include "api/revocation.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>

#include <cmocka.h>

#define SECOND_US 1000000LL
#define LIFETIME_US (900 * SECOND_US)

/* Ids that differ where UUIDv7 differ. */
static struct id numbered(uint32_t number)
{
	struct id id = {.bytes = {1}};

	number *= 2654435761u;
	memcpy(id.bytes + 12, &number, sizeof(number));
	return id;
}

static struct token_claims token_of(uint32_t user, uint32_t session, uint64_t position)
{
	return (struct token_claims){.user = numbered(user), .session = numbered(session), .position = position};
}

static bool allows(struct revocation *set, uint32_t user, uint32_t session, uint64_t position)
{
	struct token_claims claims = token_of(user, session, position);

	return revocation_allows(set, &claims);
}

static void an_empty_set_allows_everything(void **state)
{
	struct revocation *set = revocation_create(LIFETIME_US);

	assert_true(allows(set, 1, 2, 0));
	revocation_destroy(set);
	revocation_destroy(NULL);
}

static void a_revoked_session_is_dead_for_good_and_no_other_is(void **state)
{
	struct revocation *set = revocation_create(LIFETIME_US);

	revocation_session(set, numbered(2), 100, 0);
	assert_false(allows(set, 1, 2, 50));
	assert_false(allows(set, 1, 2, 5000));
	assert_true(allows(set, 1, 3, 50));
	revocation_destroy(set);
}

static void a_revoked_user_keeps_what_was_issued_afterwards(void **state)
{
	struct revocation *set = revocation_create(LIFETIME_US);

	revocation_user(set, numbered(1), 100, 0);
	assert_false(allows(set, 1, 2, 99));
	assert_true(allows(set, 1, 2, 100));
	assert_true(allows(set, 1, 2, 101));
	assert_true(allows(set, 3, 2, 99));
	revocation_destroy(set);
}

static void an_older_revocation_does_not_undo_a_newer_one(void **state)
{
	struct revocation *set = revocation_create(LIFETIME_US);

	revocation_user(set, numbered(1), 100, 0);
	revocation_user(set, numbered(1), 50, 0);
	assert_false(allows(set, 1, 2, 99));
	assert_int_equal(revocation_count(set), 1);
	revocation_destroy(set);
}

static void what_is_older_than_a_token_makes_room(void **state)
{
	struct revocation *set = revocation_create(LIFETIME_US);

	for (uint32_t i = 0; i < REVOCATIONS_MAX; i++)
		revocation_session(set, numbered(i), i, 0);
	assert_int_equal(revocation_count(set), REVOCATIONS_MAX);
	assert_false(allows(set, UINT32_MAX, 17, 1));
	revocation_session(set, numbered(REVOCATIONS_MAX), REVOCATIONS_MAX, LIFETIME_US + 1);
	assert_int_equal(revocation_count(set), 1);
	assert_true(allows(set, UINT32_MAX, 17, 1));
	assert_false(allows(set, UINT32_MAX, REVOCATIONS_MAX, 1));
	revocation_destroy(set);
}

static void a_full_set_lets_no_revoked_token_back_in(void **state)
{
	struct revocation *set = revocation_create(LIFETIME_US);

	for (uint32_t i = 0; i <= REVOCATIONS_MAX; i++)
		revocation_session(set, numbered(i), 1000 + i, i);
	assert_true(revocation_count(set) < REVOCATIONS_MAX);
	for (uint32_t i = 0; i <= REVOCATIONS_MAX; i += 97)
		assert_false(allows(set, UINT32_MAX, i, 999 + i));
	assert_false(allows(set, UINT32_MAX, UINT32_MAX - 1, 999 + REVOCATIONS_MAX));
	assert_true(allows(set, UINT32_MAX, UINT32_MAX - 1, 1000 + REVOCATIONS_MAX));
	revocation_destroy(set);
}

struct reading {
	struct revocation *set;
	atomic_bool        stop;
	atomic_uint        wrong; /* tokens let in although they were revoked before the question */
	atomic_uint        fed;   /* sessions revoked so far */
};

static void *ask_again_and_again(void *argument)
{
	struct reading *reading = argument;

	while (!atomic_load(&reading->stop)) {
		unsigned fed = atomic_load(&reading->fed);

		if (fed > 0 && allows(reading->set, UINT32_MAX, fed - 1, 1))
			atomic_fetch_add(&reading->wrong, 1);
	}
	return NULL;
}

static void readers_see_a_revocation_as_soon_as_it_was_fed(void **state)
{
	struct reading reading = {.set = revocation_create(LIFETIME_US)};
	pthread_t      readers[2];

	for (size_t i = 0; i < array_count(readers); i++)
		pthread_create(&readers[i], NULL, ask_again_and_again, &reading);
	for (uint32_t i = 0; i < 20000; i++) {
		revocation_session(reading.set, numbered(i), 10 + i, i);
		atomic_store(&reading.fed, i + 1);
	}
	atomic_store(&reading.stop, true);
	for (size_t i = 0; i < array_count(readers); i++)
		pthread_join(readers[i], NULL);
	assert_int_equal(atomic_load(&reading.wrong), 0);
	revocation_destroy(reading.set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_set_allows_everything),
		cmocka_unit_test(a_revoked_session_is_dead_for_good_and_no_other_is),
		cmocka_unit_test(a_revoked_user_keeps_what_was_issued_afterwards),
		cmocka_unit_test(an_older_revocation_does_not_undo_a_newer_one),
		cmocka_unit_test(what_is_older_than_a_token_makes_room),
		cmocka_unit_test(a_full_set_lets_no_revoked_token_back_in),
		cmocka_unit_test(readers_see_a_revocation_as_soon_as_it_was_fed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
