#include "api/markdown.h"

#include "api/markdown_parts.h"
#include "eventstore/base/require.h"

#include <cmark-gfm-core-extensions.h>
#include <pthread.h>
#include <setjmp.h>

enum { MEMORY_MAX = 32 * 1024 * 1024, ALIGNMENT = 16 };

static const char *const extensions[] = {"table", "strikethrough", "tasklist"};

/* cmark-gfm marks which characters extensions look at in a static table, at the beginning and at the end of each
 * parse. */
static pthread_mutex_t parsing_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t  registered = PTHREAD_ONCE_INIT;

/* One text on its way. The parser's memory is an arena of its own, and when that is used up we jump out of the parser:
 * it holds nothing but that memory. */
struct reading {
	struct text              text; /* lines end with \n */
	struct arena             memory;
	jmp_buf                  exhausted;
	struct cmark_node       *root;
	struct markdown_writing *writing;
};

static _Thread_local struct reading *current;

/* ---------------------------------------------------------------- the parser's memory */

static void *allocate(size_t size)
{
	char *block;

	if (size > MEMORY_MAX || current->memory.used + size > MEMORY_MAX)
		longjmp(current->exhausted, 1);
	block = arena_alloc(&current->memory, size + ALIGNMENT);
	memcpy(block, &size, sizeof(size));
	return block + ALIGNMENT;
}

static void *allocate_array(size_t count, size_t size)
{
	return allocate(size > 0 && count > MEMORY_MAX / size ? SIZE_MAX : count * size);
}

static void *reallocate(void *old, size_t size)
{
	void  *block = allocate(size);
	size_t old_size = 0;

	if (old)
		memcpy(&old_size, (char *)old - ALIGNMENT, sizeof(old_size));
	if (old)
		memcpy(block, old, old_size < size ? old_size : size);
	return block;
}

/* The arena goes as a whole. */
static void release(void *block)
{
	(void)block;
}

cmark_mem markdown_memory = {.calloc = allocate_array, .realloc = reallocate, .free = release};

/* ---------------------------------------------------------------- steps */

static void parse(struct reading *reading)
{
	cmark_parser *parser = cmark_parser_new_with_mem(CMARK_OPT_DEFAULT, &markdown_memory);

	/* First, since the table extension lets nobody behind it interrupt a paragraph. */
	cmark_parser_attach_syntax_extension(parser, markdown_math());
	for (size_t i = 0; i < array_count(extensions); i++)
		cmark_parser_attach_syntax_extension(parser, cmark_find_syntax_extension(extensions[i]));
	cmark_parser_feed(parser, reading->text.data, reading->text.size);
	reading->root = cmark_parser_finish(parser);
}

static void write_page(struct reading *reading)
{
	markdown_write(reading->writing, reading->root);
}

/* False: the memory did not suffice. */
static bool within_memory(struct reading *reading, void (*step)(struct reading *reading))
{
	if (setjmp(reading->exhausted) != 0)
		return false;
	step(reading);
	return true;
}

static bool parse_alone(struct reading *reading)
{
	bool parsed;

	require(pthread_mutex_lock(&parsing_lock) == 0);
	markdown_math_of(&reading->text);
	parsed = within_memory(reading, parse);
	markdown_math_of(NULL);
	require(pthread_mutex_unlock(&parsing_lock) == 0);
	return parsed;
}

/* CR and CRLF become LF, as everything behind this counts lines. */
static struct text with_newlines(struct text text, struct arena *arena)
{
	char  *line = arena_alloc(arena, text.size + 1);
	size_t size = 0;

	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] == '\r' && i + 1 < text.size && text.data[i + 1] == '\n')
			continue;
		line[size++] = text.data[i] == '\r' ? '\n' : text.data[i];
	}
	return (struct text){line, size};
}

static enum status told(enum status status, const char *sentence, const char **mistake)
{
	*mistake = sentence;
	return status;
}

static struct text kept(struct arena *arena, const struct buffer *buffer)
{
	return arena_text(arena, (struct text){buffer->data ? (const char *)buffer->data : "", buffer->size});
}

static void take_page(const struct markdown_writing *writing, struct markdown_page *out)
{
	*out = (struct markdown_page){.html = kept(writing->arena, &writing->html),
	                              .plain = kept(writing->arena, &writing->plain),
	                              .headings = writing->headings,
	                              .media = writing->media,
	                              .simulations = writing->simulations,
	                              .questions = writing->questions,
	                              .heading_count = writing->heading_count,
	                              .media_count = writing->media_count,
	                              .simulation_count = writing->simulation_count,
	                              .question_count = writing->question_count,
	                              .broken = writing->broken};
}

static enum status read_guarded(struct reading *reading, struct markdown_page *out, const char **mistake)
{
	const char *slow = markdown_guard(reading->text);

	if (slow)
		return told(STATUS_INVALID, slow, mistake);
	if (!parse_alone(reading) || !within_memory(reading, write_page))
		return told(STATUS_TOO_LARGE, "The text has too many parts.", mistake);
	if (reading->writing->mistake)
		return told(STATUS_INVALID, reading->writing->mistake, mistake);
	take_page(reading->writing, out);
	return STATUS_OK;
}

enum status markdown_read(struct text text, struct arena *arena, struct markdown_page *out, const char **mistake)
{
	struct markdown_writing writing = {.arena = arena};
	struct reading          reading = {.writing = &writing};
	enum status             status;
	size_t                  points;

	if (text.size > MARKDOWN_BYTES_MAX)
		return told(STATUS_TOO_LARGE, "The text is longer than 64 KiB.", mistake);
	if (!text_code_points(text, &points))
		return told(STATUS_MALFORMED, "The text is not UTF-8.", mistake);
	require(pthread_once(&registered, cmark_gfm_core_extensions_ensure_registered) == 0);
	current = &reading;
	reading.text = with_newlines(text, &reading.memory);
	status = read_guarded(&reading, out, mistake);
	markdown_writing_finish(&writing);
	arena_finish(&reading.memory);
	current = NULL;
	return status;
}
