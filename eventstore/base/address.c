#include "eventstore/base/address.h"

bool address_split(const char *text, struct address *out)
{
	size_t size = strlen(text);
	char  *colon;

	if (size >= sizeof(out->copy))
		return false;
	memcpy(out->copy, text, size + 1);
	colon = strrchr(out->copy, ':');
	if (!colon)
		return false;
	*colon = '\0';
	out->host = out->copy;
	out->port = colon + 1;
	if (out->copy[0] == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		out->host = out->copy + 1;
	}
	return true;
}
