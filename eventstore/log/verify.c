#include "eventstore/log/verify.h"

#include "eventstore/base/require.h"

#include <pthread.h>
#include <stdlib.h>

/* A chunk is a perfect subtree, so that threads need nothing of one another: the first verifies chunk by chunk what
 * lies below their roots, and what lies above is verified in the end. */
enum { CHUNK_LEVEL = 16, CHUNK_SIZE = 1 << CHUNK_LEVEL, READ_AT_ONCE = 2048 };

struct chunk {
	struct merkle_frontier tree;   /* of its own leaves */
	bool                   broken; /* a leaf is lost, so nodes above it cannot be told from it */
};

struct verification {
	const struct verify_settings *settings;
	uint64_t                      head;
	uint64_t                      first_chunk, chunk_count;
	struct chunk                 *chunks; /* from first_chunk on */
	_Atomic uint64_t              next_chunk;
	_Atomic uint64_t              findings;
	_Atomic int                   status;
	pthread_mutex_t               lock; /* while a finding is told */
};

struct worker {
	struct verification *verification;
	struct reader       *reader;
	struct chunk        *chunk;
	uint64_t             first, next, last; /* positions of the chunk */
	pthread_t            thread;
};

const char *verify_part_sentence(enum verify_part part)
{
	static const char *const sentences[] = {
		[VERIFY_RECORD] = "there is no record, or what lies there is none",
		[VERIFY_LEAF] = "the record does not match its leaf hash",
		[VERIFY_NODE] = "a node of the tree does not match those below it",
		[VERIFY_INDEX] = "the index does not name the record, or names another one",
		[VERIFY_CLAIM] = "the index holds a claim that no event there took",
	};

	return sentences[part];
}

static void tell(struct verification *verification, struct verify_finding finding)
{
	verification->findings++;
	pthread_mutex_lock(&verification->lock);
	verification->settings->on_finding(verification->settings->owner, &finding);
	pthread_mutex_unlock(&verification->lock);
}

static bool cancelled(const struct verification *verification)
{
	return verification->status != STATUS_OK || (verification->settings->cancel && *verification->settings->cancel);
}

/* ---------------------------------------------------------------- below the chunks' roots */

static struct verify_finding finding_at(const struct record *record, enum verify_part part, unsigned level)
{
	struct verify_finding finding = {.position = record->position, .part = part, .level = level};

	if (record->stream_count > 0)
		finding.stream = record->streams[0].id;
	return finding;
}

/* With the leaf hash that is stored: whether it is the record or the hash that was damaged shows one level up. */
static void grow(struct worker *worker, const struct record *record)
{
	struct chunk *chunk = worker->chunk;
	struct hash   completed[MERKLE_LEVELS_MAX];
	unsigned      count;

	merkle_append(&chunk->tree, &record->leaf, completed);
	count = merkle_completed(chunk->tree.size);
	for (unsigned level = 1; level < count && !chunk->broken; level++)
		if (!hash_equal(&completed[level], &record->nodes[level]))
			tell(worker->verification, finding_at(record, VERIFY_NODE, level));
}

static bool check_record(void *owner, const struct record *record)
{
	struct worker                *worker = owner;
	const struct verify_settings *settings = worker->verification->settings;
	struct hash                   leaf = hash_leaf(record->encoded);

	if (!hash_equal(&leaf, &record->leaf))
		tell(worker->verification, finding_at(record, VERIFY_LEAF, 0));
	grow(worker, record);
	if (settings->index && reader_check_index(worker->reader, record) != STATUS_OK)
		tell(worker->verification, finding_at(record, VERIFY_INDEX, 0));
	if (settings->checked)
		++*settings->checked;
	worker->next++;
	return true;
}

/* A place without a readable record: its leaf hash may still be there. */
static void pass_over(struct worker *worker)
{
	struct chunk *chunk = worker->chunk;
	struct hash   completed[MERKLE_LEVELS_MAX], leaf = {0};

	tell(worker->verification, (struct verify_finding){.position = worker->next, .part = VERIFY_RECORD});
	if (reader_leaf(worker->reader, worker->next, &leaf) != STATUS_OK)
		chunk->broken = true;
	merkle_append(&chunk->tree, &leaf, completed);
	worker->next++;
}

static enum status check_chunk(struct worker *worker)
{
	enum status status = STATUS_OK;

	while (worker->next <= worker->last && status == STATUS_OK && !cancelled(worker->verification)) {
		uint64_t left = worker->last - worker->next + 1, before = worker->next;

		status = reader_each(worker->reader, before, left < READ_AT_ONCE ? (uint32_t)left : READ_AT_ONCE,
		                     check_record, worker);
		if (status == STATUS_CORRUPT || (status == STATUS_OK && worker->next == before)) {
			pass_over(worker);
			status = STATUS_OK;
		}
	}
	return status;
}

static void *run(void *owner)
{
	struct worker       *worker = owner;
	struct verification *verification = worker->verification;
	enum status          status = reader_open(verification->settings->data, &worker->reader);
	uint64_t             taken;

	while (status == STATUS_OK && !cancelled(verification)
	       && (taken = verification->next_chunk++) < verification->chunk_count) {
		worker->chunk = &verification->chunks[taken];
		worker->first = worker->next = (verification->first_chunk + taken) * CHUNK_SIZE + 1;
		worker->last = worker->first + CHUNK_SIZE - 1;
		if (worker->last > verification->head)
			worker->last = verification->head;
		status = check_chunk(worker);
	}
	if (status != STATUS_OK)
		verification->status = status;
	reader_close(worker->reader);
	return NULL;
}

static void run_workers(struct verification *verification)
{
	unsigned       count = verification->settings->threads;
	struct worker *workers = calloc(count, sizeof(*workers));

	require(workers != NULL && count > 0 && count <= VERIFY_THREADS_MAX);
	for (unsigned i = 0; i < count; i++) {
		workers[i].verification = verification;
		require(pthread_create(&workers[i].thread, NULL, run, &workers[i]) == 0);
	}
	for (unsigned i = 0; i < count; i++)
		pthread_join(workers[i].thread, NULL);
	free(workers);
}

/* ---------------------------------------------------------------- above them */

/* The tree whose leaves are the chunks' roots. */
struct crown {
	struct verification   *verification;
	struct merkle_source   stored;
	struct merkle_frontier tree;
};

static enum status add_chunk(struct crown *crown, const struct chunk *chunk)
{
	struct hash completed[MERKLE_LEVELS_MAX], root = chunk->tree.roots[CHUNK_LEVEL], stored;
	uint64_t    index = crown->tree.size;
	enum status status = STATUS_OK;

	if (chunk->broken)
		status = crown->stored.node(crown->stored.owner, CHUNK_LEVEL, index, &root);
	merkle_append(&crown->tree, &root, completed);
	for (unsigned up = 1; up < merkle_completed(index + 1) && status == STATUS_OK; up++) {
		unsigned level = CHUNK_LEVEL + up;

		status = crown->stored.node(crown->stored.owner, level, index >> up, &stored);
		if (status == STATUS_OK && !hash_equal(&stored, &completed[up]))
			tell(crown->verification, (struct verify_finding){.position = (index + 1) << CHUNK_LEVEL,
			                                                  .part = VERIFY_NODE,
			                                                  .level = level});
	}
	return status;
}

/* The chunks that were trusted come from their stored nodes. */
static enum status take_trusted(struct crown *crown, uint64_t chunks)
{
	struct merkle_frontier below;
	enum status            status = merkle_frontier_at(&crown->stored, chunks << CHUNK_LEVEL, &below);

	crown->tree.size = chunks;
	for (unsigned level = 0; level + CHUNK_LEVEL < MERKLE_LEVELS_MAX; level++)
		crown->tree.roots[level] = below.roots[level + CHUNK_LEVEL];
	return status;
}

static struct hash root_of(const struct crown *crown, const struct chunk *last)
{
	struct merkle_frontier whole = {.size = crown->tree.size << CHUNK_LEVEL};

	for (unsigned level = 0; level + CHUNK_LEVEL < MERKLE_LEVELS_MAX; level++)
		whole.roots[level + CHUNK_LEVEL] = crown->tree.roots[level];
	if (last) {
		whole.size += last->tree.size;
		memcpy(whole.roots, last->tree.roots, CHUNK_LEVEL * sizeof(whole.roots[0]));
	}
	return merkle_frontier_root(&whole);
}

static enum status check_crown(struct verification *verification, struct reader *reader, struct hash *root)
{
	struct crown        crown = {.verification = verification, .stored = reader_tree(reader)};
	const struct chunk *last = NULL;
	enum status         status = take_trusted(&crown, verification->first_chunk);

	for (uint64_t i = 0; i < verification->chunk_count && status == STATUS_OK; i++)
		if (verification->chunks[i].tree.size == CHUNK_SIZE)
			status = add_chunk(&crown, &verification->chunks[i]);
		else
			last = &verification->chunks[i];
	if (status == STATUS_OK)
		*root = root_of(&crown, last);
	return status;
}

/* ---------------------------------------------------------------- all of it */

static void tell_claim(void *owner, uint64_t position)
{
	tell(owner, (struct verify_finding){.position = position, .part = VERIFY_CLAIM});
}

/* An index that cannot be read to its end is a finding too: it can be deleted and made again. */
static enum status check_claims(struct verification *verification, struct reader *reader)
{
	enum status status = reader_check_claims(reader, tell_claim, verification);

	if (status != STATUS_CORRUPT)
		return status;
	tell_claim(verification, 0);
	return STATUS_OK;
}

static enum status verify(struct verification *verification, struct reader *reader, struct verify_result *out)
{
	enum status status = reader_head(reader, &verification->head);

	if (status != STATUS_OK)
		return status;
	verification->first_chunk = verification->settings->trusted / CHUNK_SIZE;
	if (verification->first_chunk > verification->head / CHUNK_SIZE)
		verification->first_chunk = verification->head / CHUNK_SIZE;
	verification->chunk_count = (verification->head + CHUNK_SIZE - 1) / CHUNK_SIZE - verification->first_chunk;
	verification->chunks = calloc(verification->chunk_count + 1, sizeof(*verification->chunks));
	require(verification->chunks != NULL);
	run_workers(verification);
	status = verification->status != STATUS_OK ? (enum status)verification->status
	         : cancelled(verification)         ? STATUS_BUSY
	                                           : check_crown(verification, reader, &out->root);
	free(verification->chunks);
	if (status == STATUS_OK && verification->settings->index)
		status = check_claims(verification, reader);
	out->size = verification->head;
	out->findings = verification->findings;
	return status;
}

enum status verify_log(const struct verify_settings *settings, struct verify_result *out)
{
	struct verification verification = {.settings = settings, .status = STATUS_OK};
	struct reader      *reader;
	enum status         status = reader_open(settings->data, &reader);

	if (status != STATUS_OK)
		return status;
	pthread_mutex_init(&verification.lock, NULL);
	status = verify(&verification, reader, out);
	pthread_mutex_destroy(&verification.lock);
	reader_close(reader);
	return status;
}
