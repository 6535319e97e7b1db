#include "tests/crash/examine.h"

#include "eventstore/base/map.h"
#include "eventstore/base/require.h"
#include "eventstore/log/verify.h"
#include "schema/events.h"
#include "tests/eventstore/ground.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_S = 30 };

struct examination {
	const struct expectation *expected;
	const struct opener      *opener;
	struct map                erased; /* person -> 1 */
	uint64_t                  next;
	const char               *complaint;
};

static bool note_erased(void *owner, const struct record *record)
{
	struct examination *examination = owner;
	bool                fresh;

	if (record->number == EVENT_user_erased)
		*map_put(&examination->erased, &record->streams[0].id, &fresh) = 1;
	return true;
}

static bool check_record(void *owner, const struct record *record)
{
	struct examination      *examination = owner;
	struct arena             arena = {0};
	const struct event_type *type;
	const void              *event;
	bool                     erased = map_get(&examination->erased, &record->streams[0].id) != NULL;

	if (record->position != examination->next++)
		examination->complaint = "there is a gap";
	else if (examination->expected->leaves
	         && !hash_equal(&record->leaf, &examination->expected->leaves[record->position]))
		examination->complaint = "an event is not the one that was written";
	else if (record_event(record, examination->opener, &arena, &type, &event) != STATUS_OK)
		examination->complaint = "an event cannot be read";
	else if (record->number == EVENT_profile_changed
	         && text_is_forgotten(((const struct profile_changed *)event)->name) != erased)
		examination->complaint = erased ? "an erased person is not forgotten" : "a person is forgotten";
	arena_finish(&arena);
	return examination->complaint == NULL;
}

static void count_finding(void *owner, const struct verify_finding *finding)
{
	(void)owner;
	(void)finding;
}

static const char *verify(const char *folder)
{
	struct verify_settings settings = {.data = folder, .threads = 1, .index = true, .on_finding = count_finding};
	struct verify_result   result;

	if (verify_log(&settings, &result) != STATUS_OK)
		return "the log cannot be verified";
	return result.findings == 0 ? NULL : "the log, its tree and its index do not agree";
}

static const char *examine_records(const char *folder, const struct expectation *expected, struct store *store)
{
	struct examination examination = {.expected = expected,
	                                  .opener = keys_opener(store_keys(store)),
	                                  .erased = {.key_size = sizeof(struct id)},
	                                  .next = 1};
	struct reader     *reader;

	if (reader_open(folder, &reader) != STATUS_OK
	    || reader_each(reader, 1, UINT32_MAX, note_erased, &examination) != STATUS_OK
	    || reader_each(reader, 1, UINT32_MAX, check_record, &examination) != STATUS_OK)
		return examination.complaint ? examination.complaint : "the log cannot be read";
	reader_close(reader);
	map_finish(&examination.erased);
	return examination.complaint;
}

static const char *examine(const char *folder, const struct expectation *expected)
{
	char                  master[PATH_MAX];
	struct store_settings settings = {.directory = folder, .master_path = master};
	struct store         *store;
	const char           *complaint = NULL;

	snprintf(master, sizeof(master), "%s/master.key", folder);
	if (store_open(&settings, &store) != STATUS_OK)
		return "it does not open";
	if (store_head(store) < expected->told)
		complaint = "an event is lost that somebody was told of";
	else if (store_head(store) > expected->events)
		complaint = "there is an event that nobody wrote";
	if (!complaint)
		complaint = examine_records(folder, expected, store);
	if (!complaint) {
		ground_happen(store, ground_id(1));
		ground_commit(store);
	}
	store_close(store);
	return complaint ? complaint : verify(folder);
}

const char *examine_apart(const char *folder, const struct expectation *expected)
{
	static char complaint[EXAMINE_COMPLAINT_MAX];
	int         pipes[2], status;
	ssize_t     size;
	pid_t       pid;

	require(pipe(pipes) == 0 && (pid = fork()) >= 0);
	if (pid == 0) {
		const char *said;

		require(freopen("/dev/null", "w", stderr));
		alarm(PATIENCE_S);
		said = examine(folder, expected);
		_exit(said && write(pipes[1], said, strlen(said)) > 0);
	}
	close(pipes[1]);
	size = read(pipes[0], complaint, sizeof(complaint) - 1);
	close(pipes[0]);
	require(waitpid(pid, &status, 0) == pid);
	if (WIFSIGNALED(status))
		size = snprintf(complaint, sizeof(complaint), "signal %d", WTERMSIG(status));
	complaint[size > 0 ? size : 0] = '\0';
	return size > 0 ? complaint : NULL;
}
