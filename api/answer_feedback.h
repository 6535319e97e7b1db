/* What of an attempt is told to whom, and when; and how what an answer is worth is told. */
#ifndef ORRERY_ANSWER_FEEDBACK_H
#define ORRERY_ANSWER_FEEDBACK_H

#include "api/question_view.h"
#include "schema/states.h"

/* What decides about it, at one moment. */
struct feedback_rules {
	bool                 staff; /* whoever grades in the course sees everything */
	bool                 practice;
	bool                 submitted;
	bool                 released; /* the grades of the assessment are */
	int64_t              now;
	struct policy        policy; /* that holds now */
	struct accommodation accommodation;
};

/* Whether anything is told about an answer, its explanation for example. `finished`: the learner is done with it. */
bool feedback_given(const struct feedback_rules *rules, bool finished);

/* Whether feedback has the solution in it. */
bool feedback_has_solution(const struct feedback_rules *rules);

/* Whether grades are told at all, or kept back until they are released. Of an answer they are told only where feedback
 * is given too. */
bool feedback_has_grades(const struct feedback_rules *rules);

/* What an answer is worth, as the read model has it. Texts that are absent leave their members out. */
struct answer_grade {
	struct text           verdict;
	struct text           points_milli; /* absent: undecided */
	struct text           of_milli;
	struct text           key; /* its number */
	struct text           grader;
	struct text           marked;
	struct text           marks;     /* JSON */
	const struct key_set *graded_by; /* NULL: none, or it cannot be read */
};

/* What was answered, in clear. */
struct answer_given {
	struct text words;
	struct text chosen; /* JSON of a list of choice_reference */
};

/* Appends the JSON of an `answer_grade` (schema/attempt.schema). Without view->question, or numbers for it, the grade
 * stands there without the key's remarks. */
void answer_feedback_append(const struct answer_grade *grade, const struct answer_given *given,
                            const struct question_view *view, struct buffer *out);

#endif
