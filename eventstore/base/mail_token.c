#include "eventstore/base/mail_token.h"

#include "eventstore/base/base64.h"
#include "eventstore/base/require.h"

struct layout {
	struct id user;
	uint8_t   secret[16];
};

_Static_assert(sizeof(struct layout) == 32, "the token's layout has no gaps");
_Static_assert(BASE64_SIZE(sizeof(struct layout)) == MAIL_TOKEN_SIZE, "the schema says 43 characters");

void mail_token_make(struct id user, const struct hash *secret, char out[MAIL_TOKEN_SIZE + 1])
{
	struct layout layout = {.user = user};

	memcpy(layout.secret, secret->bytes, sizeof(layout.secret));
	require(base64_encode(BYTES(&layout, sizeof(layout)), out) == MAIL_TOKEN_SIZE);
	out[MAIL_TOKEN_SIZE] = '\0';
	secret_wipe(&layout, sizeof(layout));
}

bool mail_token_user(struct text token, struct id *user)
{
	struct layout layout;
	size_t        size;

	if (token.size != MAIL_TOKEN_SIZE || !base64_decode(token, (uint8_t *)&layout, &size))
		return false;
	require(size == sizeof(layout));
	*user = layout.user;
	return true;
}

struct hash mail_token_hash(struct text token)
{
	return hash_sha256(text_bytes(token));
}
