#include "tools/keys_feed.h"

#include "eventstore/base/hash.h"
#include "eventstore/feed/roster.h"

#include <stdio.h>
#include <stdlib.h>

static int complain(enum status status)
{
	if (status == STATUS_NOT_FOUND)
		fputs("orrery keys: There is no follower of that name.\n", stderr);
	else if (status == STATUS_CONFLICT)
		fputs("orrery keys: A follower of that name, or with that key, is there already.\n", stderr);
	else if (status == STATUS_FULL)
		fprintf(stderr, "orrery keys: There are %d followers already.\n", ROSTER_MAX);
	else if (status == STATUS_INVALID)
		fprintf(stderr,
		        "orrery keys: NAME is 1 to %d letters, digits, dots, hyphens and underscores; KEY is what "
		        "`orrery follow DIR --show-key` prints.\n",
		        ROSTER_NAME_SIZE_MAX);
	else
		fprintf(stderr, "orrery keys: %s\n", status_sentence(status));
	return EXIT_FAILURE;
}

static void print_key(const char *name, const struct noise_public *key, bool keys)
{
	char text[IDENTITY_KEY_TEXT_SIZE + 1];

	identity_key_format(key, text);
	printf("%s  %s%s\n", text, name, keys ? ", with the keys of persons" : "");
}

int keys_feed_print(const struct config *config, char **arguments)
{
	const char      *folder = config_path(config, CONFIG_FEED_KEYS);
	struct roster    roster;
	struct noise_key own;
	enum status      status = roster_own_key(folder, &own);

	if (status == STATUS_OK)
		status = roster_read(folder, &roster);
	if (status != STATUS_OK)
		return complain(status);
	print_key("(the feed itself)", &own.public, false);
	secret_wipe(&own, sizeof(own));
	for (uint32_t i = 0; i < roster.count; i++)
		print_key(roster.entries[i].name, &roster.entries[i].key, roster.entries[i].keys);
	return EXIT_SUCCESS;
}

static int grow(const struct config *config, char **arguments, bool keys)
{
	enum status status = roster_add(config_path(config, CONFIG_FEED_KEYS), text_from(arguments[0]),
	                                text_from(arguments[1]), keys);

	return status == STATUS_OK ? EXIT_SUCCESS : complain(status);
}

int keys_feed_grow(const struct config *config, char **arguments)
{
	return grow(config, arguments, false);
}

int keys_feed_grow_with_keys(const struct config *config, char **arguments)
{
	return grow(config, arguments, true);
}

int keys_feed_drop(const struct config *config, char **arguments)
{
	enum status status = roster_remove(config_path(config, CONFIG_FEED_KEYS), text_from(arguments[0]));

	return status == STATUS_OK ? EXIT_SUCCESS : complain(status);
}
