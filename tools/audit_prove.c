/* orrery audit prove and check: one event's place in the log, shown to somebody who has nothing but a public key. */
#include "api/transcript.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/config.h"
#include "eventstore/codec/codec_json.h"
#include "eventstore/disk/whole_file.h"
#include "eventstore/log/cosigned.h"
#include "eventstore/log/log_proof.h"
#include "tools/audit.h"
#include "tools/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---------------------------------------------------------------- prove */

static int prove(const struct config *config, uint64_t position)
{
	const char    *data = config_path(config, CONFIG_DATA);
	struct buffer  out = {0};
	struct reader *reader;
	uint64_t       covered;
	enum status    status = reader_open(data, &reader);

	if (status != STATUS_OK)
		return audit_failed("prove", status);
	status = log_proof(reader, data, position, &covered, &out);
	reader_close(reader);
	if (status == STATUS_OK && fwrite(out.data, 1, out.size, stdout) != out.size)
		status = STATUS_IO;
	buffer_finish(&out);
	if (status != STATUS_BUSY)
		return status == STATUS_OK ? EXIT_SUCCESS : audit_failed("prove", status);
	fprintf(stderr,
	        "orrery audit: The last checkpoint covers %" PRIu64
	        " events. The writer signs within a second of a new one.\n",
	        covered);
	return AUDIT_NOT_FOUND;
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
	.manual = "Usage: orrery audit prove POSITION > FILE.tlog-proof\n\n"
		  "The event's record, its path through the Merkle tree and a signed checkpoint in one text, the last "
		  "one\n"
		  "or, if it covers the event, the one that witnesses cosigned; c2sp.org/tlog-proof. What names a "
		  "person is sealed in the record, and stays so; a proof made before\n"
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
	case STATUS_INVALID:
		return "It holds an event of another learner, or not those that its head names.";
	case STATUS_CONFLICT:
		return "The event is not in the tree that the checkpoint signs.";
	default:
		return "It is no proof of an event of Orrery's.";
	}
}

/* Who must have signed: the log, and these witnesses. */
struct signers {
	struct note_verifier log;
	struct witnesses     witnesses;
};

/* Says when each did; false, and who, when one did not. */
static bool check_witnesses(struct text checkpoint, const struct witnesses *witnesses)
{
	struct note note;
	uint64_t    time_s;
	char        time[TIME_TEXT_SIZE + 1];

	for (uint32_t i = 0; i < witnesses->count; i++) {
		if (!note_parse(checkpoint, &note) || note_verify(&note, &witnesses->items[i], &time_s) != STATUS_OK) {
			printf("The checkpoint in it is not cosigned by %s.\n", witnesses->items[i].name);
			return false;
		}
		time_format((int64_t)time_s * 1000000, time);
		printf("cosigned    %s by %s\n", time, witnesses->items[i].name);
	}
	return true;
}

/* Does the event name this learner? Anybody, when none is asked for. */
static bool concerns(const struct record *record, struct id learner)
{
	struct arena             arena = {0};
	const struct event_type *type;
	const struct field      *field;
	const void              *event;
	bool                     right = !id_present(learner);

	if (!right && record_event(record, NULL, &arena, &type, &event) == STATUS_OK) {
		field = shape_field(type->shape, TEXT("learner"));
		right = field && field->kind == KIND_ID
		        && id_equal(*(const struct id *)field_at(field, event), learner);
	}
	arena_finish(&arena);
	return right;
}

/* One proof; of a transcript, of that learner. */
static enum status check(struct text text, const struct signers *signers, struct id learner, bool *witnessed)
{
	struct buffer     entry = {0};
	struct proof      proof;
	struct record     record;
	struct checkpoint checkpoint;
	enum status       status =
                proof_parse(text, &proof) ? proof_verify(&proof, &signers->log, &checkpoint, &entry) : STATUS_CORRUPT;

	if (status == STATUS_OK)
		status = record_decode(buffer_bytes(&entry), &record);
	if (status == STATUS_OK && record.position != proof.index + 1)
		status = STATUS_CORRUPT;
	if (status == STATUS_OK && !concerns(&record, learner))
		status = STATUS_INVALID;
	if (status == STATUS_OK) {
		print_event(&record);
		printf("log         %.*s, %" PRIu64 " events when it was signed\n", TEXT_ARG(checkpoint.origin),
		       checkpoint.size);
		*witnessed = check_witnesses(proof.checkpoint, &signers->witnesses);
	}
	buffer_finish(&entry);
	return status;
}

/* ---------------------------------------------------------------- transcripts */

/* The line's rest behind `name`, and the text goes on behind it. */
static bool take_line(struct text *text, struct text name, struct text *rest)
{
	const char *end = memchr(text->data, '\n', text->size);

	if (!end || !text_take(text, name))
		return false;
	*rest = (struct text){.data = text->data, .size = (size_t)(end - text->data)};
	text->size -= rest->size + 1;
	text->data = end + 1;
	return true;
}

/* "K of N" */
static bool take_count(struct text line, uint64_t *count)
{
	const char *space = memchr(line.data, ' ', line.size);

	return space && text_parse_u64((struct text){.data = line.data, .size = (size_t)(space - line.data)}, count);
}

/* Up to the next event's line, or to the end. */
static struct text take_proof(struct text *text)
{
	const char *next = memmem(text->data, text->size, "\n" TRANSCRIPT_EVENT, strlen("\n" TRANSCRIPT_EVENT));
	struct text proof = {.data = text->data, .size = next ? (size_t)(next + 1 - text->data) : text->size};

	text->data += proof.size;
	text->size -= proof.size;
	return proof;
}

/* Every event in it is proved, the learner's, and as many as its head says. */
static enum status check_transcript(struct text text, const struct signers *signers, bool *witnessed)
{
	struct text line, events;
	struct id   learner;
	uint64_t    count, found = 0;
	enum status status = STATUS_OK;

	*witnessed = true;
	if (!text_take(&text, TEXT(TRANSCRIPT_TITLE)) || !take_line(&text, TEXT(TRANSCRIPT_LEARNER), &line)
	    || !id_parse(line, &learner) || !id_present(learner) || !take_line(&text, TEXT(TRANSCRIPT_EVENTS), &events)
	    || !take_count(events, &count))
		return STATUS_CORRUPT;
	printf("learner     %.*s\nevents      %.*s\n", TEXT_ARG(line), TEXT_ARG(events));
	while (text.size > 0 && status == STATUS_OK && *witnessed) {
		putchar('\n');
		if (!take_line(&text, TEXT(TRANSCRIPT_EVENT), &line))
			return STATUS_CORRUPT;
		status = check(take_proof(&text), signers, learner, witnessed);
		found++;
	}
	return status == STATUS_OK && *witnessed && found != count ? STATUS_INVALID : status;
}

static enum status check_any(struct text text, const struct signers *signers, bool *witnessed)
{
	if (text_starts_with(text, TEXT(TRANSCRIPT_TITLE)))
		return check_transcript(text, signers, witnessed);
	return check(text, signers, ID_NONE, witnessed);
}

static int check_file(const char *path, const struct signers *signers)
{
	bool          witnessed = false;
	struct buffer text = {0};
	enum status   status = whole_file_read(path, TRANSCRIPT_SIZE_MAX, &text);
	int           code = EXIT_SUCCESS;

	if (status != STATUS_OK) {
		fprintf(stderr, "orrery audit: %s: %s\n", path, status_sentence(status));
		code = EXIT_FAILURE;
	} else if ((status = check_any((struct text){.data = (char *)text.data, .size = text.size}, signers,
	                               &witnessed))) {
		printf("%s\nNothing is proved.\n", complaint(status));
		code = AUDIT_DAMAGED;
	} else {
		puts(witnessed ? "The event is in the log." : "Nothing is proved.");
		code = witnessed ? EXIT_SUCCESS : AUDIT_DAMAGED;
	}
	buffer_finish(&text);
	return code;
}

/* NULL, or what is wrong. */
static const char *read_signers(int argc, char **argv, struct signers *signers, const char **file)
{
	const char             *key = NULL, *witnesses = "", *wrong;
	struct option_list      words = {0};
	const struct option_row rows[] = {{"--key", OPTION_TEXT, &key}, {"--witnesses", OPTION_TEXT, &witnesses}, {0}};
	struct text             wrong_word;

	wrong = options_read(argc, argv, rows, &words);
	if (wrong)
		return wrong;
	if (words.count != 1 || !key || !note_verifier_parse(text_from(key), &signers->log))
		return "It takes a file and --key with the log's public key: NAME+ID+BASE64.";
	*file = words.items[0];
	return witnesses_parse(text_from(witnesses), &signers->witnesses, &wrong_word)
	               ? NULL
	               : "--witnesses takes their public keys as one word, with spaces between: NAME+ID+BASE64.";
}

static int run_check(int argc, char **argv)
{
	struct signers signers;
	const char    *file, *wrong = read_signers(argc, argv, &signers, &file);

	return wrong ? audit_misused(&audit_check, wrong) : check_file(file, &signers);
}

const struct verb audit_check = {
	.name = "check",
	.sentence = "Checks a proof with nothing but the log's public key.",
	.manual = "Usage: orrery audit check FILE --key NAME+ID+BASE64 [--witnesses \"NAME+ID+BASE64 …\"]\n\n"
		  "FILE is such a proof, or a learner's transcript (GET /me/transcript), which holds many.\n"
		  "Needs no server, no database and no settings. `orrery keys log` prints the public keys of a log; "
		  "they\n"
		  "must have reached you by a way that you trust.\n"
		  "--witnesses  who must have cosigned the checkpoint in it, all of them\n"
		  "Exit codes: 0 proved, 1 the file cannot be read, 2 not understood, 3 not proved.\n",
	.run = run_check,
};
