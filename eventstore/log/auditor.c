#include "eventstore/log/auditor.h"

#include "eventstore/base/base64.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/base/ticker.h"
#include "eventstore/disk/pages.h"
#include "eventstore/disk/whole_file.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { VERIFIED_SIZE_MAX = 128, LOWEST_PRIORITY = 19, ROOT_TEXT_SIZE = BASE64_STANDARD_SIZE(sizeof(struct hash)) };

struct auditor {
	char            *data;
	struct ticker   *ticker;
	_Atomic uint64_t before; /* verified by runs that ended */
	_Atomic uint64_t checked;
	_Atomic uint64_t findings;
	atomic_bool      cancel;
};

/* ---------------------------------------------------------------- remembering */

static void verified_path(const char *data, char out[PATH_MAX])
{
	snprintf(out, PATH_MAX, "%s/verified", data);
}

static void root_text(const struct hash *root, char out[ROOT_TEXT_SIZE + 1])
{
	out[base64_standard_encode(BYTES(root->bytes, sizeof(root->bytes)), out)] = '\0';
}

/* "SIZE ROOT" */
static bool parse_verified(struct buffer *text, uint64_t *size, char root[ROOT_TEXT_SIZE + 1])
{
	_Static_assert(ROOT_TEXT_SIZE == 44, "the format below says so");
	buffer_append(text, BYTES("", 1));
	return sscanf((char *)text->data, "%" SCNu64 " %44s", size, root) == 2;
}

uint64_t auditor_remembered(const char *data, struct reader *reader)
{
	char                 path[PATH_MAX], expected[ROOT_TEXT_SIZE + 1], found[ROOT_TEXT_SIZE + 1];
	struct merkle_source tree = reader_tree(reader);
	struct buffer        text = {0};
	struct hash          root;
	uint64_t             size = 0;
	bool                 known;

	verified_path(data, path);
	known = whole_file_read(path, VERIFIED_SIZE_MAX, &text) == STATUS_OK && parse_verified(&text, &size, expected)
	        && merkle_root(&tree, size, &root) == STATUS_OK;
	buffer_finish(&text);
	if (!known)
		return 0;
	root_text(&root, found);
	return strcmp(expected, found) == 0 ? size : 0;
}

enum status auditor_remember(const char *data, const struct verify_result *result)
{
	char          path[PATH_MAX], root[ROOT_TEXT_SIZE + 1];
	struct buffer text = {0};
	enum status   status;

	verified_path(data, path);
	root_text(&result->root, root);
	buffer_format(&text, "%" PRIu64 " %s\n", result->size, root);
	status = whole_file_write(path, buffer_bytes(&text), 0644);
	buffer_finish(&text);
	return status;
}

/* ---------------------------------------------------------------- verifying */

static void log_finding(void *owner, const struct verify_finding *finding)
{
	struct auditor *auditor = owner;

	auditor->findings++;
	diag(DIAG_ERROR, "log_damaged", "position %" PRIu64 ": %s", finding->position,
	     verify_part_sentence(finding->part));
}

static enum status verify_rest(struct auditor *auditor, struct reader *reader, struct verify_result *result)
{
	struct verify_settings settings = {.data = auditor->data,
	                                   .threads = 1,
	                                   .trusted = auditor_remembered(auditor->data, reader),
	                                   .on_finding = log_finding,
	                                   .owner = auditor,
	                                   .checked = &auditor->checked,
	                                   .cancel = &auditor->cancel};

	auditor->before = settings.trusted;
	auditor->checked = 0;
	return verify_log(&settings, result);
}

static void log_page(void *owner, const struct pages_finding *finding)
{
	struct auditor *auditor = owner;

	auditor->findings++;
	diag(DIAG_ERROR, "log_damaged", "page %" PRIu64 " of its file: %s", finding->page, finding->sentence);
}

/* A damaged list of free pages, say, has the next commits write over what is in use; reading never meets it. */
static void look_at_pages(struct auditor *auditor)
{
	char                  path[PATH_MAX];
	struct pages_settings settings = {.path = path, .on_finding = log_page, .owner = auditor};
	struct pages_result   result;
	enum status           status;

	snprintf(path, sizeof(path), "%s/log/data.mdb", auditor->data);
	status = pages_check(&settings, &result);
	if (status != STATUS_OK && status != STATUS_BUSY)
		diag(DIAG_WARN, "log_not_verified", "%s", status_sentence(status));
}

static void look(void *owner)
{
	struct auditor      *auditor = owner;
	struct verify_result result;
	struct reader       *reader;
	enum status          status = reader_open(auditor->data, &reader);

	/* Of the thread alone, here. Its children, the threads that verify, inherit it. */
	setpriority(PRIO_PROCESS, (id_t)gettid(), LOWEST_PRIORITY);
	if (status == STATUS_OK) {
		status = verify_rest(auditor, reader, &result);
		reader_close(reader);
	}
	if (status == STATUS_OK && result.findings == 0) {
		status = auditor_remember(auditor->data, &result);
		auditor->before = result.size;
		auditor->checked = 0;
	}
	if (status != STATUS_OK && status != STATUS_BUSY)
		diag(DIAG_WARN, "log_not_verified", "%s", status_sentence(status));
	if (!auditor->cancel)
		look_at_pages(auditor);
}

struct auditor *auditor_start(const char *data)
{
	struct auditor *auditor = calloc(1, sizeof(*auditor));

	require(auditor != NULL);
	auditor->data = strdup(data);
	require(auditor->data != NULL);
	auditor->ticker = ticker_start(AUDITOR_EVERY_MS, true, look, auditor);
	return auditor;
}

void auditor_stop(struct auditor *auditor)
{
	if (!auditor)
		return;
	auditor->cancel = true;
	ticker_stop(auditor->ticker);
	free(auditor->data);
	free(auditor);
}

struct auditor_progress auditor_progress(const struct auditor *auditor)
{
	struct auditor_progress progress = {0};

	if (auditor)
		progress = (struct auditor_progress){.verified = auditor->before + auditor->checked,
		                                     .findings = auditor->findings};
	return progress;
}
