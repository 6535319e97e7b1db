#include "physics/service/wire.h"

#include "eventstore/wire/message_shape.h"

#define MESSAGE_HAS(message, member) MESSAGE_OPTIONAL, .has_offset = offsetof(struct message, has_##member)

static const struct field simulator_welcome_fields[] = {
	MESSAGE_FIELD(simulator_welcome, protocol, KIND_U32),
	MESSAGE_FIELD(simulator_welcome, accepted, KIND_BOOL),
	MESSAGE_FIELD(simulator_welcome, sentence, KIND_TEXT, MESSAGE_OPTIONAL),
	MESSAGE_FIELD(simulator_welcome, version, KIND_TEXT),
	MESSAGE_FIELD(simulator_welcome, workers, KIND_U32),
};
MESSAGE_SHAPE(simulator_welcome);

static const struct field run_wish_fields[] = {
	MESSAGE_FIELD(run_wish, person, KIND_ID, MESSAGE_OPTIONAL),
	MESSAGE_FIELD(run_wish, budget, KIND_U32),
	MESSAGE_FIELD(run_wish, scene, KIND_BYTES),
	MESSAGE_FIELD(run_wish, fresh, KIND_BOOL),
	MESSAGE_FIELD(run_wish, owed, KIND_BOOL),
};
MESSAGE_SHAPE(run_wish);

static const struct field run_watch_fields[] = {
	MESSAGE_FIELD(run_watch, run_hash, KIND_HASH),
	MESSAGE_FIELD(run_watch, person, KIND_ID, MESSAGE_OPTIONAL),
	MESSAGE_FIELD(run_watch, frames, KIND_BOOL),
};
MESSAGE_SHAPE(run_watch);

static const struct field run_accepted_fields[] = {
	MESSAGE_FIELD(run_accepted, scene_hash, KIND_HASH), MESSAGE_FIELD(run_accepted, run_hash, KIND_HASH),
	MESSAGE_FIELD(run_accepted, engine, KIND_HASH),     MESSAGE_FIELD(run_accepted, mode, KIND_TEXT),
	MESSAGE_FIELD(run_accepted, reason, KIND_TEXT),     MESSAGE_FIELD(run_accepted, cached, KIND_BOOL),
	MESSAGE_FIELD(run_accepted, shared, KIND_BOOL),     MESSAGE_FIELD(run_accepted, frames, KIND_U32),
	MESSAGE_FIELD(run_accepted, fps, KIND_U32),         MESSAGE_FIELD(run_accepted, bodies, KIND_U32),
	MESSAGE_FIELD(run_accepted, series, KIND_U32),      MESSAGE_FIELD(run_accepted, quantum, KIND_F64),
	MESSAGE_FIELD(run_accepted, eta_ms, KIND_U32),      MESSAGE_FIELD(run_accepted, ahead, KIND_U32),
};
MESSAGE_SHAPE(run_accepted);

static const struct field run_progress_fields[] = {
	MESSAGE_FIELD(run_progress, available, KIND_U32),
};
MESSAGE_SHAPE(run_progress);

static const struct field run_measured_fields[] = {
	MESSAGE_FIELD(run_measured, value, KIND_F64, MESSAGE_HAS(run_measured, value)),
};
static MESSAGE_SHAPE(run_measured);

static const struct field run_done_fields[] = {
	MESSAGE_FIELD(run_done, scene_hash, KIND_HASH),
	MESSAGE_FIELD(run_done, run_hash, KIND_HASH),
	MESSAGE_FIELD(run_done, engine, KIND_HASH),
	MESSAGE_FIELD(run_done, mode, KIND_TEXT),
	MESSAGE_FIELD(run_done, frames, KIND_U32),
	MESSAGE_FIELD(run_done, fps, KIND_U32),
	MESSAGE_FIELD(run_done, steps, KIND_U64),
	MESSAGE_FIELD(run_done, trajectory_hash, KIND_HASH),
	MESSAGE_FIELD(run_done, checkpoints, KIND_BYTES),
	MESSAGE_FIELD(run_done, energy_drift, KIND_F64, MESSAGE_HAS(run_done, energy_drift)),
	MESSAGE_FIELD(run_done, constraint_error_m, KIND_F64),
	MESSAGE_FIELD(run_done, error_estimate_m, KIND_F64, MESSAGE_HAS(run_done, error_estimate_m)),
	MESSAGE_FIELD(run_done, may_tunnel, KIND_BOOL),
	MESSAGE_FIELD(run_done, measures, KIND_LIST, .record = &run_measured_shape),
	MESSAGE_FIELD(run_done, fault, KIND_TEXT, MESSAGE_OPTIONAL),
	MESSAGE_FIELD(run_done, fault_frame, KIND_U32),
	MESSAGE_FIELD(run_done, cpu_us, KIND_U64),
	MESSAGE_FIELD(run_done, expired, KIND_BOOL),
};
MESSAGE_SHAPE(run_done);

static const struct field run_failed_fields[] = {
	MESSAGE_FIELD(run_failed, code, KIND_TEXT),
	MESSAGE_FIELD(run_failed, sentence, KIND_TEXT),
	MESSAGE_FIELD(run_failed, frame, KIND_U32),
	MESSAGE_FIELD(run_failed, retry_after_s, KIND_U32),
};
MESSAGE_SHAPE(run_failed);

static const struct field run_fetch_fields[] = {
	MESSAGE_FIELD(run_fetch, run_hash, KIND_HASH),
	MESSAGE_FIELD(run_fetch, part, KIND_U32),
	MESSAGE_FIELD(run_fetch, from, KIND_U32),
	MESSAGE_FIELD(run_fetch, count, KIND_U32),
};
MESSAGE_SHAPE(run_fetch);

static const struct field run_frames_fields[] = {
	MESSAGE_FIELD(run_frames, first, KIND_U32),     MESSAGE_FIELD(run_frames, count, KIND_U32),
	MESSAGE_FIELD(run_frames, available, KIND_U32), MESSAGE_FIELD(run_frames, complete, KIND_BOOL),
	MESSAGE_FIELD(run_frames, bytes, KIND_BYTES),
};
MESSAGE_SHAPE(run_frames);

static const struct field simulator_status_fields[] = {
	MESSAGE_FIELD(simulator_status, version, KIND_TEXT),    MESSAGE_FIELD(simulator_status, workers, KIND_U32),
	MESSAGE_FIELD(simulator_status, workers_fit, KIND_U32), MESSAGE_FIELD(simulator_status, running, KIND_U32),
	MESSAGE_FIELD(simulator_status, queued, KIND_U32),      MESSAGE_FIELD(simulator_status, clients, KIND_U32),
	MESSAGE_FIELD(simulator_status, runs, KIND_U64),        MESSAGE_FIELD(simulator_status, cached, KIND_U64),
	MESSAGE_FIELD(simulator_status, shared, KIND_U64),      MESSAGE_FIELD(simulator_status, failed, KIND_U64),
	MESSAGE_FIELD(simulator_status, crashed, KIND_U64),     MESSAGE_FIELD(simulator_status, recycled, KIND_U64),
	MESSAGE_FIELD(simulator_status, refused, KIND_U64),     MESSAGE_FIELD(simulator_status, cancelled, KIND_U64),
	MESSAGE_FIELD(simulator_status, cpu_us, KIND_U64),      MESSAGE_FIELD(simulator_status, frames, KIND_U64),
	MESSAGE_FIELD(simulator_status, memory_used, KIND_U64), MESSAGE_FIELD(simulator_status, memory_max, KIND_U64),
	MESSAGE_FIELD(simulator_status, disk_used, KIND_U64),   MESSAGE_FIELD(simulator_status, disk_max, KIND_U64),
	MESSAGE_FIELD(simulator_status, kept_memory, KIND_U32), MESSAGE_FIELD(simulator_status, kept_disk, KIND_U32),
};
MESSAGE_SHAPE(simulator_status);
