/* Sends the writer one command of the schema, as our own processes do: wish SOCKET COMMAND JSON. Routes and their
 * callers are left out, so that a test can tell what happened before by facts that no route leads to. The ids that
 * follow from others are filled in. Prints the position, or the refusal and exits with 1. */
#include "eventstore/base/catalog.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_json.h"
#include "eventstore/wire/courier.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void *read_fields(const struct command_type *type, const char *json, struct arena *arena)
{
	struct complaints complaints = {0};
	void             *fields = arena_alloc(arena, type->shape->size);

	if (json_decode_shape(type->shape, text_bytes(text_from(json)), FIELD_DERIVED, arena, fields, &complaints)
	    != STATUS_OK) {
		fprintf(stderr, "%.*s: %.*s\n", TEXT_ARG(complaints.items[0].pointer),
		        TEXT_ARG(complaints.items[0].sentence));
		exit(EXIT_FAILURE);
	}
	shape_derive(type->shape, fields);
	return fields;
}

static int tell(enum status status, const struct answer *answer)
{
	if (status == STATUS_OK && !answer->refusal.data && text_is(answer->status, status_name(STATUS_OK))) {
		printf("%" PRIu64 "\n", answer->position);
		return EXIT_SUCCESS;
	}
	fprintf(stderr, "%s %.*s %.*s\n", status_sentence(status), TEXT_ARG(answer->refusal),
	        TEXT_ARG(answer->sentence));
	return EXIT_FAILURE;
}

int main(int argument_count, char **arguments)
{
	const struct command_type *type;
	struct arena               arena = {0};
	struct answer              answer = {0};
	struct courier            *courier;
	void                      *fields;
	int                        code;

	require(argument_count == 4);
	type = command_type_by_name(text_from(arguments[2]));
	require(type != NULL);
	fields = read_fields(type, arguments[3], &arena);
	courier = courier_create(arguments[1], "wish");
	code = tell(courier_command(courier, type->name, id_fresh(), fields, &arena, &answer), &answer);
	courier_destroy(courier);
	arena_finish(&arena);
	return code;
}
