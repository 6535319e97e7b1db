/* What an audit verb works at: the settings, the log, and the screen it prints to. Complaints go to stderr, as
 * sentences for people. */
#ifndef ORRERY_DESK_H
#define ORRERY_DESK_H

#include "eventstore/base/config.h"
#include "tools/audit.h"
#include "tools/event_view.h"
#include "tools/moment.h"
#include "tools/options.h"
#include "tools/screen.h"

/* What every audit verb may be told; all zeroes at first. */
struct desk_wish {
	bool        json, no_pager;
	bool        unseal, offline; /* looks.h */
	const char *reason;
};

/* Rows of a verb's table of options. */
#define DESK_OPTIONS(wish)                                                                                             \
	{"--json", OPTION_FLAG, &(wish)->json},                                                                        \
	{                                                                                                              \
		"--no-pager", OPTION_FLAG, &(wish)->no_pager                                                           \
	}
#define DESK_UNSEALING(wish)                                                                                           \
	{"--unseal", OPTION_FLAG, &(wish)->unseal}, {"--offline", OPTION_FLAG, &(wish)->offline},                      \
	{                                                                                                              \
		"--reason", OPTION_TEXT, &(wish)->reason                                                               \
	}

/* NULL, or what is wrong with the three together. */
enum { DESK_REASON_MAX = 500 };
const char *desk_unsealing_fault(const struct desk_wish *wish);

/* The same words in every manual that has them. */
#define DESK_UNSEALING_USAGE "[--unseal --reason TEXT [--offline]]"
#define DESK_UNSEALING_MANUAL                                                                                          \
	"--unseal       opens what names persons, for whom the keys still exist. The log notes it first: by whom, "    \
	"why,\n"                                                                                                       \
	"               and for up to 16 persons in their own histories; needs the writer and the master key\n"        \
	"--reason TEXT  why; it is sealed with the note\n"                                                             \
	"--offline      shows it without a note, for when the writer is away or the log is a copy\n"

/* The caller's memory. */
struct desk {
	const char          *verb; /* "log" */
	struct config        config;
	struct reader       *reader;
	struct keys         *keys;   /* NULL until something is to be opened */
	const struct opener *opener; /* NULL: personal texts stay sealed */
	uint64_t             head;   /* when it was opened */
	int64_t              now_us; /* then */
	struct screen        screen;
	struct arena         arena; /* of one event */
	struct buffer        out;
	uint64_t             damaged; /* records that could not be shown */
	bool                 quiet;   /* nothing is shown yet, so what is damaged is passed over */
	int                  code;    /* to end with after a complaint about words: usage, or nobody of that name */
};

/* Loads the settings and opens the log; the screen is the caller's to open. False after a complaint. Finish it in
 * either case. */
bool desk_open(struct desk *desk, const char *verb) MUST_USE;

/* Closes all; returns the exit code: the given one, or AUDIT_DAMAGED when something was. */
int desk_close(struct desk *desk, int code);

void desk_complain(const struct desk *desk, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Complains with the status' own sentence; returns the exit code. */
int desk_failed(const struct desk *desk, enum status status);

/* Hands over the event at each position, decoded, under a snapshot of its own. What is damaged is named and counted,
 * and the rest goes on. */
typedef void (*desk_visit)(void *owner, const struct event_view *view);
enum status desk_show(struct desk *desk, const uint64_t *positions, uint32_t count, desk_visit visit,
                      void *owner) MUST_USE;

/* Names and counts a record that is damaged. */
void desk_note_damage(struct desk *desk, uint64_t position);

/* Prints what was gathered in desk->out. */
enum status desk_print(struct desk *desk) MUST_USE;

/* "NOUN:ID" or, for a person, "user:EMAIL". False after a complaint. */
bool desk_find_stream(struct desk *desk, const char *word, const char **noun, struct id *id) MUST_USE;

/* An id or an e-mail address. */
bool desk_find_person(struct desk *desk, const char *word, struct id *person) MUST_USE;

/* The words of a verb that is about one thing: the options above and one word, which `sentence` asks for. */
int desk_run(const struct verb *verb, const char *sentence, int argc, char **argv,
             int (*run)(const struct desk_wish *wish, const char *word));

/* How long names of events are at most. */
unsigned desk_event_width(void);

#endif
