-- A person's open sessions, for the person. A session that is over is no longer here.
-- The device is personal and stands in its sealed form.

-- parallel by user in user_id

-- The key finds a person's sessions, newest last, and one of them; so it is the only index.
CREATE TABLE session (
	user_id      uuid NOT NULL,
	session_id   uuid NOT NULL,
	method       text NOT NULL,
	device       text,
	started_at   text NOT NULL, -- both as they are shown
	last_used_at text NOT NULL,
	PRIMARY KEY (user_id, session_id)
) WITH (fillfactor = 80);

-- on session_started
INSERT INTO session (user_id, session_id, method, device, started_at, last_used_at)
VALUES (:user, :session, :method, :device, :recorded_at, :recorded_at);

-- on session_refreshed
UPDATE session SET last_used_at = :recorded_at WHERE user_id = :user AND session_id = :session;

-- on session_revoked
DELETE FROM session WHERE user_id = :user AND session_id = :session;

-- on sessions_revoked, user_suspended, user_erased
DELETE FROM session WHERE user_id = :user;

-- Newest first; ids of sessions begin with their time. Which of them asks is for the API to say ("current").
-- query sessions
SELECT json_strip_nulls(json_build_object('session', session_id, 'method', method, 'device', device,
	'started_at', started_at, 'last_used_at', last_used_at)), session_id
FROM session
WHERE user_id = :user AND session_id < coalesce(:cursor::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY session_id DESC LIMIT coalesce(:limit::integer, 50);
