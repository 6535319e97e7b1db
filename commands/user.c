#include "commands/user.h"

#include "commands/decision.h"
#include "eventstore/base/mail_token.h"
#include "eventstore/base/require.h"
#include "schema/handlers.h"

#include <strings.h>

/* ---------------------------------------------------------------- what a person's account remembers */

void user_on_user_registered(struct user *user, const struct user_registered *event)
{
	*user = (struct user){
		.id = event->user,
		.exists = true,
		.roles = role_bit(ROLE_learner),
		.verification = {.hash = event->token_hash, .expires_at = event->expires_at},
	};
	text_keep(&user->email, event->email);
}

void user_on_email_verification_requested(struct user *user, const struct email_verification_requested *event)
{
	user->verification = (struct mailed_token){
		.hash = event->token_hash,
		.expires_at = event->expires_at,
		.requested_at = event->requested_at,
	};
}

void user_on_email_verified(struct user *user, const struct email_verified *event)
{
	user->verified = true;
}

void user_on_password_reset_requested(struct user *user, const struct password_reset_requested *event)
{
	user->reset = (struct mailed_token){
		.hash = event->token_hash,
		.expires_at = event->expires_at,
		.requested_at = event->requested_at,
	};
}

/* However the password changed, a link to change it that is still under way must not undo that. */
void user_on_password_changed(struct user *user, const struct password_changed *event)
{
	user->reset = (struct mailed_token){0};
}

void user_on_email_change_requested(struct user *user, const struct email_change_requested *event)
{
	user->email_change = (struct mailed_token){.hash = event->token_hash, .expires_at = event->expires_at};
	text_keep(&user->email_wanted, event->email);
}

/* Links that went to the old mailbox are void. */
void user_on_email_changed(struct user *user, const struct email_changed *event)
{
	user->email_change = (struct mailed_token){0};
	user->reset = (struct mailed_token){0};
	text_keep(&user->email, event->email);
	text_keep(&user->email_wanted, TEXT(""));
}

void user_on_role_granted(struct user *user, const struct role_granted *event)
{
	user->roles |= role_bit(event->role);
}

void user_on_role_revoked(struct user *user, const struct role_revoked *event)
{
	user->roles &= ~role_bit(event->role);
}

void user_on_user_suspended(struct user *user, const struct user_suspended *event)
{
	user->suspended = true;
}

void user_on_user_restored(struct user *user, const struct user_restored *event)
{
	user->suspended = false;
}

/* The wallet's place, or wallets_count. */
static uint32_t wallet_find(const struct user *user, struct text address)
{
	uint32_t i = 0;

	while (i < user->wallets_count && !text_equal(text_kept(&user->wallets[i].address), address))
		i++;
	return i;
}

void user_on_wallet_linked(struct user *user, const struct wallet_linked *event)
{
	require(user->wallets_count < array_count(user->wallets));
	text_keep(&user->wallets[user->wallets_count].address, event->address);
	user->wallets_count++;
}

/* An address that can no longer be read matches nothing; another goes in its place, so that the number stays right. */
void user_on_wallet_unlinked(struct user *user, const struct wallet_unlinked *event)
{
	uint32_t place = wallet_find(user, event->address);

	require(user->wallets_count > 0);
	user->wallets_count--;
	if (place < user->wallets_count)
		user->wallets[place] = user->wallets[user->wallets_count];
	text_keep(&user->wallets[user->wallets_count].address, TEXT(""));
}

void user_on_sessions_revoked(struct user *user, const struct sessions_revoked *event)
{
	user->sessions_epoch = event->epoch;
}

/* Nothing of the person is kept but that there was one. */
void user_on_user_erased(struct user *user, const struct user_erased *event)
{
	*user = (struct user){.id = user->id, .exists = true, .erased = true, .sessions_epoch = user->sessions_epoch};
}

/* ---------------------------------------------------------------- the ways in: registration and mailed links */

static bool token_fits(const struct mailed_token *token, const struct hash *hash)
{
	return token->expires_at != 0
	       && secret_equal(BYTES(token->hash.bytes, sizeof(token->hash.bytes)),
	                       BYTES(hash->bytes, sizeof(hash->bytes)));
}

static bool token_opens(const struct mailed_token *token, const struct hash *hash, int64_t time_us)
{
	return token_fits(token, hash) && time_us < token->expires_at;
}

/* The answer is "registered" either way, so that nobody learns who has an account here. */
void user_decide_register_user(const struct user *user, const struct user *holder, const struct register_user *command,
                               struct decision *decision)
{
	if (holder->exists)
		emit(decision, registration_repeated, .user = holder->id);
	else if (!user->exists)
		emit(decision, user_registered, .user = command->user, .email = command->email,
		     .password_hash = command->password_hash, .name = command->name, .locale = command->locale,
		     .region = command->region, .token = command->token, .token_hash = command->token_hash,
		     .expires_at = command->expires_at);
}

void user_decide_verify_email(const struct user *user, const struct verify_email *command, struct decision *decision)
{
	if (!user_is_open(user))
		refuse(decision, REFUSAL_token_invalid);
	else if (user->verified && token_fits(&user->verification, &command->token_hash))
		return;
	else if (!user->verified && token_opens(&user->verification, &command->token_hash, decision->time_us))
		emit(decision, email_verified, .user = user->id);
	else
		refuse(decision, REFUSAL_token_invalid);
}

static struct text mail_token_text(struct id user, const struct hash *secret, struct arena *arena)
{
	char *token = arena_alloc(arena, MAIL_TOKEN_SIZE + 1);

	mail_token_make(user, secret, token);
	return (struct text){.data = token, .size = MAIL_TOKEN_SIZE};
}

static bool mail_is_due(const struct mailed_token *last, int64_t time_us)
{
	return last->requested_at == 0 || time_us - last->requested_at > USER_MAIL_INTERVAL_US;
}

void user_decide_request_email_verification(const struct user *holder, const struct request_email_verification *command,
                                            struct decision *decision)
{
	if (!user_is_open(holder) || holder->verified || !mail_is_due(&holder->verification, decision->time_us))
		return;

	struct text token = mail_token_text(holder->id, &command->secret, decision->arena);

	emit(decision, email_verification_requested, .user = holder->id, .token = token,
	     .token_hash = mail_token_hash(token), .expires_at = command->expires_at,
	     .requested_at = decision->time_us);
}

void user_decide_request_password_reset(const struct user *holder, const struct request_password_reset *command,
                                        struct decision *decision)
{
	if (!user_is_open(holder) || !holder->verified || !mail_is_due(&holder->reset, decision->time_us))
		return;

	struct text token = mail_token_text(holder->id, &command->secret, decision->arena);

	emit(decision, password_reset_requested, .user = holder->id, .token = token,
	     .token_hash = mail_token_hash(token), .expires_at = command->expires_at,
	     .requested_at = decision->time_us);
}

/* ---------------------------------------------------------------- password and e-mail */

/* Whoever knew the old password may be somebody else: every session ends with it. */
static void change_password(const struct user *user, struct text password_hash, enum password_change reason,
                            struct decision *decision)
{
	emit(decision, password_changed, .user = user->id, .password_hash = password_hash, .reason = reason);
	emit(decision, sessions_revoked, .user = user->id, .epoch = user->sessions_epoch + 1);
}

void user_decide_reset_password(const struct user *user, const struct reset_password *command,
                                struct decision *decision)
{
	if (user_is_open(user) && token_opens(&user->reset, &command->token_hash, decision->time_us))
		change_password(user, command->password_hash, PASSWORD_CHANGE_reset, decision);
	else
		refuse(decision, REFUSAL_token_invalid);
}

void user_decide_change_password(const struct user *user, const struct change_password *command,
                                 struct decision *decision)
{
	if (!user_is_open(user))
		refuse(decision, REFUSAL_account_closed);
	else
		change_password(user, command->password_hash, PASSWORD_CHANGE_changed, decision);
}

/* Claims fold the case of ASCII letters, so two spellings that differ in nothing else are one mailbox here. */
static bool same_mailbox(struct text a, struct text b)
{
	return a.size == b.size && strncasecmp(a.data, b.data, a.size) == 0;
}

/* Whether somebody else holds the address comes out at the confirmation only, by whoever reads its mail. */
void user_decide_request_email_change(const struct user *user, const struct request_email_change *command,
                                      struct decision *decision)
{
	if (!user_is_open(user))
		refuse(decision, REFUSAL_account_closed);
	else if (!same_mailbox(command->email, text_kept(&user->email)))
		emit(decision, email_change_requested, .user = user->id, .email = command->email,
		     .token = command->token, .token_hash = command->token_hash, .expires_at = command->expires_at);
}

void user_decide_confirm_email_change(const struct user *user, const struct confirm_email_change *command,
                                      struct decision *decision)
{
	if (!user_is_open(user) || !token_opens(&user->email_change, &command->token_hash, decision->time_us)) {
		refuse(decision, REFUSAL_token_invalid);
		return;
	}
	emit(decision, email_changed, .user = user->id, .email = text_kept(&user->email_wanted));
	release(decision, CLAIM_email, text_kept(&user->email));
}

/* ---------------------------------------------------------------- what a person shows and wants */

/* Does the command bring any of the members that may be left out? */
static bool changes_something(const struct shape *shape, const void *command)
{
	for (uint16_t i = 0; i < shape->count; i++)
		if ((shape->fields[i].marks & FIELD_OPTIONAL) && field_present(&shape->fields[i], command))
			return true;
	return false;
}

void user_decide_change_profile(const struct user *user, const struct change_profile *command,
                                struct decision *decision)
{
	if (!user_is_open(user))
		refuse(decision, REFUSAL_account_closed);
	else if (changes_something(&change_profile_shape, command))
		emit(decision, profile_changed, .user = user->id, .name = command->name, .bio = command->bio,
		     .avatar_url = command->avatar_url, .pronouns = command->pronouns, .time_zone = command->time_zone,
		     .locale = command->locale, .region = command->region);
}

void user_decide_change_preferences(const struct user *user, const struct change_preferences *command,
                                    struct decision *decision)
{
	if (!user_is_open(user))
		refuse(decision, REFUSAL_account_closed);
	else if (changes_something(&change_preferences_shape, command))
		emit(decision, preferences_changed, .user = user->id, .theme = command->theme,
		     .language = command->language, .has_reduced_motion = command->has_reduced_motion,
		     .reduced_motion = command->reduced_motion, .has_captions = command->has_captions,
		     .captions = command->captions, .notifications = command->notifications);
}

void user_decide_change_privacy(const struct user *user, const struct change_privacy *command,
                                struct decision *decision)
{
	if (!user_is_open(user))
		refuse(decision, REFUSAL_account_closed);
	else
		emit(decision, privacy_changed, .user = user->id, .audience = command->audience);
}

/* ---------------------------------------------------------------- what administrators do */

static bool user_is_known(const struct user *user)
{
	return user->exists && !user->erased;
}

void user_decide_grant_role(const struct user *user, const struct grant_role *command, struct decision *decision)
{
	if (!user_is_known(user))
		refuse(decision, REFUSAL_user_unknown);
	else if (!user_has_role(user, command->role))
		emit(decision, role_granted, .user = user->id, .role = command->role);
}

/* Nobody takes their own administration away, so that the last administrator cannot lock everybody out. */
static bool role_is_fixed(const struct user *user, enum role role, struct id actor)
{
	return role == ROLE_learner || (role == ROLE_admin && id_equal(actor, user->id));
}

void user_decide_revoke_role(const struct user *user, const struct revoke_role *command, struct decision *decision)
{
	if (!user_is_known(user))
		refuse(decision, REFUSAL_user_unknown);
	else if (role_is_fixed(user, command->role, decision->actor))
		refuse(decision, REFUSAL_role_fixed);
	else if (user_has_role(user, command->role))
		emit(decision, role_revoked, .user = user->id, .role = command->role);
}

void user_decide_suspend_user(const struct user *user, const struct suspend_user *command, struct decision *decision)
{
	if (!user_is_known(user)) {
		refuse(decision, REFUSAL_user_unknown);
	} else if (id_equal(decision->actor, user->id)) {
		refuse(decision, REFUSAL_self_suspension);
	} else if (!user->suspended) {
		emit(decision, user_suspended, .user = user->id, .reason = command->reason);
		emit(decision, sessions_revoked, .user = user->id, .epoch = user->sessions_epoch + 1);
	}
}

void user_decide_restore_user(const struct user *user, const struct restore_user *command, struct decision *decision)
{
	if (!user_is_known(user))
		refuse(decision, REFUSAL_user_unknown);
	else if (user->suspended)
		emit(decision, user_restored, .user = user->id);
}

/* ---------------------------------------------------------------- wallets */

void user_decide_link_wallet(const struct user *user, const struct link_wallet *command, struct decision *decision)
{
	if (!user_is_open(user))
		refuse(decision, REFUSAL_account_closed);
	else if (wallet_find(user, command->address) < user->wallets_count)
		return;
	else if (user->wallets_count == array_count(user->wallets))
		refuse(decision, REFUSAL_wallets_too_many);
	else
		emit(decision, wallet_linked, .user = user->id, .address = command->address, .nonce = command->nonce);
}

void user_decide_unlink_wallet(const struct user *user, const struct unlink_wallet *command, struct decision *decision)
{
	if (!user_is_open(user)) {
		refuse(decision, REFUSAL_account_closed);
	} else if (wallet_find(user, command->address) == user->wallets_count) {
		refuse(decision, REFUSAL_wallet_unknown);
	} else {
		emit(decision, wallet_unlinked, .user = user->id, .address = command->address);
		release(decision, CLAIM_wallet, command->address);
	}
}

/* ---------------------------------------------------------------- erasure */

/* A suspended person cannot log in to ask for it, but an operator may do it for them: the right does not end there. */
void user_decide_erase_user(const struct user *user, const struct erase_user *command, struct decision *decision)
{
	if (user->erased)
		return;
	if (!user->exists || (user->suspended && id_present(decision->actor))) {
		refuse(decision, REFUSAL_account_closed);
		return;
	}
	emit(decision, user_erased, .user = user->id);
	release(decision, CLAIM_email, text_kept(&user->email));
	for (uint32_t i = 0; i < user->wallets_count; i++)
		release(decision, CLAIM_wallet, text_kept(&user->wallets[i].address));
}
