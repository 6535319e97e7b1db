/* POST /me/practice/{attempt}/answers/{slot}: judges an answer by the key that the log has, as the grader would, before
 * the command is sent, and tells what was found. Whether the answer may be given at all is for the decider to say. A
 * request that is sent again is told what was found the first time, which stands in the log. */
#include "api/answer_feedback.h"
#include "api/exchange.h"
#include "api/preparation.h"
#include "commands/grading/judge.h"
#include "commands/grading/question_log.h"
#include "commands/learning/evidence.h"
#include "eventstore/codec/codec_json.h"
#include "schema/commands.h"

#include <inttypes.h>

enum { PRACTICE_RECORDS_MAX = 100000 };

struct practice_reading {
	struct arena          *arena;
	struct id              command; /* that is being carried out */
	uint32_t               slot;
	struct id              question; /* absent: there is no such practice, or no such slot */
	uint32_t               version, of_milli;
	uint64_t               seed;
	bool                   counted; /* one of the tries before */
	struct practice_judged judged;  /* what is told */
	bool                   again;   /* it stands in the log already */
	struct text            comment; /* JSON members: the grade, and what the author says */
};

/* ---------------------------------------------------------------- the practice so far */

static void see_start(struct practice_reading *reading, const struct practice_started *event)
{
	const struct practice_question *asked;

	if (reading->slot > event->questions.count)
		return;
	asked = &event->questions.items[reading->slot - 1];
	reading->seed = event->seed;
	reading->question = asked->question;
	reading->version = asked->version;
	reading->of_milli = asked->points_milli;
}

static void see_try(struct practice_reading *reading, const struct record *record, const struct practice_judged *event)
{
	if (event->slot != reading->slot || reading->again)
		return;
	reading->judged = *event;
	reading->counted |= event->counts;
	reading->again = id_equal(record->command, reading->command);
}

static bool see(void *owner, const struct record *record)
{
	struct practice_reading *reading = owner;
	const struct event_type *type;
	const void              *event;

	if (record->number != EVENT_practice_started && record->number != EVENT_practice_judged)
		return true;
	if (record_event(record, NULL, reading->arena, &type, &event) != STATUS_OK)
		return false;
	if (record->number == EVENT_practice_started)
		see_start(reading, event);
	else
		see_try(reading, record, event);
	return true;
}

/* ---------------------------------------------------------------- judging */

static struct answer_saved answer_of(const struct answer_practice *command)
{
	return (struct answer_saved){
		.answered = command->text.size > 0 || command->chosen.count > 0 || command->pairs.count > 0,
		.text = command->text,
		.chosen = command->chosen,
		.pairs = command->pairs,
	};
}

/* Hints cost nothing in practice. */
static void judge_now(struct practice_reading *reading, const struct question_found *found,
                      const struct answer_practice *command)
{
	const struct answer_saved answer = answer_of(command);
	const struct judging      judging = {
		     .question = found->question, .key = found->key, .answer = &answer, .seed = reading->seed};
	struct grade            grade = judge(&judging, reading->arena);
	struct practice_judged *judged = &reading->judged;

	judged->try++;
	judged->key = found->key ? found->key->key : 0;
	judged->grader = GRADER_VERSION;
	judged->verdict = (enum judgement)(grade.verdict + 1);
	judged->points_milli = grade_points_milli(reading->of_milli, grade.fraction_ppm);
	judged->of_milli = reading->of_milli;
	judged->counts = !reading->counted && judgement_is_evidence(judged->verdict);
	judged->finished = judged->verdict == JUDGEMENT_right;
}

/* ---------------------------------------------------------------- what is said of it */

static struct text as_json(const struct list_of_choice_reference *chosen, struct arena *arena)
{
	struct buffer list = {0};
	struct text   text;

	for (uint32_t i = 0; i < chosen->count; i++) {
		buffer_append_text(&list, i > 0 ? TEXT(",{\"key\":") : TEXT("[{\"key\":"));
		json_append_string(&list, chosen->items[i].key);
		buffer_append_text(&list, TEXT("}"));
	}
	buffer_append_text(&list, TEXT("]"));
	text = arena_text(arena, (struct text){.data = (const char *)list.data, .size = list.size});
	buffer_finish(&list);
	return text;
}

/* As an attempt tells what its answers are worth. */
static void append_grade(const struct practice_judged *judged, const struct question_view *view,
                         const struct key_set *key, const struct answer_practice *command, struct buffer *out)
{
	struct arena             *arena = view->arena;
	const struct answer_grade grade = {
		.verdict = text_from(grade_verdict_name((enum grade_verdict)(judged->verdict - 1))),
		.points_milli = arena_format(arena, "%u", judged->points_milli),
		.of_milli = arena_format(arena, "%u", judged->of_milli),
		.key = judged->key != 0 ? arena_format(arena, "%u", judged->key) : TEXT_NONE,
		.grader = arena_format(arena, "%u", judged->grader),
		.marked = TEXT("false"),
		.marks = TEXT("[]"),
		.graded_by = key,
	};
	const struct answer_given given = {
		.words = command->text,
		.chosen = command->chosen.count > 0 ? as_json(&command->chosen, arena) : TEXT_NONE,
	};

	buffer_append_text(out, TEXT(",\"grade\":"));
	answer_feedback_append(&grade, &given, view, out);
}

/* The solution is told once there is nothing more to try. */
static enum status comment(struct practice_reading *reading, const struct question_found *found,
                           const struct answer_practice *command)
{
	struct question_view view = {
		.question = found->question, .seed = reading->seed, .shuffles = true, .arena = reading->arena};
	struct buffer out = {0};
	enum status   status = question_view_draw(&view);

	if (status != STATUS_OK)
		return status;
	append_grade(&reading->judged, &view, found->key, command, &out);
	if (reading->judged.finished && found->question->explanation.data) {
		buffer_append_text(&out, TEXT(",\"explanation\":"));
		question_view_append_text(&view, found->question->explanation, &out);
	}
	if (reading->judged.finished && found->key) {
		buffer_append_text(&out, TEXT(",\"solution\":"));
		question_view_append_solution(&view, found->key, &out);
	}
	reading->comment = arena_text(reading->arena, (struct text){.data = (const char *)out.data, .size = out.size});
	buffer_finish(&out);
	return STATUS_OK;
}

/* ---------------------------------------------------------------- on a worker */

static enum status judge_answer(struct practice_reading *reading, struct reader *reader,
                                const struct answer_practice *command)
{
	struct question_wish  wish = {.key = QUESTION_LOG_LATEST};
	struct question_log  *log;
	struct question_found found;
	enum status           status = reader_head(reader, &wish.until);

	if (status == STATUS_OK)
		status = reader_stream(reader, command->attempt, 1, PRACTICE_RECORDS_MAX, see, reading);
	if (status != STATUS_OK || !id_present(reading->question))
		return status;
	wish.question = reading->question;
	wish.version = reading->version;
	if (reading->again)
		wish.key = reading->judged.key;
	log = question_log_create(reader);
	status = question_log_find(log, &wish, &found);
	if (status == STATUS_OK && !reading->again)
		judge_now(reading, &found, command);
	if (status == STATUS_OK)
		status = comment(reading, &found, command);
	question_log_destroy(log);
	return status;
}

static void run_judge(struct work *work)
{
	struct exchange *exchange = container_of(work, struct exchange, work);
	struct reader   *reader;

	exchange->status = reader_open(exchange->lane->service->data, &reader);
	if (exchange->status != STATUS_OK)
		return;
	exchange->status = judge_answer(exchange->own, reader, exchange->input);
	reader_close(reader);
}

/* ---------------------------------------------------------------- steps */

static enum pace look_at_answer(struct exchange *exchange)
{
	const struct answer_practice *command = exchange->input;
	struct practice_reading      *reading = arena_new(&exchange->arena, struct practice_reading);

	reading->arena = &exchange->arena;
	reading->command = exchange->command_id;
	reading->slot = command->slot;
	exchange->own = reading;
	return exchange_work(exchange, run_judge);
}

/* Of an attempt that is no practice nothing was judged, and the decider says so. */
static enum pace take_judgement(struct exchange *exchange)
{
	const struct practice_judged *judged = &((struct practice_reading *)exchange->own)->judged;
	struct answer_practice       *command = exchange->input;

	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	command->key = judged->key;
	command->grader = GRADER_VERSION;
	command->verdict = judged->verdict != 0 ? judged->verdict : JUDGEMENT_unanswered;
	command->points_milli = judged->points_milli;
	return GO_ON;
}

/* In practice no person will look at it. */
static struct text sentence_for(enum judgement verdict)
{
	if (verdict == JUDGEMENT_undecided)
		return TEXT("Whether the answer is right cannot be told by the key.");
	return text_from(grade_verdict_sentence((enum grade_verdict)(verdict - 1)));
}

static enum pace tell(struct exchange *exchange, struct buffer *out)
{
	const struct practice_reading *reading = exchange->own;
	const struct practice_judged  *judged = &reading->judged;

	buffer_format(out, "{\"position\":%" PRIu64 ",\"try\":%u,\"counts\":%s,\"finished\":%s,\"sentence\":",
	              exchange->answer.position, judged->try, judged->counts ? "true" : "false",
	              judged->finished ? "true" : "false");
	json_append_string(out, sentence_for(judged->verdict));
	buffer_format(out, "%.*s}", TEXT_ARG(reading->comment));
	return GO_ON;
}

static exchange_step *const answer_steps[] = {look_at_answer, take_judgement, NULL};
const struct preparation preparation_answer_practice = {.steps = answer_steps, .respond = tell, .decides_alone = true};
