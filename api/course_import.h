/* A course on its way in, from an archive or from another course: the same steps for both, once its wishes are known.
 *
 * First all of it is looked at (course_trial.h), then files are kept, then the wishes are carried out, one behind the
 * other, each under a command id that follows from the import's: who sends the import again under its Idempotency-Key
 * goes on where it stopped, and nothing is done twice. */
#ifndef ORRERY_COURSE_IMPORT_H
#define ORRERY_COURSE_IMPORT_H

#include "api/archive/file.h"
#include "api/exchange.h"

struct brought_file {
	struct hash  hash;
	struct bytes bytes;
};

struct course_import {
	struct id         id; /* of the request's command */
	struct wishes     wishes;
	struct complaints complaints;

	struct brought_file *files; /* of the archive, in the order of their names */
	uint32_t             file_count;
	struct bytes         archive; /* a copy of the body; files are views of it */

	uint32_t file, next; /* what is carried out next */
	uint64_t position;   /* of the latest event that came of it */
};

/* Wishes get the ids of the new course, and what else commands are given. On a worker thread. */
void course_import_settle(struct exchange *exchange, struct course_import *import);

/* The id of the command that a wish is carried out by. */
struct id course_import_command(struct id import, uint32_t wish);

/* Steps, in this order, for an import that is settled: exchange->own. The last of them answers. */
exchange_step course_import_try, course_import_judge, course_import_carry_out;

#endif
