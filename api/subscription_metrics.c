#include "api/subscription_metrics.h"

#include "eventstore/subscription/subscription_state.h"

#include <inttypes.h>

enum { SUBSCRIPTIONS_MAX = 64 };

struct row {
	struct subscription_place    place;
	struct subscription_standing standing;
};

struct table {
	struct subscription_state *state;
	uint64_t                   head;
	uint32_t                   count;
	struct row                 rows[SUBSCRIPTIONS_MAX];
};

static bool take_row(void *owner, struct id subscription, const struct subscription_place *place)
{
	struct table *table = owner;
	struct row   *row = &table->rows[table->count];

	row->place = *place;
	if (subscription_state_standing(table->state, subscription, &row->standing) == STATUS_OK)
		table->count++;
	return table->count < SUBSCRIPTIONS_MAX;
}

static uint64_t lag(const struct table *table, const struct row *row)
{
	return table->head > row->place.position ? table->head - row->place.position : 0;
}

static uint64_t parked(const struct table *table, const struct row *row)
{
	return row->standing.counts[HELD_PARKED];
}

static uint64_t waiting(const struct table *table, const struct row *row)
{
	return row->standing.counts[HELD_RETRYING] + row->standing.counts[HELD_WAITING];
}

static uint64_t oldest(const struct table *table, const struct row *row)
{
	return (uint64_t)(row->standing.oldest_parked_us / 1000000);
}

static uint64_t moved(const struct table *table, const struct row *row)
{
	return (uint64_t)(row->place.moved_us / 1000000);
}

static uint64_t stopped(const struct table *table, const struct row *row)
{
	return row->place.full;
}

static const struct {
	const char *name;
	const char *sentence;
	uint64_t (*value)(const struct table *table, const struct row *row);
} gauges[] = {
	{"lag", "Events a subscription has not reached yet.", lag},
	{"parked", "Events it gave up delivering until somebody retries or discards them.", parked},
	{"held", "Events that are tried again, or wait behind one that is held.", waiting},
	{"oldest_parked_seconds", "When the first of those parked was parked, in Unix time; 0 for none.", oldest},
	{"moved_seconds", "When it last got something done, in Unix time.", moved},
	{"stopped", "1 when it has stopped since it can hold no more.", stopped},
};

static void append_gauges(const struct table *table, struct buffer *out)
{
	for (size_t i = 0; i < array_count(gauges) && table->count > 0; i++) {
		buffer_format(out, "# HELP orrery_subscription_%s %s\n# TYPE orrery_subscription_%s gauge\n",
		              gauges[i].name, gauges[i].sentence, gauges[i].name);
		for (uint32_t j = 0; j < table->count; j++)
			buffer_format(out, "orrery_subscription_%s{subscription=\"%s\"} %" PRIu64 "\n", gauges[i].name,
			              table->rows[j].place.name, gauges[i].value(table, &table->rows[j]));
	}
}

void subscription_metrics(const char *data, uint64_t head, struct buffer *out)
{
	struct table table = {.head = head};

	if (subscription_state_open(data, KV_READ, &table.state) != STATUS_OK)
		return;
	if (subscription_state_places(table.state, take_row, &table) == STATUS_OK)
		append_gauges(&table, out);
	subscription_state_close(table.state);
}
