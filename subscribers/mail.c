#include "subscribers/mail.h"

#include "schema/events.h"

#include <assert.h>

/* What is known of a person from their own history. */
struct addressee {
	const struct opener   *opener;
	struct arena          *arena;
	uint64_t               until; /* position: what came later does not count */
	struct text            email;
	struct text            name;
	enum notification_kind kind;     /* that the letter is of; 0: it goes out whatever was chosen */
	bool                   unwanted; /* by what they chose last */
	enum status            status;
};

static void take_text(struct addressee *addressee, const struct shape *shape, const void *event, const char *name,
                      struct text *out)
{
	const struct field *field = shape_field(shape, text_from(name));

	if (field && field_present(field, event))
		*out = arena_text(addressee->arena, *(const struct text *)field_at(field, event));
}

/* Letters are wanted until somebody says otherwise. */
static void take_choices(struct addressee *addressee, const struct preferences_changed *event)
{
	for (uint32_t i = 0; i < event->notifications.count; i++) {
		const struct notification_choice *choice = &event->notifications.items[i];

		if (choice->kind == addressee->kind && choice->channel == CHANNEL_mail)
			addressee->unwanted = !choice->on;
	}
}

static bool visit_history(void *owner, const struct record *record)
{
	struct addressee        *addressee = owner;
	const struct event_type *type;
	const void              *event;

	if (record->position > addressee->until)
		return false;
	if (record->number != EVENT_user_registered && record->number != EVENT_email_changed
	    && record->number != EVENT_profile_changed && record->number != EVENT_preferences_changed)
		return true;
	addressee->status = record_event(record, addressee->opener, addressee->arena, &type, &event);
	if (addressee->status != STATUS_OK)
		return false;
	take_text(addressee, type->shape, event, "email", &addressee->email);
	take_text(addressee, type->shape, event, "name", &addressee->name);
	if (record->number == EVENT_preferences_changed)
		take_choices(addressee, event);
	return true;
}

/* Forgotten texts come out empty: then there is nobody to write to. */
static enum status find_addressee(const struct mail_writer *writer, struct id person, struct addressee *addressee)
{
	enum status status = reader_stream(writer->reader, person, 1, UINT32_MAX, visit_history, addressee);

	if (status == STATUS_OK)
		status = addressee->status;
	return status == STATUS_OK && (addressee->email.size == 0 || addressee->unwanted) ? STATUS_NOT_FOUND : status;
}

/* One line a letter: EVENT, subject, text; the text says what a token is for. It goes to the person whose stream the
 * event begins with, unless a field names another, and unless they want none of its kind. */
struct letter {
	uint16_t               event;
	const char            *subject;
	const char            *text;
	const char            *whom;
	enum notification_kind kind;
};

static const struct letter letters[] = {
	{EVENT_user_registered, "Confirm your e-mail address",
         "welcome. Please confirm that this mailbox is yours with this token, within a day:"},
	{EVENT_email_verification_requested, "Confirm your e-mail address",
         "here is a fresh token to confirm that this mailbox is yours, good for a day:"},
	{EVENT_registration_repeated, "You have an account already",
         "somebody asked for an account with this e-mail address, which already has one. If it was you and you forgot "
         "the "
         "password, ask for a new one. If it was not you, there is nothing to do."},
	{EVENT_password_reset_requested, "Set a new password",
         "somebody, hopefully you, asked to set a new password. This token does it, within a day. If it was not you, "
         "there is "
         "nothing to do."},
	{EVENT_email_change_requested, "Confirm your new e-mail address",
         "please confirm that this shall be your new e-mail address with this token, within a day:"},
	{EVENT_password_changed, "Your password was changed",
         "your password is a new one, and every session has ended. If it was not you, ask for a new password now."},
	{EVENT_email_changed, "Your e-mail address was changed", "from now on this is the address of your account."},
	{EVENT_user_suspended, "Your account is suspended", "your account was suspended. Answer this mail to ask why."},
	{EVENT_user_restored, "Your account is open again", "your account was restored; you may log in again."},
	{EVENT_project_created, "Your project is there",
         "your project was kept. Nobody else sees it until you share it or ask somebody to take part.", "creator",
         NOTIFICATION_KIND_project},
	{EVENT_project_invited, "You are asked to take part in a project",
         "somebody asks you to take part in a project. You find it among your invitations.", "member",
         NOTIFICATION_KIND_project},
	{EVENT_project_hidden, "Your project is hidden",
         "an administrator hid a project that you made. Open it to see why.", "creator", NOTIFICATION_KIND_project},
};

static const struct letter *letter_for(uint16_t event)
{
	for (size_t i = 0; i < array_count(letters); i++)
		if (letters[i].event == event)
			return &letters[i];
	return NULL;
}

static_assert(array_count(letters) < FILTER_NUMBERS_MAX, "a filter takes them all");

uint32_t mail_events(uint16_t numbers[FILTER_NUMBERS_MAX])
{
	uint32_t count = 0;

	for (size_t i = 0; i < array_count(letters); i++)
		numbers[count++] = letters[i].event;
	numbers[count++] = EVENT_user_erased;
	return count;
}

static struct text write_body(const struct mail_writer *writer, const struct letter *letter,
                              const struct addressee *addressee, struct text token)
{
	struct text name = addressee->name.size > 0 ? addressee->name : TEXT("friend");

	if (token.size == 0)
		return arena_format(addressee->arena, "Hello %.*s,\n\n%s\n\nOrrery\n%.*s\n", TEXT_ARG(name),
		                    letter->text, TEXT_ARG(writer->origin));
	return arena_format(addressee->arena, "Hello %.*s,\n\n%s\n\nToken: %.*s\n\nOrrery\n%.*s\n", TEXT_ARG(name),
	                    letter->text, TEXT_ARG(token), TEXT_ARG(writer->origin));
}

static struct id person_of(const struct letter *letter, const struct record *record, const struct event_type *type,
                           const void *event)
{
	if (!letter->whom)
		return record->streams[0].id;
	return *(const struct id *)field_at(shape_field(type->shape, text_from(letter->whom)), event);
}

enum status mail_for(const struct mail_writer *writer, const struct record *record, struct arena *arena,
                     struct mail *mail)
{
	const struct letter     *letter = letter_for(record->number);
	struct addressee         addressee = {.opener = writer->opener, .arena = arena, .until = record->position};
	struct text              token = TEXT_NONE;
	const struct event_type *type;
	const void              *event;
	struct id                person;
	enum status              status;

	if (!letter)
		return STATUS_NOT_FOUND;
	addressee.kind = letter->kind;
	status = record_event(record, writer->opener, arena, &type, &event);
	if (status != STATUS_OK)
		return status;
	person = person_of(letter, record, type, event);
	status = find_addressee(writer, person, &addressee);
	if (status != STATUS_OK)
		return status;
	take_text(&addressee, type->shape, event, "token", &token);
	/* A changed address is written to itself, so that whoever holds it confirms. */
	take_text(&addressee, type->shape, event, "email", &addressee.email);
	if (addressee.email.size == 0)
		return STATUS_NOT_FOUND;
	*mail = (struct mail){
		.position = record->position,
		.person = person,
		.time_us = record->time_us,
		.to = addressee.email,
		.subject = text_from(letter->subject),
		.body = write_body(writer, letter, &addressee, token),
	};
	return STATUS_OK;
}
