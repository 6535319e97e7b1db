/* Mails: what an event has to tell somebody, and the outbox that carries it. */
#ifndef ORRERY_MAIL_H
#define ORRERY_MAIL_H

#include "eventstore/base/arena.h"
#include "eventstore/base/buffer.h"
#include "eventstore/log/reader.h"
#include "eventstore/vault/keys.h"

struct mail {
	uint64_t    position; /* of the event that caused it: the same event is the same mail */
	struct id   person;
	int64_t     time_us;
	struct text to;      /* address */
	struct text subject; /* ASCII */
	struct text body;    /* UTF-8, lines ended by LF */
};

/* Carries mails. Sending one twice must be harmless. UNREACHABLE: it can carry none just now. The file outbox
 * implements it; an SMTP sender does so later. */
struct outbox {
	void *owner;
	enum status (*send)(void *owner, const struct mail *mail);
	/* The person is erased: what still lies here for them goes. */
	enum status (*forget)(void *owner, struct id person);
};

/* A file per mail, "<position>-<person>.eml", in RFC 5322 form. `directory` and `from` are kept by reference. */
struct file_outbox {
	const char *directory;
	struct text from; /* address */
	struct text domain;
};
struct outbox file_outbox(struct file_outbox *files);

/* The whole message in RFC 5322 form with CRLF line ends. */
void mail_format(const struct mail *mail, struct text from, struct text domain, struct buffer *out);

/* The numbers of the events that call for a mail, or for forgetting some: how many. Most do not. */
uint32_t mail_events(uint16_t numbers[FILTER_NUMBERS_MAX]);

/* The mail an event calls for. NOT_FOUND: none, or the person is erased. Texts live in the arena. */
struct mail_writer {
	struct reader       *reader; /* finds the address of a person whose event does not bear it */
	const struct opener *opener;
	struct text          origin; /* of the links */
};
enum status mail_for(const struct mail_writer *writer, const struct record *record, struct arena *arena,
                     struct mail *mail) MUST_USE;

#endif
