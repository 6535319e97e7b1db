/* orrery audit verify: everything that can be compared, compared. */
#include "eventstore/base/base64.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/config.h"
#include "eventstore/log/auditor.h"
#include "tools/audit.h"
#include "tools/audit_checkpoint.h"
#include "tools/audit_pages.h"
#include "tools/audit_vault.h"
#include "tools/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FINDINGS_SHOWN_MAX = 100 };

struct wish {
	bool     full, index, json;
	uint64_t threads;
};

/* Shared with the process that reads, which a damaged file may kill. */
struct shared {
	_Atomic uint64_t checked;
};

struct report {
	const struct wish *wish;
	struct config     *config;
	struct shared     *shared;
	uint64_t           shown;
};

/* ---------------------------------------------------------------- saying it */

static void print_finding(void *owner, const struct verify_finding *finding)
{
	struct report *report = owner;
	char           stream[ID_TEXT_SIZE + 1] = "";

	if (report->shown++ >= FINDINGS_SHOWN_MAX)
		return;
	if (id_present(finding->stream))
		id_format(finding->stream, stream);
	if (report->wish->json) {
		printf("{\"finding\":\"%s\",\"position\":%" PRIu64 ",\"level\":%u", verify_part_sentence(finding->part),
		       finding->position, finding->level);
		printf(*stream ? ",\"stream\":\"%s\"}\n" : "%s}\n", stream);
		return;
	}
	printf("position %" PRIu64 ": %s", finding->position, verify_part_sentence(finding->part));
	if (finding->part == VERIFY_NODE)
		printf(" (level %u)", finding->level);
	printf(*stream ? "; stream %s\n" : "%s\n", stream);
}

static void print_result(const struct report *report, const struct verify_result *result, const char *checkpoint,
                         double seconds)
{
	char     size[PROGRESS_NUMBER_SIZE], read[PROGRESS_NUMBER_SIZE], rate[PROGRESS_NUMBER_SIZE];
	char     root[BASE64_STANDARD_SIZE(sizeof(result->root))];
	uint64_t checked = report->shared->checked;

	base64_standard_encode(BYTES(result->root.bytes, sizeof(result->root.bytes)), root);
	if (report->wish->json) {
		printf("{\"events\":%" PRIu64 ",\"read\":%" PRIu64 ",\"seconds\":%.3f,\"findings\":%" PRIu64
		       ",\"root\":\"%.*s\",\"checkpoint\":\"%s\"}\n",
		       result->size, checked, seconds, result->findings, (int)sizeof(root), root, checkpoint);
		return;
	}
	if (result->findings > FINDINGS_SHOWN_MAX)
		printf("… and %" PRIu64 " more\n", result->findings - FINDINGS_SHOWN_MAX);
	printf("%s events, of which %s were read in %.1f s (%s a second)\n", progress_number(result->size, size),
	       progress_number(checked, read), seconds,
	       progress_number(seconds > 0 ? (uint64_t)((double)checked / seconds) : 0, rate));
	printf("root        %.*s\ncheckpoint  %s\n", (int)sizeof(root), root, checkpoint);
	printf(result->findings ? "%" PRIu64 " findings: the log is damaged\n" : "No findings: the log is intact\n",
	       result->findings);
}

/* ---------------------------------------------------------------- the work */

static int verify_and_print(struct report *report, struct reader *reader, uint64_t head)
{
	uint64_t trusted =
		report->wish->full ? 0 : auditor_remembered(config_path(report->config, CONFIG_DATA), reader);
	struct verify_settings settings = {.data = config_path(report->config, CONFIG_DATA),
	                                   .threads = (unsigned)report->wish->threads,
	                                   .index = report->wish->index,
	                                   .trusted = trusted,
	                                   .on_finding = print_finding,
	                                   .owner = report,
	                                   .checked = &report->shared->checked};
	struct progress       *progress = progress_start("Verified", "events", settings.checked, head - trusted);
	struct verify_result   result;
	int64_t                began_us = clock_monotonic_us();
	enum status            status = verify_log(&settings, &result);
	bool                   contradicted;
	const char            *checkpoint;

	progress_stop(progress);
	if (status != STATUS_OK)
		return audit_failed("verify", status);
	checkpoint = audit_compare_checkpoint(report->config, reader, &contradicted);
	result.findings += contradicted;
	result.findings += audit_vault(report->config, report->wish->json);
	print_result(report, &result, checkpoint, (double)(clock_monotonic_us() - began_us) / 1e6);
	/* Only speed is lost when it cannot be written. */
	if (result.findings == 0 && auditor_remember(settings.data, &result) != STATUS_OK)
		fputs("orrery audit: what was verified could not be noted; the next run reads it again.\n", stderr);
	return result.findings == 0 ? EXIT_SUCCESS : AUDIT_DAMAGED;
}

static int verify(struct report *report)
{
	struct reader *reader;
	uint64_t       head;
	int            code;
	enum status    status = reader_open(config_path(report->config, CONFIG_DATA), &reader);

	if (status != STATUS_OK)
		return audit_failed("verify", status);
	status = reader_head(reader, &head);
	code = status == STATUS_OK ? verify_and_print(report, reader, head) : audit_failed("verify", status);
	reader_close(reader);
	return code;
}

/* LMDB's own pages bear no hashes: one that is damaged may lead it anywhere, and so it reads in a process of its own.
 */
static int verify_apart(struct report *report)
{
	int   result;
	pid_t pid = fork();

	if (pid == 0) {
		int code = verify(report);

		fflush(stdout);
		_exit(code);
	}
	if (pid < 0 || waitpid(pid, &result, 0) != pid)
		return audit_failed("verify", STATUS_IO);
	if (WIFEXITED(result))
		return WEXITSTATUS(result);
	printf("the file's structure is damaged: reading it ended with signal %d after %" PRIu64 " events\n",
	       WTERMSIG(result), (uint64_t)report->shared->checked);
	return AUDIT_DAMAGED;
}

/* What cannot be read may still be named by its page. */
static int verify_pages(const struct report *report, int code)
{
	struct audit_pages_wish wish = {.index = report->wish->index, .json = report->wish->json};
	uint64_t                findings = audit_pages(report->config, &wish);

	if (findings == 0)
		return code;
	if (!wish.json)
		printf("%" PRIu64 " findings in the pages of the files: they are damaged\n", findings);
	return AUDIT_DAMAGED;
}

static int run_with(struct wish *wish, struct config *config)
{
	struct report report = {.wish = wish, .config = config};
	int           code;

	report.shared = mmap(NULL, sizeof(*report.shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report.shared == MAP_FAILED)
		return audit_failed("verify", STATUS_IO);
	code = verify_pages(&report, verify_apart(&report));
	munmap(report.shared, sizeof(*report.shared));
	return code;
}

/* ---------------------------------------------------------------- the verb */

static bool read_wish(int argc, char **argv, struct wish *wish)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--full") == 0)
			wish->full = true;
		else if (strcmp(argv[i], "--no-index") == 0)
			wish->index = false;
		else if (strcmp(argv[i], "--json") == 0)
			wish->json = true;
		else if (strcmp(argv[i], "--threads") != 0 || ++i == argc
		         || !text_parse_u64(text_from(argv[i]), &wish->threads) || wish->threads == 0
		         || wish->threads > VERIFY_THREADS_MAX)
			return false;
	}
	return true;
}

static int run_verify(int argc, char **argv)
{
	long          cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct wish   wish = {.index = true, .threads = cores > 0 && cores <= VERIFY_THREADS_MAX ? (uint64_t)cores : 1};
	struct config config;
	int           code;

	if (!read_wish(argc, argv, &wish))
		return audit_misused(&audit_verify, "It takes --full, --no-index, --threads N and --json.");
	config_load_or_exit(&config, "orrery-audit");
	code = run_with(&wish, &config);
	config_finish(&config);
	return code;
}

const struct verb audit_verify = {
	.name = "verify",
	.sentence = "Reads the log again and compares every record, hash and index entry.",
	.manual = "Usage: orrery audit verify [--full] [--no-index] [--threads N] [--json]\n\n"
		  "Each record is hashed and compared with its leaf, each node of the tree with those below it, the "
		  "tree\n"
		  "with the last signed checkpoint, and the index's streams, types, command ids and claims with the "
		  "records.\n"
		  "With the master key at hand, each person's key is tried. What an earlier run found intact is read "
		  "again\n"
		  "only with --full. The log may be written meanwhile. At last the pages of the files are walked, "
		  "without\n"
		  "trusting them; a finding there tells the file, the page, where it begins, and what is wrong.\n"
		  "--full       from the first event on\n"
		  "--no-index   does not look at the index, which can be deleted and made again\n"
		  "--threads N  instead of one a core\n"
		  "--json       a line of JSON for each finding and one for the result\n"
		  "Exit codes: 0 intact, 1 could not be done, 2 not understood, 3 damaged.\n",
	.run = run_verify,
};
