/* orrery-subscriber: follows the log and acts on it. Today its one subscriber writes mails. */
#include "eventstore/await.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/config.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/doorbell.h"
#include "schema/events.h"
#include "subscribers/cursor.h"
#include "subscribers/mail.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	BATCH = 256,
	UNSTORED_MAX = 10 * 1000, /* events that a restart may have to pass by again */
	GATHER_US = 20 * 1000, /* a mail has that time, and a wake-up for each commit would cost more than the walk */
	WAIT_MS = 1000,
	RETRY_MS = 2000,
};

struct mailer {
	struct mail_writer writer;
	struct outbox      outbox;
	struct reader     *records; /* the walk; the writer has a reader of its own to look people up */
	struct keys       *keys;
	struct doorbell   *doorbell;
	const char        *cursor_path;
	uint64_t           position; /* of the last event dealt with */
	uint64_t           stored;
	bool               acted; /* since it was stored */
	struct arena       arena;
	enum status        status;
	_Atomic bool       stopping;
};

static enum status deal_with(struct mailer *mailer, const struct record *record)
{
	struct mail mail;
	enum status status;

	if (!mail_concerns(record->number))
		return STATUS_OK;
	mailer->acted = true;
	if (record->number == EVENT_user_erased)
		return mailer->outbox.forget(mailer->outbox.owner, record->streams[0].id);
	status = mail_for(&mailer->writer, record, &mailer->arena, &mail);
	if (status == STATUS_OK)
		status = mailer->outbox.send(mailer->outbox.owner, &mail);
	arena_reset(&mailer->arena);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static bool take(void *owner, const struct record *record)
{
	struct mailer *mailer = owner;

	mailer->status = deal_with(mailer, record);
	if (mailer->status != STATUS_OK) {
		diag(DIAG_ERROR, "mail_failed", "position %" PRIu64 ": %s", record->position,
		     status_sentence(mailer->status));
		return false;
	}
	mailer->position = record->position;
	return !mailer->stopping;
}

static enum status keep_place(struct mailer *mailer)
{
	enum status status;

	if (mailer->position == mailer->stored)
		return STATUS_OK;
	status = cursor_store(mailer->cursor_path, reader_identity(mailer->records), mailer->position);
	if (status != STATUS_OK) {
		diag(DIAG_ERROR, "cursor_not_stored", "%s: %s", mailer->cursor_path, status_sentence(status));
		return status;
	}
	mailer->stored = mailer->position;
	mailer->acted = false;
	return STATUS_OK;
}

/* One batch; a failure is tried again later from the same place. Two syncs for each batch that called for nothing would
 * cost more than passing it by again after a crash. */
static enum status step(struct mailer *mailer)
{
	enum status status = reader_each(mailer->records, mailer->position + 1, BATCH, take, mailer);
	enum status kept = STATUS_OK;

	if (status == STATUS_OK)
		status = mailer->status;
	mailer->status = STATUS_OK;
	if (mailer->acted || mailer->position - mailer->stored >= UNSTORED_MAX)
		kept = keep_place(mailer);
	return status == STATUS_OK ? kept : status;
}

/* The place is stored too when a whole wait brought nothing, and at the end. */
static void run(struct mailer *mailer)
{
	bool waited = false;

	while (!mailer->stopping) {
		uint64_t    before = mailer->position;
		enum status status = step(mailer);
		bool        idle = mailer->position == before;

		if (status == STATUS_OK && idle && waited)
			status = keep_place(mailer);
		if (status != STATUS_OK)
			doorbell_wait(mailer->doorbell, UINT64_MAX, RETRY_MS);
		else if (idle)
			doorbell_wait(mailer->doorbell, mailer->position, WAIT_MS);
		else if (mailer->position - before < BATCH)
			usleep(GATHER_US);
		waited = idle;
	}
	if (keep_place(mailer) != STATUS_OK)
		diag(DIAG_WARN, "mailer_place_lags", "position %" PRIu64 " is stored", mailer->stored);
}

/* ---------------------------------------------------------------- starting and stopping */

static struct mailer *signalled; /* for the thread that waits for signals */

static void *take_signals(void *owner)
{
	sigset_t *wanted = owner;
	int       number;

	if (sigwait(wanted, &number) == 0) {
		diag(DIAG_INFO, "stopping", "signal %d", number);
		signalled->stopping = true;
		doorbell_interrupt(signalled->doorbell);
	}
	return NULL;
}

static void wait_for_signals(struct mailer *mailer, sigset_t *wanted)
{
	pthread_t thread;

	signalled = mailer;
	require(pthread_create(&thread, NULL, take_signals, wanted) == 0);
	pthread_detach(thread);
}

/* The writer makes log and vault, and may start at the same moment; TERM ends the waiting as it ends any process. */
struct opening {
	struct mailer       *mailer;
	const struct config *config;
};

static enum status open_records(void *owner)
{
	struct opening *opening = owner;

	return reader_open(config_path(opening->config, CONFIG_DATA), &opening->mailer->records);
}

static enum status open_vault(void *owner)
{
	struct opening *opening = owner;
	char            path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" KEYS_FOLDER, config_path(opening->config, CONFIG_DATA));
	return keys_open(path, config_path(opening->config, CONFIG_MASTER_KEY_FILE), KEYS_READ, &opening->mailer->keys);
}

static enum status open_log(struct mailer *mailer, const struct config *config)
{
	struct opening opening = {.mailer = mailer, .config = config};
	enum status    status = await_store(open_records, &opening);

	if (status == STATUS_OK)
		status = reader_open(config_path(config, CONFIG_DATA), &mailer->writer.reader);
	if (status != STATUS_OK)
		return status;
	return await_store(open_vault, &opening);
}

/* Where to go on. A place that is not on this log is for a person to judge: for events that the log does not hold,
 * mails may have gone out. */
static enum status find_place(struct mailer *mailer)
{
	uint64_t    head;
	enum status status = reader_head(mailer->records, &head);

	if (status == STATUS_OK)
		status = cursor_load(mailer->cursor_path, reader_identity(mailer->records), &mailer->position);
	if (status == STATUS_OK && mailer->position > head)
		status = STATUS_CONFLICT;
	if (status == STATUS_CONFLICT)
		diag(DIAG_ERROR, "cursor_not_on_log",
		     "%s is ahead of this log, or of another one: the log was restored from a backup, and mails were "
		     "written for events that it does not hold. Delete the file to go on with what came after the "
		     "restore; no mail is written again",
		     mailer->cursor_path);
	mailer->stored = mailer->position;
	return status;
}

static enum status open_mailer(struct mailer *mailer, const struct config *config, char cursor_path[PATH_MAX])
{
	enum status status = open_log(mailer, config);

	if (status != STATUS_OK)
		return status;
	if (mkdir(config_path(config, CONFIG_MAIL), 0750) != 0 && errno != EEXIST)
		return STATUS_IO;
	snprintf(cursor_path, PATH_MAX, "%s/mail.cursor", config_path(config, CONFIG_DATA));
	mailer->cursor_path = cursor_path;
	mailer->writer.opener = keys_opener(mailer->keys);
	mailer->writer.origin = text_from(config_text(config, CONFIG_ORIGIN));
	mailer->doorbell = doorbell_create(config_path(config, CONFIG_SOCKET), "orrery-subscriber");
	return find_place(mailer);
}

static void close_mailer(struct mailer *mailer)
{
	doorbell_destroy(mailer->doorbell);
	keys_close(mailer->keys);
	reader_close(mailer->writer.reader);
	reader_close(mailer->records);
	arena_finish(&mailer->arena);
}

/* A mail address bears no port. */
static struct text mail_domain(const struct config *config)
{
	struct text domain = config_authority(config);
	const char *colon = memchr(domain.data, ':', domain.size);

	if (colon)
		domain.size = (size_t)(colon - domain.data);
	return domain;
}

int main(int argument_count, char **arguments)
{
	struct config      config;
	struct mailer      mailer = {0};
	struct file_outbox files = {0};
	char               cursor_path[PATH_MAX];
	sigset_t           stop;
	enum status        status;

	signal(SIGHUP, SIG_IGN); /* meant for the API, which has keys to reload */
	config_refuse_arguments(argument_count, arguments);
	config_load_or_exit(&config, "orrery-subscriber");
	status = open_mailer(&mailer, &config, cursor_path);
	if (status == STATUS_OK) {
		files.directory = config_path(&config, CONFIG_MAIL);
		files.domain = mail_domain(&config);
		files.from = arena_format(&config.arena, "no-reply@%.*s", TEXT_ARG(files.domain));
		mailer.outbox = file_outbox(&files);
		sigemptyset(&stop);
		sigaddset(&stop, SIGTERM);
		sigaddset(&stop, SIGINT);
		pthread_sigmask(SIG_BLOCK, &stop, NULL);
		wait_for_signals(&mailer, &stop);
		diag(DIAG_INFO, "mailer_ready", "position %" PRIu64, mailer.position);
		run(&mailer);
	} else {
		diag(DIAG_ERROR, "mailer_not_started", "%s", status_sentence(status));
	}
	close_mailer(&mailer);
	config_finish(&config);
	return status == STATUS_OK                                    ? EXIT_SUCCESS
	       : status == STATUS_CONFLICT || status == STATUS_DENIED ? EXIT_HOPELESS
	                                                              : EXIT_FAILURE;
}
