#include "tests/projections/attempt_life.h"

/* Ids of their own, beside persons, sessions and courses. */
enum {
	QUESTION = 6000000,
	ASSESSMENT = 6100000,
	PAPER = 6200000,
	ATTEMPT = 6300000,
	COURSE = 6400000,
	LEARNER = 6500000
};

static struct id question_of(uint32_t question)
{
	return stage_id(QUESTION + question);
}

static struct id paper_of(uint32_t assessment, uint32_t revision)
{
	return stage_id(PAPER + assessment * 1000 + revision);
}

/* Another one after an erasure. */
static struct id learner_of(const struct attempt_life *life, uint32_t attempt)
{
	uint32_t learner = attempt % LIFE_LEARNERS;

	return stage_id(LEARNER + learner * 1000 + life->erased[learner]);
}

static struct id enrolment_of(const struct attempt_life *life, uint32_t attempt)
{
	const struct id parts[] = {stage_id(COURSE), learner_of(life, attempt)};

	return id_derived("enrolment", parts, array_count(parts));
}

static struct id history_of(const struct attempt_life *life, uint32_t attempt)
{
	const struct id learner = learner_of(life, attempt);

	return id_derived("history", &learner, 1);
}

static struct id sitting_of(const struct attempt_life *life, uint32_t attempt)
{
	const struct id parts[] = {stage_id(ASSESSMENT), learner_of(life, attempt)};

	return id_derived("sitting", parts, array_count(parts));
}

/* ---------------------------------------------------------------- questions */

static void question_is_written(struct stage *stage, struct attempt_life *life)
{
	const struct question_choice choices[] = {{TEXT("a"), TEXT("Mass")}, {TEXT("b"), TEXT("\"Force\"")}};
	uint32_t                     question = life->chance(LIFE_QUESTIONS);
	bool                         single = life->chance(2);

	HAPPEN(stage, question_written, .question = question_of(question), .course = stage_id(COURSE),
	       .version = ++life->versions[question], .bank = life->chance(2) ? TEXT("Mechanics") : TEXT_NONE,
	       .type = single ? QUESTION_TYPE_single : QUESTION_TYPE_text, .prompt = TEXT("Which?\nThat one."),
	       .choices = {.items = single ? choices : NULL, .count = single ? 2 : 0},
	       .has_difficulty = life->chance(2), .difficulty = 500);
}

static void question_is_keyed(struct stage *stage, struct attempt_life *life)
{
	const struct key_choice       choices[] = {{.key = TEXT("b"), .credit = 1000}};
	const struct rubric_criterion criteria[] = {{.key = TEXT("a"), .title = TEXT("Thought"), .points_milli = 5}};
	uint32_t                      question = life->chance(LIFE_QUESTIONS), version;

	if (life->versions[question] == 0)
		return;
	version = 1 + life->chance(life->versions[question]);
	if (life->chance(4) == 0)
		HAPPEN(stage, rubric_set, .question = question_of(question), .course = stage_id(COURSE),
		       .version = version, .rubric = ++life->rubrics[question],
		       .criteria = {.items = criteria, .count = 1});
	else if (life->chance(4) == 0)
		HAPPEN(stage, question_use_changed, .question = question_of(question), .course = stage_id(COURSE),
		       .use = 1 + life->chance(3));
	else if (life->chance(8) == 0)
		HAPPEN(stage, question_retired, .question = question_of(question), .course = stage_id(COURSE));
	else
		HAPPEN(stage, key_set, .question = question_of(question), .course = stage_id(COURSE),
		       .version = version, .key = ++life->keys[question], .choices = {.items = choices, .count = 1});
}

/* ---------------------------------------------------------------- assessments */

static void assessment_is_written(struct stage *stage, struct attempt_life *life)
{
	const struct paper_question pool[] = {{.question = question_of(0), .version = 1}};
	const struct paper_slot     slots[] = {{.points_milli = 1500, .draw = 1, .pool = {.items = pool, .count = 1}}};
	uint32_t                    assessment = life->chance(LIFE_ASSESSMENTS);
	uint32_t                    revision = ++life->revisions[assessment];

	HAPPEN(stage, assessment_written, .assessment = stage_id(ASSESSMENT + assessment), .course = stage_id(COURSE),
	       .content = paper_of(assessment, revision), .revision = revision, .title = TEXT("Exam"),
	       .purpose = ASSESSMENT_PURPOSE_exam, .slots = {.items = slots, .count = 1});
}

static void policy_changes(struct stage *stage, struct attempt_life *life)
{
	uint32_t assessment = life->chance(LIFE_ASSESSMENTS);

	if (life->chance(5) == 0)
		HAPPEN(stage, grades_released, .assessment = stage_id(ASSESSMENT + assessment),
		       .course = stage_id(COURSE));
	else
		HAPPEN(stage, assessment_policy_changed, .assessment = stage_id(ASSESSMENT + assessment),
		       .course = stage_id(COURSE), .since = 1000000, .has_closes_at = life->chance(2),
		       .closes_at = 5000000, .late_window_s = 5, .keeps = ATTEMPT_KEEPING_best,
		       .feedback = FEEDBACK_TIME_closed, .graders = 1, .release = GRADE_RELEASE_manual);
}

static void edition_names_papers(struct stage *stage, struct attempt_life *life)
{
	const struct edition_item items[] = {{.item = stage_id(ASSESSMENT),
	                                      .kind = ITEM_KIND_assessment,
	                                      .content = paper_of(0, life->revisions[0]),
	                                      .revision = life->revisions[0],
	                                      .rule = COMPLETION_RULE_questions}};

	HAPPEN(stage, course_published, .course = stage_id(COURSE),
	       .edition = stage_id(COURSE + 1 + life->chance(1000000)), .number = 1,
	       .items = {.items = items, .count = array_count(items)});
}

/* ---------------------------------------------------------------- learners */

static void seat_changes(struct stage *stage, struct attempt_life *life)
{
	uint32_t  attempt = life->chance(LIFE_ATTEMPTS);
	struct id item = life->chance(2) ? stage_id(ASSESSMENT) : ID_NONE;

	switch (life->chance(4)) {
	case 0:
		HAPPEN(stage, learner_enrolled, .enrolment = enrolment_of(life, attempt), .course = stage_id(COURSE),
		       .history = history_of(life, attempt), .learner = learner_of(life, attempt),
		       .edition = stage_id(COURSE + 1), .source = ENROLMENT_SOURCE_self, .enrolled_at = 1);
		break;
	case 1:
		HAPPEN(stage, learner_withdrawn, .enrolment = enrolment_of(life, attempt), .course = stage_id(COURSE),
		       .history = history_of(life, attempt), .learner = learner_of(life, attempt));
		break;
	case 2:
		HAPPEN(stage, learner_moved_on, .enrolment = enrolment_of(life, attempt), .course = stage_id(COURSE),
		       .history = history_of(life, attempt), .learner = learner_of(life, attempt),
		       .edition = stage_id(COURSE + 2));
		break;
	default:
		HAPPEN(stage, accommodation_granted, .enrolment = enrolment_of(life, attempt),
		       .course = stage_id(COURSE), .history = history_of(life, attempt),
		       .learner = learner_of(life, attempt), .item = item, .has_extra_time = true,
		       .extra_time = life->chance(100));
	}
}

static void learner_is_erased(struct stage *stage, struct attempt_life *life)
{
	uint32_t learner = life->chance(LIFE_LEARNERS);

	if (life->chance(10) > 0)
		return;
	HAPPEN(stage, user_erased, .user = learner_of(life, learner));
	life->erased[learner]++;
	for (uint32_t i = learner; i < LIFE_ATTEMPTS; i += LIFE_LEARNERS)
		life->open[i] = false;
}

static struct id attempt_of(const struct attempt_life *life, uint32_t attempt)
{
	return stage_id(ATTEMPT + attempt * 1000 + life->begun[attempt]);
}

static void practice_is_explained(struct stage *stage, struct attempt_life *life, uint32_t attempt)
{
	const struct practice_candidate candidates[] = {
		{.question = question_of(2), .version = 1, .known_ppm = 250000, .guess_ppm = 50000},
		{.question = question_of(3), .version = 1, .has_due_at = true, .due_at = 1500000}};
	const struct practice_pick picks[] = {{question_of(2), PRACTICE_REASON_weak, 400000}};

	HAPPEN(stage, practice_drawn, .attempt = attempt_of(life, attempt), .learner = learner_of(life, attempt),
	       .as_of = 3, .drawn_at = 2000000, .count = 1, .candidates = {.items = candidates, .count = 2},
	       .picks = {.items = picks, .count = 1});
}

/* A first try that counts, or another one; rightly mostly, and of many questions, as learners who go on for years. */
static void answer_is_judged(struct stage *stage, struct attempt_life *life, uint32_t attempt)
{
	HAPPEN(stage, practice_judged, .attempt = attempt_of(life, attempt), .history = history_of(life, attempt),
	       .learner = learner_of(life, attempt), .slot = 1, .question = question_of(life->chance(100)),
	       .version = 1, .try = 1 + life->chance(3), .grader = 1,
	       .verdict = life->chance(4) ? JUDGEMENT_right : JUDGEMENT_wrong, .of_milli = 1000,
	       .counts = life->chance(2), .finished = life->chance(2));
}

static void attempt_begins(struct stage *stage, struct attempt_life *life, uint32_t attempt)
{
	const struct attempt_question  asked[] = {{question_of(0), 1, 1000}, {question_of(1), 1, 2000}};
	const struct practice_question practised[] = {{question_of(2), 1, 1000, PRACTICE_REASON_weak}};

	life->begun[attempt]++;
	life->open[attempt] = true;
	if (attempt % 3 == 0) {
		HAPPEN(stage, practice_started, .attempt = attempt_of(life, attempt),
		       .history = history_of(life, attempt), .enrolment = enrolment_of(life, attempt),
		       .course = stage_id(COURSE), .learner = learner_of(life, attempt), .seed = UINT64_MAX,
		       .started_at = 2000000, .questions = {.items = practised, .count = 1});
		practice_is_explained(stage, life, attempt);
	} else {
		HAPPEN(stage, attempt_started, .attempt = attempt_of(life, attempt),
		       .sitting = sitting_of(life, attempt), .assessment = stage_id(ASSESSMENT),
		       .history = history_of(life, attempt), .enrolment = enrolment_of(life, attempt),
		       .course = stage_id(COURSE), .learner = learner_of(life, attempt), .content = paper_of(0, 1),
		       .number = life->begun[attempt], .seed = 7, .started_at = 2000000,
		       .questions = {.items = asked, .count = 2});
	}
}

static void attempt_goes_on(struct stage *stage, struct attempt_life *life, uint32_t attempt)
{
	const struct choice_reference chosen[] = {{TEXT("b")}};
	struct id                     id = attempt_of(life, attempt);

	if (attempt % 3 == 0 && life->chance(3) > 0) {
		answer_is_judged(stage, life, attempt);
		return;
	}
	switch (life->chance(6)) {
	case 0:
		life->open[attempt] = false;
		HAPPEN(stage, attempt_submitted, .attempt = id, .sitting = sitting_of(life, attempt),
		       .history = history_of(life, attempt), .assessment = stage_id(ASSESSMENT),
		       .enrolment = enrolment_of(life, attempt), .course = stage_id(COURSE),
		       .learner = learner_of(life, attempt), .submitted_at = 4000000, .cause = ATTEMPT_END_time,
		       .penalty = 100);
		break;
	case 1:
		HAPPEN(stage, hint_taken, .attempt = id, .history = history_of(life, attempt),
		       .learner = learner_of(life, attempt), .slot = 1, .hint = 1 + life->chance(3), .cost = 100);
		break;
	case 2:
		HAPPEN(stage, answer_finished, .attempt = id, .history = history_of(life, attempt),
		       .learner = learner_of(life, attempt), .slot = 1);
		break;
	default:
		HAPPEN(stage, answer_saved, .attempt = id, .history = history_of(life, attempt),
		       .learner = learner_of(life, attempt), .slot = 1 + life->chance(2), .answered = true,
		       .text = life->chance(2) ? TEXT("9,81 m/s²") : TEXT_NONE,
		       .chosen = {.items = chosen, .count = life->chance(2)}, .answered_at = 3000000);
	}
}

void attempt_life_event(struct stage *stage, struct attempt_life *life)
{
	static void (*const happenings[])(struct stage *, struct attempt_life *) = {
		question_is_written,  question_is_keyed, assessment_is_written, policy_changes,
		edition_names_papers, seat_changes,      learner_is_erased};
	uint32_t attempt = life->chance(LIFE_ATTEMPTS);

	if (life->chance(2))
		happenings[life->chance(array_count(happenings))](stage, life);
	else if (life->open[attempt])
		attempt_goes_on(stage, life, attempt);
	else
		attempt_begins(stage, life, attempt);
}
