/* Checkpoints (c2sp.org/tlog-checkpoint): what a log says about its tree at one size, as the body of a signed note; and
 * proofs for one entry that need nothing but themselves and the log's public key (c2sp.org/tlog-proof). */
#ifndef ORRERY_CHECKPOINT_H
#define ORRERY_CHECKPOINT_H

#include "eventstore/base/merkle.h"
#include "eventstore/base/note.h"

struct checkpoint {
	struct text origin; /* which log: the name of its key */
	uint64_t    size;   /* leaves */
	struct hash root;
};

/* The note's body. */
void checkpoint_format(const struct checkpoint *checkpoint, struct buffer *out);

/* Strict; further lines after the three are allowed and passed over. The origin is a view of the body. */
bool checkpoint_parse(struct text body, struct checkpoint *out);

/* A note that `verifier` has signed and whose origin is the verifier's name. NOT_FOUND: it has not. DENIED: its
 * signature is wrong. CORRUPT: no signed checkpoint. Views of the text. */
enum status checkpoint_verify(struct text text, const struct note_verifier *verifier, struct checkpoint *out) MUST_USE;

enum { PROOF_TEXT_SIZE_MAX = 1 << 22 };

/* Views of the text it was parsed from. */
struct proof {
	struct text         entry; /* "extra" of the format, in Base64: here the entry itself; absent when left out */
	uint64_t            index; /* from 0 */
	struct merkle_proof path;
	struct text         checkpoint; /* a signed note */
};

/* `entry` are the bytes that the leaf hash is over. */
void proof_format(struct bytes entry, uint64_t index, const struct merkle_proof *path, struct text checkpoint,
                  struct buffer *out);

bool proof_parse(struct text text, struct proof *out);

/* The proof's checkpoint is the log's, and the entry lies in it at its index. Appends the entry's bytes. The statuses
 * are checkpoint_verify's, CORRUPT also for an entry that is missing or no Base64, and CONFLICT: the entry is not in
 * that tree. */
enum status proof_verify(const struct proof *proof, const struct note_verifier *verifier, struct checkpoint *checkpoint,
                         struct buffer *entry) MUST_USE;

#endif
