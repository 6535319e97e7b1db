-- Accounts: what the owner sees, what others see, and the administrators' list.
--
-- Personal texts stand here in their sealed form, and so in the documents; the API opens them on the way out. An erased
-- person's texts cannot be opened by anybody, wherever a copy of this table lies.
-- The name is kept a second time, in clear, in a table of its own; when somebody is erased, that table is written anew
-- and the write-ahead log that held the old one goes.
--
-- clear name in person_name: administrators search people by the beginning of a word in their name
-- parallel by user in user_id
--
-- Names of tables and functions are unique over all projections: questions run with every projection in the search
-- path.

-- One event is one UPDATE of one row, which leaves every index alone, so that PostgreSQL finds room for it on the row's
-- own page. What changes often stands as plain columns and becomes JSON when it is read; what changes seldom stands
-- rendered (*_document, person_members). Times that are only shown stand as they are shown.
CREATE TABLE account (
	user_id          uuid PRIMARY KEY,
	version          bigint NOT NULL,
	email            text,
	email_verified   boolean NOT NULL DEFAULT false,
	name             text,
	bio              text,
	avatar_url       text,
	pronouns         text,
	time_zone        text,
	locale           text NOT NULL,
	region           text NOT NULL,
	audience         text NOT NULL DEFAULT 'members',
	roles            text[] NOT NULL DEFAULT ARRAY['learner'],
	suspended        boolean NOT NULL DEFAULT false,
	theme            text NOT NULL DEFAULT 'system',
	language         text NOT NULL,
	reduced_motion   boolean NOT NULL DEFAULT false,
	captions         boolean NOT NULL DEFAULT false,
	notifications    text NOT NULL DEFAULT '[]',
	registered_at    text NOT NULL,
	person_members   text NOT NULL DEFAULT '',
	profile_document text NOT NULL DEFAULT '{}',
	summary_document text NOT NULL DEFAULT '{}',
	wallets_document text NOT NULL DEFAULT '[]'
) WITH (fillfactor = 70);

-- A wallet is known by its claim, since the sealed form of one address differs each time.
CREATE TABLE account_wallet (
	user_id   uuid NOT NULL,
	claim     text NOT NULL,
	address   text,
	linked_at text NOT NULL,
	PRIMARY KEY (user_id, claim)
);

-- One row for each word of a name: what stands from that word on, in lower case. No statistics: the planner's samples
-- would be one more place that remembers names.
CREATE TABLE person_name (
	user_id uuid NOT NULL,
	name    text COLLATE "C" NOT NULL,
	PRIMARY KEY (name, user_id)
);
ALTER TABLE person_name ALTER COLUMN name SET STATISTICS 0;
CREATE INDEX person_name_user ON person_name (user_id);

-- What account_view puts between the version and the preferences: without the braces of an object, as it begins with
-- a name and ends with a boolean.
CREATE FUNCTION person_view(a account) RETURNS text LANGUAGE sql STABLE
	RETURN btrim(json_strip_nulls(json_build_object(
		'email', (a).email, 'email_verified', (a).email_verified,
		'name', (a).name, 'bio', (a).bio, 'avatar_url', (a).avatar_url, 'pronouns', (a).pronouns,
		'time_zone', (a).time_zone, 'locale', (a).locale, 'region', (a).region,
		'audience', (a).audience, 'roles', (a).roles, 'suspended', (a).suspended))::text, '{}');

CREATE FUNCTION profile_view(a account) RETURNS text LANGUAGE sql STABLE
	RETURN json_strip_nulls(json_build_object(
		'user', (a).user_id, 'name', (a).name, 'bio', (a).bio, 'avatar_url', (a).avatar_url,
		'pronouns', (a).pronouns, 'roles', (a).roles));

CREATE FUNCTION user_summary_view(a account) RETURNS text LANGUAGE sql STABLE
	RETURN json_strip_nulls(json_build_object(
		'user', (a).user_id, 'name', (a).name, 'email', (a).email, 'email_verified', (a).email_verified,
		'roles', (a).roles, 'suspended', (a).suspended, 'registered_at', (a).registered_at));

CREATE FUNCTION account_view(a account) RETURNS text LANGUAGE sql STABLE
	RETURN concat('{"user":"', (a).user_id, '","version":', (a).version, ',', (a).person_members,
		',"preferences":{"theme":"', (a).theme, '","language":', to_json((a).language),
		',"reduced_motion":', (a).reduced_motion::text, ',"captions":', (a).captions::text,
		',"notifications":', (a).notifications, '},"wallets":', (a).wallets_document,
		',"registered_at":"', (a).registered_at, '"}');

-- on user_registered
INSERT INTO account (user_id, version, email, name, locale, region, language, registered_at)
VALUES (:user, :user.version, :email, :name, :locale, :region, :locale, :recorded_at);
INSERT INTO person_name (user_id, name)
SELECT :user, substr(full_name, start)
FROM (SELECT lower(:name.clear COLLATE "und-x-icu") AS full_name) AS folded,
	generate_series(1, length(full_name)) AS start
WHERE substr(full_name, start, 1) NOT IN (' ', '-') AND (start = 1 OR substr(full_name, start - 1, 1) IN (' ', '-'))
ON CONFLICT DO NOTHING;

-- on email_verified
UPDATE account SET email_verified = true, version = :user.version WHERE user_id = :user;

-- on email_changed
UPDATE account SET email = :email, version = :user.version WHERE user_id = :user;

-- on profile_changed
UPDATE account SET name = coalesce(:name, name), bio = coalesce(:bio, bio),
	avatar_url = coalesce(:avatar_url, avatar_url), pronouns = coalesce(:pronouns, pronouns),
	time_zone = nullif(coalesce(:time_zone, time_zone), ''), locale = coalesce(:locale, locale),
	region = coalesce(:region, region), version = :user.version
WHERE user_id = :user;
DELETE FROM person_name WHERE user_id = :user AND :name::text IS NOT NULL;
INSERT INTO person_name (user_id, name)
SELECT :user, substr(full_name, start)
FROM (SELECT lower(:name.clear COLLATE "und-x-icu") AS full_name) AS folded,
	generate_series(1, length(full_name)) AS start
WHERE substr(full_name, start, 1) NOT IN (' ', '-') AND (start = 1 OR substr(full_name, start - 1, 1) IN (' ', '-'))
ON CONFLICT DO NOTHING;

-- on preferences_changed
UPDATE account SET theme = coalesce(:theme, theme), language = coalesce(:language, language),
	reduced_motion = coalesce(:reduced_motion, reduced_motion), captions = coalesce(:captions, captions),
	notifications = coalesce(:notifications, notifications), version = :user.version
WHERE user_id = :user;

-- on privacy_changed
UPDATE account SET audience = :audience, version = :user.version WHERE user_id = :user;

-- on role_granted
UPDATE account SET version = :user.version,
	roles = CASE WHEN :role::text = ANY (roles) THEN roles ELSE array_append(roles, :role::text) END
WHERE user_id = :user;

-- on role_revoked
UPDATE account SET version = :user.version, roles = array_remove(roles, :role::text) WHERE user_id = :user;

-- on user_suspended
UPDATE account SET suspended = true, version = :user.version WHERE user_id = :user;

-- on user_restored
UPDATE account SET suspended = false, version = :user.version WHERE user_id = :user;

-- on wallet_linked
INSERT INTO account_wallet (user_id, claim, address, linked_at) VALUES (:user, :address.claim, :address, :recorded_at)
ON CONFLICT (user_id, claim) DO NOTHING;

-- on wallet_unlinked
DELETE FROM account_wallet WHERE user_id = :user AND claim = :address.claim;

-- on wallet_linked, wallet_unlinked
UPDATE account SET version = :user.version, wallets_document = coalesce((
	SELECT json_strip_nulls(json_agg(json_build_object('address', w.address, 'linked_at', w.linked_at)
	                                 ORDER BY w.linked_at, w.claim))
	FROM account_wallet AS w WHERE w.user_id = :user), '[]')
WHERE user_id = :user;

-- on user_erased
DELETE FROM account WHERE user_id = :user;
DELETE FROM account_wallet WHERE user_id = :user;
DELETE FROM person_name WHERE user_id = :user;

-- Whatever befell the person, the version is the new one.
-- on registration_repeated, email_verification_requested, password_reset_requested, password_changed,
-- email_change_requested, session_started, session_revoked, sessions_revoked
UPDATE account SET version = :user.version WHERE user_id = :user;

-- on user_registered, email_verified, email_changed, profile_changed, privacy_changed, role_granted, role_revoked,
-- user_suspended, user_restored
UPDATE account SET person_members = person_view(account), profile_document = profile_view(account),
	summary_document = user_summary_view(account)
WHERE user_id = :user;

-- query account
SELECT account_view(account), version FROM account WHERE user_id = :user;

-- The third column is the audience: the API shows the document to everyone, to members, or to the owner alone. Nobody
-- but the administrators sees an account whose e-mail address was never verified.
-- query profile
SELECT profile_document, version, audience FROM account WHERE user_id = :user AND email_verified;

-- Newest account first; the cursor is the last row's id, so that writes between two pages neither repeat nor
-- hide a row.
-- Two arms, of which one is never run: a search begins at the names, a list at the accounts.
-- query search_users
SELECT summary_document, user_id FROM (
	(SELECT a.summary_document, a.user_id FROM account AS a
	 WHERE :search::text IS NULL
	   AND (:role::text IS NULL OR :role::text = ANY (a.roles))
	   AND a.user_id < coalesce(:cursor::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
	 ORDER BY a.user_id DESC LIMIT coalesce(:limit::integer, 50))
	UNION ALL
	(SELECT a.summary_document, a.user_id FROM account AS a
	 WHERE :search::text IS NOT NULL
	   AND a.user_id IN (SELECT n.user_id FROM person_name AS n
	                     WHERE n.name >= lower(:search::text COLLATE "und-x-icu") COLLATE "C"
	                       AND n.name < (lower(:search::text COLLATE "und-x-icu") || chr(1114111)) COLLATE "C")
	   AND (:role::text IS NULL OR :role::text = ANY (a.roles))
	   AND a.user_id < coalesce(:cursor::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
	 ORDER BY a.user_id DESC LIMIT coalesce(:limit::integer, 50))
) AS found
ORDER BY user_id DESC;
