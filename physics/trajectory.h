/* Frames as bytes, and the chain of hashes over the states behind them.
 *
 * A frame is little endian:
 *
 *   u8  1
 *   u32 step
 *   u8  flags: 1 a key frame, 2 some bodies sleep
 *   [a bit for each body, from the lowest bit of the first byte: it sleeps]
 *   varints: of all bodies x, then of all y, then of all angles
 *
 * The bodies are those that can move, dynamic and kinematic, in the scene's order. A number is counted in quanta of
 * metres and radians, rounded to the nearest. A key frame has the counts themselves; another one has what they are more
 * than the line through the two frames before says, 2 q(n-1) - q(n-2), or than the frame before right behind a key
 * frame. Signed numbers are folded (zigzag: 0 -1 1 -2 …) and written seven bits a byte, the lowest first, the high bit
 * set on all but the last (Protocol Buffers' sint64). Each 60th frame is a key frame, and so is the first.
 *
 * The chain binds every bit of every state: link n is the BLAKE2b-256, keyed with link n - 1 (32 zero bytes in front of
 * the first), over "orrery.frame.1", a zero byte and, little endian, for each body of the scene x, y, vx, vy, angle and
 * angular velocity as f64, then u32 the number of collisions since the frame before and of each f64 time, u32 first,
 * u32 second, f64 impulse. */
#ifndef ORRERY_PHYSICS_TRAJECTORY_H
#define ORRERY_PHYSICS_TRAJECTORY_H

#include "eventstore/base/buffer.h"
#include "eventstore/base/hash.h"
#include "eventstore/base/status.h"
#include "physics/solver.h"

enum {
	TRAJECTORY_KEY_FRAMES = 60, /* from one key frame to the next */
	TRAJECTORY_FINE_BODIES = 20 /* precise scenes of fewer bodies have fine quanta */
};

#define TRAJECTORY_QUANTUM 1e-4
#define TRAJECTORY_QUANTUM_FINE 1e-9

/* How many bodies a frame tells of. */
uint32_t trajectory_bodies(const struct scene *scene);

/* m and rad. */
double trajectory_quantum(const struct scene *scene, enum solver_mode mode);

/* ---- writing ---- */

struct trajectory_writer;

/* The scene must outlive it. */
struct trajectory_writer *trajectory_writer_create(const struct scene *scene, double quantum);
void                      trajectory_writer_destroy(struct trajectory_writer *writer);

/* Appends a frame; in order. */
void trajectory_write(struct trajectory_writer *writer, const struct solver_frame *frame, struct buffer *out);

/* ---- reading ---- */

struct trajectory_reader;

struct trajectory_frame {
	uint32_t      step;
	bool          key;
	uint32_t      body_count;
	const double *x, *y, *angle; /* of the bodies that can move */
	const bool   *sleeping;
};

struct trajectory_reader *trajectory_reader_create(uint32_t body_count, double quantum);
void                      trajectory_reader_destroy(struct trajectory_reader *reader);

/* Takes one frame off the front; it is valid until the next. NOT_FOUND: no bytes are left. CORRUPT: it is no frame, or
 * one without those that it builds on. */
enum status trajectory_read(struct trajectory_reader *reader, struct bytes *rest,
                            struct trajectory_frame *out) MUST_USE;

/* ---- the chain ---- */

/* Zeroes are one in front of the first frame. */
struct trajectory_chain {
	struct hash   link;
	uint32_t      frames;
	struct buffer checkpoints; /* 32 bytes each: the link after each TRAJECTORY_KEY_FRAMES frames */
	struct buffer state;
};

void trajectory_chain_finish(struct trajectory_chain *chain);
void trajectory_chain_add(struct trajectory_chain *chain, const struct scene *scene, const struct solver_frame *frame);

/* The checkpoints, with the last link behind them if frames came after the last of them. */
void trajectory_chain_checkpoints(const struct trajectory_chain *chain, struct buffer *out);

#endif
