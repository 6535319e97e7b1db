#include "commands/course.h"

#include "commands/course_role.h"
#include "commands/decision.h"
#include "commands/user.h"
#include "eventstore/base/require.h"
#include "schema/handlers.h"

/* ---------------------------------------------------------------- what a course remembers */

static struct course_item *find_item(struct course *course, struct id item)
{
	for (uint32_t i = 0; i < course->items_count; i++)
		if (id_equal(course->items[i].item, item))
			return &course->items[i];
	return NULL;
}

const struct course_item *course_item(const struct course *course, struct id item)
{
	for (uint32_t i = 0; i < course->items_count; i++)
		if (id_equal(course->items[i].item, item))
			return &course->items[i];
	return NULL;
}

bool course_is_full(const struct course *course)
{
	return course->items_count == array_count(course->items);
}

bool course_teaches(const struct course *course, struct id objective)
{
	for (uint32_t i = 0; i < course->objectives_count; i++)
		if (id_equal(course->objectives[i].objective, objective))
			return true;
	return false;
}

void course_take_revision(struct course *course, const struct course_item *written)
{
	struct course_item *item = find_item(course, written->item);

	if (!item) {
		require(!course_is_full(course));
		item = &course->items[course->items_count++];
		*item = (struct course_item){.item = written->item, .kind = written->kind};
	}
	item->content = written->content;
	item->revision = written->revision;
	course->changed |= item->placed;
}

void course_on_course_created(struct course *course, const struct course_created *event)
{
	*course = (struct course){.id = event->course, .exists = true};
}

static uint32_t staff_place(const struct course *course, struct id user)
{
	uint32_t place = 0;

	while (place < course->staff_count && !id_equal(course->staff[place].user, user))
		place++;
	return place;
}

void course_on_staff_joined(struct course *course, const struct staff_joined *event)
{
	uint32_t place = staff_place(course, event->member);

	require(place < array_count(course->staff));
	course->staff[place] = (struct course_member){.user = event->member, .role = event->role};
	if (place == course->staff_count)
		course->staff_count++;
}

void course_on_staff_left(struct course *course, const struct staff_left *event)
{
	uint32_t place = staff_place(course, event->member);

	if (place < course->staff_count)
		course->staff[place] = course->staff[--course->staff_count];
}

void course_on_objectives_changed(struct course *course, const struct objectives_changed *event)
{
	require(event->objectives.count <= array_count(course->objectives));
	course->objectives_count = event->objectives.count;
	for (uint32_t i = 0; i < event->objectives.count; i++)
		course->objectives[i].objective = event->objectives.items[i].objective;
}

static void place_item(struct course *course, const struct outline_item *placed, uint32_t place)
{
	struct course_item *item = find_item(course, placed->item);

	require(item != NULL);
	item->placed = true;
	item->place = place;
	item->required = placed->required;
	item->rule = placed->rule;
	item->scored = placed->has_score_min;
	item->score_min = placed->score_min;
	item->release_at = placed->release_at;
	item->after = placed->after;
}

void course_on_outline_changed(struct course *course, const struct outline_changed *event)
{
	uint32_t place = 0;

	course->outline = event->outline;
	course->changed = true;
	for (uint32_t i = 0; i < course->items_count; i++)
		course->items[i].placed = false;
	for (uint32_t i = 0; i < event->sections.count; i++)
		for (uint32_t j = 0; j < event->sections.items[i].items.count; j++)
			place_item(course, &event->sections.items[i].items.items[j], place++);
}

void course_on_item_discarded(struct course *course, const struct item_discarded *event)
{
	struct course_item *item = find_item(course, event->item);

	if (item)
		*item = course->items[--course->items_count];
}

void course_on_lesson_written(struct course *course, const struct lesson_written *event)
{
	course_take_revision(course, &(struct course_item){.item = event->lesson,
	                                                   .kind = ITEM_KIND_lesson,
	                                                   .content = event->content,
	                                                   .revision = event->revision});
}

void course_on_course_published(struct course *course, const struct course_published *event)
{
	course->editions = event->number;
	course->edition = event->edition;
	course->changed = false;
}

void course_on_course_archived(struct course *course, const struct course_archived *event)
{
	course->archived = true;
}

void course_on_course_reopened(struct course *course, const struct course_reopened *event)
{
	course->archived = false;
}

/* ---------------------------------------------------------------- what an edition is */

void edition_on_course_published(struct edition *edition, const struct course_published *event)
{
	*edition = (struct edition){.id = event->edition, .course = event->course, .number = event->number};
	require(event->items.count <= array_count(edition->items));
	for (uint32_t i = 0; i < event->items.count; i++) {
		const struct edition_item *item = &event->items.items[i];

		edition->items[edition->items_count++] = (struct syllabus_item){
			.item = item->item,
			.kind = item->kind,
			.content = item->content,
			.required = item->required,
			.rule = item->rule,
			.score_min = item->score_min,
			.release_at = item->release_at,
			.after = item->after,
		};
	}
}

const struct syllabus_item *edition_item(const struct edition *edition, struct id item)
{
	for (uint32_t i = 0; i < edition->items_count; i++)
		if (id_equal(edition->items[i].item, item))
			return &edition->items[i];
	return NULL;
}

/* ---------------------------------------------------------------- beginning, and what the catalogue tells */

/* True when the decision is made: there was an obstacle. */
static bool refused(struct decision *decision, enum refusal obstacle)
{
	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	return obstacle != REFUSAL_none;
}

void course_decide_create_course(const struct course *course, const struct user *user,
                                 const struct create_course *command, struct decision *decision)
{
	if (course->exists) {
		refuse(decision, REFUSAL_course_exists);
	} else if (!user_is_open(user)) {
		refuse(decision, REFUSAL_account_closed);
	} else {
		emit(decision, course_created, .course = command->course, .creator = command->creator,
		     .title = command->title, .language = command->language, .level = command->level,
		     .origin = command->origin);
		emit(decision, staff_joined, .course = command->course, .member = command->creator,
		     .role = COURSE_ROLE_instructor);
	}
}

static bool describes_something(const struct describe_course *command)
{
	return command->title.data || command->summary.data || command->language.data || command->level
	       || command->listing || command->image.data || command->tags.items;
}

void course_decide_describe_course(const struct course *course, const struct user *user,
                                   const struct describe_course *command, struct decision *decision)
{
	enum refusal obstacle =
		command->listing ? course_run_obstacle(course, user) : course_write_obstacle(course, user);

	if (refused(decision, obstacle) || !describes_something(command))
		return;
	emit(decision, course_described, .course = command->course, .title = command->title,
	     .summary = command->summary, .language = command->language, .level = command->level,
	     .listing = command->listing, .image = command->image, .tags = command->tags);
}

void course_decide_archive_course(const struct course *course, const struct user *user,
                                  const struct archive_course *command, struct decision *decision)
{
	if (!refused(decision, course_run_obstacle(course, user)) && !course->archived)
		emit(decision, course_archived, .course = command->course);
}

void course_decide_reopen_course(const struct course *course, const struct user *user,
                                 const struct reopen_course *command, struct decision *decision)
{
	if (!refused(decision, course_run_obstacle(course, user)) && course->archived)
		emit(decision, course_reopened, .course = command->course);
}

/* ---------------------------------------------------------------- staff */

/* Would nobody be left to run the course without this one? */
static bool is_last_instructor(const struct course *course, struct id user)
{
	uint32_t others = 0;

	for (uint32_t i = 0; i < course->staff_count; i++)
		others += course->staff[i].role == COURSE_ROLE_instructor && !id_equal(course->staff[i].user, user);
	return others == 0 && course_role_of(course, user) == COURSE_ROLE_instructor;
}

void course_decide_add_staff(const struct course *course, const struct user *user, const struct user *colleague,
                             const struct add_staff *command, struct decision *decision)
{
	enum course_role role = course_role_of(course, command->member);

	if (refused(decision, course_run_obstacle(course, user)) || role == command->role)
		return;
	if (!colleague->exists || colleague->erased)
		refuse(decision, REFUSAL_user_unknown);
	else if (!role && course->staff_count == array_count(course->staff))
		refuse(decision, REFUSAL_staff_full);
	else if (is_last_instructor(course, command->member))
		refuse(decision, REFUSAL_instructor_needed);
	else
		emit(decision, staff_joined, .course = command->course, .member = command->member,
		     .role = command->role);
}

/* Whoever works on a course may stop. */
static enum refusal removal_obstacle(const struct course *course, const struct user *caller, struct id member)
{
	bool leaves = id_equal(caller->id, member) && course_role_of(course, member);

	return leaves ? REFUSAL_none : course_run_obstacle(course, caller);
}

void course_decide_remove_staff(const struct course *course, const struct user *user,
                                const struct remove_staff *command, struct decision *decision)
{
	if (refused(decision, removal_obstacle(course, user, command->member)))
		return;
	if (!course_role_of(course, command->member))
		refuse(decision, REFUSAL_staff_unknown);
	else if (is_last_instructor(course, command->member))
		refuse(decision, REFUSAL_instructor_needed);
	else
		emit(decision, staff_left, .course = command->course, .member = command->member);
}

/* ---------------------------------------------------------------- objectives and outline */

static bool objective_stands_twice(const struct list_of_course_objective *objectives)
{
	for (uint32_t i = 0; i < objectives->count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (id_equal(objectives->items[i].objective, objectives->items[j].objective))
				return true;
	return false;
}

void course_decide_change_objectives(const struct course *course, const struct user *user,
                                     const struct change_objectives *command, struct decision *decision)
{
	if (refused(decision, course_write_obstacle(course, user)))
		return;
	if (objective_stands_twice(&command->objectives))
		refuse(decision, REFUSAL_objective_twice);
	else
		emit(decision, objectives_changed, .course = command->course, .objectives = command->objectives);
}

/* The sections one behind the other: pointers into the command, as many as a course may have. */
struct flat_outline {
	const struct outline_item *items[array_count(((struct course *)0)->items)];
	uint32_t                   count;
};

static enum refusal flatten(const struct list_of_outline_section *sections, struct flat_outline *flat)
{
	for (uint32_t i = 0; i < sections->count; i++)
		for (uint32_t j = 0; j < sections->items[i].items.count; j++) {
			if (flat->count == array_count(flat->items))
				return REFUSAL_outline_full;
			flat->items[flat->count++] = &sections->items[i].items.items[j];
		}
	return REFUSAL_none;
}

static bool stands_before(const struct flat_outline *flat, uint32_t end, struct id item)
{
	for (uint32_t i = 0; i < end; i++)
		if (id_equal(flat->items[i]->item, item))
			return true;
	return false;
}

static enum refusal item_obstacle(const struct course *course, const struct flat_outline *flat, uint32_t place)
{
	const struct outline_item *wanted = flat->items[place];
	const struct course_item  *item = course_item(course, wanted->item);

	if (!item)
		return REFUSAL_item_unknown;
	if (stands_before(flat, place, wanted->item))
		return REFUSAL_item_twice;
	if (id_present(wanted->after) && !stands_before(flat, place, wanted->after))
		return REFUSAL_item_order_wrong;
	if (wanted->rule != COMPLETION_RULE_viewed && item->kind != ITEM_KIND_assessment)
		return REFUSAL_score_missing;
	if (wanted->rule == COMPLETION_RULE_score && !wanted->has_score_min)
		return REFUSAL_score_missing;
	return REFUSAL_none;
}

void course_decide_change_outline(const struct course *course, const struct user *user,
                                  const struct change_outline *command, struct decision *decision)
{
	struct flat_outline flat = {.count = 0};
	enum refusal        obstacle = course_write_obstacle(course, user);

	if (obstacle == REFUSAL_none)
		obstacle = flatten(&command->sections, &flat);
	for (uint32_t i = 0; i < flat.count && obstacle == REFUSAL_none; i++)
		obstacle = item_obstacle(course, &flat, i);
	if (!refused(decision, obstacle))
		emit(decision, outline_changed, .course = command->course, .outline = course->outline + 1,
		     .sections = command->sections);
}

void course_decide_discard_item(const struct course *course, const struct user *user,
                                const struct discard_item *command, struct decision *decision)
{
	const struct course_item *item = course_item(course, command->item);

	if (refused(decision, course_write_obstacle(course, user)))
		return;
	if (!item)
		refuse(decision, REFUSAL_item_unknown);
	else if (item->placed)
		refuse(decision, REFUSAL_item_placed);
	else
		emit(decision, item_discarded, .course = command->course, .item = command->item);
}

/* ---------------------------------------------------------------- editions */

static struct edition_item item_as_it_is(const struct course_item *item)
{
	return (struct edition_item){
		.item = item->item,
		.kind = item->kind,
		.content = item->content,
		.revision = item->revision,
		.required = item->required,
		.rule = item->rule,
		.has_score_min = item->scored,
		.score_min = item->score_min,
		.has_release_at = item->release_at != 0,
		.release_at = item->release_at,
		.after = item->after,
	};
}

static struct list_of_edition_item placed_items(const struct course *course, struct arena *arena)
{
	struct edition_item        *items = arena_array(arena, struct edition_item, course->items_count + 1);
	struct list_of_edition_item list = {.items = items};

	for (uint32_t i = 0; i < course->items_count; i++)
		if (course->items[i].placed) {
			items[course->items[i].place] = item_as_it_is(&course->items[i]);
			list.count++;
		}
	return list;
}

void course_decide_publish_course(const struct course *course, const struct edition *edition, const struct user *user,
                                  const struct publish_course *command, struct decision *decision)
{
	struct list_of_edition_item items = placed_items(course, decision->arena);

	if (refused(decision, course_run_obstacle(course, user)))
		return;
	if (id_present(edition->id))
		refuse(decision, REFUSAL_edition_exists);
	else if (items.count == 0)
		refuse(decision, REFUSAL_outline_empty);
	else if (!course->changed)
		refuse(decision, REFUSAL_nothing_new);
	else
		emit(decision, course_published, .course = command->course, .edition = command->edition,
		     .number = course->editions + 1, .outline = course->outline, .items = items, .note = command->note);
}
