/* What is left when the power goes: power_cut_test LOAD RECORDER [SEED [STATES]]
 *
 * Runs the load with the recorder preloaded. From the recording it builds disks as a power cut at any moment could
 * leave them: all that was synced, any of what was not, whole or torn at 512 bytes, names that were not synced
 * there or not. Each is opened as the writer would and must hold every event that somebody was told of, unchanged and
 * in order, with an index, a tree and a vault that fit, and take a further event. A disk that lies about its syncs must
 * be found out, else this test could not fail. */
#include "eventstore/base/require.h"
#include "tests/crash/examine.h"
#include "tests/crash/recording.h"
#include "tests/eventstore/ground.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	SECTOR = 512,
	PAGE = 4096,
	FILES_MAX = 64,
	SUBSETS_UP_TO = 3, /* so few writes without a sync are kept and lost in all ways */
	TORN_EACH = 1,     /* of a crash point: with random sectors */
	SMALL_COMMITS = 3,
	LARGE_COMMITS = 120,
	LARGE_STATES = 300,
	LYING_STATES = 30,
};

static uint64_t chance, seed;

/* SplitMix64. */
static uint32_t below(uint32_t limit)
{
	uint64_t mixed = chance += 0x9e3779b97f4a7c15;

	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
	return (uint32_t)((mixed ^ mixed >> 31) % limit);
}

/* ---------------------------------------------------------------- the recording */

struct step {
	struct operation operation;
	const char      *path;
	const uint8_t   *data;
};

struct recording {
	char         folder[PATH_MAX]; /* that was recorded */
	uint8_t     *bytes;
	struct step *steps;
	size_t       count;
	struct hash *leaves; /* of the events, the first one's at 1 */
	uint64_t     events;
};

static uint8_t *read_file(const char *path, size_t *size)
{
	struct stat about;
	int         fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t    *bytes;

	require(fd >= 0 && fstat(fd, &about) == 0);
	*size = (size_t)about.st_size;
	bytes = malloc(*size + 1);
	require(bytes != NULL && read(fd, bytes, *size) == about.st_size);
	close(fd);
	return bytes;
}

static void parse(struct recording *recording, size_t size)
{
	for (size_t at = 0; at < size; recording->count++) {
		struct step step;

		if (recording->count % 1024 == 0)
			recording->steps =
				realloc(recording->steps, (recording->count + 1024) * sizeof(*recording->steps));
		memcpy(&step.operation, recording->bytes + at, sizeof(step.operation));
		at += sizeof(step.operation);
		step.path = (char *)recording->bytes + at;
		at += step.operation.path_size;
		step.data = recording->bytes + at;
		at += step.operation.size;
		recording->steps[recording->count] = step;
	}
}

static void run_load(const char *load, const char *recorder, unsigned commits, const char *to, char folder[PATH_MAX])
{
	char  command[3 * PATH_MAX];
	FILE *said;

	snprintf(command, sizeof(command),
	         RECORD_TO "=%s " RECORD_ROOT "=/tmp/orrery-store- LD_PRELOAD=%s %s %u %" PRIu64 " 2>/dev/null", to,
	         recorder, load, commits, seed);
	said = popen(command, "r");
	require(said && fgets(folder, PATH_MAX, said));
	folder[strcspn(folder, "\n")] = '\0';
	require(pclose(said) == 0);
}

static bool note_leaf(void *owner, const struct record *record)
{
	struct recording *recording = owner;

	recording->leaves[record->position] = record->leaf;
	return true;
}

static struct recording *record_load(const char *load, const char *recorder, unsigned commits)
{
	struct recording *recording = calloc(1, sizeof(*recording));
	char              to[] = "/tmp/orrery-recording-XXXXXX";
	struct reader    *reader;
	size_t            size;
	int               fd = mkstemp(to);

	require(recording != NULL && fd >= 0);
	close(fd);
	run_load(load, recorder, commits, to, recording->folder);
	recording->bytes = read_file(to, &size);
	unlink(to);
	parse(recording, size);
	require(reader_open(recording->folder, &reader) == STATUS_OK);
	require(reader_head(reader, &recording->events) == STATUS_OK && recording->events > 0);
	recording->leaves = calloc(recording->events + 1, sizeof(*recording->leaves));
	require(recording->leaves != NULL);
	require(reader_each(reader, 1, UINT32_MAX, note_leaf, recording) == STATUS_OK);
	reader_close(reader);
	ground_remove(recording->folder);
	return recording;
}

static void forget(struct recording *recording)
{
	free(recording->bytes);
	free(recording->steps);
	free(recording->leaves);
	free(recording);
}

/* ---------------------------------------------------------------- the disk before the cut */

struct file {
	uint8_t *bytes; /* what is safe */
	size_t   size, capacity;
};

/* A file got a name, or another one. */
struct naming {
	const char *from, *to; /* from NULL: created */
	uint32_t    file;
	bool        safe;
};

struct disk {
	const struct recording *recording;
	bool                    lies;
	struct file             files[FILES_MAX];
	uint32_t                file_count;
	struct naming           namings[FILES_MAX * 4];
	uint32_t                naming_count;
	size_t                 *pending; /* steps that wrote and were not synced */
	size_t                  pending_count;
	uint64_t                told; /* the last position that somebody was told of */
};

static uint32_t file_named(const struct disk *disk, const char *path)
{
	for (uint32_t i = disk->naming_count; i-- > 0;)
		if (strcmp(disk->namings[i].to, path) == 0)
			return disk->namings[i].file;
	require(!"a file that was created");
	return 0;
}

static void make_room(struct file *file, size_t size)
{
	size_t capacity = size + size / 4;

	if (size > file->capacity) {
		file->bytes = realloc(file->bytes, capacity);
		require(file->bytes != NULL);
		memset(file->bytes + file->capacity, 0, capacity - file->capacity);
		file->capacity = capacity;
	}
	if (size > file->size)
		file->size = size;
}

static void lay_down(struct file *file, uint64_t offset, const uint8_t *data, size_t size)
{
	make_room(file, offset + size);
	memcpy(file->bytes + offset, data, size);
}

static void sync_file(struct disk *disk, uint32_t file)
{
	size_t kept = 0;

	for (size_t i = 0; i < disk->pending_count; i++) {
		const struct step *step = &disk->recording->steps[disk->pending[i]];

		if (file_named(disk, step->path) == file)
			lay_down(&disk->files[file], step->operation.offset, step->data, step->operation.size);
		else
			disk->pending[kept++] = disk->pending[i];
	}
	disk->pending_count = kept;
}

static bool lies_in(const char *path, const char *folder)
{
	const char *slash = strrchr(path, '/');
	size_t      size = strlen(folder);

	if (size > 0 && folder[size - 1] == '/')
		size--;
	return (size_t)(slash - path) == size && strncmp(path, folder, size) == 0;
}

static void name_file(struct disk *disk, const struct step *step)
{
	struct naming naming = {.to = step->path};

	require(disk->naming_count < array_count(disk->namings));
	if (step->operation.kind == OPERATION_RENAME) {
		naming.from = step->path;
		naming.to = step->path + strlen(step->path) + 1;
		naming.file = file_named(disk, naming.from);
	} else {
		require(disk->file_count < FILES_MAX);
		naming.file = disk->file_count++;
	}
	disk->namings[disk->naming_count++] = naming;
}

static void take_sync(struct disk *disk, const struct step *step)
{
	if (disk->lies)
		return;
	if (step->operation.kind == OPERATION_SYNC) {
		sync_file(disk, file_named(disk, step->path));
		return;
	}
	for (uint32_t i = 0; i < disk->naming_count; i++)
		if (lies_in(disk->namings[i].to, step->path))
			disk->namings[i].safe = true;
}

static void take_step(struct disk *disk, size_t index)
{
	const struct step *step = &disk->recording->steps[index];

	switch ((enum operation_kind)step->operation.kind) {
	case OPERATION_WRITE:
	case OPERATION_GROW:
		disk->pending[disk->pending_count++] = index;
		break;
	case OPERATION_WRITE_DURABLE:
		if (disk->lies)
			disk->pending[disk->pending_count++] = index;
		else
			lay_down(&disk->files[file_named(disk, step->path)], step->operation.offset, step->data,
			         step->operation.size);
		break;
	case OPERATION_SYNC:
	case OPERATION_SYNC_FOLDER:
		take_sync(disk, step);
		break;
	case OPERATION_CREATE:
	case OPERATION_RENAME:
		name_file(disk, step);
		break;
	case OPERATION_ACKNOWLEDGE:
		disk->told = step->operation.offset;
		break;
	}
}

static struct disk *disk_create(const struct recording *recording, bool lies)
{
	struct disk *disk = calloc(1, sizeof(*disk));

	require(disk != NULL);
	disk->recording = recording;
	disk->lies = lies;
	disk->pending = calloc(recording->count, sizeof(*disk->pending));
	require(disk->pending != NULL);
	return disk;
}

static void disk_destroy(struct disk *disk)
{
	for (uint32_t i = 0; i < disk->file_count; i++)
		free(disk->files[i].bytes);
	free(disk->pending);
	free(disk);
}

/* ---------------------------------------------------------------- the disk after the cut */

/* Which of the pending writes are there: each whole or not by its bit, or sector by sector. */
struct loss {
	uint64_t kept; /* bits, from the oldest pending write on; all beyond bit 63 as bit 63 */
	bool     torn;
};

static bool is_kept(const struct loss *loss, size_t index)
{
	return loss->kept >> (index < 63 ? index : 63) & 1;
}

static void lay_down_some(struct file *file, const struct step *step, bool torn)
{
	if (!torn) {
		lay_down(file, step->operation.offset, step->data, step->operation.size);
		return;
	}
	for (uint64_t at = 0; at < step->operation.size; at += SECTOR) {
		uint64_t left = step->operation.size - at;

		if (below(2))
			lay_down(file, step->operation.offset + at, step->data + at, left < SECTOR ? left : SECTOR);
	}
}

static bool zeroes(const uint8_t *bytes, size_t size)
{
	return bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0;
}

static void write_file(const char *path, const struct file *file)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	require(fd >= 0 && ftruncate(fd, (off_t)file->size) == 0);
	for (size_t at = 0; at < file->size; at += PAGE) {
		size_t size = file->size - at < PAGE ? file->size - at : PAGE;

		if (!zeroes(file->bytes + at, size))
			require(pwrite(fd, file->bytes + at, size, (off_t)at) == (ssize_t)size);
	}
	close(fd);
}

/* One that a pending write touches is copied for the image first. */
static struct file *own_copy(const struct disk *disk, struct file *after, uint32_t file)
{
	const struct file *safe = &disk->files[file];

	if (after[file].bytes == safe->bytes) {
		after[file] = (struct file){0};
		if (safe->size > 0)
			lay_down(&after[file], 0, safe->bytes, safe->size);
	}
	return &after[file];
}

static void make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
}

/* Names become safe in the order in which they were given, so what is lost is lost from the end. */
static void write_names(const struct disk *disk, const struct file *after, const char *folder)
{
	uint32_t unsafe = 0, kept;
	char     path[PATH_MAX], old[PATH_MAX];

	for (uint32_t i = 0; i < disk->naming_count; i++)
		unsafe += !disk->namings[i].safe;
	kept = below(unsafe + 1);
	for (uint32_t i = 0; i < disk->naming_count; i++) {
		const struct naming *naming = &disk->namings[i];
		size_t               root = strlen(disk->recording->folder);

		if (!naming->safe && kept == 0)
			continue;
		kept -= !naming->safe;
		snprintf(path, sizeof(path), "%s%s", folder, naming->to + root);
		make_folders(path);
		write_file(path, &after[naming->file]);
		if (naming->from) {
			snprintf(old, sizeof(old), "%s%s", folder, naming->from + root);
			unlink(old);
		}
	}
}

static void write_image(const struct disk *disk, const struct loss *loss, const char *folder)
{
	struct file after[FILES_MAX];

	memcpy(after, disk->files, sizeof(after));
	for (size_t i = 0; i < disk->pending_count; i++) {
		const struct step *step = &disk->recording->steps[disk->pending[i]];

		if (is_kept(loss, i))
			lay_down_some(own_copy(disk, after, file_named(disk, step->path)), step, loss->torn);
	}
	write_names(disk, after, folder);
	for (uint32_t i = 0; i < disk->file_count; i++)
		if (after[i].bytes != disk->files[i].bytes)
			free(after[i].bytes);
}

/* ---------------------------------------------------------------- trying */

struct tally {
	uint64_t states, failures;
	size_t   step; /* of the first failure */
	uint64_t told;
	char     complaint[EXAMINE_COMPLAINT_MAX];
};

static void try_state(const struct disk *disk, const struct loss *loss, size_t step, struct tally *tally)
{
	struct expectation expected = {
		.told = disk->told, .events = disk->recording->events, .leaves = disk->recording->leaves};
	char        folder[] = "/dev/shm/orrery-power-XXXXXX";
	const char *complaint;

	require(mkdtemp(folder) != NULL);
	write_image(disk, loss, folder);
	complaint = examine_apart(folder, &expected);
	ground_remove(folder);
	tally->states++;
	if (!complaint || tally->failures++ > 0)
		return;
	tally->step = step;
	tally->told = disk->told;
	snprintf(tally->complaint, sizeof(tally->complaint), "%s", complaint);
}

static struct loss random_loss(void)
{
	return (struct loss){.kept = (uint64_t)below(UINT32_MAX) << 32 | below(UINT32_MAX), .torn = below(2) == 0};
}

/* After every step: few pending writes in all ways, many at random, and some torn. */
static struct tally try_everywhere(const struct recording *recording)
{
	struct disk *disk = disk_create(recording, false);
	struct tally tally = {0};

	for (size_t step = 0; step < recording->count; step++) {
		struct loss loss = {0};
		uint64_t    subsets;

		take_step(disk, step);
		subsets = (uint64_t)1 << (disk->pending_count < SUBSETS_UP_TO ? disk->pending_count : SUBSETS_UP_TO);
		for (loss.kept = 0; loss.kept < subsets; loss.kept++)
			try_state(disk, &loss, step, &tally);
		for (int i = 0; i < TORN_EACH; i++) {
			loss = random_loss();
			loss.torn = true;
			try_state(disk, &loss, step, &tally);
		}
	}
	disk_destroy(disk);
	return tally;
}

static struct tally try_some(const struct recording *recording, bool lies, uint32_t states)
{
	struct disk *disk = disk_create(recording, lies);
	struct tally tally = {0};

	for (size_t step = 0; step < recording->count; step++) {
		take_step(disk, step);
		if (below((uint32_t)recording->count) >= states)
			continue;
		struct loss loss = random_loss();

		try_state(disk, &loss, step, &tally);
	}
	disk_destroy(disk);
	return tally;
}

static int report(int number, bool well, const char *claim, const struct tally *tally)
{
	printf("%sok %d - %s (%" PRIu64 " states)\n", well ? "" : "not ", number, claim, tally->states);
	if (tally->failures > 0)
		printf("# %" PRIu64 " failed; the first after step %zu, told of %" PRIu64 ": %s\n", tally->failures,
		       tally->step, tally->told, tally->complaint);
	fflush(stdout);
	return well ? 0 : 1;
}

int main(int count, char **arguments)
{
	struct recording *small, *large;
	struct tally      tally;
	int               failed = 0;

	require(count >= 3);
	seed = chance = count > 3 ? strtoull(arguments[3], NULL, 10) : (uint64_t)time(NULL);
	printf("TAP version 13\n1..3\n# seed %" PRIu64 "\n", seed);
	fflush(stdout);
	small = record_load(arguments[1], arguments[2], SMALL_COMMITS);
	tally = try_everywhere(small);
	failed += report(1, tally.failures == 0, "a power cut at any moment loses nothing that was answered", &tally);
	forget(small);
	large = record_load(arguments[1], arguments[2], LARGE_COMMITS);
	tally = try_some(large, false, count > 4 ? (uint32_t)strtoul(arguments[4], NULL, 10) : LARGE_STATES);
	failed += report(2, tally.failures == 0, "nor does one somewhere in a longer life", &tally);
	tally = try_some(large, true, LYING_STATES);
	failed += report(3, tally.failures > 0, "a disk that lies about its syncs is found out", &tally);
	forget(large);
	return failed > 0;
}
