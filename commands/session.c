#include "commands/session.h"

#include "commands/decision.h"
#include "commands/user.h"
#include "schema/handlers.h"

/* ---------------------------------------------------------------- what a session and a login remember */

void session_on_session_started(struct session *session, const struct session_started *event)
{
	*session = (struct session){.user = event->user, .exists = true, .epoch = event->epoch};
}

void session_on_session_refreshed(struct session *session, const struct session_refreshed *event)
{
	session->generation = event->generation;
}

void session_on_session_revoked(struct session *session, const struct session_revoked *event)
{
	session->over = true;
}

/* The right password ends the row of wrong ones. */
void login_on_session_started(struct login *login, const struct session_started *event)
{
	*login = (struct login){0};
}

void login_on_login_failed(struct login *login, const struct login_failed *event)
{
	*login = (struct login){.failures = event->failures, .locked_until = event->locked_until};
}

/* ---------------------------------------------------------------- logging in */

static bool login_is_locked(const struct login *login, int64_t time_us)
{
	return time_us < login->locked_until;
}

/* What the event always carries, the wish may leave out. */
static struct text device_of(struct text device)
{
	return device.data ? device : TEXT("");
}

/* Why this person may not begin this session now, if there is a reason. An id serves one session only: a second start
 * would wake a session that is over. */
static enum refusal session_obstacle(const struct session *session, const struct user *user)
{
	if (session->exists || !user->exists || user->erased || !user->verified)
		return REFUSAL_credentials_wrong;
	return user->suspended ? REFUSAL_account_closed : REFUSAL_none;
}

/* The lock holds for the right password too, or guessing would go on behind it. */
void session_decide_start_session(const struct session *session, const struct user *user, const struct login *login,
                                  const struct start_session *command, struct decision *decision)
{
	enum refusal obstacle = session_obstacle(session, user);

	if (login_is_locked(login, decision->time_us))
		refuse_until(decision, REFUSAL_login_locked, login->locked_until);
	else if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else
		emit(decision, session_started, .session = command->session, .user = user->id, .login = command->login,
		     .method = LOGIN_METHOD_password, .device = device_of(command->device),
		     .epoch = user->sessions_epoch);
}

void session_decide_start_wallet_session(const struct session *session, const struct user *holder,
                                         const struct start_wallet_session *command, struct decision *decision)
{
	enum refusal obstacle = session_obstacle(session, holder);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else
		emit(decision, session_started, .session = command->session, .user = holder->id,
		     .method = LOGIN_METHOD_wallet, .device = device_of(command->device),
		     .epoch = holder->sessions_epoch, .nonce = command->nonce);
}

/* How long the next try must wait after so many wrong passwords in a row. */
static int64_t login_wait_us(uint32_t failures)
{
	int64_t wait_us = LOGIN_FIRST_WAIT_US;

	if (failures <= LOGIN_FREE_FAILURES)
		return 0;
	for (uint32_t i = LOGIN_FREE_FAILURES + 1; i < failures && wait_us < LOGIN_LONGEST_WAIT_US; i++)
		wait_us *= 2;
	return wait_us < LOGIN_LONGEST_WAIT_US ? wait_us : LOGIN_LONGEST_WAIT_US;
}

void login_decide_fail_login(const struct login *login, const struct fail_login *command, struct decision *decision)
{
	uint32_t failures = login->failures < UINT32_MAX ? login->failures + 1 : UINT32_MAX;

	if (login_is_locked(login, decision->time_us))
		refuse_until(decision, REFUSAL_login_locked, login->locked_until);
	else
		emit(decision, login_failed, .login = command->login, .failures = failures,
		     .locked_until = decision->time_us + login_wait_us(failures));
}

/* ---------------------------------------------------------------- going on, and ending */

static bool session_belongs_to(const struct session *session, struct id user)
{
	return session->exists && id_equal(session->user, user);
}

static bool session_goes_on(const struct session *session, const struct user *user)
{
	return session_belongs_to(session, user->id) && !session->over && user_is_open(user)
	       && session->epoch == user->sessions_epoch;
}

/* A token that was exchanged before is held by two: the person and a thief. Nobody can tell them apart, so both must
 * log in again (RFC 9700 §4.14.2). */
void session_decide_refresh_session(const struct session *session, const struct user *user,
                                    const struct refresh_session *command, struct decision *decision)
{
	if (!session_goes_on(session, user) || command->generation > session->generation)
		refuse(decision, REFUSAL_session_over);
	else if (command->generation < session->generation)
		emit(decision, session_revoked, .session = command->session, .user = user->id,
		     .ending = SESSION_ENDING_reused);
	else
		emit(decision, session_refreshed, .session = command->session, .user = user->id,
		     .generation = session->generation + 1);
}

/* Ending a session that is over is done already, not refused: who asks twice because the first answer was lost gets
 * the same answer, and learns nothing that was not theirs. */
static void end_session(const struct session *session, struct id id, struct id user, enum session_ending ending,
                        struct decision *decision)
{
	if (!session_belongs_to(session, user))
		refuse(decision, REFUSAL_session_unknown);
	else if (!session->over)
		emit(decision, session_revoked, .session = id, .user = user, .ending = ending);
}

void session_decide_revoke_session(const struct session *session, const struct revoke_session *command,
                                   struct decision *decision)
{
	end_session(session, command->session, command->user, SESSION_ENDING_revoked, decision);
}

void session_decide_log_out(const struct session *session, const struct log_out *command, struct decision *decision)
{
	end_session(session, command->session, command->user, SESSION_ENDING_logout, decision);
}

/* Suspension and erasure ended them all; nobody has none. */
void user_decide_revoke_sessions(const struct user *user, const struct revoke_sessions *command,
                                 struct decision *decision)
{
	if (user_is_open(user))
		emit(decision, sessions_revoked, .user = user->id, .epoch = user->sessions_epoch + 1);
}
