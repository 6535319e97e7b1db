#include "tools/person.h"

#include "eventstore/log/reader.h"
#include "eventstore/vault/keys.h"

static enum status hash_email(const struct config *config, const char *email, struct hash *out)
{
	struct arena arena = {0};
	struct keys *keys;
	enum status  status = keys_open(config_in_data(config, KEYS_FOLDER, &arena),
	                                config_path(config, CONFIG_MASTER_KEY_FILE), KEYS_READ, &keys);

	arena_finish(&arena);
	if (status)
		return status;
	*out = keys_claim_hash(keys, TEXT("email"), text_from(email));
	keys_close(keys);
	return STATUS_OK;
}

static enum status find_holder(const struct config *config, const char *email, struct id *holder)
{
	struct reader *reader;
	struct hash    claim;
	enum status    status = hash_email(config, email, &claim);

	if (status == STATUS_OK)
		status = reader_open(config_path(config, CONFIG_DATA), &reader);
	if (status)
		return status;
	status = reader_claim(reader, &claim, holder);
	reader_close(reader);
	return status;
}

enum status person_find(const struct config *config, const char *who, struct id *person)
{
	if (id_parse(text_from(who), person) && id_present(*person))
		return STATUS_OK;
	return strchr(who, '@') ? find_holder(config, who, person) : STATUS_INVALID;
}
