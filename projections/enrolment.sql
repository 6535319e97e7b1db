-- Who takes which course, waits for it or is invited, and how far learners are.
--
-- Persons stand here by their id; what staff wrote about them stands in its sealed form. Names are the account's: the
-- queries that show them look there. When somebody is erased their rows go, and the course counts one less at once; the
-- seat itself becomes free when the registrar has withdrawn them, which then finds no row.
--
-- Not parallel: a course's counts and a learner's rows belong to two streams.

CREATE TABLE enrolment_policy (
	course_id uuid PRIMARY KEY,
	admission text NOT NULL DEFAULT 'closed',
	code      text,
	seats     integer NOT NULL DEFAULT 0, -- 0: no end of them
	places    integer NOT NULL DEFAULT 0,
	opens_at  text,
	closes_at text,
	taken     integer NOT NULL DEFAULT 0,
	waiting   integer NOT NULL DEFAULT 0,
	latest    uuid -- edition
) WITH (fillfactor = 70);

CREATE TABLE course_cohort (
	course_id uuid NOT NULL,
	cohort_id uuid NOT NULL,
	name      text NOT NULL,
	opens_at  text,
	closes_at text,
	defined   bigint NOT NULL, -- position of its first event
	PRIMARY KEY (course_id, cohort_id)
);

-- An edition's items in their order, with the rules.
CREATE TABLE edition_step (
	edition_id uuid NOT NULL,
	item_id    uuid NOT NULL,
	number     integer NOT NULL, -- the edition's
	place      integer NOT NULL,
	kind       text NOT NULL,
	revision   integer NOT NULL,
	required   boolean NOT NULL,
	rule       text NOT NULL,
	score_min  integer,
	release_at text,
	after_id   uuid,
	PRIMARY KEY (edition_id, item_id)
);

CREATE TABLE enrolment (
	course_id    uuid NOT NULL,
	user_id      uuid NOT NULL,
	arrived      bigint NOT NULL, -- position of the first event: never changes, so that lists can be paged by it
	standing     text NOT NULL,
	queued       bigint, -- position since which the person waits
	edition_id   uuid,
	cohort_id    uuid,
	source       text,
	enrolled_at  text,
	left_at      text,
	reason       text,
	completed_at text,
	spent_ms     bigint NOT NULL DEFAULT 0,
	active_at    text,
	place_item   uuid,
	PRIMARY KEY (course_id, user_id)
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX enrolment_arrived ON enrolment (course_id, arrived);
CREATE INDEX enrolment_user ON enrolment (user_id, arrived);
CREATE INDEX enrolment_queue ON enrolment (course_id, queued) WHERE standing = 'waiting';

CREATE TABLE enrolment_item (
	course_id    uuid NOT NULL,
	user_id      uuid NOT NULL,
	item_id      uuid NOT NULL,
	viewed_at    text,
	completed_at text,
	spent_ms     bigint NOT NULL DEFAULT 0,
	place        text,
	PRIMARY KEY (course_id, user_id, item_id)
) WITH (fillfactor = 70);
CREATE INDEX enrolment_item_user ON enrolment_item (user_id);

-- What holds for all items has the item of zeroes, since a key has no NULL.
CREATE TABLE enrolment_accommodation (
	course_id      uuid NOT NULL,
	user_id        uuid NOT NULL,
	item_id        uuid NOT NULL,
	due_at         text,
	extra_time     integer,
	extra_attempts integer,
	reason         text,
	granted_at     text NOT NULL,
	granted_by     uuid,
	PRIMARY KEY (course_id, user_id, item_id)
);
CREATE INDEX enrolment_accommodation_user ON enrolment_accommodation (user_id);

CREATE FUNCTION no_item() RETURNS uuid LANGUAGE sql IMMUTABLE
	RETURN '00000000-0000-0000-0000-000000000000'::uuid;

-- How far a learner is with each item of the edition, and what stands in the way at a moment: as commands/progress.c
-- has it.
CREATE FUNCTION enrolment_steps(e enrolment, moment timestamptz)
	RETURNS TABLE (step edition_step, done enrolment_item, due_at text, extra_time integer,
	               extra_attempts integer, lock text)
	LANGUAGE sql STABLE
	BEGIN ATOMIC
		SELECT s, p, granted.due_at, granted.extra_time, granted.extra_attempts,
			CASE
				WHEN (e).standing <> 'enrolled' THEN 'not_enrolled'
				WHEN moment < c.opens_at::timestamptz THEN 'cohort_early'
				WHEN moment >= c.closes_at::timestamptz
					AND moment >= coalesce(granted.due_at::timestamptz, '-infinity')
					THEN 'cohort_over'
				WHEN moment < s.release_at::timestamptz THEN 'item_unreleased'
				WHEN s.after_id IS NOT NULL AND before.completed_at IS NULL THEN 'prerequisite_missing'
			END
		FROM edition_step AS s
			LEFT JOIN enrolment_item AS p
				ON p.course_id = (e).course_id AND p.user_id = (e).user_id AND p.item_id = s.item_id
			LEFT JOIN enrolment_item AS before
				ON before.course_id = (e).course_id AND before.user_id = (e).user_id
				AND before.item_id = s.after_id
			LEFT JOIN course_cohort AS c ON c.course_id = (e).course_id AND c.cohort_id = (e).cohort_id
			LEFT JOIN enrolment_accommodation AS own
				ON own.course_id = (e).course_id AND own.user_id = (e).user_id
				AND own.item_id = s.item_id
			LEFT JOIN enrolment_accommodation AS common
				ON common.course_id = (e).course_id AND common.user_id = (e).user_id
				AND common.item_id = no_item(),
			LATERAL (SELECT coalesce(own.due_at, common.due_at) AS due_at,
				coalesce(own.extra_time, common.extra_time) AS extra_time,
				coalesce(own.extra_attempts, common.extra_attempts) AS extra_attempts) AS granted
		WHERE s.edition_id = (e).edition_id;
	END;

-- The place of somebody who waits, from 1 on.
CREATE FUNCTION queue_place(e enrolment) RETURNS bigint LANGUAGE sql STABLE
	RETURN CASE WHEN (e).standing = 'waiting' THEN (
		SELECT count(*) FROM enrolment AS w
		WHERE w.course_id = (e).course_id AND w.standing = 'waiting' AND w.queued <= (e).queued) END;

CREATE FUNCTION my_course_view(e enrolment, moment timestamptz, course_title text) RETURNS json LANGUAGE sql STABLE
	RETURN (SELECT json_strip_nulls(json_build_object(
		'course', (e).course_id, 'title', course_title, 'standing', (e).standing, 'queue', queue_place(e),
		'edition', (e).edition_id, 'number', max((t.step).number),
		'latest', (SELECT p.latest FROM enrolment_policy AS p WHERE p.course_id = (e).course_id),
		'cohort', (e).cohort_id, 'source', (e).source, 'enrolled_at', (e).enrolled_at,
		'completed_at', (e).completed_at,
		'items', count(t.step), 'completed', count((t.done).completed_at),
		'required', count(*) FILTER (WHERE (t.step).required),
		'required_completed', count((t.done).completed_at) FILTER (WHERE (t.step).required),
		'seconds', (e).spent_ms / 1000, 'active_at', (e).active_at, 'resume', (e).place_item,
		'resume_place', (SELECT p.place FROM enrolment_item AS p WHERE p.course_id = (e).course_id
		                 AND p.user_id = (e).user_id AND p.item_id = (e).place_item),
		'next', (array_agg((t.step).item_id ORDER BY (t.step).place)
		         FILTER (WHERE (t.done).completed_at IS NULL AND t.lock IS NULL))[1]))
	 FROM enrolment_steps(e, moment) AS t);

CREATE FUNCTION step_view(step edition_step, done enrolment_item, lock text, due_at text, extra_time integer,
                          extra_attempts integer, title text, minutes integer) RETURNS json LANGUAGE sql STABLE
	RETURN json_strip_nulls(json_build_object(
		'item', (step).item_id, 'kind', (step).kind, 'title', title, 'minutes', minutes,
		'required', (step).required, 'rule', (step).rule, 'score_min', (step).score_min,
		'state', CASE WHEN (done).completed_at IS NOT NULL THEN 'completed' WHEN lock IS NOT NULL THEN 'locked'
		              WHEN (done).viewed_at IS NOT NULL THEN 'viewed' ELSE 'open' END,
		'lock', lock, 'release_at', (step).release_at, 'after', (step).after_id,
		'viewed_at', (done).viewed_at, 'completed_at', (done).completed_at,
		'seconds', coalesce((done).spent_ms, 0) / 1000, 'place', (done).place,
		'due_at', due_at, 'extra_time', extra_time, 'extra_attempts', extra_attempts));

CREATE FUNCTION learner_view(e enrolment, person text) RETURNS json LANGUAGE sql STABLE
	RETURN json_strip_nulls(json_build_object(
		'learner', (e).user_id, 'name', person, 'standing', (e).standing, 'queue', queue_place(e),
		'edition', (e).edition_id, 'cohort', (e).cohort_id, 'source', (e).source,
		'enrolled_at', (e).enrolled_at, 'left_at', (e).left_at, 'reason', (e).reason,
		'completed_at', (e).completed_at,
		'items', (SELECT count(*) FROM edition_step AS s WHERE s.edition_id = (e).edition_id),
		'completed', (SELECT count(*) FROM edition_step AS s JOIN enrolment_item AS p
			ON p.course_id = (e).course_id AND p.user_id = (e).user_id AND p.item_id = s.item_id
			WHERE s.edition_id = (e).edition_id AND p.completed_at IS NOT NULL),
		'seconds', (e).spent_ms / 1000, 'active_at', (e).active_at));

CREATE FUNCTION accommodations_view(course uuid, learner uuid) RETURNS json LANGUAGE sql STABLE
	RETURN coalesce((
		SELECT json_agg(json_strip_nulls(json_build_object(
			'item', nullif(a.item_id, no_item()), 'due_at', a.due_at, 'extra_time', a.extra_time,
			'extra_attempts', a.extra_attempts, 'reason', a.reason, 'granted_at', a.granted_at,
			'granted_by', a.granted_by)) ORDER BY a.item_id)
		FROM enrolment_accommodation AS a WHERE a.course_id = course AND a.user_id = learner), '[]');

-- ---------------------------------------------------------------- courses

-- on course_created
INSERT INTO enrolment_policy (course_id) VALUES (:course);

-- on course_published
UPDATE enrolment_policy SET latest = :edition WHERE course_id = :course;
INSERT INTO edition_step (edition_id, item_id, number, place, kind, revision, required, rule, score_min, release_at,
	after_id)
SELECT :edition, (t.item ->> 'item')::uuid, :number, t.place, t.item ->> 'kind', (t.item ->> 'revision')::integer,
	(t.item ->> 'required')::boolean, t.item ->> 'rule', (t.item ->> 'score_min')::integer,
	t.item ->> 'release_at', (t.item ->> 'after')::uuid
FROM json_array_elements(:items::json) WITH ORDINALITY AS t (item, place);

-- on enrolment_policy_changed
UPDATE enrolment_policy SET admission = :admission, code = :code, seats = :seats, places = :places,
	opens_at = :opens_at, closes_at = :closes_at
WHERE course_id = :course;

-- on cohort_defined
INSERT INTO course_cohort (course_id, cohort_id, name, opens_at, closes_at, defined)
VALUES (:course, :cohort, :name, :opens_at, :closes_at, :position)
ON CONFLICT (course_id, cohort_id) DO UPDATE SET name = excluded.name, opens_at = excluded.opens_at,
	closes_at = excluded.closes_at;

-- ---------------------------------------------------------------- persons

-- on learner_enrolled
UPDATE enrolment_policy AS p SET taken = p.taken + 1, waiting = p.waiting - (SELECT count(*) FROM enrolment AS e
	WHERE e.course_id = :course AND e.user_id = :learner AND e.standing = 'waiting')
WHERE p.course_id = :course;
INSERT INTO enrolment (course_id, user_id, arrived, standing, edition_id, cohort_id, source, enrolled_at)
VALUES (:course, :learner, :position, 'enrolled', :edition, :cohort, :source, :enrolled_at)
ON CONFLICT (course_id, user_id) DO UPDATE SET standing = 'enrolled', queued = NULL,
	edition_id = excluded.edition_id, cohort_id = excluded.cohort_id, source = excluded.source,
	enrolled_at = excluded.enrolled_at, left_at = NULL, reason = NULL;

-- on learner_waitlisted
UPDATE enrolment_policy SET waiting = waiting + 1 WHERE course_id = :course;
INSERT INTO enrolment (course_id, user_id, arrived, standing, queued, edition_id, cohort_id)
VALUES (:course, :learner, :position, 'waiting', :position, :edition, :cohort)
ON CONFLICT (course_id, user_id) DO UPDATE SET standing = 'waiting', queued = excluded.queued,
	cohort_id = excluded.cohort_id, source = NULL, enrolled_at = NULL, left_at = NULL, reason = NULL;

-- on learner_withdrawn
UPDATE enrolment_policy AS p SET taken = p.taken - (e.standing = 'enrolled')::integer,
	waiting = p.waiting - (e.standing = 'waiting')::integer
FROM enrolment AS e
WHERE p.course_id = :course AND e.course_id = :course AND e.user_id = :learner;
UPDATE enrolment SET standing = 'withdrawn', queued = NULL, left_at = :recorded_at, reason = :reason
WHERE course_id = :course AND user_id = :learner;

-- on learner_invited
INSERT INTO enrolment (course_id, user_id, arrived, standing, cohort_id)
VALUES (:course, :learner, :position, 'invited', :cohort)
ON CONFLICT (course_id, user_id) DO UPDATE SET standing = 'invited', cohort_id = excluded.cohort_id, source = NULL,
	enrolled_at = NULL, left_at = NULL, reason = NULL;

-- on invitation_withdrawn
UPDATE enrolment SET standing = 'withdrawn', left_at = :recorded_at
WHERE course_id = :course AND user_id = :learner;

-- on learner_moved_on
UPDATE enrolment SET edition_id = :edition WHERE course_id = :course AND user_id = :learner;

-- on cohort_changed
UPDATE enrolment SET cohort_id = :cohort WHERE course_id = :course AND user_id = :learner;

-- on accommodation_granted
DELETE FROM enrolment_accommodation
WHERE course_id = :course AND user_id = :learner AND item_id = coalesce(:item::uuid, no_item());
INSERT INTO enrolment_accommodation (course_id, user_id, item_id, due_at, extra_time, extra_attempts, reason,
	granted_at, granted_by)
SELECT :course, :learner, coalesce(:item::uuid, no_item()), :due_at, :extra_time::integer, :extra_attempts::integer,
	:reason, :recorded_at, :actor::uuid
WHERE :due_at::text IS NOT NULL OR coalesce(:extra_time::integer, 0) > 0 OR coalesce(:extra_attempts::integer, 0) > 0;

-- on user_erased
UPDATE enrolment_policy AS p SET taken = p.taken - (e.standing = 'enrolled')::integer,
	waiting = p.waiting - (e.standing = 'waiting')::integer
FROM enrolment AS e
WHERE p.course_id = e.course_id AND e.user_id = :user;
DELETE FROM enrolment WHERE user_id = :user;
DELETE FROM enrolment_item WHERE user_id = :user;
DELETE FROM enrolment_accommodation WHERE user_id = :user;

-- ---------------------------------------------------------------- progress

-- on item_viewed
INSERT INTO enrolment_item (course_id, user_id, item_id, viewed_at) VALUES (:course, :learner, :item, :recorded_at)
ON CONFLICT (course_id, user_id, item_id) DO UPDATE SET viewed_at = excluded.viewed_at;

-- on time_spent
INSERT INTO enrolment_item (course_id, user_id, item_id, spent_ms) VALUES (:course, :learner, :item, :spent_ms)
ON CONFLICT (course_id, user_id, item_id) DO UPDATE SET spent_ms = enrolment_item.spent_ms + excluded.spent_ms;
UPDATE enrolment SET spent_ms = spent_ms + :spent_ms WHERE course_id = :course AND user_id = :learner;

-- on place_kept
INSERT INTO enrolment_item (course_id, user_id, item_id, place) VALUES (:course, :learner, :item, :place)
ON CONFLICT (course_id, user_id, item_id) DO UPDATE SET place = excluded.place;
UPDATE enrolment SET place_item = :item WHERE course_id = :course AND user_id = :learner;

-- on item_completed
INSERT INTO enrolment_item (course_id, user_id, item_id, completed_at) VALUES (:course, :learner, :item, :recorded_at)
ON CONFLICT (course_id, user_id, item_id) DO UPDATE SET completed_at = excluded.completed_at;

-- on course_completed
UPDATE enrolment SET completed_at = :recorded_at WHERE course_id = :course AND user_id = :learner;

-- on item_viewed, time_spent, place_kept
UPDATE enrolment SET active_at = :recorded_at WHERE course_id = :course AND user_id = :learner;

-- ---------------------------------------------------------------- questions

-- query enrolment_notice
SELECT json_strip_nulls(json_build_object('course', course_id, 'admission', admission, 'seats', nullif(seats, 0),
	'taken', taken, 'places', places, 'waiting', waiting, 'opens_at', opens_at, 'closes_at', closes_at))
FROM enrolment_policy WHERE course_id = :course;

-- query enrolment_policy
SELECT json_strip_nulls(json_build_object('course', course_id, 'admission', admission, 'code', code, 'seats', seats,
	'taken', taken, 'places', places, 'waiting', waiting, 'opens_at', opens_at, 'closes_at', closes_at))
FROM enrolment_policy WHERE course_id = :course;

-- query cohorts
SELECT json_strip_nulls(json_build_object('cohort', c.cohort_id, 'name', c.name, 'opens_at', c.opens_at,
	'closes_at', c.closes_at, 'learners', (SELECT count(*) FROM enrolment AS e
		WHERE e.course_id = c.course_id AND e.cohort_id = c.cohort_id AND e.standing = 'enrolled'))),
	c.defined || ':' || c.cohort_id
FROM course_cohort AS c
WHERE c.course_id = :course AND c.defined > coalesce(split_part(:cursor, ':', 1)::bigint, 0)
ORDER BY c.defined LIMIT coalesce(:limit::integer, 50);

-- query my_courses
SELECT my_course_view(e, now(), k.title), e.arrived || ':' || e.course_id
FROM enrolment AS e LEFT JOIN course AS k USING (course_id)
WHERE e.user_id = :learner AND CASE WHEN :standing::text IS NULL THEN e.standing <> 'withdrawn'
                                    ELSE e.standing = :standing::text END
  AND e.arrived < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
ORDER BY e.arrived DESC LIMIT coalesce(:limit::integer, 50);

-- query my_progress
SELECT json_build_object('course', my_course_view(e, now(), k.title), 'steps', coalesce((
	SELECT json_agg(step_view(t.step, t.done, t.lock, t.due_at, t.extra_time, t.extra_attempts, r.title, r.minutes)
	                ORDER BY (t.step).place)
	FROM enrolment_steps(e, now()) AS t LEFT JOIN item_revision AS r
		ON r.course_id = e.course_id AND r.item_id = (t.step).item_id
		AND r.revision = (t.step).revision), '[]'))
FROM enrolment AS e LEFT JOIN course AS k USING (course_id)
WHERE e.course_id = :course AND e.user_id = :learner;

-- The name is the account's, in its sealed form. Two arms, of which one is never run: who waits is listed by the queue,
-- everybody else by their arrival. What a row is ordered by does not change as long as it stays in the list.
-- query learners
SELECT document, place || ':' || user_id FROM (
	(SELECT learner_view(e, a.name) AS document, e.arrived AS place, e.user_id
	 FROM enrolment AS e LEFT JOIN account AS a USING (user_id)
	 WHERE coalesce(:standing::text, '') <> 'waiting' AND e.course_id = :course
	   AND (:standing::text IS NULL OR e.standing = :standing::text)
	   AND (:cohort::uuid IS NULL OR e.cohort_id = :cohort::uuid)
	   AND e.arrived > coalesce(split_part(:cursor, ':', 1)::bigint, 0)
	 ORDER BY e.arrived LIMIT coalesce(:limit::integer, 50))
	UNION ALL
	(SELECT learner_view(e, a.name), e.queued, e.user_id
	 FROM enrolment AS e LEFT JOIN account AS a USING (user_id)
	 WHERE :standing::text = 'waiting' AND e.course_id = :course AND e.standing = 'waiting'
	   AND (:cohort::uuid IS NULL OR e.cohort_id = :cohort::uuid)
	   AND e.queued > coalesce(split_part(:cursor, ':', 1)::bigint, 0)
	 ORDER BY e.queued LIMIT coalesce(:limit::integer, 50))
) AS found
ORDER BY place;

-- query learner_progress
SELECT json_build_object('learner', learner_view(e, a.name), 'steps', coalesce((
	SELECT json_agg(step_view(t.step, t.done, t.lock, t.due_at, t.extra_time, t.extra_attempts, r.title, r.minutes)
	                ORDER BY (t.step).place)
	FROM enrolment_steps(e, now()) AS t LEFT JOIN item_revision AS r
		ON r.course_id = e.course_id AND r.item_id = (t.step).item_id
		AND r.revision = (t.step).revision), '[]'),
	'accommodations', accommodations_view(e.course_id, e.user_id))
FROM enrolment AS e LEFT JOIN account AS a USING (user_id)
WHERE e.course_id = :course AND e.user_id = :learner;

-- Which edition a learner reads a lesson in, and what stands in the way now, as a refusal is called. What one learned
-- may still be looked up when the cohort is over.
-- lookup lesson_reader (lesson, caller)
SELECT e.edition_id, coalesce(nullif(t.lock, 'cohort_over'), '')
FROM course_item AS i JOIN enrolment AS e ON e.course_id = i.course_id AND e.user_id = :caller::uuid,
	enrolment_steps(e, now()) AS t
WHERE i.item_id = :lesson::uuid AND (t.step).item_id = i.item_id;
