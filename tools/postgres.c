#include "tools/postgres.h"

#include "eventstore/base/hash.h"
#include "eventstore/base/require.h"
#include "tools/probe.h"

#include <assert.h>
#include <errno.h>
#include <ftw.h>
#include <glob.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPEN_FOLDERS_MAX = 16, PID_FILE_LINE_STATUS = 8, FOLDER_NAME_HASH_BYTES = 8 };

static const char programs_folder[] = "/usr/lib/postgresql";
static const char elsewhere[] = "/var/lib/orrery";
static const char socket_name[] = "/.s.PGSQL.5432";

/* The settings of the server, given anew at each start. What the projector binds names people, in sealed form only, but
 * no value of any kind has a place in a log; WAL files are not kept for reuse, for the same reason. */
static const char *const server_settings[] = {
	"listen_addresses=",
	"port=5432",
	"unix_socket_permissions=0700",
	"shared_buffers=128MB",
	"max_connections=100",
	"synchronous_commit=on",
	"fsync=on",
	"jit=off",
	"wal_recycle=off",
	"log_parameter_max_length=0",
	"log_parameter_max_length_on_error=0",
	"log_min_error_statement=panic",
	"log_error_verbosity=terse",
	"timezone=UTC",
	"log_timezone=UTC",
};

/* One statement a line: single-user mode takes each line as a statement. */
static const char roles_sql[] = "CREATE ROLE " POSTGRES_READER " LOGIN\n"
				"ALTER ROLE " POSTGRES_READER " SET default_transaction_read_only = on\n"
				"ALTER ROLE " POSTGRES_READER " SET statement_timeout = '2s'\n"
				"CREATE ROLE " POSTGRES_PAST " LOGIN\n"
				"CREATE DATABASE " POSTGRES_DATABASE "\n"
				"GRANT CREATE ON DATABASE " POSTGRES_DATABASE " TO " POSTGRES_PAST "\n"
				"REVOKE TEMPORARY ON DATABASE " POSTGRES_DATABASE " FROM PUBLIC\n";

/* Whatever schema and table the projector makes from now on. */
static const char rights_sql[] =
	"ALTER DEFAULT PRIVILEGES FOR ROLE " POSTGRES_OWNER " GRANT USAGE ON SCHEMAS TO " POSTGRES_READER "\n"
	"ALTER DEFAULT PRIVILEGES FOR ROLE " POSTGRES_OWNER " GRANT SELECT ON TABLES TO " POSTGRES_READER "\n";

/* What the steps of preparing share. */
struct preparation {
	struct postgres *postgres;
	struct arena    *arena;
	const char      *complaint;
};

#define REFUSE(preparation, ...)                                                                                       \
	((preparation)->complaint = arena_format((preparation)->arena, __VA_ARGS__).data, (void)0, false)

static const char *below(struct arena *arena, const char *folder, const char *name)
{
	return arena_format(arena, "%s/%s", folder, name).data;
}

static const struct account *account_of(const struct postgres *postgres)
{
	return postgres->lent ? &postgres->account : NULL;
}

/* The folder ------------------------------------------------------------------------------------------------------ */

static int remove_entry(const char *path, const struct stat *stat, int kind, struct FTW *walk)
{
	return remove(path);
}

/* True also when there is nothing there. */
static bool remove_tree(const char *path)
{
	return nftw(path, remove_entry, OPEN_FOLDERS_MAX, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT;
}

static bool give_folder(struct preparation *preparation, const char *path)
{
	const struct account *account = account_of(preparation->postgres);

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return REFUSE(preparation, "The folder %s cannot be made: %s.", path, strerror(errno));
	if (account && chown(path, account->uid, account->gid) != 0)
		return REFUSE(preparation, "The folder %s cannot be given to %s: %s.", path, account->name,
		              strerror(errno));
	return true;
}

/* A folder in a place that the account can reach; `link` will lead to it. What lies there already belonged to a data
 * folder that is gone, since there was no link to it. */
static bool place_elsewhere(struct preparation *preparation, const char *data_folder, const char *link)
{
	struct hash   hash = hash_sha256(text_bytes(text_from(data_folder)));
	struct arena *arena = preparation->arena;
	const char   *path = arena_format(arena, "%s/postgres-", elsewhere).data;

	for (size_t i = 0; i < FOLDER_NAME_HASH_BYTES; i++)
		path = arena_format(arena, "%s%02x", path, hash.bytes[i]).data;
	if (mkdir(elsewhere, 0711) != 0 && errno != EEXIST)
		return REFUSE(preparation,
		              "The account %s cannot reach %s, and %s cannot be made: %s. Choose another ORRERY_DATA.",
		              preparation->postgres->account.name, data_folder, elsewhere, strerror(errno));
	if (!remove_tree(path))
		return REFUSE(preparation, "%s is left over and cannot be removed: %s.", path, strerror(errno));
	if (!give_folder(preparation, path))
		return false;
	if (symlink(path, link) != 0)
		return REFUSE(preparation, "%s cannot be made a link to %s: %s.", link, path, strerror(errno));
	return true;
}

static bool place_folder(struct preparation *preparation, const char *data_folder)
{
	struct postgres *postgres = preparation->postgres;
	const char      *wanted = below(preparation->arena, data_folder, "postgres");
	char             real[PATH_MAX];
	bool             reachable = !postgres->lent || account_may_enter(&postgres->account, data_folder);
	struct stat      stat;

	if (reachable && !give_folder(preparation, wanted))
		return false;
	if (!reachable && lstat(wanted, &stat) != 0 && !place_elsewhere(preparation, data_folder, wanted))
		return false;
	if (!realpath(wanted, real))
		return REFUSE(preparation, "%s leads nowhere: %s. Remove it; what it held is made again from the log.",
		              wanted, strerror(errno));
	if (postgres->lent && !account_may_enter(&postgres->account, real))
		return REFUSE(preparation, "The account %s cannot reach %s. Move the data folder, or set ORRERY_PG.",
		              postgres->account.name, real);
	postgres->folder = arena_text(preparation->arena, text_from(real)).data;
	postgres->data = below(preparation->arena, postgres->folder, "data");
	postgres->socket = below(preparation->arena, postgres->folder, "run");
	if (strlen(postgres->socket) + strlen(socket_name) > socket_path_size_max)
		return REFUSE(
			preparation,
			"The path %s%s is too long for a socket, which takes %zu bytes. Choose a shorter ORRERY_DATA.",
			postgres->socket, socket_name, socket_path_size_max);
	return give_folder(preparation, postgres->socket);
}

/* The server's program --------------------------------------------------------------------------------------------- */

/* The major version that made the cluster, 0 when there is no cluster. */
static unsigned long cluster_version(const struct postgres *postgres, struct arena *arena)
{
	char          line[16] = "";
	FILE         *file = fopen(below(arena, postgres->data, "PG_VERSION"), "re");
	unsigned long version = 0;

	if (!file)
		return 0;
	if (fgets(line, sizeof(line), file))
		version = strtoul(line, NULL, 10);
	fclose(file);
	return version;
}

static unsigned long newest_version(void)
{
	char          pattern[PATH_MAX];
	glob_t        found;
	unsigned long newest = 0;

	snprintf(pattern, sizeof(pattern), "%s/*/bin/initdb", programs_folder);
	if (glob(pattern, 0, NULL, &found) != 0)
		return 0;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		unsigned long version = strtoul(found.gl_pathv[i] + sizeof(programs_folder), NULL, 10);

		newest = version > newest ? version : newest;
	}
	globfree(&found);
	return newest;
}

static bool find_program(struct preparation *preparation)
{
	struct postgres *postgres = preparation->postgres;
	unsigned long    made_by = cluster_version(postgres, preparation->arena);
	unsigned long    version = made_by ? made_by : newest_version();

	if (version == 0)
		return REFUSE(preparation,
		              "There is no PostgreSQL in %s. Install the package postgresql, or set ORRERY_PG.",
		              programs_folder);
	postgres->program = arena_format(preparation->arena, "%s/%lu/bin/postgres", programs_folder, version).data;
	if (access(postgres->program, X_OK) != 0)
		return REFUSE(preparation,
		              "%s was made by PostgreSQL %lu, which is not installed. Remove it; it is made again from "
		              "the log.",
		              postgres->data, version);
	return true;
}

/* Making the cluster ----------------------------------------------------------------------------------------------- */

static bool run_single_user(struct preparation *preparation, const char *data, const char *database, const char *sql)
{
	const struct postgres  *postgres = preparation->postgres;
	const struct child_plan plan = {
		.path = postgres->program,
		.arguments = {postgres->program, "--single", "-D", data, "-c", "exit_on_error=on", database},
		.input = sql,
		.log = below(preparation->arena, postgres->folder, "setup.log"),
		.account = account_of(postgres),
		.death_signal = SIGTERM,
	};

	if (child_run(&plan) != 0)
		return REFUSE(preparation, "The new PostgreSQL cluster cannot be set up: see %s.", plan.log);
	return true;
}

static bool run_initdb(struct preparation *preparation, const char *data)
{
	const struct postgres *postgres = preparation->postgres;
	char                   program[PATH_MAX];
	char                  *slash;
	struct child_plan      plan = {.path = program, .account = account_of(postgres), .death_signal = SIGTERM};
	const char *const      arguments[] = {program, "-D",    data,          "-U", POSTGRES_OWNER,
	                                      "-A",    "trust", "--no-locale", "-E", "UTF8"};

	static_assert(array_count(arguments) < CHILD_ARGUMENTS_MAX, "and a NULL");
	memcpy(plan.arguments, arguments, sizeof(arguments));
	plan.log = below(preparation->arena, postgres->folder, "setup.log");
	snprintf(program, sizeof(program), "%s", postgres->program);
	slash = strrchr(program, '/');
	require(slash && (size_t)(slash - program) + sizeof("/initdb") <= sizeof(program));
	memcpy(slash, "/initdb", sizeof("/initdb"));
	if (child_run(&plan) != 0)
		return REFUSE(preparation, "No PostgreSQL cluster can be made in %s: see %s.", data, plan.log);
	return true;
}

/* A cluster takes its name only when it is whole, so that a half-made one is never mistaken for it. */
static bool make_cluster(struct preparation *preparation)
{
	const struct postgres *postgres = preparation->postgres;
	const char            *fresh = below(preparation->arena, postgres->folder, "data.new");

	if (!remove_tree(fresh))
		return REFUSE(preparation, "%s is half made and cannot be removed: %s.", fresh, strerror(errno));
	if (!run_initdb(preparation, fresh) || !run_single_user(preparation, fresh, "postgres", roles_sql)
	    || !run_single_user(preparation, fresh, POSTGRES_DATABASE, rights_sql))
		return false;
	if (rename(fresh, postgres->data) != 0)
		return REFUSE(preparation, "%s cannot be renamed: %s.", fresh, strerror(errno));
	return true;
}

bool postgres_prepare(struct postgres *postgres, const char *data_folder, struct arena *arena, const char **complaint)
{
	struct preparation preparation = {.postgres = postgres, .arena = arena};
	bool               ok;

	postgres->lent = account_unprivileged(&postgres->account);
	ok = place_folder(&preparation, data_folder) && find_program(&preparation);
	if (ok && cluster_version(postgres, arena) == 0)
		ok = make_cluster(&preparation);
	if (!ok)
		*complaint = preparation.complaint;
	return ok;
}

bool postgres_find(struct postgres *postgres, const char *data_folder, struct arena *arena)
{
	char real[PATH_MAX];

	if (!realpath(below(arena, data_folder, "postgres"), real))
		return false;
	postgres->folder = arena_text(arena, text_from(real)).data;
	postgres->data = below(arena, postgres->folder, "data");
	postgres->socket = below(arena, postgres->folder, "run");
	return cluster_version(postgres, arena) > 0;
}

/* Running it ------------------------------------------------------------------------------------------------------- */

struct child_plan postgres_plan(const struct postgres *postgres, const char *log, struct arena *arena)
{
	struct child_plan plan = {
		.path = postgres->program,
		.arguments = {postgres->program, "-D", postgres->data, "-k",
	                      arena_format(arena, "\"%s\"", postgres->socket).data},
		.log = log,
		.account = account_of(postgres),
		.death_signal = SIGINT, /* fast shutdown */
	};
	size_t count = 5;

	static_assert(5 + 2 * array_count(server_settings) < CHILD_ARGUMENTS_MAX, "each setting is two arguments");
	for (size_t i = 0; i < array_count(server_settings); i++) {
		plan.arguments[count++] = "-c";
		plan.arguments[count++] = server_settings[i];
	}
	return plan;
}

/* The server writes its state into postmaster.pid: its process id in the first line, "ready" in the eighth. */
bool postgres_ready(void *owner, pid_t pid)
{
	const struct postgres *postgres = owner;
	char                   path[PATH_MAX], line[PATH_MAX];
	FILE                  *file;
	bool                   ours = false, ready = false;

	if (snprintf(path, sizeof(path), "%s/postmaster.pid", postgres->data) >= (int)sizeof(path))
		return false;
	file = fopen(path, "re");
	if (!file)
		return false;
	for (int number = 1; number <= PID_FILE_LINE_STATUS && fgets(line, sizeof(line), file); number++) {
		if (number == 1)
			ours = strtol(line, NULL, 10) == pid;
		if (number == PID_FILE_LINE_STATUS)
			ready = strncmp(line, "ready", strlen("ready")) == 0;
	}
	fclose(file);
	return ours && ready;
}

/* libpq: a value in single quotes, with a backslash before quotes and backslashes. */
const char *postgres_address(const struct postgres *postgres, const char *role, struct arena *arena)
{
	char   host[PATH_MAX * 2];
	size_t size = 0;

	for (const char *c = postgres->socket; *c; c++) {
		if (*c == '\'' || *c == '\\')
			host[size++] = '\\';
		host[size++] = *c;
	}
	host[size] = '\0';
	return arena_format(arena, "host='%s' dbname=%s user=%s", host, POSTGRES_DATABASE, role).data;
}
