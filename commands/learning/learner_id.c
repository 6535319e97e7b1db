#include "commands/learning/learner_id.h"

#include "eventstore/base/require.h"

struct id history_id(struct id learner)
{
	return id_derived("history", &learner, 1);
}

struct id enrolment_id(struct id course, struct id learner)
{
	const struct id parts[] = {course, learner};

	return id_derived("enrolment", parts, array_count(parts));
}
