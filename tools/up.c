/* orrery up: everything on one machine, under one supervisor. */
#include "eventstore/base/config.h"
#include "eventstore/base/diag.h"
#include "tools/postgres.h"
#include "tools/probe.h"
#include "tools/supervisor.h"
#include "tools/verb.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MEMBERS_MAX = 8, LOCK_POLL_MS = 100 };

static bool writer_ready(void *owner, pid_t pid);
static bool feed_ready(void *owner, pid_t pid);
static bool api_ready(void *owner, pid_t pid);
static bool feed_wanted(const struct config *config);

/* What is run beside PostgreSQL, in the order of starting; they are stopped in the reverse order. */
static const struct part {
	const char *program;
	const char *role; /* of the private cluster */
	bool (*ready)(void *owner, pid_t pid);
	bool (*wanted)(const struct config *config); /* NULL: always */
} parts[] = {
	{"orrery-writer", POSTGRES_READER, writer_ready, NULL},
	{"orrery-feed", POSTGRES_READER, feed_ready, feed_wanted},
	{"orrery-projector", POSTGRES_OWNER, NULL, NULL},
	{"orrery-simulator", POSTGRES_READER, NULL,
         NULL}, /* nobody waits for it: without it only simulations are away */
	{"orrery-subscriber", POSTGRES_READER, NULL, NULL},
	{"orrery-api", POSTGRES_READER, api_ready, NULL},
};

struct up {
	struct config   config;
	struct arena    arena;
	struct postgres postgres;
	const char     *logs; /* folder, NULL: stderr */
	struct member   members[MEMBERS_MAX];
	size_t          count;
};

/* Readiness ------------------------------------------------------------------------------------------------------ */

static bool writer_ready(void *owner, pid_t pid)
{
	const struct up *up = owner;

	return probe_unix_socket(config_path(&up->config, CONFIG_SOCKET));
}

static bool feed_ready(void *owner, pid_t pid)
{
	const struct up *up = owner;

	return probe_address(config_text(&up->config, CONFIG_FEED_LISTEN));
}

static bool feed_wanted(const struct config *config)
{
	return *config_text(config, CONFIG_FEED_LISTEN) != '\0';
}

/* With TLS there is no plain HTTP to ask by; then whoever accepts connections is taken to be ready. */
static bool api_ready(void *owner, pid_t pid)
{
	const struct up *up = owner;
	const char      *address = config_text(&up->config, CONFIG_LISTEN);

	if (*config_path(&up->config, CONFIG_TLS_CERT))
		return probe_address(address);
	return probe_http(address, "/readyz");
}

static void announce(void *owner)
{
	const struct up *up = owner;
	const char      *scheme = *config_path(&up->config, CONFIG_TLS_CERT) ? "https" : "http";

	printf("Orrery is ready: %s://%s/ (Ctrl-C stops it)\n", scheme, config_text(&up->config, CONFIG_LISTEN));
	fflush(stdout);
}

/* The data folder ------------------------------------------------------------------------------------------------- */

static int refuse(const char *sentence)
{
	diag(DIAG_ERROR, "up_refused", "%s", sentence);
	return EXIT_HOPELESS;
}

/* Others may pass through a folder that we make as root, so that PostgreSQL's account reaches its own inside. */
static bool make_data_folder(struct up *up, const char **complaint)
{
	const char *path = config_path(&up->config, CONFIG_DATA);

	if (mkdir(path, geteuid() == 0 ? 0711 : 0700) == 0 || errno == EEXIST)
		return true;
	*complaint = arena_format(&up->arena, "The data folder %s cannot be made: %s.", path, strerror(errno)).data;
	return false;
}

/* An open, locked file, or -1. Whoever inherits it keeps it locked. */
static int take_lock(struct up *up, const char *name, int flags)
{
	int file = open(config_in_data(&up->config, name, &up->arena), O_RDWR | O_CREAT | flags, 0600);

	if (file >= 0 && flock(file, LOCK_EX | LOCK_NB) != 0) {
		close(file);
		return -1;
	}
	return file;
}

/* One supervisor a data folder. The second lock is inherited by every child: so that, after a supervisor was killed,
 * the next one waits until the last of its children has ended. */
static bool lock_data_folder(struct up *up, const char **complaint)
{
	const struct timespec pause = {.tv_nsec = LOCK_POLL_MS * 1000000L};
	uint32_t              polls = (config_u32(&up->config, CONFIG_DRAIN_SECONDS) + 1) * 1000 / LOCK_POLL_MS;

	if (take_lock(up, "up.lock", O_CLOEXEC) < 0) {
		*complaint = arena_format(&up->arena, "Another `orrery up` runs on %s, or it cannot be written to.",
		                          config_path(&up->config, CONFIG_DATA))
		                     .data;
		return false;
	}
	for (uint32_t i = 0; i < polls; i++) {
		if (take_lock(up, "members.lock", 0) >= 0)
			return true;
		nanosleep(&pause, NULL);
	}
	*complaint = "Processes of an earlier `orrery up` still run on this data folder; end them first.";
	return false;
}

/* Members --------------------------------------------------------------------------------------------------------- */

static const char *log_of(struct up *up, const char *name)
{
	return up->logs ? arena_format(&up->arena, "%s/%s.log", up->logs, name).data : NULL;
}

static bool add_postgres(struct up *up, const char **complaint)
{
	const char *log;

	if (!postgres_prepare(&up->postgres, config_path(&up->config, CONFIG_DATA), &up->arena, complaint))
		return false;
	log = log_of(up, "postgres");
	if (!log)
		log = arena_format(&up->arena, "%s/server.log", up->postgres.folder).data;
	up->members[up->count++] = (struct member){
		.name = "postgres",
		.plan = postgres_plan(&up->postgres, log, &up->arena),
		.ready = postgres_ready,
		.owner = &up->postgres,
		.stop_signal = SIGINT,  /* fast: it does not wait for clients */
		.kill_signal = SIGQUIT, /* immediate: it recovers at the next start */
	};
	return true;
}

static const char *address_setting(struct up *up, const char *name, const char *role)
{
	return arena_format(&up->arena, "%s=%s", name, postgres_address(&up->postgres, role, &up->arena)).data;
}

static bool add_part(struct up *up, const struct part *part, const char **complaint)
{
	char              path[PATH_MAX];
	struct child_plan plan = {.arguments = {part->program}, .death_signal = SIGTERM};

	if (!program_find(part->program, path)) {
		*complaint = arena_format(&up->arena, "The program %s is missing beside `orrery`.", part->program).data;
		return false;
	}
	plan.path = arena_text(&up->arena, text_from(path)).data;
	plan.log = log_of(up, part->program);
	plan.settings[0] = arena_format(&up->arena, "ORRERY_DATA=%s", config_path(&up->config, CONFIG_DATA)).data;
	if (up->postgres.folder) {
		plan.settings[1] = address_setting(up, "ORRERY_PG", part->role);
		plan.settings[2] = address_setting(up, "ORRERY_PG_PAST", POSTGRES_PAST);
	}
	up->members[up->count++] = (struct member){
		.name = part->program,
		.plan = plan,
		.ready = part->ready,
		.owner = up,
		.stop_signal = SIGTERM,
		.kill_signal = SIGKILL,
	};
	return true;
}

/* All programs are looked for before anything starts. */
static bool add_members(struct up *up, const char **complaint)
{
	if (!*config_text(&up->config, CONFIG_PG) && !add_postgres(up, complaint))
		return false;
	for (size_t i = 0; i < array_count(parts); i++)
		if ((!parts[i].wanted || parts[i].wanted(&up->config)) && !add_part(up, &parts[i], complaint))
			return false;
	return true;
}

/* The verb -------------------------------------------------------------------------------------------------------- */

static bool make_logs_folder(struct up *up, const char **complaint)
{
	char real[PATH_MAX];

	if (!up->logs)
		return true;
	if ((mkdir(up->logs, 0700) != 0 && errno != EEXIST) || !realpath(up->logs, real)) {
		*complaint =
			arena_format(&up->arena, "The folder %s cannot be made: %s.", up->logs, strerror(errno)).data;
		return false;
	}
	up->logs = arena_text(&up->arena, text_from(real)).data;
	return true;
}

static bool check_socket_path(struct up *up, const char **complaint)
{
	const char *path = config_path(&up->config, CONFIG_SOCKET);

	if (strlen(path) <= socket_path_size_max)
		return true;
	*complaint = arena_format(&up->arena,
	                          "The path %s is too long for a socket, which takes %zu bytes. Set ORRERY_SOCKET.",
	                          path, socket_path_size_max)
	                     .data;
	return false;
}

static int up_run(struct up *up)
{
	const char *complaint = NULL;

	if (!check_socket_path(up, &complaint) || !make_data_folder(up, &complaint) || !lock_data_folder(up, &complaint)
	    || !make_logs_folder(up, &complaint) || !add_members(up, &complaint))
		return refuse(complaint);
	return supervise(&(struct supervision){
		.members = up->members,
		.count = up->count,
		.drain_seconds = config_u32(&up->config, CONFIG_DRAIN_SECONDS),
		.on_ready = announce,
		.owner = up,
	});
}

static int run_up(int argc, char **argv)
{
	struct up up = {0};
	int       code;

	if (argc == 3 && strcmp(argv[1], "--logs") == 0)
		up.logs = argv[2];
	else if (argc > 1)
		return verb_misused(&verb_up, "It takes no argument but --logs FOLDER.");
	config_load_or_exit(&up.config, "orrery-up");
	code = up_run(&up);
	arena_finish(&up.arena);
	config_finish(&up.config);
	return code;
}

const struct verb verb_up = {
	.name = "up",
	.sentence = "Runs everything on this machine until it is stopped.",
	.manual =
		"Usage: orrery up [--logs FOLDER]\n\n"
		"Starts PostgreSQL (unless ORRERY_PG names one), the writer, the feed for followers on other hosts if\n"
		"ORRERY_FEED_LISTEN says where, the projector, the simulator, the subscriber and the API;\n"
		"prints the address once all are ready, and starts again what dies. TERM or Ctrl-C stops all of them,\n"
		"the last one first; whoever is not done after ORRERY_DRAIN_SECONDS is killed. HUP is passed on.\n"
		"What they say goes to stderr as JSON lines, or with --logs into a file each.\n"
		"A program that ends with code 3 is left down: it has said why starting it again is no use.\n",
	.run = run_up,
};
