/* The Merkle tree of RFC 6962 §2.1 over SHA-256: its root at any size, and proofs that a leaf is in it (inclusion) or
 * that a larger tree continues a smaller one (consistency). Proofs are checked as RFC 9162 §2.1.3.2 and §2.1.4.2 say.
 *
 * A node is named by its level and its index: it is the root over the leaves index·2^level … (index + 1)·2^level − 1,
 * and exists, for good, once the tree has all of them. Whoever keeps the tree hands in a function that reads nodes; a
 * proof reads O(log n) of them, or O(log² n) hashes' worth where the tree's right edge is ragged. */
#ifndef ORRERY_MERKLE_H
#define ORRERY_MERKLE_H

#include "eventstore/base/hash.h"
#include "eventstore/base/status.h"

enum { MERKLE_LEVELS_MAX = 64, MERKLE_PROOF_MAX = 65 };

/* A tree that grows: the roots of the perfect subtrees that `size` is made of, one for each bit that is set. */
struct merkle_frontier {
	uint64_t    size; /* leaves */
	struct hash roots[MERKLE_LEVELS_MAX];
};

/* How many nodes come into being with leaf number `size` (the first is 1): its own and one for each subtree it
 * completes. */
unsigned merkle_completed(uint64_t size);

/* Appends a leaf hash. `completed` receives merkle_completed(size) nodes: the leaf first, then level 1, 2, … */
void merkle_append(struct merkle_frontier *frontier, const struct hash *leaf, struct hash completed[MERKLE_LEVELS_MAX]);

/* The root over all leaves; over none it is the SHA-256 of nothing. */
struct hash merkle_frontier_root(const struct merkle_frontier *frontier);

/* Where the nodes lie. NOT_FOUND and what else `node` answers is handed on. */
struct merkle_source {
	enum status (*node)(void *owner, unsigned level, uint64_t index, struct hash *out);
	void *owner;
};

/* From the lowest level to the highest. */
struct merkle_proof {
	uint32_t    count;
	struct hash hashes[MERKLE_PROOF_MAX];
};

/* The frontier and the root of the tree of the first `size` leaves. */
enum status merkle_frontier_at(const struct merkle_source *source, uint64_t size, struct merkle_frontier *out) MUST_USE;
enum status merkle_root(const struct merkle_source *source, uint64_t size, struct hash *out) MUST_USE;

/* That leaf `index` (from 0, < size) is in the tree of `size` leaves. */
enum status merkle_prove_inclusion(const struct merkle_source *source, uint64_t index, uint64_t size,
                                   struct merkle_proof *out) MUST_USE;

/* That the tree of `size` leaves continues that of its first `old_size`. Empty when old_size is 0 or size. */
enum status merkle_prove_consistency(const struct merkle_source *source, uint64_t old_size, uint64_t size,
                                     struct merkle_proof *out) MUST_USE;

bool merkle_check_inclusion(const struct hash *leaf, uint64_t index, uint64_t size, const struct merkle_proof *proof,
                            const struct hash *root) MUST_USE;

bool merkle_check_consistency(uint64_t old_size, const struct hash *old_root, uint64_t size, const struct hash *root,
                              const struct merkle_proof *proof) MUST_USE;

#endif
