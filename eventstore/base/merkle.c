#include "eventstore/base/merkle.h"

#include "eventstore/base/require.h"

static unsigned log2_floor(uint64_t n)
{
	return 63U - (unsigned)__builtin_clzll(n);
}

/* The largest power of two below n (n >= 2): where RFC 6962 splits a tree. */
static uint64_t split_of(uint64_t n)
{
	return (uint64_t)1 << log2_floor(n - 1);
}

static bool odd(uint64_t n)
{
	return n & 1;
}

/* ---------------------------------------------------------------- growing */

unsigned merkle_completed(uint64_t size)
{
	require(size > 0);
	return (unsigned)__builtin_ctzll(size) + 1;
}

void merkle_append(struct merkle_frontier *frontier, const struct hash *leaf, struct hash completed[MERKLE_LEVELS_MAX])
{
	unsigned count = merkle_completed(++frontier->size);

	completed[0] = *leaf;
	for (unsigned level = 1; level < count; level++)
		completed[level] = hash_node(&frontier->roots[level - 1], &completed[level - 1]);
	frontier->roots[count - 1] = completed[count - 1];
}

struct hash merkle_frontier_root(const struct merkle_frontier *frontier)
{
	struct hash root = hash_sha256(BYTES(NULL, 0));
	bool        begun = false;

	for (unsigned level = 0; level < MERKLE_LEVELS_MAX; level++) {
		if (!odd(frontier->size >> level))
			continue;
		root = begun ? hash_node(&frontier->roots[level], &root) : frontier->roots[level];
		begun = true;
	}
	return root;
}

/* ---------------------------------------------------------------- proving */

/* The frontier of the leaves begin … end - 1 as if they stood alone; `begin` is a multiple of each subtree in it. */
static enum status range_frontier(const struct merkle_source *source, uint64_t begin, uint64_t end,
                                  struct merkle_frontier *out)
{
	enum status status = STATUS_OK;

	out->size = end - begin;
	while (begin < end && status == STATUS_OK) {
		unsigned level = log2_floor(end - begin);

		status = source->node(source->owner, level, begin >> level, &out->roots[level]);
		begin += (uint64_t)1 << level;
	}
	return status;
}

static enum status range_root(const struct merkle_source *source, uint64_t begin, uint64_t end, struct hash *out)
{
	struct merkle_frontier frontier;
	enum status            status = range_frontier(source, begin, end, &frontier);

	if (status == STATUS_OK)
		*out = merkle_frontier_root(&frontier);
	return status;
}

enum status merkle_frontier_at(const struct merkle_source *source, uint64_t size, struct merkle_frontier *out)
{
	return range_frontier(source, 0, size, out);
}

enum status merkle_root(const struct merkle_source *source, uint64_t size, struct hash *out)
{
	return range_root(source, 0, size, out);
}

/* A proof is found from the top down and told from the bottom up. */
struct descent {
	const struct merkle_source *source;
	uint64_t                    begin, end; /* the subtree that was reached */
	struct merkle_proof        *proof;
};

static enum status note_range(struct descent *descent, uint64_t begin, uint64_t end)
{
	require(descent->proof->count < MERKLE_PROOF_MAX);
	return range_root(descent->source, begin, end, &descent->proof->hashes[descent->proof->count++]);
}

/* Into the half that holds leaf `index`; the other half's root goes into the proof. */
static enum status descend(struct descent *descent, uint64_t index)
{
	uint64_t begin = descent->begin, end = descent->end;
	uint64_t middle = begin + split_of(end - begin);

	if (index < middle) {
		descent->end = middle;
		return note_range(descent, middle, end);
	}
	descent->begin = middle;
	return note_range(descent, begin, middle);
}

static void reverse(struct merkle_proof *proof)
{
	for (uint32_t i = 0; i < proof->count / 2; i++) {
		struct hash other = proof->hashes[proof->count - 1 - i];

		proof->hashes[proof->count - 1 - i] = proof->hashes[i];
		proof->hashes[i] = other;
	}
}

enum status merkle_prove_inclusion(const struct merkle_source *source, uint64_t index, uint64_t size,
                                   struct merkle_proof *out)
{
	struct descent descent = {.source = source, .end = size, .proof = out};
	enum status    status = STATUS_OK;

	require(index < size);
	out->count = 0;
	while (descent.end - descent.begin > 1 && status == STATUS_OK)
		status = descend(&descent, index);
	reverse(out);
	return status;
}

enum status merkle_prove_consistency(const struct merkle_source *source, uint64_t old_size, uint64_t size,
                                     struct merkle_proof *out)
{
	struct descent descent = {.source = source, .end = size, .proof = out};
	enum status    status = STATUS_OK;

	require(old_size <= size);
	out->count = 0;
	if (old_size == 0)
		return STATUS_OK;
	while (descent.end != old_size && status == STATUS_OK)
		status = descend(&descent, old_size - 1);
	if (descent.begin > 0 && status == STATUS_OK) /* else it is the old root, which the other side knows */
		status = note_range(&descent, descent.begin, descent.end);
	reverse(out);
	return status;
}

/* ---------------------------------------------------------------- checking */

/* Two places on one level, a node's and the level's last one, on their way to the root. */
struct climb {
	uint64_t node, last;
};

static void climb_one(struct climb *climb)
{
	climb->node >>= 1;
	climb->last >>= 1;
}

/* The node is a right child, or the last of its level without a sibling until it becomes one. */
static bool sibling_is_left(const struct climb *climb)
{
	return odd(climb->node) || climb->node == climb->last;
}

static void climb_past_gaps(struct climb *climb)
{
	while (!odd(climb->node) && climb->node != 0)
		climb_one(climb);
}

bool merkle_check_inclusion(const struct hash *leaf, uint64_t index, uint64_t size, const struct merkle_proof *proof,
                            const struct hash *root)
{
	struct climb climb = {.node = index, .last = size - 1};
	struct hash  hash = *leaf;

	if (index >= size)
		return false;
	for (uint32_t i = 0; i < proof->count; i++) {
		if (climb.last == 0)
			return false;
		if (sibling_is_left(&climb)) {
			hash = hash_node(&proof->hashes[i], &hash);
			climb_past_gaps(&climb);
		} else {
			hash = hash_node(&hash, &proof->hashes[i]);
		}
		climb_one(&climb);
	}
	return climb.last == 0 && hash_equal(&hash, root);
}

/* Both trees grow from `shared`, the largest subtree at the old one's right edge that both have. */
static bool check_growth(struct climb climb, const struct hash *shared, const struct hash *path, uint32_t count,
                         const struct hash *old_root, const struct hash *root)
{
	struct hash old_hash = *shared, hash = *shared;

	while (odd(climb.node))
		climb_one(&climb);
	for (uint32_t i = 0; i < count; i++) {
		if (climb.last == 0)
			return false;
		if (sibling_is_left(&climb)) {
			old_hash = hash_node(&path[i], &old_hash);
			hash = hash_node(&path[i], &hash);
			climb_past_gaps(&climb);
		} else {
			hash = hash_node(&hash, &path[i]);
		}
		climb_one(&climb);
	}
	return climb.last == 0 && hash_equal(&old_hash, old_root) && hash_equal(&hash, root);
}

bool merkle_check_consistency(uint64_t old_size, const struct hash *old_root, uint64_t size, const struct hash *root,
                              const struct merkle_proof *proof)
{
	struct climb climb = {.node = old_size - 1, .last = size - 1};
	struct hash  nothing = hash_sha256(BYTES(NULL, 0));

	if (old_size > size)
		return false;
	if (old_size == 0)
		return proof->count == 0 && hash_equal(old_root, &nothing);
	if (old_size == size)
		return proof->count == 0 && hash_equal(old_root, root);
	if ((old_size & (old_size - 1)) == 0)
		return check_growth(climb, old_root, proof->hashes, proof->count, old_root, root);
	if (proof->count == 0)
		return false;
	return check_growth(climb, &proof->hashes[0], proof->hashes + 1, proof->count - 1, old_root, root);
}
