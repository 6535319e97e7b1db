#include "api/line_changes.h"

#include "eventstore/codec/codec_json.h"

static void append_hunk(struct buffer *out, const struct line_diff_hunk *hunk)
{
	static const char *const kinds[] = {[LINE_KEPT] = "kept", [LINE_REMOVED] = "removed", [LINE_ADDED] = "added"};

	buffer_format(out, "{\"kind\":\"%s\",\"before\":%u,\"after\":%u,\"count\":%u,\"lines\":", kinds[hunk->kind],
	              hunk->before, hunk->after, hunk->count);
	json_append_string(out, hunk->lines);
	buffer_append_text(out, TEXT("}"));
}

void line_changes_append(struct buffer *out, const struct line_diff *changes)
{
	buffer_format(out, ",\"removed\":%u,\"added\":%u,\"searched\":%s,\"hunks\":[", changes->removed, changes->added,
	              changes->searched ? "true" : "false");
	for (uint32_t i = 0; i < changes->count; i++) {
		buffer_append_text(out, i > 0 ? TEXT(",") : TEXT(""));
		append_hunk(out, &changes->hunks[i]);
	}
	buffer_append_text(out, TEXT("]"));
}
