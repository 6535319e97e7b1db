#include "commands/learning/line_diff.h"

struct line {
	struct text text;
	uint64_t    hash;
};

struct lines {
	struct line *items;
	bool        *changed; /* removed, or added */
	uint32_t     count;
};

/* FNV-1a: only so that most lines that differ are told apart by one comparison. */
static uint64_t hash_of(struct text text)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < text.size; i++)
		hash = (hash ^ (uint8_t)text.data[i]) * 0x100000001b3u;
	return hash;
}

static struct text take_line(struct text *rest)
{
	const char *end = memchr(rest->data, '\n', rest->size);
	struct text line = {.data = rest->data, .size = end ? (size_t)(end - rest->data) + 1 : rest->size};

	rest->data += line.size;
	rest->size -= line.size;
	return line;
}

static struct lines split(struct text text, struct arena *arena)
{
	struct lines lines = {0};
	struct text  rest = text;

	for (; rest.size > 0; lines.count++)
		take_line(&rest);
	lines.items = arena_array(arena, struct line, lines.count);
	lines.changed = arena_array(arena, bool, lines.count);
	rest = text;
	for (uint32_t i = 0; i < lines.count; i++) {
		lines.items[i].text = take_line(&rest);
		lines.items[i].hash = hash_of(lines.items[i].text);
	}
	return lines;
}

static bool same(const struct line *a, const struct line *b)
{
	return a->hash == b->hash && text_equal(a->text, b->text);
}

/* ---------------------------------------------------------------- searching */

/* The part between what both begin and end with. */
struct middle {
	const struct line *before, *after;
	bool              *removed, *added;
	int                before_count, after_count;
};

static struct middle middle_of(const struct lines *before, const struct lines *after)
{
	uint32_t start = 0, end = 0, shorter = before->count < after->count ? before->count : after->count;

	while (start < shorter && same(&before->items[start], &after->items[start]))
		start++;
	while (end < shorter - start
	       && same(&before->items[before->count - 1 - end], &after->items[after->count - 1 - end]))
		end++;
	return (struct middle){
		.before = before->items + start,
		.after = after->items + start,
		.removed = before->changed + start,
		.added = after->changed + start,
		.before_count = (int)(before->count - start - end),
		.after_count = (int)(after->count - start - end),
	};
}

/* How far a path of `edits` edits comes on each diagonal k = before − after. rows[d][d + k] is its line of before. */
struct search {
	int *rows[LINE_DIFF_EDITS_MAX + 1];
};

/* Whether the path to diagonal k came from k + 1, by adding a line, rather than from k − 1, by removing one. */
static bool comes_from_above(const int *row, int edits, int k)
{
	/* row is that of edits − 1, so its diagonal k stands at edits − 1 + k. */
	return k == -edits || (k != edits && row[edits - 1 + k - 1] < row[edits - 1 + k + 1]);
}

static int furthest(const struct search *search, const struct middle *middle, int edits, int k)
{
	const int *row = edits > 0 ? search->rows[edits - 1] : NULL;
	int        before = 0;

	if (row)
		before = comes_from_above(row, edits, k) ? row[edits - 1 + k + 1] : row[edits - 1 + k - 1] + 1;
	while (before < middle->before_count && before - k < middle->after_count
	       && same(&middle->before[before], &middle->after[before - k]))
		before++;
	return before;
}

/* The least number of edits; −1 when there are too many. */
static int find_edits(struct search *search, const struct middle *middle, struct arena *arena)
{
	int goal = middle->before_count - middle->after_count;

	for (int edits = 0; edits <= LINE_DIFF_EDITS_MAX; edits++) {
		search->rows[edits] = arena_array(arena, int, 2 * (size_t)edits + 1);
		for (int k = -edits; k <= edits; k += 2) {
			int before = furthest(search, middle, edits, k);

			search->rows[edits][edits + k] = before;
			if (k == goal && before >= middle->before_count)
				return edits;
		}
	}
	return -1;
}

/* Back along the path, from its end. */
static void mark_path(const struct search *search, struct middle *middle, int edits)
{
	int k = middle->before_count - middle->after_count;

	for (; edits > 0; edits--) {
		const int *row = search->rows[edits - 1];
		bool       above = comes_from_above(row, edits, k);
		int        before = above ? row[edits - 1 + k + 1] : row[edits - 1 + k - 1];

		if (above)
			middle->added[before - (k + 1)] = true;
		else
			middle->removed[before] = true;
		k += above ? 1 : -1;
	}
}

static bool mark(struct middle *middle, struct arena *arena)
{
	struct search search;
	int           edits = find_edits(&search, middle, arena);

	if (edits >= 0) {
		mark_path(&search, middle, edits);
		return true;
	}
	memset(middle->removed, true, (size_t)middle->before_count);
	memset(middle->added, true, (size_t)middle->after_count);
	return false;
}

/* ---------------------------------------------------------------- hunks */

static uint32_t run_of(const struct lines *lines, uint32_t from, bool changed)
{
	uint32_t count = 0;

	while (from + count < lines->count && lines->changed[from + count] == changed)
		count++;
	return count;
}

static struct text text_of(const struct lines *lines, uint32_t from, uint32_t count)
{
	struct text text = lines->items[from].text;

	for (uint32_t i = 1; i < count; i++)
		text.size += lines->items[from + i].text.size;
	return text;
}

struct walk {
	const struct lines    *before, *after;
	uint32_t               before_at, after_at;
	struct line_diff_hunk *hunks;
	uint32_t               count;
};

static void add_hunk(struct walk *walk, enum line_diff_kind kind, uint32_t count)
{
	bool added = kind == LINE_ADDED;

	if (count == 0)
		return;
	walk->hunks[walk->count++] = (struct line_diff_hunk){
		.kind = kind,
		.before = walk->before_at + 1,
		.after = walk->after_at + 1,
		.count = count,
		.lines = added ? text_of(walk->after, walk->after_at, count)
	                       : text_of(walk->before, walk->before_at, count),
	};
	walk->before_at += added ? 0 : count;
	walk->after_at += kind == LINE_REMOVED ? 0 : count;
}

/* Kept lines are as many on both sides, so a run of them ends on both at once or one of the texts has a change there.
 */
static void collect(struct walk *walk, struct line_diff *out)
{
	while (walk->before_at < walk->before->count || walk->after_at < walk->after->count) {
		uint32_t removed, added, kept_before, kept_after;

		removed = run_of(walk->before, walk->before_at, true);
		add_hunk(walk, LINE_REMOVED, removed);
		added = run_of(walk->after, walk->after_at, true);
		add_hunk(walk, LINE_ADDED, added);
		kept_before = run_of(walk->before, walk->before_at, false);
		kept_after = run_of(walk->after, walk->after_at, false);
		add_hunk(walk, LINE_KEPT, kept_before < kept_after ? kept_before : kept_after);
		out->removed += removed;
		out->added += added;
	}
	out->hunks = walk->hunks;
	out->count = walk->count;
}

enum status line_diff(struct text before, struct text after, struct arena *arena, struct line_diff *out)
{
	struct lines  before_lines, after_lines;
	struct middle middle;
	struct walk   walk = {.before = &before_lines, .after = &after_lines};

	if (before.size > LINE_DIFF_TEXT_SIZE_MAX || after.size > LINE_DIFF_TEXT_SIZE_MAX)
		return STATUS_TOO_LARGE;
	before_lines = split(before, arena);
	after_lines = split(after, arena);
	middle = middle_of(&before_lines, &after_lines);
	*out = (struct line_diff){.searched = mark(&middle, arena)};
	/* Each round of the walk has at most three hunks and takes a line at least. */
	walk.hunks = arena_array(arena, struct line_diff_hunk, (size_t)before_lines.count + after_lines.count);
	collect(&walk, out);
	return STATUS_OK;
}
