/* The first subscriber: writes the mails that events call for, and removes those of persons who are erased. */
#include "eventstore/base/require.h"
#include "schema/events.h"
#include "subscribers/former_cursor.h"
#include "subscribers/mail.h"
#include "subscribers/subscriber.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

struct mailer {
	const struct subscriber_ground *ground;
	struct mail_writer              writer;
	struct file_outbox              files;
	struct outbox                   outbox;
	struct arena                    arena; /* of one mail */
	uint16_t                        numbers[FILTER_NUMBERS_MAX];
	uint32_t                        number_count;
};

/* A mail address bears no port. */
static struct text mail_domain(const struct config *config)
{
	struct text domain = config_authority(config);
	const char *colon = memchr(domain.data, ':', domain.size);

	if (colon)
		domain.size = (size_t)(colon - domain.data);
	return domain;
}

static void mailer_close(void *owner)
{
	struct mailer *self = owner;

	if (!self)
		return;
	reader_close(self->writer.reader);
	arena_finish(&self->arena);
	free((char *)self->files.from.data);
	free(self);
}

static void name_sender(struct mailer *self)
{
	struct buffer from = {0};

	self->files.domain = mail_domain(self->ground->config);
	buffer_format(&from, "no-reply@%.*s", TEXT_ARG(self->files.domain));
	self->files.from = (struct text){.data = (char *)from.data, .size = from.size};
}

static enum status mailer_open(const struct subscriber_ground *ground, void **out)
{
	const struct config *config = ground->config;
	struct mailer       *self = calloc(1, sizeof(*self));
	enum status          status = STATUS_IO;

	require(self != NULL);
	self->ground = ground;
	self->writer.opener = ground->opener;
	self->writer.origin = text_from(config_text(config, CONFIG_ORIGIN));
	self->files.directory = config_path(config, CONFIG_MAIL);
	self->outbox = file_outbox(&self->files);
	self->number_count = mail_events(self->numbers);
	name_sender(self);
	if (mkdir(self->files.directory, 0750) == 0 || errno == EEXIST)
		status = reader_open(config_path(config, CONFIG_DATA), &self->writer.reader);
	if (status != STATUS_OK) {
		mailer_close(self);
		return status;
	}
	*out = self;
	return STATUS_OK;
}

static struct event_filter mailer_filter(void *owner)
{
	struct mailer *self = owner;

	return (struct event_filter){.numbers = self->numbers, .number_count = self->number_count};
}

static enum status mailer_inherit(void *owner, struct subscription_state *state)
{
	struct mailer *self = owner;

	return former_cursor_take_over(config_path(self->ground->config, CONFIG_DATA), self->writer.reader, state,
	                               mailer.name);
}

/* ---------------------------------------------------------------- deliveries */

struct writing {
	struct mailer       *mailer;
	const struct record *record;
};

/* The outbox knows a mail again by its position, so that the effect's id is not needed. */
static enum status write_mail(void *owner, struct id effect)
{
	struct writing *writing = owner;
	struct mailer  *self = writing->mailer;
	struct mail     mail;
	enum status     status = mail_for(&self->writer, writing->record, &self->arena, &mail);

	if (status == STATUS_OK)
		status = self->outbox.send(self->outbox.owner, &mail);
	arena_reset(&self->arena);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status mailer_deliver(void *owner, struct delivery *delivery)
{
	struct mailer *self = owner;
	struct writing writing = {.mailer = self, .record = &delivery->record};

	if (delivery->record.number == EVENT_user_erased)
		return self->outbox.forget(self->outbox.owner, delivery->record.streams[0].id);
	return delivery_effect(delivery, "mail", write_mail, &writing);
}

/* An erasure waits for no mail, and deleting twice harms nobody. */
static bool is_erasure(const struct record *record)
{
	return record->number == EVENT_user_erased;
}

const struct subscriber mailer = {
	.name = "mail",
	.handler = {.deliver = mailer_deliver, .at_once = is_erasure, .repeatable = true},
	.open = mailer_open,
	.close = mailer_close,
	.filter = mailer_filter,
	.inherit = mailer_inherit,
};
