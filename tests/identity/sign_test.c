#include "eventstore/base/sign.h"

#include "eventstore/base/base64.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* RFC 8037 Appendix A.1, A.2 and A.4. */
static const char rfc8037_d[] = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
static const char rfc8037_x[] = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
static const char rfc8037_input[] = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
static const char rfc8037_signature[] =
	"hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

static struct sign_key rfc8037_key(void)
{
	struct sign_key key;
	uint8_t         seed[SIGN_SEED_SIZE];
	size_t          size;

	assert_true(base64_decode(text_from(rfc8037_d), seed, &size));
	assert_int_equal(size, sizeof(seed));
	sign_key_from_seed(seed, &key);
	return key;
}

static void a_seed_gives_the_published_public_key(void **state)
{
	struct sign_key key = rfc8037_key();
	char            x[BASE64_SIZE(SIGN_PUBLIC_SIZE)];

	assert_int_equal(base64_encode(BYTES(key.public.bytes, SIGN_PUBLIC_SIZE), x), strlen(rfc8037_x));
	assert_memory_equal(x, rfc8037_x, strlen(rfc8037_x));
}

static void a_message_gets_the_published_signature(void **state)
{
	struct sign_key  key = rfc8037_key();
	struct signature signature;
	char             text[BASE64_SIZE(SIGN_SIZE)];

	sign_message(&key, text_bytes(text_from(rfc8037_input)), &signature);
	assert_int_equal(base64_encode(BYTES(signature.bytes, SIGN_SIZE), text), strlen(rfc8037_signature));
	assert_memory_equal(text, rfc8037_signature, strlen(rfc8037_signature));
}

static void verify_takes_the_right_message_and_no_other(void **state)
{
	struct sign_key  key = rfc8037_key(), other;
	struct signature signature;

	sign_key_fresh(&other);
	sign_message(&key, text_bytes(TEXT("message")), &signature);
	assert_true(sign_verify(&key.public, text_bytes(TEXT("message")), &signature));
	assert_false(sign_verify(&key.public, text_bytes(TEXT("massage")), &signature));
	assert_false(sign_verify(&key.public, text_bytes(TEXT("")), &signature));
	assert_false(sign_verify(&other.public, text_bytes(TEXT("message")), &signature));
}

/* RFC 8032 §5.1.7: S is below the group's order; S + L would be a second signature of the same message. */
static void verify_refuses_a_malleable_signature(void **state)
{
	static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,       0xd6,
	                                  0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
	struct sign_key      key = rfc8037_key();
	struct signature     signature;
	unsigned             carry = 0;

	sign_message(&key, text_bytes(TEXT("message")), &signature);
	for (int i = 0; i < 32; i++) {
		carry += signature.bytes[32 + i] + order[i];
		signature.bytes[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_int_equal(carry, 0);
	assert_false(sign_verify(&key.public, text_bytes(TEXT("message")), &signature));
}

/* Under the neutral element as a key, R = 0 and S = 0 would otherwise sign everything. */
static void verify_refuses_a_key_of_small_order(void **state)
{
	struct sign_public neutral = {.bytes = {1}};
	struct signature   signature = {.bytes = {1}};

	assert_false(sign_verify(&neutral, text_bytes(TEXT("message")), &signature));
}

static void fresh_keys_differ(void **state)
{
	struct sign_key a, b;

	sign_key_fresh(&a);
	sign_key_fresh(&b);
	assert_memory_not_equal(a.seed, b.seed, SIGN_SEED_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_seed_gives_the_published_public_key),
		cmocka_unit_test(a_message_gets_the_published_signature),
		cmocka_unit_test(verify_takes_the_right_message_and_no_other),
		cmocka_unit_test(verify_refuses_a_malleable_signature),
		cmocka_unit_test(verify_refuses_a_key_of_small_order),
		cmocka_unit_test(fresh_keys_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
