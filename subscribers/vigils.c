#include "subscribers/vigils.h"

#include "eventstore/base/map.h"
#include "eventstore/base/require.h"

#include <stdlib.h>

enum { CAPACITY_FIRST = 64 };

struct vigils {
	struct vigil *heap; /* none is due before its parent, which stands at (place − 1) / 2 */
	uint32_t      count, capacity;
	struct map    places; /* by attempt */
};

struct vigils *vigils_create(void)
{
	struct vigils *vigils = calloc(1, sizeof(*vigils));

	require(vigils != NULL);
	vigils->places.key_size = sizeof(struct id);
	return vigils;
}

void vigils_destroy(struct vigils *vigils)
{
	if (!vigils)
		return;
	map_finish(&vigils->places);
	free(vigils->heap);
	free(vigils);
}

uint32_t vigils_count(const struct vigils *vigils)
{
	return vigils->count;
}

/* ---------------------------------------------------------------- the heap */

static void put(struct vigils *vigils, uint32_t place, const struct vigil *vigil)
{
	vigils->heap[place] = *vigil;
	*map_put(&vigils->places, &vigil->attempt, NULL) = place;
}

static void rise(struct vigils *vigils, uint32_t place)
{
	struct vigil vigil = vigils->heap[place];

	while (place > 0 && vigils->heap[(place - 1) / 2].due_us > vigil.due_us) {
		put(vigils, place, &vigils->heap[(place - 1) / 2]);
		place = (place - 1) / 2;
	}
	put(vigils, place, &vigil);
}

static void sink(struct vigils *vigils, uint32_t place)
{
	struct vigil vigil = vigils->heap[place];

	for (uint32_t child = 2 * place + 1; child < vigils->count; child = 2 * place + 1) {
		if (child + 1 < vigils->count && vigils->heap[child + 1].due_us < vigils->heap[child].due_us)
			child++;
		if (vigils->heap[child].due_us >= vigil.due_us)
			break;
		put(vigils, place, &vigils->heap[child]);
		place = child;
	}
	put(vigils, place, &vigil);
}

static void move_to(struct vigils *vigils, uint32_t place, int64_t due_us)
{
	bool earlier = due_us < vigils->heap[place].due_us;

	vigils->heap[place].due_us = due_us;
	if (earlier)
		rise(vigils, place);
	else
		sink(vigils, place);
}

/* ---------------------------------------------------------------- what is watched */

void vigils_watch(struct vigils *vigils, const struct vigil *vigil)
{
	if (map_get(&vigils->places, &vigil->attempt))
		return;
	if (vigils->count == vigils->capacity) {
		vigils->capacity = vigils->capacity ? vigils->capacity * 2 : CAPACITY_FIRST;
		vigils->heap = realloc(vigils->heap, vigils->capacity * sizeof(vigils->heap[0]));
		require(vigils->heap != NULL);
	}
	vigils->heap[vigils->count] = *vigil;
	rise(vigils, vigils->count++);
}

void vigils_forget(struct vigils *vigils, struct id attempt)
{
	const uint64_t *found = map_get(&vigils->places, &attempt);
	uint32_t        place;

	if (!found)
		return;
	place = (uint32_t)*found;
	map_remove(&vigils->places, &attempt);
	vigils->count--;
	if (place == vigils->count)
		return;
	put(vigils, place, &vigils->heap[vigils->count]);
	rise(vigils, place);
	sink(vigils, (uint32_t)*map_get(&vigils->places, &vigils->heap[place].attempt));
}

const struct vigil *vigils_first(const struct vigils *vigils)
{
	return vigils->count > 0 ? &vigils->heap[0] : NULL;
}

void vigils_put_off(struct vigils *vigils, struct id attempt, uint32_t asked, int64_t due_us)
{
	const uint64_t *found = map_get(&vigils->places, &attempt);

	if (found && vigils->heap[*found].asked == asked)
		move_to(vigils, (uint32_t)*found, due_us);
}

/* Bringing all of some forward at once: the heap is put in order anew, from its leaves up. */
static void put_in_order(struct vigils *vigils)
{
	for (uint32_t place = vigils->count / 2; place-- > 0;)
		sink(vigils, place);
}

static void bring_forward(struct vigil *vigil, int64_t now_us)
{
	vigil->asked++;
	if (vigil->due_us > now_us)
		vigil->due_us = now_us;
}

void vigils_of_assessment(struct vigils *vigils, struct id assessment, int64_t now_us)
{
	for (uint32_t i = 0; i < vigils->count; i++)
		if (id_equal(vigils->heap[i].assessment, assessment))
			bring_forward(&vigils->heap[i], now_us);
	put_in_order(vigils);
}

void vigils_of_enrolment(struct vigils *vigils, struct id enrolment, int64_t now_us)
{
	for (uint32_t i = 0; i < vigils->count; i++)
		if (id_equal(vigils->heap[i].enrolment, enrolment))
			bring_forward(&vigils->heap[i], now_us);
	put_in_order(vigils);
}
