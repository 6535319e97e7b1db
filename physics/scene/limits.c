#include "physics/scene/limits.h"

#include "eventstore/base/require.h"

struct limit_row {
	const char *name, *unit;
	double      learner, teacher;
	const char *why;
};

static const struct limit_row limits[] = {
	[LIMIT_NONE] = {"", "", 0, 0, ""},
#define LIMIT(NAME, unit, learner, teacher, why) [LIMIT_##NAME] = {#NAME, unit, learner, teacher, why},
#include "physics/scene/limits.def"
#undef LIMIT
};

static const struct limit_row *row(enum limit limit)
{
	require(limit < LIMIT_COUNT);
	return &limits[limit];
}

double limit_value(enum limit limit, enum scene_audience audience)
{
	return audience == SCENE_TEACHER ? row(limit)->teacher : row(limit)->learner;
}

const char *limit_name(enum limit limit)
{
	return row(limit)->name;
}

const char *limit_unit(enum limit limit)
{
	return row(limit)->unit;
}

const char *limit_reason(enum limit limit)
{
	return row(limit)->why;
}
