#include "tools/selection.h"

#include "eventstore/base/require.h"

#include <stdlib.h>

/* In reverse, windows of positions are looked at from the last one to the first; one that has little in it is followed
 * by a larger one. */
enum { WINDOW_FIRST = 1 << 10, WINDOW_MAX = 1 << 20, WINDOW_GOOD = 64, READ_AT_ONCE = 4096 };

struct selection {
	struct reader    *reader;
	struct event_wish wish;
	bool              reverse;
	bool              scan;      /* past the index, since a record is damaged */
	uint64_t          low, high; /* what is left to look at, both included; none when low > high */
	uint64_t          window;

	/* Found and not handed out yet, in rising order. */
	uint64_t *found;
	size_t    count, capacity, taken;

	uint64_t limit;   /* of the walk under way */
	uint64_t reached; /* by it */
};

static bool equal_or_absent(struct id wanted, struct id id)
{
	return !id_present(wanted) || id_equal(wanted, id);
}

static bool takes_number(const struct event_wish *wish, uint16_t number)
{
	for (uint32_t i = 0; i < wish->number_count; i++)
		if (wish->numbers[i] == number)
			return true;
	return wish->number_count == 0;
}

bool event_wish_takes(const struct event_wish *wish, const struct record *record)
{
	return takes_number(wish, record->number) && equal_or_absent(wish->actor, record->actor)
	       && equal_or_absent(wish->command, record->command) && equal_or_absent(wish->trace, record->trace)
	       && (!id_present(wish->stream) || record_version_in(record, wish->stream) > 0)
	       && (wish->since_us == 0 || record->time_us >= wish->since_us)
	       && (wish->until_us == 0 || record->time_us <= wish->until_us) && record->position >= wish->from
	       && (wish->to == 0 || record->position <= wish->to);
}

struct selection *selection_create(struct reader *reader, const struct event_wish *wish, uint64_t head, bool reverse)
{
	struct selection *selection = calloc(1, sizeof(*selection));

	require(selection != NULL);
	selection->reader = reader;
	selection->wish = *wish;
	selection->reverse = reverse;
	selection->low = wish->from > 0 ? wish->from : 1;
	selection->window = WINDOW_FIRST;
	selection_extend(selection, head);
	return selection;
}

void selection_destroy(struct selection *selection)
{
	if (!selection)
		return;
	free(selection->found);
	free(selection);
}

void selection_extend(struct selection *selection, uint64_t head)
{
	selection->high = selection->wish.to > 0 && selection->wish.to < head ? selection->wish.to : head;
}

/* ---------------------------------------------------------------- looking */

static void add(struct selection *selection, uint64_t position)
{
	if (selection->count == selection->capacity) {
		selection->capacity = selection->capacity ? selection->capacity * 2 : 256;
		selection->found = realloc(selection->found, selection->capacity * sizeof(*selection->found));
		require(selection->found != NULL);
	}
	selection->found[selection->count++] = position;
}

static bool look_at(void *owner, const struct record *record)
{
	struct selection *selection = owner;

	if (record->position > selection->limit) {
		selection->reached = selection->limit;
		return false;
	}
	selection->reached = record->position;
	if (event_wish_takes(&selection->wish, record))
		add(selection, record->position);
	return true;
}

/* Goes on from `from` for one call of the reader, through the index if that helps. */
static enum status walk_on(struct selection *selection, uint64_t from)
{
	struct event_filter filter = {
		.numbers = selection->wish.numbers,
		.number_count = selection->wish.number_count,
		.stream = selection->wish.stream,
	};
	struct filtered_walk walk = {0};
	enum status          status;

	if (selection->scan || (filter.number_count == 0 && !id_present(filter.stream)))
		return reader_each(selection->reader, from, READ_AT_ONCE, look_at, selection);
	status = reader_filtered(selection->reader, &filter, from, READ_AT_ONCE, look_at, selection, &walk);
	if (status == STATUS_CORRUPT) { /* somewhere behind what was seen */
		selection->scan = true;
		return STATUS_OK;
	}
	if (walk.reached > selection->reached)
		selection->reached = walk.reached;
	return status;
}

/* Finds what is wanted in low … high. */
static enum status look_through(struct selection *selection, uint64_t low, uint64_t high, size_t enough)
{
	enum status status = STATUS_OK;

	selection->limit = high;
	selection->reached = low - 1;
	while (status == STATUS_OK && selection->reached < high && selection->count - selection->taken < enough) {
		uint64_t before = selection->reached;
		bool     scan = selection->scan;

		status = walk_on(selection, before + 1);
		if (status == STATUS_CORRUPT
		    || (status == STATUS_OK && selection->reached == before && scan == selection->scan)) {
			add(selection, ++selection->reached);
			status = STATUS_OK;
		}
	}
	if (selection->reached > high)
		selection->reached = high;
	return status;
}

static enum status look_ahead(struct selection *selection, size_t enough)
{
	enum status status = look_through(selection, selection->low, selection->high, enough);

	selection->low = selection->reached + 1;
	return status;
}

static enum status look_back(struct selection *selection)
{
	uint64_t    left = selection->high - selection->low + 1;
	uint64_t    size = left < selection->window ? left : selection->window, high = selection->high;
	enum status status = look_through(selection, high - size + 1, high, SIZE_MAX);

	selection->high = high - size;
	if (selection->count < WINDOW_GOOD && selection->window < WINDOW_MAX)
		selection->window *= 4;
	return status;
}

enum status selection_next(struct selection *selection, uint64_t *positions, uint32_t capacity, uint32_t *count)
{
	enum status status = STATUS_OK;

	while (status == STATUS_OK && selection->taken == selection->count && selection->low <= selection->high) {
		selection->taken = selection->count = 0;
		status = selection->reverse ? look_back(selection) : look_ahead(selection, capacity);
	}
	*count = 0;
	while (status == STATUS_OK && *count < capacity && selection->taken < selection->count) {
		size_t taken = selection->taken++;

		positions[(*count)++] = selection->found[selection->reverse ? selection->count - 1 - taken : taken];
	}
	return status;
}
