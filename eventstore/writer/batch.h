/* The events of one group commit, encoded one after the other, and the persons whose keys end with it. Memory is kept
 * from one use to the next. */
#ifndef ORRERY_BATCH_H
#define ORRERY_BATCH_H

#include "eventstore/log/record.h"

/* Zeroes are a valid, empty batch that is in nobody's hands. */
struct batch {
	uint64_t      first; /* position of the first record */
	struct buffer bytes;
	size_t       *ends; /* where each record ends in bytes */
	size_t        count, capacity;
	struct id    *forget; /* persons whose keys end with this batch */
	size_t        forget_count, forget_capacity;
	bool          used;
};

/* Appends the record; TOO_LARGE: over RECORD_SIZE_MAX, and the batch is as before. */
enum status batch_add(struct batch *batch, const struct record *record) MUST_USE;

void batch_add_forget(struct batch *batch, struct id person);

/* The encoded record, valid until the batch grows; NULL bytes when the position is not in it. */
struct bytes batch_record(const struct batch *batch, uint64_t position);

/* The last record's position. */
uint64_t batch_last(const struct batch *batch);

void batch_reset(struct batch *batch);
void batch_finish(struct batch *batch);

#endif
