#include "eventstore/log/identity.h"

#include "eventstore/base/require.h"

#include <stddef.h>

/* The stored layout; numbers are little endian. A log that was made by format 2 has what lies before `epochs` only,
 * with zero as its count: it was never given another epoch. */
struct identity_record {
	char     magic[8]; /* "orrerylg" */
	uint32_t format;   /* FORMAT or FORMAT_BEFORE */
	uint32_t epoch_count;
	uint8_t  store[16];
	uint64_t epoch;
	struct {
		uint64_t number, first;
	} epochs[LOG_EPOCHS_MAX];
};

enum { FORMAT = 3, FORMAT_BEFORE = 2, SIZE = sizeof(struct identity_record), SIZE_BEFORE = 40 };

_Static_assert(offsetof(struct identity_record, epochs) == (size_t)SIZE_BEFORE, "the layout of format 2 is fixed");
_Static_assert((int)SIZE == 40 + 16 * LOG_EPOCHS_MAX, "the stored layout is fixed");

static const char magic[8] = "orrerylg";

struct log_identity identity_fresh(void)
{
	return (struct log_identity){.store = id_fresh(), .epoch = 1, .epoch_count = 1, .epochs = {{1, 1}}};
}

uint64_t identity_began(const struct log_identity *log)
{
	return log->epoch_count > 0 ? log->epochs[log->epoch_count - 1].first : 1;
}

/* An epoch that came later may have begun before the position, and then holds something else there. */
bool identity_holds(const struct log_identity *log, struct id store, uint64_t epoch, uint64_t position)
{
	uint32_t at = log->epoch_count;

	if (!id_equal(log->store, store) || epoch > log->epoch)
		return false;
	if (epoch == log->epoch)
		return true;
	while (at > 0 && log->epochs[at - 1].number > epoch)
		if (log->epochs[--at].first <= position)
			return false;
	return at > 0 && log->epochs[at - 1].number == epoch;
}

void identity_raise(struct log_identity *log, uint64_t least, uint64_t first)
{
	uint64_t number = least > log->epoch ? least : log->epoch + 1;

	if (log->epoch_count == LOG_EPOCHS_MAX) {
		log->epoch_count--;
		memmove(log->epochs, log->epochs + 1, log->epoch_count * sizeof(log->epochs[0]));
	}
	/* A log that was cut back has nothing left of an epoch that began behind the cut. */
	for (uint32_t i = 0; i < log->epoch_count; i++)
		log->epochs[i].first = log->epochs[i].first < first ? log->epochs[i].first : first;
	log->epochs[log->epoch_count++] = (struct log_epoch){.number = number, .first = first};
	log->epoch = number;
}

void identity_format(const struct log_identity *log, struct buffer *out)
{
	struct identity_record record = {.format = FORMAT, .epoch_count = log->epoch_count, .epoch = log->epoch};

	require(log->epoch_count > 0 && log->epochs[log->epoch_count - 1].number == log->epoch);
	memcpy(record.magic, magic, sizeof(magic));
	memcpy(record.store, log->store.bytes, sizeof(record.store));
	for (uint32_t i = 0; i < log->epoch_count; i++) {
		record.epochs[i].number = log->epochs[i].number;
		record.epochs[i].first = log->epochs[i].first;
	}
	buffer_append(out, BYTES(&record, sizeof(record)));
}

static bool parse_epochs(const struct identity_record *record, struct log_identity *out)
{
	if (record->epoch_count == 0 || record->epoch_count > LOG_EPOCHS_MAX)
		return false;
	for (uint32_t i = 0; i < record->epoch_count; i++)
		out->epochs[i] = (struct log_epoch){record->epochs[i].number, record->epochs[i].first};
	out->epoch_count = record->epoch_count;
	return out->epochs[out->epoch_count - 1].number == out->epoch;
}

enum status identity_parse(struct bytes value, struct log_identity *out)
{
	struct identity_record record = {0};
	struct log_identity    parsed = {0};
	bool                   before = value.size == SIZE_BEFORE;

	if (value.size < SIZE_BEFORE || value.size > SIZE)
		return STATUS_CORRUPT;
	memcpy(&record, value.data, value.size);
	if (memcmp(record.magic, magic, sizeof(magic)) != 0)
		return STATUS_CORRUPT;
	if (record.format != (before ? FORMAT_BEFORE : FORMAT))
		return STATUS_UNSUPPORTED;
	memcpy(parsed.store.bytes, record.store, sizeof(record.store));
	parsed.epoch = record.epoch;
	if (before) {
		parsed.epoch_count = 1;
		parsed.epochs[0] = (struct log_epoch){.number = record.epoch, .first = 1};
	} else if (value.size != SIZE || !parse_epochs(&record, &parsed)) {
		return STATUS_CORRUPT;
	}
	*out = parsed;
	return STATUS_OK;
}
