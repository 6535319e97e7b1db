-- A person's open sessions, for the person. A session that is over is no longer here.
-- The device is personal and stands in its sealed form.

CREATE TABLE session (
	session_id   uuid PRIMARY KEY,
	user_id      uuid NOT NULL,
	method       text NOT NULL,
	device       text,
	started_at   text NOT NULL, -- both as they are shown
	last_used_at text NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX session_of_person ON session (user_id, session_id DESC);

-- on session_started
INSERT INTO session (session_id, user_id, method, device, started_at, last_used_at)
VALUES (:session, :user, :method, :device, :recorded_at, :recorded_at);

-- on session_refreshed
UPDATE session SET last_used_at = :recorded_at WHERE session_id = :session;

-- on session_revoked
DELETE FROM session WHERE session_id = :session;

-- on sessions_revoked, user_suspended, user_erased
DELETE FROM session WHERE user_id = :user;

-- Newest first; ids of sessions begin with their time. Which of them asks is for the API to say ("current").
-- query sessions
SELECT json_strip_nulls(json_build_object('session', session_id, 'method', method, 'device', device,
	'started_at', started_at, 'last_used_at', last_used_at)), session_id
FROM session
WHERE user_id = :user AND session_id < coalesce(:cursor::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY session_id DESC LIMIT coalesce(:limit::integer, 50);
