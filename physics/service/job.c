#include "physics/service/job.h"

#include "eventstore/wire/message_shape.h"

static const struct field job_broken_fields[] = {
	MESSAGE_FIELD(job_broken, code, KIND_TEXT),
	MESSAGE_FIELD(job_broken, sentence, KIND_TEXT),
	MESSAGE_FIELD(job_broken, frame, KIND_U32),
	MESSAGE_FIELD(job_broken, recycle, KIND_BOOL),
};
MESSAGE_SHAPE(job_broken);
