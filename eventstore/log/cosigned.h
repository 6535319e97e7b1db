/* Witnesses: others who cosign this log's checkpoints (c2sp.org/tlog-cosignature), which says that at that time the
 * checkpoint continued all that the witness had seen before. So nobody can be shown another past than the witnesses
 * were. The log asks a witness (c2sp.org/tlog-witness) through whoever carries the request and the answer; here both
 * are made, checked and kept. What is kept is one note, the largest checkpoint that some known witness cosigned. */
#ifndef ORRERY_COSIGNED_H
#define ORRERY_COSIGNED_H

#include "eventstore/base/checkpoint.h"

enum { WITNESSES_MAX = 16 };

/* In the data folder: what is kept, and what was asked for last. */
#define COSIGNED_FILE "checkpoint.cosigned"
#define COSIGNING_FILE "checkpoint.cosigning"

struct witnesses {
	uint32_t             count;
	struct note_verifier items[WITNESSES_MAX];
};

/* Public keys, NAME+ID+BASE64, with spaces between. False: *wrong is the one that is no witness's, or one too many. */
bool witnesses_parse(struct text list, struct witnesses *out, struct text *wrong);

/* The checkpoint that is served: the one that was signed last, with the cosignatures that are kept for it. Appends it.
 * The statuses are whole_file_read's. */
enum status cosigned_checkpoint(const char *data, struct buffer *out) MUST_USE;

/* Appends the kept note. NOT_FOUND: there is none, or it is of another log than `origin` names or of fewer leaves than
 * `size`. */
enum status cosigned_covering(const char *data, struct text origin, uint64_t size, struct buffer *out) MUST_USE;

/* Appends what a witness that has seen the tree at `old` leaves is to be sent (add-checkpoint) for the checkpoint that
 * was signed last, and remembers that one. INVALID: it is not that long. */
enum status cosigned_request(const char *data, const struct merkle_source *tree, uint64_t old,
                             struct buffer *out) MUST_USE;

struct cosigned_check {
	const char                 *data;
	const struct merkle_source *tree;
	const struct note_verifier *log_keys; /* the log's own, of the present epoch */
	uint32_t                    log_key_count;
	const struct witnesses     *witnesses;
};

struct cosigned_outcome {
	uint64_t size;                   /* of the checkpoint */
	uint32_t count;                  /* witnesses that are known to have cosigned it now */
	uint32_t witness[WITNESSES_MAX]; /* which */
	uint64_t time_s[WITNESSES_MAX];  /* and when, s since 1970 */
};

/* Takes a cosigned note, or the lines alone that a witness answered to the last request, and keeps it. INVALID: it is
 * no checkpoint that this log has signed. CORRUPT: it is signed, and of another past than the log's. NOT_FOUND: no
 * witness that is known has cosigned it. DENIED: a cosignature in the name of one is wrong. CONFLICT: a larger one is
 * kept. */
enum status cosigned_take(const struct cosigned_check *check, struct text text, struct cosigned_outcome *out) MUST_USE;

#endif
