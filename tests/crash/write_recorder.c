/* Preloaded into a program: writes down each write, sync, creation and renaming below a folder, with the data. Knows
 * the calls that LMDB 0.9 and our own files make; what could change a file unseen (a writable shared mapping, cutting a
 * file short) ends the program. Can also let one of these calls fail. */
#include "tests/crash/recording.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FDS_MAX = 1024 };

struct watched {
	char *path; /* NULL: not of interest */
	bool  durable, folder;
};

static struct watched  files[FDS_MAX];
static int             recording = -1;
static const char     *root;
static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP; /* an operation and its record are one step */

#define REAL(name) (__extension__(__typeof__(&name)) dlsym(RTLD_NEXT, #name))

static unsigned long calls, fail_at; /* under the lock */
static int           fail_with;
static bool          fail_on;

static unsigned long number(const char *otherwise, const char *variable)
{
	const char *value = getenv(variable);

	return strtoul(value ? value : otherwise, NULL, 10);
}

__attribute__((constructor)) static void begin(void)
{
	const char *to = getenv(RECORD_TO);

	root = getenv(RECORD_ROOT);
	fail_at = number("0", FAIL_AT);
	fail_with = (int)number("0", FAIL_WITH);
	fail_on = getenv(FAIL_ON) != NULL;
	if (to && root)
		recording = REAL(open)(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	unsetenv("LD_PRELOAD");
}

__attribute__((destructor)) static void end(void)
{
	const char *to = getenv(COUNT_TO);
	char        text[32];
	int         size = snprintf(text, sizeof(text), "%lu\n", calls), fd;

	if (!to || (fd = REAL(open)(to, O_WRONLY | O_CLOEXEC)) < 0)
		return;
	if (REAL(write)(fd, text, (size_t)size) != size)
		abort();
	REAL(close)(fd);
}

static void put(const void *data, size_t size)
{
	while (size > 0) {
		ssize_t put = REAL(write)(recording, data, size);

		if (put <= 0)
			abort();
		data = (const char *)data + put;
		size -= (size_t)put;
	}
}

static void record(uint32_t kind, const char *path, size_t path_size, uint64_t offset, const void *data, size_t size)
{
	if (recording < 0)
		return;
	struct operation operation = {.kind = kind, .path_size = (uint32_t)path_size, .offset = offset, .size = size};

	put(&operation, sizeof(operation));
	put(path, path_size);
	put(data, size);
}

static struct watched *watched(int fd)
{
	return fd >= 0 && fd < FDS_MAX && files[fd].path ? &files[fd] : NULL;
}

static bool below_root(const char *path)
{
	return root && strncmp(path, root, strlen(root)) == 0;
}

/* ---------------------------------------------------------------- descriptors */

static int watch(int fd, const char *path, int flags, bool existed)
{
	if (fd < 0 || fd >= FDS_MAX || !below_root(path))
		return fd;
	free(files[fd].path);
	files[fd] = (struct watched){
		.path = strdup(path), .durable = (flags & O_DSYNC) != 0, .folder = (flags & O_DIRECTORY) != 0};
	if (!existed)
		record(OPERATION_CREATE, path, strlen(path) + 1, 0, NULL, 0);
	return fd;
}

static int open_recorded(const char *path, int flags, mode_t mode)
{
	bool existed;
	int  fd;

	pthread_mutex_lock(&lock);
	existed = access(path, F_OK) == 0;
	fd = watch(REAL(open)(path, flags, mode), path, flags, existed);
	pthread_mutex_unlock(&lock);
	return fd;
}

int open(const char *path, int flags, ...)
{
	va_list args;
	mode_t  mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return open_recorded(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	va_list args;
	mode_t  mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return open_recorded(path, flags, mode);
}

int close(int fd)
{
	int result;

	pthread_mutex_lock(&lock);
	if (watched(fd)) {
		free(files[fd].path);
		files[fd].path = NULL;
	}
	result = REAL(close)(fd);
	pthread_mutex_unlock(&lock);
	return result;
}

/* ---------------------------------------------------------------- writes */

static bool acknowledges(const struct watched *file)
{
	size_t size = strlen(file->path), name = sizeof(RECORD_ACKNOWLEDGED) - 1;

	return size > name && strcmp(file->path + size - name, RECORD_ACKNOWLEDGED) == 0;
}

/* Under the lock. */
static bool fails(int fd)
{
	struct watched *file = watched(fd);

	if (!file || acknowledges(file) || ++calls < fail_at || fail_at == 0 || (calls > fail_at && !fail_on))
		return false;
	errno = fail_with;
	return true;
}

static void record_write(int fd, uint64_t offset, const void *data, ssize_t size)
{
	struct watched *file = watched(fd);
	uint64_t        position;

	if (!file || size <= 0)
		return;
	if (acknowledges(file)) {
		memcpy(&position, data, sizeof(position));
		record(OPERATION_ACKNOWLEDGE, "", 1, position, NULL, 0);
		return;
	}
	record(file->durable ? OPERATION_WRITE_DURABLE : OPERATION_WRITE, file->path, strlen(file->path) + 1, offset,
	       data, (size_t)size);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
	ssize_t written;

	pthread_mutex_lock(&lock);
	written = fails(fd) ? -1 : REAL(pwrite)(fd, data, size, offset);
	record_write(fd, (uint64_t)offset, data, written);
	pthread_mutex_unlock(&lock);
	return written;
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset)
{
	return pwrite(fd, data, size, offset);
}

ssize_t write(int fd, const void *data, size_t size)
{
	ssize_t written;
	off_t   offset;

	if (!watched(fd))
		return REAL(write)(fd, data, size);
	pthread_mutex_lock(&lock);
	offset = lseek(fd, 0, SEEK_CUR);
	written = fails(fd) ? -1 : REAL(write)(fd, data, size);
	record_write(fd, (uint64_t)offset, data, written);
	pthread_mutex_unlock(&lock);
	return written;
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
	ssize_t written, left;
	off_t   offset;

	if (!watched(fd))
		return REAL(writev)(fd, pieces, count);
	pthread_mutex_lock(&lock);
	offset = lseek(fd, 0, SEEK_CUR);
	written = left = fails(fd) ? -1 : REAL(writev)(fd, pieces, count);
	for (int i = 0; i < count && left > 0; i++) {
		ssize_t size = left < (ssize_t)pieces[i].iov_len ? left : (ssize_t)pieces[i].iov_len;

		record_write(fd, (uint64_t)offset, pieces[i].iov_base, size);
		offset += size;
		left -= size;
	}
	pthread_mutex_unlock(&lock);
	return written;
}

int ftruncate(int fd, off_t size)
{
	struct watched *file = watched(fd);
	struct stat     about;
	int             result;

	if (!file)
		return REAL(ftruncate)(fd, size);
	if (fstat(fd, &about) != 0 || about.st_size > size)
		abort(); /* nothing here cuts a file short */
	pthread_mutex_lock(&lock);
	result = fails(fd) ? -1 : REAL(ftruncate)(fd, size);
	if (result == 0)
		record(OPERATION_GROW, file->path, strlen(file->path) + 1, (uint64_t)size, NULL, 0);
	pthread_mutex_unlock(&lock);
	return result;
}

int ftruncate64(int fd, off64_t size)
{
	return ftruncate(fd, size);
}

/* LMDB maps its lock file so; nothing of it needs to survive. */
void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
	struct watched *file = watched(fd);

	if (file && (protection & PROT_WRITE) && (flags & MAP_SHARED) && !strstr(file->path, "lock.mdb"))
		abort();
	return REAL(mmap)(address, size, protection, flags, fd, offset);
}

void *mmap64(void *address, size_t size, int protection, int flags, int fd, off64_t offset)
{
	return mmap(address, size, protection, flags, fd, offset);
}

/* ---------------------------------------------------------------- syncs and names */

static void record_sync(int fd, int result)
{
	struct watched *file = watched(fd);

	if (file && result == 0)
		record(file->folder ? OPERATION_SYNC_FOLDER : OPERATION_SYNC, file->path, strlen(file->path) + 1, 0,
		       NULL, 0);
}

int fsync(int fd)
{
	int result;

	pthread_mutex_lock(&lock);
	result = fails(fd) ? -1 : REAL(fsync)(fd);
	record_sync(fd, result);
	pthread_mutex_unlock(&lock);
	return result;
}

int fdatasync(int fd)
{
	int result;

	pthread_mutex_lock(&lock);
	result = fails(fd) ? -1 : REAL(fdatasync)(fd);
	record_sync(fd, result);
	pthread_mutex_unlock(&lock);
	return result;
}

int rename(const char *from, const char *to)
{
	char paths[2 * PATH_MAX];
	int  result;

	pthread_mutex_lock(&lock);
	result = REAL(rename)(from, to);
	if (result == 0 && below_root(from)) {
		int size = snprintf(paths, sizeof(paths), "%s%c%s", from, '\0', to);

		record(OPERATION_RENAME, paths, (size_t)size + 1, 0, NULL, 0);
	}
	pthread_mutex_unlock(&lock);
	return result;
}
