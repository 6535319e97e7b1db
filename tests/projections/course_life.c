#include "tests/projections/course_life.h"

/* Ids of their own, beside persons and sessions. */
static struct id course_of(uint32_t course)
{
	return stage_id(2000000 + course * 1000);
}

static struct id lesson_of(uint32_t course, uint32_t lesson)
{
	return stage_id(2000000 + course * 1000 + 1 + lesson);
}

static void begins(struct stage *stage, struct course_life *life, uint32_t course)
{
	life->courses[course].begun = true;
	HAPPEN(stage, course_created, .course = course_of(course), .creator = stage_id(1), .title = TEXT("Mechanics"),
	       .language = TEXT("en"), .level = COURSE_LEVEL_introductory);
	HAPPEN(stage, staff_joined, .course = course_of(course), .member = stage_id(1), .role = COURSE_ROLE_instructor);
}

static void is_described(struct stage *stage, struct course_life *life, uint32_t course)
{
	const struct course_tag tags[] = {{TEXT("Physics")}, {TEXT("motion")}};
	bool                    tagged = life->chance(2);

	HAPPEN(stage, course_described, .course = course_of(course),
	       .title = life->chance(2) ? TEXT("Falling \"things\"") : TEXT_NONE,
	       .summary = life->chance(2) ? TEXT("Why they fall") : TEXT_NONE,
	       .listing = life->chance(2) ? COURSE_LISTING_listed : 0,
	       .tags = {.items = tagged ? tags : NULL, .count = tagged ? 1 + life->chance(2) : 0});
}

static void staff_changes(struct stage *stage, struct course_life *life, uint32_t course)
{
	struct id member = stage_id(2 + life->chance(3));

	if (life->chance(2))
		HAPPEN(stage, staff_joined, .course = course_of(course), .member = member, .role = COURSE_ROLE_author);
	else
		HAPPEN(stage, staff_left, .course = course_of(course), .member = member);
}

static void is_written(struct stage *stage, struct course_life *life, uint32_t course)
{
	uint32_t lesson = life->chance(LIFE_LESSONS), revision = ++life->courses[course].revisions[lesson];
	const struct objective_reference objectives[] = {{stage_id(3000000)}};

	HAPPEN(stage, lesson_written, .course = course_of(course), .lesson = lesson_of(course, lesson),
	       .content = stage_id(4000000 + course * 100000 + lesson * 10000 + revision), .revision = revision,
	       .title = TEXT("Velocity"), .body = TEXT("How *fast*, and where to."), .has_minutes = revision % 2,
	       .minutes = 7, .objectives = {.items = objectives, .count = life->chance(2)});
}

static void outline_changes(struct stage *stage, struct course_life *life, uint32_t course)
{
	struct outline_item    items[LIFE_LESSONS];
	struct outline_section sections[] = {{.title = TEXT("Basics"), .items = {.items = items}},
	                                     {.title = TEXT("Empty"), .items = {.items = items}}};

	for (uint32_t i = 0; i < LIFE_LESSONS; i++) {
		bool placed = life->courses[course].revisions[i] > 0 && life->chance(3) > 0;

		life->courses[course].placed[i] = placed;
		if (placed)
			items[sections[0].items.count++] = (struct outline_item){
				.item = lesson_of(course, i), .required = i % 2, .rule = COMPLETION_RULE_viewed};
	}
	HAPPEN(stage, outline_changed, .course = course_of(course), .outline = ++life->courses[course].outline,
	       .sections = {.items = sections, .count = array_count(sections)});
}

static void is_published(struct stage *stage, struct course_life *life, uint32_t course)
{
	struct edition_item items[LIFE_LESSONS];
	uint32_t            count = 0, number = ++life->courses[course].editions;

	for (uint32_t i = 0; i < LIFE_LESSONS; i++)
		if (life->courses[course].placed[i])
			items[count++] = (struct edition_item){.item = lesson_of(course, i),
			                                       .kind = ITEM_KIND_lesson,
			                                       .content = stage_id(4000000),
			                                       .revision = life->courses[course].revisions[i],
			                                       .rule = COMPLETION_RULE_viewed};
	HAPPEN(stage, course_published, .course = course_of(course),
	       .edition = stage_id(5000000 + course * 1000 + number), .number = number,
	       .outline = life->courses[course].outline, .items = {.items = items, .count = count});
}

static void goes_or_comes(struct stage *stage, struct course_life *life, uint32_t course)
{
	const struct course_objective objectives[] = {{stage_id(3000000), TEXT("Velocity")}};

	switch (life->chance(4)) {
	case 0:
		HAPPEN(stage, course_archived, .course = course_of(course));
		break;
	case 1:
		HAPPEN(stage, course_reopened, .course = course_of(course));
		break;
	case 2:
		HAPPEN(stage, item_discarded, .course = course_of(course), .item = lesson_of(course, 0));
		break;
	default:
		HAPPEN(stage, objectives_changed, .course = course_of(course),
		       .objectives = {.items = objectives, .count = life->chance(2)});
	}
}

void course_life_event(struct stage *stage, struct course_life *life)
{
	static void (*const happenings[])(struct stage *, struct course_life *, uint32_t) = {
		is_described, staff_changes, is_written, is_written, outline_changes, goes_or_comes, is_published};
	uint32_t course = life->chance(LIFE_COURSES);
	uint32_t what = life->chance(array_count(happenings));

	if (!life->courses[course].begun)
		begins(stage, life, course);
	else if (happenings[what] != is_published || life->courses[course].outline > 0)
		happenings[what](stage, life, course);
}
