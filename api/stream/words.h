/* What is said on a stream of orrery.sim.v1, beside frames: JSON, one object a message (api/stream/README.md). */
#ifndef ORRERY_STREAM_WORDS_H
#define ORRERY_STREAM_WORDS_H

#include "eventstore/codec/codec_json.h"
#include "physics/scene/posed.h"
#include "physics/service/wire.h"
#include "schema/events.h"

#define STREAM_PROTOCOL "orrery.sim.v1"
#define STREAM_TOKEN_PREFIX "orrery.token."

/* What a viewer may say; the words' order is that of `stream_types`. */
enum stream_type {
	STREAM_CREATE = 1,
	STREAM_RUN,
	STREAM_SUBSCRIBE,
	STREAM_SEEK,
	STREAM_PAUSE,
	STREAM_RESUME,
	STREAM_STEP,
	STREAM_CANCEL,
	STREAM_ACK,
};

/* Absent is 0, false or nothing. */
struct stream_word {
	uint32_t                         type;
	struct text                      scene; /* JSON */
	struct list_of_parameter_setting settings;
	struct hash                      run;
	uint32_t step;     /* seek, subscribe: the first frame; ack: the last one that was taken in */
	uint32_t count;    /* step: how many frames */
	uint32_t rate;     /* frames a second; 0: as fast as they are taken in */
	bool     live;     /* rather new than whole */
	bool     measures; /* series beside the frames */
	bool     patient;  /* a run that nobody waits for: a larger budget, a later turn */
	bool     has_step, has_count, has_rate, has_live, has_measures, has_patient;
};

/* Texts and lists live in the arena. INVALID or MALFORMED: the complaints say what is wrong. */
enum status stream_word_read(struct bytes message, struct arena *arena, struct stream_word *out,
                             struct complaints *complaints) MUST_USE;

/* Append a message. */
void stream_say_created(struct buffer *out, const struct posed_scene *posed, const struct scene_report *report);
void stream_say_accepted(struct buffer *out, const struct run_accepted *accepted, const struct scene *scene);
void stream_say_progress(struct buffer *out, uint32_t available);
void stream_say_done(struct buffer *out, const struct run_done *done, const struct scene *scene);
void stream_say_failed(struct buffer *out, const struct run_failed *failed);
void stream_say_error(struct buffer *out, const char *code, const char *sentence);
void stream_say_complaints(struct buffer *out, const char *code, const struct complaints *complaints);
/* Rows of doubles as they came, one a frame. */
void stream_say_measures(struct buffer *out, const struct run_frames *rows, uint32_t series);

#endif
