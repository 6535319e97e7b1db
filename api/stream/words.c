#include "api/stream/words.h"

#include "eventstore/base/base64.h"
#include "eventstore/wire/message_shape.h"
#include "physics/law.h"
#include "physics/measure.h"

#include <endian.h>
#include <inttypes.h>
#include <math.h>

enum { FRAMES_MAX = 1000000, RATE_MAX = 10000, SETTINGS_MAX = 32, SCENE_JSON_BYTES_MAX = 256 << 10 };

/* ---------------------------------------------------------------- hearing */

static const char *const   type_words[] = {"create", "run",  "subscribe", "seek", "pause",
                                           "resume", "step", "cancel",    "ack"};
static const struct choice stream_types = {
	.name = "stream_type", .words = type_words, .count = array_count(type_words)};

#define WORD_FIELD(member, field_kind, most, ...)                                                                      \
	{                                                                                                              \
		.name = #member, .kind = (field_kind), .offset = offsetof(struct stream_word, member), .max = (most),  \
		__VA_ARGS__                                                                                            \
	}
#define WORD_HAS(member) .marks = FIELD_OPTIONAL, .has_offset = offsetof(struct stream_word, has_##member)

static const struct field stream_word_fields[] = {
	WORD_FIELD(type, KIND_CHOICE, 0, .choice = &stream_types),
	WORD_FIELD(scene, KIND_JSON, SCENE_JSON_BYTES_MAX, .min = 2, .marks = FIELD_OPTIONAL),
	WORD_FIELD(settings, KIND_LIST, SETTINGS_MAX, .marks = FIELD_OPTIONAL, .record = &parameter_setting_shape),
	WORD_FIELD(run, KIND_HASH, 0, .marks = FIELD_OPTIONAL),
	WORD_FIELD(step, KIND_U32, FRAMES_MAX, WORD_HAS(step)),
	WORD_FIELD(count, KIND_U32, FRAMES_MAX, WORD_HAS(count)),
	WORD_FIELD(rate, KIND_U32, RATE_MAX, WORD_HAS(rate)),
	WORD_FIELD(live, KIND_BOOL, 0, WORD_HAS(live)),
	WORD_FIELD(measures, KIND_BOOL, 0, WORD_HAS(measures)),
	WORD_FIELD(patient, KIND_BOOL, 0, WORD_HAS(patient)),
};
static MESSAGE_SHAPE(stream_word);

enum status stream_word_read(struct bytes message, struct arena *arena, struct stream_word *out,
                             struct complaints *complaints)
{
	struct stream_word word = {0};
	enum status        status = json_decode_shape(&stream_word_shape, message, 0, arena, &word, complaints);

	if (status == STATUS_OK)
		*out = word;
	return status;
}

/* ---------------------------------------------------------------- saying */

static void append_hash(struct buffer *out, const char *name, const struct hash *hash)
{
	struct arena arena = {0};
	struct text  text = arena_base64(&arena, BYTES(hash->bytes, sizeof(hash->bytes)));

	buffer_format(out, ",\"%s\":\"%.*s\"", name, TEXT_ARG(text));
	arena_finish(&arena);
}

static void append_number(struct buffer *out, double value)
{
	if (isfinite(value))
		json_append_f64(out, value);
	else
		buffer_append_text(out, TEXT("null"));
}

static void append_member_f64(struct buffer *out, const char *name, double value)
{
	buffer_format(out, ",\"%s\":", name);
	append_number(out, value);
}

static void append_complaints(struct buffer *out, const char *name, const struct complaints *complaints)
{
	buffer_format(out, ",\"%s\":[", name);
	for (uint32_t i = 0; i < complaints->count; i++) {
		buffer_append_text(out, i > 0 ? TEXT(",{\"pointer\":") : TEXT("{\"pointer\":"));
		json_append_string(out, complaints->items[i].pointer);
		json_append_member(out, "sentence", complaints->items[i].sentence);
		buffer_append_text(out, TEXT("}"));
	}
	buffer_append_text(out, TEXT("]"));
}

void stream_say_created(struct buffer *out, const struct posed_scene *posed, const struct scene_report *report)
{
	struct text      reason;
	enum solver_mode mode = solver_choose(posed->scene, &reason);

	buffer_append_text(out, TEXT("{\"type\":\"created\""));
	append_hash(out, "scene_hash", &posed->hash);
	buffer_format(out, ",\"mode\":\"%s\"", mode == SOLVER_RIGID ? "rigid" : "precise");
	json_append_member(out, "reason", reason);
	append_complaints(out, "warnings", &report->warnings);
	buffer_append_text(out, TEXT("}"));
}

/* Which measures have a value in each frame, in the order of the numbers of a `measures` message. */
static void append_series(struct buffer *out, const struct scene *scene)
{
	bool first = true;

	buffer_append_text(out, TEXT(",\"series\":["));
	for (uint32_t i = 0; i < scene->measure_count; i++) {
		if (!measure_is_series(&scene->measures[i]))
			continue;
		buffer_append_text(out, first ? TEXT("{\"measure\":") : TEXT(",{\"measure\":"));
		json_append_string(out, scene->measures[i].id);
		json_append_member(out, "unit", text_from(measure_unit(scene, &scene->measures[i])));
		buffer_append_text(out, TEXT("}"));
		first = false;
	}
	buffer_append_text(out, TEXT("]"));
}

void stream_say_accepted(struct buffer *out, const struct run_accepted *accepted, const struct scene *scene)
{
	buffer_append_text(out, TEXT("{\"type\":\"accepted\""));
	append_hash(out, "run", &accepted->run_hash);
	append_hash(out, "scene_hash", &accepted->scene_hash);
	append_hash(out, "engine", &accepted->engine);
	json_append_member(out, "mode", accepted->mode);
	json_append_member(out, "reason", accepted->reason);
	buffer_format(out,
	              ",\"cached\":%s,\"shared\":%s,\"frames\":%u,\"fps\":%u,\"bodies\":%u,\"eta_ms\":%u,\"ahead\":%u",
	              accepted->cached ? "true" : "false", accepted->shared ? "true" : "false", accepted->frames,
	              accepted->fps, accepted->bodies, accepted->eta_ms, accepted->ahead);
	append_member_f64(out, "quantum", accepted->quantum);
	if (scene)
		append_series(out, scene);
	buffer_append_text(out, TEXT("}"));
}

void stream_say_progress(struct buffer *out, uint32_t available)
{
	buffer_format(out, "{\"type\":\"progress\",\"available\":%u}", available);
}

static double value_of(const struct run_done *done, uint32_t measure)
{
	return measure < done->measures.count && done->measures.items[measure].has_value
	               ? done->measures.items[measure].value
	               : NAN;
}

static void append_measures(struct buffer *out, const struct run_done *done, const struct scene *scene)
{
	buffer_append_text(out, TEXT(",\"measures\":["));
	for (uint32_t i = 0; i < done->measures.count; i++) {
		buffer_append_text(out, i > 0 ? TEXT(",{\"measure\":") : TEXT("{\"measure\":"));
		if (scene && i < scene->measure_count)
			json_append_string(out, scene->measures[i].id);
		else
			buffer_format(out, "\"%u\"", i);
		append_member_f64(out, "value", value_of(done, i));
		buffer_append_text(out, TEXT("}"));
	}
	buffer_append_text(out, TEXT("]"));
}

static struct law_check check_of(const struct run_done *done, const struct scene_expectation *expectation)
{
	return law_check(value_of(done, expectation->measure), law_value(expectation->formula, expectation->arguments),
	                 expectation->tolerance_relative, expectation->tolerance_absolute);
}

static void append_expectations(struct buffer *out, const struct run_done *done, const struct scene *scene)
{
	buffer_append_text(out, TEXT(",\"expectations\":["));
	for (uint32_t i = 0; i < scene->expectation_count; i++) {
		const struct scene_expectation *expectation = &scene->expectations[i];
		struct law_check                check = check_of(done, expectation);

		buffer_append_text(out, i > 0 ? TEXT(",{\"measure\":") : TEXT("{\"measure\":"));
		json_append_string(out, scene->measures[expectation->measure].id);
		json_append_member(out, "formula", text_from(expectation->formula->name));
		append_member_f64(out, "value", check.value);
		append_member_f64(out, "expected", check.expected);
		append_member_f64(out, "error", check.error);
		buffer_format(out, ",\"within\":%s}", check.within ? "true" : "false");
	}
	buffer_append_text(out, TEXT("]"));
}

void stream_say_done(struct buffer *out, const struct run_done *done, const struct scene *scene)
{
	buffer_append_text(out, TEXT("{\"type\":\"done\""));
	append_hash(out, "run", &done->run_hash);
	append_hash(out, "trajectory_hash", &done->trajectory_hash);
	json_append_member(out, "mode", done->mode);
	buffer_format(out, ",\"frames\":%u,\"steps\":%" PRIu64 ",\"cpu_us\":%" PRIu64 ",\"may_tunnel\":%s",
	              done->frames, done->steps, done->cpu_us, done->may_tunnel ? "true" : "false");
	append_member_f64(out, "energy_drift", done->has_energy_drift ? done->energy_drift : NAN);
	append_member_f64(out, "constraint_error", done->constraint_error_m);
	append_member_f64(out, "error_estimate", done->has_error_estimate_m ? done->error_estimate_m : NAN);
	append_measures(out, done, scene);
	if (scene)
		append_expectations(out, done, scene);
	if (done->fault.data) {
		json_append_member(out, "fault", done->fault);
		buffer_format(out, ",\"fault_frame\":%u", done->fault_frame);
	}
	buffer_append_text(out, TEXT("}"));
}

void stream_say_failed(struct buffer *out, const struct run_failed *failed)
{
	buffer_append_text(out, TEXT("{\"type\":\"error\""));
	json_append_member(out, "code", failed->code);
	json_append_member(out, "sentence", failed->sentence);
	buffer_format(out, ",\"step\":%u", failed->frame);
	if (failed->retry_after_s > 0)
		buffer_format(out, ",\"retry_after\":%u", failed->retry_after_s);
	buffer_append_text(out, TEXT("}"));
}

void stream_say_error(struct buffer *out, const char *code, const char *sentence)
{
	struct run_failed failed = {.code = text_from(code), .sentence = text_from(sentence)};

	stream_say_failed(out, &failed);
}

void stream_say_complaints(struct buffer *out, const char *code, const struct complaints *complaints)
{
	buffer_format(out, "{\"type\":\"error\",\"code\":\"%s\"", code);
	json_append_member(out, "sentence", TEXT("Some of what was sent is not allowed."));
	append_complaints(out, "complaints", complaints);
	buffer_append_text(out, TEXT("}"));
}

static double double_at(const uint8_t *bytes)
{
	uint64_t bits;
	double   value;

	memcpy(&bits, bytes, sizeof(bits));
	bits = le64toh(bits);
	memcpy(&value, &bits, sizeof(value));
	return value;
}

void stream_say_measures(struct buffer *out, const struct run_frames *rows, uint32_t series)
{
	size_t row = series * sizeof(double);

	buffer_format(out, "{\"type\":\"measures\",\"first\":%u,\"values\":[", rows->first);
	for (uint32_t i = 0; i < rows->count && (i + 1) * row <= rows->bytes.size; i++) {
		buffer_append_text(out, i > 0 ? TEXT(",[") : TEXT("["));
		for (uint32_t j = 0; j < series; j++) {
			if (j > 0)
				buffer_append_text(out, TEXT(","));
			append_number(out, double_at(rows->bytes.data + i * row + j * sizeof(double)));
		}
		buffer_append_text(out, TEXT("]"));
	}
	buffer_append_text(out, TEXT("]}"));
}
