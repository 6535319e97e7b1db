/* What follows from a shape alone. */
#include "eventstore/base/shape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct visit {
	struct id course;
	struct id learner;
	struct id enrolment;
	struct id history;
};

static const struct field visit_fields[] = {
	{.name = "course", .kind = KIND_ID, .offset = offsetof(struct visit, course)},
	{.name = "learner", .kind = KIND_ID, .offset = offsetof(struct visit, learner)},
	{.name = "enrolment",
         .kind = KIND_ID,
         .marks = FIELD_DERIVED,
         .noun = "enrolment",
         .sources = {0, 1},
         .source_count = 2,
         .offset = offsetof(struct visit, enrolment)},
	{.name = "history",
         .kind = KIND_ID,
         .marks = FIELD_DERIVED,
         .noun = "history",
         .sources = {2},
         .source_count = 1,
         .offset = offsetof(struct visit, history)},
};
static const struct shape visit_shape = {"visit", visit_fields, 4, sizeof(struct visit)};

static void ids_are_derived_in_the_order_of_the_fields(void **state)
{
	struct visit    visit = {.course = {{1}}, .learner = {{2}}, .enrolment = {{9}}};
	const struct id parts[] = {{{1}}, {{2}}};
	const struct id enrolment = id_derived("enrolment", parts, 2);

	shape_derive(&visit_shape, &visit);
	assert_true(id_equal(visit.enrolment, enrolment));
	assert_true(id_equal(visit.history, id_derived("history", &enrolment, 1)));
	assert_true(id_equal(visit.course, parts[0]) && id_equal(visit.learner, parts[1]));
}

static void nothing_follows_from_what_is_absent(void **state)
{
	struct visit visit = {.course = {{1}}, .enrolment = {{9}}, .history = {{9}}};

	shape_derive(&visit_shape, &visit);
	assert_false(id_present(visit.enrolment) || id_present(visit.history));
}

/* Another shape: one field of the same name and kind, one of another kind, one that the first has not. */
struct ticket {
	bool      has_learner, learner;
	struct id course;
	struct id seat;
};

static const struct field ticket_fields[] = {
	{.name = "learner",
         .kind = KIND_BOOL,
         .offset = offsetof(struct ticket, learner),
         .has_offset = offsetof(struct ticket, has_learner)},
	{.name = "course", .kind = KIND_ID, .offset = offsetof(struct ticket, course)},
	{.name = "seat", .kind = KIND_ID, .offset = offsetof(struct ticket, seat)},
};
static const struct shape ticket_shape = {"ticket", ticket_fields, 3, sizeof(struct ticket)};

static void what_both_shapes_have_is_taken_over(void **state)
{
	const struct visit visit = {.course = {{1}}, .learner = {{2}}};
	struct ticket      ticket = {.seat = {{7}}};

	shape_take(&ticket_shape, &ticket, &visit_shape, &visit);
	assert_true(id_equal(ticket.course, visit.course) && id_equal(ticket.seat, (struct id){{7}}));
	assert_false(ticket.has_learner);
	shape_take(&ticket_shape, &ticket, &visit_shape, &(struct visit){.learner = {{2}}});
	assert_true(id_equal(ticket.course, visit.course));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_derived_in_the_order_of_the_fields),
		cmocka_unit_test(nothing_follows_from_what_is_absent),
		cmocka_unit_test(what_both_shapes_have_is_taken_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
