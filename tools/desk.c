#include "tools/desk.h"

#include "commands/decision.h"
#include "eventstore/vault/keys.h"
#include "tools/person.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

enum { DAMAGES_NAMED_MAX = 100 };

void desk_complain(const struct desk *desk, const char *format, ...)
{
	va_list values;

	fflush(stdout);
	fprintf(stderr, "orrery audit %s: ", desk->verb);
	va_start(values, format);
	vfprintf(stderr, format, values);
	va_end(values);
	fputc('\n', stderr);
}

int desk_failed(const struct desk *desk, enum status status)
{
	desk_complain(desk, "%s", status_sentence(status));
	return status == STATUS_CORRUPT ? AUDIT_DAMAGED : EXIT_FAILURE;
}

/* LMDB's pages bear no hashes: one that is damaged, or a file that is too short, may lead its reader anywhere. */
static void on_bad_memory(int signal_number)
{
	static const char sentence[] =
		"orrery audit: Reading went astray: a page of the log's files is damaged, or a file is cut short. "
		"`orrery audit verify --full` tells more.\n";
	ssize_t written = write(STDERR_FILENO, sentence, sizeof(sentence) - 1);

	_exit(written < 0 ? EXIT_FAILURE : AUDIT_DAMAGED);
}

bool desk_open(struct desk *desk, const char *verb)
{
	enum status status;

	signal(SIGSEGV, on_bad_memory);
	signal(SIGBUS, on_bad_memory);
	*desk = (struct desk){.verb = verb, .now_us = clock_wall_us(), .screen = {.out = stdout}, .code = EXIT_USAGE};
	config_load_or_exit(&desk->config, "orrery-audit");
	status = reader_open(config_path(&desk->config, CONFIG_DATA), &desk->reader);
	if (status == STATUS_OK)
		status = reader_head(desk->reader, &desk->head);
	if (status == STATUS_NOT_FOUND)
		desk_complain(desk, "There is no log in %s; ORRERY_DATA says where it lies.",
		              config_path(&desk->config, CONFIG_DATA));
	else if (status)
		desk_complain(desk, "%s: %s", config_path(&desk->config, CONFIG_DATA), status_sentence(status));
	return status == STATUS_OK;
}

int desk_close(struct desk *desk, int code)
{
	if (screen_close(&desk->screen) != STATUS_OK && code == EXIT_SUCCESS)
		code = EXIT_FAILURE;
	reader_close(desk->reader);
	keys_close(desk->keys);
	buffer_finish(&desk->out);
	arena_finish(&desk->arena);
	config_finish(&desk->config);
	return desk->damaged > 0 && code != EXIT_USAGE ? AUDIT_DAMAGED : code;
}

const char *desk_unsealing_fault(const struct desk_wish *wish)
{
	size_t length = 0;

	if (!wish->unseal)
		return wish->reason || wish->offline ? "--reason and --offline go with --unseal." : NULL;
	if (wish->offline)
		return NULL;
	if (!wish->reason || !text_code_points(text_from(wish->reason), &length) || length == 0)
		return "--unseal takes --reason TEXT, which is noted in the log.";
	return length > DESK_REASON_MAX ? "The reason is too long." : NULL;
}

int desk_run(const struct verb *verb, const char *sentence, int argc, char **argv,
             int (*run)(const struct desk_wish *wish, const char *word))
{
	struct desk_wish        wish = {0};
	struct option_list      words = {0};
	const struct option_row rows[] = {DESK_OPTIONS(&wish), DESK_UNSEALING(&wish), {0}};
	const char             *wrong = options_read(argc, argv, rows, &words);

	if (!wrong)
		wrong = desk_unsealing_fault(&wish);
	if (!wrong && words.count != 1)
		wrong = sentence;
	return wrong ? audit_misused(verb, wrong) : run(&wish, words.items[0]);
}

/* ---------------------------------------------------------------- events */

struct showing {
	struct desk *desk;
	desk_visit   visit;
	void        *owner;
	enum status  status;
};

static bool show_record(void *owner, const struct record *record)
{
	struct showing   *showing = owner;
	struct event_view view;

	showing->status = event_view_read(record, showing->desk->opener, &showing->desk->arena, &view);
	if (showing->status == STATUS_OK)
		showing->visit(showing->owner, &view);
	arena_reset(&showing->desk->arena);
	return true;
}

void desk_note_damage(struct desk *desk, uint64_t position)
{
	if (desk->quiet)
		return;
	if (desk->damaged++ < DAMAGES_NAMED_MAX)
		desk_complain(desk,
		              "The record at position %" PRIu64
		              " is damaged and cannot be shown; `orrery audit verify` tells more.",
		              position);
}

enum status desk_show(struct desk *desk, const uint64_t *positions, uint32_t count, desk_visit visit, void *owner)
{
	for (uint32_t i = 0; i < count; i++) {
		struct showing showing = {.desk = desk, .visit = visit, .owner = owner, .status = STATUS_NOT_FOUND};
		enum status    status = reader_each(desk->reader, positions[i], 1, show_record, &showing);

		if (status == STATUS_OK)
			status = showing.status;
		if (status == STATUS_CORRUPT || status == STATUS_NOT_FOUND) {
			desk_note_damage(desk, positions[i]);
		} else if (status != STATUS_OK) {
			return status;
		}
	}
	return STATUS_OK;
}

enum status desk_print(struct desk *desk)
{
	return screen_print(&desk->screen, &desk->out);
}

unsigned desk_event_width(void)
{
	size_t width = 0;

	for (uint32_t i = 0; i < event_type_count; i++)
		if (strlen(event_types[i].name) > width)
			width = strlen(event_types[i].name);
	return (unsigned)width;
}

/* ---------------------------------------------------------------- whom and what words mean */

bool desk_find_person(struct desk *desk, const char *word, struct id *person)
{
	enum status status = person_find(&desk->config, word, person);

	if (status && status != STATUS_INVALID)
		desk->code = EXIT_FAILURE;
	if (status == STATUS_INVALID)
		desk_complain(desk, "\"%s\" is neither an e-mail address nor an id.", word);
	else if (status == STATUS_NOT_FOUND)
		desk_complain(desk, "Nobody here has the e-mail address %s.", word);
	else if (status)
		desk_complain(desk, "The e-mail address cannot be looked up: %s", status_sentence(status));
	return status == STATUS_OK;
}

static void complain_noun(const struct desk *desk, const char *word)
{
	struct buffer names = {0};

	for (uint32_t i = 0; i < noun_type_count; i++)
		buffer_format(&names, "%s %s", i ? "," : "", noun_types[i].state->name);
	desk_complain(desk, "\"%s\" is no stream: it is written NOUN:ID, and the nouns are%.*s.", word, (int)names.size,
	              (char *)names.data);
	buffer_finish(&names);
}

bool desk_find_stream(struct desk *desk, const char *word, const char **noun, struct id *id)
{
	const char             *colon = strchr(word, ':');
	struct text             name = {.data = word, .size = colon ? (size_t)(colon - word) : 0};
	const struct noun_type *type = colon ? noun_type_by_name(name) : NULL;

	if (!type) {
		complain_noun(desk, word);
		return false;
	}
	*noun = type->state->name;
	if (id_parse(text_from(colon + 1), id) && id_present(*id))
		return true;
	if (noun_views(type, "user"))
		return desk_find_person(desk, colon + 1, id);
	desk_complain(desk, "\"%s\" is no id.", colon + 1);
	return false;
}
