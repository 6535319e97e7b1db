/* What is kept of a run, as a reply that leaves piece by piece: frames or series, from the simulator's blocks to the
 * client as fast as it reads. What is not kept any more is computed again first. */
#ifndef ORRERY_RUN_READING_H
#define ORRERY_RUN_READING_H

#include "api/exchange.h"

/* In the exchange's arena, as exchange->own, from the first of the steps on. */
struct run_reading {
	struct hash   run_hash;
	enum run_part part;
	uint32_t      from, to;  /* frames, the last one included; beyond the run's end: up to it */
	struct text   type;      /* Content-Type */
	bool          immutable; /* whoever has it may keep it for ever */
	/* Append what stands in front of all, what a piece reads as, and what stands behind. NULL: nothing, the bytes
	 * as they are, nothing. */
	void (*begin)(struct run_reading *reading, struct buffer *out);
	void (*append)(struct run_reading *reading, const struct run_frames *piece, struct buffer *out);
	void (*end)(struct run_reading *reading, struct buffer *out);
	void *owner; /* of the three */

	/* Filled in by the steps. */
	struct exchange      *exchange;
	struct simulator_call call;
	struct run_accepted   accepted;
	struct run_done       done;
	struct run_failed     failed;
	bool                  ended; /* with `done`, else with `failed` */
	struct run_frames     piece;
	uint32_t              at;   /* the next frame to be fetched */
	size_t                sent; /* of exchange->out */
	bool                  awaits_room;
};

/* Waits until the run is over; answers with a problem when it is not there. */
extern exchange_step run_reading_find, run_reading_judge;

/* The canonical scene of the run, in reading->piece.bytes. */
extern exchange_step run_reading_fetch_scene, run_reading_take_scene;

/* Answers. */
extern exchange_step run_reading_send;

/* The problem that a run's failure is, for those who ask the simulator themselves. */
enum pace run_reading_refuse(struct exchange *exchange, const struct run_failed *failed);
enum pace run_reading_away(struct exchange *exchange);

#endif
