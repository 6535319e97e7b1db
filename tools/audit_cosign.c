/* orrery audit cosign: what a witness is asked, and what it answered. */
#include "eventstore/base/clock.h"
#include "eventstore/base/hash.h"
#include "eventstore/disk/whole_file.h"
#include "eventstore/log/cosigned.h"
#include "eventstore/log/log_keys.h"
#include "tools/audit.h"
#include "tools/audit_checkpoint.h"
#include "tools/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct wish {
	const char *file; /* or "-"; NULL: a request is to be made */
	bool        request;
	uint64_t    old;
};

/* ---------------------------------------------------------------- asking */

static int request(const struct wish *wish, const struct config *config, struct reader *reader)
{
	struct merkle_source tree = reader_tree(reader);
	struct buffer        out = {0};
	enum status          status = cosigned_request(config_path(config, CONFIG_DATA), &tree, wish->old, &out);

	if (status == STATUS_OK && fwrite(out.data, 1, out.size, stdout) != out.size)
		status = STATUS_IO;
	buffer_finish(&out);
	if (status == STATUS_INVALID) {
		fputs("orrery audit cosign: The last checkpoint covers fewer events than that.\n", stderr);
		return EXIT_FAILURE;
	}
	return status == STATUS_OK ? EXIT_SUCCESS : audit_failed("cosign", status);
}

/* ---------------------------------------------------------------- taking */

static enum status read_input(const char *file, struct buffer *text)
{
	char   piece[4096];
	size_t size;

	if (strcmp(file, "-") != 0)
		return whole_file_read(file, NOTE_SIZE_MAX, text);
	while (text->size <= NOTE_SIZE_MAX && (size = fread(piece, 1, sizeof(piece), stdin)) > 0)
		buffer_append(text, BYTES(piece, size));
	return ferror(stdin) ? STATUS_IO : text->size > NOTE_SIZE_MAX ? STATUS_TOO_LARGE : STATUS_OK;
}

static int complain(enum status status)
{
	static const char *const sentences[] = {
		[STATUS_INVALID] = "It is no checkpoint that this log has signed.",
		[STATUS_NOT_FOUND] = "No witness of ORRERY_WITNESSES has cosigned it.",
		[STATUS_DENIED] = "A cosignature in the name of a known witness is wrong.",
		[STATUS_CONFLICT] = "A larger cosigned checkpoint is kept already.",
		[STATUS_CORRUPT] = "The log has signed it, and has another past now.",
	};
	const char *sentence = status < array_count(sentences) ? sentences[status] : NULL;

	fprintf(stderr, "orrery audit cosign: %s\n", sentence ? sentence : status_sentence(status));
	return status == STATUS_CORRUPT || status == STATUS_DENIED ? AUDIT_DAMAGED : EXIT_FAILURE;
}

static void print_taken(const struct witnesses *witnesses, const struct cosigned_outcome *outcome)
{
	char time[TIME_TEXT_SIZE + 1];

	printf("checkpoint  %" PRIu64 " events\n", outcome->size);
	for (uint32_t i = 0; i < outcome->count; i++) {
		time_format((int64_t)outcome->time_s[i] * 1000000, time);
		printf("cosigned    %s by %s\n", time, witnesses->items[outcome->witness[i]].name);
	}
}

static enum status take_text(const struct config *config, struct reader *reader, const struct witnesses *witnesses,
                             struct text text, struct cosigned_outcome *outcome)
{
	struct merkle_source  tree = reader_tree(reader);
	struct note_verifier  keys[LOG_KEYS_MAX];
	struct cosigned_check check = {
		.data = config_path(config, CONFIG_DATA), .tree = &tree, .log_keys = keys, .witnesses = witnesses};
	enum status status = audit_read_keys(config, reader, keys, &check.log_key_count);

	return status == STATUS_OK ? cosigned_take(&check, text, outcome) : status;
}

static int take(const struct wish *wish, const struct config *config, struct reader *reader)
{
	struct witnesses        witnesses;
	struct cosigned_outcome outcome;
	struct buffer           text = {0};
	struct text             wrong;
	enum status             status;

	if (!witnesses_parse(text_from(config_text(config, CONFIG_WITNESSES)), &witnesses, &wrong)) {
		fprintf(stderr, "orrery audit cosign: ORRERY_WITNESSES: \"%.*s\" is no public key of a witness.\n",
		        TEXT_ARG(wrong));
		return EXIT_FAILURE;
	}
	status = read_input(wish->file, &text);
	if (status == STATUS_OK)
		status = take_text(config, reader, &witnesses,
		                   (struct text){.data = (char *)text.data, .size = text.size}, &outcome);
	buffer_finish(&text);
	if (status != STATUS_OK)
		return complain(status);
	print_taken(&witnesses, &outcome);
	return EXIT_SUCCESS;
}

/* ---------------------------------------------------------------- the verb */

/* NULL, or what is wrong. */
static const char *read_wish(int argc, char **argv, struct wish *wish)
{
	struct option_list      words = {0};
	const struct option_row rows[] = {
		{"--request", OPTION_FLAG, &wish->request}, {"--old", OPTION_NUMBER, &wish->old}, {0}};
	const char *wrong = options_read(argc, argv, rows, &words);

	if (wrong)
		return wrong;
	if (words.count != !wish->request || (wish->old > 0 && !wish->request))
		return "It takes a file, or - for stdin; or --request, and perhaps --old SIZE.";
	wish->file = words.items[0];
	return NULL;
}

static int run_cosign(int argc, char **argv)
{
	struct wish    wish = {0};
	struct config  config;
	struct reader *reader;
	const char    *wrong = read_wish(argc, argv, &wish);
	enum status    status;
	int            code;

	if (wrong)
		return audit_misused(&audit_cosign, wrong);
	config_load_or_exit(&config, "orrery-audit");
	status = reader_open(config_path(&config, CONFIG_DATA), &reader);
	if (status == STATUS_OK) {
		code = wish.request ? request(&wish, &config, reader) : take(&wish, &config, reader);
		reader_close(reader);
	} else {
		code = audit_failed("cosign", status);
	}
	config_finish(&config);
	return code;
}

const struct verb audit_cosign = {
	.name = "cosign",
	.sentence = "Keeps what witnesses have cosigned of the log's checkpoints.",
	.manual =
		"Usage: orrery audit cosign FILE|-\n"
		"       orrery audit cosign --request [--old SIZE]\n\n"
		"A witness is somebody else who remembers the last checkpoint of a log and cosigns a later one only "
		"if\n"
		"that continues it. So nobody can be shown another past than the witnesses were. ORRERY_WITNESSES\n"
		"holds the public keys of those that count here, with spaces between.\n"
		"Takes a cosigned checkpoint, or the lines alone that a witness answered, and keeps it if this log "
		"has\n"
		"signed it, its root is the tree's, and a known witness cosigned it. /log/checkpoint bears the\n"
		"cosignatures as long as no event comes after them, and proofs of the events that it covers from then\n"
		"on.\n"
		"--request  prints what a witness is asked (c2sp.org/tlog-witness, add-checkpoint):\n"
		"             orrery audit cosign --request | curl -sf --data-binary @- URL/add-checkpoint |\n"
		"                 orrery audit cosign -\n"
		"--old      how many events the witness has seen, 0 at first; one that has seen another number "
		"answers\n"
		"           409 and the number\n"
		"Exit codes: 0 done, 1 could not be done, 2 not understood, 3 a signature is wrong or the past "
		"another.\n",
	.run = run_cosign,
};
