/* The walk of reader_filtered: through the index as far as it reaches, then along the log. */
#include "eventstore/base/require.h"
#include "eventstore/log/reader.h"
#include "eventstore/log/reader_parts.h"

enum { STREAM_POSITIONS_AT_ONCE = 256, LANE_POSITIONS_AT_ONCE = 64 };

struct filtering {
	struct reader             *reader;
	const struct event_filter *filter;
	uint64_t                   indexed;
	uint32_t                   left;
	bool                       stopped;
	reader_visit               visit;
	void                      *owner;
	struct filtered_walk      *walk;
};

static void show(struct filtering *filtering, const struct record *record)
{
	bool taken = filtering->visit(filtering->owner, record);

	filtering->walk->reached = taken ? record->position : record->position - 1;
	filtering->stopped = !taken || --filtering->left == 0;
}

static enum status show_position(struct filtering *filtering, uint64_t position)
{
	struct reader *reader = filtering->reader;
	struct record  record;
	enum status    status = log_read(reader->log, reader->log_snapshot, position, &record);

	filtering->walk->read++;
	if (status == STATUS_OK)
		show(filtering, &record);
	return status;
}

/* ---------------------------------------------------------------- by stream */

static enum status stream_positions(struct filtering *filtering, uint64_t version, uint64_t *positions,
                                    uint32_t capacity, uint32_t *count)
{
	struct reader *reader = filtering->reader;

	return index_stream_positions(reader->index, reader->index_snapshot, filtering->filter->stream, version,
	                              positions, capacity, count);
}

/* The lowest version whose event lies at `from` or later: versions grow as positions do. */
static enum status version_from(struct filtering *filtering, uint64_t from, uint64_t *version)
{
	struct reader *reader = filtering->reader;
	uint64_t       low = 1, high, position;
	uint32_t       count;
	enum status    status =
		index_stream_version(reader->index, reader->index_snapshot, filtering->filter->stream, &high);

	for (high++; status == STATUS_OK && low < high;) {
		uint64_t middle = low + (high - low) / 2;

		status = stream_positions(filtering, middle, &position, 1, &count);
		if (status == STATUS_OK && count == 1 && position >= from)
			high = middle;
		else
			low = middle + 1;
	}
	*version = low;
	return status;
}

/* Is the event at the position of a wanted type? The index knows without the record. */
static enum status is_of_type(struct filtering *filtering, uint64_t position, bool *wanted)
{
	struct reader *reader = filtering->reader;
	uint64_t       found;
	uint32_t       count;
	enum status    status = STATUS_OK;

	*wanted = filtering->filter->number_count == 0;
	for (uint32_t i = 0; i < filtering->filter->number_count && !*wanted && status == STATUS_OK; i++) {
		status = index_type_positions_from(reader->index, reader->index_snapshot, filtering->filter->numbers[i],
		                                   position, &found, 1, &count);
		*wanted = status == STATUS_OK && count == 1 && found == position;
	}
	return status;
}

static enum status show_wanted(struct filtering *filtering, uint64_t position)
{
	bool        wanted;
	enum status status = is_of_type(filtering, position, &wanted);

	return status == STATUS_OK && wanted ? show_position(filtering, position) : status;
}

static enum status walk_stream(struct filtering *filtering, uint64_t from)
{
	uint64_t    positions[STREAM_POSITIONS_AT_ONCE], version;
	uint32_t    count;
	enum status status = version_from(filtering, from, &version);

	do {
		if (status == STATUS_OK)
			status = stream_positions(filtering, version, positions, STREAM_POSITIONS_AT_ONCE, &count);
		if (status != STATUS_OK)
			return status;
		for (uint32_t i = 0; i < count && !filtering->stopped && status == STATUS_OK; i++)
			status = show_wanted(filtering, positions[i]);
		version += count;
	} while (count == STREAM_POSITIONS_AT_ONCE && !filtering->stopped);
	return status;
}

/* ---------------------------------------------------------------- by type */

/* The next positions of one type; the walk takes the lowest of all lanes' first ones. */
struct lane {
	uint32_t at, count;
	uint64_t positions[LANE_POSITIONS_AT_ONCE];
};

static enum status fill_lane(struct filtering *filtering, struct lane *lane, uint16_t number, uint64_t from)
{
	struct reader *reader = filtering->reader;

	lane->at = 0;
	return index_type_positions_from(reader->index, reader->index_snapshot, number, from, lane->positions,
	                                 LANE_POSITIONS_AT_ONCE, &lane->count);
}

static enum status advance(struct filtering *filtering, struct lane *lane, uint16_t number)
{
	uint64_t last = lane->positions[lane->at];

	if (++lane->at < lane->count || lane->count < LANE_POSITIONS_AT_ONCE)
		return STATUS_OK;
	return fill_lane(filtering, lane, number, last + 1);
}

/* The lane whose next position is the lowest; `count` when all have ended. */
static uint32_t lowest_lane(const struct lane *lanes, uint32_t count)
{
	uint32_t lowest = count;

	for (uint32_t i = 0; i < count; i++)
		if (lanes[i].at < lanes[i].count
		    && (lowest == count || lanes[i].positions[lanes[i].at] < lanes[lowest].positions[lanes[lowest].at]))
			lowest = i;
	return lowest;
}

static enum status walk_types(struct filtering *filtering, uint64_t from)
{
	const struct event_filter *filter = filtering->filter;
	struct lane                lanes[FILTER_NUMBERS_MAX];
	enum status                status = STATUS_OK;

	for (uint32_t i = 0; i < filter->number_count && status == STATUS_OK; i++)
		status = fill_lane(filtering, &lanes[i], filter->numbers[i], from);
	while (status == STATUS_OK && !filtering->stopped) {
		uint32_t     lowest = lowest_lane(lanes, filter->number_count);
		struct lane *lane = &lanes[lowest];

		if (lowest == filter->number_count)
			break;
		status = show_position(filtering, lane->positions[lane->at]);
		if (status == STATUS_OK)
			status = advance(filtering, lane, filter->numbers[lowest]);
	}
	return status;
}

/* ---------------------------------------------------------------- what the index lacks */

static bool is_wanted(const struct event_filter *filter, const struct record *record)
{
	bool wanted = filter->number_count == 0;

	if (id_present(filter->stream) && record_version_in(record, filter->stream) == 0)
		return false;
	for (uint32_t i = 0; i < filter->number_count && !wanted; i++)
		wanted = filter->numbers[i] == record->number;
	return wanted;
}

static bool visit_tail(void *owner, const struct record *record)
{
	struct filtering *filtering = owner;

	filtering->walk->read++;
	if (is_wanted(filtering->filter, record))
		show(filtering, record);
	else
		filtering->walk->reached = record->position;
	return !filtering->stopped;
}

/* Whoever wants everything needs no index. */
static bool index_serves(const struct filtering *filtering, uint64_t from)
{
	const struct event_filter *filter = filtering->filter;

	return filtering->reader->index && filtering->indexed >= from
	       && (filter->number_count > 0 || id_present(filter->stream));
}

static enum status walk_all(struct filtering *filtering, uint64_t from)
{
	struct reader *reader = filtering->reader;
	enum status    status;

	if (index_serves(filtering, from)) {
		status = id_present(filtering->filter->stream) ? walk_stream(filtering, from)
		                                               : walk_types(filtering, from);
		if (status != STATUS_OK || filtering->stopped)
			return status;
		filtering->walk->reached = filtering->indexed;
	}
	return log_each(reader->log, reader->log_snapshot, filtering->walk->reached + 1, FILTER_TAIL_MAX, visit_tail,
	                filtering);
}

enum status reader_filtered(struct reader *reader, const struct event_filter *filter, uint64_t from, uint32_t limit,
                            reader_visit visit, void *owner, struct filtered_walk *walk)
{
	struct filtering filtering = {
		.reader = reader, .filter = filter, .left = limit, .visit = visit, .owner = owner, .walk = walk};
	enum status status;

	require(from >= 1 && limit >= 1 && filter->number_count <= FILTER_NUMBERS_MAX);
	*walk = (struct filtered_walk){.reached = from - 1};
	status = reader_renew(reader, &filtering.indexed);
	if (status == STATUS_OK)
		status = walk_all(&filtering, from);
	reader_rest(reader);
	return status;
}
