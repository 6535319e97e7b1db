/* POST /courses/{course}/clone: a course's draft once more, by the way of an import, but without a file in between. */
#include "api/archive/draft.h"
#include "api/archive/local.h"
#include "api/course_access.h"
#include "api/course_import.h"
#include "api/preparation.h"
#include "schema/commands.h"

static enum pace judge(struct exchange *exchange)
{
	return course_access_judge(exchange, COURSE_RIGHT_WRITE);
}

/* When the same clone was begun before, the draft is read as it was then: what its staff changed meanwhile must not
 * make another course of the second half. */
static enum status read_draft(struct reader *reader, struct id course, struct course_import *import)
{
	uint64_t    until;
	enum status status = reader_command(reader, course_import_command(import->id, 0), &until);

	if (status == STATUS_NOT_FOUND)
		status = reader_head(reader, &until);
	return status == STATUS_OK ? draft_read(reader, course, until, &import->wishes) : status;
}

static void name_copy(const struct course_import *import, const struct clone_course *asked)
{
	struct create_course *create = import->wishes.items[0].input;

	create->origin = asked->course;
	if (asked->title.data)
		create->title = asked->title;
}

static void copy(struct work *work)
{
	struct exchange           *exchange = container_of(work, struct exchange, work);
	const struct clone_course *asked = exchange->input;
	struct course_import      *import = exchange->own;
	struct reader             *reader;

	exchange->status = reader_open(exchange->lane->service->data, &reader);
	if (exchange->status != STATUS_OK)
		return;
	exchange->status = read_draft(reader, asked->course, import);
	reader_close(reader);
	if (exchange->status != STATUS_OK)
		return;
	local_names(&import->wishes);
	course_import_settle(exchange, import);
	name_copy(import, asked);
}

static enum pace begin(struct exchange *exchange)
{
	struct course_import *import = arena_new(&exchange->arena, struct course_import);

	import->id = exchange->command_id;
	import->wishes.arena = &exchange->arena;
	exchange->own = import;
	return exchange_work_on(exchange, exchange->lane->service->packers, copy);
}

static exchange_step *const clone_steps[] = {
	course_access_await, course_access_check, course_access_ask,       judge, begin,
	course_import_try,   course_import_judge, course_import_carry_out, NULL,
};
const struct preparation preparation_course_clone = {.steps = clone_steps, .decides_alone = true};
