#include "commands/study_time.h"

#include "commands/progress.h"
#include "eventstore/base/require.h"

#define DAY_US ((int64_t)24 * 3600 * 1000 * 1000)

static uint32_t day_of(int64_t time_us)
{
	return (uint32_t)(time_us / DAY_US);
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* ---------------------------------------------------------------- days */

static uint32_t day_left_ms(const struct enrolment *enrolment, uint32_t day)
{
	for (uint32_t i = 0; i < enrolment->days_count; i++)
		if (enrolment->days[i].day == day)
			return STUDY_TIME_DAY_MS_MAX - enrolment->days[i].spent_ms;
	return STUDY_TIME_DAY_MS_MAX;
}

/* The place of the day, of a fresh one, or of the longest past. As many days are kept as may still be told of. */
static uint32_t place_for_day(struct enrolment *enrolment, uint32_t day)
{
	uint32_t oldest = 0;

	for (uint32_t i = 0; i < enrolment->days_count; i++) {
		if (enrolment->days[i].day == day)
			return i;
		if (enrolment->days[i].day < enrolment->days[oldest].day)
			oldest = i;
	}
	if (enrolment->days_count < array_count(enrolment->days))
		return enrolment->days_count++;
	enrolment->days[oldest] = (struct counted_day){0};
	return oldest;
}

static void count_in_day(struct enrolment *enrolment, uint32_t day, uint32_t spent_ms)
{
	struct counted_day *counted = &enrolment->days[place_for_day(enrolment, day)];

	counted->day = day;
	counted->spent_ms += spent_ms;
}

/* ---------------------------------------------------------------- spans */

uint32_t study_time_uncounted_ms(const struct enrolment *enrolment, int64_t began_us, int64_t ended_us)
{
	int64_t left_us = ended_us - began_us;

	if (left_us <= 0)
		return 0;
	for (uint32_t i = 0; i < enrolment->spans_count; i++) {
		const struct counted_span *span = &enrolment->spans[i];

		left_us -= larger(0, smaller(ended_us, span->ended_at) - larger(began_us, span->began_at));
	}
	return (uint32_t)smaller(left_us / 1000, day_left_ms(enrolment, day_of(ended_us)));
}

static void remove_span(struct enrolment *enrolment, uint32_t place)
{
	enrolment->spans_count--;
	memmove(&enrolment->spans[place], &enrolment->spans[place + 1],
	        (enrolment->spans_count - place) * sizeof(enrolment->spans[0]));
	enrolment->spans[enrolment->spans_count] = (struct counted_span){0};
}

/* The span takes in every one that it touches. */
static struct counted_span absorb(struct enrolment *enrolment, struct counted_span span)
{
	uint32_t i = 0;

	while (i < enrolment->spans_count) {
		const struct counted_span *other = &enrolment->spans[i];

		if (other->ended_at < span.began_at || other->began_at > span.ended_at) {
			i++;
			continue;
		}
		span.began_at = smaller(span.began_at, other->began_at);
		span.ended_at = larger(span.ended_at, other->ended_at);
		remove_span(enrolment, i);
	}
	return span;
}

static int64_t gap_behind(const struct enrolment *enrolment, uint32_t place)
{
	return enrolment->spans[place + 1].began_at - enrolment->spans[place].ended_at;
}

static void join_closest(struct enrolment *enrolment)
{
	uint32_t closest = 0;

	for (uint32_t i = 1; i + 1 < enrolment->spans_count; i++)
		if (gap_behind(enrolment, i) < gap_behind(enrolment, closest))
			closest = i;
	enrolment->spans[closest].ended_at = enrolment->spans[closest + 1].ended_at;
	remove_span(enrolment, closest + 1);
}

static void insert_span(struct enrolment *enrolment, struct counted_span span)
{
	uint32_t place = 0;

	while (place < enrolment->spans_count && enrolment->spans[place].began_at < span.began_at)
		place++;
	memmove(&enrolment->spans[place + 1], &enrolment->spans[place],
	        (enrolment->spans_count - place) * sizeof(enrolment->spans[0]));
	enrolment->spans[place] = span;
	enrolment->spans_count++;
}

/* Nobody may tell any more of what is that long past. */
static void forget_old(struct enrolment *enrolment)
{
	const struct counted_span *last = &enrolment->spans[enrolment->spans_count - 1];

	while (last->ended_at - enrolment->spans[0].ended_at > PROGRESS_OFFLINE_MAX_US) {
		remove_span(enrolment, 0);
		last = &enrolment->spans[enrolment->spans_count - 1];
	}
}

void study_time_count(struct enrolment *enrolment, int64_t began_us, int64_t ended_us, uint32_t spent_ms)
{
	struct counted_span span = absorb(enrolment, (struct counted_span){.began_at = began_us, .ended_at = ended_us});

	if (enrolment->spans_count == array_count(enrolment->spans))
		join_closest(enrolment);
	span = absorb(enrolment, span);
	insert_span(enrolment, span);
	forget_old(enrolment);
	count_in_day(enrolment, day_of(ended_us), spent_ms);
}
