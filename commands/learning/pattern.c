#include "commands/learning/pattern.h"

#include "commands/learning/character.h"
#include "eventstore/base/require.h"

enum step_kind {
	STEP_CHARACTER,
	STEP_ANY,
	STEP_STAR,
	STEP_FORK, /* goes on behind itself and at its target */
	STEP_JUMP,
	STEP_END,
};

struct step {
	enum step_kind kind;
	uint32_t       character;
	uint32_t       target;
};

struct pattern {
	struct folding folding;
	uint32_t       count;
	struct step    steps[];
};

/* ---------------------------------------------------------------- reading */

static enum status wrong(struct mistake *mistake, const char *sentence, uint32_t position)
{
	*mistake = (struct mistake){.sentence = text_from(sentence), .position = position};
	return STATUS_INVALID;
}

/* As it was written, so that a mistake is told where its writer sees it. */
static enum status check(struct text text, struct mistake *mistake)
{
	uint32_t    position = 1, opened = 0;
	struct text rest = text;
	size_t      points;

	if (text.size > PATTERN_TEXT_SIZE_MAX || !text_code_points(text, &points))
		return wrong(mistake, "The pattern is too long, or no text.", 0);
	for (; rest.size > 0; position++) {
		uint32_t character = character_take(&rest);

		if (character == '\\' && rest.size == 0)
			return wrong(mistake, "Behind this backslash a character is missing.", position);
		if (character == '\\') {
			character_take(&rest);
			position++;
		} else if (character == '{') {
			if (opened > 0)
				return wrong(mistake, "Braces cannot lie in one another.", position);
			opened = position;
		} else if (character == '}') {
			if (opened == 0)
				return wrong(mistake, "There is no brace to close here.", position);
			opened = 0;
		}
	}
	return opened == 0 ? STATUS_OK : wrong(mistake, "This brace is not closed.", opened);
}

struct compiler {
	struct text rest;
	uint32_t    count;
	uint32_t    fork;        /* of the alternative that is read */
	uint32_t    alternative; /* from 1; 0 outside braces */
	uint32_t    jumps;       /* the last one that does not know its target yet: each names the one before */
	struct step steps[PATTERN_STEPS_MAX];
};

static uint32_t emit(struct compiler *compiler, enum step_kind kind, uint32_t character)
{
	require(compiler->count < PATTERN_STEPS_MAX);
	compiler->steps[compiler->count] = (struct step){.kind = kind, .character = character};
	return compiler->count++;
}

/* Before each alternative stands a fork to the next, behind it a jump to the end. */
static void open_alternative(struct compiler *compiler)
{
	compiler->alternative++;
	compiler->fork = emit(compiler, STEP_FORK, 0);
}

static void close_alternative(struct compiler *compiler)
{
	uint32_t jump = emit(compiler, STEP_JUMP, 0);

	compiler->steps[jump].target = compiler->jumps;
	compiler->jumps = jump;
	compiler->steps[compiler->fork].target = compiler->count;
}

/* The last fork has nowhere else to go: it goes on behind itself alone. */
static void close_braces(struct compiler *compiler)
{
	close_alternative(compiler);
	compiler->steps[compiler->fork].target = compiler->fork + 1;
	for (uint32_t jump = compiler->jumps, before; jump != 0; jump = before) {
		before = compiler->steps[jump].target;
		compiler->steps[jump].target = compiler->count;
	}
	compiler->jumps = 0;
	compiler->alternative = 0;
}

static void compile_character(struct compiler *compiler, uint32_t character)
{
	const struct step *last = compiler->count > 0 ? &compiler->steps[compiler->count - 1] : NULL;

	if (character == '\\' && compiler->rest.size > 0) {
		emit(compiler, STEP_CHARACTER, character_take(&compiler->rest));
	} else if (character == '{') {
		open_alternative(compiler);
	} else if (character == ',' && compiler->alternative > 0) {
		close_alternative(compiler);
		open_alternative(compiler);
	} else if (character == '}') {
		close_braces(compiler);
	} else if (character == '*') {
		if (!last || last->kind != STEP_STAR)
			emit(compiler, STEP_STAR, 0);
	} else {
		emit(compiler, character == '?' ? STEP_ANY : STEP_CHARACTER, character);
	}
}

/* Folding makes at most three characters of one, and a comma becomes two steps. */
enum { FOLDED_CHARACTERS_MAX = PATTERN_STEPS_MAX / 2 - 2 };

enum status pattern_parse(struct text text, struct folding folding, struct arena *arena, const struct pattern **out,
                          struct mistake *mistake)
{
	struct compiler compiler;
	struct pattern *pattern;
	size_t          points;
	enum status     status = check(text, mistake);

	if (status != STATUS_OK)
		return status;
	memset(&compiler, 0, offsetof(struct compiler, steps));
	if (folding_apply(folding, text, arena, &compiler.rest) != STATUS_OK
	    || !text_code_points(compiler.rest, &points) || points > FOLDED_CHARACTERS_MAX)
		return wrong(mistake, "The pattern is too long, or no text.", 0);
	while (compiler.rest.size > 0)
		compile_character(&compiler, character_take(&compiler.rest));
	emit(&compiler, STEP_END, 0);
	pattern = arena_alloc(arena, sizeof(*pattern) + compiler.count * sizeof(struct step));
	pattern->folding = folding;
	pattern->count = compiler.count;
	memcpy(pattern->steps, compiler.steps, compiler.count * sizeof(struct step));
	*out = pattern;
	return STATUS_OK;
}

/* ---------------------------------------------------------------- matching */

/* The steps that one may stand at. */
struct places {
	uint32_t count;
	uint16_t steps[PATTERN_STEPS_MAX];
	bool     has[PATTERN_STEPS_MAX];
};

/* With all that are reached from it without a character. A step is entered once, so the list never overflows. */
static void enter(const struct pattern *pattern, struct places *places, uint32_t step)
{
	uint32_t seen = places->count;

	if (places->has[step])
		return;
	places->has[step] = true;
	places->steps[places->count++] = (uint16_t)step;
	for (; seen < places->count; seen++) {
		const struct step *at = &pattern->steps[places->steps[seen]];
		uint32_t           ways[2], count = 0;

		if (at->kind == STEP_STAR || at->kind == STEP_FORK)
			ways[count++] = places->steps[seen] + 1u;
		if (at->kind == STEP_JUMP || at->kind == STEP_FORK)
			ways[count++] = at->target;
		for (uint32_t i = 0; i < count; i++)
			if (!places->has[ways[i]]) {
				places->has[ways[i]] = true;
				places->steps[places->count++] = (uint16_t)ways[i];
			}
	}
}

static void advance(const struct pattern *pattern, const struct places *from, uint32_t character, struct places *to)
{
	memset(to, 0, sizeof(*to));
	for (uint32_t i = 0; i < from->count; i++) {
		uint32_t           at = from->steps[i];
		const struct step *step = &pattern->steps[at];

		if (step->kind == STEP_STAR)
			enter(pattern, to, at);
		else if (step->kind == STEP_ANY || (step->kind == STEP_CHARACTER && step->character == character))
			enter(pattern, to, at + 1);
	}
}

bool pattern_matches(const struct pattern *pattern, struct text answer, struct arena *arena)
{
	struct places places[2] = {0};
	struct text   rest;
	int           now = 0;

	if (answer.size > PATTERN_ANSWER_SIZE_MAX || folding_apply(pattern->folding, answer, arena, &rest) != STATUS_OK)
		return false;
	enter(pattern, &places[now], 0);
	while (rest.size > 0 && places[now].count > 0) {
		advance(pattern, &places[now], character_take(&rest), &places[1 - now]);
		now = 1 - now;
	}
	return rest.size == 0 && places[now].has[pattern->count - 1];
}
