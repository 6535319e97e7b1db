/* orrery subscriptions retry and discard: an operator's wishes go into the log, where the subscriber reads them. */
#include "schema/commands.h"
#include "tools/console.h"
#include "tools/options.h"
#include "tools/subscriptions.h"

#include <inttypes.h>
#include <stdlib.h>

/* What is wished. */
struct wish {
	const char *verb;
	const char *name; /* of the subscription */
	const char *reason;
	uint64_t    position; /* 0: all */
	uint64_t    limit;    /* 0: none */
	bool        all, dry_run;
	struct id   id;
};

struct chosen {
	const struct wish *wish;
	uint64_t           positions[SUBSCRIPTION_PARKED_MAX];
	uint32_t           count;
};

static bool choose(void *owner, const struct held *held)
{
	struct chosen *chosen = owner;

	if (held->state == HELD_PARKED && (chosen->wish->all || held->position == chosen->wish->position))
		chosen->positions[chosen->count++] = held->position;
	return chosen->count < array_count(chosen->positions)
	       && (chosen->wish->limit == 0 || chosen->count < chosen->wish->limit);
}

/* The parked events that are meant. False after a complaint. */
static bool find_chosen(struct wish *wish, struct chosen *chosen)
{
	struct subscriptions_view view;
	struct subscription_place place;
	enum status               status = STATUS_NOT_FOUND;

	if (subscriptions_open(&view, wish->verb) && subscriptions_find(&view, wish->name, &wish->id, &place)) {
		status = subscription_state_held(view.state, wish->id, choose, chosen);
		if (status != STATUS_OK)
			subscriptions_complain(&view, "%s", status_sentence(status));
		else if (chosen->count == 0 && !wish->all)
			subscriptions_complain(&view, "%s has not parked position %" PRIu64 ".", wish->name,
			                       wish->position);
	}
	subscriptions_close(&view, EXIT_SUCCESS);
	return status == STATUS_OK && (chosen->count > 0 || wish->all);
}

/* ---------------------------------------------------------------- sending */

static bool send_retry(struct console *console, const struct wish *wish, uint64_t position, struct answer *answer)
{
	struct retry_delivery command = {.subscription = wish->id, .position = position};

	return console_send(console, "retry_delivery", &command, answer);
}

static bool send_discard(struct console *console, const struct wish *wish, uint64_t position, struct answer *answer)
{
	struct discard_delivery command = {
		.subscription = wish->id, .position = position, .reason = text_from(wish->reason)};

	return console_send(console, "discard_delivery", &command, answer);
}

typedef bool send_wish(struct console *console, const struct wish *wish, uint64_t position, struct answer *answer);

static bool send_all(const struct wish *wish, const struct chosen *chosen, send_wish *send)
{
	struct console console;
	struct answer  answer;
	bool           done = console_start(&console, "subscriptions");

	for (uint32_t i = 0; i < chosen->count && done; i++) {
		done = send(&console, wish, chosen->positions[i], &answer);
		if (done && answer.event.data)
			printf("%s %" PRIu64 ": %.*s at position %" PRIu64 "\n", wish->name, chosen->positions[i],
			       TEXT_ARG(answer.event), answer.position);
		else if (done)
			printf("%s %" PRIu64 ": wished before\n", wish->name, chosen->positions[i]);
	}
	console_finish(&console);
	return done;
}

static int act(struct wish *wish, send_wish *send)
{
	struct chosen chosen = {.wish = wish};
	bool          done = find_chosen(wish, &chosen);

	if (done && chosen.count == 0)
		printf("%s has parked nothing\n", wish->name);
	for (uint32_t i = 0; done && wish->dry_run && i < chosen.count; i++)
		printf("%s %" PRIu64 ": would be %s\n", wish->name, chosen.positions[i],
		       wish->reason ? "discarded" : "retried");
	if (done && chosen.count > 0 && !wish->dry_run)
		done = send_all(wish, &chosen, send);
	return done ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* NULL, or what is wrong with the words. */
static const char *read_wish(int argc, char **argv, struct wish *wish, const struct option_row *options)
{
	struct option_list words = {0};
	const char        *wrong = options_read(argc, argv, options, &words);

	if (wrong)
		return wrong;
	if (words.count != (wish->all ? 1 : 2))
		return "It takes a name, and a position or --all.";
	wish->name = words.items[0];
	if (!wish->all && (!text_parse_u64(text_from(words.items[1]), &wish->position) || wish->position == 0))
		return "A position is a number from 1 on.";
	return NULL;
}

int subscriptions_retry(int argc, char **argv)
{
	struct wish       wish = {.verb = "retry"};
	struct option_row options[] = {{"--all", OPTION_FLAG, &wish.all},
	                               {"--limit", OPTION_NUMBER, &wish.limit},
	                               {"--dry-run", OPTION_FLAG, &wish.dry_run},
	                               {0}};
	const char       *wrong = read_wish(argc, argv, &wish, options);

	return wrong ? subscriptions_misused(wrong) : act(&wish, send_retry);
}

int subscriptions_discard(int argc, char **argv)
{
	struct wish       wish = {.verb = "discard"};
	struct option_row options[] = {{"--all", OPTION_FLAG, &wish.all},
	                               {"--limit", OPTION_NUMBER, &wish.limit},
	                               {"--dry-run", OPTION_FLAG, &wish.dry_run},
	                               {"--reason", OPTION_TEXT, &wish.reason},
	                               {0}};
	const char       *wrong = read_wish(argc, argv, &wish, options);

	if (!wrong && !wish.reason)
		wrong = "discard takes a --reason, which the log keeps.";
	return wrong ? subscriptions_misused(wrong) : act(&wish, send_discard);
}
