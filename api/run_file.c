/* GET /simulations/runs/{run_hash}/frames: what is kept of a run, under its hash. Whoever knows the hash may read;
 * being somebody is asked for, since what is not kept any more is computed again at their cost. */
#include "api/preparation.h"
#include "api/run_reading.h"

#define FRAMES_TYPE "application/vnd.orrery.frames"

static bool given(const struct exchange *exchange, const char *name, uint32_t *out)
{
	const struct field *field = shape_field(exchange->route->query->shape, text_from(name));

	if (!field_present(field, exchange->input))
		return false;
	*out = *(const uint32_t *)field_at(field, exchange->input);
	return true;
}

static struct run_reading *reading_of(struct exchange *exchange)
{
	struct run_reading *reading = arena_new(&exchange->arena, struct run_reading);

	reading->run_hash = *(const struct hash *)exchange_field(exchange, "run_hash");
	reading->to = UINT32_MAX;
	reading->immutable = true;
	given(exchange, "from", &reading->from);
	given(exchange, "to", &reading->to);
	exchange->own = reading;
	return reading;
}

static enum pace take_frames(struct exchange *exchange)
{
	struct run_reading *reading = reading_of(exchange);
	const struct field *keys = shape_field(exchange->route->query->shape, TEXT("keys"));
	bool wants_keys = field_present(keys, exchange->input) && *(const bool *)field_at(keys, exchange->input);

	reading->part = wants_keys ? RUN_KEY_FRAMES : RUN_FRAMES;
	reading->type = TEXT(FRAMES_TYPE);
	if (reading->to < reading->from)
		return exchange_say(exchange, 422, "frames_backwards", TEXT("`to` is before `from`."));
	return GO_ON;
}

static exchange_step *const frames_steps[] = {take_frames, run_reading_find, run_reading_judge, run_reading_send, NULL};
const struct preparation    preparation_run_frames = {.steps = frames_steps, .gives_bytes = true};
