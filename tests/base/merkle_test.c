#include "eventstore/base/merkle.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { LEAVES = 150 };

/* A tree in memory that keeps every node it was told of. */
struct grove {
	struct merkle_frontier frontier;
	struct hash            nodes[8][LEAVES];
	struct hash            roots[LEAVES + 1];
	unsigned               reads;
};

static enum status grove_node(void *owner, unsigned level, uint64_t index, struct hash *out)
{
	struct grove *grove = owner;

	assert_true(level < 8 && (index + 1) << level <= grove->frontier.size);
	grove->reads++;
	*out = grove->nodes[level][index];
	return STATUS_OK;
}

static void plant(struct grove *grove, struct bytes entry)
{
	struct hash leaf = hash_leaf(entry), completed[MERKLE_LEVELS_MAX];
	unsigned    count;

	merkle_append(&grove->frontier, &leaf, completed);
	count = merkle_completed(grove->frontier.size);
	for (unsigned level = 0; level < count; level++)
		grove->nodes[level][(grove->frontier.size >> level) - 1] = completed[level];
	grove->roots[grove->frontier.size] = merkle_frontier_root(&grove->frontier);
}

static struct grove *grove_create(void)
{
	struct grove *grove = calloc(1, sizeof(*grove));

	assert_non_null(grove);
	grove->roots[0] = merkle_frontier_root(&grove->frontier);
	return grove;
}

/* Every leaf differs. */
static struct grove *numbered_grove(void)
{
	struct grove *grove = grove_create();

	for (uint32_t i = 0; i < LEAVES; i++)
		plant(grove, BYTES(&i, sizeof(i)));
	return grove;
}

/* The eight entries that the reference implementation of Certificate Transparency tests with. */
static struct grove *published_grove(void)
{
	static const struct {
		const char *bytes;
		size_t      size;
	} entries[] = {
		{"", 0},
		{"\x00", 1},
		{"\x10", 1},
		{"\x20\x21", 2},
		{"\x30\x31", 2},
		{"\x40\x41\x42\x43", 4},
		{"\x50\x51\x52\x53\x54\x55\x56\x57", 8},
		{"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16},
	};
	struct grove *grove = grove_create();

	for (size_t i = 0; i < array_count(entries); i++)
		plant(grove, BYTES(entries[i].bytes, entries[i].size));
	return grove;
}

static void assert_hash(const struct hash *hash, const char *hex)
{
	char text[65];

	for (size_t i = 0; i < sizeof(hash->bytes); i++)
		snprintf(text + 2 * i, 3, "%02x", hash->bytes[i]);
	assert_string_equal(text, hex);
}

static void assert_proof(const struct merkle_proof *proof, const char *const *hex)
{
	uint32_t count = 0;

	for (; hex[count]; count++)
		assert_hash(&proof->hashes[count], hex[count]);
	assert_int_equal(proof->count, count);
}

static const char *const published_roots[] = {
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static void roots_are_the_published_ones(void **state)
{
	struct grove *grove = published_grove();

	for (size_t size = 0; size < array_count(published_roots); size++)
		assert_hash(&grove->roots[size], published_roots[size]);
	free(grove);
}

static void inclusion_proofs_are_the_published_ones(void **state)
{
	static const struct {
		uint64_t    index, size;
		const char *hex[4];
	} published[] = {
		{0, 1, {NULL}},
		{0,
	         8,
	         {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
	          "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
	          "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
		{5,
	         8,
	         {"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
	          "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
	          "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
		{2, 3, {"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"}},
		{1,
	         5,
	         {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	          "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
	          "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
	};
	struct grove        *grove = published_grove();
	struct merkle_source source = {grove_node, grove};

	for (size_t i = 0; i < array_count(published); i++) {
		struct merkle_proof proof;

		assert_int_equal(merkle_prove_inclusion(&source, published[i].index, published[i].size, &proof),
		                 STATUS_OK);
		assert_proof(&proof, published[i].hex);
	}
	free(grove);
}

static void consistency_proofs_are_the_published_ones(void **state)
{
	static const struct {
		uint64_t    old_size, size;
		const char *hex[4];
	} published[] = {
		{1, 1, {NULL}},
		{1,
	         8,
	         {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
	          "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
	          "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
		{6,
	         8,
	         {"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
	          "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
	          "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
		{2,
	         5,
	         {"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
	          "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
	};
	struct grove        *grove = published_grove();
	struct merkle_source source = {grove_node, grove};

	for (size_t i = 0; i < array_count(published); i++) {
		struct merkle_proof proof;

		assert_int_equal(merkle_prove_consistency(&source, published[i].old_size, published[i].size, &proof),
		                 STATUS_OK);
		assert_proof(&proof, published[i].hex);
	}
	free(grove);
}

/* MTH(D[begin:end]) word for word from RFC 6962 §2.1. */
static struct hash root_by_definition(const struct grove *grove, uint64_t begin, uint64_t end)
{
	struct hash left, right;
	uint64_t    k = 1;

	if (end - begin == 0)
		return hash_sha256(BYTES(NULL, 0));
	if (end - begin == 1)
		return grove->nodes[0][begin];
	while (k * 2 < end - begin)
		k *= 2;
	left = root_by_definition(grove, begin, begin + k);
	right = root_by_definition(grove, begin + k, end);
	return hash_node(&left, &right);
}

static void any_past_root_can_be_made_again(void **state)
{
	struct grove        *grove = numbered_grove();
	struct merkle_source source = {grove_node, grove};

	for (uint64_t size = 0; size <= LEAVES; size++) {
		struct hash defined = root_by_definition(grove, 0, size), root;

		assert_int_equal(merkle_root(&source, size, &root), STATUS_OK);
		assert_true(hash_equal(&root, &defined));
		assert_true(hash_equal(&root, &grove->roots[size]));
	}
	free(grove);
}

static void a_frontier_taken_up_again_grows_the_same_tree(void **state)
{
	struct grove          *grove = numbered_grove();
	struct merkle_source   source = {grove_node, grove};
	struct merkle_frontier frontier;
	struct hash            completed[MERKLE_LEVELS_MAX];

	for (uint64_t size = 0; size < LEAVES; size++) {
		struct hash root;

		assert_int_equal(merkle_frontier_at(&source, size, &frontier), STATUS_OK);
		merkle_append(&frontier, &grove->nodes[0][size], completed);
		root = merkle_frontier_root(&frontier);
		assert_true(hash_equal(&root, &grove->roots[size + 1]));
	}
	free(grove);
}

static void every_leaf_is_proved_in_every_tree_and_nothing_else_is(void **state)
{
	struct grove        *grove = numbered_grove();
	struct merkle_source source = {grove_node, grove};
	struct merkle_proof  proof;

	for (uint64_t size = 1; size <= LEAVES; size++)
		for (uint64_t index = 0; index < size; index++) {
			const struct hash *leaf = &grove->nodes[0][index], *root = &grove->roots[size];

			assert_int_equal(merkle_prove_inclusion(&source, index, size, &proof), STATUS_OK);
			assert_true(merkle_check_inclusion(leaf, index, size, &proof, root));
			assert_false(merkle_check_inclusion(leaf, index, size, &proof, &grove->roots[size - 1]));
			assert_false(merkle_check_inclusion(leaf, size, size, &proof, root));
			if (size == 1)
				continue;
			assert_false(merkle_check_inclusion(&grove->nodes[0][(index + 1) % size], index, size, &proof,
			                                    root));
			proof.hashes[proof.count / 2].bytes[7] ^= 1;
			assert_false(merkle_check_inclusion(leaf, index, size, &proof, root));
			proof.hashes[proof.count / 2].bytes[7] ^= 1;
			proof.count--;
			assert_false(merkle_check_inclusion(leaf, index, size, &proof, root));
			proof.count += 2;
			proof.hashes[proof.count - 1] = *leaf;
			assert_false(merkle_check_inclusion(leaf, index, size, &proof, root));
		}
	free(grove);
}

static void every_tree_is_shown_to_continue_every_earlier_one(void **state)
{
	struct grove        *grove = numbered_grove();
	struct merkle_source source = {grove_node, grove};
	struct merkle_proof  proof;

	for (uint64_t size = 0; size <= LEAVES; size++)
		for (uint64_t old = 0; old <= size; old++) {
			const struct hash *old_root = &grove->roots[old], *root = &grove->roots[size];

			assert_int_equal(merkle_prove_consistency(&source, old, size, &proof), STATUS_OK);
			assert_true(merkle_check_consistency(old, old_root, size, root, &proof));
			assert_false(size > old && merkle_check_consistency(size, root, old, old_root, &proof));
			assert_false(merkle_check_consistency(old, &grove->nodes[0][LEAVES - 1], size, root, &proof));
			if (proof.count == 0)
				continue;
			proof.hashes[proof.count - 1].bytes[31] ^= 0x80;
			assert_false(merkle_check_consistency(old, old_root, size, root, &proof));
			proof.hashes[proof.count - 1].bytes[31] ^= 0x80;
			proof.count--;
			assert_false(merkle_check_consistency(old, old_root, size, root, &proof));
		}
	free(grove);
}

/* 150 leaves are 8 levels high; a ragged right edge is at most one node a level. */
static void a_proof_reads_few_nodes(void **state)
{
	struct grove        *grove = numbered_grove();
	struct merkle_source source = {grove_node, grove};
	struct merkle_proof  proof;

	for (uint64_t index = 0; index < LEAVES; index++) {
		grove->reads = 0;
		assert_int_equal(merkle_prove_inclusion(&source, index, LEAVES, &proof), STATUS_OK);
		assert_true(grove->reads <= 2 * 8);
	}
	free(grove);
}

static enum status no_node(void *owner, unsigned level, uint64_t index, struct hash *out)
{
	return STATUS_CORRUPT;
}

static void what_cannot_be_read_is_not_proved(void **state)
{
	struct merkle_source source = {no_node, NULL};
	struct merkle_proof  proof;
	struct hash          root;

	assert_int_equal(merkle_root(&source, 3, &root), STATUS_CORRUPT);
	assert_int_equal(merkle_prove_inclusion(&source, 1, 3, &proof), STATUS_CORRUPT);
	assert_int_equal(merkle_prove_consistency(&source, 1, 3, &proof), STATUS_CORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roots_are_the_published_ones),
		cmocka_unit_test(inclusion_proofs_are_the_published_ones),
		cmocka_unit_test(consistency_proofs_are_the_published_ones),
		cmocka_unit_test(any_past_root_can_be_made_again),
		cmocka_unit_test(a_frontier_taken_up_again_grows_the_same_tree),
		cmocka_unit_test(every_leaf_is_proved_in_every_tree_and_nothing_else_is),
		cmocka_unit_test(every_tree_is_shown_to_continue_every_earlier_one),
		cmocka_unit_test(a_proof_reads_few_nodes),
		cmocka_unit_test(what_cannot_be_read_is_not_proved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
