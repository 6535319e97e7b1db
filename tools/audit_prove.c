/* orrery audit prove and check: one event's place in the log, shown to somebody who has nothing but a public key. */
#include "eventstore/base/clock.h"
#include "eventstore/codec_json.h"
#include "eventstore/whole_file.h"
#include "tools/audit.h"
#include "tools/audit_checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---------------------------------------------------------------- prove */

static bool copy_entry(void *owner, const struct record *record)
{
	buffer_append(owner, record->encoded);
	return true;
}

static enum status make_proof(struct reader *reader, uint64_t position, const struct checkpoint *checkpoint,
                              struct text note, struct buffer *out)
{
	struct merkle_source tree = reader_tree(reader);
	struct merkle_proof  path;
	struct buffer        entry = {0};
	enum status          status = reader_each(reader, position, 1, copy_entry, &entry);

	if (status == STATUS_OK)
		status = merkle_prove_inclusion(&tree, position - 1, checkpoint->size, &path);
	if (status == STATUS_OK)
		proof_format(buffer_bytes(&entry), position - 1, &path, note, out);
	buffer_finish(&entry);
	return status;
}

static int prove_signed(struct reader *reader, uint64_t position, const struct checkpoint *checkpoint,
                        const struct buffer *note)
{
	struct buffer out = {0};
	enum status   status;

	if (position > checkpoint->size) {
		fprintf(stderr,
		        "orrery audit: The last checkpoint covers %" PRIu64
		        " events. The writer signs within a second of a new one.\n",
		        checkpoint->size);
		return AUDIT_NOT_FOUND;
	}
	status = make_proof(reader, position, checkpoint, (struct text){.data = (char *)note->data, .size = note->size},
	                    &out);
	if (status == STATUS_OK && fwrite(out.data, 1, out.size, stdout) != out.size)
		status = STATUS_IO;
	buffer_finish(&out);
	return status == STATUS_OK ? EXIT_SUCCESS : audit_failed("prove", status);
}

static int prove(const struct config *config, uint64_t position)
{
	struct buffer     note = {0};
	struct checkpoint checkpoint;
	struct reader    *reader;
	int               code;
	enum status       status = reader_open(config_path(config, CONFIG_DATA), &reader);

	if (status != STATUS_OK)
		return audit_failed("prove", status);
	status = audit_read_checkpoint(config, &note, &checkpoint);
	code = status == STATUS_OK ? prove_signed(reader, position, &checkpoint, &note) : audit_failed("prove", status);
	buffer_finish(&note);
	reader_close(reader);
	return code;
}

static int run_prove(int argc, char **argv)
{
	struct config config;
	uint64_t      position;
	int           code;

	if (argc != 2 || !text_parse_u64(text_from(argv[1]), &position) || position == 0)
		return audit_misused(&audit_prove, "It takes a position: 1, 2, …");
	config_load_or_exit(&config, "orrery-audit");
	code = prove(&config, position);
	config_finish(&config);
	return code;
}

const struct verb audit_prove = {
	.name = "prove",
	.sentence = "Writes a proof that an event is in the log, for others to check.",
	.manual =
		"Usage: orrery audit prove POSITION > FILE.tlog-proof\n\n"
		"The event's record, its path through the Merkle tree and the last signed checkpoint in one text,\n"
		"c2sp.org/tlog-proof. What names a person is sealed in the record, and stays so; a proof made before\n"
		"somebody was erased stays good. The proof of the event that erased somebody is the receipt of it.\n"
		"Exit codes: 0 written, 1 could not be done or not signed yet, 2 not understood.\n",
	.run = run_prove,
};

/* ---------------------------------------------------------------- check */

static void print_event(const struct record *record)
{
	struct arena             arena = {0};
	struct buffer            fields = {0};
	const struct event_type *type;
	const void              *event;
	char                     time[TIME_TEXT_SIZE + 1];

	time_format(record->time_us, time);
	printf("position    %" PRIu64 "\ntime        %s\n", record->position, time);
	if (record_event(record, NULL, &arena, &type, &event) == STATUS_OK) {
		json_encode_shape(type->shape, event, FIELD_SECRET, &fields);
		printf("event       %s\nfields      %.*s\n", type->name, (int)fields.size, (char *)fields.data);
	} else {
		printf("event       number %u, which this program does not know\n", record->number);
	}
	buffer_finish(&fields);
	arena_finish(&arena);
}

static const char *complaint(enum status status)
{
	switch (status) {
	case STATUS_NOT_FOUND:
		return "The checkpoint in it is not signed by this key.";
	case STATUS_DENIED:
		return "The signature of the checkpoint in it is wrong.";
	case STATUS_CONFLICT:
		return "The event is not in the tree that the checkpoint signs.";
	default:
		return "It is no proof of an event of Orrery's.";
	}
}

static enum status check(struct text text, const struct note_verifier *verifier)
{
	struct buffer     entry = {0};
	struct proof      proof;
	struct record     record;
	struct checkpoint checkpoint;
	enum status       status =
                proof_parse(text, &proof) ? proof_verify(&proof, verifier, &checkpoint, &entry) : STATUS_CORRUPT;

	if (status == STATUS_OK)
		status = record_decode(buffer_bytes(&entry), &record);
	if (status == STATUS_OK && record.position != proof.index + 1)
		status = STATUS_CORRUPT;
	if (status == STATUS_OK) {
		print_event(&record);
		printf("log         %.*s, %" PRIu64 " events when it was signed\nThe event is in the log.\n",
		       TEXT_ARG(checkpoint.origin), checkpoint.size);
	}
	buffer_finish(&entry);
	return status;
}

static int check_file(const char *path, const struct note_verifier *verifier)
{
	struct buffer text = {0};
	enum status   status = whole_file_read(path, PROOF_TEXT_SIZE_MAX, &text);
	int           code = EXIT_SUCCESS;

	if (status != STATUS_OK) {
		fprintf(stderr, "orrery audit: %s: %s\n", path, status_sentence(status));
		code = EXIT_FAILURE;
	} else if ((status = check((struct text){.data = (char *)text.data, .size = text.size}, verifier))) {
		printf("%s\nNothing is proved.\n", complaint(status));
		code = AUDIT_DAMAGED;
	}
	buffer_finish(&text);
	return code;
}

static int run_check(int argc, char **argv)
{
	struct note_verifier verifier;

	if (argc != 4 || strcmp(argv[2], "--key") != 0 || !note_verifier_parse(text_from(argv[3]), &verifier))
		return audit_misused(&audit_check,
		                     "It takes a file and --key with the log's public key: NAME+ID+BASE64.");
	return check_file(argv[1], &verifier);
}

const struct verb audit_check = {
	.name = "check",
	.sentence = "Checks a proof with nothing but the log's public key.",
	.manual = "Usage: orrery audit check FILE --key NAME+ID+BASE64\n\n"
		  "Needs no server, no database and no settings. `orrery keys log` prints the public keys of a log; "
		  "they\n"
		  "must have reached you by a way that you trust.\n"
		  "Exit codes: 0 proved, 1 the file cannot be read, 2 not understood, 3 not proved.\n",
	.run = run_check,
};
