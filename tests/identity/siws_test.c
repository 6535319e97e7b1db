#include "api/siws.h"

#include "eventstore/base/base58.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct siws_vector {
	const char         *name;
	struct text         signer, text, signature;
	bool                ed25519_valid, accepted_with_address;
	struct text         resources[SIWS_RESOURCES_MAX];
	struct siws_message input; /* without address: whoever claims one names it */
};

#include "tests/identity/siws_vectors.h"

static const struct siws_vector *vector_named(const char *name)
{
	for (size_t i = 0; i < array_count(siws_vectors); i++)
		if (strcmp(siws_vectors[i].name, name) == 0)
			return &siws_vectors[i];
	fail_msg("no vector %s", name);
	return NULL;
}

static struct siws_message message_of(const struct siws_vector *vector, struct text address)
{
	struct siws_message message = vector->input;

	message.address = address;
	message.resources = vector->resources;
	return message;
}

static struct text buffer_text(const struct buffer *buffer)
{
	return (struct text){.data = (const char *)buffer->data, .size = buffer->size};
}

/* What a server does: build the text for the address that was claimed, then check. */
static bool server_accepts(const struct siws_vector *vector, struct text address)
{
	struct siws_message message = message_of(vector, address);
	struct buffer       text = {0};
	bool                accepted =
		siws_build(&message, &text) == STATUS_OK && siws_verify(address, buffer_text(&text), vector->signature);

	buffer_finish(&text);
	return accepted;
}

static void build_gives_the_text_of_the_official_library(void **state)
{
	static const char *const honest[] = {"full", "minimal", "no_fields"};

	for (size_t i = 0; i < array_count(honest); i++) {
		const struct siws_vector *vector = vector_named(honest[i]);
		struct siws_message       message = message_of(vector, vector->signer);
		struct buffer             text = {0};

		assert_int_equal(siws_build(&message, &text), STATUS_OK);
		assert_int_equal(text.size, vector->text.size);
		assert_memory_equal(text.data, vector->text.data, text.size);
		buffer_finish(&text);
	}
}

static void every_vector_is_a_valid_signature_over_its_own_text(void **state)
{
	assert_int_equal(array_count(siws_vectors), 6);
	for (size_t i = 0; i < array_count(siws_vectors); i++)
		assert_int_equal(siws_verify(siws_vectors[i].signer, siws_vectors[i].text, siws_vectors[i].signature),
		                 siws_vectors[i].ed25519_valid);
}

static void a_server_that_rebuilds_the_text_accepts_the_honest_ones_only(void **state)
{
	for (size_t i = 0; i < array_count(siws_vectors); i++) {
		const struct siws_vector *vector = &siws_vectors[i];
		bool                      injected = strcmp(vector->name, "statement_injection") == 0;
		bool                      other_address = strcmp(vector->name, "attack_other_address") == 0;
		bool                      honest = vector->accepted_with_address && !injected && !other_address;

		assert_int_equal(server_accepts(vector, vector->signer), honest);
	}
}

static void a_message_naming_another_wallet_is_refused_whichever_address_is_claimed(void **state)
{
	const struct siws_vector *attack = vector_named("attack_other_address");

	assert_false(server_accepts(attack, attack->signer));
	assert_false(server_accepts(attack, vector_named("full")->signer));
}

static void a_message_of_another_domain_is_refused(void **state)
{
	const struct siws_vector *attack = vector_named("tampered_domain");

	assert_true(siws_verify(attack->signer, attack->text, attack->signature));
	assert_false(server_accepts(attack, attack->signer));
}

static void a_statement_with_line_breaks_is_never_built(void **state)
{
	const struct siws_vector *attack = vector_named("statement_injection");
	struct siws_message       message = message_of(attack, attack->signer);
	struct buffer             text = {0};

	assert_int_equal(siws_build(&message, &text), STATUS_INVALID);
	assert_int_equal(text.size, 0);
	buffer_finish(&text);
}

static void no_field_may_hold_what_looks_like_a_line_break(void **state)
{
	static const char *const  breaks[] = {"a\nb",      "a\rb",          "a\tb",          "a\x7f",
	                                      "a\xc2\x85", "a\xe2\x80\xa8", "a\xe2\x80\xa9", "a\xff"};
	const struct siws_vector *full = vector_named("full");

	for (size_t i = 0; i < array_count(breaks); i++) {
		struct text         bad = text_from(breaks[i]);
		struct siws_message messages[8];
		struct buffer       text = {0};

		for (size_t j = 0; j < array_count(messages); j++)
			messages[j] = message_of(full, full->signer);
		messages[0].domain = messages[1].statement = messages[2].uri = messages[3].chain_id = bad;
		messages[4].issued_at = messages[5].expiration_time = messages[6].request_id = bad;
		messages[7].resources = &bad;
		messages[7].resource_count = 1;
		for (size_t j = 0; j < array_count(messages); j++)
			assert_int_equal(siws_build(&messages[j], &text), STATUS_INVALID);
		assert_int_equal(text.size, 0);
		buffer_finish(&text);
	}
}

static void build_wants_a_public_key_and_a_proper_nonce(void **state)
{
	const struct siws_vector *full = vector_named("full");
	struct siws_message       message = message_of(full, TEXT("not an address"));
	struct buffer             text = {0};

	assert_int_equal(siws_build(&message, &text), STATUS_INVALID);
	message = message_of(full, TEXT_NONE);
	assert_int_equal(siws_build(&message, &text), STATUS_INVALID);
	message = message_of(full, full->signer);
	message.nonce = TEXT("short77");
	assert_int_equal(siws_build(&message, &text), STATUS_INVALID);
	message.nonce = TEXT("with-hyphen");
	assert_int_equal(siws_build(&message, &text), STATUS_INVALID);
	message.nonce = TEXT("longenough");
	assert_int_equal(siws_build(&message, &text), STATUS_OK);
	buffer_finish(&text);
}

static void build_keeps_within_its_size(void **state)
{
	const struct siws_vector *full = vector_named("full");
	struct siws_message       message = message_of(full, full->signer);
	char                      statement[SIWS_SIZE_MAX];
	struct buffer             text = {0};

	memset(statement, 'x', sizeof(statement));
	message.statement = (struct text){.data = statement, .size = sizeof(statement)};
	buffer_append_text(&text, TEXT("before"));
	assert_int_equal(siws_build(&message, &text), STATUS_TOO_LARGE);
	assert_int_equal(text.size, 6);
	buffer_finish(&text);
}

static void verify_refuses_any_changed_bit_of_the_signature(void **state)
{
	const struct siws_vector *full = vector_named("full");
	uint8_t                   signature[SIGN_SIZE];
	char                      spelt[BASE58_SIZE_MAX(SIGN_SIZE)];

	assert_true(base58_decode(full->signature, signature, sizeof(signature)));
	for (size_t bit = 0; bit < SIGN_SIZE * 8; bit++) {
		size_t size;

		signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
		size = base58_encode(BYTES(signature, sizeof(signature)), spelt);
		assert_false(siws_verify(full->signer, full->text, (struct text){.data = spelt, .size = size}));
		signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_false(siws_verify(full->signer, full->text, TEXT("")));
	assert_false(siws_verify(full->signer, full->text, TEXT("11111111")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(build_gives_the_text_of_the_official_library),
		cmocka_unit_test(every_vector_is_a_valid_signature_over_its_own_text),
		cmocka_unit_test(a_server_that_rebuilds_the_text_accepts_the_honest_ones_only),
		cmocka_unit_test(a_message_naming_another_wallet_is_refused_whichever_address_is_claimed),
		cmocka_unit_test(a_message_of_another_domain_is_refused),
		cmocka_unit_test(a_statement_with_line_breaks_is_never_built),
		cmocka_unit_test(no_field_may_hold_what_looks_like_a_line_break),
		cmocka_unit_test(build_wants_a_public_key_and_a_proper_nonce),
		cmocka_unit_test(build_keeps_within_its_size),
		cmocka_unit_test(verify_refuses_any_changed_bit_of_the_signature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
