/* A question as somebody sees it: its numbers drawn, its choices in their order, its texts as HTML. The same version
 * and seed show the same, always. */
#ifndef ORRERY_QUESTION_VIEW_H
#define ORRERY_QUESTION_VIEW_H

#include "eventstore/base/arena.h"
#include "eventstore/base/buffer.h"
#include "eventstore/base/status.h"
#include "schema/events.h"

struct markdown_cache;
struct parameter_draw;

enum { QUESTION_VALUE_DIGITS = 4 }; /* of a computed solution, where the key asks for none */

struct question_view {
	const struct question_written *question;
	uint64_t                       seed;
	bool                           shuffles; /* choices; what would tell the solution by its order always is */
	struct arena                  *arena;
	struct markdown_cache         *pages;   /* where its texts may have been made into HTML before; NULL: nowhere */
	const struct parameter_draw   *numbers; /* that were drawn */
};

/* A version as the read model keeps it. INVALID: it is none. */
enum status question_from_json(struct text document, struct arena *arena, const struct question_written **out) MUST_USE;
enum status key_from_json(struct text document, struct arena *arena, const struct key_set **out) MUST_USE;

/* Draws the numbers of view->question by view->seed. INVALID: there are none that meet the conditions. */
enum status question_view_draw(struct question_view *view) MUST_USE;

/* Appends the JSON of a `shown_question` (schema/attempt.schema). */
void question_view_append(const struct question_view *view, struct buffer *out);

/* Appends a text of the question, a hint for example, as a JSON string of HTML. */
void question_view_append_text(const struct question_view *view, struct text text, struct buffer *out);

/* Appends the JSON of a `solution`: what is right by the key, for the numbers drawn. */
void question_view_append_solution(const struct question_view *view, const struct key_set *key, struct buffer *out);

#endif
