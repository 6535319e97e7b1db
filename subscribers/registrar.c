/* Keeps seats in use: has those who wait admitted until nothing moves, and frees what persons had who were erased.
 *
 * A seat that becomes free goes to who waits in the decision that frees it. What is left for here is a policy that
 * makes room for more people than one decision admits, and a course that takes people again. */
#include "commands/learning/learner_id.h"
#include "eventstore/base/require.h"
#include "eventstore/log/reader.h"
#include "schema/commands.h"
#include "subscribers/sender.h"

#include <stdlib.h>

enum {
	ADMISSION_ROUNDS_MAX = 256,     /* of one event; more than a waiting list can need */
	ERASED_COURSES_MAX = 64 * 1024, /* of one person */
};

struct registrar {
	struct sender *sender;
	struct reader *reader;
};

static const uint16_t numbers[] = {EVENT_enrolment_policy_changed, EVENT_course_reopened, EVENT_user_erased};

static void registrar_close(void *owner)
{
	struct registrar *self = owner;

	if (!self)
		return;
	reader_close(self->reader);
	sender_destroy(self->sender);
	free(self);
}

static enum status registrar_open(const struct subscriber_ground *ground, void **out)
{
	struct registrar *self = calloc(1, sizeof(*self));
	enum status       status;

	require(self != NULL);
	self->sender = sender_create(ground, registrar.name);
	status = reader_open(config_path(ground->config, CONFIG_DATA), &self->reader);
	if (status != STATUS_OK) {
		registrar_close(self);
		return status;
	}
	*out = self;
	return STATUS_OK;
}

static struct event_filter registrar_filter(void *owner)
{
	return (struct event_filter){.numbers = numbers, .number_count = array_count(numbers)};
}

/* ---------------------------------------------------------------- who waits */

static enum status admit_waiting(struct registrar *self, struct delivery *delivery)
{
	const struct admit_waiting fields = {.course = delivery->record.streams[0].id};
	struct sent                sent = {.moved = true};
	enum status                status = STATUS_OK;

	for (uint32_t round = 0; status == STATUS_OK && sent.moved; round++) {
		if (round == ADMISSION_ROUNDS_MAX)
			return STATUS_BUSY;
		status = sender_send(self->sender, delivery,
		                     &(struct errand){.command = "admit_waiting", .fields = &fields, .number = round},
		                     &sent);
	}
	return status;
}

/* ---------------------------------------------------------------- who was erased */

/* The courses that a person ever had to do with. */
struct course_list {
	struct arena arena;
	struct id   *ids;
	uint32_t     count;
	enum status  status;
};

static bool knows_course(const struct course_list *courses, struct id course)
{
	for (uint32_t i = 0; i < courses->count; i++)
		if (id_equal(courses->ids[i], course))
			return true;
	return false;
}

static void add_course(struct course_list *courses, struct id course)
{
	if (knows_course(courses, course))
		return;
	if (courses->count == ERASED_COURSES_MAX) {
		courses->status = STATUS_TOO_LARGE;
		return;
	}
	courses->ids = realloc(courses->ids, (courses->count + 1) * sizeof(courses->ids[0]));
	require(courses->ids != NULL);
	courses->ids[courses->count++] = course;
}

static bool begins_something(uint16_t number)
{
	return number == EVENT_learner_enrolled || number == EVENT_learner_waitlisted
	       || number == EVENT_learner_invited;
}

static bool visit_history(void *owner, const struct record *record)
{
	struct course_list      *courses = owner;
	const struct event_type *type;
	const void              *event;

	if (!begins_something(record->number))
		return true;
	courses->status = record_event(record, NULL, &courses->arena, &type, &event);
	if (courses->status == STATUS_OK)
		add_course(courses, *(const struct id *)field_at(shape_field(type->shape, TEXT("course")), event));
	arena_reset(&courses->arena);
	return courses->status == STATUS_OK;
}

static enum status withdraw(struct registrar *self, struct delivery *delivery, struct id course, struct id learner)
{
	const struct withdraw_erased fields = {
		.course = course, .learner = learner, .enrolment = enrolment_id(course, learner)};
	struct sent sent;

	return sender_send(self->sender, delivery,
	                   &(struct errand){.command = "withdraw_erased", .fields = &fields, .about = course}, &sent);
}

/* Who is erased enters nothing any more, so that their history knows all there is to leave. */
static enum status withdraw_erased(struct registrar *self, struct delivery *delivery)
{
	struct id          learner = delivery->record.streams[0].id;
	struct course_list courses = {0};
	enum status status = reader_stream(self->reader, history_id(learner), 1, UINT32_MAX, visit_history, &courses);

	if (status == STATUS_OK)
		status = courses.status;
	for (uint32_t i = 0; i < courses.count && status == STATUS_OK; i++)
		status = withdraw(self, delivery, courses.ids[i], learner);
	arena_finish(&courses.arena);
	free(courses.ids);
	return status;
}

/* ---------------------------------------------------------------- deliveries */

static enum status registrar_deliver(void *owner, struct delivery *delivery)
{
	if (delivery->record.number == EVENT_user_erased)
		return withdraw_erased(owner, delivery);
	return admit_waiting(owner, delivery);
}

/* Both may be done again, and nobody shall wait for an erasure. */
static bool is_erasure(const struct record *record)
{
	return record->number == EVENT_user_erased;
}

const struct subscriber registrar = {
	.name = "registrar",
	.handler = {.deliver = registrar_deliver, .at_once = is_erasure, .repeatable = true},
	.open = registrar_open,
	.close = registrar_close,
	.filter = registrar_filter,
};
