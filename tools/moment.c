#include "tools/moment.h"

#include <stdio.h>
#include <time.h>

static const int64_t us_per_second = 1000000;

static int64_t seconds_of(char unit)
{
	switch (unit) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	case 'w':
		return INT64_C(7) * 86400;
	default:
		return 0;
	}
}

static bool parse_ago(struct text word, int64_t now_us, int64_t *time_us)
{
	uint64_t number;
	int64_t  unit = word.size > 1 ? seconds_of(word.data[word.size - 1]) : 0;

	if (unit == 0 || !text_parse_u64((struct text){.data = word.data, .size = word.size - 1}, &number)
	    || number > (uint64_t)(INT64_MAX / us_per_second / unit))
		return false;
	*time_us = now_us - (int64_t)number * unit * us_per_second;
	return true;
}

static bool parse_day(const char *word, int64_t *time_us)
{
	struct tm   day = {.tm_isdst = -1};
	const char *end = strptime(word, "%Y-%m-%d", &day);
	time_t      seconds;

	if (!end || *end || strlen(word) != strlen("2026-01-02"))
		return false;
	seconds = mktime(&day);
	if (seconds == (time_t)-1)
		return false;
	*time_us = (int64_t)seconds * us_per_second;
	return true;
}

bool moment_parse(const char *word, int64_t now_us, int64_t *time_us)
{
	return time_parse(text_from(word), time_us) || parse_ago(text_from(word), now_us, time_us)
	       || parse_day(word, time_us);
}

static bool local_time(int64_t time_us, struct tm *out)
{
	time_t seconds = (time_t)(time_us / us_per_second);

	return localtime_r(&seconds, out) != NULL;
}

/* A year that no calendar has is told in seconds. */
static void format_seconds(int64_t time_us, char out[MOMENT_TEXT_SIZE])
{
	snprintf(out, MOMENT_TEXT_SIZE, "%lld s", (long long)(time_us / us_per_second));
}

void moment_format(int64_t time_us, char out[MOMENT_TEXT_SIZE])
{
	struct tm local;

	if (!local_time(time_us, &local) || strftime(out, MOMENT_TEXT_SIZE, "%Y-%m-%d %H:%M:%S %Z", &local) == 0)
		format_seconds(time_us, out);
}

void moment_format_short(int64_t time_us, char out[MOMENT_TEXT_SIZE])
{
	struct tm local;

	if (!local_time(time_us, &local) || strftime(out, MOMENT_TEXT_SIZE, "%Y-%m-%d %H:%M %Z", &local) == 0)
		format_seconds(time_us, out);
}

bool place_parse(const char *word, int64_t now_us, struct place *out)
{
	struct place place = {0};

	if (text_parse_u64(text_from(word), &place.position) ? place.position == 0
	                                                     : !moment_parse(word, now_us, &place.time_us))
		return false;
	*out = place;
	return true;
}
