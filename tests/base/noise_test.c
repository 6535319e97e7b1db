#include "eventstore/base/noise.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MESSAGES_MAX = 6, MESSAGE_SIZE_MAX = 512 };

/* Noise_IK_25519_ChaChaPoly_SHA256 of two published sets, in hexadecimal digits, in the format of the Noise wiki: of
 * cacophony (haskell-cryptography/cacophony, vectors/cacophony.txt) and of snow (mcginty/snow, tests/vectors/snow.txt).
 * The first two messages are the handshake, those after it are sent by turns. */
static const struct vector {
	const char *source, *prologue;
	const char *initiator, *initiator_ephemeral, *responder, *responder_ephemeral, *responder_public;
	const char *hash;
	struct {
		const char *payload, *message;
	} messages[MESSAGES_MAX];
} vectors[] = {
	{
		.source = "cacophony",
		.prologue = "4a6f686e2047616c74",
		.initiator = "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1",
		.initiator_ephemeral = "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
		.responder = "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
		.responder_ephemeral = "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b",
		.responder_public = "31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62",
		.hash = "0b0f68fb0c27e03ce9b97565995ed4838cc0581b762ef72b062f6a546419fad7",
		.messages =
			{
				{
					.payload = "4c756477696720766f6e204d69736573",
					.message = "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944718"
						   "da798efbcd9152852"
						   "0204f904b9bd6c7413dccdc214d951e15253e39987f18146e8cd087365420714833"
						   "3479d4d16c289f029"
						   "4b29960a72f48e0b7bba2e89083169825e59642148d492020664ccf7",
				},
				{
					.payload = "4d757272617920526f746862617264",
					.message = "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843536"
						   "1e70b2ed446e6c9ec"
						   "387d1d6b3b840f194e373979d241b203c4acafccf5",
				},
				{
					.payload = "462e20412e20486179656b",
					.message = "050e9f3c8fac16b68dbce8f8c4bfbf6617c897f9ada4aa29aa19c8",
				},
				{
					.payload = "4361726c204d656e676572",
					.message = "344233a6cabb7141d80f3da2fedc311d9646bbb0f505afe403a667",
				},
				{
					.payload = "4a65616e2d426170746973746520536179",
					.message = "62cdeeb172ad7ade7aa7d9e069da5790f12331bfa00177787a1d0810c67dc3b2b4",
				},
				{
					.payload = "457567656e2042f6686d20766f6e2042617765726b",
					.message = "029bead1b40992327044d409d9a1f3ad8f36c3c452775d557e18bbeb2e8dfcead32"
						   "d514024",
				},
			},
	},
	{
		.source = "snow",
		.prologue = "5468657265206973206e6f20726967687420616e642077726f6e672e2054686572652773206f6e6c7920"
			    "66756e20616e6420626f72696e672e",
		.initiator = "f49f93c5112c0787acc808d61716d7e090e076a58f15a3f78d92773f8dcb473b",
		.initiator_ephemeral = "dae68498c41315cff7e4a34dded8d973199d8f0cf3fcb8b6651c169de77de8be",
		.responder = "b790546f98b1e933c48cd01f17e7b281469d46fcacc9a3b584ae65b1d6272e8e",
		.responder_ephemeral = "c0875a5b59c8492bd2135e5432d7d484f938e0a1f5009428c4bcb70b2f69f69f",
		.responder_public = "2ea5942829bac414e25aa4cbb1bcc43394816ebb1bd12550d7d0eb4415e42951",
		.messages =
			{
				{
					.payload = "95a8f51c435a9530ff1f30868ed7b23ec952eb513c26a0774fed82d2978a8c81",
					.message = "6d21fec9141f3f37cc464e936a48b2d9521b5a44e0f3d960895d3c3fba30282f731"
						   "f445c25e898e2534a"
						   "c0536715b24308c108fc46bd260c887b36c3f68e3a05654fc8295c068ed53fb2022"
						   "560961224e0b10b08"
						   "35e1efc82fc587cd50f7178fe3d9eb06e0351c6e7334162c10bed670bfa2a105f7b"
						   "2768a140b3fd59778"
						   "2601",
				},
				{
					.payload = "b866b807a6d8b83182b884dbfedc861843c5082bd6e480cb54e4245a72083041",
					.message = "e64e1fb8701c4f4bc3850b255fea657d4d835338b059c89acc99628fbe52473b41a"
						   "4e79e3c1e6abc46bf"
						   "80f078a005e15d8a3e04f989af3e6cb99b52031165006163ac3e17b928af8c11600"
						   "9d7bf4fb2",
				},
				{
					.payload = "e3a4937faef391028f759758b428b57652e0069a8dee64dfed01b60846938740",
					.message = "2bebe19102169cdfe79cf41e38930bfd20a5b2fc78ccf33e853ddd939c098317465"
						   "6eb27b61464a60776"
						   "2848892ca1c0",
				},
				{
					.payload = "693972f27b0cb98aeac1fb54d782125431e7540e0cb2fa882cf51a8184d724fd",
					.message = "c7c56da33b45d12f4754e17978bd49999c9c8f51d00db460f902aba2e6e245d0c46"
						   "662f507915de8596f"
						   "43b1d175f1db",
				},
			},
	},
};

static struct bytes from_hex(const char *hex, uint8_t *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t            size = strlen(hex) / 2;

	for (size_t i = 0; i < size; i++)
		out[i] = (uint8_t)((strchr(digits, hex[2 * i]) - digits) << 4
		                   | (strchr(digits, hex[2 * i + 1]) - digits));
	return BYTES(out, size);
}

static struct noise_key key_from(const char *hex)
{
	uint8_t          secret[NOISE_KEY_SIZE];
	struct noise_key key;

	assert_int_equal(from_hex(hex, secret).size, sizeof(secret));
	noise_key_from_secret(secret, &key);
	return key;
}

static void assert_bytes(struct bytes bytes, const char *hex)
{
	uint8_t      expected[MESSAGE_SIZE_MAX];
	struct bytes wanted = from_hex(hex, expected);

	assert_int_equal(bytes.size, wanted.size);
	assert_memory_equal(bytes.data, wanted.data, wanted.size);
}

struct pair {
	struct noise_handshake initiator, responder;
	struct noise_cipher    initiator_sends, initiator_receives, responder_sends, responder_receives;
};

static void begin(struct pair *pair, const struct vector *vector)
{
	uint8_t          prologue[MESSAGE_SIZE_MAX];
	struct bytes     agreed = from_hex(vector->prologue, prologue);
	struct noise_key initiator = key_from(vector->initiator), responder = key_from(vector->responder);
	struct noise_key first = key_from(vector->initiator_ephemeral), second = key_from(vector->responder_ephemeral);

	assert_bytes(BYTES(responder.public.bytes, NOISE_KEY_SIZE), vector->responder_public);
	noise_initiate(&pair->initiator, &initiator, &first, &responder.public, agreed);
	noise_respond(&pair->responder, &responder, &second, agreed);
}

/* Both handshake messages are the published ones and are read as they were written. */
static void shake_hands(struct pair *pair, const struct vector *vector)
{
	uint8_t      payload[MESSAGE_SIZE_MAX], message[MESSAGE_SIZE_MAX], read[MESSAGE_SIZE_MAX];
	struct bytes sent = from_hex(vector->messages[0].payload, payload);

	assert_true(noise_write_first(&pair->initiator, sent, message));
	assert_bytes(BYTES(message, sent.size + NOISE_FIRST_OVERHEAD), vector->messages[0].message);
	assert_true(noise_read_first(&pair->responder, BYTES(message, sent.size + NOISE_FIRST_OVERHEAD), read));
	assert_bytes(BYTES(read, sent.size), vector->messages[0].payload);
	assert_memory_equal(pair->responder.peer.bytes, pair->initiator.own.public.bytes, NOISE_KEY_SIZE);
	sent = from_hex(vector->messages[1].payload, payload);
	assert_true(noise_write_second(&pair->responder, sent, message));
	assert_bytes(BYTES(message, sent.size + NOISE_SECOND_OVERHEAD), vector->messages[1].message);
	assert_true(noise_read_second(&pair->initiator, BYTES(message, sent.size + NOISE_SECOND_OVERHEAD), read));
	assert_bytes(BYTES(read, sent.size), vector->messages[1].payload);
	noise_split(&pair->initiator, &pair->initiator_sends, &pair->initiator_receives);
	noise_split(&pair->responder, &pair->responder_receives, &pair->responder_sends);
}

static void say(struct noise_cipher *sends, struct noise_cipher *receives, const char *payload, const char *message)
{
	uint8_t      clear[MESSAGE_SIZE_MAX], sealed[MESSAGE_SIZE_MAX], read[MESSAGE_SIZE_MAX];
	struct bytes sent = from_hex(payload, clear);

	noise_encrypt(sends, sent, sealed);
	assert_bytes(BYTES(sealed, sent.size + NOISE_TAG_SIZE), message);
	assert_true(noise_decrypt(receives, BYTES(sealed, sent.size + NOISE_TAG_SIZE), read));
	assert_bytes(BYTES(read, sent.size), payload);
}

static void the_published_conversations_are_held_byte_by_byte(void **state)
{
	for (size_t i = 0; i < array_count(vectors); i++) {
		const struct vector *vector = &vectors[i];
		struct pair          pair;

		begin(&pair, vector);
		shake_hands(&pair, vector);
		if (vector->hash)
			assert_bytes(BYTES(pair.initiator.hash, 32), vector->hash);
		assert_memory_equal(pair.initiator.hash, pair.responder.hash, 32);
		for (int turn = 2; turn < MESSAGES_MAX && vector->messages[turn].payload; turn++)
			say(turn % 2 ? &pair.responder_sends : &pair.initiator_sends,
			    turn % 2 ? &pair.initiator_receives : &pair.responder_receives,
			    vector->messages[turn].payload, vector->messages[turn].message);
	}
}

static void another_prologue_is_refused(void **state)
{
	struct noise_key initiator, responder, ephemeral;
	struct pair      pair;
	uint8_t          message[NOISE_FIRST_OVERHEAD], nothing[1];

	noise_key_fresh(&initiator);
	noise_key_fresh(&responder);
	noise_key_fresh(&ephemeral);
	noise_initiate(&pair.initiator, &initiator, &ephemeral, &responder.public, BYTES("feed 1", 6));
	noise_respond(&pair.responder, &responder, &ephemeral, BYTES("feed 2", 6));
	assert_true(noise_write_first(&pair.initiator, BYTES("", 0), message));
	assert_false(noise_read_first(&pair.responder, BYTES(message, sizeof(message)), nothing));
}

static void a_key_of_low_order_is_refused(void **state)
{
	struct noise_public zero = {0};
	struct noise_key    own, ephemeral;
	struct pair         pair;
	uint8_t             message[NOISE_FIRST_OVERHEAD], nothing[1];

	noise_key_fresh(&own);
	noise_key_fresh(&ephemeral);
	noise_initiate(&pair.initiator, &own, &ephemeral, &zero, BYTES("", 0));
	assert_false(noise_write_first(&pair.initiator, BYTES("", 0), message));
	noise_respond(&pair.responder, &own, &ephemeral, BYTES("", 0));
	memset(message, 0, sizeof(message));
	assert_false(noise_read_first(&pair.responder, BYTES(message, sizeof(message)), nothing));
}

/* §4.2: REKEY(k) is the first 32 bytes of ENCRYPT(k, 2^64-1, "", 32 zeroes). */
static void a_new_key_cuts_off_the_old_one_on_both_sides_alike(void **state)
{
	struct noise_cipher sends = {.key = "a key of exactly thirty-two byte", .nonce = 7}, receives = sends,
			    old = sends;
	struct noise_cipher last = {.key = "a key of exactly thirty-two byte", .nonce = UINT64_MAX - 1};
	uint8_t             message[4 + NOISE_TAG_SIZE], clear[4];

	noise_rekey(&sends);
	noise_rekey(&receives);
	assert_int_equal(sends.nonce, 7);
	assert_memory_not_equal(sends.key, old.key, NOISE_KEY_SIZE);
	noise_encrypt(&sends, BYTES("word", 4), message);
	assert_false(noise_decrypt(&old, BYTES(message, sizeof(message)), clear));
	assert_int_equal(old.nonce, 7);
	assert_true(noise_decrypt(&receives, BYTES(message, sizeof(message)), clear));
	assert_memory_equal(clear, "word", 4);
	noise_encrypt(&last, BYTES("word", 4), message);
	assert_false(noise_decrypt(&last, BYTES(message, sizeof(message)), clear));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_conversations_are_held_byte_by_byte),
		cmocka_unit_test(another_prologue_is_refused),
		cmocka_unit_test(a_key_of_low_order_is_refused),
		cmocka_unit_test(a_new_key_cuts_off_the_old_one_on_both_sides_alike),
	};

	return cmocka_run_group_tests_name("noise", tests, NULL, NULL);
}
