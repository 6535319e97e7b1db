#include "tools/console.h"

#include "eventstore/base/catalog.h"
#include "tools/person.h"

#include <stdarg.h>
#include <stdio.h>

enum { ANSWER_TIMEOUT_MS = 30 * 1000 };

void console_complain(const struct console *console, const char *format, ...)
{
	va_list values;

	fprintf(stderr, "orrery %s: ", console->verb);
	va_start(values, format);
	vfprintf(stderr, format, values);
	va_end(values);
	fputc('\n', stderr);
}

bool console_start(struct console *console, const char *verb)
{
	const char *path;
	enum status status;

	*console = (struct console){.verb = verb};
	config_load_or_exit(&console->config, "orrery");
	path = config_path(&console->config, CONFIG_SOCKET);
	status = client_open(path, verb, &console->client);
	if (status == STATUS_UNREACHABLE)
		console_complain(console,
		                 "The writer does not answer at %s. `orrery up` starts it; ORRERY_DATA says "
		                 "which one is meant.",
		                 path);
	else if (status)
		console_complain(console, "%s", status_sentence(status));
	return status == STATUS_OK;
}

void console_finish(struct console *console)
{
	client_close(console->client);
	arena_finish(&console->arena);
	config_finish(&console->config);
}

/* Finding somebody ------------------------------------------------------------------------------------------------ */

bool console_find(struct console *console, const char *who, struct id *person)
{
	enum status status = person_find(&console->config, who, person);

	if (status == STATUS_INVALID)
		console_complain(console, "\"%s\" is neither an e-mail address nor an id.", who);
	else if (status == STATUS_NOT_FOUND)
		console_complain(console, "Nobody here has the e-mail address %s.", who);
	else if (status)
		console_complain(console, "The e-mail address cannot be looked up: %s", status_sentence(status));
	return status == STATUS_OK;
}

/* Sending --------------------------------------------------------------------------------------------------------- */

static const char *refusal_sentence(struct text name)
{
	uint32_t refusal = refusal_by_name(name);

	return refusal ? refusal_types[refusal].sentence
	               : "The writer refused, for a reason that this program does not know.";
}

/* Did it happen? */
static bool judge(const struct console *console, enum status status, const struct answer *answer)
{
	if (status == STATUS_UNREACHABLE || status == STATUS_TIMED_OUT) {
		console_complain(console, "The writer went away before it answered, so that nobody knows whether it "
		                          "was done. Doing the same again is safe.");
		return false;
	}
	if (status == STATUS_OK)
		status = status_by_name(answer->status);
	if (status != STATUS_OK)
		console_complain(console, "%s %.*s", status_sentence(status), TEXT_ARG(answer->sentence));
	else if (answer->refusal.data)
		console_complain(console, "%s", refusal_sentence(answer->refusal));
	return status == STATUS_OK && !answer->refusal.data;
}

bool console_send(struct console *console, const char *name, const void *command, struct answer *answer)
{
	enum status status;

	*answer = (struct answer){0};
	status = client_command(console->client, name, id_fresh(), command, ANSWER_TIMEOUT_MS, &console->arena, answer);
	return judge(console, status, answer);
}
