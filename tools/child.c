#include "tools/child.h"

#include "eventstore/base/require.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_NOT_RUN = 127, EXIT_SIGNAL_BASE = 128, LOG_MODE = 0600 };

/* Programs ------------------------------------------------------------------------------------------------------- */

static bool is_program(const char *path)
{
	return access(path, X_OK) == 0;
}

/* meson puts each program into its own folder's build folder; an installed tree has them all in one. */
static bool find_in_build_folder(const char *folder, const char *name, char *path)
{
	char   pattern[PATH_MAX];
	glob_t found;
	bool   ok = false;

	if (snprintf(pattern, sizeof(pattern), "%s/../{*,*/*}/%s", folder, name) >= (int)sizeof(pattern))
		return false;
	if (glob(pattern, GLOB_BRACE, NULL, &found) == 0) {
		ok = is_program(found.gl_pathv[0]) && realpath(found.gl_pathv[0], path);
		globfree(&found);
	}
	return ok;
}

bool program_find(const char *name, char *path)
{
	char    folder[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", folder, sizeof(folder) - 1);
	char   *slash;

	if (size <= 0)
		return false;
	folder[size] = '\0';
	slash = strrchr(folder, '/');
	require(slash != NULL);
	*slash = '\0';
	if (snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX && is_program(path))
		return true;
	slash = strrchr(folder, '/');
	return slash && strcmp(slash, "/tools") == 0 && find_in_build_folder(folder, name, path);
}

/* Accounts ------------------------------------------------------------------------------------------------------- */

bool account_unprivileged(struct account *out)
{
	static const char *const names[] = {"postgres", "nobody"};

	if (geteuid() != 0)
		return false;
	for (size_t i = 0; i < array_count(names); i++) {
		const struct passwd *entry = getpwnam(names[i]);

		if (entry) {
			*out = (struct account){.uid = entry->pw_uid, .gid = entry->pw_gid};
			snprintf(out->name, sizeof(out->name), "%s", names[i]);
			return true;
		}
	}
	return false;
}

static bool become(const struct account *account)
{
	return initgroups(account->name, account->gid) == 0 && setgid(account->gid) == 0 && setuid(account->uid) == 0;
}

bool account_may_enter(const struct account *account, const char *folder)
{
	int   status;
	pid_t pid = fork();

	if (pid < 0)
		return false;
	if (pid == 0)
		_exit(become(account) && access(folder, X_OK) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
	while (waitpid(pid, &status, 0) < 0)
		require(errno == EINTR);
	return child_exit_code(status) == EXIT_SUCCESS;
}

/* Inside the child ----------------------------------------------------------------------------------------------- */

__attribute__((noreturn)) static void give_up(const char *path, const char *what)
{
	fprintf(stderr, "{\"level\":\"error\",\"what\":\"not_started\",\"program\":\"%s\",\"detail\":\"%s: %s\"}\n",
	        path, what, strerror(errno));
	_exit(EXIT_NOT_RUN);
}

/* Signals are as a fresh process expects them, not as our loop has them. */
static void reset_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
}

static int open_input(const char *text)
{
	int    file;
	size_t size = text ? strlen(text) : 0;

	if (!text)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	file = memfd_create("input", MFD_CLOEXEC);
	if (file < 0 || write(file, text, size) != (ssize_t)size || lseek(file, 0, SEEK_SET) != 0)
		return -1;
	return file;
}

static void connect_files(const struct child_plan *plan)
{
	int input = open_input(plan->input);
	int output = STDERR_FILENO;

	if (plan->log)
		output = open(plan->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, LOG_MODE);
	if (input < 0 || output < 0)
		give_up(plan->path, plan->log ? plan->log : "its input");
	if (dup2(input, STDIN_FILENO) < 0 || dup2(plan->output > 0 ? plan->output : output, STDOUT_FILENO) < 0
	    || dup2(output, STDERR_FILENO) < 0)
		give_up(plan->path, "its files");
}

static void change_account(const struct child_plan *plan)
{
	if (!plan->account)
		return;
	if (clearenv() != 0 || setenv("PATH", "/usr/bin:/bin", 1) != 0 || chdir("/") != 0 || !become(plan->account))
		give_up(plan->path, plan->account->name);
}

static void apply_settings(const struct child_plan *plan)
{
	for (size_t i = 0; i < CHILD_SETTINGS_MAX && plan->settings[i]; i++)
		if (putenv(strdup(plan->settings[i])) != 0)
			give_up(plan->path, plan->settings[i]);
}

__attribute__((noreturn)) static void run_child(const struct child_plan *plan, pid_t parent)
{
	reset_signals();
	setsid();
	connect_files(plan);
	change_account(plan);
	apply_settings(plan);
	/* After the change of account, which would take it back. A parent already dead is noticed at once. */
	if (prctl(PR_SET_PDEATHSIG, plan->death_signal) != 0 || getppid() != parent)
		give_up(plan->path, "its parent is gone");
	execv(plan->path, (char *const *)plan->arguments);
	give_up(plan->path, "it cannot be run");
}

/* The parent's side ---------------------------------------------------------------------------------------------- */

pid_t child_start(const struct child_plan *plan)
{
	pid_t parent = getpid();
	pid_t pid;

	require(plan->path && plan->arguments[0] && plan->death_signal);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		run_child(plan, parent);
	return pid;
}

int child_run(const struct child_plan *plan)
{
	int   status;
	pid_t pid = child_start(plan);

	if (pid < 0)
		return -1;
	while (waitpid(pid, &status, 0) < 0)
		require(errno == EINTR);
	return child_exit_code(status);
}

int child_exit_code(int wait_status)
{
	return WIFSIGNALED(wait_status) ? EXIT_SIGNAL_BASE + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}
