#include "tools/looks.h"

#include "eventstore/vault/keys.h"
#include "schema/commands.h"
#include "tools/console.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

enum { POSITIONS_AT_ONCE = 256, LOGIN_SIZE = 64 };

/* ---------------------------------------------------------------- at whom */

static void add_person(struct looks *looks, struct id person)
{
	for (uint32_t i = 0; i < looks->count; i++)
		if (id_equal(looks->persons[i], person))
			return;
	if (looks->count == LOOKS_PERSONS_MAX)
		looks->many = true;
	else
		looks->persons[looks->count++] = person;
}

/* Operators, whose names are sealed too, do not count: what they look at is not to be looked at unseen. */
void looks_add(struct looks *looks, const struct event_view *view)
{
	const struct shape *shape = view->type ? view->type->shape : NULL;

	for (uint16_t i = 0; shape && i < shape->count; i++) {
		const struct field *field = &shape->fields[i];
		const struct field *person = &shape->fields[field->person];

		if ((field->marks & FIELD_PERSONAL) && !(field->marks & FIELD_SECRET) && person->noun
		    && strcmp(person->noun, "user") == 0 && field_present(field, view->event)
		    && !text_is_forgotten(*(const struct text *)field_at(field, view->event)))
			add_person(looks, *(const struct id *)field_at(person, view->event));
	}
}

static void note_event(void *owner, const struct event_view *view)
{
	looks_add(owner, view);
}

static void describe_id(struct buffer *out, const char *name, struct id id)
{
	char text[ID_TEXT_SIZE + 1];

	if (!id_present(id))
		return;
	id_format(id, text);
	buffer_format(out, " %s=%s", name, text);
}

static void describe_number(struct buffer *out, const char *name, uint64_t number)
{
	if (number > 0 && number < UINT64_MAX)
		buffer_format(out, " %s=%" PRIu64, name, number);
}

static void describe_time(struct buffer *out, const char *name, int64_t time_us)
{
	char text[TIME_TEXT_SIZE + 1];

	if (time_us == 0)
		return;
	time_format(time_us, text);
	buffer_format(out, " %s=%s", name, text);
}

/* Ids and never addresses: it stands in the log in clear. What does not fit is cut. */
static void describe(struct looks *looks, const struct event_wish *wish, uint64_t limit, bool reverse)
{
	struct buffer words = {0};

	describe_id(&words, "stream", wish->stream);
	describe_id(&words, "actor", wish->actor);
	describe_id(&words, "command", wish->command);
	describe_id(&words, "trace", wish->trace);
	describe_time(&words, "since", wish->since_us);
	describe_time(&words, "until", wish->until_us);
	describe_number(&words, "from", wish->from);
	describe_number(&words, "to", wish->to);
	describe_number(&words, "limit", limit);
	if (reverse)
		buffer_append_text(&words, TEXT(" reverse"));
	for (uint32_t i = 0; i < wish->number_count; i++)
		buffer_format(&words, " type=%s", event_type_by_number(wish->numbers[i])->name);
	if (words.size == 0)
		buffer_append_text(&words, TEXT(" everything"));
	snprintf(looks->selection, sizeof(looks->selection), "%.*s", (int)words.size - 1, (char *)words.data + 1);
	buffer_finish(&words);
}

enum status looks_gather(struct looks *looks, struct desk *desk, const struct event_wish *wish, uint64_t limit,
                         bool reverse)
{
	struct selection *selection = selection_create(desk->reader, wish, desk->head, reverse);
	uint64_t          positions[POSITIONS_AT_ONCE], left = limit;
	uint32_t          count;
	enum status       status;

	desk->quiet = true;
	do {
		status = selection_next(selection, positions,
		                        left < POSITIONS_AT_ONCE ? (uint32_t)left : POSITIONS_AT_ONCE, &count);
		if (status == STATUS_OK)
			status = desk_show(desk, positions, count, note_event, looks);
		left -= count;
	} while (status == STATUS_OK && count > 0 && left > 0 && !looks->many);
	desk->quiet = false;
	selection_destroy(selection);
	describe(looks, wish, limit, reverse);
	return status;
}

/* ---------------------------------------------------------------- by whom */

/* Who logged in at the machine, behind whatever they became since. */
static const char *login_name(char out[LOGIN_SIZE])
{
	const struct passwd *account = getpwuid(getuid());

	if (getlogin_r(out, LOGIN_SIZE) == 0)
		return out;
	if (account)
		snprintf(out, LOGIN_SIZE, "%s", account->pw_name);
	else
		snprintf(out, LOGIN_SIZE, "user %u", (unsigned)getuid());
	return out;
}

static struct id operator_id(const struct keys *keys, const char *name)
{
	struct hash hash = keys_claim_hash(keys, TEXT("operator"), text_from(name));
	struct id   id;

	memcpy(id.bytes, hash.bytes, sizeof(id.bytes));
	return id;
}

/* ---------------------------------------------------------------- the note */

static bool send_note(const struct looks *looks, struct desk *desk, const struct unseal_log *note)
{
	struct text    verb = arena_format(&desk->arena, "audit %s", desk->verb);
	struct console console;
	struct answer  answer;
	bool noted = console_start(&console, verb.data) && console_send(&console, "unseal_log", note, &answer);

	console_finish(&console);
	if (!noted)
		desk_complain(desk,
		              "Nothing is shown, since the look could not be noted in the log. --offline shows it "
		              "without a note.");
	return noted;
}

static bool take_note(const struct looks *looks, struct desk *desk, const char *reason)
{
	struct viewed_person persons[LOOKS_PERSONS_MAX];
	char                 name[LOGIN_SIZE];
	struct unseal_log    note = {
		   .operator_name = text_from(login_name(name)),
		   .verb = choice_number(shape_field(&unseal_log_shape, TEXT("verb"))->choice, text_from(desk->verb)),
		   .selection = text_from(looks->selection),
		   .persons = {.items = persons, .count = looks->many ? 0 : looks->count},
		   .reason = text_from(reason),
        };

	note.operator= operator_id(desk->keys, name);
	for (uint32_t i = 0; i < note.persons.count; i++)
		persons[i].user = looks->persons[i];
	return send_note(looks, desk, &note);
}

static bool open_vault(struct desk *desk)
{
	enum status status = keys_open(config_in_data(&desk->config, KEYS_FOLDER, &desk->arena),
	                               config_path(&desk->config, CONFIG_MASTER_KEY_FILE), KEYS_READ, &desk->keys);

	arena_reset(&desk->arena);
	if (status != STATUS_OK)
		desk_complain(desk, "The vault cannot be opened: %s", status_sentence(status));
	return status == STATUS_OK;
}

bool looks_unseal(const struct looks *looks, struct desk *desk, const struct desk_wish *wish)
{
	if (!wish->unseal || (looks->count == 0 && !looks->many))
		return true;
	if (!open_vault(desk))
		return false;
	if (wish->offline)
		desk_complain(desk, "This look is noted nowhere.");
	else if (!take_note(looks, desk, wish->reason))
		return false;
	arena_reset(&desk->arena);
	desk->opener = keys_opener(desk->keys);
	return true;
}
