/* What write_recorder.c writes down and power_cut_test.c reads: each operation as this header, then the path (and for a
 * rename the new one behind a NUL), then the data. In the order in which the operations took effect. */
#ifndef ORRERY_TESTS_RECORDING_H
#define ORRERY_TESTS_RECORDING_H

#include <stdint.h>

enum operation_kind {
	OPERATION_WRITE = 1,
	OPERATION_WRITE_DURABLE, /* through a descriptor that syncs what is written */
	OPERATION_GROW,          /* ftruncate to `offset` */
	OPERATION_SYNC,          /* of a file */
	OPERATION_SYNC_FOLDER,
	OPERATION_CREATE,
	OPERATION_RENAME,
	OPERATION_ACKNOWLEDGE, /* `offset` is the last position that somebody was told of */
};

struct operation {
	uint32_t kind;
	uint32_t path_size; /* with its NUL or NULs */
	uint64_t offset;
	uint64_t size; /* of the data */
};

/* Variables of the recorder: where the recording goes, and what the paths of interest begin with. */
#define RECORD_TO "ORRERY_RECORD_TO"
#define RECORD_ROOT "ORRERY_RECORD_ROOT"

/* Instead of or beside recording: the call of this number that would write, grow or sync fails, counted from 1, with
 * the error's number; with FAIL_ON all after it, too. */
#define FAIL_AT "ORRERY_FAIL_AT"
#define FAIL_WITH "ORRERY_FAIL_WITH"
#define FAIL_ON "ORRERY_FAIL_ON"

/* A file that receives the number of such calls in the end. */
#define COUNT_TO "ORRERY_COUNT_TO"

/* A write of 8 bytes to a file of this name is an OPERATION_ACKNOWLEDGE. */
#define RECORD_ACKNOWLEDGED "acknowledged"

#endif
