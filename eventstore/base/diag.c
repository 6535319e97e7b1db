#include "eventstore/base/diag.h"

#include "eventstore/base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { DETAIL_SIZE_MAX = 1024, LINE_SIZE_MAX = 4096 };

static enum diag_level lowest = DIAG_INFO;
static const char     *process_name = "orrery";

static const char *const level_names[] = {"debug", "info", "warn", "error"};

void diag_set_level(enum diag_level level)
{
	lowest = level;
}

void diag_set_process(const char *process)
{
	process_name = process;
}

/* Appends `detail` as the inside of a JSON string; what would not fit is cut. */
static size_t escape_into(char *out, size_t capacity, const char *detail)
{
	size_t used = 0;

	for (; *detail && used + 8 < capacity; detail++) {
		unsigned char c = (unsigned char)*detail;

		if (c == '"' || c == '\\') {
			out[used++] = '\\';
			out[used++] = (char)c;
		} else if (c < 0x20) {
			used += (size_t)snprintf(out + used, 7, "\\u%04x", c);
		} else {
			out[used++] = (char)c;
		}
	}
	return used;
}

void diag(enum diag_level level, const char *what, const char *format, ...)
{
	char    detail[DETAIL_SIZE_MAX], line[LINE_SIZE_MAX], when[TIME_TEXT_SIZE + 1];
	size_t  used;
	va_list args;

	if (level < lowest)
		return;
	time_format(clock_wall_us(), when);
	used = (size_t)snprintf(line, sizeof(line),
	                        "{\"time\":\"%s\",\"level\":\"%s\",\"process\":\"%s\",\"pid\":%d,\"what\":\"%s\"", when,
	                        level_names[level], process_name, (int)getpid(), what);
	if (format) {
		va_start(args, format);
		vsnprintf(detail, sizeof(detail), format, args);
		va_end(args);
		used += (size_t)snprintf(line + used, sizeof(line) - used, ",\"detail\":\"");
		used += escape_into(line + used, sizeof(line) - used - 8, detail);
		line[used++] = '"';
	}
	line[used++] = '}';
	line[used++] = '\n';
	/* One write a line, so that lines of several processes do not mix; nothing can be done when stderr is gone. */
	if (write(STDERR_FILENO, line, used) < 0)
		return;
}
