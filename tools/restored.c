#include "tools/restored.h"

#include "eventstore/base/clock.h"
#include "tools/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

const char *restored_read_key(const char *text, struct restore_key *out)
{
	out->given = text && note_verifier_parse(text_from(text), &out->verifier);
	return text && !out->given ? "--log-key takes a public key, NAME+ID+BASE64, as `orrery keys log` prints it."
	                           : NULL;
}

int restored_complain(const char *verb, enum status status, const char *fault)
{
	fprintf(stderr, "orrery %s: %s\n", verb, *fault ? fault : status_sentence(status));
	return status == STATUS_CORRUPT || status == STATUS_DENIED ? RESTORED_DAMAGED : EXIT_FAILURE;
}

const char *restored_trust(const struct restore_outcome *outcome)
{
	switch (outcome->trust) {
	case TRUST_LOG_KEY:
		return "is signed by the key that was given: it is that log";
	case TRUST_OWN_KEY:
		return "is signed by a key that the backup names itself: it is undamaged; give --log-key to know that "
		       "nobody made it up";
	default:
		return "is missing, or no key for it is known: it is undamaged as far as its hashes tell";
	}
}

static const char *trust_word(const struct restore_outcome *outcome)
{
	static const char *const words[] = {
		[TRUST_NONE] = "none", [TRUST_OWN_KEY] = "own_key", [TRUST_LOG_KEY] = "log_key"};

	return words[outcome->trust];
}

enum status restored_run(struct restore_plan *plan, struct restore_outcome *outcome)
{
	_Atomic uint64_t done = 0;
	struct manifest  manifest;
	struct progress *progress;
	enum status      status;

	plan->done = &done;
	progress = progress_start("Read", "events", &done,
	                          manifest_read(plan->from, &manifest) == STATUS_OK ? manifest.head : 0);
	status = plan->to ? restore_log(plan, outcome) : restore_check(plan, outcome);
	progress_stop(progress);
	return status;
}

static void print_verified(const struct restore_outcome *outcome)
{
	const struct manifest *manifest = &outcome->manifest;
	char                   number[PROGRESS_NUMBER_SIZE], store[ID_TEXT_SIZE + 1], time[TIME_TEXT_SIZE + 1];

	id_format(manifest->store, store);
	time_format(manifest->time_us, time);
	printf("store       %s, epoch %" PRIu64 "\nmade        %s by %s\n", store, manifest->epoch, time,
	       manifest->build);
	if (manifest->kind == MANIFEST_KEYS) {
		printf("keys        as of position %" PRIu64 "\nThe backup of the keys is undamaged.\n",
		       manifest->head);
		return;
	}
	printf("events      %s\ncheckpoint  %s\nThe backup of the log is undamaged.\n",
	       progress_number(manifest->head, number), restored_trust(outcome));
}

static void print_verified_json(const struct restore_outcome *outcome)
{
	const struct manifest *manifest = &outcome->manifest;
	char                   store[ID_TEXT_SIZE + 1];

	id_format(manifest->store, store);
	printf("{\"kind\":\"%s\",\"store\":\"%s\",\"epoch\":%" PRIu64 ",\"head\":%" PRIu64 ",\"trust\":\"%s\"}\n",
	       manifest->kind == MANIFEST_KEYS ? "keys" : "log", store, manifest->epoch, manifest->head,
	       trust_word(outcome));
}

int restored_verify(const char *folder, const struct restore_key *key, bool json)
{
	struct restore_plan    plan = {.from = folder, .at = UINT64_MAX, .log_key = key->given ? &key->verifier : NULL};
	struct restore_outcome outcome;
	enum status            status = restored_run(&plan, &outcome);

	if (status != STATUS_OK)
		return restored_complain("backup", status, outcome.fault);
	if (json)
		print_verified_json(&outcome);
	else
		print_verified(&outcome);
	return EXIT_SUCCESS;
}
