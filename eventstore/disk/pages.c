#include "eventstore/disk/pages.h"

#include "eventstore/base/require.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Offsets and values of the format. */
enum {
	HEADER_SIZE = 16,
	HEADER_FLAGS = 10,
	HEADER_LOWER = 12, /* or, of an overflow page, how many pages it is, 4 bytes */
	HEADER_UPPER = 14,
	KIND_BRANCH = 0x01,
	KIND_LEAF = 0x02,
	KIND_OVERFLOW = 0x04,
	KIND_META = 0x08,
	META_MAGIC = HEADER_SIZE,
	META_VERSION = HEADER_SIZE + 4,
	META_ADDRESS = HEADER_SIZE + 8,
	META_MAP_SIZE = HEADER_SIZE + 16,
	META_TREES = HEADER_SIZE + 24,
	META_LAST = META_TREES + 2 * 48,
	META_TXN = META_LAST + 8,
	TREE_SIZE = 48,
	NODE_HEADER = 8,
	NODE_BIG = 0x01,
	NODE_TREE = 0x02,
	TREE_INTEGER_KEYS = 0x08,
	KEY_SIZE_MAX = 511,
	PAGE_SIZE_LEAST = 512,
	PAGE_SIZE_MOST = 65536,
	TRIES = 5,
};

#define MAGIC UINT32_C(0xBEEFC0DE)
#define NO_PAGE UINT64_MAX
#define MAP_SIZE_MOST (UINT64_C(1) << 46)

enum use { UNUSED, USED, FREE, TOLD };

struct tree {
	uint16_t flags, depth;
	uint64_t branches, leaves, overflows, entries, root;
	bool     is_free_list;
};

struct step {
	const uint8_t *page;
	uint64_t       number;
	uint16_t       next, count;
};

struct walk {
	const struct pages_settings *settings;
	struct pages_result         *result;
	const uint8_t               *map;
	uint64_t                     file_pages, page_size, last;
	uint8_t                     *uses; /* enum use, of each page up to the last */
	bool                         quiet;
	struct tree                  tables[PAGES_TABLES_MAX];
	uint32_t                     table_count;

	/* Of the tree at hand. */
	const struct tree *tree;
	struct tree        found;
	struct step        steps[PAGES_DEPTH_MAX];
	uint32_t           depth;
	struct bytes       key; /* the last one */
};

/* ---------------------------------------------------------------- reading */

static uint16_t u16_at(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint32_t u32_at(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint64_t u64_at(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static struct tree tree_at(const uint8_t *at)
{
	return (struct tree){.flags = u16_at(at + 4),
	                     .depth = u16_at(at + 6),
	                     .branches = u64_at(at + 8),
	                     .leaves = u64_at(at + 16),
	                     .overflows = u64_at(at + 24),
	                     .entries = u64_at(at + 32),
	                     .root = u64_at(at + 40)};
}

static void tell(struct walk *walk, uint64_t page, const char *sentence)
{
	struct pages_finding finding = {.page = page, .offset = page * walk->page_size, .sentence = sentence};

	if (page > 1 && page <= walk->last) {
		if (walk->uses[page] == TOLD)
			return;
		walk->uses[page] = TOLD;
	}
	walk->result->findings++;
	if (!walk->quiet)
		walk->settings->on_finding(walk->settings->owner, &finding);
}

/* ---------------------------------------------------------------- pages */

/* Takes the page into use. NULL: told why not. `by` is the page that names it. */
static const uint8_t *use_page(struct walk *walk, uint64_t page, uint16_t kind, uint64_t by)
{
	const uint8_t *at;

	if (page < 2 || page > walk->last) {
		tell(walk, by, "it names a page that is none");
		return NULL;
	}
	if (walk->uses[page] != UNUSED) {
		tell(walk, page, "it is used twice");
		return NULL;
	}
	walk->uses[page] = USED;
	if (page >= walk->file_pages) {
		tell(walk, page, "the file ends before it");
		return NULL;
	}
	at = walk->map + page * walk->page_size;
	if (u64_at(at) == page && u16_at(at + HEADER_FLAGS) == kind)
		return at;
	tell(walk, page, "it is not the page that belongs there");
	return NULL;
}

static bool bounds_fit(const struct walk *walk, const uint8_t *page)
{
	uint16_t lower = u16_at(page + HEADER_LOWER), upper = u16_at(page + HEADER_UPPER);

	return lower >= HEADER_SIZE && lower % 2 == 0 && lower <= upper && upper <= walk->page_size;
}

/* NULL: it does not lie inside its page. */
static const uint8_t *node_at(const struct walk *walk, const struct step *step, uint16_t index)
{
	uint64_t at = u16_at(step->page + HEADER_SIZE + 2 * index);

	if (at % 2 != 0 || at < u16_at(step->page + HEADER_UPPER) || at + NODE_HEADER > walk->page_size
	    || at + NODE_HEADER + u16_at(step->page + at + 6) > walk->page_size)
		return NULL;
	return step->page + at;
}

static void enter(struct walk *walk, uint64_t page, uint64_t by)
{
	bool           leaf = walk->depth + 1 == walk->tree->depth;
	const uint8_t *at = use_page(walk, page, leaf ? KIND_LEAF : KIND_BRANCH, by);

	if (leaf)
		walk->found.leaves++;
	else
		walk->found.branches++;
	if (at && !bounds_fit(walk, at)) {
		tell(walk, page, "its nodes do not lie inside it");
		at = NULL;
	}
	if (at)
		walk->steps[walk->depth++] = (struct step){
			.page = at,
			.number = page,
			.count = (uint16_t)((u16_at(at + HEADER_LOWER) - HEADER_SIZE) / 2),
		};
}

/* ---------------------------------------------------------------- nodes of leaves */

static bool ascends(const struct walk *walk, struct bytes key)
{
	size_t shared = key.size < walk->key.size ? key.size : walk->key.size;
	int    order;

	if (!walk->key.data)
		return true;
	if (walk->tree->flags & TREE_INTEGER_KEYS)
		return u64_at(walk->key.data) < u64_at(key.data);
	order = memcmp(walk->key.data, key.data, shared);
	return order < 0 || (order == 0 && walk->key.size < key.size);
}

static bool take_key(struct walk *walk, const uint8_t *node)
{
	struct bytes key = BYTES(node + NODE_HEADER, u16_at(node + 6));
	bool         integers = walk->tree->flags & TREE_INTEGER_KEYS;

	if (key.size == 0 || key.size > KEY_SIZE_MAX || (integers && key.size != sizeof(uint64_t)))
		return false;
	if (!ascends(walk, key))
		return false;
	walk->key = key;
	return true;
}

/* A value that fills pages of its own. */
static struct bytes take_big(struct walk *walk, const struct step *step, const uint8_t *data, uint64_t size)
{
	uint64_t       page = u64_at(data), count = (HEADER_SIZE + size + walk->page_size - 1) / walk->page_size;
	const uint8_t *at = use_page(walk, page, KIND_OVERFLOW, step->number);

	walk->found.overflows += count;
	if (!at)
		return BYTES(NULL, 0);
	if (u32_at(at + HEADER_LOWER) != count || page + count - 1 > walk->last || page + count > walk->file_pages) {
		tell(walk, page, "it is not as long as its value");
		return BYTES(NULL, 0);
	}
	for (uint64_t i = 1; i < count; i++)
		if (walk->uses[page + i] != UNUSED)
			tell(walk, page + i, "it is used twice");
		else
			walk->uses[page + i] = USED;
	return BYTES(at + HEADER_SIZE, size);
}

/* NULL data: told why there is none. */
static struct bytes value_of(struct walk *walk, const struct step *step, const uint8_t *node)
{
	const uint8_t *data = node + NODE_HEADER + u16_at(node + 6);
	uint64_t       size = u16_at(node) | (uint64_t)u16_at(node + 2) << 16;
	bool           big = u16_at(node + 4) & NODE_BIG;

	if ((u16_at(node + 4) & ~(NODE_BIG | NODE_TREE)) == 0
	    && (uint64_t)(data - step->page) + (big ? sizeof(uint64_t) : size) <= walk->page_size)
		return big ? take_big(walk, step, data, size) : BYTES(data, size);
	tell(walk, step->number, "a node does not lie inside it");
	return BYTES(NULL, 0);
}

static void take_free(struct walk *walk, const struct step *step, struct bytes list)
{
	uint64_t count = list.size >= sizeof(count) ? u64_at(list.data) : 0, before = NO_PAGE;

	if (list.size < sizeof(count) || count >= list.size / sizeof(count)) {
		tell(walk, step->number, "it holds no list of free pages");
		return;
	}
	for (uint64_t i = 1; i <= count; i++) {
		uint64_t page = u64_at(list.data + i * sizeof(page));

		if (page < 2 || page > walk->last || page >= before)
			tell(walk, step->number, "it lists as free what is no page");
		else if (walk->uses[page] != UNUSED)
			tell(walk, page, "it is in use, and listed as free");
		else
			walk->uses[page] = FREE, walk->result->free++;
		before = page;
	}
}

static void take_table(struct walk *walk, const struct step *step, struct bytes value)
{
	if (value.size != TREE_SIZE || walk->table_count == PAGES_TABLES_MAX)
		tell(walk, step->number, "it holds no table where one is said to be");
	else
		walk->tables[walk->table_count++] = tree_at(value.data);
}

static void take_leaf_node(struct walk *walk, const struct step *step, const uint8_t *node)
{
	struct bytes value;

	walk->found.entries++;
	if (!take_key(walk, node))
		tell(walk, step->number, "its keys are not in order");
	value = value_of(walk, step, node);
	if (!value.data)
		return;
	if (walk->tree->is_free_list)
		take_free(walk, step, value);
	else if (u16_at(node + 4) & NODE_TREE)
		take_table(walk, step, value);
}

/* ---------------------------------------------------------------- trees */

static void take_step(struct walk *walk)
{
	struct step   *step = &walk->steps[walk->depth - 1];
	bool           leaf = walk->depth == walk->tree->depth;
	const uint8_t *node;

	if (step->next == step->count) {
		walk->depth--;
		return;
	}
	node = node_at(walk, step, step->next++);
	if (!node)
		tell(walk, step->number, "a node does not lie inside it");
	else if (leaf)
		take_leaf_node(walk, step, node);
	else
		enter(walk, u16_at(node) | (uint64_t)u16_at(node + 2) << 16 | (uint64_t)u16_at(node + 4) << 32,
		      step->number);
}

/* `by` is the page that describes the tree. */
static void walk_tree(struct walk *walk, const struct tree *tree, uint64_t by)
{
	walk->tree = tree;
	walk->found = (struct tree){0};
	walk->key = BYTES(NULL, 0);
	walk->depth = 0;
	if (tree->root != NO_PAGE && (tree->depth == 0 || tree->depth > PAGES_DEPTH_MAX)) {
		tell(walk, by, "it describes a tree of no possible depth");
		return;
	}
	if (tree->root != NO_PAGE)
		enter(walk, tree->root, by);
	while (walk->depth > 0)
		take_step(walk);
	if (walk->found.branches != tree->branches || walk->found.leaves != tree->leaves
	    || walk->found.overflows != tree->overflows || walk->found.entries != tree->entries)
		tell(walk, by, "a tree that it describes has not as many pages and entries");
}

/* LMDB does not write pages that a transaction took and gave back, so that a file may end before free ones. Behind the
 * end of the file one that is neither says it for all. */
static void find_lost(struct walk *walk)
{
	for (uint64_t page = 2; page <= walk->last; page++) {
		if (walk->uses[page] != UNUSED)
			continue;
		tell(walk, page, page < walk->file_pages ? "it is neither in use nor free" : "the file ends before it");
		if (page >= walk->file_pages)
			return;
	}
}

/* The list of free pages comes last, so that what is in use is known. */
static void walk_all(struct walk *walk, const uint8_t *meta, uint64_t meta_page)
{
	struct tree free_list = tree_at(meta + META_TREES), main = tree_at(meta + META_TREES + TREE_SIZE);

	free_list.is_free_list = true;
	free_list.flags |= TREE_INTEGER_KEYS;
	walk_tree(walk, &main, meta_page);
	for (uint32_t i = 0; i < walk->table_count; i++)
		walk_tree(walk, &walk->tables[i], main.root);
	walk_tree(walk, &free_list, meta_page);
	find_lost(walk);
}

/* ---------------------------------------------------------------- the first two pages */

/* LMDB maps as much as it says, wherever there is room: we ask for no address. */
static bool map_is_possible(const struct walk *walk, const uint8_t *meta)
{
	uint64_t size = u64_at(meta + META_MAP_SIZE);

	return u64_at(meta + META_ADDRESS) == 0 && size <= MAP_SIZE_MOST
	       && size / walk->page_size > u64_at(meta + META_LAST);
}

static bool meta_is_intact(const struct walk *walk, uint64_t page)
{
	const uint8_t *at = walk->map + page * walk->page_size;
	uint64_t       transaction = u64_at(at + META_TXN);

	return walk->file_pages > page && u64_at(at) == page && u16_at(at + HEADER_FLAGS) == KIND_META
	       && u32_at(at + META_MAGIC) == MAGIC && u32_at(at + META_VERSION) == 1
	       && u32_at(at + META_TREES) == walk->page_size && map_is_possible(walk, at) && u64_at(at + META_LAST) >= 1
	       && (transaction == 0 || transaction % 2 == page);
}

static uint64_t transaction_of(const struct walk *walk, uint64_t page)
{
	return u64_at(walk->map + page * walk->page_size + META_TXN);
}

/* The newest; NO_PAGE when none is intact. They are written in turns. */
static uint64_t find_meta(struct walk *walk)
{
	bool     intact[] = {meta_is_intact(walk, 0), meta_is_intact(walk, 1)};
	uint64_t newest;

	for (uint64_t page = 0; page < 2; page++)
		if (!intact[page])
			tell(walk, page, "it does not say where the trees are");
	if (!intact[0] || !intact[1])
		return intact[0] ? 0 : intact[1] ? 1 : NO_PAGE;
	newest = transaction_of(walk, 1) > transaction_of(walk, 0);
	if (transaction_of(walk, newest) - transaction_of(walk, 1 - newest) > 1)
		tell(walk, newest, "it does not follow the other one of the first two");
	return newest;
}

/* Either of the first two pages knows it. */
static uint64_t find_page_size(const uint8_t *map, uint64_t size)
{
	uint32_t page_size = size >= META_TXN + 8 ? u32_at(map + META_TREES) : 0;

	if (page_size >= PAGE_SIZE_LEAST && page_size <= PAGE_SIZE_MOST && (page_size & (page_size - 1)) == 0)
		return page_size;
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

/* ---------------------------------------------------------------- all of it */

static void walk_map(struct walk *walk)
{
	uint64_t       meta_page = find_meta(walk);
	const uint8_t *meta = walk->map + meta_page * walk->page_size;

	if (meta_page == NO_PAGE)
		return;
	walk->last = u64_at(meta + META_LAST);
	walk->uses = calloc(walk->last + 1, sizeof(*walk->uses));
	require(walk->uses != NULL);
	walk->result->pages = walk->last + 1;
	walk_all(walk, meta, meta_page);
	free(walk->uses);
	walk->uses = NULL;
	walk->last = 0;
}

static void walk_once(const struct pages_settings *settings, struct bytes file, bool quiet, struct pages_result *out)
{
	struct walk walk = {.settings = settings,
	                    .result = out,
	                    .map = file.data,
	                    .page_size = find_page_size(file.data, file.size),
	                    .quiet = quiet};

	*out = (struct pages_result){0};
	walk.file_pages = file.size / walk.page_size;
	if (walk.file_pages < 2)
		tell(&walk, walk.file_pages, "the file ends before it");
	else
		walk_map(&walk);
}

/* Told are only findings that stay while nobody writes: a page that was reused under way looks like a damaged one. */
static enum status walk_file(const struct pages_settings *settings, struct bytes file, struct pages_result *out)
{
	for (int i = 0; i < TRIES; i++) {
		uint8_t before[2 * PAGE_SIZE_LEAST], after[2 * PAGE_SIZE_LEAST];
		size_t  size = find_page_size(file.data, file.size);

		if (file.size < 2 * size) {
			walk_once(settings, file, false, out);
			return STATUS_OK;
		}
		memcpy(before, file.data, PAGE_SIZE_LEAST);
		memcpy(before + PAGE_SIZE_LEAST, file.data + size, PAGE_SIZE_LEAST);
		walk_once(settings, file, true, out);
		memcpy(after, file.data, PAGE_SIZE_LEAST);
		memcpy(after + PAGE_SIZE_LEAST, file.data + size, PAGE_SIZE_LEAST);
		if (out->findings > 0 && memcmp(before, after, sizeof(before)) == 0)
			walk_once(settings, file, false, out);
		if (out->findings == 0 || memcmp(before, after, sizeof(before)) == 0)
			return STATUS_OK;
	}
	return STATUS_BUSY;
}

static enum status map_and_walk(const struct pages_settings *settings, int fd, struct pages_result *out)
{
	struct stat file;
	void       *map;
	enum status status;

	if (fstat(fd, &file) != 0)
		return STATUS_IO;
	map = file.st_size > 0 ? mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_SHARED, fd, 0) : NULL;
	if (map == MAP_FAILED)
		return STATUS_IO;
	status = walk_file(settings, BYTES(map, (size_t)file.st_size), out);
	if (map)
		munmap(map, (size_t)file.st_size);
	return status;
}

enum status pages_check(const struct pages_settings *settings, struct pages_result *out)
{
	int         fd = open(settings->path, O_RDONLY | O_CLOEXEC);
	enum status status;

	if (fd < 0)
		return errno == ENOENT ? STATUS_NOT_FOUND : errno == EACCES ? STATUS_DENIED : STATUS_IO;
	status = map_and_walk(settings, fd, out);
	close(fd);
	return status;
}
