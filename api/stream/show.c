#include "api/stream/show.h"

#include "eventstore/base/require.h"

static uint32_t key_before(uint32_t step)
{
	return step - step % SIMULATOR_BLOCK_FRAMES;
}

void show_seek(struct show *show, uint32_t step)
{
	show->next = key_before(step);
	show->unacked_count = 0;
	show->behind = false;
}

/* One that wants what is new has fallen behind when it owes us all it may owe, and more than that has come since. It
 * has caught up when it has taken in what it was sent and little is left. */
static void look_whether_behind(struct show *show)
{
	uint32_t left = show->available > show->next ? show->available - show->next : 0;

	if (!show->live)
		show->behind = false;
	else if (show->unacked_count == VIEWER_FRAMES_UNACKED_MAX && left > VIEWER_FRAMES_UNACKED_MAX)
		show->behind = true;
	else if (show->behind && show->unacked_count == 0 && left <= SIMULATOR_BLOCK_FRAMES)
		show->behind = false;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* The key frames from the next one on; whoever is behind jumps to the newest. */
static void wish_keys(struct show *show, uint32_t credit, struct show_wish *out)
{
	uint32_t newest = key_before(show->available - 1);

	if (show->next % SIMULATOR_BLOCK_FRAMES != 0)
		show->next = key_before(show->next) + SIMULATOR_BLOCK_FRAMES;
	if (show->next > newest)
		return;
	*out = (struct show_wish){.first = newest, .count = least(credit, 1), .keys = true};
}

void show_wish(struct show *show, struct show_wish *out)
{
	uint32_t credit = VIEWER_FRAMES_UNACKED_MAX - show->unacked_count;

	*out = (struct show_wish){0};
	look_whether_behind(show);
	if (credit == 0 || show->next >= show->available || (show->paused && show->steps == 0))
		return;
	if (show->behind) {
		wish_keys(show, credit, out);
		return;
	}
	out->first = show->next;
	out->count = least(least(credit, show->available - show->next), VIEWER_FRAMES_PER_MESSAGE_MAX);
	if (show->paused)
		out->count = least(out->count, show->steps);
}

void show_sent(struct show *show, const struct show_wish *wish, uint32_t first, uint32_t count)
{
	uint32_t stride = wish->keys ? SIMULATOR_BLOCK_FRAMES : 1;

	require(count <= VIEWER_FRAMES_UNACKED_MAX - show->unacked_count);
	for (uint32_t i = 0; i < count; i++)
		show->unacked[(show->unacked_first + show->unacked_count++) % VIEWER_FRAMES_UNACKED_MAX] =
			first + i * stride;
	show->next = first + count * stride;
	show->steps -= least(show->steps, count);
}

void show_ack(struct show *show, uint32_t step)
{
	while (show->unacked_count > 0 && show->unacked[show->unacked_first] <= step) {
		show->unacked_first = (show->unacked_first + 1) % VIEWER_FRAMES_UNACKED_MAX;
		show->unacked_count--;
	}
}

bool show_over(const struct show *show)
{
	return show->complete && show->next >= show->available;
}
