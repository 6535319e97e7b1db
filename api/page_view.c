#include "api/page_view.h"

#include "eventstore/codec/codec_json.h"

void page_view_append(struct buffer *out, const struct markdown_page *page)
{
	json_append_member(out, "html", page->html);
	buffer_append_text(out, TEXT(",\"headings\":["));
	for (size_t i = 0; i < page->heading_count; i++) {
		buffer_format(out, "%s{\"id\":", i > 0 ? "," : "");
		json_append_string(out, page->headings[i].id);
		buffer_format(out, ",\"level\":%u,\"title\":", page->headings[i].level);
		json_append_string(out, page->headings[i].text);
		buffer_append_text(out, TEXT("}"));
	}
	buffer_append_text(out, TEXT("]"));
}
