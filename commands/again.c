#include "commands/again.h"

#include "commands/unreadable.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_msgpack.h"
#include "eventstore/codec/validate.h"

enum { STAND_IN_FIRST = 0x5a, STAND_IN_SECOND = 0xa5 };

/* One command on its way. */
struct attempt {
	const struct journal_entry *entry;
	struct history             *history;
	const struct opener        *opener;
	struct arena               *arena;
	struct outcome             *outcome;

	const struct command_handler *handler;
	void                         *command;
	uint64_t                      blanks; /* a bit for each hash that is withheld */
	struct verdict                verdict;
	enum status                   status; /* of reading */
};

/* Each returns false when there is no more to be done. */

static bool unknown(struct attempt *attempt, struct text sentence)
{
	*attempt->outcome = (struct outcome){.kind = OUTCOME_UNKNOWN, .sentence = sentence};
	return false;
}

static const struct field *field_of(const struct attempt *attempt, int place)
{
	return &attempt->handler->type->shape->fields[place];
}

/* ---------------------------------------------------------------- the command */

static bool decode(struct attempt *attempt)
{
	const struct command_type *type = command_type_by_name(attempt->entry->command);

	if (!type)
		return unknown(attempt, TEXT("This build does not know the command."));
	attempt->handler = &command_handlers[type - command_types];
	attempt->command = arena_alloc(attempt->arena, type->shape->size);
	if (msgpack_decode_shape(type->shape, attempt->entry->body, NULL, attempt->arena, attempt->command)
	    != STATUS_OK)
		return unknown(attempt, TEXT("The command as it was kept does not have the fields that this build "
		                             "wants."));
	return true;
}

/* Its clear text, or what stands for it once that is gone. */
static struct text open_personal(const struct attempt *attempt, int place, struct text kept)
{
	struct text  clear = personal_open(kept, attempt->opener, attempt->arena);
	struct bytes gone;

	if (!text_is_forgotten(clear))
		return clear;
	gone = unreadable_bytes(place, personal_clear_size(kept));
	return (struct text){.data = (const char *)gone.data, .size = gone.size};
}

static void open_field(struct attempt *attempt, int place)
{
	const struct field *field = field_of(attempt, place);
	struct bytes       *bytes = field_in(field, attempt->command);
	struct text        *text = field_in(field, attempt->command);

	if (field->kind == KIND_HASH) {
		if (journal_entry_withholds(attempt->entry, text_from(field->name)))
			attempt->blanks |= UINT64_C(1) << place;
	} else if (field->kind == KIND_TEXT || field->kind == KIND_BYTES) {
		if (bytes->data && journal_entry_withholds(attempt->entry, text_from(field->name)))
			*bytes = unreadable_bytes(place, bytes->size);
		else if (text->data && (field->marks & FIELD_PERSONAL))
			*text = open_personal(attempt, place, *text);
	}
}

static bool open_fields(struct attempt *attempt)
{
	for (int i = 0; i < attempt->handler->type->shape->count; i++)
		open_field(attempt, i);
	return true;
}

static bool may_be_checked(const struct attempt *attempt, int place)
{
	const struct field *field = field_of(attempt, place);
	const struct text  *text = field_at(field, attempt->command);

	if ((field->marks & FIELD_INPUT) || (attempt->blanks >> place & 1))
		return false;
	if ((field->marks & FIELD_OPTIONAL) && !field_present(field, attempt->command))
		return false;
	return !(field->kind == KIND_TEXT || field->kind == KIND_BYTES)
	       || unreadable_place(text->data) == UNREADABLE_NONE;
}

/* The bounds may be others in this build. */
static bool check(struct attempt *attempt)
{
	struct text sentence;

	for (int i = 0; i < attempt->handler->type->shape->count; i++) {
		if (!may_be_checked(attempt, i)
		    || field_validate(field_of(attempt, i), attempt->command, attempt->arena, &sentence) == STATUS_OK)
			continue;
		*attempt->outcome = (struct outcome){
			.kind = OUTCOME_INVALID,
			.sentence =
				arena_format(attempt->arena, "%s %.*s", field_of(attempt, i)->name, TEXT_ARG(sentence)),
		};
		return false;
	}
	return true;
}

/* ---------------------------------------------------------------- the verdict */

static bool load(struct attempt *attempt)
{
	struct verdict *verdict = &attempt->verdict;
	const char     *lacks;

	*verdict = (struct verdict){
		.past = history_past(attempt->history, attempt->entry, attempt->handler),
		.handler = attempt->handler,
		.command = attempt->command,
		.decision = {.arena = attempt->arena, .time_us = attempt->entry->time, .actor = attempt->entry->actor},
	};
	attempt->status = verdict_load(verdict);
	if (attempt->status == STATUS_FORGOTTEN) {
		attempt->status = STATUS_OK;
		return unknown(attempt, TEXT("It loads by a value that the journal does not hold."));
	}
	if (attempt->status != STATUS_OK)
		return false;
	lacks = history_lacks(attempt->history);
	if (lacks)
		return unknown(attempt,
		               arena_format(attempt->arena,
		                            "The state of the %s rests on texts of somebody who was erased.", lacks));
	return true;
}

static void reach(void *owner)
{
	struct attempt *attempt = owner;

	attempt->status = verdict_reach(&attempt->verdict);
}

static bool decide(struct attempt *attempt)
{
	int place = unreadable_guard(reach, attempt);

	if (place != UNREADABLE_NONE)
		return unknown(attempt,
		               arena_format(attempt->arena, "The decider looks at %s, which the journal does not hold.",
		                            field_of(attempt, place)->name));
	if (attempt->status == STATUS_FORGOTTEN) {
		attempt->status = STATUS_OK;
		return unknown(attempt, TEXT("It claims a value that the journal does not hold."));
	}
	if (attempt->status == STATUS_OK)
		outcome_decided(&attempt->verdict.decision, attempt->outcome);
	return attempt->status == STATUS_OK;
}

static void fill_blanks(struct attempt *attempt, int byte)
{
	for (int i = 0; i < attempt->handler->type->shape->count; i++)
		if (attempt->blanks >> i & 1)
			memset(field_in(field_of(attempt, i), attempt->command), byte, sizeof(struct hash));
}

/* A hash lies in the command itself, so looking at it cannot be noticed. Two others stand in for it, one after the
 * other: what differs between the two follows from it. A decider that compares it with something finds both wrong, so
 * an outcome that is not the recorded one may be the stand-in's fault. */
static bool decide_in_doubt(struct attempt *attempt, const struct outcome *recorded)
{
	struct outcome first;

	fill_blanks(attempt, STAND_IN_SECOND);
	if (!decide(attempt))
		return false;
	first = *attempt->outcome;
	fill_blanks(attempt, STAND_IN_FIRST);
	if (!load(attempt) || !decide(attempt))
		return false;
	if (!outcome_agree(attempt->outcome, &first)
	    || !text_is(outcome_change(recorded, attempt->outcome, attempt->arena), "same"))
		return unknown(attempt, TEXT("It may depend on a hash that the journal does not hold."));
	return true;
}

enum status decide_again(const struct journal_entry *entry, struct history *history, const struct opener *opener,
                         const struct outcome *recorded, struct arena *arena, struct outcome *out)
{
	struct attempt attempt = {.entry = entry, .history = history, .opener = opener, .arena = arena, .outcome = out};

	if (decode(&attempt) && open_fields(&attempt) && check(&attempt) && load(&attempt)) {
		if (attempt.blanks)
			decide_in_doubt(&attempt, recorded);
		else
			decide(&attempt);
	}
	return attempt.status;
}
