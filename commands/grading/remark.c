#include "commands/grading/remark.h"

#include "commands/grading/judge_parts.h"

struct remarks {
	struct remark *items;
	uint32_t       count;
};

static void add(struct remarks *remarks, struct remark remark)
{
	if (remark.text.data && remarks->count < REMARKS_MAX)
		remarks->items[remarks->count++] = remark;
}

static struct text said_to(const struct key_set *key, struct text choice)
{
	for (uint32_t i = 0; i < key->choices.count; i++)
		if (text_equal(key->choices.items[i].key, choice))
			return key->choices.items[i].feedback;
	return TEXT_NONE;
}

static void add_choices(struct remarks *remarks, const struct key_set *key,
                        const struct list_of_choice_reference *chosen)
{
	for (uint32_t i = 0; i < chosen->count; i++)
		add(remarks,
		    (struct remark){.choice = chosen->items[i].key, .text = said_to(key, chosen->items[i].key)});
}

/* A pattern that earns nothing may still say why. */
static void add_pattern(struct remarks *remarks, const struct list_of_key_pattern *patterns, struct text answer,
                        struct remark remark, struct arena *arena)
{
	const struct key_pattern *best = NULL;
	const struct pattern     *read;

	for (uint32_t i = 0; i < patterns->count; i++) {
		const struct key_pattern *pattern = &patterns->items[i];

		if ((!best || pattern->credit > best->credit) && judge_read_pattern(pattern, arena, &read)
		    && pattern_matches(read, answer, arena))
			best = pattern;
	}
	if (best)
		remark.text = best->feedback;
	add(remarks, remark);
}

static void add_blanks(struct remarks *remarks, const struct key_set *key, struct text answer, struct arena *arena)
{
	for (uint32_t i = 0; i < key->blanks.count; i++)
		add_pattern(remarks, &key->blanks.items[i].patterns, judge_take_line(&answer),
		            (struct remark){.blank = i + 1}, arena);
}

/* More than one choice where one is asked for is no choice. */
uint32_t remarks_find(const struct question_written *question, const struct key_set *key,
                      const struct answer_saved *answer, struct arena *arena, struct remark out[REMARKS_MAX])
{
	struct remarks remarks = {.items = out};
	bool           legible = answer->text.data && !text_is_forgotten(answer->text);

	switch (question->type) {
	case QUESTION_TYPE_single:
	case QUESTION_TYPE_true_false:
		if (answer->chosen.count == 1)
			add_choices(&remarks, key, &answer->chosen);
		break;
	case QUESTION_TYPE_multiple:
		add_choices(&remarks, key, &answer->chosen);
		break;
	case QUESTION_TYPE_text:
		if (legible)
			add_pattern(&remarks, &key->patterns, answer->text, (struct remark){.blank = 0}, arena);
		break;
	case QUESTION_TYPE_blanks:
		if (legible)
			add_blanks(&remarks, key, answer->text, arena);
		break;
	default:
		break;
	}
	return remarks.count;
}
