#include "tools/audit_vault.h"

#include "eventstore/vault/keys_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PERSONS_SHOWN_MAX = 20 };

struct look {
	bool     json;
	uint64_t shown;
};

static void print(const struct look *look, const char *person, const char *sentence)
{
	if (look->json)
		printf("{\"finding\":\"%s\",\"file\":\"keys/wrapped\",\"person\":\"%s\"}\n", sentence, person);
	else
		printf("vault: %s%s%s\n", *person ? person : "", *person ? ": " : "", sentence);
}

static void print_damaged(void *owner, struct id person)
{
	struct look *look = owner;
	char         id[ID_TEXT_SIZE + 1];

	if (look->shown++ >= PERSONS_SHOWN_MAX)
		return;
	id_format(person, id);
	print(look, id, "the key that lies there is none of this vault's");
}

static uint64_t check(struct look *look, struct keys *keys, const char *directory)
{
	struct keys_checked checked = {0};
	enum status         status = keys_check(keys, directory, print_damaged, look, &checked);

	if (status != STATUS_OK) {
		print(look, "", "it cannot be read to its end");
		return 1;
	}
	if (checked.slots_damaged)
		print(look, "", "the next key would be written over another one");
	if (!look->json)
		printf("vault       %" PRIu64 " keys open, %" PRIu64 " persons are forgotten\n", checked.open,
		       checked.forgotten);
	return checked.damaged + checked.slots_damaged;
}

static bool has_master_key(const struct config *config)
{
	return getenv("ORRERY_MASTER_KEY") || access(config_path(config, CONFIG_MASTER_KEY_FILE), R_OK) == 0;
}

uint64_t audit_vault(const struct config *config, bool json)
{
	struct look  look = {.json = json};
	struct arena arena = {0};
	const char  *directory = config_in_data(config, KEYS_FOLDER, &arena);
	struct keys *keys;
	uint64_t     findings = 0;
	enum status  status = STATUS_NOT_FOUND;

	if (has_master_key(config))
		status = keys_open(directory, config_path(config, CONFIG_MASTER_KEY_FILE), KEYS_READ, &keys);
	if (status == STATUS_OK) {
		findings = check(&look, keys, directory);
		keys_close(keys);
	} else if (status != STATUS_NOT_FOUND) {
		print(&look, "", "it does not open with its master key");
		findings = 1;
	} else if (!json) {
		printf("vault       not looked at: it is not here, or its master key is not\n");
	}
	arena_finish(&arena);
	return findings;
}
