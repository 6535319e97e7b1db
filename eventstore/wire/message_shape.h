/* For those who define messages: a table of a struct's fields, and the shape over it. A message bears no personal text,
 * and its texts are bounded by the frame alone.
 *
 *   static const struct field head_fields[] = {MESSAGE_FIELD(head, position, KIND_U64)};
 *   MESSAGE_SHAPE(head); */
#ifndef ORRERY_MESSAGE_SHAPE_H
#define ORRERY_MESSAGE_SHAPE_H

#include "eventstore/base/shape.h"
#include "eventstore/wire/frame.h"

#define MESSAGE_FIELD(message, member, field_kind, ...)                                                                \
	{                                                                                                              \
		.name = #member, .kind = (field_kind), .offset = offsetof(struct message, member),                     \
		.max = FRAME_BODY_MAX, __VA_ARGS__                                                                     \
	}
#define MESSAGE_OPTIONAL .marks = FIELD_OPTIONAL
#define MESSAGE_SHAPE(message)                                                                                         \
	const struct shape message##_shape = {.name = #message,                                                        \
	                                      .fields = message##_fields,                                              \
	                                      .count = array_count(message##_fields),                                  \
	                                      .size = sizeof(struct message)}

#endif
