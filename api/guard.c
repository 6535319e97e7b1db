#include "api/guard.h"

/* Line by line through the head. Every check either returns NULL (fine) or the sentence of a 400; the few other
 * statuses go through refuse() where they are found. */

enum { METHOD_BYTES_MAX = 32, AUTHORITY_BYTES_MAX = 255, CONTENT_LENGTH_DIGITS_MAX = 18 };

/* Headers that mean something only once. A second one is an attempt to show two readers two things. */
#define SINGLE_HEADERS(HEADER)                                                                                         \
	HEADER(HOST, "host")                                                                                           \
	HEADER(CONTENT_LENGTH, "content-length")                                                                       \
	HEADER(ENCODING, "transfer-encoding")                                                                          \
	HEADER(CONTENT_TYPE, "content-type")                                                                           \
	HEADER(AUTHORIZATION, "authorization")                                                                         \
	HEADER(COOKIE, "cookie")                                                                                       \
	HEADER(ORIGIN, "origin")                                                                                       \
	HEADER(IDEMPOTENCY_KEY, "idempotency-key")                                                                     \
	HEADER(PREFER, "prefer")                                                                                       \
	HEADER(EXPECT, "expect")

enum single {
#define HEADER(name, text) SINGLE_##name,
	SINGLE_HEADERS(HEADER)
#undef HEADER
		SINGLE_COUNT
};

static const struct text single_names[SINGLE_COUNT] = {
#define HEADER(name, text) {text, sizeof(text) - 1},
	SINGLE_HEADERS(HEADER)
#undef HEADER
};

struct head {
	struct bytes               rest; /* not read yet */
	const struct guard_limits *limits;
	size_t                     header_count;
	size_t                     header_bytes;
	bool                       old; /* HTTP/1.0 */
	bool                       seen[SINGLE_COUNT];
};

static void refuse(struct guard_verdict *out, int status, const char *sentence)
{
	*out = (struct guard_verdict){.status = status, .sentence = sentence};
}

/* tchar of RFC 9110 section 5.6.2. */
static bool is_token_byte(uint8_t byte)
{
	if ((byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z'))
		return true;
	return byte != 0 && strchr("!#$%&'*+-.^_`|~", byte) != NULL;
}

static bool is_token(struct text text)
{
	for (size_t i = 0; i < text.size; i++)
		if (!is_token_byte((uint8_t)text.data[i]))
			return false;
	return text.size > 0;
}

static bool is_alphanumeric(char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

static bool is_hex(char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'F') || (byte >= 'a' && byte <= 'f');
}

/* pchar of RFC 3986 section 3.3 without percent-encoding. */
static bool is_path_byte(char byte)
{
	return is_alphanumeric(byte) || (byte != 0 && strchr("-._~!$&'()*+,;=:@", byte) != NULL);
}

/* Browsers leave some bytes of a query plain that RFC 3986 would have encoded; they can do no harm. */
static bool is_query_byte(char byte)
{
	return is_path_byte(byte) || (byte != 0 && strchr("/?[]{}|^`", byte) != NULL);
}

/* `path` begins with '/'. */
static const char *check_path(struct text path)
{
	size_t start = 1; /* of the segment under way */

	for (size_t i = 1; i <= path.size; i++) {
		struct text segment = {path.data + start, i - start};

		if (i < path.size && path.data[i] == '%')
			return "The path holds a percent sign; paths here are written plainly.";
		if (i < path.size && path.data[i] != '/' && !is_path_byte(path.data[i]))
			return "The path holds a character that may not stand in a path.";
		if (i < path.size && path.data[i] != '/')
			continue;
		if (segment.size == 0 && i < path.size)
			return "The path holds an empty segment.";
		if (text_is(segment, ".") || text_is(segment, ".."))
			return "The path holds a dot segment; write it resolved.";
		start = i + 1;
	}
	return NULL;
}

static const char *check_query(struct text query)
{
	for (size_t i = 0; i < query.size; i++) {
		if (query.data[i] == '%') {
			if (query.size - i < 3 || !is_hex(query.data[i + 1]) || !is_hex(query.data[i + 2]))
				return "The query holds a broken percent-encoding.";
			i += 2;
		} else if (!is_query_byte(query.data[i])) {
			return "The query holds a character that must be percent-encoded.";
		}
	}
	return NULL;
}

static const char *check_target(struct text target)
{
	const char *mark, *sentence;
	struct text path = target, query = {0};

	if (target.size == 0 || target.data[0] != '/')
		return "The request target must be a path that starts with a slash.";
	if (memchr(target.data, '#', target.size))
		return "The request target holds a fragment.";
	mark = memchr(target.data, '?', target.size);
	if (mark) {
		path.size = (size_t)(mark - target.data);
		query = (struct text){mark + 1, target.size - path.size - 1};
	}
	sentence = check_path(path);
	return sentence ? sentence : check_query(query);
}

static const char *check_method(struct text method)
{
	if (method.size > METHOD_BYTES_MAX || !is_token(method))
		return "The method is not a token.";
	return NULL;
}

/* A host name, an IPv4 address or a bracketed IPv6 address, each with an optional port; RFC 3986 section 3.2.2. */
static const char *check_authority(struct text authority)
{
	if (authority.size == 0)
		return "The host is empty.";
	if (authority.size > AUTHORITY_BYTES_MAX)
		return "The host is too long.";
	for (size_t i = 0; i < authority.size; i++)
		if (!is_alphanumeric(authority.data[i])
		    && (authority.data[i] == 0 || !strchr("-._~[]:", authority.data[i])))
			return "The host holds a character that may not stand in a host.";
	return NULL;
}

void guard_check_fields(const struct guard_fields *fields, const struct guard_limits *limits, struct guard_verdict *out)
{
	const char *sentence;

	*out = (struct guard_verdict){0};
	if (fields->header_count > limits->header_count_max) {
		refuse(out, 431, "There are too many header fields.");
		return;
	}
	if (fields->header_bytes > limits->header_bytes_max) {
		refuse(out, 431, "The header fields are too large together.");
		return;
	}
	if (fields->target.size > limits->target_bytes_max) {
		refuse(out, 414, "The request target is too long.");
		return;
	}
	sentence = check_method(fields->method);
	if (!sentence)
		sentence = check_target(fields->target);
	if (!sentence)
		sentence = check_authority(fields->authority);
	if (sentence)
		refuse(out, 400, sentence);
}

static bool is_control(uint8_t byte)
{
	return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}

/* The next line without its CR LF. */
static const char *next_line(struct head *head, struct text *line)
{
	const uint8_t *feed = head->rest.size ? memchr(head->rest.data, '\n', head->rest.size) : NULL;
	size_t         size;

	if (!feed)
		return "The head of the request is not complete.";
	size = (size_t)(feed - head->rest.data);
	if (size == 0 || head->rest.data[size - 1] != '\r')
		return "A line ends with a bare line feed.";
	size--;
	for (size_t i = 0; i < size; i++)
		if (is_control(head->rest.data[i]))
			return "A line holds a control character.";
	*line = (struct text){(const char *)head->rest.data, size};
	head->rest = BYTES(feed + 1, head->rest.size - size - 2);
	return NULL;
}

static struct text cut_at(struct text *text, char byte)
{
	const char *found = text->size ? memchr(text->data, byte, text->size) : NULL;
	struct text before = *text;

	if (!found) {
		*text = TEXT_NONE;
		return before;
	}
	before.size = (size_t)(found - text->data);
	*text = (struct text){found + 1, text->size - before.size - 1};
	return before;
}

static bool is_version(struct text version)
{
	return version.size == 8 && memcmp(version.data, "HTTP/", 5) == 0 && version.data[5] >= '0'
	       && version.data[5] <= '9' && version.data[6] == '.' && version.data[7] >= '0' && version.data[7] <= '9';
}

static void check_request_line(struct head *head, struct text line, struct guard_verdict *out)
{
	struct text method = cut_at(&line, ' ');
	struct text target = cut_at(&line, ' ');
	const char *sentence = check_method(method);

	if (target.size > head->limits->target_bytes_max) {
		refuse(out, 414, "The request target is too long.");
		return;
	}
	if (!sentence && !is_version(line))
		sentence = "The request line is not a method, a target and a version with one space between.";
	if (!sentence && !text_is(line, "HTTP/1.0") && !text_is(line, "HTTP/1.1")) {
		refuse(out, 505, "This version of HTTP is not spoken here.");
		return;
	}
	if (!sentence)
		sentence = check_target(target);
	if (sentence)
		refuse(out, 400, sentence);
	head->old = text_is(line, "HTTP/1.0");
}

static bool equal_without_case(struct text a, struct text lower)
{
	if (a.size != lower.size)
		return false;
	for (size_t i = 0; i < a.size; i++) {
		char byte = a.data[i];

		if (byte >= 'A' && byte <= 'Z')
			byte = (char)(byte | 0x20);
		if (byte != lower.data[i])
			return false;
	}
	return true;
}

static struct text trim(struct text text)
{
	while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
		text.data++;
		text.size--;
	}
	while (text.size > 0 && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
		text.size--;
	return text;
}

static const char *check_content_length(struct text value)
{
	for (size_t i = 0; i < value.size; i++)
		if (value.data[i] < '0' || value.data[i] > '9')
			return "Content-Length is not a number.";
	if (value.size == 0 || value.size > CONTENT_LENGTH_DIGITS_MAX)
		return "Content-Length is not a number.";
	return NULL;
}

static const char *check_single(struct head *head, enum single single, struct text value)
{
	if (head->seen[single])
		return "A header field that may stand once stands twice.";
	head->seen[single] = true;
	if (single == SINGLE_HOST)
		return check_authority(value);
	if (single == SINGLE_CONTENT_LENGTH)
		return check_content_length(value);
	if (single == SINGLE_ENCODING && !equal_without_case(value, TEXT("chunked")))
		return "Transfer-Encoding is not chunked.";
	return NULL;
}

static const char *check_header(struct head *head, struct text line)
{
	struct text value = line;
	struct text name = cut_at(&value, ':');

	if (line.data[0] == ' ' || line.data[0] == '\t')
		return "A header line is folded.";
	if (!value.data)
		return "A header line has no colon.";
	if (!is_token(name))
		return "The name of a header field is not a token.";
	for (int i = 0; i < SINGLE_COUNT; i++)
		if (equal_without_case(name, single_names[i]))
			return check_single(head, (enum single)i, trim(value));
	return NULL;
}

/* What can only be judged when all headers are known. */
static const char *check_together(const struct head *head)
{
	if (!head->seen[SINGLE_HOST] && !head->old)
		return "The Host header field is missing.";
	if (head->seen[SINGLE_ENCODING] && head->seen[SINGLE_CONTENT_LENGTH])
		return "Content-Length and Transfer-Encoding stand together.";
	if (head->seen[SINGLE_ENCODING] && head->old)
		return "HTTP/1.0 knows no Transfer-Encoding.";
	return NULL;
}

static void check_headers(struct head *head, struct guard_verdict *out)
{
	struct text line;
	const char *sentence;

	while (!(sentence = next_line(head, &line)) && line.size > 0) {
		head->header_bytes += line.size + 2;
		head->header_count++;
		if (head->header_count > head->limits->header_count_max) {
			refuse(out, 431, "There are too many header fields.");
			return;
		}
		if (head->header_bytes > head->limits->header_bytes_max) {
			refuse(out, 431, "The header fields are too large together.");
			return;
		}
		sentence = check_header(head, line);
		if (sentence)
			break;
	}
	if (!sentence)
		sentence = check_together(head);
	if (sentence)
		refuse(out, 400, sentence);
}

void guard_check_head(struct bytes raw, const struct guard_limits *limits, struct guard_verdict *out)
{
	struct head head = {.rest = raw, .limits = limits};
	struct text line;
	const char *sentence = next_line(&head, &line);

	*out = (struct guard_verdict){0};
	if (!sentence && line.size == 0)
		sentence = next_line(&head, &line);
	if (sentence) {
		refuse(out, 400, sentence);
		return;
	}
	check_request_line(&head, line, out);
	if (out->status == 0)
		check_headers(&head, out);
}
