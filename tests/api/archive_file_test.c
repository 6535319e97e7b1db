/* The lines of an archive: written, read, and their ids exchanged. */
#include "api/archive/file.h"
#include "api/archive/local.h"
#include "schema/commands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct arena arena;

static struct id id_of(uint8_t number)
{
	return (struct id){{number, [6] = 0x70, [8] = 0x80}};
}

/* The text lies where it may be written to, as texts of wishes do. */
static struct text embedding(const char *before, struct id id, const char *behind)
{
	char text[ID_TEXT_SIZE + 1];

	id_format(id, text);
	return arena_text(&arena, arena_format(&arena, "%s%s%s", before, text, behind));
}

/* A course, a question, and a lesson that shows it and another which is not there. */
static struct wishes sample(uint8_t first)
{
	struct wishes          wishes = {.arena = &arena};
	struct create_course  *course = wishes_add(&wishes, "create_course");
	struct write_question *question = wishes_add(&wishes, "write_question");
	struct write_lesson   *lesson = wishes_add(&wishes, "write_lesson");

	course->course = question->course = lesson->course = id_of(first);
	course->title = TEXT("A \"course\"");
	course->language = TEXT("en");
	course->level = COURSE_LEVEL_advanced;
	question->question = id_of((uint8_t)(first + 1));
	question->type = QUESTION_TYPE_true_false;
	question->prompt = TEXT("Is it?");
	lesson->lesson = id_of((uint8_t)(first + 2));
	lesson->title = TEXT("One");
	lesson->body = arena_format(&arena, "%s%s", embedding("```question ", question->question, "\nHere\n```\n").data,
	                            embedding("> ~~~~ question\t", id_of((uint8_t)(first + 3)), " \n> ~~~~\n").data);
	return wishes;
}

static struct text written(const struct wishes *wishes)
{
	struct buffer out = {0};
	struct text   text;

	file_write(wishes, &out);
	text = arena_text(&arena, (struct text){.data = (const char *)out.data, .size = out.size});
	buffer_finish(&out);
	return text;
}

static void lines_that_were_written_are_read(void **state)
{
	struct wishes     wishes = sample(1), again = {.arena = &arena};
	struct complaints complaints = {0};
	struct text       text = written(&wishes);

	assert_int_equal(file_read(text_bytes(text), &again, &complaints), STATUS_OK);
	assert_int_equal(again.count, wishes.count);
	assert_int_equal(again.items[2].line, 4);
	assert_true(text_equal(written(&again), text));
	arena_finish(&arena);
}

static void a_course_has_the_same_local_ids_whatever_it_had_before(void **state)
{
	struct wishes here = sample(1), there = sample(101);
	struct text   text;

	assert_false(text_equal(written(&here), written(&there)));
	local_names(&here);
	local_names(&there);
	text = written(&here);
	assert_true(text_equal(text, written(&there)));
	assert_non_null(memmem(text.data, text.size, "question 00000001-0003-8000-8000-000000000000\\n", 47));
	assert_non_null(memmem(text.data, text.size, "question\\t00000001-000f-8000-8000-000000000000 ", 47));
	arena_finish(&arena);
}

static void settled_ids_follow_from_the_import_alone(void **state)
{
	struct wishes     one = sample(1), two = sample(1), other = sample(1);
	struct complaints complaints = {0};

	local_settle(&one, id_of(7), &complaints);
	local_settle(&two, id_of(7), &complaints);
	local_settle(&other, id_of(8), &complaints);
	assert_int_equal(complaints.count, 0);
	assert_true(text_equal(written(&one), written(&two)));
	assert_false(text_equal(written(&one), written(&other)));
	local_names(&one);
	local_names(&other);
	assert_true(text_equal(written(&one), written(&other)));
	arena_finish(&arena);
}

static void what_no_line_makes_is_named(void **state)
{
	struct wishes           wishes = sample(1);
	struct complaints       complaints = {0};
	struct retire_question *retire = wishes_add(&wishes, "retire_question");

	retire->question = id_of(99);
	wishes.items[3].line = 5;
	local_settle(&wishes, id_of(7), &complaints);
	assert_int_equal(complaints.count, 1);
	assert_true(text_is(complaints.items[0].pointer, "/course.jsonl/5/body/question"));
	arena_finish(&arena);
}

/* Words of a text that only look like an embed, or nearly. */
static void texts_that_embed_nothing_stay_as_they_are(void **state)
{
	static const char *const before[] = {"question ",      "``question ", "```questions ", "```question\n",
	                                     "x ```question ", "```python ",  "```\nquestion "};

	for (size_t i = 0; i < array_count(before); i++) {
		struct wishes        wishes = sample(1);
		struct write_lesson *lesson = wishes.items[2].input;
		struct text          text = embedding(before[i], id_of(3), "\n");

		lesson->body = arena_text(&arena, text);
		local_names(&wishes);
		assert_true(text_equal(lesson->body, text));
	}
	arena_finish(&arena);
}

static void names_of_files_are_their_hashes(void **state)
{
	const struct hash hash = hash_sha256(BYTES("abc", 3));
	struct hash       read;
	char              name[ARCHIVE_MEDIA_NAME_SIZE + 1];

	file_media_name(&hash, name);
	assert_string_equal(name, "media/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_true(file_media_hash(text_from(name), &read) && hash_equal(&read, &hash));
	name[10] = 'X';
	assert_false(file_media_hash(text_from(name), &read));
	assert_false(file_media_hash(TEXT("media/.."), &read));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_that_were_written_are_read),
		cmocka_unit_test(a_course_has_the_same_local_ids_whatever_it_had_before),
		cmocka_unit_test(settled_ids_follow_from_the_import_alone),
		cmocka_unit_test(what_no_line_makes_is_named),
		cmocka_unit_test(texts_that_embed_nothing_stay_as_they_are),
		cmocka_unit_test(names_of_files_are_their_hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
