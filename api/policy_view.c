#include "api/policy_view.h"

#include "api/lines.h"
#include "commands/learning/deadline.h"
#include "eventstore/base/catalog.h"
#include "eventstore/codec/codec_json.h"
#include "schema/commands.h"

/* ---------------------------------------------------------------- from the read models */

static enum status add_policy(struct bytes document, struct arena *arena, struct assessment *assessment)
{
	const struct shape              *shape = event_type_by_number(EVENT_assessment_policy_changed)->shape;
	struct complaints                complaints = {0};
	struct assessment_policy_changed event = {.late_penalty = 0};
	enum status                      status = json_decode_shape(shape, document, 0, arena, &event, &complaints);

	if (status == STATUS_OK && assessment->policies_count == array_count(assessment->policies))
		status = STATUS_INVALID;
	if (status == STATUS_OK)
		assessment->policies[assessment->policies_count++] = deadline_policy_said(&event);
	return status;
}

static enum status read_policies(struct text documents, struct arena *arena, struct assessment *assessment)
{
	struct lines lines;
	struct bytes document;
	uint32_t     count;
	enum status  status = lines_open(text_bytes(documents), LINES_ARRAY, &lines, &count);

	while (status == STATUS_OK && lines_next(&lines, &document))
		status = add_policy(document, arena, assessment);
	return status;
}

/* Granting takes from a body what was granted. */
static enum status read_accommodation(struct text document, struct arena *arena, struct accommodation *out)
{
	const struct shape        *shape = command_type_by_name(TEXT("grant_accommodation"))->shape;
	struct grant_accommodation granted = {.has_due_at = false};
	struct complaints          complaints = {0};
	enum status                status;

	*out = (struct accommodation){.due_at = 0};
	if (!document.data)
		return STATUS_OK;
	status = json_decode_shape(shape, text_bytes(document), FIELD_PATH | FIELD_CALLER | FIELD_DERIVED, arena,
	                           &granted, &complaints);
	if (status == STATUS_OK)
		*out = (struct accommodation){.due_at = granted.due_at,
		                              .extra_time = granted.extra_time,
		                              .extra_attempts = granted.extra_attempts};
	return status;
}

enum status terms_from_json(struct text policies, struct text granted, struct arena *arena,
                            struct assessment *assessment, struct accommodation *accommodation)
{
	enum status status = read_policies(policies, arena, assessment);

	return status == STATUS_OK ? read_accommodation(granted, arena, accommodation) : status;
}

/* ---------------------------------------------------------------- to clients */

void policy_append_time(struct buffer *out, const char *name, int64_t time_us)
{
	if (time_us == 0 || time_us == DEADLINE_NEVER_US)
		return;
	buffer_format(out, ",\"%s\":", name);
	json_append_time(out, time_us);
}

/* The word that an event would have. */
static const char *word_of(const char *name, uint32_t number)
{
	const struct shape *shape = event_type_by_number(EVENT_assessment_policy_changed)->shape;

	return shape_field(shape, text_from(name))->choice->words[number - 1];
}

static const char *truth(bool value)
{
	return value ? "true" : "false";
}

void policy_append(const struct policy *policy, struct buffer *out)
{
	buffer_format(out,
	              "{\"late_window_s\":%u,\"late_penalty\":%u,\"keeps\":\"%s\",\"feedback\":\"%s\",\"shows_key\":%s,"
	              "\"graders\":%u,\"release\":\"%s\",\"shuffles_questions\":%s,\"shuffles_choices\":%s",
	              policy->late_window_s, policy->late_penalty, word_of("keeps", policy->keeps),
	              word_of("feedback", policy->feedback), truth(policy->shows_key), policy->graders,
	              word_of("release", policy->release), truth(policy->shuffles_questions),
	              truth(policy->shuffles_choices));
	if (policy->attempts_max > 0)
		buffer_format(out, ",\"attempts_max\":%u", policy->attempts_max);
	if (policy->time_limit_s > 0)
		buffer_format(out, ",\"time_limit_s\":%u", policy->time_limit_s);
	policy_append_time(out, "since", policy->since);
	policy_append_time(out, "opens_at", policy->opens_at);
	policy_append_time(out, "due_at", policy->due_at);
	policy_append_time(out, "closes_at", policy->closes_at);
	buffer_append_text(out, TEXT("}"));
}
