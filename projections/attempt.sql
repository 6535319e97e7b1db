-- Attempts: what was asked and answered, what it is worth now, and what holds for who was asked.
--
-- Texts of learners, and what markers wrote about them, stand here in their sealed form, and the API opens them on the
-- way out. What an erased person did is taken out; statistics of questions are another read model's. What grades were
-- before stands in the read model gradebook.

-- Who takes which edition of a course.
CREATE TABLE attempt_seat (
	enrolment_id uuid PRIMARY KEY,
	course_id    uuid NOT NULL,
	learner_id   uuid NOT NULL,
	edition_id   uuid,
	standing     text NOT NULL
);
CREATE UNIQUE INDEX attempt_seat_learner ON attempt_seat (learner_id, course_id);

-- What was granted; without an item in all of them.
CREATE TABLE attempt_grant (
	enrolment_id   uuid NOT NULL,
	item_id        uuid NOT NULL,
	due_at         text,
	extra_time     integer,
	extra_attempts integer,
	PRIMARY KEY (enrolment_id, item_id)
);

CREATE TABLE attempt (
	attempt_id       uuid PRIMARY KEY,
	assessment_id    uuid, -- absent: practice
	course_id        uuid NOT NULL,
	enrolment_id     uuid NOT NULL,
	learner_id       uuid NOT NULL,
	content_id       uuid,
	number           integer,
	seed             numeric(20) NOT NULL,
	shuffles_choices boolean NOT NULL,
	started_at       text NOT NULL,
	submitted_at     text,
	cause            text,
	penalty          integer,
	questions        integer NOT NULL,
	place            bigint NOT NULL, -- position at which it began
	worth_milli      bigint, -- NULL until everything in it is decided, as the next four
	of_milli         bigint,
	graded_cause     text,
	graded_at        text,
	graded           bigint -- position
);
CREATE INDEX attempt_of_learner ON attempt (learner_id, assessment_id, number);
CREATE INDEX attempt_of_assessment ON attempt (assessment_id, place);

CREATE TABLE attempt_slot (
	attempt_id   uuid NOT NULL,
	slot         integer NOT NULL,
	question_id  uuid NOT NULL,
	version      integer NOT NULL,
	points_milli integer NOT NULL,
	why          text,
	hints        integer NOT NULL DEFAULT 0,
	finished     boolean NOT NULL DEFAULT false,
	answered     boolean, -- NULL: nothing was ever saved
	words        text,    -- sealed
	chosen       text,
	pairs        text,
	project_id   uuid,    -- that was handed in
	project_revision integer,
	answered_at  text,
	offline      boolean,
	saved        bigint, -- position
	ground       text,    -- of practice: the numbers behind the reason
	tries        integer, -- of practice: how many answers were judged at once
	verdict      text,    -- NULL: nobody looked at it yet
	worth_milli  integer,
	key_number   integer, -- by which; 0: by none
	grader       integer,
	decided      boolean NOT NULL DEFAULT false,
	marked       boolean NOT NULL DEFAULT false, -- decided by people
	task_run     text,    -- of a simulation task: what our run of the answer came to
	PRIMARY KEY (attempt_id, slot)
) WITH (fillfactor = 70);

-- What people said of an answer: what led to its grade, and what waits for another's word.
CREATE TABLE attempt_mark (
	position     bigint PRIMARY KEY,
	attempt_id   uuid NOT NULL,
	slot         integer NOT NULL,
	marker_id    uuid NOT NULL,
	rubric       integer NOT NULL,
	criteria     text NOT NULL,
	marked_milli integer NOT NULL,
	settles      boolean NOT NULL,
	counts       boolean NOT NULL DEFAULT false,
	remark       text, -- sealed
	at           text NOT NULL
);
CREATE INDEX attempt_mark_answer ON attempt_mark (attempt_id, slot);

-- By which rules a practice was drawn. Those that were begun before rules were told have none.
CREATE TABLE practice_rule (
	attempt_id   uuid PRIMARY KEY,
	as_of        bigint NOT NULL,
	target_least integer NOT NULL,
	target_most  integer NOT NULL,
	rest_s       integer NOT NULL
);

-- What holds for an item: what was granted for all and, where it says anything, what was granted for this one.
CREATE FUNCTION attempt_allowance(enrolment uuid, item uuid) RETURNS text LANGUAGE sql STABLE
	RETURN (SELECT json_strip_nulls(json_build_object(
			'due_at', coalesce(max(g.due_at) FILTER (WHERE g.item_id = item), max(g.due_at)),
			'extra_time', coalesce(nullif(max(g.extra_time) FILTER (WHERE g.item_id = item), 0),
				max(g.extra_time) FILTER (WHERE g.item_id <> item)),
			'extra_attempts', coalesce(nullif(max(g.extra_attempts) FILTER (WHERE g.item_id = item), 0),
				max(g.extra_attempts) FILTER (WHERE g.item_id <> item))))
		FROM attempt_grant AS g
		WHERE g.enrolment_id = enrolment
		  AND g.item_id IN (item, '00000000-0000-0000-0000-000000000000'));

CREATE FUNCTION attempt_summary_view(a attempt) RETURNS json LANGUAGE sql STABLE
	RETURN json_strip_nulls(json_build_object('attempt', (a).attempt_id, 'learner', (a).learner_id,
		'number', (a).number, 'content', (a).content_id, 'started_at', (a).started_at,
		'submitted_at', (a).submitted_at, 'cause', (a).cause, 'penalty', (a).penalty,
		'answered', (SELECT count(*) FROM attempt_slot AS s WHERE s.attempt_id = (a).attempt_id AND s.answered),
		'questions', (a).questions));

-- What a marker said. The rubric, another read model's, is found when the mark is read.
CREATE FUNCTION mark_view(m attempt_mark, criteria json) RETURNS json LANGUAGE sql STABLE
	RETURN json_strip_nulls(json_build_object('marker', (m).marker_id, 'at', (m).at, 'position', (m).position,
		'rubric', nullif((m).rubric, 0), 'marked_milli', (m).marked_milli, 'settles', (m).settles,
		'counts', (m).counts, 'comment', (m).remark, 'criteria', (
			SELECT json_agg(json_build_object('key', g.given ->> 'key', 'title', r.asked ->> 'title',
				'points_milli', g.given -> 'points_milli', 'of_milli', r.asked -> 'points_milli')
				ORDER BY g.place)
			FROM json_array_elements((m).criteria::json) WITH ORDINALITY AS g (given, place)
				LEFT JOIN json_array_elements(criteria) AS r (asked)
					ON r.asked ->> 'key' = g.given ->> 'key')));

-- on learner_enrolled
INSERT INTO attempt_seat (enrolment_id, course_id, learner_id, edition_id, standing)
VALUES (:enrolment, :course, :learner, :edition, 'enrolled')
ON CONFLICT (enrolment_id) DO UPDATE SET edition_id = excluded.edition_id, standing = excluded.standing;

-- on learner_withdrawn
UPDATE attempt_seat SET standing = 'withdrawn' WHERE enrolment_id = :enrolment;

-- on learner_moved_on
UPDATE attempt_seat SET edition_id = :edition WHERE enrolment_id = :enrolment;

-- on accommodation_granted
INSERT INTO attempt_grant (enrolment_id, item_id, due_at, extra_time, extra_attempts)
VALUES (:enrolment, coalesce(:item::uuid, '00000000-0000-0000-0000-000000000000'), :due_at, :extra_time,
	:extra_attempts)
ON CONFLICT (enrolment_id, item_id) DO UPDATE SET due_at = excluded.due_at, extra_time = excluded.extra_time,
	extra_attempts = excluded.extra_attempts;

-- on attempt_started
INSERT INTO attempt (attempt_id, assessment_id, course_id, enrolment_id, learner_id, content_id, number, seed,
	shuffles_choices, started_at, questions, place)
VALUES (:attempt, :assessment, :course, :enrolment, :learner, :content, :number, :seed, :shuffles_choices, :started_at,
	json_array_length(:questions::json), :position);
INSERT INTO attempt_slot (attempt_id, slot, question_id, version, points_milli)
SELECT :attempt, q.slot, (q.item ->> 'question')::uuid, (q.item ->> 'version')::integer,
	(q.item ->> 'points_milli')::integer
FROM json_array_elements(:questions::json) WITH ORDINALITY AS q (item, slot);

-- Practice shows choices as they come.
-- on practice_started
INSERT INTO attempt (attempt_id, course_id, enrolment_id, learner_id, seed, shuffles_choices, started_at, questions,
	place)
VALUES (:attempt, :course, :enrolment, :learner, :seed, true, :started_at, json_array_length(:questions::json),
	:position);
INSERT INTO attempt_slot (attempt_id, slot, question_id, version, points_milli, why)
SELECT :attempt, q.slot, (q.item ->> 'question')::uuid, (q.item ->> 'version')::integer,
	(q.item ->> 'points_milli')::integer, q.item ->> 'why'
FROM json_array_elements(:questions::json) WITH ORDINALITY AS q (item, slot);

-- Of each question the numbers of the candidate it was, without what its slot says already.
-- on practice_drawn
INSERT INTO practice_rule (attempt_id, as_of, target_least, target_most, rest_s)
VALUES (:attempt, :as_of, :target_least_ppm, :target_most_ppm, :rest_s);
UPDATE attempt_slot AS s SET ground = json_strip_nulls(json_build_object('objective', c.item ->> 'objective',
	'known_ppm', c.item -> 'known_ppm', 'evidence', c.item -> 'evidence', 'guess_ppm', c.item -> 'guess_ppm',
	'facility_ppm', c.item -> 'facility_ppm', 'expected_ppm', p.item -> 'expected_ppm',
	'due_at', c.item -> 'due_at', 'recall_ppm', c.item -> 'recall_ppm'))
FROM json_array_elements(:picks::json) AS p (item), json_array_elements(:candidates::json) AS c (item)
WHERE s.attempt_id = :attempt AND s.question_id = (p.item ->> 'question')::uuid
  AND c.item ->> 'question' = p.item ->> 'question';

-- What the answer is worth that counts, responses_graded tells; of others only the learner heard.
-- on practice_judged
UPDATE attempt_slot SET tries = :try, finished = finished OR :finished::boolean
WHERE attempt_id = :attempt AND slot = :slot;

-- on answer_saved
UPDATE attempt_slot SET answered = :answered, words = :text, chosen = :chosen, pairs = :pairs,
	answered_at = :answered_at, offline = :offline, saved = :position, project_id = NULL, project_revision = NULL
WHERE attempt_id = :attempt AND slot = :slot;

-- on project_handed_in
UPDATE attempt_slot SET project_id = :project, project_revision = :revision
WHERE attempt_id = :attempt AND slot = :slot;

-- on hint_taken
UPDATE attempt_slot SET hints = :hint WHERE attempt_id = :attempt AND slot = :slot;

-- on task_run_completed
UPDATE attempt_slot SET task_run = json_strip_nulls(json_build_object('run_hash', :run_hash::text,
	'trajectory_hash', :trajectory_hash::text, 'failure', :failure::text, 'measures', :measures::json))
WHERE attempt_id = :attempt AND slot = :slot;

-- on answer_finished
UPDATE attempt_slot SET finished = true WHERE attempt_id = :attempt AND slot = :slot;

-- on attempt_submitted
UPDATE attempt SET submitted_at = :submitted_at, cause = :cause, penalty = :penalty WHERE attempt_id = :attempt;

-- on responses_graded
UPDATE attempt_slot AS s SET verdict = t.r ->> 'verdict', worth_milli = (t.r ->> 'points_milli')::integer,
	key_number = (t.r ->> 'key')::integer, grader = :grader, decided = (t.r ->> 'verdict' <> 'undecided')
FROM json_array_elements(:responses::json) AS t (r)
WHERE s.attempt_id = :attempt AND s.slot = (t.r ->> 'slot')::integer;

-- What settles it counts alone; otherwise those whose mean it is.
-- on response_marked
DELETE FROM attempt_mark WHERE attempt_id = :attempt AND slot = :slot AND :decided::boolean
	AND (counts OR :settles::boolean);
INSERT INTO attempt_mark (position, attempt_id, slot, marker_id, rubric, criteria, marked_milli, settles, remark, at)
VALUES (:position, :attempt, :slot, :marker, :rubric, coalesce(:criteria, '[]'), :marked_milli, :settles, :comment,
	:recorded_at);
UPDATE attempt_mark SET counts = true WHERE attempt_id = :attempt AND slot = :slot AND :decided::boolean;
UPDATE attempt_slot SET worth_milli = :points_milli, decided = true, marked = true
WHERE attempt_id = :attempt AND slot = :slot AND :decided::boolean;

-- on attempt_graded
UPDATE attempt SET worth_milli = :points_milli, of_milli = :of_milli, graded_cause = :cause, graded_at = :recorded_at,
	graded = :position
WHERE attempt_id = :attempt;

-- on user_erased
DELETE FROM attempt_mark WHERE attempt_id IN (SELECT a.attempt_id FROM attempt AS a WHERE a.learner_id = :user);
DELETE FROM attempt_slot WHERE attempt_id IN (SELECT a.attempt_id FROM attempt AS a WHERE a.learner_id = :user);
DELETE FROM practice_rule WHERE attempt_id IN (SELECT a.attempt_id FROM attempt AS a WHERE a.learner_id = :user);
DELETE FROM attempt WHERE learner_id = :user;
DELETE FROM attempt_grant WHERE enrolment_id IN (
	SELECT s.enrolment_id FROM attempt_seat AS s WHERE s.learner_id = :user);
DELETE FROM attempt_seat WHERE learner_id = :user;

-- query attempts
SELECT attempt_summary_view(a), a.place || ':' || a.attempt_id
FROM attempt AS a
WHERE a.assessment_id = :assessment AND a.place < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
  AND (:learner::uuid IS NULL OR a.learner_id = :learner)
  AND (:open::boolean IS NULL OR (a.submitted_at IS NULL) = :open)
ORDER BY a.place DESC LIMIT coalesce(:limit::integer, 50);

-- The seed is not told: who knows it could foretell at which points formulas are compared.
-- query my_practice
SELECT json_strip_nulls(json_build_object('attempt', a.attempt_id, 'course', a.course_id, 'as_of', r.as_of,
	'started_at', a.started_at, 'submitted_at', a.submitted_at, 'target_least_ppm', r.target_least,
	'target_most_ppm', r.target_most, 'rest_s', r.rest_s, 'slots', (
		SELECT json_agg(json_build_object('slot', s.slot, 'question', s.question_id, 'version', s.version,
			'why', s.why, 'ground', s.ground::json, 'tries', coalesce(s.tries, 0), 'verdict', s.verdict,
			'points_milli', s.worth_milli, 'of_milli', s.points_milli, 'finished', s.finished)
			ORDER BY s.slot)
		FROM attempt_slot AS s WHERE s.attempt_id = a.attempt_id))), a.place || ':' || a.attempt_id
FROM attempt AS a LEFT JOIN practice_rule AS r USING (attempt_id)
WHERE a.learner_id = :learner AND a.assessment_id IS NULL AND (:course::uuid IS NULL OR a.course_id = :course)
  AND a.place < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
ORDER BY a.place DESC LIMIT coalesce(:limit::integer, 50);

-- Somebody's attempts at an assessment, latest first, and whether one is open.
-- lookup attempts_of_learner (assessment, learner)
SELECT attempt_summary_view(a), CASE WHEN a.submitted_at IS NULL THEN a.attempt_id::text END, a.number::text
FROM attempt AS a
WHERE a.assessment_id = :assessment::uuid AND a.learner_id = :learner::uuid
ORDER BY a.number DESC LIMIT 100;

-- Whose it is, what the caller is in the course, what holds for it, and what it is worth.
-- lookup attempt_head (attempt, caller)
SELECT a.learner_id, coalesce(m.role, ''), a.assessment_id, a.course_id, a.content_id, a.number::text, a.seed::text,
	a.shuffles_choices::text, a.started_at, a.submitted_at, a.cause, a.penalty::text,
	(SELECT coalesce(json_agg(o.document::json ORDER BY o.place), '[]')
	 FROM (SELECT document, place FROM assessment_policy AS q WHERE q.assessment_id = a.assessment_id
	       ORDER BY q.place DESC LIMIT 32) AS o),
	attempt_allowance(a.enrolment_id, a.assessment_id),
	(SELECT p.released::text FROM assessment AS p WHERE p.assessment_id = a.assessment_id),
	CASE WHEN a.graded IS NOT NULL THEN json_build_object('points_milli', a.worth_milli, 'of_milli', a.of_milli,
		'cause', a.graded_cause, 'at', a.graded_at, 'position', a.graded)::text END
FROM attempt AS a LEFT JOIN course_member AS m ON m.course_id = a.course_id AND m.user_id = :caller::uuid
WHERE a.attempt_id = :attempt::uuid;

-- The slots, each with the question's version; where solutions are asked for ("true"), its latest key; and where grades
-- are, what the answer is worth, the key it was graded by, what markers said, and what our run of it came to. Marks
-- that do not count yet are told where these are asked for.
-- lookup attempt_slots (attempt, solutions, grades, open_marks)
SELECT s.slot::text, s.question_id, s.version::text, s.points_milli::text, s.why, s.hints::text, s.finished::text,
	s.answered::text, s.words, s.chosen, s.pairs, s.answered_at, s.offline::text, s.saved::text, s.tries::text,
	v.document,
	CASE WHEN :solutions::boolean THEN (
		SELECT k.document FROM question_key AS k WHERE k.question_id = s.question_id AND k.version = s.version
		ORDER BY k.number DESC LIMIT 1) END,
	g.verdict, g.worth, g.key_number, g.grader, g.marked, g.document, g.marks, s.project_id,
	s.project_revision::text,
	(SELECT json_build_object('simulation', k.task::json -> 'simulation',
		'version', k.task::json -> 'simulation_version', 'parameters', k.task::json -> 'parameters')::text
	 FROM question_key AS k
	 WHERE k.question_id = s.question_id AND k.version = s.version AND k.task IS NOT NULL
	 ORDER BY k.number DESC LIMIT 1),
	CASE WHEN :grades::boolean THEN s.task_run END
FROM attempt_slot AS s LEFT JOIN question_version AS v USING (question_id, version)
	LEFT JOIN LATERAL (
		SELECT CASE WHEN NOT s.decided THEN 'undecided' WHEN NOT s.marked THEN s.verdict
				WHEN s.worth_milli >= s.points_milli THEN 'right'
				WHEN s.worth_milli > 0 THEN 'partly' ELSE 'wrong' END AS verdict,
			CASE WHEN s.decided THEN s.worth_milli::text END AS worth,
			nullif(s.key_number, 0)::text AS key_number, s.grader::text AS grader, s.marked::text AS marked,
			(SELECT k.document FROM question_key AS k
			 WHERE k.question_id = s.question_id AND k.number = s.key_number) AS document,
			(SELECT coalesce(json_agg(mark_view(m, b.document::json -> 'criteria') ORDER BY m.position),
				'[]')
			 FROM attempt_mark AS m LEFT JOIN question_rubric AS b
				ON b.question_id = s.question_id AND b.number = m.rubric
			 WHERE m.attempt_id = s.attempt_id AND m.slot = s.slot
			   AND (m.counts OR :open_marks::boolean)) AS marks
		WHERE :grades::boolean AND (s.verdict IS NOT NULL OR s.marked)) AS g ON true
WHERE s.attempt_id = :attempt::uuid
ORDER BY s.slot;
