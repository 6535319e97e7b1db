/* orrery events, on a log that this test writes. Usage: events_test PATH-OF-ORRERY */
#include "eventstore/base/clock.h"
#include "eventstore/codec/codec_msgpack.h"
#include "eventstore/writer/store.h"
#include "schema/events.h"

#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { LINE_SIZE_MAX = 4096, WORDS_MAX = 4 };

static const char   *orrery;
static char          data[] = "/tmp/orrery-events-XXXXXX";
static char          master_path[PATH_MAX];
static struct store *store;
static struct id     ada;
static uint64_t      version;

/* A running `orrery events`. */
struct run {
	pid_t pid;
	FILE *out;
};

static void commit(void)
{
	struct batch *batch = store_close_batch(store);

	assert_int_equal(store_commit(store, batch), STATUS_OK);
	store_release_batch(store, batch);
}

/* One more durable event: Ada takes another name. */
static void rename_ada(const char *name)
{
	struct profile_changed event = {.user = ada, .name = text_from(name)};
	struct buffer          payload = {0};
	struct record          record = {
			 .number = EVENT_profile_changed,
			 .shape_version = 1,
			 .command_count = 1,
			 .stream_count = 1,
			 .time_us = clock_wall_us(),
			 .actor = ada,
			 .command = id_fresh(),
			 .streams = {{.id = ada, .version = ++version}},
        };

	assert_int_equal(
		msgpack_encode_shape(&profile_changed_shape, &event, 0, keys_sealer(store_keys(store)), &payload),
		STATUS_OK);
	record.payload = buffer_bytes(&payload);
	assert_int_equal(store_append(store, &record), STATUS_OK);
	commit();
	buffer_finish(&payload);
}

static struct run start(const char *const words[WORDS_MAX])
{
	const char *arguments[WORDS_MAX + 3] = {orrery, "events"};
	int         ends[2];
	struct run  run;

	for (size_t i = 0; i < WORDS_MAX; i++)
		arguments[2 + i] = words[i];
	assert_int_equal(pipe(ends), 0);
	run.pid = fork();
	if (run.pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execv(orrery, (char *const *)arguments);
		_exit(EXIT_FAILURE);
	}
	close(ends[1]);
	run.out = fdopen(ends[0], "r");
	assert_non_null(run.out);
	return run;
}

static int finish(struct run *run)
{
	int status;

	fclose(run->out);
	assert_int_equal(waitpid(run->pid, &status, 0), run->pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static const char *next_line(struct run *run)
{
	static char line[LINE_SIZE_MAX];

	return fgets(line, sizeof(line), run->out);
}

static void assert_says(const char *line, const char *words)
{
	if (!line || !strstr(line, words))
		fail_msg("\"%s\" does not say \"%s\"", line ? line : "(nothing)", words);
}

static void events_are_lines_in_order_and_personal_texts_stay_sealed(void **state)
{
	struct run  run = start((const char *const[WORDS_MAX]){NULL});
	char        stream[160], id[ID_TEXT_SIZE + 1];
	const char *line = next_line(&run);

	id_format(ada, id);
	snprintf(stream, sizeof(stream),
	         "\"streams\":[{\"noun\":\"user\",\"id\":\"%s\",\"version\":1}],\"actor\":\"%s\"", id, id);
	assert_says(line, "{\"position\":1,\"time\":\"");
	assert_says(line, "\"event\":\"profile_changed\"");
	assert_says(line, stream);
	assert_says(line, "\"name\":\"\\u0001");
	assert_null(strstr(line, "Ada"));
	assert_says(next_line(&run), "{\"position\":2,");
	assert_null(next_line(&run));
	assert_int_equal(finish(&run), EXIT_SUCCESS);
}

static void follow_prints_what_comes_later(void **state)
{
	struct run run = start((const char *const[WORDS_MAX]){"--follow", "--from", "2"});

	assert_says(next_line(&run), "{\"position\":2,");
	rename_ada("Ada Lovelace");
	assert_says(next_line(&run), "{\"position\":3,");
	assert_int_equal(kill(run.pid, SIGTERM), 0);
	assert_int_equal(finish(&run), -SIGTERM);
}

static int open_store(void **state)
{
	struct store_settings settings = {.directory = data, .master_path = master_path};

	if (!mkdtemp(data))
		return -1;
	snprintf(master_path, sizeof(master_path), "%s/master.key", data);
	setenv("ORRERY_DATA", data, 1);
	ada = id_fresh();
	if (store_open(&settings, &store))
		return -1;
	rename_ada("Ada Byron");
	rename_ada("Ada King");
	return 0;
}

static int remove_entry(const char *path, const struct stat *stat, int kind, struct FTW *walk)
{
	return remove(path);
}

static int close_store(void **state)
{
	store_close(store);
	return nftw(data, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_lines_in_order_and_personal_texts_stay_sealed),
		cmocka_unit_test(follow_prints_what_comes_later),
	};

	if (argc != 2)
		return EXIT_FAILURE;
	orrery = argv[1];
	return cmocka_run_group_tests(tests, open_store, close_store);
}
