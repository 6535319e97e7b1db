/* orrery openapi */
#include "schema/openapi.h"
#include "tools/verb.h"

#include <stdio.h>
#include <stdlib.h>

static int print_openapi(int argc, char **argv)
{
	if (argc > 1)
		return verb_misused(&verb_openapi, "It takes no argument.");
	return puts(schema_openapi_json) < 0 || fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}

const struct verb verb_openapi = {
	.name = "openapi",
	.sentence = "Prints the OpenAPI 3.1 description of the HTTP interface.",
	.manual = "Usage: orrery openapi\n\nThe same document that a running API serves at /api/v1/openapi.json.\n",
	.run = print_openapi,
};
