#include "api/answer_feedback.h"

#include "commands/grading/remark.h"
#include "commands/learning/deadline.h"
#include "eventstore/base/catalog.h"
#include "eventstore/codec/codec_json.h"
#include "schema/commands.h"

/* ---------------------------------------------------------------- what is told, and when */

/* Practice tells what was right as soon as an answer is finished. An attempt that was handed in is one whose answers
 * are all finished. */
bool feedback_given(const struct feedback_rules *rules, bool finished)
{
	if (rules->staff)
		return true;
	if (rules->practice)
		return finished || rules->submitted;
	switch (rules->policy.feedback) {
	case FEEDBACK_TIME_submitted:
		return rules->submitted;
	case FEEDBACK_TIME_answered:
		return finished || rules->submitted;
	case FEEDBACK_TIME_closed:
		return rules->submitted && rules->now >= deadline_closes_at(&rules->policy, &rules->accommodation);
	default:
		return false;
	}
}

/* Practice has no policy, and shows what is right. */
bool feedback_has_solution(const struct feedback_rules *rules)
{
	return rules->staff || rules->practice || rules->policy.shows_key;
}

bool feedback_has_grades(const struct feedback_rules *rules)
{
	return rules->staff || rules->practice || rules->released || rules->policy.release != GRADE_RELEASE_manual;
}

/* ---------------------------------------------------------------- what the key says to it */

/* Saving takes from a body what was chosen. */
static enum status read_answer(const struct answer_given *given, struct arena *arena, struct answer_saved *out)
{
	const struct shape *shape = command_type_by_name(TEXT("save_answer"))->shape;
	struct text         body =
                given->chosen.data ? arena_format(arena, "{\"chosen\":%.*s}", TEXT_ARG(given->chosen)) : TEXT("{}");
	struct save_answer saved = {.text = given->words};
	struct complaints  complaints = {0};
	enum status status = json_decode_shape(shape, text_bytes(body), FIELD_PATH | FIELD_CALLER | FIELD_SERVER, arena,
	                                       &saved, &complaints);

	if (status == STATUS_OK)
		*out = (struct answer_saved){.answered = true, .text = given->words, .chosen = saved.chosen};
	return status;
}

static void append_remark(const struct question_view *view, const struct remark *remark, struct buffer *out)
{
	buffer_append_text(out, TEXT("{"));
	if (remark->choice.data) {
		buffer_append_text(out, TEXT("\"choice\":"));
		json_append_string(out, remark->choice);
		buffer_append_text(out, TEXT(","));
	}
	if (remark->blank > 0)
		buffer_format(out, "\"blank\":%u,", remark->blank);
	buffer_append_text(out, TEXT("\"html\":"));
	question_view_append_text(view, remark->text, out);
	buffer_append_text(out, TEXT("}"));
}

static void append_remarks(const struct answer_grade *grade, const struct answer_given *given,
                           const struct question_view *view, struct buffer *out)
{
	struct remark       remarks[REMARKS_MAX];
	struct answer_saved answer;
	uint32_t            count = 0;

	if (view->question && view->numbers && grade->graded_by
	    && read_answer(given, view->arena, &answer) == STATUS_OK)
		count = remarks_find(view->question, grade->graded_by, &answer, view->arena, remarks);
	buffer_append_text(out, TEXT(",\"remarks\":["));
	for (uint32_t i = 0; i < count; i++) {
		if (i > 0)
			buffer_append_text(out, TEXT(","));
		append_remark(view, &remarks[i], out);
	}
	buffer_append_text(out, TEXT("]"));
}

/* ---------------------------------------------------------------- what it is worth */

void answer_feedback_append(const struct answer_grade *grade, const struct answer_given *given,
                            const struct question_view *view, struct buffer *out)
{
	buffer_append_text(out, TEXT("{\"verdict\":"));
	json_append_string(out, grade->verdict);
	json_append_literal(out, "points_milli", grade->points_milli);
	json_append_literal(out, "of_milli", grade->of_milli);
	json_append_literal(out, "key", grade->key);
	json_append_literal(out, "grader", grade->grader);
	json_append_literal(out, "marked", grade->marked);
	append_remarks(grade, given, view, out);
	json_append_literal(out, "marks", grade->marks);
	buffer_append_text(out, TEXT("}"));
}
