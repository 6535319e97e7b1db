#include "api/ticket.h"

#include "eventstore/base/base58.h"
#include "eventstore/base/base64.h"
#include "eventstore/base/buffer.h"
#include "eventstore/base/require.h"

enum { TAG_SIZE = 16 };

static void put_number(uint8_t *out, size_t size, uint64_t value)
{
	for (size_t i = 0; i < size; i++)
		out[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get_number(const uint8_t *data, size_t size)
{
	uint64_t value = 0;

	for (size_t i = size; i-- > 0;)
		value = value << 8 | data[i];
	return value;
}

/* ---- refresh tokens ---- */

/* Bytes only, so that there are no gaps. */
struct refresh_layout {
	struct id session;
	struct id user;
	uint8_t   generation[4];
	uint8_t   tag[TAG_SIZE];
};

_Static_assert(sizeof(struct refresh_layout) == 52, "the token's layout has no gaps");
_Static_assert(BASE64_SIZE(sizeof(struct refresh_layout)) == REFRESH_TOKEN_SIZE, "the size is part of the interface");

static struct hash refresh_hash(const struct hash *secret, const struct refresh_layout *layout)
{
	return hash_keyed(secret, TEXT("refresh_token"), BYTES(layout, offsetof(struct refresh_layout, tag)));
}

void refresh_token_make(const struct hash *secret, const struct refresh_ticket *ticket,
                        char out[REFRESH_TOKEN_SIZE + 1])
{
	struct refresh_layout layout = {.session = ticket->session, .user = ticket->user};
	struct hash           hash;

	put_number(layout.generation, sizeof(layout.generation), ticket->generation);
	hash = refresh_hash(secret, &layout);
	memcpy(layout.tag, hash.bytes, sizeof(layout.tag));
	require(base64_encode(BYTES(&layout, sizeof(layout)), out) == REFRESH_TOKEN_SIZE);
	out[REFRESH_TOKEN_SIZE] = '\0';
}

bool refresh_token_open(const struct hash *secret, struct text token, struct refresh_ticket *out)
{
	struct refresh_layout layout;
	struct hash           hash;
	size_t                size;

	if (token.size != REFRESH_TOKEN_SIZE || !base64_decode(token, (uint8_t *)&layout, &size))
		return false;
	require(size == sizeof(layout));
	hash = refresh_hash(secret, &layout);
	if (!secret_equal(BYTES(hash.bytes, TAG_SIZE), BYTES(layout.tag, TAG_SIZE)))
		return false;
	*out = (struct refresh_ticket){
		.session = layout.session,
		.user = layout.user,
		.generation = (uint32_t)get_number(layout.generation, sizeof(layout.generation)),
	};
	return true;
}

/* ---- mailed tokens ---- */

struct hash mail_secret(const struct hash *secret, struct id command)
{
	return hash_keyed(secret, TEXT("mail_secret"), BYTES(command.bytes, sizeof(command.bytes)));
}

/* ---- receipts of erasures ---- */

/* Bytes only. */
struct receipt_layout {
	uint8_t   position[8];
	struct id user;
	uint8_t   tag[TAG_SIZE];
};

_Static_assert(sizeof(struct receipt_layout) == 40, "the token's layout has no gaps");
_Static_assert(BASE64_SIZE(sizeof(struct receipt_layout)) == RECEIPT_TOKEN_SIZE, "the header says how long it is");

static struct hash receipt_hash(const struct hash *secret, const struct receipt_layout *layout)
{
	return hash_keyed(secret, TEXT("erasure_receipt"), BYTES(layout, offsetof(struct receipt_layout, tag)));
}

void receipt_token_make(const struct hash *secret, const struct receipt_ticket *ticket,
                        char out[RECEIPT_TOKEN_SIZE + 1])
{
	struct receipt_layout layout = {.user = ticket->user};
	struct hash           hash;

	put_number(layout.position, sizeof(layout.position), ticket->position);
	hash = receipt_hash(secret, &layout);
	memcpy(layout.tag, hash.bytes, sizeof(layout.tag));
	require(base64_encode(BYTES(&layout, sizeof(layout)), out) == RECEIPT_TOKEN_SIZE);
	out[RECEIPT_TOKEN_SIZE] = '\0';
}

bool receipt_token_open(const struct hash *secret, struct text token, struct receipt_ticket *out)
{
	struct receipt_layout layout;
	struct hash           hash;
	size_t                size;

	if (token.size != RECEIPT_TOKEN_SIZE || !base64_decode(token, (uint8_t *)&layout, &size))
		return false;
	require(size == sizeof(layout));
	hash = receipt_hash(secret, &layout);
	if (!secret_equal(BYTES(hash.bytes, TAG_SIZE), BYTES(layout.tag, TAG_SIZE)))
		return false;
	*out = (struct receipt_ticket){.position = get_number(layout.position, sizeof(layout.position)),
	                               .user = layout.user};
	return true;
}

/* ---- wallet challenges ---- */

/* Bytes only. The purpose is never zero, so that base58 keeps nearly one length. */
struct nonce_layout {
	uint8_t   purpose;
	uint8_t   issued_s[8];
	uint8_t   chance[8];
	struct id user;
	uint8_t   tag[TAG_SIZE];
};

_Static_assert(sizeof(struct nonce_layout) == 49, "the nonce's layout has no gaps");
_Static_assert(BASE58_SIZE_MAX(sizeof(struct nonce_layout)) <= CHALLENGE_NONCE_SIZE_MAX,
               "the schema says 80 characters");

/* The address has its size in front, so that no address and domain can be told apart in two ways. */
static struct hash nonce_hash(const struct hash *secret, const struct nonce_layout *layout,
                              const struct challenge *challenge)
{
	struct buffer covered = {0};
	struct hash   hash;

	buffer_append(&covered, BYTES(layout, offsetof(struct nonce_layout, tag)));
	buffer_format(&covered, "%zu:", challenge->address.size);
	buffer_append_text(&covered, challenge->address);
	buffer_append_text(&covered, challenge->domain);
	hash = hash_keyed(secret, TEXT("wallet_challenge"), buffer_bytes(&covered));
	buffer_finish(&covered);
	return hash;
}

void challenge_nonce(const struct hash *secret, const struct challenge *challenge, int64_t now_s,
                     char out[CHALLENGE_NONCE_SIZE_MAX + 1])
{
	struct nonce_layout layout = {.purpose = (uint8_t)challenge->purpose, .user = challenge->user};
	struct hash         hash;

	require(layout.purpose != 0 && now_s >= 0);
	put_number(layout.issued_s, sizeof(layout.issued_s), (uint64_t)now_s);
	random_fill(layout.chance, sizeof(layout.chance));
	hash = nonce_hash(secret, &layout, challenge);
	memcpy(layout.tag, hash.bytes, sizeof(layout.tag));
	out[base58_encode(BYTES(&layout, sizeof(layout)), out)] = '\0';
}

bool challenge_accepts(const struct hash *secret, const struct challenge *challenge, struct text nonce, int64_t now_s,
                       int64_t *issued_s)
{
	struct nonce_layout layout;
	struct hash         hash;
	uint64_t            issued;

	if (!base58_decode(nonce, (uint8_t *)&layout, sizeof(layout)))
		return false;
	hash = nonce_hash(secret, &layout, challenge);
	if (!secret_equal(BYTES(hash.bytes, TAG_SIZE), BYTES(layout.tag, TAG_SIZE)))
		return false;
	if (layout.purpose != challenge->purpose || !id_equal(layout.user, challenge->user))
		return false;
	/* The hash is right, so the time is one that we wrote; another process' clock may run a little ahead. */
	issued = get_number(layout.issued_s, sizeof(layout.issued_s));
	if (now_s - (int64_t)issued > CHALLENGE_LIFETIME_S)
		return false;
	*issued_s = (int64_t)issued;
	return true;
}
