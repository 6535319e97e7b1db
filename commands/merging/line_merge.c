#include "commands/merging/line_merge.h"

#include "commands/learning/line_diff.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_json.h"

/* Lines of the base, from 0, that a side replaced by others. */
struct change {
	uint32_t from, to; /* behind the last */
	uint32_t added;
};

struct side {
	struct text    text;
	const char   **lines; /* where each begins; one more than there are */
	uint32_t       line_count;
	struct change *changes;
	uint32_t       count;
	uint32_t       at;    /* the first change that is not merged yet */
	int64_t        shift; /* from a line of the base behind what is merged to the side's own */
};

/* ---------------------------------------------------------------- what each side changed */

static bool ends_line(struct text text)
{
	return text.size > 0 && text.data[text.size - 1] == '\n';
}

/* With the end of its last line. */
static struct text closed(struct text text, struct arena *arena)
{
	char *copy;

	if (text.size == 0 || ends_line(text))
		return text;
	copy = arena_alloc(arena, text.size + 1);
	memcpy(copy, text.data, text.size);
	copy[text.size] = '\n';
	return (struct text){.data = copy, .size = text.size + 1};
}

static void find_lines(struct side *side, struct arena *arena)
{
	const char *at = side->text.data, *end = at + side->text.size;
	uint32_t    count = 0;

	for (size_t i = 0; i < side->text.size; i++)
		count += at[i] == '\n';
	side->lines = arena_array(arena, const char *, (size_t)count + 1);
	while (at < end) {
		side->lines[side->line_count++] = at;
		at = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
	}
	side->lines[side->line_count] = end;
}

/* Removed lines and those added in their place are one change. */
static void note_hunk(struct side *side, const struct line_diff_hunk *hunk)
{
	uint32_t       from = hunk->before - 1;
	struct change *last = side->count > 0 ? &side->changes[side->count - 1] : NULL;

	if (hunk->kind == LINE_KEPT)
		return;
	if (!last || last->to != from)
		last = &side->changes[side->count++], *last = (struct change){.from = from, .to = from};
	if (hunk->kind == LINE_REMOVED)
		last->to += hunk->count;
	else
		last->added += hunk->count;
}

static enum status side_open(struct side *side, struct text base, struct text text, struct arena *arena)
{
	struct line_diff diff;
	enum status      status;

	*side = (struct side){.text = text};
	status = line_diff(base, text, arena, &diff);
	if (status != STATUS_OK)
		return status;
	find_lines(side, arena);
	side->changes = arena_array(arena, struct change, (size_t)diff.count + 1);
	for (uint32_t i = 0; i < diff.count; i++)
		note_hunk(side, &diff.hunks[i]);
	return STATUS_OK;
}

/* ---------------------------------------------------------------- merging */

static struct line_range lines_of(const struct side *side, uint32_t first, uint32_t count)
{
	require((uint64_t)first + count <= side->line_count);
	return (struct line_range){
		.line = first + 1,
		.count = count,
		.text = {.data = side->lines[first], .size = (size_t)(side->lines[first + count] - side->lines[first])},
	};
}

/* What the side has in place of the base's lines; its changes there are merged by that. */
static struct line_range take_lines(struct side *side, uint32_t from, uint32_t to)
{
	int64_t first = from + side->shift;

	while (side->at < side->count && side->changes[side->at].from <= to && side->changes[side->at].to <= to) {
		const struct change *change = &side->changes[side->at++];

		side->shift += (int64_t)change->added - (int64_t)(change->to - change->from);
	}
	return lines_of(side, (uint32_t)first, (uint32_t)(to + side->shift - first));
}

static const struct change *next_of(const struct side *side)
{
	return side->at < side->count ? &side->changes[side->at] : NULL;
}

/* The base's lines of the next change of either side, and of all that overlap or touch it. */
static struct change next_group(const struct side *ours, const struct side *theirs)
{
	const struct change *first = next_of(ours), *second = next_of(theirs);
	uint32_t             i = ours->at, j = theirs->at;
	struct change        group = *(!second || (first && first->from <= second->from) ? first : second);

	for (;;) {
		if (i < ours->count && ours->changes[i].from <= group.to)
			group.to = ours->changes[i].to > group.to ? ours->changes[i].to : group.to, i++;
		else if (j < theirs->count && theirs->changes[j].from <= group.to)
			group.to = theirs->changes[j].to > group.to ? theirs->changes[j].to : group.to, j++;
		else
			return group;
	}
}

static void note_conflict(struct line_merge *out, const struct line_conflict *conflict)
{
	if (out->count == LINE_MERGE_CONFLICTS_MAX)
		out->has_more = true;
	else
		out->conflicts[out->count++] = *conflict;
}

static void merge_group(struct side sides[3], struct change group, struct line_merge *out, struct buffer *merged)
{
	struct side               *base = &sides[0], *ours = &sides[1], *theirs = &sides[2];
	const struct line_conflict three = {
		.base = lines_of(base, group.from, group.to - group.from),
		.ours = take_lines(ours, group.from, group.to),
		.theirs = take_lines(theirs, group.from, group.to),
	};
	bool ours_changed = !text_equal(three.base.text, three.ours.text);
	bool theirs_changed = !text_equal(three.base.text, three.theirs.text);

	if (ours_changed && theirs_changed && !text_equal(three.ours.text, three.theirs.text))
		note_conflict(out, &three);
	buffer_append_text(merged, ours_changed ? three.ours.text : three.theirs.text);
}

static void merge_groups(struct side sides[3], struct line_merge *out, struct buffer *merged)
{
	uint32_t at = 0;

	while (next_of(&sides[1]) || next_of(&sides[2])) {
		struct change group = next_group(&sides[1], &sides[2]);

		buffer_append_text(merged, lines_of(&sides[0], at, group.from - at).text);
		merge_group(sides, group, out, merged);
		at = group.to;
	}
	buffer_append_text(merged, lines_of(&sides[0], at, sides[0].line_count - at).text);
}

/* Does the merged text end with a line end? Whoever changed that decides. */
static bool merged_end(struct text base, struct text ours, struct text theirs)
{
	return ends_line(ours) == ends_line(base) ? ends_line(theirs) : ends_line(ours);
}

enum status line_merge(struct text base, struct text ours, struct text theirs, struct arena *arena,
                       struct line_merge *out)
{
	struct side   sides[3] = {{.text = closed(base, arena)}};
	struct buffer merged = {0};
	enum status   status = side_open(&sides[1], sides[0].text, closed(ours, arena), arena);

	if (status == STATUS_OK)
		status = side_open(&sides[2], sides[0].text, closed(theirs, arena), arena);
	if (status != STATUS_OK)
		return status;
	find_lines(&sides[0], arena);
	*out = (struct line_merge){.merged = TEXT("")};
	merge_groups(sides, out, &merged);
	if (merged.size > 0 && !merged_end(base, ours, theirs))
		merged.size--;
	if (merged.size > 0)
		out->merged = arena_text(arena, (struct text){.data = (const char *)merged.data, .size = merged.size});
	buffer_finish(&merged);
	return STATUS_OK;
}

/* ---------------------------------------------------------------- telling */

static void append_range(struct buffer *out, const char *name, const struct line_range *range)
{
	buffer_format(out, "\"%s\":{\"line\":%u,\"count\":%u,\"text\":", name, range->line, range->count);
	json_append_string(out, range->text);
	buffer_append_text(out, TEXT("}"));
}

void line_merge_append_conflicts(const struct line_merge *merge, struct buffer *out)
{
	buffer_append_text(out, TEXT(",\"line_conflicts\":["));
	for (uint32_t i = 0; i < merge->count; i++) {
		buffer_append_text(out, i > 0 ? TEXT(",{") : TEXT("{"));
		append_range(out, "base", &merge->conflicts[i].base);
		buffer_append_text(out, TEXT(","));
		append_range(out, "ours", &merge->conflicts[i].ours);
		buffer_append_text(out, TEXT(","));
		append_range(out, "theirs", &merge->conflicts[i].theirs);
		buffer_append_text(out, TEXT("}"));
	}
	buffer_append_text(out, TEXT("]"));
}
