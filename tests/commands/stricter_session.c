/* The deciders of sessions by other rules, for replays: what they decide of a known history can be said beforehand.
 *   One wrong password less is free.
 *   A wrong password counts while the login is locked, too.
 *   A refresh token that was exchanged before is refused, and the session goes on.
 *   Logging out of a session that is not there is done already.
 *   Who has no open account cannot end sessions.
 *   A wallet's session begins with devices whose name has no small a in it.
 *   No session begins on a laptop. */
#include "commands/decision.h"
#include "commands/session.h"
#include "commands/user.h"
#include "schema/handlers.h"

#define LOGIN_FREE_FAILURES 1
#define login_decide_fail_login fail_login_by_the_rule
#define session_decide_refresh_session refresh_by_the_rule
#define session_decide_log_out log_out_by_the_rule
#define user_decide_revoke_sessions revoke_sessions_by_the_rule
#define session_decide_start_wallet_session start_by_wallet_by_the_rule
#define session_decide_start_session start_by_the_rule

void login_decide_fail_login(const struct login *login, const struct fail_login *command, struct decision *decision);
void session_decide_refresh_session(const struct session *session, const struct user *user,
                                    const struct refresh_session *command, struct decision *decision);
void session_decide_log_out(const struct session *session, const struct log_out *command, struct decision *decision);
void user_decide_revoke_sessions(const struct user *user, const struct revoke_sessions *command,
                                 struct decision *decision);
void session_decide_start_wallet_session(const struct session *session, const struct user *holder,
                                         const struct start_wallet_session *command, struct decision *decision);
void session_decide_start_session(const struct session *session, const struct user *user, const struct login *login,
                                  const struct start_session *command, struct decision *decision);

#include "commands/session.c"

#undef login_decide_fail_login
#undef session_decide_refresh_session
#undef session_decide_log_out
#undef user_decide_revoke_sessions
#undef session_decide_start_wallet_session
#undef session_decide_start_session

void login_decide_fail_login(const struct login *login, const struct fail_login *command, struct decision *decision)
{
	const struct login open = {.failures = login->failures};

	fail_login_by_the_rule(&open, command, decision);
}

void session_decide_refresh_session(const struct session *session, const struct user *user,
                                    const struct refresh_session *command, struct decision *decision)
{
	if (command->generation < session->generation)
		refuse(decision, REFUSAL_session_over);
	else
		refresh_by_the_rule(session, user, command, decision);
}

void session_decide_log_out(const struct session *session, const struct log_out *command, struct decision *decision)
{
	if (session_belongs_to(session, command->user))
		log_out_by_the_rule(session, command, decision);
}

void user_decide_revoke_sessions(const struct user *user, const struct revoke_sessions *command,
                                 struct decision *decision)
{
	if (!user_is_open(user))
		refuse(decision, REFUSAL_account_closed);
	else
		revoke_sessions_by_the_rule(user, command, decision);
}

void session_decide_start_wallet_session(const struct session *session, const struct user *holder,
                                         const struct start_wallet_session *command, struct decision *decision)
{
	if (command->device.data && memchr(command->device.data, 'a', command->device.size))
		refuse(decision, REFUSAL_signature_wrong);
	else
		start_by_wallet_by_the_rule(session, holder, command, decision);
}

void session_decide_start_session(const struct session *session, const struct user *user, const struct login *login,
                                  const struct start_session *command, struct decision *decision)
{
	struct decision by_the_rule = *decision;

	start_by_the_rule(session, user, login, command, &by_the_rule);
	if (by_the_rule.event_count > 0 && command->device.data && text_is(command->device, "a laptop"))
		refuse(decision, REFUSAL_credentials_wrong);
	else
		*decision = by_the_rule;
}
