#include "api/problem.h"

void problem_append(struct buffer *out, const struct problem *problem, struct text request_id)
{
	buffer_format(out, "{\"type\":\"urn:orrery:problem:%s\",\"title\":", problem->name);
	json_append_string(out, problem->title);
	buffer_format(out, ",\"status\":%d", problem->http);
	if (problem->detail.data) {
		buffer_append_text(out, TEXT(",\"detail\":"));
		json_append_string(out, problem->detail);
	}
	buffer_append_text(out, TEXT(",\"instance\":"));
	json_append_string(out, request_id);
	if (problem->complaints && problem->complaints->count > 0) {
		buffer_append_text(out, TEXT(",\"errors\":["));
		for (uint32_t i = 0; i < problem->complaints->count; i++) {
			buffer_append_text(out, i > 0 ? TEXT(",{\"pointer\":") : TEXT("{\"pointer\":"));
			json_append_string(out, problem->complaints->items[i].pointer);
			buffer_append_text(out, TEXT(",\"detail\":"));
			json_append_string(out, problem->complaints->items[i].sentence);
			buffer_append_text(out, TEXT("}"));
		}
		buffer_append_text(out, TEXT("]"));
	}
	buffer_append_text(out, problem->more);
	buffer_append_text(out, TEXT("}"));
}

struct problem problem_of(enum status status)
{
	bool     passes = status == STATUS_BUSY || status == STATUS_UNREACHABLE || status == STATUS_TIMED_OUT;
	uint32_t wait_s = passes ? 1 : status == STATUS_FULL ? PROBLEM_FULL_RETRY_S : 0;

	return (struct problem){
		.http = status_http(status),
		.name = status_name(status),
		.title = text_from(status_sentence(status)),
		.retry_after_s = wait_s,
	};
}
