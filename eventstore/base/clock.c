#include "eventstore/base/clock.h"

#include <stdio.h>
#include <time.h>

enum { SECOND_US = 1000000 };

static int64_t read_clock(clockid_t which)
{
	struct timespec now;

	if (clock_gettime(which, &now) != 0)
		return -1;
	return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

int64_t clock_wall_us(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic_us(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_cpu_us(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

int64_t clock_cpu_of_us(int process)
{
	clockid_t which;

	return clock_getcpuclockid(process, &which) == 0 ? read_clock(which) : -1;
}

void time_format(int64_t time_us, char out[TIME_TEXT_SIZE + 1])
{
	time_t    seconds = (time_t)(time_us / SECOND_US);
	int       fraction = (int)(time_us % SECOND_US);
	struct tm utc;

	if (fraction < 0) {
		fraction += SECOND_US;
		seconds--;
	}
	gmtime_r(&seconds, &utc);
	snprintf(out, TIME_TEXT_SIZE + 1, "%04u-%02u-%02uT%02u:%02u:%02u.%06uZ",
	         (unsigned)(utc.tm_year + 1900) % 10000u, (unsigned)(utc.tm_mon + 1) % 100u,
	         (unsigned)utc.tm_mday % 100u, (unsigned)utc.tm_hour % 100u, (unsigned)utc.tm_min % 100u,
	         (unsigned)utc.tm_sec % 100u, (unsigned)fraction);
}

/* Reads exactly `digits` decimal digits and moves on. */
static bool take_number(struct text *rest, size_t digits, int low, int high, int *out)
{
	int value = 0;

	if (rest->size < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		unsigned digit = (unsigned char)rest->data[i] - '0';

		if (digit > 9)
			return false;
		value = value * 10 + (int)digit;
	}
	if (value < low || value > high)
		return false;
	rest->data += digits;
	rest->size -= digits;
	*out = value;
	return true;
}

static bool take_char(struct text *rest, char wanted)
{
	if (rest->size == 0 || (*rest->data != wanted && *rest->data != (wanted | 0x20)))
		return false;
	rest->data++;
	rest->size--;
	return true;
}

static bool take_fraction(struct text *rest, int *micros)
{
	int scale = SECOND_US / 10, value = 0, digits = 0;

	*micros = 0;
	if (!take_char(rest, '.'))
		return true;
	for (; rest->size > 0 && *rest->data >= '0' && *rest->data <= '9';
	     rest->data++, rest->size--, scale /= 10, digits++)
		value += (*rest->data - '0') * scale;
	*micros = value;
	return digits > 0 && digits <= 9;
}

static bool take_offset(struct text *rest, int *seconds)
{
	int  hours, minutes;
	bool west = rest->size > 0 && *rest->data == '-';

	*seconds = 0;
	if (take_char(rest, 'Z'))
		return true;
	if (!take_char(rest, '+') && !take_char(rest, '-'))
		return false;
	if (!take_number(rest, 2, 0, 23, &hours) || !take_char(rest, ':') || !take_number(rest, 2, 0, 59, &minutes))
		return false;
	*seconds = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
	return true;
}

bool time_parse(struct text text, int64_t *time_us)
{
	struct tm   utc = {0};
	struct text rest = text;
	int         micros, offset, year, day;
	time_t      seconds;

	if (!take_number(&rest, 4, 1970, 9999, &year) || !take_char(&rest, '-')
	    || !take_number(&rest, 2, 1, 12, &utc.tm_mon) || !take_char(&rest, '-')
	    || !take_number(&rest, 2, 1, 31, &day) || !take_char(&rest, 'T')
	    || !take_number(&rest, 2, 0, 23, &utc.tm_hour) || !take_char(&rest, ':')
	    || !take_number(&rest, 2, 0, 59, &utc.tm_min) || !take_char(&rest, ':')
	    || !take_number(&rest, 2, 0, 59, &utc.tm_sec) || !take_fraction(&rest, &micros)
	    || !take_offset(&rest, &offset) || rest.size != 0)
		return false;
	utc.tm_year = year - 1900;
	utc.tm_mon -= 1;
	utc.tm_mday = day;
	seconds = timegm(&utc);
	if (utc.tm_mday != day) /* timegm moved a day that the month does not have */
		return false;
	*time_us = ((int64_t)seconds - offset) * SECOND_US + micros;
	return true;
}
