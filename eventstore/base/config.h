/* What an operator may set: the ORRERY_* variables of config.def, with their defaults.
 * A value comes from the environment, else from the KEY=VALUE file that ORRERY_CONFIG names, else from config.def. In
 * the file, blank lines and lines beginning with # mean nothing, a value may stand in double quotes, and a key that
 * config.def does not know is an error, as is any value of the wrong kind wherever it comes from. */
#ifndef ORRERY_CONFIG_H
#define ORRERY_CONFIG_H

#include "eventstore/base/arena.h"
#include "eventstore/base/status.h"

enum config_key {
#define CONFIG(name, kind, fallback, unit, least, most, sentence) CONFIG_##name,
#include "eventstore/base/config.def"
#undef CONFIG
	CONFIG_COUNT
};

enum config_kind {
	CONFIG_KIND_FOLDER,
	CONFIG_KIND_PATH,
	CONFIG_KIND_TEXT,
	CONFIG_KIND_SECRET,
	CONFIG_KIND_ORIGIN,
	CONFIG_KIND_ADDRESS,
	CONFIG_KIND_BOOL,
	CONFIG_KIND_U32,
	CONFIG_KIND_U64,
	CONFIG_KIND_WORD,
};

enum config_source { CONFIG_FROM_DEFAULT, CONFIG_FROM_FILE, CONFIG_FROM_ENVIRONMENT };

enum { CONFIG_FILE_SIZE_MAX = 64 * 1024, CONFIG_VALUE_SIZE_MAX = 4096 };

/* A process that ends with this code cannot be helped by starting it again; `orrery up` then leaves it down. */
enum { EXIT_HOPELESS = 3 };

/* One line of config.def. */
struct config_variable {
	const char      *name; /* ORRERY_… */
	enum config_kind kind;
	const char      *fallback;
	const char      *unit; /* CONFIG_KIND_WORD: the words, with | between */
	uint64_t         least, most;
	const char      *sentence;
};

struct config_value {
	const char        *text; /* terminated, never NULL; paths are absolute */
	uint64_t           number;
	enum config_source source;
};

/* The caller's memory; to be treated as opaque. */
struct config {
	struct arena        arena;
	struct text         complaint; /* one sentence, when loading failed */
	struct config_value values[CONFIG_COUNT];
};

extern const struct config_variable config_variables[CONFIG_COUNT];

/* INVALID: a value or the file's text is wrong. NOT_FOUND or IO: the file cannot be read. The complaint then says what
 * is wrong, without the value of a secret. Finish the config in either case. */
enum status config_load(struct config *config) MUST_USE;
void        config_finish(struct config *config);

/* What follows "://" in ORRERY_ORIGIN: the host, and the port if there is one. Valid until config_finish. */
struct text config_authority(const struct config *config);

/* For main() of a program that takes none: says so and exits with EXIT_HOPELESS when there are some. */
void config_refuse_arguments(int argument_count, char **arguments);

/* For main(): loads, sets the name and the level of diag, and on failure prints the complaint and exits with
 * EXIT_HOPELESS. The name is kept by reference. */
void config_load_or_exit(struct config *config, const char *process);

/* Asking for a value by another kind than config.def says is a bug. What is returned is valid until config_finish. */

/* Of the kinds TEXT, SECRET, ORIGIN, ADDRESS, FOLDER and PATH; empty when not set. */
const char *config_text(const struct config *config, enum config_key key);

/* Of the kinds FOLDER and PATH: an absolute path, or an empty text where that is the default. */
const char *config_path(const struct config *config, enum config_key key);

uint32_t config_u32(const struct config *config, enum config_key key);
uint64_t config_u64(const struct config *config, enum config_key key);
bool     config_bool(const struct config *config, enum config_key key);

/* Which of the words it is, from 0 on in the order of config.def. */
uint32_t config_word(const struct config *config, enum config_key key);

enum config_source config_source(const struct config *config, enum config_key key);

/* The absolute path of something inside ORRERY_DATA: terminated, lives in the arena. */
const char *config_in_data(const struct config *config, const char *name, struct arena *arena);

#endif
