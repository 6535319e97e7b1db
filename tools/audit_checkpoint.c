#include "tools/audit_checkpoint.h"

#include "eventstore/base/hash.h"
#include "eventstore/log/cosigned.h"
#include "eventstore/log/log_keys.h"

enum status audit_read_checkpoint(const struct config *config, struct buffer *note, struct checkpoint *checkpoint)
{
	struct note parsed;
	enum status status = cosigned_checkpoint(config_path(config, CONFIG_DATA), note);

	if (status == STATUS_OK
	    && (!note_parse((struct text){.data = (char *)note->data, .size = note->size}, &parsed)
	        || !checkpoint_parse(parsed.body, checkpoint)))
		status = STATUS_CORRUPT;
	return status;
}

enum status audit_read_keys(const struct config *config, const struct reader *reader, struct note_verifier *out,
                            uint32_t *count)
{
	struct arena    arena = {0};
	struct log_keys keys;
	const char     *folder =
		log_keys_folder(config_path(config, CONFIG_LOG_KEYS), reader_identity(reader).epoch, &arena);
	enum status status = log_keys_read(folder, &keys);

	arena_finish(&arena);
	if (status != STATUS_OK)
		return status;
	for (uint32_t i = 0; i < keys.count; i++)
		out[i] = note_signer_verifier(&keys.signers[i]);
	*count = keys.count;
	secret_wipe(&keys, sizeof(keys));
	return STATUS_OK;
}

/* By any key of the epoch; NOT_FOUND also when the keys may not be read here. CORRUPT: one of them is none. */
static enum status verify_signature(const struct config *config, const struct reader *reader, struct text note)
{
	struct note_verifier keys[LOG_KEYS_MAX];
	struct checkpoint    checkpoint;
	uint32_t             count = 0;
	enum status          status = STATUS_NOT_FOUND;

	enum status read = audit_read_keys(config, reader, keys, &count);

	if (read != STATUS_OK)
		return read == STATUS_DENIED ? STATUS_NOT_FOUND : read;
	for (uint32_t i = 0; i < count && status == STATUS_NOT_FOUND; i++)
		status = checkpoint_verify(note, &keys[i], &checkpoint);
	return status;
}

const char *audit_compare_checkpoint(const struct config *config, struct reader *reader, bool *contradicted)
{
	struct buffer        note = {0};
	struct merkle_source tree = reader_tree(reader);
	struct checkpoint    checkpoint;
	struct hash          root;
	const char          *sentence = "is the tree's, and signed by the log's key";
	enum status          status = audit_read_checkpoint(config, &note, &checkpoint);

	*contradicted = false;
	if (status != STATUS_OK) {
		sentence = status == STATUS_NOT_FOUND ? "none was signed yet" : "what lies there is none";
		*contradicted = status == STATUS_CORRUPT;
	} else if (merkle_root(&tree, checkpoint.size, &root) != STATUS_OK || !hash_equal(&root, &checkpoint.root)) {
		sentence = "is of another past: the log was changed or an old copy put in its place";
		*contradicted = true;
	} else {
		status = verify_signature(config, reader, (struct text){.data = (char *)note.data, .size = note.size});
		if (status == STATUS_NOT_FOUND)
			sentence = "is the tree's; its signature was not checked, since no key for it is here";
		else if (status == STATUS_CORRUPT)
			sentence = "is the tree's, but a key of the log is damaged";
		else if (status != STATUS_OK)
			sentence = "is the tree's, but its signature is wrong";
		*contradicted = status == STATUS_DENIED || status == STATUS_CORRUPT;
	}
	buffer_finish(&note);
	return sentence;
}
