#include "eventstore/writer/store_probe.h"

#include "eventstore/base/diag.h"
#include "eventstore/disk/kv_draft.h"
#include "eventstore/disk/pages.h"

#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void open_and_close(const struct store_settings *settings, pid_t parent) __attribute__((noreturn));

static void open_and_close(const struct store_settings *settings, pid_t parent)
{
	struct store_settings alone = *settings;
	struct store         *store;
	enum status           status;

	/* When the wait for it is cut short, the next writer is not to find it at the lock. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(STATUS_IO);
	alone.index_by_hand = true;
	alone.journal_max = 0;
	status = store_open(&alone, &store);
	if (status == STATUS_OK)
		store_close(store);
	_exit((int)status);
}

static void tell_page(void *owner, const struct pages_finding *finding)
{
	diag(DIAG_ERROR, "store_damaged", "%s: page %" PRIu64 ": %s", (const char *)owner, finding->page,
	     finding->sentence);
}

/* What LMDB calls an error of the system may come of a page that asks for the impossible. */
static bool is_damaged(const char *directory, const char *name)
{
	char                  path[PATH_MAX];
	struct pages_settings settings = {.path = path, .on_finding = tell_page, .owner = path};
	struct pages_result   result = {0};

	snprintf(path, sizeof(path), "%s/%s/" KV_DATA_FILE, directory, name);
	return pages_check(&settings, &result) == STATUS_OK && result.findings > 0;
}

static enum status explain(const struct store_settings *settings, enum status status)
{
	bool damaged = (status == STATUS_IO || status == STATUS_FULL)
	               && (is_damaged(settings->directory, "log") || is_damaged(settings->directory, KEYS_FOLDER)
	                   || is_damaged(settings->directory, "index"));

	return damaged ? STATUS_CORRUPT : status;
}

static bool is_a_fall(int number)
{
	return number == SIGSEGV || number == SIGBUS || number == SIGABRT || number == SIGFPE || number == SIGILL;
}

enum status store_probe(const struct store_settings *settings)
{
	int   result;
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		open_and_close(settings, parent);
	if (pid < 0 || waitpid(pid, &result, 0) != pid)
		return STATUS_IO;
	if (WIFEXITED(result))
		return explain(settings, (enum status)WEXITSTATUS(result));
	if (!is_a_fall(WTERMSIG(result)))
		return STATUS_IO;
	diag(DIAG_ERROR, "store_damaged",
	     "%s: opening it ended with signal %d, so a page of its files is damaged. `orrery audit verify` names it; "
	     "bring "
	     "back a backup.",
	     settings->directory, WTERMSIG(result));
	return STATUS_CORRUPT;
}
