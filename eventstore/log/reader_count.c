#include "eventstore/log/reader_parts.h"

enum { POSITIONS_AT_ONCE = 1024 };

struct tail_count {
	uint16_t number;
	uint64_t count;
};

static bool count_record(void *owner, const struct record *record)
{
	struct tail_count *tail = owner;

	tail->count += record->number == tail->number;
	return true;
}

static enum status count_indexed(struct reader *reader, uint16_t number, uint64_t *count)
{
	uint64_t    positions[POSITIONS_AT_ONCE], from = 1;
	uint32_t    found;
	enum status status;

	do {
		status = index_type_positions_from(reader->index, reader->index_snapshot, number, from, positions,
		                                   POSITIONS_AT_ONCE, &found);
		if (status != STATUS_OK)
			return status;
		*count += found;
		from = found > 0 ? positions[found - 1] + 1 : from;
	} while (found == POSITIONS_AT_ONCE);
	return STATUS_OK;
}

enum status reader_count_type(struct reader *reader, uint16_t number, uint64_t *count)
{
	struct tail_count tail = {.number = number};
	uint64_t          indexed;
	enum status       status = reader_renew(reader, &indexed);

	if (status == STATUS_OK)
		status = log_each(reader->log, reader->log_snapshot, indexed + 1, UINT32_MAX, count_record, &tail);
	if (status == STATUS_NOT_FOUND)
		status = STATUS_OK;
	if (status == STATUS_OK && reader->index)
		status = count_indexed(reader, number, &tail.count);
	reader_rest(reader);
	if (status == STATUS_OK)
		*count = tail.count;
	return status;
}
