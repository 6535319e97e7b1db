#include "api/project_merge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct project_revised revision(uint32_t number, const char *title, const char *body)
{
	static const struct project_attachment none;
	static struct project_tag              waves;

	waves.word = TEXT("waves");

	return (struct project_revised){.revision = number,
	                                .title = text_from(title),
	                                .summary = TEXT(""),
	                                .body = text_from(body),
	                                .language = TEXT("en"),
	                                .tags = {.items = &waves, .count = 1},
	                                .attachments = {.items = &none, .count = 0}};
}

static void what_is_not_edited_is_as_it_stands(void **state)
{
	struct arena           arena = {0};
	struct project_revised base = revision(1, "Old", "old\n"), ours = revision(2, "New", "new\n");
	struct project_edit    edit = {.base = &base, .ours = &ours};
	struct project_merged  merged = {0};

	assert_int_equal(project_merge(&edit, &arena, &merged), STATUS_OK);
	assert_true(text_is(merged.document->title, "New") && text_is(merged.body, "new\n"));
	arena_finish(&arena);
}

static void a_revision_that_lost_its_title_needs_another(void **state)
{
	struct arena           arena = {0};
	struct project_revised ours = revision(1, "", "");
	struct project_edit    edit = {.base = &ours, .ours = &ours, .body = TEXT("new\n")};
	struct project_merged  merged = {0};

	assert_int_equal(project_merge(&edit, &arena, &merged), STATUS_INVALID);
	assert_true(text_is(merged.complaints.items[0].pointer, "/title"));
	arena_finish(&arena);
}

static void text_and_fields_are_merged_each_by_itself(void **state)
{
	struct arena           arena = {0};
	struct project_revised base = revision(1, "Old", "a\nb\nc\n"), ours = revision(3, "New", "A\nb\nc\n");
	struct project_edit    edit = {
		   .base = &base,
		   .ours = &ours,
		   .body = TEXT("a\nb\nC\n"),
		   .patch = TEXT("[{\"op\":\"add\",\"path\":\"/tags/-\",\"value\":{\"word\":\"bob\"}}]"),
        };
	struct project_merged merged = {0};

	assert_int_equal(project_merge(&edit, &arena, &merged), STATUS_OK);
	assert_true(text_is(merged.document->title, "New") && text_is(merged.body, "A\nb\nC\n"));
	assert_int_equal(merged.document->tags.count, 2);
	assert_true(text_is(merged.document->tags.items[1].word, "bob"));
	arena_finish(&arena);
}

static void conflicts_of_both_kinds_are_told_together(void **state)
{
	struct arena           arena = {0};
	struct project_revised base = revision(1, "Old", "a\n"), ours = revision(2, "Ours", "ours\n");
	struct project_edit    edit = {
		   .base = &base,
		   .ours = &ours,
		   .body = TEXT("theirs\n"),
		   .patch = TEXT("[{\"op\":\"replace\",\"path\":\"/title\",\"value\":\"Theirs\"}]"),
        };
	struct project_merged merged = {0};

	assert_int_equal(project_merge(&edit, &arena, &merged), STATUS_CONFLICT);
	assert_true(text_is(project_merge_conflicts(&edit, &merged, &arena),
	                    ",\"revision\":2,\"conflicts\":[{\"pointer\":\"/title\",\"base\":\"Old\",\"ours\":\"Ours\","
	                    "\"theirs\":\"Theirs\"}],\"line_conflicts\":[{\"base\":{\"line\":1,\"count\":1,\"text\":"
	                    "\"a\\n\"},\"ours\":{\"line\":1,\"count\":1,\"text\":\"ours\\n\"},\"theirs\":{\"line\":1,"
	                    "\"count\":1,\"text\":\"theirs\\n\"}}]"));
	arena_finish(&arena);
}

static void is_complained_of(const char *patch, const char *pointer)
{
	struct arena           arena = {0};
	struct project_revised base = revision(1, "Old", "a\n");
	struct project_edit    edit = {.base = &base, .ours = &base, .patch = text_from(patch)};
	struct project_merged  merged = {0};

	assert_int_equal(project_merge(&edit, &arena, &merged), STATUS_INVALID);
	assert_int_equal(merged.complaints.count, 1);
	if (!text_is(merged.complaints.items[0].pointer, pointer))
		fail_msg("%s: %.*s", patch, TEXT_ARG(merged.complaints.items[0].pointer));
	arena_finish(&arena);
}

static void what_makes_no_document_is_told_by_its_place(void **state)
{
	is_complained_of("[", "/patch");
	is_complained_of("[{\"op\":\"spin\",\"path\":\"/title\"}]", "/patch/0");
	is_complained_of(
		"[{\"op\":\"test\",\"path\":\"/title\",\"value\":\"Old\"},{\"op\":\"remove\",\"path\":\"/x\"}]",
		"/patch/1");
	is_complained_of("[{\"op\":\"remove\",\"path\":\"/title\"}]", "/title");
	is_complained_of("[{\"op\":\"add\",\"path\":\"/colour\",\"value\":1}]", "/colour");
	is_complained_of("[{\"op\":\"add\",\"path\":\"/attachments/-\",\"value\":{\"id\":\"a\",\"kind\":\"song\"}}]",
	                 "/attachments/0/kind");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_edited_is_as_it_stands),
		cmocka_unit_test(a_revision_that_lost_its_title_needs_another),
		cmocka_unit_test(text_and_fields_are_merged_each_by_itself),
		cmocka_unit_test(conflicts_of_both_kinds_are_told_together),
		cmocka_unit_test(what_makes_no_document_is_told_by_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
