/* The guard meets arbitrary bytes: it must neither read outside them nor contradict itself. */
#include "api/guard.h"
#include "eventstore/base/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct guard_limits limits = {.target_bytes_max = 64, .header_bytes_max = 256, .header_count_max = 8};

static void check_verdict(struct guard_verdict verdict)
{
	require((verdict.status == 0) == (verdict.sentence == NULL));
	require(verdict.status == 0 || verdict.status == 400 || verdict.status == 414 || verdict.status == 431
	        || verdict.status == 505);
}

/* Whatever passes holds the properties the rest of the program relies on. */
static void check_promises(const uint8_t *data, size_t size)
{
	const uint8_t *end = memmem(data, size, "\r\n\r\n", 4);

	require(end != NULL);
	for (const uint8_t *byte = data; byte < end; byte++) {
		require(*byte != 0);
		require((*byte == '\n') == (byte > data && byte[-1] == '\r'));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct guard_verdict verdict;
	struct guard_fields  fields = {
		 .method = TEXT("GET"), .authority = TEXT("a"), .target = {(const char *)data, size}};

	guard_check_head(BYTES(data, size), &limits, &verdict);
	check_verdict(verdict);
	if (verdict.status == 0)
		check_promises(data, size);
	guard_check_fields(&fields, &limits, &verdict);
	check_verdict(verdict);
	require(verdict.status != 0 || (size > 0 && data[0] == '/'));
	return 0;
}
