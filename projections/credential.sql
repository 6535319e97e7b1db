-- What the API needs to know to let somebody in. E-mail addresses and wallets are known by their claims (keyed hashes);
-- the password hash stands in its sealed form, so that it can no longer be tried once its person is erased.

CREATE TABLE credential (
	user_id       uuid PRIMARY KEY,
	email_claim   text UNIQUE,
	password_hash text,
	verified      boolean NOT NULL DEFAULT false,
	suspended     boolean NOT NULL DEFAULT false,
	roles         text[] NOT NULL DEFAULT ARRAY['learner'],
	epoch         bigint NOT NULL DEFAULT 0
);

CREATE TABLE credential_wallet (
	claim   text PRIMARY KEY,
	user_id uuid NOT NULL
);
CREATE INDEX credential_wallet_user ON credential_wallet (user_id);

-- Wrong passwords in a row for one e-mail address, which may belong to nobody.
CREATE TABLE login_failure (
	login        uuid PRIMARY KEY,
	failures     bigint NOT NULL,
	locked_until text NOT NULL -- RFC 3339, as it is asked for
);

-- Sessions that are over stay for a day, longer than any access token lives.
CREATE TABLE login_session (
	session_id uuid PRIMARY KEY,
	user_id    uuid NOT NULL,
	generation bigint NOT NULL,
	revoked_at timestamptz
);
CREATE INDEX login_session_user ON login_session (user_id);

-- on user_registered
INSERT INTO credential (user_id, email_claim, password_hash) VALUES (:user, :email.claim, :password_hash);

-- on email_verified
UPDATE credential SET verified = true WHERE user_id = :user;

-- on email_changed
UPDATE credential SET email_claim = :email.claim WHERE user_id = :user;

-- on password_changed
UPDATE credential SET password_hash = :password_hash WHERE user_id = :user;

-- on role_granted
UPDATE credential SET roles = array_append(roles, :role::text)
WHERE user_id = :user AND NOT (:role::text = ANY (roles));

-- on role_revoked
UPDATE credential SET roles = array_remove(roles, :role::text) WHERE user_id = :user;

-- on user_suspended
UPDATE credential SET suspended = true WHERE user_id = :user;

-- on user_restored
UPDATE credential SET suspended = false WHERE user_id = :user;

-- on wallet_linked
INSERT INTO credential_wallet (claim, user_id) VALUES (:address.claim, :user)
ON CONFLICT (claim) DO UPDATE SET user_id = excluded.user_id;

-- on wallet_unlinked
DELETE FROM credential_wallet WHERE claim = :address.claim AND user_id = :user;

-- on login_failed
INSERT INTO login_failure (login, failures, locked_until) VALUES (:login, :failures, :locked_until)
ON CONFLICT (login) DO UPDATE SET failures = excluded.failures, locked_until = excluded.locked_until;

-- on session_started
DELETE FROM login_failure WHERE login = :login;
DELETE FROM login_session WHERE user_id = :user AND revoked_at < :recorded_at::timestamptz - interval '1 day';
INSERT INTO login_session (session_id, user_id, generation) VALUES (:session, :user, 0);

-- on session_refreshed
UPDATE login_session SET generation = :generation WHERE session_id = :session;

-- on session_revoked
UPDATE login_session SET revoked_at = :recorded_at WHERE session_id = :session AND revoked_at IS NULL;

-- on sessions_revoked
UPDATE credential SET epoch = :epoch WHERE user_id = :user;

-- on sessions_revoked, user_suspended
UPDATE login_session SET revoked_at = :recorded_at WHERE user_id = :user AND revoked_at IS NULL;

-- on user_erased
DELETE FROM credential WHERE user_id = :user;
DELETE FROM credential_wallet WHERE user_id = :user;
DELETE FROM login_session WHERE user_id = :user;

-- user, password hash (sealed form), verified, suspended (true or false), roles (a space between), epoch of sessions
-- lookup credential_by_email (email_claim)
SELECT user_id, password_hash, verified::text, suspended::text, array_to_string(roles, ' '), epoch
FROM credential WHERE email_claim = :email_claim;

-- the same columns
-- lookup credential_by_user (user)
SELECT user_id, password_hash, verified::text, suspended::text, array_to_string(roles, ' '), epoch
FROM credential WHERE user_id = :user;

-- the same columns
-- lookup credential_by_wallet (wallet_claim)
SELECT c.user_id, c.password_hash, c.verified::text, c.suspended::text, array_to_string(c.roles, ' '), c.epoch
FROM credential_wallet AS w JOIN credential AS c USING (user_id) WHERE w.claim = :wallet_claim;

-- failures in a row, until when to wait (RFC 3339); no row when nothing went wrong
-- lookup login_lock (login)
SELECT failures, locked_until FROM login_failure WHERE login = :login;

-- user, revoked (true or false), generation of its refresh token; no row: erased, or not yet here
-- lookup session_of (session)
SELECT user_id, (revoked_at IS NOT NULL)::text, generation FROM login_session WHERE session_id = :session;
