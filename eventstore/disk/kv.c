#include "eventstore/disk/kv.h"

#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/disk/fill.h"
#include "eventstore/disk/folder.h"
#include "eventstore/disk/kv_draft.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The map starts here and doubles, between transactions. */
enum { MAP_SIZE_FIRST = 64 << 20, MAP_SLACK = 16 << 20 };

/* How long taking over a larger map may wait for this process's other snapshots; the thread itself may hold one. */
enum { ADOPT_WAIT_SECONDS = 1 };

/* LMDB's locks break when one process opens an environment twice, so whoever opens one that is open shares it. */
struct kv {
	MDB_env         *env;
	int              fd; /* of the data file; LMDB's */
	enum kv_mode     mode;
	bool             unfilled; /* the file grows as it is written */
	uint32_t         holders;
	dev_t            device; /* which directory it is */
	ino_t            inode;
	struct kv       *next;     /* in `opened` */
	pthread_rwlock_t map_lock; /* read: a transaction is open; write: the map is being resized */
	/* Of a write transaction, from before the file is made longer: LMDB's own lock comes too late for that, and
	 * zeroes would fall on pages that another thread has just written. */
	pthread_mutex_t write_lock;
};

static pthread_mutex_t opened_lock = PTHREAD_MUTEX_INITIALIZER;
static struct kv      *opened;

struct kv_txn {
	struct kv *kv;
	MDB_txn   *txn;
	bool       renewed; /* snapshots: holds pages and the map lock */
};

struct kv_cursor {
	MDB_cursor *cursor;
};

static enum status status_of(int error)
{
	switch (error) {
	case MDB_SUCCESS:
		return STATUS_OK;
	case MDB_NOTFOUND:
	case ENOENT:
		return STATUS_NOT_FOUND;
	case MDB_KEYEXIST:
		return STATUS_CONFLICT;
	case MDB_MAP_FULL:
	case ENOSPC:
	case ENOMEM:
		return STATUS_FULL;
	case MDB_READERS_FULL:
	case EBUSY:
		return STATUS_BUSY;
	case EACCES:
	case EPERM:
		return STATUS_DENIED;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_VERSION_MISMATCH:
		return STATUS_CORRUPT;
	default:
		return STATUS_IO;
	}
}

static enum status failed(int error, const char *doing)
{
	if (error != MDB_NOTFOUND)
		diag(DIAG_ERROR, "lmdb_failed", "%s: %s", doing, mdb_strerror(error));
	return status_of(error);
}

static MDB_val val(struct bytes bytes)
{
	return (MDB_val){.mv_size = bytes.size, .mv_data = (void *)bytes.data};
}

static struct bytes view(MDB_val value)
{
	return BYTES(value.mv_data, value.mv_size);
}

static int open_tables_in(MDB_txn *txn, enum kv_mode mode, struct kv_table *tables, size_t count)
{
	unsigned create = mode == KV_WRITE ? MDB_CREATE : 0;
	int      error = 0;

	for (size_t i = 0; i < count && !error; i++)
		error = mdb_dbi_open(txn, tables[i].name, create | (tables[i].integer_keys ? MDB_INTEGERKEY : 0),
		                     &tables[i].handle);
	if (!error)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return error;
}

static int adopt_map_size(struct kv *kv);

/* The environment may be shared with others, who let its map grow. */
static int open_tables(struct kv *kv, enum kv_mode mode, struct kv_table *tables, size_t count)
{
	unsigned flags = mode == KV_WRITE ? 0 : MDB_RDONLY;
	MDB_txn *txn;
	int      error;

	pthread_rwlock_rdlock(&kv->map_lock);
	error = mdb_txn_begin(kv->env, NULL, flags, &txn);
	if (error == MDB_MAP_RESIZED && !(error = adopt_map_size(kv)))
		error = mdb_txn_begin(kv->env, NULL, flags, &txn);
	if (!error)
		error = open_tables_in(txn, mode, tables, count);
	pthread_rwlock_unlock(&kv->map_lock);
	return error;
}

/* LMDB leaves its data file open across exec. */
static int close_on_exec(struct kv *kv)
{
	int error = mdb_env_get_fd(kv->env, &kv->fd);

	return error ? error : fcntl(kv->fd, F_SETFD, FD_CLOEXEC) == 0 ? 0 : errno;
}

static int open_environment(struct kv *kv, const char *directory)
{
	static const unsigned ways[] = {[KV_READ] = MDB_RDONLY, [KV_STILL] = MDB_RDONLY | MDB_NOLOCK, [KV_WRITE] = 0};
	unsigned              flags = MDB_NOTLS | ways[kv->mode];
	int                   error = mdb_env_create(&kv->env);

	if (error)
		return error;
	if ((error = mdb_env_set_maxreaders(kv->env, KV_READERS_MAX))
	    || (error = mdb_env_set_maxdbs(kv->env, KV_TABLES_MAX)))
		return error;
	if (kv->mode == KV_WRITE && (error = mdb_env_set_mapsize(kv->env, MAP_SIZE_FIRST)))
		return error;
	error = mdb_env_open(kv->env, directory, flags, 0640);
	return error ? error : close_on_exec(kv);
}

static struct kv *find_opened(const struct stat *directory)
{
	for (struct kv *kv = opened; kv; kv = kv->next)
		if (kv->device == directory->st_dev && kv->inode == directory->st_ino)
			return kv;
	return NULL;
}

static void unlink_and_free(struct kv *kv)
{
	struct kv **at = &opened;

	while (*at != kv)
		at = &(*at)->next;
	*at = kv->next;
	if (kv->env)
		mdb_env_close(kv->env);
	pthread_rwlock_destroy(&kv->map_lock);
	pthread_mutex_destroy(&kv->write_lock);
	free(kv);
}

static void release(struct kv *kv)
{
	if (--kv->holders == 0)
		unlink_and_free(kv);
}

/* The environment of the directory, opened or shared, held once more. */
static int hold(const char *directory, enum kv_mode mode, const struct stat *stat, struct kv **out)
{
	struct kv *kv = find_opened(stat);
	int        error = 0;

	if (kv) {
		kv->holders++;
		*out = kv;
		/* A writer's environment serves readers too; a reader's cannot write. */
		return mode == KV_WRITE ? EBUSY : 0;
	}
	kv = calloc(1, sizeof(*kv));
	require(kv != NULL);
	*kv = (struct kv){.mode = mode, .holders = 1, .device = stat->st_dev, .inode = stat->st_ino, .next = opened};
	pthread_rwlock_init(&kv->map_lock, NULL);
	pthread_mutex_init(&kv->write_lock, NULL);
	opened = kv;
	error = open_environment(kv, directory);
	*out = kv;
	return error;
}

/* Is there anything that a reader could read? The first writer may be about to make it. */
static int check_readable(const char *directory)
{
	char        path[PATH_MAX];
	struct stat data;

	snprintf(path, sizeof(path), "%s/" KV_DATA_FILE, directory);
	if (stat(path, &data) != 0)
		return errno;
	return data.st_size == 0 ? ENOENT : 0;
}

static int open_shared(const char *directory, enum kv_mode mode, struct kv_table *tables, size_t table_count,
                       struct kv **out)
{
	struct stat directory_stat;
	struct kv  *kv;
	int         error;

	if (stat(directory, &directory_stat) != 0)
		return errno;
	error = hold(directory, mode, &directory_stat, &kv);
	if (!error)
		error = open_tables(kv, mode, tables, table_count);
	if (error)
		release(kv);
	else
		*out = kv;
	return error;
}

static enum status open_once(const char *directory, enum kv_mode mode, struct kv_table *tables, size_t table_count,
                             struct kv **out)
{
	int error = mode == KV_WRITE ? 0 : check_readable(directory);

	if (!error)
		error = open_shared(directory, mode, tables, table_count, out);
	if (error && mode != KV_WRITE && (error == ENOENT || error == MDB_NOTFOUND))
		return STATUS_NOT_FOUND;
	return error ? failed(error, directory) : STATUS_OK;
}

/* kv_draft.h */
static enum status make_environment(const char *directory, struct kv_table *tables, size_t table_count)
{
	char        draft[KV_DRAFT_PATH_SIZE];
	struct kv  *kv;
	enum status status = kv_draft_begin(directory, draft);

	if (status == STATUS_OK)
		status = open_once(draft, KV_WRITE, tables, table_count, &kv);
	if (status != STATUS_OK)
		return status;
	release(kv);
	return kv_draft_end(directory, draft);
}

static enum status open_or_make(const char *directory, enum kv_mode mode, struct kv_table *tables, size_t table_count,
                                struct kv **out)
{
	enum status status = STATUS_OK;

	if (mode == KV_WRITE && kv_draft_needed(directory))
		status = make_environment(directory, tables, table_count);
	return status == STATUS_OK ? open_once(directory, mode, tables, table_count, out) : status;
}

/* What is committed must be found after a power cut, so the names of new files are made durable as well. */
enum status kv_open(const char *directory, enum kv_mode mode, struct kv_table *tables, size_t table_count,
                    struct kv **out)
{
	struct kv  *kv = NULL;
	enum status status = mode == KV_WRITE ? folder_make(directory) : STATUS_OK;

	require(table_count <= KV_TABLES_MAX);
	if (status != STATUS_OK) {
		diag(DIAG_ERROR, "folder_not_made", "%s: %s", directory, status_sentence(status));
		return status;
	}
	pthread_mutex_lock(&opened_lock);
	status = open_or_make(directory, mode, tables, table_count, &kv);
	pthread_mutex_unlock(&opened_lock);
	if (status == STATUS_OK && mode == KV_WRITE && (status = folder_sync(directory)) != STATUS_OK)
		kv_close(kv);
	if (status == STATUS_OK)
		*out = kv;
	return status;
}

void kv_close(struct kv *kv)
{
	if (!kv)
		return;
	pthread_mutex_lock(&opened_lock);
	release(kv);
	pthread_mutex_unlock(&opened_lock);
}

void kv_leave_unfilled(struct kv *kv)
{
	kv->unfilled = true;
}

void kv_clear_dead_readers(struct kv *kv)
{
	int dead = 0;

	if (mdb_reader_check(kv->env, &dead) == MDB_SUCCESS && dead > 0)
		diag(DIAG_INFO, "dead_readers_cleared", "%d", dead);
}

void kv_sizes(struct kv *kv, size_t *used, size_t *mapped)
{
	MDB_envinfo info;
	MDB_stat    stat;

	pthread_rwlock_rdlock(&kv->map_lock);
	mdb_env_info(kv->env, &info);
	mdb_env_stat(kv->env, &stat);
	pthread_rwlock_unlock(&kv->map_lock);
	*used = (info.me_last_pgno + 1) * stat.ms_psize;
	*mapped = info.me_mapsize;
}

enum status kv_trim(struct kv *kv)
{
	size_t used, mapped;

	require(kv->mode == KV_WRITE);
	kv_sizes(kv, &used, &mapped);
	return ftruncate(kv->fd, (off_t)used) == 0 && fsync(kv->fd) == 0 ? STATUS_OK : STATUS_IO;
}

/* ---------------------------------------------------------------- snapshots */

struct kv_txn *kv_snapshot_create(struct kv *kv)
{
	struct kv_txn *snapshot = calloc(1, sizeof(*snapshot));

	require(snapshot != NULL);
	snapshot->kv = kv;
	return snapshot;
}

static int begin_or_renew(struct kv_txn *snapshot)
{
	if (snapshot->txn)
		return mdb_txn_renew(snapshot->txn);
	return mdb_txn_begin(snapshot->kv->env, NULL, MDB_RDONLY, &snapshot->txn);
}

/* Another process made the map larger: take over its size. This waits for the other snapshots of this process, but not
 * for ever: the calling thread may hold one itself, as a visit does that asks a second reader. */
static int adopt_map_size(struct kv *kv)
{
	struct timespec until;
	int             error;

	pthread_rwlock_unlock(&kv->map_lock);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ADOPT_WAIT_SECONDS;
	error = pthread_rwlock_timedwrlock(&kv->map_lock, &until);
	if (!error) {
		error = mdb_env_set_mapsize(kv->env, 0);
		pthread_rwlock_unlock(&kv->map_lock);
	} else {
		error = EBUSY;
	}
	pthread_rwlock_rdlock(&kv->map_lock);
	return error;
}

enum status kv_snapshot_renew(struct kv_txn *snapshot)
{
	struct kv *kv = snapshot->kv;
	int        error;

	require(!snapshot->renewed);
	pthread_rwlock_rdlock(&kv->map_lock);
	error = begin_or_renew(snapshot);
	if (error == MDB_READERS_FULL) {
		kv_clear_dead_readers(kv);
		error = begin_or_renew(snapshot);
	}
	if (error == MDB_MAP_RESIZED && !(error = adopt_map_size(kv)))
		error = begin_or_renew(snapshot);
	if (error) {
		pthread_rwlock_unlock(&kv->map_lock);
		return failed(error, "begin a read transaction");
	}
	snapshot->renewed = true;
	return STATUS_OK;
}

void kv_snapshot_rest(struct kv_txn *snapshot)
{
	if (!snapshot->renewed)
		return;
	mdb_txn_reset(snapshot->txn);
	snapshot->renewed = false;
	pthread_rwlock_unlock(&snapshot->kv->map_lock);
}

void kv_snapshot_destroy(struct kv_txn *snapshot)
{
	if (!snapshot)
		return;
	kv_snapshot_rest(snapshot);
	if (snapshot->txn)
		mdb_txn_abort(snapshot->txn);
	free(snapshot);
}

/* ---------------------------------------------------------------- writing */

/* LMDB lets go of the old map before it asks for the larger one, and is left with none when there is no room for it. */
static bool has_address_space(size_t size)
{
	void *space = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return space != MAP_FAILED && munmap(space, size) == 0;
}

/* The map grows by what a transaction may need at worst: it may copy every page there is (a sorted batch of random keys
 * does), and values that just miss fitting leave pages half empty. The file grows by what it mostly needs. */
static int make_room(struct kv *kv, size_t room)
{
	size_t used, mapped, larger;
	int    error = 0;

	kv_sizes(kv, &used, &mapped);
	for (larger = mapped; larger < 2 * used + 4 * room + MAP_SLACK;)
		larger *= 2;
	if (larger > mapped && !has_address_space(larger - mapped))
		return ENOMEM;
	if (larger > mapped) {
		pthread_rwlock_wrlock(&kv->map_lock);
		error = mdb_env_set_mapsize(kv->env, larger);
		pthread_rwlock_unlock(&kv->map_lock);
		if (!error)
			diag(DIAG_INFO, "map_grown", "to %zu MiB", larger >> 20);
	}
	if (!kv->unfilled)
		fill_ahead(kv->fd, used + 2 * room);
	return error;
}

enum status kv_begin(struct kv *kv, size_t room, struct kv_txn **out)
{
	struct kv_txn *txn = calloc(1, sizeof(*txn));
	int            error;

	require(txn != NULL && kv->mode == KV_WRITE);
	txn->kv = kv;
	pthread_mutex_lock(&kv->write_lock);
	error = make_room(kv, room);
	pthread_rwlock_rdlock(&kv->map_lock);
	if (!error)
		error = mdb_txn_begin(kv->env, NULL, 0, &txn->txn);
	if (error) {
		pthread_rwlock_unlock(&kv->map_lock);
		pthread_mutex_unlock(&kv->write_lock);
		free(txn);
		return failed(error, "begin a write transaction");
	}
	*out = txn;
	return STATUS_OK;
}

static void end_writing(struct kv_txn *txn)
{
	pthread_rwlock_unlock(&txn->kv->map_lock);
	pthread_mutex_unlock(&txn->kv->write_lock);
	free(txn);
}

enum status kv_commit(struct kv_txn *txn)
{
	int error = mdb_txn_commit(txn->txn);

	end_writing(txn);
	return error ? failed(error, "commit") : STATUS_OK;
}

void kv_abort(struct kv_txn *txn)
{
	mdb_txn_abort(txn->txn);
	end_writing(txn);
}

enum status kv_put(struct kv_txn *txn, const struct kv_table *table, struct bytes key, struct bytes value)
{
	MDB_val k = val(key), v = val(value);
	int     error = mdb_put(txn->txn, table->handle, &k, &v, 0);

	return error ? failed(error, "put") : STATUS_OK;
}

enum status kv_append(struct kv_txn *txn, const struct kv_table *table, struct bytes key, size_t size, void **out)
{
	MDB_val k = val(key), v = {.mv_size = size};
	int     error = mdb_put(txn->txn, table->handle, &k, &v, MDB_APPEND | MDB_RESERVE);

	if (error)
		return failed(error, "append");
	*out = v.mv_data;
	return STATUS_OK;
}

enum status kv_delete(struct kv_txn *txn, const struct kv_table *table, struct bytes key)
{
	MDB_val k = val(key);
	int     error = mdb_del(txn->txn, table->handle, &k, NULL);

	return error && error != MDB_NOTFOUND ? failed(error, "delete") : STATUS_OK;
}

/* ---------------------------------------------------------------- either */

enum status kv_get(struct kv_txn *txn, const struct kv_table *table, struct bytes key, struct bytes *value)
{
	MDB_val k = val(key), v;
	int     error = mdb_get(txn->txn, table->handle, &k, &v);

	if (error)
		return failed(error, "get");
	*value = view(v);
	return STATUS_OK;
}

struct kv_cursor *kv_cursor_open(struct kv_txn *txn, const struct kv_table *table)
{
	struct kv_cursor *cursor = calloc(1, sizeof(*cursor));

	require(cursor != NULL);
	require(mdb_cursor_open(txn->txn, table->handle, &cursor->cursor) == MDB_SUCCESS);
	return cursor;
}

void kv_cursor_close(struct kv_cursor *cursor)
{
	mdb_cursor_close(cursor->cursor);
	free(cursor);
}

static enum status cursor_get(struct kv_cursor *cursor, MDB_val *k, MDB_cursor_op op, struct bytes *found,
                              struct bytes *value)
{
	MDB_val v;
	int     error = mdb_cursor_get(cursor->cursor, k, &v, op);

	if (error)
		return failed(error, "move a cursor");
	*found = view(*k);
	*value = view(v);
	return STATUS_OK;
}

enum status kv_seek(struct kv_cursor *cursor, struct bytes key, struct bytes *found, struct bytes *value)
{
	MDB_val k = val(key);

	return cursor_get(cursor, &k, MDB_SET_RANGE, found, value);
}

enum status kv_step(struct kv_cursor *cursor, enum kv_step step, struct bytes *found, struct bytes *value)
{
	static const MDB_cursor_op ops[] = {MDB_FIRST, MDB_LAST, MDB_NEXT, MDB_PREV};
	MDB_val                    k = {0};

	return cursor_get(cursor, &k, ops[step], found, value);
}
