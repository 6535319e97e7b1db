/* orrery subscriptions */
#include "tools/subscriptions.h"

#include "eventstore/codec/codec_json.h"
#include "tools/moment.h"
#include "tools/options.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

/* ---------------------------------------------------------------- shared */

void subscriptions_complain(const struct subscriptions_view *view, const char *format, ...)
{
	va_list values;

	fflush(stdout);
	fprintf(stderr, "orrery subscriptions %s: ", view->verb);
	va_start(values, format);
	vfprintf(stderr, format, values);
	va_end(values);
	fputc('\n', stderr);
}

int subscriptions_misused(const char *sentence)
{
	return verb_misused(&verb_subscriptions, sentence);
}

bool subscriptions_open(struct subscriptions_view *view, const char *verb)
{
	const char *data;
	enum status status;

	*view = (struct subscriptions_view){.verb = verb, .screen = {.out = stdout}};
	config_load_or_exit(&view->config, "orrery-subscriptions");
	data = config_path(&view->config, CONFIG_DATA);
	status = reader_open(data, &view->reader);
	if (status == STATUS_OK)
		status = reader_head(view->reader, &view->head);
	if (status == STATUS_NOT_FOUND) {
		subscriptions_complain(view, "There is no log in %s; ORRERY_DATA says where it lies.", data);
		return false;
	}
	if (status == STATUS_OK)
		status = subscription_state_open(data, KV_READ, &view->state);
	if (status != STATUS_OK && status != STATUS_NOT_FOUND)
		subscriptions_complain(view, "%s: %s", data, status_sentence(status));
	return status == STATUS_OK || status == STATUS_NOT_FOUND;
}

int subscriptions_close(struct subscriptions_view *view, int code)
{
	if (screen_print(&view->screen, &view->out) != STATUS_OK || screen_close(&view->screen) != STATUS_OK)
		code = code == EXIT_SUCCESS ? EXIT_FAILURE : code;
	subscription_state_close(view->state);
	reader_close(view->reader);
	buffer_finish(&view->out);
	config_finish(&view->config);
	return code;
}

bool subscriptions_find(struct subscriptions_view *view, const char *name, struct id *id,
                        struct subscription_place *place)
{
	enum status status = STATUS_NOT_FOUND;

	*id = subscription_id(text_from(name));
	if (view->state)
		status = subscription_state_place(view->state, *id, place);
	if (status == STATUS_NOT_FOUND)
		subscriptions_complain(
			view, "There is no subscription \"%s\"; `orrery subscriptions list` shows which there are.",
			name);
	else if (status != STATUS_OK)
		subscriptions_complain(view, "%s", status_sentence(status));
	return status == STATUS_OK;
}

/* ---------------------------------------------------------------- list */

static const struct screen_column columns[] = {
	{"NAME", 14, false, PAINT_NAME},          {"POSITION", 10, true, PAINT_PLAIN},
	{"BEHIND", 8, true, PAINT_PLAIN},         {"PARKED", 8, true, PAINT_BAD},
	{"RETRYING", 8, true, PAINT_PLAIN},       {"WAITING", 8, true, PAINT_PLAIN},
	{"LAST PROGRESS", 0, false, PAINT_FAINT},
};

struct listing {
	struct subscriptions_view *view;
	bool                       json;
	uint32_t                   count;
	enum status                status;
};

static uint64_t behind(const struct subscriptions_view *view, const struct subscription_place *place)
{
	return view->head > place->position ? view->head - place->position : 0;
}

static void append_row(struct listing *listing, const struct subscription_place *place,
                       const struct subscription_standing *standing)
{
	struct subscriptions_view *view = listing->view;
	char                       numbers[5][24], moment[MOMENT_TEXT_SIZE + 32];
	uint64_t                   values[] = {place->position, behind(view, place), standing->counts[HELD_PARKED],
	                                       standing->counts[HELD_RETRYING], standing->counts[HELD_WAITING]};
	struct text                cells[array_count(columns)] = {text_from(place->name)};

	for (size_t i = 0; i < array_count(values); i++) {
		snprintf(numbers[i], sizeof(numbers[i]), "%" PRIu64, values[i]);
		cells[i + 1] = text_from(numbers[i]);
	}
	moment_format(place->moved_us, moment);
	if (place->full)
		strcat(moment, "; stopped: too much is held");
	cells[array_count(values) + 1] = text_from(moment);
	if (listing->count == 0)
		screen_row(&view->screen, &view->out, columns, array_count(columns), NULL);
	screen_row(&view->screen, &view->out, columns, array_count(columns), cells);
}

static void append_json(struct listing *listing, const struct subscription_place *place,
                        const struct subscription_standing *standing)
{
	struct buffer *out = &listing->view->out;
	char           moved[TIME_TEXT_SIZE + 1], parked[TIME_TEXT_SIZE + 1];

	time_format(place->moved_us, moved);
	time_format(standing->oldest_parked_us, parked);
	buffer_append_text(out, listing->count > 0 ? TEXT(",{\"name\":") : TEXT("{\"name\":"));
	json_append_string(out, text_from(place->name));
	buffer_format(out, ",\"position\":%" PRIu64 ",\"lag\":%" PRIu64 ",\"parked\":%u,\"retrying\":%u,\"waiting\":%u",
	              place->position, behind(listing->view, place), standing->counts[HELD_PARKED],
	              standing->counts[HELD_RETRYING], standing->counts[HELD_WAITING]);
	if (standing->oldest_parked > 0)
		buffer_format(out, ",\"oldest_parked\":{\"position\":%" PRIu64 ",\"parked_at\":\"%s\"}",
		              standing->oldest_parked, parked);
	buffer_format(out, ",\"stopped\":%s,\"moved_at\":\"%s\"}", place->full ? "true" : "false", moved);
}

static bool list_one(void *owner, struct id subscription, const struct subscription_place *place)
{
	struct listing              *listing = owner;
	struct subscription_standing standing;

	listing->status = subscription_state_standing(listing->view->state, subscription, &standing);
	if (listing->status != STATUS_OK)
		return false;
	(listing->json ? append_json : append_row)(listing, place, &standing);
	listing->count++;
	return true;
}

static enum status list_all(struct listing *listing)
{
	struct subscriptions_view *view = listing->view;
	enum status                status = STATUS_OK;

	if (listing->json)
		buffer_format(&view->out, "{\"head\":%" PRIu64 ",\"subscriptions\":[", view->head);
	if (view->state)
		status = subscription_state_places(view->state, list_one, listing);
	if (status == STATUS_OK)
		status = listing->status;
	if (listing->json)
		buffer_append_text(&view->out, TEXT("]}\n"));
	else if (listing->count == 0)
		buffer_append_text(&view->out, TEXT("No subscription has run here yet; `orrery up` starts them.\n"));
	return status;
}

static int subscriptions_list(int argc, char **argv)
{
	bool                      json = false;
	struct option_row         options[] = {{"--json", OPTION_FLAG, &json}, {0}};
	const char               *wrong = options_read(argc, argv, options, NULL);
	struct subscriptions_view view;
	struct listing            listing = {.view = &view};
	enum status               status = STATUS_IO;

	if (wrong)
		return subscriptions_misused(wrong);
	listing.json = json;
	if (subscriptions_open(&view, "list")) {
		if (!json)
			screen_open(&view.screen, false);
		status = list_all(&listing);
		if (status != STATUS_OK)
			subscriptions_complain(&view, "%s", status_sentence(status));
	}
	return subscriptions_close(&view, status == STATUS_OK ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* ---------------------------------------------------------------- the verb */

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} verbs[] = {
	{"list", subscriptions_list},
	{"show", subscriptions_show},
	{"retry", subscriptions_retry},
	{"discard", subscriptions_discard},
};

static int run_subscriptions(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < array_count(verbs); i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1);
	return subscriptions_misused("It takes list, show, retry or discard.");
}

const struct verb verb_subscriptions = {
	.name = "subscriptions",
	.sentence = "Shows what acts on events, and retries or discards what it parked.",
	.manual =
		"Usage: orrery subscriptions list [--json]\n"
		"       orrery subscriptions show NAME [POSITION] [--json]\n"
		"       orrery subscriptions retry NAME POSITION | --all [--limit N] [--dry-run]\n"
		"       orrery subscriptions discard NAME POSITION | --all [--limit N] [--dry-run] --reason TEXT\n\n"
		"A subscription follows the log and does something about its events, such as writing mails. An event\n"
		"that fails is tried again after growing pauses and then parked; what follows it in the same stream\n"
		"waits behind it, and everything else goes on.\n\n"
		"list     how far each one is, how much it has parked, and when it last got something done\n"
		"show     one of them with what it holds; with a position, that event with its attempts and effects\n"
		"retry    has a parked event, or all of them from the oldest on, delivered again; what waits follows\n"
		"discard  gives a parked event up: it counts as dealt with, and what waits behind it goes on\n\n"
		"Retrying and discarding are wishes that the log keeps and that the subscriber acts on when it reads\n"
		"them. The reason stands in the log, in clear and for good: it must name nobody.\n"
		"--dry-run only prints what would be wished. Exit code 1: refused, unknown, or the writer is away.\n",
	.run = run_subscriptions,
};
