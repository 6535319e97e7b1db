#include "api/credentials/status_list.h"

#include "api/credentials/data_integrity.h"
#include "eventstore/base/base64.h"
#include "eventstore/base/deflate.h"
#include "eventstore/base/require.h"

static uint8_t bit_of(uint32_t index)
{
	return (uint8_t)(0x80 >> index % 8);
}

void status_list_revoke(struct status_list *list, uint32_t index)
{
	require(index < STATUS_LIST_SIZE);
	list->bits[index / 8] |= bit_of(index);
}

bool status_list_revoked(const struct status_list *list, uint32_t index)
{
	require(index < STATUS_LIST_SIZE);
	return (list->bits[index / 8] & bit_of(index)) != 0;
}

void status_list_encode(const struct status_list *list, struct buffer *out)
{
	struct buffer packed = {0};

	gzip_append(BYTES(list->bits, sizeof(list->bits)), &packed);
	buffer_append_text(out, TEXT("u"));
	out->size += base64_encode(buffer_bytes(&packed), (char *)buffer_reserve(out, BASE64_SIZE(packed.size)));
	buffer_finish(&packed);
}

void status_list_describe(const struct status_list *list, struct arena *arena, struct linked *linked)
{
	struct buffer encoded = {0};

	status_list_encode(list, &encoded);
	linked_begin(linked, TEXT("[\"https://www.w3.org/ns/credentials/v2\"]"), list->url);
	linked_types(linked, NODE_TYPE_VERIFIABLE_CREDENTIAL, NODE_TYPE_STATUS_LIST_CREDENTIAL);
	linked_refer(linked, TERM_ISSUER, list->issuer);
	linked_time(linked, TERM_VALID_FROM, list->changed_us);
	linked_open(linked, TERM_CREDENTIAL_SUBJECT, arena_format(arena, "%.*s#list", TEXT_ARG(list->url)));
	linked_type(linked, NODE_TYPE_STATUS_LIST);
	linked_text(linked, TERM_STATUS_PURPOSE, TEXT("revocation"));
	linked_text(linked, TERM_ENCODED_LIST, (struct text){.data = (char *)encoded.data, .size = encoded.size});
	linked_close(linked);
	linked_end(linked);
	buffer_finish(&encoded);
}

void status_list_issue(const struct status_list *list, const struct sign_key *key, struct text method,
                       struct buffer *out)
{
	struct arena  arena = {0};
	struct linked linked = {0};

	status_list_describe(list, &arena, &linked);
	integrity_append(&linked, key, method, list->changed_us, out);
	linked_finish(&linked);
	arena_finish(&arena);
}
