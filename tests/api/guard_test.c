#include "api/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

static const struct guard_limits limits = {.target_bytes_max = 64, .header_bytes_max = 512, .header_count_max = 8};

static int judge(const char *head, size_t size)
{
	struct guard_verdict verdict = {.status = -1};
	uint8_t *copy = malloc(size ? size : 1); /* exactly as large, so that a sanitizer sees every step too far */

	memcpy(copy, head, size);
	guard_check_head(BYTES(copy, size), &limits, &verdict);
	free(copy);
	assert_int_equal(verdict.status == 0, verdict.sentence == NULL);
	return verdict.status;
}

#define assert_verdict(status, literal) assert_int_equal(judge(literal, sizeof(literal) - 1), status)

/* A GET of / with these header lines. */
#define HEAD(lines) "GET / HTTP/1.1\r\nHost: a\r\n" lines "\r\n"
/* A GET of this target. */
#define TARGET(target) "GET " target " HTTP/1.1\r\nHost: a\r\n\r\n"

static void plain_requests_pass(void **state)
{
	assert_verdict(0, HEAD(""));
	assert_verdict(0, HEAD("User-Agent: x y\tz\r\nAccept:*/*\r\nX-Empty:\r\nX-High: \xc3\xa4\r\n"));
	assert_verdict(0, "POST /a/b.c-d_e~f HTTP/1.1\r\nhost: a.b:80\r\ncontent-length: 3\r\n\r\nabc");
	assert_verdict(0, "POST / HTTP/1.1\r\nHOST: [::1]:80\r\nTransfer-Encoding: Chunked \r\n\r\n0\r\n\r\n");
	assert_verdict(0, "GET / HTTP/1.0\r\n\r\n");
}

static void what_follows_the_head_is_not_looked_at(void **state)
{
	assert_verdict(0, HEAD("") "\0\n\r rubbish");
}

static void one_empty_line_before_the_request_passes(void **state)
{
	assert_verdict(0, "\r\n" HEAD(""));
	assert_verdict(400, "\r\n\r\n" HEAD(""));
	assert_verdict(400, "\n" HEAD(""));
}

static void an_incomplete_head_is_refused(void **state)
{
	static const char whole[] = HEAD("X: y\r\n");

	for (size_t size = 0; size < sizeof(whole) - 1; size++)
		assert_int_equal(judge(whole, size), 400);
}

static void two_lengths_are_refused(void **state)
{
	assert_verdict(400, HEAD("Content-Length: 1\r\nContent-Length: 2\r\n"));
	assert_verdict(400, HEAD("Content-Length: 1\r\ncontent-length: 1\r\n"));
}

static void a_length_beside_an_encoding_is_refused(void **state)
{
	assert_verdict(400, HEAD("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"));
	assert_verdict(400, HEAD("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"));
}

static void a_length_that_is_no_number_is_refused(void **state)
{
	assert_verdict(400, HEAD("Content-Length: +1\r\n"));
	assert_verdict(400, HEAD("Content-Length: -1\r\n"));
	assert_verdict(400, HEAD("Content-Length: 1,1\r\n"));
	assert_verdict(400, HEAD("Content-Length: 0x1\r\n"));
	assert_verdict(400, HEAD("Content-Length:\r\n"));
	assert_verdict(400, HEAD("Content-Length: 1234567890123456789\r\n"));
	assert_verdict(0, HEAD("Content-Length: 123456789012345678\r\n"));
}

static void an_encoding_other_than_one_chunked_is_refused(void **state)
{
	assert_verdict(400, HEAD("Transfer-Encoding: gzip, chunked\r\n"));
	assert_verdict(400, HEAD("Transfer-Encoding: chunked, chunked\r\n"));
	assert_verdict(400, HEAD("Transfer-Encoding: xchunked\r\n"));
	assert_verdict(400, HEAD("Transfer-Encoding: identity\r\n"));
	assert_verdict(400, HEAD("Transfer-Encoding:\r\n"));
	assert_verdict(400, HEAD("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"));
	assert_verdict(400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n");
}

static void folded_lines_are_refused(void **state)
{
	assert_verdict(400, HEAD("X: a\r\n b\r\n"));
	assert_verdict(400, HEAD("X: a\r\n\tb\r\n"));
	assert_verdict(400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n");
}

static void the_host_must_be_one_and_a_host(void **state)
{
	assert_verdict(400, "GET / HTTP/1.1\r\n\r\n");
	assert_verdict(400, HEAD("Host: b\r\n"));
	assert_verdict(400, "GET / HTTP/1.1\r\nHost:\r\n\r\n");
	assert_verdict(400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n");
	assert_verdict(400, "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n");
	assert_verdict(400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n");
	assert_verdict(400, "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n");
}

static void odd_line_ends_and_controls_are_refused(void **state)
{
	assert_verdict(400, "GET / HTTP/1.1\nHost: a\r\n\r\n");
	assert_verdict(400, "GET / HTTP/1.1\r\nHost: a\n\r\n");
	assert_verdict(400, "GET / HTTP/1.1\r\nHost: a\r\n\n");
	assert_verdict(400, HEAD("X: a\rb\r\n"));
	assert_verdict(400, HEAD("X: a\r\r\n"));
	assert_verdict(400, HEAD("X: a\0b\r\n"));
	assert_verdict(400, HEAD("X: a\x01\r\n"));
	assert_verdict(400, HEAD("X: a\x7f\r\n"));
}

static void header_names_must_be_tokens(void **state)
{
	assert_verdict(400, HEAD("X : a\r\n"));
	assert_verdict(400, HEAD("X\t: a\r\n"));
	assert_verdict(400, HEAD(": a\r\n"));
	assert_verdict(400, HEAD("X(y): a\r\n"));
	assert_verdict(400, HEAD("X\xc3: a\r\n"));
	assert_verdict(400, HEAD("no colon\r\n"));
}

static void single_headers_may_not_stand_twice(void **state)
{
	assert_verdict(400, HEAD("Authorization: a\r\nAuthorization: b\r\n"));
	assert_verdict(400, HEAD("Idempotency-Key: a\r\nidempotency-key: a\r\n"));
	assert_verdict(400, HEAD("Content-Type: a\r\nContent-Type: a\r\n"));
	assert_verdict(400, HEAD("Prefer: wait=9\r\nPrefer: dry-run\r\n"));
	assert_verdict(0, HEAD("Accept: a\r\nAccept: b\r\n"));
}

static void other_versions_are_505(void **state)
{
	assert_verdict(505, "GET / HTTP/1.2\r\nHost: a\r\n\r\n");
	assert_verdict(505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n");
	assert_verdict(505, "GET / HTTP/0.9\r\nHost: a\r\n\r\n");
	assert_verdict(400, "GET / HTTP/1.10\r\nHost: a\r\n\r\n");
	assert_verdict(400, "GET / http/1.1\r\nHost: a\r\n\r\n");
	assert_verdict(400, "GET / HTTP/1\r\nHost: a\r\n\r\n");
}

static void the_request_line_has_three_parts_with_one_space_between(void **state)
{
	assert_verdict(400, "GET /\r\nHost: a\r\n\r\n");
	assert_verdict(400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_verdict(400, "GET /  HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_verdict(400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n");
	assert_verdict(400, " GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_verdict(400, "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n");
}

static void methods_must_be_tokens(void **state)
{
	assert_verdict(400, "G(T / HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_verdict(400, " / HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_verdict(400, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_verdict(0, "M-SEARCH / HTTP/1.1\r\nHost: a\r\n\r\n");
}

static void a_target_is_a_path(void **state)
{
	assert_verdict(400, TARGET("http://a/"));
	assert_verdict(400, TARGET("a:80"));
	assert_verdict(400, TARGET("*"));
	assert_verdict(400, TARGET("a"));
	assert_verdict(400, TARGET("?a"));
	assert_verdict(400, TARGET("/a#b"));
	assert_verdict(400, TARGET("/?a#b"));
}

static void a_path_has_one_spelling(void **state)
{
	assert_verdict(400, TARGET("//"));
	assert_verdict(400, TARGET("//a"));
	assert_verdict(400, TARGET("/a//b"));
	assert_verdict(400, TARGET("/a//"));
	assert_verdict(400, TARGET("/."));
	assert_verdict(400, TARGET("/.."));
	assert_verdict(400, TARGET("/./a"));
	assert_verdict(400, TARGET("/a/.."));
	assert_verdict(400, TARGET("/a/../b"));
	assert_verdict(400, TARGET("/a%2fb"));
	assert_verdict(400, TARGET("/%61"));
	assert_verdict(400, TARGET("/%"));
	assert_verdict(400, TARGET("/a\\b"));
	assert_verdict(400, TARGET("/<"));
	assert_verdict(400, TARGET("/\xc3\xa4"));
	assert_verdict(0, TARGET("/"));
	assert_verdict(0, TARGET("/a/"));
	assert_verdict(0, TARGET("/.a"));
	assert_verdict(0, TARGET("/..a/a..b/..."));
	assert_verdict(0, TARGET("/a:b@c;d=e,f"));
	assert_verdict(0, TARGET("/a?../b//c"));
}

static void a_query_may_be_encoded_but_rightly(void **state)
{
	assert_verdict(0, TARGET("/?"));
	assert_verdict(0, TARGET("/?a=%2F%c3%A4&b[]=?"));
	assert_verdict(400, TARGET("/?%"));
	assert_verdict(400, TARGET("/?%2"));
	assert_verdict(400, TARGET("/?%2g"));
	assert_verdict(400, TARGET("/?\""));
	assert_verdict(400, TARGET("/?\xc3"));
}

static void a_long_target_is_414(void **state)
{
	char head[256];

	for (int size = 63; size <= 65; size++) {
		int length = snprintf(head, sizeof(head), "GET /%0*d HTTP/1.1\r\nHost: a\r\n\r\n", size - 1, 0);

		assert_int_equal(judge(head, (size_t)length), size > 64 ? 414 : 0);
	}
}

static void too_many_headers_are_431(void **state)
{
	assert_verdict(0, HEAD("A:\r\nB:\r\nC:\r\nD:\r\nE:\r\nF:\r\nG:\r\n"));
	assert_verdict(431, HEAD("A:\r\nB:\r\nC:\r\nD:\r\nE:\r\nF:\r\nG:\r\nH:\r\n"));
}

static void too_large_headers_are_431(void **state)
{
	char head[1024];

	/* "Host: a\r\n" and "X: \r\n" take 14 of the 512 bytes. */
	for (int size = 497; size <= 499; size++) {
		int length = snprintf(head, sizeof(head), "GET / HTTP/1.1\r\nHost: a\r\nX: %0*d\r\n\r\n", size, 0);

		assert_int_equal(judge(head, (size_t)length), size > 498 ? 431 : 0);
	}
}

static int judge_fields(struct guard_fields fields)
{
	struct guard_verdict verdict = {.status = -1};

	guard_check_fields(&fields, &limits, &verdict);
	return verdict.status;
}

#define FIELDS(...)                                                                                                    \
	((struct guard_fields){.method = TEXT("GET"), .target = TEXT("/"), .authority = TEXT("a"), __VA_ARGS__})

static void binary_requests_are_held_to_the_same_rules(void **state)
{
	assert_int_equal(judge_fields(FIELDS(.header_count = 8, .header_bytes = 512)), 0);
	assert_int_equal(judge_fields(FIELDS(.header_count = 9)), 431);
	assert_int_equal(judge_fields(FIELDS(.header_bytes = 513)), 431);
	assert_int_equal(judge_fields((struct guard_fields){TEXT("G T"), TEXT("/"), TEXT("a"), 0, 0}), 400);
	assert_int_equal(judge_fields((struct guard_fields){TEXT("GET"), TEXT("a"), TEXT("a"), 0, 0}), 400);
	assert_int_equal(judge_fields((struct guard_fields){TEXT("GET"), TEXT(""), TEXT("a"), 0, 0}), 400);
	assert_int_equal(judge_fields((struct guard_fields){TEXT("GET"), TEXT("/a/../b"), TEXT("a"), 0, 0}), 400);
	assert_int_equal(judge_fields((struct guard_fields){TEXT("GET"), TEXT("/ b"), TEXT("a"), 0, 0}), 400);
	assert_int_equal(judge_fields((struct guard_fields){TEXT("GET"), TEXT("/"), TEXT("a\r\nb"), 0, 0}), 400);
	assert_int_equal(judge_fields((struct guard_fields){TEXT("GET"), TEXT("/"), TEXT_NONE, 0, 0}), 400);
	assert_int_equal(judge_fields((struct guard_fields){TEXT_NONE, TEXT_NONE, TEXT_NONE, 0, 0}), 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_requests_pass),
		cmocka_unit_test(what_follows_the_head_is_not_looked_at),
		cmocka_unit_test(one_empty_line_before_the_request_passes),
		cmocka_unit_test(an_incomplete_head_is_refused),
		cmocka_unit_test(two_lengths_are_refused),
		cmocka_unit_test(a_length_beside_an_encoding_is_refused),
		cmocka_unit_test(a_length_that_is_no_number_is_refused),
		cmocka_unit_test(an_encoding_other_than_one_chunked_is_refused),
		cmocka_unit_test(folded_lines_are_refused),
		cmocka_unit_test(the_host_must_be_one_and_a_host),
		cmocka_unit_test(odd_line_ends_and_controls_are_refused),
		cmocka_unit_test(header_names_must_be_tokens),
		cmocka_unit_test(single_headers_may_not_stand_twice),
		cmocka_unit_test(other_versions_are_505),
		cmocka_unit_test(the_request_line_has_three_parts_with_one_space_between),
		cmocka_unit_test(methods_must_be_tokens),
		cmocka_unit_test(a_target_is_a_path),
		cmocka_unit_test(a_path_has_one_spelling),
		cmocka_unit_test(a_query_may_be_encoded_but_rightly),
		cmocka_unit_test(a_long_target_is_414),
		cmocka_unit_test(too_many_headers_are_431),
		cmocka_unit_test(too_large_headers_are_431),
		cmocka_unit_test(binary_requests_are_held_to_the_same_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
