/* What is watched, against a plain list under random deeds. */
#include "subscribers/vigils.h"

#include "commands/learning/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { ATTEMPTS = 60, DEEDS = 20000, DUE_MAX = 1000, GROUPS = 5 };

struct plain {
	bool         watched;
	struct vigil vigil;
};

static struct id id_of(uint8_t kind, uint32_t number)
{
	return (struct id){.bytes = {1, kind, (uint8_t)number}};
}

static struct vigil some_vigil(struct random *random, uint32_t number)
{
	return (struct vigil){
		.attempt = id_of(1, number),
		.assessment = id_of(2, number % GROUPS),
		.enrolment = id_of(3, number % (GROUPS + 2)),
		.due_us = random_below(random, 8) ? (int64_t)random_below(random, DUE_MAX) : VIGIL_NEVER_US,
	};
}

static void bring_forward(struct plain *plain, int64_t now)
{
	plain->vigil.asked++;
	if (plain->vigil.due_us > now)
		plain->vigil.due_us = now;
}

static void do_something(struct random *random, struct vigils *vigils, struct plain *plain)
{
	uint32_t     number = (uint32_t)random_below(random, ATTEMPTS), group = (uint32_t)random_below(random, GROUPS);
	int64_t      due = (int64_t)random_below(random, DUE_MAX);
	struct vigil vigil = some_vigil(random, number);
	uint32_t     asked = plain[number].vigil.asked - (random_below(random, 4) == 0);

	switch (random_below(random, 6)) {
	case 0:
	case 1:
		vigils_watch(vigils, &vigil);
		if (!plain[number].watched)
			plain[number] = (struct plain){.watched = true, .vigil = vigil};
		break;
	case 2:
		vigils_forget(vigils, vigil.attempt);
		plain[number].watched = false;
		break;
	case 3:
		vigils_put_off(vigils, vigil.attempt, asked, due);
		if (plain[number].watched && plain[number].vigil.asked == asked)
			plain[number].vigil.due_us = due;
		break;
	case 4:
		vigils_of_assessment(vigils, id_of(2, group), due);
		for (uint32_t i = 0; i < ATTEMPTS; i++)
			if (plain[i].watched && i % GROUPS == group)
				bring_forward(&plain[i], due);
		break;
	default:
		vigils_of_enrolment(vigils, id_of(3, group), due);
		for (uint32_t i = 0; i < ATTEMPTS; i++)
			if (plain[i].watched && i % (GROUPS + 2) == group)
				bring_forward(&plain[i], due);
	}
}

static uint32_t watched(const struct plain *plain, int64_t *first)
{
	uint32_t count = 0;

	*first = VIGIL_NEVER_US;
	for (uint32_t i = 0; i < ATTEMPTS; i++)
		if (plain[i].watched) {
			count++;
			if (plain[i].vigil.due_us < *first)
				*first = plain[i].vigil.due_us;
		}
	return count;
}

static void the_first_is_always_the_one_that_is_due_first(void **state)
{
	static struct plain plain[ATTEMPTS];
	struct vigils      *vigils = vigils_create();
	struct random       random;
	uint64_t            seed = 20260102;
	int64_t             first;

	random_seed(&random, seed);
	for (int i = 0; i < DEEDS; i++) {
		do_something(&random, vigils, plain);
		if (vigils_count(vigils) != watched(plain, &first))
			fail_msg("deed %d of seed %llu: another number", i, (unsigned long long)seed);
		if (vigils_count(vigils) > 0 && vigils_first(vigils)->due_us != first)
			fail_msg("deed %d of seed %llu: another is first", i, (unsigned long long)seed);
	}
	while (vigils_first(vigils)) {
		int64_t due_us = vigils_first(vigils)->due_us;

		vigils_forget(vigils, vigils_first(vigils)->attempt);
		assert_true(!vigils_first(vigils) || vigils_first(vigils)->due_us >= due_us);
	}
	vigils_destroy(vigils);
}

static void what_was_brought_forward_meanwhile_is_not_put_off(void **state)
{
	struct vigils *vigils = vigils_create();
	struct vigil   vigil = {.attempt = id_of(1, 1), .assessment = id_of(2, 1), .due_us = 10};

	vigils_watch(vigils, &vigil);
	vigils_of_assessment(vigils, vigil.assessment, 20);
	vigils_put_off(vigils, vigil.attempt, 0, 500);
	assert_int_equal(vigils_first(vigils)->due_us, 10);
	vigils_put_off(vigils, vigil.attempt, 1, 500);
	assert_int_equal(vigils_first(vigils)->due_us, 500);
	vigils_destroy(vigils);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_is_always_the_one_that_is_due_first),
		cmocka_unit_test(what_was_brought_forward_meanwhile_is_not_put_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
