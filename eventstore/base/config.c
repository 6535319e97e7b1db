#include "eventstore/base/config.h"

#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WORDS_MAX = 16 };

const struct config_variable config_variables[CONFIG_COUNT] = {
#define CONFIG(name, kind, fallback, unit, least, most, sentence)                                                      \
	{"ORRERY_" #name, CONFIG_KIND_##kind, fallback, unit, least, most, sentence},
#include "eventstore/base/config.def"
#undef CONFIG
};

static const char file_variable[] = "ORRERY_CONFIG";

/* One pair of the file, as a view of its text. */
struct pair {
	struct text key;
	struct text value;
};

/* Checks --------------------------------------------------------------------------------------------------------- */

static bool parse_bool(struct text text, uint64_t *out)
{
	static const char *const words[] = {"0", "1", "off", "on", "false", "true", "no", "yes"};

	for (uint32_t i = 0; i < array_count(words); i++) {
		if (text_is(text, words[i])) {
			*out = i % 2;
			return true;
		}
	}
	return false;
}

static bool parse_number(const struct config_variable *variable, struct text text, uint64_t *out)
{
	uint64_t number;

	if (!text_parse_u64(text, &number) || number < variable->least || number > variable->most)
		return false;
	*out = number;
	return true;
}

/* Finds the text among the words that stand in `words` with | between. */
static bool parse_word(const char *words, struct text text, uint64_t *out)
{
	for (uint32_t i = 0; i < WORDS_MAX; i++) {
		size_t size = strcspn(words, "|");

		if (text_equal(text, (struct text){.data = words, .size = size})) {
			*out = i;
			return true;
		}
		if (words[size] == '\0')
			return false;
		words += size + 1;
	}
	return false;
}

static bool is_address(struct text text)
{
	const char *colon = memrchr(text.data, ':', text.size);
	uint64_t    port;

	if (!colon || colon == text.data)
		return false;
	return text_parse_u64((struct text){colon + 1, text.size - (size_t)(colon + 1 - text.data)}, &port) && port > 0
	       && port <= UINT16_MAX;
}

/* RFC 6454: no path, no user, no question; so that it can be compared with an Origin header byte by byte. */
static bool is_origin(struct text text)
{
	size_t scheme = 0;

	if (text_starts_with(text, TEXT("https://")))
		scheme = strlen("https://");
	else if (text_starts_with(text, TEXT("http://")))
		scheme = strlen("http://");
	return scheme > 0 && text.size > scheme && strcspn(text.data + scheme, "/?#@ \t\\") == text.size - scheme;
}

/* What a value of this kind must look like, for the end of a sentence. */
static const char *expectation(struct arena *arena, const struct config_variable *variable)
{
	switch (variable->kind) {
	case CONFIG_KIND_BOOL:
		return "it must be on or off";
	case CONFIG_KIND_U32:
	case CONFIG_KIND_U64:
		return arena_format(arena, "it must be a number from %llu to %llu (%s)",
		                    (unsigned long long)variable->least, (unsigned long long)variable->most,
		                    variable->unit)
		        .data;
	case CONFIG_KIND_WORD:
		return arena_format(arena, "it must be one of %s", variable->unit).data;
	case CONFIG_KIND_ORIGIN:
		return "it must be http://HOST or https://HOST, with :PORT where needed, and nothing behind it";
	case CONFIG_KIND_ADDRESS:
		return "it must be HOST:PORT";
	default:
		return "it must be a text of at most 4096 bytes, and a folder needs a name";
	}
}

static bool value_fits(const struct config_variable *variable, struct text text, uint64_t *number)
{
	if (text.size > CONFIG_VALUE_SIZE_MAX)
		return false;
	switch (variable->kind) {
	case CONFIG_KIND_BOOL:
		return parse_bool(text, number);
	case CONFIG_KIND_U32:
	case CONFIG_KIND_U64:
		return parse_number(variable, text, number);
	case CONFIG_KIND_WORD:
		return parse_word(variable->unit, text, number);
	case CONFIG_KIND_ORIGIN:
		return is_origin(text);
	case CONFIG_KIND_ADDRESS:
		return is_address(text) || (text.size == 0 && !*variable->fallback);
	case CONFIG_KIND_FOLDER:
		return text.size > 0;
	default:
		return true;
	}
}

static enum status config_set(struct config *config, enum config_key key, struct text text, enum config_source source)
{
	const struct config_variable *variable = &config_variables[key];
	struct text                   copy = arena_text(&config->arena, text);
	uint64_t                      number = 0;

	if (!value_fits(variable, copy, &number)) {
		const char *shown = variable->kind == CONFIG_KIND_SECRET ? "(a secret)" : copy.data;

		config->complaint = arena_format(&config->arena, "%s is \"%.200s\", but %s.", variable->name, shown,
		                                 expectation(&config->arena, variable));
		return STATUS_INVALID;
	}
	config->values[key] = (struct config_value){.text = copy.data, .number = number, .source = source};
	return STATUS_OK;
}

/* The file ------------------------------------------------------------------------------------------------------- */

static struct text trim(struct text text)
{
	while (text.size > 0 && strchr(" \t\r", text.data[0])) {
		text.data++;
		text.size--;
	}
	while (text.size > 0 && strchr(" \t\r", text.data[text.size - 1]))
		text.size--;
	return text;
}

static bool split_pair(struct text line, struct pair *pair)
{
	const char *equals = memchr(line.data, '=', line.size);
	struct text value;

	if (!equals)
		return false;
	value = trim((struct text){equals + 1, line.size - (size_t)(equals + 1 - line.data)});
	if (value.size >= 2 && value.data[0] == '"' && value.data[value.size - 1] == '"')
		value = (struct text){value.data + 1, value.size - 2};
	*pair = (struct pair){.key = trim((struct text){line.data, (size_t)(equals - line.data)}), .value = value};
	return true;
}

static bool find_key(struct text name, enum config_key *out)
{
	for (uint32_t key = 0; key < CONFIG_COUNT; key++) {
		if (text_is(name, config_variables[key].name)) {
			*out = (enum config_key)key;
			return true;
		}
	}
	return false;
}

/* Sets what one line says; a sentence about the line goes to *wrong. */
static enum status take_line(struct config *config, struct text line, const char **wrong)
{
	struct pair     pair;
	enum config_key key;

	if (line.size == 0 || line.data[0] == '#')
		return STATUS_OK;
	if (!split_pair(line, &pair)) {
		*wrong = "it is not of the form KEY=VALUE";
		return STATUS_INVALID;
	}
	if (!find_key(pair.key, &key)) {
		*wrong = arena_format(&config->arena, "there is no variable %.*s", TEXT_ARG(pair.key)).data;
		return STATUS_INVALID;
	}
	if (config->values[key].source == CONFIG_FROM_FILE) {
		*wrong = arena_format(&config->arena, "%s is given twice", config_variables[key].name).data;
		return STATUS_INVALID;
	}
	*wrong = NULL;
	return config_set(config, key, pair.value, CONFIG_FROM_FILE);
}

static enum status take_lines(struct config *config, const char *path, struct text rest)
{
	for (unsigned number = 1; rest.size > 0; number++) {
		const char *end = memchr(rest.data, '\n', rest.size);
		size_t      size = end ? (size_t)(end - rest.data) : rest.size;
		const char *wrong = NULL;
		enum status status = take_line(config, trim((struct text){rest.data, size}), &wrong);

		if (status && wrong)
			config->complaint = arena_format(&config->arena, "%s:%u: %s.", path, number, wrong);
		if (status)
			return status;
		rest.data += size + (end ? 1 : 0);
		rest.size -= size + (end ? 1 : 0);
	}
	return STATUS_OK;
}

static enum status file_failure(struct config *config, const char *path, int error)
{
	config->complaint = arena_format(&config->arena, "%s names %s, which cannot be read: %s.", file_variable, path,
	                                 strerror(error));
	return error == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
}

static enum status take_file(struct config *config, const char *path)
{
	char  *text = arena_alloc(&config->arena, CONFIG_FILE_SIZE_MAX + 1);
	FILE  *file = fopen(path, "re");
	size_t size;
	int    error;

	if (!file)
		return file_failure(config, path, errno);
	size = fread(text, 1, CONFIG_FILE_SIZE_MAX + 1, file);
	error = ferror(file) ? errno : size > CONFIG_FILE_SIZE_MAX ? EFBIG : 0;
	fclose(file);
	if (error)
		return file_failure(config, path, error);
	if (memchr(text, '\0', size)) {
		config->complaint = arena_format(&config->arena, "%s is not a text file.", path);
		return STATUS_INVALID;
	}
	return take_lines(config, path, (struct text){text, size});
}

/* Loading -------------------------------------------------------------------------------------------------------- */

static void take_defaults(struct config *config)
{
	for (uint32_t key = 0; key < CONFIG_COUNT; key++)
		require(config_set(config, (enum config_key)key, text_from(config_variables[key].fallback),
		                   CONFIG_FROM_DEFAULT)
		        == STATUS_OK);
}

static enum status take_environment(struct config *config)
{
	for (uint32_t key = 0; key < CONFIG_COUNT; key++) {
		const char *value = getenv(config_variables[key].name);
		enum status status = STATUS_OK;

		if (value)
			status = config_set(config, (enum config_key)key, text_from(value), CONFIG_FROM_ENVIRONMENT);
		if (status)
			return status;
	}
	return STATUS_OK;
}

static const char *path_from(struct arena *arena, const char *folder, const char *path)
{
	if (path[0] == '/' || path[0] == '\0')
		return path;
	return arena_format(arena, "%s/%s", folder, path).data;
}

static enum status resolve_paths(struct config *config)
{
	char here[PATH_MAX];

	if (!getcwd(here, sizeof(here))) {
		config->complaint =
			arena_format(&config->arena, "The working folder cannot be named: %s.", strerror(errno));
		return STATUS_IO;
	}
	for (uint32_t key = 0; key < CONFIG_COUNT; key++) {
		struct config_value *value = &config->values[key];

		if (config_variables[key].kind == CONFIG_KIND_FOLDER)
			value->text = path_from(&config->arena, here, value->text);
	}
	for (uint32_t key = 0; key < CONFIG_COUNT; key++) {
		struct config_value *value = &config->values[key];

		if (config_variables[key].kind == CONFIG_KIND_PATH)
			value->text = path_from(&config->arena, config->values[CONFIG_DATA].text, value->text);
	}
	return STATUS_OK;
}

enum status config_load(struct config *config)
{
	const char *path = getenv(file_variable);
	enum status status = STATUS_OK;

	*config = (struct config){0};
	take_defaults(config);
	if (path && *path)
		status = take_file(config, path);
	if (!status)
		status = take_environment(config);
	if (!status)
		status = resolve_paths(config);
	return status;
}

void config_finish(struct config *config)
{
	arena_finish(&config->arena);
	*config = (struct config){0};
}

void config_refuse_arguments(int argument_count, char **arguments)
{
	if (argument_count <= 1)
		return;
	fprintf(stderr, "%s takes no arguments. Its settings are ORRERY_* variables: see \"orrery config\".\n",
	        arguments[0]);
	exit(EXIT_HOPELESS);
}

void config_load_or_exit(struct config *config, const char *process)
{
	diag_set_process(process);
	if (config_load(config)) {
		diag(DIAG_ERROR, "config_refused", "%.*s", TEXT_ARG(config->complaint));
		exit(EXIT_HOPELESS);
	}
	diag_set_level((enum diag_level)config_word(config, CONFIG_LOG_LEVEL));
}

/* Asking --------------------------------------------------------------------------------------------------------- */

static const struct config_value *value_of(const struct config *config, enum config_key key, enum config_kind kind)
{
	require(key < CONFIG_COUNT);
	require(config_variables[key].kind == kind);
	return &config->values[key];
}

const char *config_text(const struct config *config, enum config_key key)
{
	require(key < CONFIG_COUNT);
	require(config_variables[key].kind <= CONFIG_KIND_ADDRESS);
	return config->values[key].text;
}

const char *config_path(const struct config *config, enum config_key key)
{
	require(key < CONFIG_COUNT);
	require(config_variables[key].kind <= CONFIG_KIND_PATH);
	return config->values[key].text;
}

struct text config_authority(const struct config *config)
{
	const char *origin = config_text(config, CONFIG_ORIGIN);
	const char *host = strstr(origin, "://");

	return text_from(host ? host + 3 : origin);
}

uint32_t config_u32(const struct config *config, enum config_key key)
{
	return (uint32_t)value_of(config, key, CONFIG_KIND_U32)->number;
}

uint64_t config_u64(const struct config *config, enum config_key key)
{
	return value_of(config, key, CONFIG_KIND_U64)->number;
}

bool config_bool(const struct config *config, enum config_key key)
{
	return value_of(config, key, CONFIG_KIND_BOOL)->number != 0;
}

uint32_t config_word(const struct config *config, enum config_key key)
{
	return (uint32_t)value_of(config, key, CONFIG_KIND_WORD)->number;
}

enum config_source config_source(const struct config *config, enum config_key key)
{
	require(key < CONFIG_COUNT);
	return config->values[key].source;
}

const char *config_in_data(const struct config *config, const char *name, struct arena *arena)
{
	return path_from(arena, config_path(config, CONFIG_DATA), name);
}
