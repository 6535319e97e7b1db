/* orrery config */
#include "eventstore/base/config.h"

#include "eventstore/base/buffer.h"
#include "eventstore/base/diag.h"
#include "tools/verb.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const source_names[] = {"default", "file", "environment"};

/* A secret is shown as set or not set, never as itself. */
static const char *shown_value(const struct config *config, enum config_key key)
{
	const char *text = config->values[key].text;

	if (config_variables[key].kind == CONFIG_KIND_SECRET && *text)
		return "(a secret)";
	return text;
}

static void print_plain(const struct config *config)
{
	for (uint32_t key = 0; key < CONFIG_COUNT; key++) {
		const struct config_variable *variable = &config_variables[key];

		printf("%s=%s\n    %s", variable->name, shown_value(config, (enum config_key)key), variable->sentence);
		if (*variable->unit)
			printf(" [%s]", variable->unit);
		printf("\n    from the %s; default: %s\n", source_names[config_source(config, (enum config_key)key)],
		       *variable->fallback ? variable->fallback : "(empty)");
	}
}

/* Values come from outside and may hold any byte: what JSON does not take as it is, is escaped. */
static void append_string(struct buffer *out, const char *text)
{
	buffer_append_text(out, TEXT("\""));
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			buffer_format(out, "\\%c", c);
		else if (c < 0x20)
			buffer_format(out, "\\u%04x", c);
		else
			buffer_append(out, BYTES(text, 1));
	}
	buffer_append_text(out, TEXT("\""));
}

static void append_member(struct buffer *out, const char *name, const char *value)
{
	buffer_format(out, "\"%s\": ", name);
	append_string(out, value);
}

static void print_json(const struct config *config)
{
	struct buffer out = {0};

	buffer_append_text(&out, TEXT("[\n"));
	for (uint32_t key = 0; key < CONFIG_COUNT; key++) {
		const struct config_variable *variable = &config_variables[key];

		buffer_append_text(&out, TEXT("  {"));
		append_member(&out, "name", variable->name);
		buffer_append_text(&out, TEXT(", "));
		append_member(&out, "value", shown_value(config, (enum config_key)key));
		buffer_append_text(&out, TEXT(", "));
		append_member(&out, "default", variable->fallback);
		buffer_append_text(&out, TEXT(", "));
		append_member(&out, "source", source_names[config_source(config, (enum config_key)key)]);
		buffer_append_text(&out, TEXT(", "));
		append_member(&out, "unit", variable->unit);
		buffer_append_text(&out, TEXT(", "));
		append_member(&out, "sentence", variable->sentence);
		buffer_append_text(&out, key + 1 < CONFIG_COUNT ? TEXT("},\n") : TEXT("}\n"));
	}
	buffer_append_text(&out, TEXT("]\n"));
	fwrite(out.data, 1, out.size, stdout);
	buffer_finish(&out);
}

static int print_config(int argc, char **argv)
{
	struct config config;
	bool          json = argc == 2 && strcmp(argv[1], "--json") == 0;

	if (argc > 1 && !json)
		return verb_misused(&verb_config, "It takes no argument but --json.");
	config_load_or_exit(&config, "orrery");
	if (json)
		print_json(&config);
	else
		print_plain(&config);
	config_finish(&config);
	return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}

const struct verb verb_config = {
	.name = "config",
	.sentence = "Prints every setting: its value, where it comes from, and what it means.",
	.manual =
		"Usage: orrery config [--json]\n\n"
		"A setting comes from the environment, else from the file that ORRERY_CONFIG names (lines KEY=VALUE),\n"
		"else from its default. Secrets are not shown.\n",
	.run = print_config,
};
