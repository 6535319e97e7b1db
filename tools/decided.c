#include "tools/decided.h"

#include "eventstore/base/require.h"

#include <stdio.h>
#include <stdlib.h>

enum { ENTRIES_AT_ONCE = 256, PATH_SIZE = 4096 };

struct decided {
	struct journal *journal; /* NULL: there is none */
};

enum status decided_open(const char *data, struct log_identity log, struct decided **out)
{
	struct decided *decided = calloc(1, sizeof(*decided));
	char            path[PATH_SIZE];
	enum status     status;

	require(decided != NULL);
	snprintf(path, sizeof(path), "%s/%s", data, JOURNAL_FOLDER);
	status = journal_read(path, log, &decided->journal);
	if (status == STATUS_NOT_FOUND || status == STATUS_CONFLICT) /* that of another log tells nothing of this one */
		status = STATUS_OK;
	if (status == STATUS_OK)
		*out = decided;
	else
		free(decided);
	return status;
}

void decided_close(struct decided *decided)
{
	if (!decided)
		return;
	if (decided->journal)
		journal_close(decided->journal);
	free(decided);
}

/* ---------------------------------------------------------------- finding one */

struct probe {
	uint64_t number, head; /* of the entry that was met; 0: none */
};

static bool note_entry(void *owner, const struct journal_entry *entry)
{
	*(struct probe *)owner = (struct probe){entry->number, entry->head};
	return false;
}

/* The first entry from the number on. */
static enum status look(struct decided *decided, uint64_t from, struct probe *out)
{
	*out = (struct probe){0};
	return journal_each(decided->journal, from, 1, note_entry, out);
}

/* The least number whose entry, or the next one that is there, rests on `head` or on more; heads rise with numbers. */
static enum status find_number(struct decided *decided, uint64_t head, uint64_t *number)
{
	struct probe probe;
	uint64_t     low = 1, step = 1, high = 0;
	enum status  status = STATUS_OK;

	while (high == 0 && status == STATUS_OK) {
		status = look(decided, low + step, &probe);
		if (probe.number == 0 || probe.head >= head)
			high = low + step;
		else
			low = probe.number;
		step *= 2;
	}
	while (low < high && status == STATUS_OK) {
		uint64_t middle = low + (high - low) / 2;

		status = look(decided, middle, &probe);
		if (probe.number == 0 || probe.head >= head)
			high = middle;
		else
			low = probe.number + 1;
	}
	*number = low;
	return status;
}

struct wanted {
	struct id             command;
	uint64_t              head;
	struct arena         *arena;
	struct journal_entry *out;
	uint64_t              next;
	bool                  found, passed;
};

static bool match(void *owner, const struct journal_entry *entry)
{
	struct wanted *wanted = owner;

	wanted->next = entry->number + 1;
	wanted->passed = entry->head > wanted->head;
	if (!wanted->passed && entry->events > 0 && id_equal(entry->command_id, wanted->command)) {
		*wanted->out = *entry;
		wanted->out->command = arena_text(wanted->arena, entry->command);
		wanted->out->refusal = wanted->out->withheld = TEXT_NONE;
		wanted->out->claims = wanted->out->body = (struct bytes){0};
		wanted->found = true;
	}
	return !wanted->found && !wanted->passed;
}

enum status decided_find(struct decided *decided, struct id command, uint64_t position, struct arena *arena,
                         struct journal_entry *out)
{
	struct wanted wanted = {.command = command, .head = position - 1, .arena = arena, .out = out};
	uint64_t      before;
	enum status   status = decided->journal ? find_number(decided, wanted.head, &wanted.next) : STATUS_NOT_FOUND;

	do {
		before = wanted.next;
		if (status == STATUS_OK)
			status = journal_each(decided->journal, before, ENTRIES_AT_ONCE, match, &wanted);
	} while (status == STATUS_OK && !wanted.found && !wanted.passed && wanted.next > before);
	return status == STATUS_OK && !wanted.found ? STATUS_NOT_FOUND : status;
}

/* ---------------------------------------------------------------- all of them */

struct walk {
	journal_visit visit;
	void         *owner;
	uint64_t      next;
	bool          stopped;
};

static bool pass_on(void *owner, const struct journal_entry *entry)
{
	struct walk *walk = owner;

	walk->next = entry->number + 1;
	walk->stopped = !walk->visit(walk->owner, entry);
	return !walk->stopped;
}

enum status decided_each(struct decided *decided, journal_visit visit, void *owner)
{
	struct walk walk = {.visit = visit, .owner = owner, .next = 1};
	uint64_t    before;
	enum status status = STATUS_OK;

	do {
		before = walk.next;
		if (decided->journal)
			status = journal_each(decided->journal, before, ENTRIES_AT_ONCE, pass_on, &walk);
	} while (status == STATUS_OK && !walk.stopped && walk.next > before);
	return status;
}
