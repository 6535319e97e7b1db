-- Projects: who may see which, their revisions, who takes part, what happened in them, and what others say of them.
--
-- What people wrote stands in its sealed form. For the gallery's search the words of titles and summaries stand a
-- second time, in clear, in a table of its own, which is written anew when somebody is erased. A project goes with the
-- last who took part in it; where others do it stays, and shows what they wrote.
--
-- clear title in project_words: everybody searches the gallery by words of titles
-- clear summary in project_words: everybody searches the gallery by words of summaries

CREATE TABLE project (
	project_id      uuid PRIMARY KEY,
	version         bigint NOT NULL,
	creator_id      uuid NOT NULL,
	created         bigint NOT NULL, -- position: lists are paged by it
	created_at      text NOT NULL,
	origin_id       uuid,
	origin_revision integer,
	origin_author   uuid,
	revision        integer NOT NULL DEFAULT 0, -- the latest
	visibility      text NOT NULL DEFAULT 'private',
	course_id       uuid,
	archived        boolean NOT NULL DEFAULT false,
	hidden          boolean NOT NULL DEFAULT false,
	hidden_reason   text,
	likes           bigint NOT NULL DEFAULT 0,
	comments        integer NOT NULL DEFAULT 0,
	forks           integer NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
CREATE INDEX project_newest ON project (created) WHERE visibility = 'public' AND NOT archived AND NOT hidden;
-- The newest of those that are liked as much come first; there are no 2^40 positions.
CREATE INDEX project_liked ON project ((likes * 1099511627776 + created))
	WHERE visibility = 'public' AND NOT archived AND NOT hidden;
CREATE INDEX project_origin ON project (origin_id, created);

CREATE TABLE project_revision (
	project_id  uuid NOT NULL,
	revision    integer NOT NULL,
	author_id   uuid NOT NULL,
	cause       text NOT NULL,
	restored    integer,
	title       text,
	summary     text,
	locale      text NOT NULL,
	tags        text NOT NULL, -- as they are shown
	tag_words   text[] NOT NULL, -- as they are asked for
	attachments text NOT NULL,
	written_at  text NOT NULL,
	PRIMARY KEY (project_id, revision)
);

-- Apart, since lists pass whole revisions around.
CREATE TABLE project_text (
	project_id uuid NOT NULL,
	revision   integer NOT NULL,
	author_id  uuid NOT NULL,
	body       text,
	PRIMARY KEY (project_id, revision)
);
CREATE INDEX project_text_author ON project_text (author_id);
CREATE INDEX project_revision_author ON project_revision (author_id);

-- Of the latest revision, as long as its author is not erased.
CREATE TABLE project_words (
	project_id uuid PRIMARY KEY,
	author_id  uuid NOT NULL,
	words      tsvector NOT NULL
);
ALTER TABLE project_words ALTER COLUMN words SET STATISTICS 0;
CREATE INDEX project_words_words ON project_words USING gin (words);
CREATE INDEX project_words_author ON project_words (author_id);

-- Who takes part, and who was asked to.
CREATE TABLE project_member (
	project_id uuid NOT NULL,
	user_id    uuid NOT NULL,
	role       text NOT NULL,
	invited    boolean NOT NULL,
	since      text NOT NULL,
	PRIMARY KEY (project_id, user_id)
);
CREATE INDEX project_member_user ON project_member (user_id, project_id);

-- Those of a course: its staff by their role, and its learners.
CREATE TABLE project_classmate (
	course_id uuid NOT NULL,
	user_id   uuid NOT NULL,
	role      text NOT NULL,
	PRIMARY KEY (course_id, user_id, role)
);
CREATE INDEX project_classmate_user ON project_classmate (user_id);

CREATE TABLE project_hand_in (
	attempt_id uuid NOT NULL,
	slot       integer NOT NULL,
	project_id uuid NOT NULL,
	revision   integer NOT NULL,
	course_id  uuid NOT NULL,
	learner_id uuid NOT NULL,
	PRIMARY KEY (attempt_id, slot)
);
CREATE INDEX project_hand_in_project ON project_hand_in (project_id, course_id);

CREATE TABLE project_comment (
	comment_id uuid PRIMARY KEY,
	project_id uuid NOT NULL,
	parent_id  uuid,
	author_id  uuid NOT NULL,
	revision   integer NOT NULL,
	place      bigint NOT NULL,
	deleted    boolean NOT NULL DEFAULT false,
	words      text,
	written_at text NOT NULL,
	changed_at text
);
CREATE INDEX project_comment_project ON project_comment (project_id, place);
CREATE INDEX project_comment_author ON project_comment (author_id);

CREATE TABLE project_fan (
	project_id uuid NOT NULL,
	user_id    uuid NOT NULL,
	PRIMARY KEY (project_id, user_id)
);
CREATE INDEX project_fan_user ON project_fan (user_id);

CREATE TABLE project_report (
	project_id  uuid NOT NULL,
	reporter_id uuid NOT NULL,
	reason      text,
	place       bigint NOT NULL,
	at          text NOT NULL,
	PRIMARY KEY (project_id, reporter_id)
);
CREATE INDEX project_report_place ON project_report (place);
CREATE INDEX project_report_reporter ON project_report (reporter_id);

CREATE TABLE project_deed (
	project_id uuid NOT NULL,
	position   bigint NOT NULL,
	at         text NOT NULL,
	trace      uuid,
	deed       text NOT NULL,
	actor_id   uuid,
	member_id  uuid,
	role       text,
	revision   integer,
	PRIMARY KEY (project_id, position)
);

CREATE FUNCTION project_summary_view(p project, r project_revision, author_name text, role text) RETURNS json
	LANGUAGE sql STABLE
	RETURN json_strip_nulls(json_build_object(
		'project', (p).project_id, 'title', (r).title, 'summary', (r).summary, 'language', (r).locale,
		'tags', (r).tags::json, 'revision', (p).revision, 'author', (r).author_id, 'author_name', author_name,
		'likes', (p).likes, 'comments', (p).comments, 'forks', (p).forks, 'visibility', (p).visibility,
		'archived', (p).archived, 'hidden', (p).hidden, 'revised_at', (r).written_at, 'role', role));

-- May somebody see it who does not take part?
CREATE FUNCTION project_is_open(p project, caller uuid) RETURNS boolean LANGUAGE sql STABLE
	RETURN NOT (p).hidden AND ((p).visibility = 'public' OR ((p).visibility = 'course' AND EXISTS (
		SELECT FROM project_classmate AS c WHERE c.course_id = (p).course_id AND c.user_id = caller)));

-- on project_created
INSERT INTO project (project_id, version, creator_id, created, created_at, origin_id, origin_revision, origin_author)
VALUES (:project, :project.version, :creator, :position, :recorded_at, :origin, :origin_revision, :origin_author);
INSERT INTO project_deed (project_id, position, at, trace, deed, actor_id)
VALUES (:project, :position, :recorded_at, :trace, 'created', :actor);

-- on project_revised
INSERT INTO project_revision (project_id, revision, author_id, cause, restored, title, summary, locale, tags,
	tag_words, attachments, written_at)
VALUES (:project, :revision, :author, :cause, :restored, :title, :summary, :language, :tags::text,
	ARRAY(SELECT lower((t ->> 'word') COLLATE "und-x-icu") FROM json_array_elements(:tags::text::json) AS t),
	:attachments, :recorded_at);
INSERT INTO project_text (project_id, revision, author_id, body) VALUES (:project, :revision, :author, :body);
UPDATE project SET revision = :revision WHERE project_id = :project;
DELETE FROM project_words WHERE project_id = :project;
INSERT INTO project_words (project_id, author_id, words)
SELECT :project, :author,
	setweight(to_tsvector('pg_catalog.simple', :title.clear::text), 'A')
	|| setweight(to_tsvector('pg_catalog.simple', (SELECT coalesce(string_agg(t ->> 'word', ' '), '')
	                                               FROM json_array_elements(:tags::text::json) AS t)), 'B')
	|| setweight(to_tsvector('pg_catalog.simple', coalesce(:summary.clear::text, '')), 'C')
WHERE :title.clear::text IS NOT NULL;
INSERT INTO project_deed (project_id, position, at, trace, deed, actor_id, revision)
VALUES (:project, :position, :recorded_at, :trace, 'revised', :actor, :revision);

-- on project_shared
UPDATE project SET visibility = :visibility, course_id = :course WHERE project_id = :project;
INSERT INTO project_deed (project_id, position, at, trace, deed, actor_id)
VALUES (:project, :position, :recorded_at, :trace, 'shared', :actor);

-- on project_archived
UPDATE project SET archived = true WHERE project_id = :project;
INSERT INTO project_deed (project_id, position, at, trace, deed, actor_id)
VALUES (:project, :position, :recorded_at, :trace, 'archived', :actor);

-- on project_reopened
UPDATE project SET archived = false WHERE project_id = :project;
INSERT INTO project_deed (project_id, position, at, trace, deed, actor_id)
VALUES (:project, :position, :recorded_at, :trace, 'reopened', :actor);

-- on project_invited
INSERT INTO project_member (project_id, user_id, role, invited, since)
VALUES (:project, :member, :role, true, :recorded_at)
ON CONFLICT (project_id, user_id) DO UPDATE SET role = excluded.role;
INSERT INTO project_deed (project_id, position, at, trace, deed, actor_id, member_id, role)
VALUES (:project, :position, :recorded_at, :trace, 'invited', :actor, :member, :role);

-- on project_invitation_ended
DELETE FROM project_member WHERE project_id = :project AND user_id = :member AND invited;
INSERT INTO project_deed (project_id, position, at, trace, deed, actor_id, member_id)
VALUES (:project, :position, :recorded_at, :trace, 'uninvited', :actor, :member);

-- on project_joined
INSERT INTO project_member (project_id, user_id, role, invited, since)
VALUES (:project, :member, :role, false, :recorded_at)
ON CONFLICT (project_id, user_id) DO UPDATE SET role = excluded.role, invited = false,
	since = CASE WHEN project_member.invited THEN excluded.since ELSE project_member.since END;
INSERT INTO project_deed (project_id, position, at, trace, deed, actor_id, member_id, role)
VALUES (:project, :position, :recorded_at, :trace, 'joined', :actor, :member, :role);

-- on project_left
DELETE FROM project_member WHERE project_id = :project AND user_id = :member;
INSERT INTO project_deed (project_id, position, at, trace, deed, actor_id, member_id)
VALUES (:project, :position, :recorded_at, :trace, 'left', :actor, :member);

-- on project_forked
UPDATE project SET forks = forks + 1 WHERE project_id = :project;
INSERT INTO project_deed (project_id, position, at, trace, deed, actor_id, revision)
VALUES (:project, :position, :recorded_at, :trace, 'forked', :actor, :revision);

-- on project_hidden
UPDATE project SET hidden = true, hidden_reason = :reason WHERE project_id = :project;
INSERT INTO project_deed (project_id, position, at, trace, deed, actor_id)
VALUES (:project, :position, :recorded_at, :trace, 'hidden', :actor);

-- on project_shown
UPDATE project SET hidden = false, hidden_reason = NULL WHERE project_id = :project;
INSERT INTO project_deed (project_id, position, at, trace, deed, actor_id)
VALUES (:project, :position, :recorded_at, :trace, 'shown', :actor);

-- on project_handed_in
INSERT INTO project_hand_in (attempt_id, slot, project_id, revision, course_id, learner_id)
VALUES (:attempt, :slot, :project, :revision, :course, :learner)
ON CONFLICT (attempt_id, slot) DO UPDATE SET project_id = excluded.project_id, revision = excluded.revision;
INSERT INTO project_deed (project_id, position, at, trace, deed, actor_id, member_id, revision)
VALUES (:project, :position, :recorded_at, :trace, 'handed_in', :actor, :learner, :revision);

-- on project_revised, project_shared, project_archived, project_reopened, project_invited, project_invitation_ended,
-- project_joined, project_left, project_forked, project_hidden, project_shown, project_handed_in,
-- project_cleared
UPDATE project SET version = :project.version WHERE project_id = :project;

-- on comment_written
INSERT INTO project_comment (comment_id, project_id, parent_id, author_id, revision, place, words, written_at)
VALUES (:comment, :project, :parent, :author, :revision, :position, :text, :recorded_at);
UPDATE project SET comments = comments + 1 WHERE project_id = :project;

-- on comment_changed
UPDATE project_comment SET words = :text, changed_at = :recorded_at WHERE comment_id = :comment;

-- on comment_deleted
UPDATE project_comment SET deleted = true, words = NULL WHERE comment_id = :comment;
UPDATE project SET comments = comments - 1 WHERE project_id = :project;

-- on project_liked
INSERT INTO project_fan (project_id, user_id) VALUES (:project, :fan);
UPDATE project SET likes = likes + 1 WHERE project_id = :project;

-- on project_unliked
DELETE FROM project_fan WHERE project_id = :project AND user_id = :fan;
UPDATE project SET likes = likes - 1 WHERE project_id = :project;

-- on project_reported
INSERT INTO project_report (project_id, reporter_id, reason, place, at)
VALUES (:project, :reporter, :reason, :position, :recorded_at)
ON CONFLICT (project_id, reporter_id) DO UPDATE SET reason = excluded.reason, place = excluded.place, at = excluded.at;

-- on project_cleared
DELETE FROM project_report WHERE project_id = :project;

-- on staff_joined
DELETE FROM project_classmate WHERE course_id = :course AND user_id = :member AND role <> 'learner';
INSERT INTO project_classmate (course_id, user_id, role) VALUES (:course, :member, :role);

-- on staff_left
DELETE FROM project_classmate WHERE course_id = :course AND user_id = :member AND role <> 'learner';

-- on learner_enrolled
INSERT INTO project_classmate (course_id, user_id, role) VALUES (:course, :learner, 'learner') ON CONFLICT DO NOTHING;

-- on learner_withdrawn
DELETE FROM project_classmate WHERE course_id = :course AND user_id = :learner AND role = 'learner';

-- Likes go with whoever liked; comments stay without words, since others answered them.
-- on user_erased
UPDATE project SET likes = likes - 1
WHERE project_id IN (SELECT f.project_id FROM project_fan AS f WHERE f.user_id = :user);
DELETE FROM project_fan WHERE user_id = :user;
DELETE FROM project_words WHERE author_id = :user;
DELETE FROM project_report WHERE reporter_id = :user;
DELETE FROM project_classmate WHERE user_id = :user;
DELETE FROM project_hand_in WHERE learner_id = :user;
UPDATE project_comment SET words = NULL WHERE author_id = :user;
UPDATE project_revision SET title = NULL, summary = NULL WHERE author_id = :user;
UPDATE project_text SET body = NULL WHERE author_id = :user;
UPDATE project SET hidden_reason = NULL WHERE creator_id = :user;
DELETE FROM project WHERE project_id IN (SELECT m.project_id FROM project_member AS m WHERE m.user_id = :user)
	AND NOT EXISTS (SELECT FROM project_member AS m
	                WHERE m.project_id = project.project_id AND m.user_id <> :user AND NOT m.invited);
DELETE FROM project_member WHERE user_id = :user;
DELETE FROM project_member AS m WHERE NOT EXISTS (SELECT FROM project AS p WHERE p.project_id = m.project_id);
DELETE FROM project_text AS t WHERE NOT EXISTS (SELECT FROM project AS p WHERE p.project_id = t.project_id);
DELETE FROM project_revision AS r WHERE NOT EXISTS (SELECT FROM project AS p WHERE p.project_id = r.project_id);
DELETE FROM project_deed AS d WHERE NOT EXISTS (SELECT FROM project AS p WHERE p.project_id = d.project_id);
DELETE FROM project_comment AS c WHERE NOT EXISTS (SELECT FROM project AS p WHERE p.project_id = c.project_id);
DELETE FROM project_fan AS f WHERE NOT EXISTS (SELECT FROM project AS p WHERE p.project_id = f.project_id);
DELETE FROM project_report AS t WHERE NOT EXISTS (SELECT FROM project AS p WHERE p.project_id = t.project_id);

-- Three arms, of which one is run. A project without words has none that anybody could read, and is not shown. Whoever
-- likes a project between two pages may move it from one to the other.
-- query gallery
SELECT project_summary_view(p, r, a.name, NULL), found.place || ':' || found.project_id
FROM (
	(SELECT p.project_id, p.created AS place
	 FROM project AS p JOIN project_revision AS r USING (project_id, revision)
	     JOIN project_words AS w USING (project_id)
	 WHERE :search::text IS NULL AND coalesce(:order::text, 'newest') = 'newest'
	   AND p.visibility = 'public' AND NOT p.archived AND NOT p.hidden
	   AND (:tag::text IS NULL OR r.tag_words @> ARRAY[lower(:tag::text COLLATE "und-x-icu")])
	   AND (:language::text IS NULL OR starts_with(lower(r.locale) || '-', lower(:language) || '-'))
	   AND p.created < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
	 ORDER BY p.created DESC LIMIT coalesce(:limit::integer, 50))
	UNION ALL
	(SELECT p.project_id, p.likes * 1099511627776 + p.created AS place
	 FROM project AS p JOIN project_revision AS r USING (project_id, revision)
	     JOIN project_words AS w USING (project_id)
	 WHERE :search::text IS NULL AND :order::text = 'likes'
	   AND p.visibility = 'public' AND NOT p.archived AND NOT p.hidden
	   AND (:tag::text IS NULL OR r.tag_words @> ARRAY[lower(:tag::text COLLATE "und-x-icu")])
	   AND (:language::text IS NULL OR starts_with(lower(r.locale) || '-', lower(:language) || '-'))
	   AND p.likes * 1099511627776 + p.created < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
	 ORDER BY p.likes * 1099511627776 + p.created DESC LIMIT coalesce(:limit::integer, 50))
	UNION ALL
	(SELECT f.project_id, f.place
	 FROM (SELECT p.project_id, (ts_rank(w.words, websearch_to_tsquery('pg_catalog.simple', :search))
	                             * 1000000000)::bigint AS place
	       FROM project_words AS w JOIN project AS p USING (project_id)
	           JOIN project_revision AS r USING (project_id, revision)
	       WHERE w.words @@ websearch_to_tsquery('pg_catalog.simple', :search)
	         AND p.visibility = 'public' AND NOT p.archived AND NOT p.hidden
	         AND (:tag::text IS NULL OR r.tag_words @> ARRAY[lower(:tag::text COLLATE "und-x-icu")])
	         AND (:language::text IS NULL OR starts_with(lower(r.locale) || '-', lower(:language) || '-'))) AS f
	 WHERE :cursor::text IS NULL
	    OR (f.place, f.project_id) < (split_part(:cursor, ':', 1)::bigint, split_part(:cursor, ':', 2)::uuid)
	 ORDER BY f.place DESC, f.project_id DESC LIMIT coalesce(:limit::integer, 50))
) AS found
	JOIN project AS p USING (project_id) JOIN project_revision AS r USING (project_id, revision)
	LEFT JOIN account AS a ON a.user_id = r.author_id
ORDER BY found.place DESC, found.project_id DESC;

-- The third column is the text, in its sealed form.
-- query read_project
SELECT json_strip_nulls(json_build_object('project', p.project_id, 'revision', r.revision, 'latest', p.revision,
	'title', r.title, 'summary', r.summary, 'language', r.locale, 'tags', r.tags::json,
	'attachments', r.attachments::json, 'author', r.author_id, 'author_name', a.name, 'written_at', r.written_at,
	'version', p.version, 'creator', p.creator_id, 'created_at', p.created_at, 'visibility', p.visibility,
	'course', p.course_id, 'archived', p.archived, 'hidden', p.hidden,
	'hidden_reason', CASE WHEN m.role IS NOT NULL THEN p.hidden_reason END,
	'origin', p.origin_id, 'origin_revision', p.origin_revision, 'origin_author', p.origin_author,
	'origin_author_name', o.name, 'likes', p.likes,
	'liked', EXISTS (SELECT FROM project_fan AS f WHERE f.project_id = p.project_id AND f.user_id = :caller),
	'comments', p.comments, 'forks', p.forks, 'role', m.role)), p.version, t.body
FROM project AS p
	JOIN project_revision AS r
		ON r.project_id = p.project_id AND r.revision = coalesce(:revision::integer, p.revision)
	JOIN project_text AS t ON t.project_id = r.project_id AND t.revision = r.revision
	LEFT JOIN project_member AS m ON m.project_id = p.project_id AND m.user_id = :caller AND NOT m.invited
	LEFT JOIN account AS a ON a.user_id = r.author_id
	LEFT JOIN account AS o ON o.user_id = p.origin_author
WHERE p.project_id = :project;

-- query project_revisions
SELECT json_strip_nulls(json_build_object('revision', r.revision, 'cause', r.cause, 'restored', r.restored,
	'title', r.title, 'author', r.author_id, 'author_name', a.name, 'written_at', r.written_at)),
	r.revision || ':' || r.project_id
FROM project_revision AS r LEFT JOIN account AS a ON a.user_id = r.author_id
WHERE r.project_id = :project AND r.revision < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
ORDER BY r.revision DESC LIMIT coalesce(:limit::integer, 50);

-- Texts are sealed anew each time, so that what is in them is compared where it can be read; the columns behind the
-- document are bodies, titles and summaries, before and after.
-- query project_changes
SELECT json_build_object('project', r.project_id, 'from', b.revision, 'to', r.revision,
	'title_before', b.title, 'title', r.title), r.revision, before.body, after.body, b.title, r.title,
	b.summary, r.summary,
	concat_ws(' ', CASE WHEN b.locale <> r.locale THEN 'language' END, CASE WHEN b.tags <> r.tags THEN 'tags' END,
		CASE WHEN b.attachments <> r.attachments THEN 'attachments' END)
FROM project AS p
	JOIN project_revision AS r ON r.project_id = p.project_id AND r.revision = coalesce(:to::integer, p.revision)
	JOIN project_revision AS b
		ON b.project_id = p.project_id AND b.revision = coalesce(:from::integer, r.revision - 1)
	JOIN project_text AS before ON before.project_id = b.project_id AND before.revision = b.revision
	JOIN project_text AS after ON after.project_id = r.project_id AND after.revision = r.revision
WHERE p.project_id = :project;

-- query project_members
SELECT json_strip_nulls(json_build_object('member', m.user_id, 'role', m.role, 'invited', m.invited, 'since', m.since,
	'name', a.name)), m.user_id
FROM project_member AS m LEFT JOIN account AS a USING (user_id)
WHERE m.project_id = :project AND m.user_id < coalesce(:cursor::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY m.user_id DESC LIMIT coalesce(:limit::integer, 50);

-- query project_activity
SELECT json_strip_nulls(json_build_object('position', d.position, 'at', d.at, 'trace', d.trace, 'deed', d.deed,
	'actor', d.actor_id, 'actor_name', a.name, 'member', d.member_id, 'role', d.role, 'revision', d.revision)),
	d.position || ':' || d.project_id
FROM project_deed AS d LEFT JOIN account AS a ON a.user_id = d.actor_id
WHERE d.project_id = :project AND d.position < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
ORDER BY d.position DESC LIMIT coalesce(:limit::integer, 50);

-- query project_forks
SELECT project_summary_view(p, r, a.name, NULL), p.created || ':' || p.project_id
FROM project AS p JOIN project_revision AS r USING (project_id, revision)
	LEFT JOIN account AS a ON a.user_id = r.author_id
WHERE p.origin_id = :project AND p.visibility = 'public' AND NOT p.archived AND NOT p.hidden
  AND p.created < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
ORDER BY p.created DESC LIMIT coalesce(:limit::integer, 50);

-- query project_comments
SELECT json_strip_nulls(json_build_object('comment', c.comment_id, 'parent', c.parent_id, 'author', c.author_id,
	'author_name', a.name, 'revision', c.revision, 'deleted', c.deleted, 'text', c.words,
	'written_at', c.written_at, 'changed_at', c.changed_at)), c.place || ':' || c.comment_id
FROM project_comment AS c LEFT JOIN account AS a ON a.user_id = c.author_id
WHERE c.project_id = :project AND c.place > coalesce(split_part(:cursor, ':', 1)::bigint, 0)
ORDER BY c.place LIMIT coalesce(:limit::integer, 50);

-- query my_projects
SELECT project_summary_view(p, r, a.name, m.role), p.created || ':' || p.project_id
FROM project_member AS m JOIN project AS p USING (project_id) JOIN project_revision AS r USING (project_id, revision)
	LEFT JOIN account AS a ON a.user_id = r.author_id
WHERE m.user_id = :caller AND NOT m.invited
  AND p.created < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
ORDER BY p.created DESC LIMIT coalesce(:limit::integer, 50);

-- query my_project_invitations
SELECT json_strip_nulls(json_build_object('project', p.project_id, 'title', r.title, 'role', m.role,
	'since', m.since)), p.created || ':' || p.project_id
FROM project_member AS m JOIN project AS p USING (project_id) JOIN project_revision AS r USING (project_id, revision)
WHERE m.user_id = :caller AND m.invited
  AND p.created < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
ORDER BY p.created DESC LIMIT coalesce(:limit::integer, 50);

-- query reported_projects
SELECT json_strip_nulls(json_build_object('project', p.project_id, 'title', r.title, 'reporter', t.reporter_id,
	'reason', t.reason, 'at', t.at, 'hidden', p.hidden)), t.place || ':' || t.project_id
FROM project_report AS t JOIN project AS p USING (project_id) JOIN project_revision AS r USING (project_id, revision)
WHERE t.place < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
ORDER BY t.place DESC LIMIT coalesce(:limit::integer, 50);

-- How somebody stands to a project: the role, empty for none; whether others may see it; which revisions were handed in
-- to them, between blanks; and the course that its people are shown it by.
-- lookup project_access (project, caller)
SELECT coalesce(m.role, ''), project_is_open(p, :caller::uuid)::text,
	coalesce((SELECT ' ' || string_agg(h.revision::text, ' ') || ' '
	          FROM project_hand_in AS h JOIN project_classmate AS c USING (course_id)
	          WHERE h.project_id = p.project_id AND c.user_id = :caller::uuid
	            AND c.role IN ('instructor', 'assistant')), ''),
	coalesce(p.course_id::text, '')
FROM project AS p
	LEFT JOIN project_member AS m ON m.project_id = p.project_id AND m.user_id = :caller::uuid AND NOT m.invited
WHERE p.project_id = :project::uuid;
