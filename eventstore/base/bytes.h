/* Borrowed views of memory that somebody else owns. The function that hands one out says until when it is valid. */
#ifndef ORRERY_BYTES_H
#define ORRERY_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *data;
	size_t         size;
};

/* UTF-8, not terminated. data == NULL means "absent"; an empty text has data != NULL and size == 0. */
struct text {
	const char *data;
	size_t      size;
};

#define BYTES(d, s) ((struct bytes){.data = (const uint8_t *)(d), .size = (s)})
#define TEXT(literal) ((struct text){.data = "" literal, .size = sizeof(literal) - 1})
#define TEXT_NONE ((struct text){0})

/* printf("%.*s", TEXT_ARG(text)) */
#define TEXT_ARG(t) (int)(t).size, (t).data ? (t).data : ""

#define container_of(member_pointer, type, member) ((type *)((char *)(member_pointer)-offsetof(type, member)))
#define array_count(array) (sizeof(array) / sizeof((array)[0]))

static inline struct text text_from(const char *terminated)
{
	return (struct text){.data = terminated, .size = terminated ? strlen(terminated) : 0};
}

static inline struct bytes text_bytes(struct text text)
{
	return BYTES(text.data, text.size);
}

static inline bool text_equal(struct text a, struct text b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool text_is(struct text text, const char *terminated)
{
	return text_equal(text, text_from(terminated));
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* What a personal text reads as once its person is erased: empty, and known by its address. */
extern const char text_forgotten[1];
#define TEXT_FORGOTTEN ((struct text){.data = text_forgotten, .size = 0})

static inline bool text_is_forgotten(struct text text)
{
	return text.data == text_forgotten;
}

bool text_starts_with(struct text text, struct text prefix);

/* Cuts the prefix off the front; false, and nothing cut, when the text does not start with it. */
bool text_take(struct text *rest, struct text prefix);

/* Decimal digits only, no sign, no overflow; false leaves *out untouched. */
bool text_parse_u64(struct text text, uint64_t *out);

/* Unicode code points in well-formed UTF-8; false when it is not well formed (RFC 3629: no surrogates, no overlongs).
 */
bool text_code_points(struct text text, size_t *count);

/* A small text kept by value inside a decider's state; size is capped by the schema, so it always fits. */
#define TEXT_BUFFER(capacity)                                                                                          \
	struct {                                                                                                       \
		uint16_t size;                                                                                         \
		char     data[capacity];                                                                               \
	}

#define text_keep(buffer, text) text_keep_into((buffer)->data, sizeof((buffer)->data), &(buffer)->size, (text))
#define text_kept(buffer) ((struct text){.data = (buffer)->data, .size = (buffer)->size})

void text_keep_into(char *data, size_t capacity, uint16_t *size, struct text text);

#endif
