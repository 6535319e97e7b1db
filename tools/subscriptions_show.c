/* orrery subscriptions show: one subscription and what it holds, or one event that it holds. */
#include "eventstore/codec/codec_json.h"
#include "tools/moment.h"
#include "tools/options.h"
#include "tools/subscriptions.h"

#include <inttypes.h>
#include <stdlib.h>

struct showing {
	struct subscriptions_view *view;
	struct id                  id;
	struct subscription_place  place;
	uint64_t                   position; /* 0: all of them */
	bool                       json;
	uint32_t                   count;
};

static bool name_event(void *owner, const struct record *record)
{
	const struct event_type *type = event_type_by_number(record->number);

	*(const char **)owner = type ? type->name : "(unknown)";
	return true;
}

static const char *event_at(const struct showing *showing, uint64_t position)
{
	const char *name = "(unreadable)";

	if (reader_each(showing->view->reader, position, 1, name_event, &name) != STATUS_OK)
		return "(unreadable)";
	return name;
}

/* Why it is held, in one word each. */
static const char *failure_of(const struct held *held)
{
	return held->failure != STATUS_OK && held->failure < STATUS_COUNT ? status_name(held->failure) : "-";
}

/* ---------------------------------------------------------------- what is held */

static const struct screen_column columns[] = {
	{"POSITION", 10, true, PAINT_PLAIN}, {"EVENT", 28, false, PAINT_NAME}, {"STATE", 9, false, PAINT_PLAIN},
	{"ATTEMPTS", 8, true, PAINT_PLAIN},  {"CAUSE", 9, false, PAINT_BAD},   {"FAILURE", 12, false, PAINT_PLAIN},
	{"SINCE", 0, false, PAINT_FAINT},
};

static void append_row(struct showing *showing, const struct held *held)
{
	struct subscriptions_view *view = showing->view;
	char                       position[24], attempts[16], since[MOMENT_TEXT_SIZE] = "-";

	snprintf(position, sizeof(position), "%" PRIu64, held->position);
	snprintf(attempts, sizeof(attempts), "%u", held->attempts);
	if (held->state == HELD_PARKED)
		moment_format(held->parked_us, since);
	if (showing->count == 0)
		screen_row(&view->screen, &view->out, columns, array_count(columns), NULL);
	screen_row(&view->screen, &view->out, columns, array_count(columns),
	           (const struct text[]){text_from(position), text_from(event_at(showing, held->position)),
	                                 text_from(held_state_word(held->state)), text_from(attempts),
	                                 text_from(parking_cause_word(held->cause)), text_from(failure_of(held)),
	                                 text_from(since)});
}

static void append_json(struct showing *showing, const struct held *held)
{
	struct buffer *out = &showing->view->out;
	char           key[ID_TEXT_SIZE + 1], parked[TIME_TEXT_SIZE + 1];

	id_format(held->key, key);
	time_format(held->parked_us, parked);
	buffer_format(out,
	              "%s{\"position\":%" PRIu64 ",\"event\":\"%s\",\"stream\":\"%s\",\"state\":\"%s\",\"attempts\":%u",
	              showing->count > 0 ? "," : "", held->position, event_at(showing, held->position), key,
	              held_state_word(held->state), held->attempts);
	if (held->parkings > 0)
		buffer_format(out, ",\"cause\":\"%s\",\"parkings\":%u,\"parked_at\":\"%s\"",
		              parking_cause_word(held->cause), held->parkings, parked);
	if (held->failure != STATUS_OK)
		buffer_format(out, ",\"failure\":\"%s\"", failure_of(held));
}

static bool append_effect(void *owner, struct text name, const struct effect *effect)
{
	struct showing *showing = owner;
	struct buffer  *out = &showing->view->out;
	char            begun[MOMENT_TEXT_SIZE], ended[MOMENT_TEXT_SIZE] = "-";

	moment_format(effect->begun_us, begun);
	if (effect->ended_us > 0)
		moment_format(effect->ended_us, ended);
	buffer_format(out, "effect %.*s: %s, attempts %u, begun %s, ended %s\n", TEXT_ARG(name),
	              effect_outcome_word(effect->outcome), effect->attempts, begun, ended);
	return true;
}

static bool append_effect_json(void *owner, struct text name, const struct effect *effect)
{
	struct showing *showing = owner;
	struct buffer  *out = &showing->view->out;

	if (out->data[out->size - 1] != '[')
		buffer_append_text(out, TEXT(","));
	buffer_append_text(out, TEXT("{\"name\":"));
	json_append_string(out, name);
	buffer_format(out, ",\"outcome\":\"%s\",\"attempts\":%u}", effect_outcome_word(effect->outcome),
	              effect->attempts);
	return true;
}

static enum status append_effects(struct showing *showing, uint64_t position)
{
	enum status status;

	if (!showing->json)
		return subscription_state_effects(showing->view->state, showing->id, position, append_effect, showing);
	buffer_append_text(&showing->view->out, TEXT("\"effects\":["));
	status = subscription_state_effects(showing->view->state, showing->id, position, append_effect_json, showing);
	buffer_append_text(&showing->view->out, TEXT("]"));
	return status;
}

static bool show_held(void *owner, const struct held *held)
{
	struct showing *showing = owner;

	if (showing->position > 0 && held->position != showing->position)
		return true;
	(showing->json ? append_json : append_row)(showing, held);
	if (showing->json)
		buffer_append_text(&showing->view->out, TEXT("}"));
	showing->count++;
	return true;
}

/* ---------------------------------------------------------------- the two forms */

static void append_place(struct showing *showing)
{
	const struct subscription_place *place = &showing->place;
	struct buffer                   *out = &showing->view->out;
	char                             moved[MOMENT_TEXT_SIZE];

	moment_format(place->moved_us, moved);
	buffer_format(out, "%s is at position %" PRIu64 " of %" PRIu64 "; last progress %s\n", place->name,
	              place->position, showing->view->head, moved);
	if (place->full)
		buffer_append_text(out, TEXT("It has stopped, since no more can be held: retry or discard some.\n"));
	if (place->window_first > 0)
		buffer_format(out, "Under way: positions %" PRIu64 " to %" PRIu64 "\n", place->window_first,
		              place->window_last);
	if (place->doubt_until > place->position)
		buffer_format(out, "The log was restored: up to position %" PRIu64 " everything is in doubt.\n",
		              place->doubt_until);
}

static enum status show_all(struct showing *showing)
{
	struct buffer *out = &showing->view->out;
	enum status    status;

	if (showing->json)
		buffer_format(out, "{\"name\":\"%s\",\"position\":%" PRIu64 ",\"head\":%" PRIu64 ",\"held\":[",
		              showing->place.name, showing->place.position, showing->view->head);
	else
		append_place(showing);
	status = subscription_state_held(showing->view->state, showing->id, show_held, showing);
	if (showing->json)
		buffer_append_text(out, TEXT("]}\n"));
	else if (showing->count == 0)
		buffer_append_text(out, TEXT("Nothing is held.\n"));
	return status;
}

/* What is not held is done, or has not been reached. */
static enum status show_one(struct showing *showing)
{
	struct buffer *out = &showing->view->out;
	bool           reached = showing->position <= showing->place.position;
	enum status    status;

	if (showing->json)
		buffer_format(out, "{\"name\":\"%s\",\"reached\":%s,\"held\":[", showing->place.name,
		              reached ? "true" : "false");
	status = subscription_state_held(showing->view->state, showing->id, show_held, showing);
	if (showing->json)
		buffer_append_text(out, TEXT("],"));
	else if (showing->count == 0)
		buffer_format(out, "%s at position %" PRIu64 ": %s\n", event_at(showing, showing->position),
		              showing->position, reached ? "nothing is left to do about it" : "not reached yet");
	if (status == STATUS_OK)
		status = append_effects(showing, showing->position);
	if (showing->json)
		buffer_append_text(out, TEXT("}\n"));
	return status;
}

int subscriptions_show(int argc, char **argv)
{
	struct subscriptions_view view;
	struct showing            showing = {.view = &view};
	struct option_list        words = {0};
	struct option_row         options[] = {{"--json", OPTION_FLAG, &showing.json}, {0}};
	const char               *wrong = options_read(argc, argv, options, &words);
	enum status               status = STATUS_IO;

	if (wrong || words.count < 1 || words.count > 2
	    || (words.count == 2 && !text_parse_u64(text_from(words.items[1]), &showing.position)))
		return subscriptions_misused(wrong ? wrong : "show takes a name, and perhaps a position.");
	if (subscriptions_open(&view, "show")
	    && subscriptions_find(&view, words.items[0], &showing.id, &showing.place)) {
		if (!showing.json)
			screen_open(&view.screen, words.count == 1);
		status = words.count == 2 ? show_one(&showing) : show_all(&showing);
		if (status != STATUS_OK)
			subscriptions_complain(&view, "%s", status_sentence(status));
	}
	return subscriptions_close(&view, status == STATUS_OK ? EXIT_SUCCESS : EXIT_FAILURE);
}
