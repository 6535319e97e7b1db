/* The generated tables hang together, and are found by name and number. */
#include "eventstore/base/catalog.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "schema/commands.h"
#include "schema/openapi.h"
#include "schema/refusals.h"

static void every_event_is_found_by_number_and_by_name(void **state)
{
	for (uint32_t i = 0; i < event_type_count; i++) {
		assert_ptr_equal(event_type_by_number(event_types[i].number), &event_types[i]);
		assert_ptr_equal(event_type_by_name(text_from(event_types[i].name)), &event_types[i]);
		if (i > 0)
			assert_true(event_types[i - 1].number < event_types[i].number);
	}
	assert_ptr_equal(event_type_by_number(EVENT_user_erased)->shape, &user_erased_shape);
}

static void every_command_and_query_is_found_by_name(void **state)
{
	for (uint32_t i = 0; i < command_type_count; i++)
		assert_ptr_equal(command_type_by_name(text_from(command_types[i].name)), &command_types[i]);
	for (uint32_t i = 0; i < query_type_count; i++)
		assert_ptr_equal(query_type_by_name(text_from(query_types[i].name)), &query_types[i]);
	assert_true(query_type_by_name(TEXT("search_users"))->list);
	assert_false(query_type_by_name(TEXT("account"))->list);
}

static void what_is_not_declared_is_not_found(void **state)
{
	assert_null(event_type_by_number(0));
	assert_null(event_type_by_number(UINT16_MAX));
	assert_null(event_type_by_name(TEXT("user_registere")));
	assert_null(command_type_by_name(TEXT("register_users")));
	assert_null(command_type_by_name(TEXT("")));
	assert_null(query_type_by_name(TEXT("register_user")));
}

static void refusals_and_claims_stand_at_their_numbers(void **state)
{
	assert_string_equal(refusal_types[REFUSAL_none].name, "none");
	assert_string_equal(refusal_types[REFUSAL_email_taken].name, "email_taken");
	assert_int_equal(refusal_types[REFUSAL_email_taken].http, 409);
	assert_string_equal(claim_types[CLAIM_none].name, "none");
	assert_string_equal(claim_types[CLAIM_wallet].name, "wallet");
	assert_int_equal(claim_types[CLAIM_wallet].refusal, REFUSAL_wallet_taken);
}

static void assert_shape_fits(const struct shape *shape)
{
	assert_true(shape->count <= SHAPE_FIELDS_MAX);
	for (uint16_t i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];

		assert_true(field->offset < shape->size && field->has_offset < shape->size);
		assert_true(field->min <= field->max);
		assert_int_equal(field->kind == KIND_CHOICE, field->choice != NULL);
		assert_int_equal(field->kind == KIND_LIST, field->record != NULL);
		if ((field->marks & FIELD_PERSONAL) && field->person != PERSON_UNNAMED)
			assert_int_equal(shape->fields[field->person].kind, KIND_ID);
	}
}

static void every_field_lies_in_its_struct(void **state)
{
	for (uint32_t i = 0; i < event_type_count; i++)
		assert_shape_fits(event_types[i].shape);
	for (uint32_t i = 0; i < command_type_count; i++)
		assert_shape_fits(command_types[i].shape);
	for (uint32_t i = 0; i < query_type_count; i++)
		assert_shape_fits(query_types[i].shape);
}

static void an_unset_struct_has_no_optional_field(void **state)
{
	struct preferences_changed event = {0};

	for (uint16_t i = 0; i < preferences_changed_shape.count; i++)
		assert_false(field_present(&preferences_changed_shape.fields[i], &event));
	event.has_captions = true;
	event.theme = THEME_dark;
	event.notifications.items = &(struct notification_choice){0};
	assert_true(field_present(shape_field(&preferences_changed_shape, TEXT("captions")), &event));
	assert_true(field_present(shape_field(&preferences_changed_shape, TEXT("theme")), &event));
	assert_true(field_present(shape_field(&preferences_changed_shape, TEXT("notifications")), &event));
	assert_false(field_present(shape_field(&preferences_changed_shape, TEXT("reduced_motion")), &event));
}

static void choices_are_their_words(void **state)
{
	const struct field *role = shape_field(&role_granted_shape, TEXT("role"));

	assert_int_equal(choice_number(role->choice, TEXT("admin")), ROLE_admin);
	assert_int_equal(choice_number(role->choice, TEXT("administrator")), 0);
}

static void openapi_is_terminated_where_its_size_says(void **state)
{
	assert_int_equal(strlen(schema_openapi_json), schema_openapi_json_size);
	assert_int_equal(schema_openapi_json[0], '{');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_is_found_by_number_and_by_name),
		cmocka_unit_test(every_command_and_query_is_found_by_name),
		cmocka_unit_test(what_is_not_declared_is_not_found),
		cmocka_unit_test(refusals_and_claims_stand_at_their_numbers),
		cmocka_unit_test(every_field_lies_in_its_struct),
		cmocka_unit_test(an_unset_struct_has_no_optional_field),
		cmocka_unit_test(choices_are_their_words),
		cmocka_unit_test(openapi_is_terminated_where_its_size_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
