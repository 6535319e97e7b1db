#include "eventstore/base/status.h"

#include "eventstore/base/require.h"

struct status_row {
	const char *name;
	int         http;
	const char *sentence;
};

static const struct status_row rows[STATUS_COUNT] = {
#define STATUS(NAME, name, http, sentence) {#name, http, sentence},
#include "eventstore/base/status.def"
#undef STATUS
};

const char *status_name(enum status status)
{
	require(status < STATUS_COUNT);
	return rows[status].name;
}

enum status status_by_name(struct text name)
{
	for (int status = 0; status < STATUS_COUNT; status++)
		if (text_is(name, rows[status].name))
			return (enum status)status;
	return STATUS_CORRUPT;
}

const char *status_sentence(enum status status)
{
	require(status < STATUS_COUNT);
	return rows[status].sentence;
}

int status_http(enum status status)
{
	require(status < STATUS_COUNT);
	return rows[status].http;
}
