#include "tests/projections/grade_life.h"

/* Ids of their own, beside persons, sessions, courses and attempts. */
enum {
	COURSE = 7000000,
	ASSESSMENT = 7000001,
	PAPER = 7000002,
	REGRADE = 7100000,
	QUESTION = 7200000,
	RULE = 7300000,
	LEARNER = 7400000,
	ATTEMPT = 7500000,
	EDITION = 7600000,
};

static struct id learner_of(uint32_t learner)
{
	return stage_id(LEARNER + learner);
}

static struct id history_of(uint32_t learner)
{
	const struct id person = learner_of(learner);

	return id_derived("history", &person, 1);
}

static struct id paired(const char *noun, uint32_t with, uint32_t learner)
{
	const struct id parts[] = {stage_id(with), learner_of(learner)};

	return id_derived(noun, parts, array_count(parts));
}

/* The learner's latest. */
static struct id attempt_of(const struct grade_life *life, uint32_t learner)
{
	return stage_id(ATTEMPT + learner * 1000 + life->attempts[learner]);
}

/* ---------------------------------------------------------------- what is graded */

static void begin(struct stage *stage, struct grade_life *life)
{
	const struct objective_reference objectives[] = {{stage_id(QUESTION + 100)}};
	const struct paper_question      pool[] = {{stage_id(QUESTION), 1}, {stage_id(QUESTION + 1), 1}};
	const struct paper_slot slots[] = {{.points_milli = 1000, .draw = 2, .pool = {.items = pool, .count = 2}}};

	life->begun = true;
	for (uint32_t i = 0; i < GRADED_QUESTIONS; i++)
		HAPPEN(stage, question_written, .question = stage_id(QUESTION + i), .course = stage_id(COURSE),
		       .version = 1, .type = QUESTION_TYPE_text, .prompt = TEXT("What?"),
		       .objectives = {.items = objectives, .count = 1});
	HAPPEN(stage, assessment_written, .assessment = stage_id(ASSESSMENT), .course = stage_id(COURSE),
	       .content = stage_id(PAPER), .revision = 1, .title = TEXT("Exam"), .purpose = ASSESSMENT_PURPOSE_exam,
	       .slots = {.items = slots, .count = 1});
	for (uint32_t i = 0; i < GRADED_LEARNERS; i++)
		HAPPEN(stage, learner_enrolled, .enrolment = paired("enrolment", COURSE, i), .course = stage_id(COURSE),
		       .history = history_of(i), .learner = learner_of(i), .edition = stage_id(EDITION),
		       .source = ENROLMENT_SOURCE_self, .enrolled_at = 1);
}

static void attempt_begins(struct stage *stage, struct grade_life *life, uint32_t learner)
{
	const struct attempt_question asked[] = {{stage_id(QUESTION), 1, 1000}, {stage_id(QUESTION + 1), 1, 1000}};

	life->attempts[learner]++;
	HAPPEN(stage, attempt_started, .attempt = attempt_of(life, learner),
	       .sitting = paired("sitting", ASSESSMENT, learner), .assessment = stage_id(ASSESSMENT),
	       .history = history_of(learner), .enrolment = paired("enrolment", COURSE, learner),
	       .course = stage_id(COURSE), .learner = learner_of(learner), .content = stage_id(PAPER),
	       .number = life->attempts[learner], .seed = 7, .started_at = 2000000,
	       .questions = {.items = asked, .count = 2});
}

static void answers_are_graded(struct stage *stage, struct grade_life *life, uint32_t learner)
{
	bool                         right = life->chance(2), decided = life->chance(3) > 0;
	bool                         again = life->chance(4) == 0;
	struct id                    regrade = again ? stage_id(REGRADE + life->chance(5)) : ID_NONE;
	const struct graded_response responses[] = {
		{1, stage_id(QUESTION), 1, 1 + again, right ? 1000 : 0, right ? JUDGEMENT_right : JUDGEMENT_digits},
		{2, stage_id(QUESTION + 1), 1, 0, 0, decided ? JUDGEMENT_unanswered : JUDGEMENT_undecided}};

	HAPPEN(stage, responses_graded, .attempt = attempt_of(life, learner),
	       .sitting = paired("sitting", ASSESSMENT, learner), .history = history_of(learner),
	       .enrolment = paired("enrolment", COURSE, learner), .course = stage_id(COURSE),
	       .assessment = stage_id(ASSESSMENT), .learner = learner_of(learner), .grader = 1, .regrade = regrade,
	       .responses = {.items = responses, .count = 2});
	if (decided)
		HAPPEN(stage, attempt_graded, .attempt = attempt_of(life, learner),
		       .sitting = paired("sitting", ASSESSMENT, learner),
		       .enrolment = paired("enrolment", COURSE, learner), .history = history_of(learner),
		       .course = stage_id(COURSE), .assessment = stage_id(ASSESSMENT), .learner = learner_of(learner),
		       .points_milli = responses[0].points_milli, .of_milli = 2000,
		       .cause = again ? GRADE_CAUSE_regrade : GRADE_CAUSE_automatic, .regrade = regrade);
}

/* ---------------------------------------------------------------- what people say */

static void answer_is_marked(struct stage *stage, struct grade_life *life, uint32_t learner)
{
	const struct marked_criterion criteria[] = {{TEXT("clear"), 300}};

	HAPPEN(stage, response_marked, .attempt = attempt_of(life, learner),
	       .sitting = paired("sitting", ASSESSMENT, learner), .history = history_of(learner),
	       .enrolment = paired("enrolment", COURSE, learner), .course = stage_id(COURSE),
	       .assessment = stage_id(ASSESSMENT), .learner = learner_of(learner), .slot = 2,
	       .question = stage_id(QUESTION + 1), .version = 1, .marker = stage_id(1), .rubric = 1,
	       .criteria = {.items = criteria, .count = life->chance(2)}, .marked_milli = 300,
	       .settles = life->chance(2), .decided = true, .points_milli = 300,
	       .comment = life->chance(2) ? TEXT("Nearly.") : TEXT_NONE);
}

static void grade_is_appealed(struct stage *stage, struct grade_life *life, uint32_t learner)
{
	uint32_t appeal = ++life->appeals[learner];

	HAPPEN(stage, grade_appealed, .attempt = attempt_of(life, learner),
	       .sitting = paired("sitting", ASSESSMENT, learner), .history = history_of(learner),
	       .course = stage_id(COURSE), .assessment = stage_id(ASSESSMENT), .learner = learner_of(learner),
	       .appeal = appeal, .slot = life->chance(3), .text = TEXT("I think it is right."));
	if (life->chance(2))
		HAPPEN(stage, appeal_answered, .attempt = attempt_of(life, learner),
		       .sitting = paired("sitting", ASSESSMENT, learner), .history = history_of(learner),
		       .course = stage_id(COURSE), .assessment = stage_id(ASSESSMENT), .learner = learner_of(learner),
		       .appeal = appeal, .outcome = APPEAL_OUTCOME_upheld, .answer = TEXT("So it is."));
}

static void grade_is_overridden(struct stage *stage, struct grade_life *life, uint32_t learner)
{
	if (life->chance(2))
		HAPPEN(stage, grade_overridden, .sitting = paired("sitting", ASSESSMENT, learner),
		       .enrolment = paired("enrolment", COURSE, learner), .history = history_of(learner),
		       .course = stage_id(COURSE), .item = stage_id(ASSESSMENT), .learner = learner_of(learner),
		       .has_points_milli = true, .points_milli = 1500, .has_of_milli = true, .of_milli = 2000,
		       .reason = TEXT("Was ill"));
	else
		HAPPEN(stage, grade_excused, .sitting = paired("sitting", ASSESSMENT, learner),
		       .enrolment = paired("enrolment", COURSE, learner), .history = history_of(learner),
		       .course = stage_id(COURSE), .item = stage_id(ASSESSMENT), .learner = learner_of(learner),
		       .excused = life->chance(2), .reason = TEXT("Was ill"));
}

/* ---------------------------------------------------------------- awards */

static void rule_changes(struct stage *stage, struct grade_life *life, uint32_t learner)
{
	uint32_t rule = learner % GRADED_RULES;

	HAPPEN(stage, achievement_defined, .achievement = stage_id(RULE + rule), .version = ++life->versions[rule],
	       .kind = ACHIEVEMENT_KIND_badge, .name = TEXT("Persistent"), .description = TEXT("Goes on."),
	       .criteria = TEXT("Hand in."), .trigger = ACHIEVEMENT_TRIGGER_graded, .times = 1 + life->chance(3));
}

static void learner_is_awarded(struct stage *stage, struct grade_life *life, uint32_t learner)
{
	uint32_t        rule = life->chance(GRADED_RULES);
	struct id       award = paired("award", RULE + rule, learner);
	const struct id all[] = {stage_id(RULE + 100)};

	if (life->versions[rule] == 0 || life->awarded[rule][learner])
		return;
	life->awarded[rule][learner] = true;
	HAPPEN(stage, achievement_awarded, .award = award, .achievement = stage_id(RULE + rule),
	       .history = history_of(learner), .awards = id_derived("register", all, 1), .learner = learner_of(learner),
	       .version = life->versions[rule], .evidence = 1);
	if (life->chance(3) == 0)
		HAPPEN(stage, award_revoked, .award = award, .achievement = stage_id(RULE + rule),
		       .history = history_of(learner), .learner = learner_of(learner), .reason = TEXT("By mistake"));
}

void grade_life_event(struct stage *stage, struct grade_life *life)
{
	static void (*const happenings[])(struct stage *, struct grade_life *, uint32_t) = {
		attempt_begins,    answers_are_graded,  answers_are_graded, answer_is_marked,
		grade_is_appealed, grade_is_overridden, rule_changes,       learner_is_awarded};
	uint32_t learner = life->chance(GRADED_LEARNERS);

	if (!life->begun)
		begin(stage, life);
	else if (life->attempts[learner] == 0)
		attempt_begins(stage, life, learner);
	else
		happenings[life->chance(array_count(happenings))](stage, life, learner);
}
