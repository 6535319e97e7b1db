#include "api/credentials/linked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void assert_buffer(struct buffer *buffer, const char *expected)
{
	buffer_append_text(buffer, TEXT("\0"));
	assert_string_equal((char *)buffer->data, expected);
	buffer_finish(buffer);
}

static void a_member_and_its_quad_say_the_same(void **state)
{
	struct linked linked = {0};
	struct buffer quads = {0};

	linked_begin(&linked, TEXT("[\"https://c.example\"]"), TEXT("urn:a"));
	linked_types(&linked, NODE_TYPE_PROFILE, NODE_TYPE_NONE);
	linked_text(&linked, TERM_NAME, TEXT("Ada"));
	linked_list(&linked, TERM_EVIDENCE);
	linked_open_element(&linked, TERM_EVIDENCE, TEXT("urn:b"));
	linked_true(&linked, TERM_HASHED);
	linked_close(&linked);
	linked_open_element(&linked, TERM_EVIDENCE, TEXT_NONE);
	linked_time(&linked, TERM_VALID_FROM, 999999);
	linked_close(&linked);
	linked_list_end(&linked);
	linked_refer(&linked, TERM_ISSUER, TEXT("did:c:d"));
	linked_end(&linked);
	linked_canonical(&linked, &quads);
	assert_buffer(&quads, "<urn:a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
	                      "<https://purl.imsglobal.org/spec/vc/ob/vocab.html#Profile> .\n"
	                      "<urn:a> <https://schema.org/name> \"Ada\" .\n"
	                      "<urn:a> <https://www.w3.org/2018/credentials#evidence> <urn:b> .\n"
	                      "<urn:a> <https://www.w3.org/2018/credentials#evidence> _:c14n0 .\n"
	                      "<urn:a> <https://www.w3.org/2018/credentials#issuer> <did:c:d> .\n"
	                      "<urn:b> <https://purl.imsglobal.org/spec/vc/ob/vocab.html#hashed> "
	                      "\"true\"^^<https://www.w3.org/2001/XMLSchema#boolean> .\n"
	                      "_:c14n0 <https://www.w3.org/2018/credentials#validFrom> "
	                      "\"1970-01-01T00:00:00Z\"^^<http://www.w3.org/2001/XMLSchema#dateTime> .\n");
	buffer_append_text(&linked.json, TEXT("\0"));
	assert_string_equal((char *)linked.json.data,
	                    "{\"@context\":[\"https://c.example\"],\"id\":\"urn:a\",\"type\":[\"Profile\"],"
	                    "\"name\":\"Ada\",\"evidence\":[{\"id\":\"urn:b\",\"hashed\":true},"
	                    "{\"validFrom\":\"1970-01-01T00:00:00Z\"}],\"issuer\":\"did:c:d\"}");
	linked_finish(&linked);
}

static void a_literal_is_escaped_as_canonical_n_quads_are(void **state)
{
	struct linked linked = {0};
	struct buffer quads = {0};

	linked_begin(&linked, TEXT_NONE, TEXT("urn:a"));
	linked_text(&linked, TERM_NAME, TEXT("\0\1\b\t\n\v\f\r\x1f \"'\\/<>\x7f\xc2\x80\xe2\x80\xa8\xf0\x9f\x9a\x80"));
	linked_end(&linked);
	linked_canonical(&linked, &quads);
	assert_buffer(&quads, "<urn:a> <https://schema.org/name> \"\\u0000\\u0001\\b\\t\\n\\u000B\\f\\r\\u001F "
	                      "\\\"'\\\\/<>\\u007F\xc2\x80\xe2\x80\xa8\xf0\x9f\x9a\x80\" .\n");
	linked_finish(&linked);
}

static void what_is_said_twice_stands_once(void **state)
{
	struct linked linked = {0};
	struct buffer quads = {0};

	linked_begin(&linked, TEXT_NONE, TEXT("urn:a"));
	linked_text(&linked, TERM_NAME, TEXT("b"));
	linked_text(&linked, TERM_NAME, TEXT("a"));
	linked_text(&linked, TERM_NAME, TEXT("b"));
	linked_end(&linked);
	linked_canonical(&linked, &quads);
	assert_buffer(&quads, "<urn:a> <https://schema.org/name> \"a\" .\n<urn:a> <https://schema.org/name> \"b\" .\n");
	linked_finish(&linked);
}

static void iris_are_absolute_and_need_no_escape(void **state)
{
	static const char *const good[] = {"https://a.example/?b=c#d", "http://a", "did:key:z6Mk#z6Mk", "urn:uuid:1",
	                                   "https://a.example/%20~!$&'()*+,;=:@[]"};
	static const char *const bad[] = {"",         "https://",          "urn:",       "did:",    "/a",
	                                  "a",        "HTTPS://a",         "mailto:a@b", "data:,a", "_:b0",
	                                  "urn:a b",  "urn:a\n",           "urn:<a>",    "urn:a\"", "urn:{a}",
	                                  "urn:a\\b", "urn:\xc3\xa9",      "urn:a\x7f",  "urn:a|b", "urn:a^b",
	                                  "urn:a`b",  " https://a.example"};
	static char              letters[LINKED_IRI_SIZE_MAX + 1] = "urn:";

	for (size_t i = 0; i < array_count(good); i++)
		if (!linked_iri_valid(text_from(good[i])))
			fail_msg("%s is refused", good[i]);
	for (size_t i = 0; i < array_count(bad); i++)
		if (linked_iri_valid(text_from(bad[i])))
			fail_msg("%s is accepted", bad[i]);
	assert_false(linked_iri_valid(TEXT_NONE));
	assert_false(linked_iri_valid(TEXT("urn:a\0b")));
	memset(letters + 4, 'a', sizeof(letters) - 4);
	assert_true(linked_iri_valid((struct text){.data = letters, .size = LINKED_IRI_SIZE_MAX}));
	assert_false(linked_iri_valid((struct text){.data = letters, .size = LINKED_IRI_SIZE_MAX + 1}));
}

static void texts_are_well_formed_and_bounded(void **state)
{
	assert_true(linked_text_valid(TEXT(""), 0));
	assert_true(linked_text_valid(TEXT("\xf4\x8f\xbf\xbf"), 4));
	assert_false(linked_text_valid(TEXT("\xf4\x90\x80\x80"), 4));
	assert_false(linked_text_valid(TEXT("ab"), 1));
	assert_false(linked_text_valid(TEXT_NONE, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_member_and_its_quad_say_the_same),
		cmocka_unit_test(a_literal_is_escaped_as_canonical_n_quads_are),
		cmocka_unit_test(what_is_said_twice_stands_once),
		cmocka_unit_test(iris_are_absolute_and_need_no_escape),
		cmocka_unit_test(texts_are_well_formed_and_bounded),
	};

	return cmocka_run_group_tests_name("linked", tests, NULL, NULL);
}
