/* What Markdown became, as views tell it. */
#ifndef ORRERY_PAGE_VIEW_H
#define ORRERY_PAGE_VIEW_H

#include "api/markdown.h"

/* Appends ,"html":… and ,"headings":[{"id":…,"level":…,"title":…},…]. */
void page_view_append(struct buffer *out, const struct markdown_page *page);

#endif
