-- What waits for people: answers that no key could tell, and appeals. Persons stand here as ids; what a learner wrote
-- in an appeal stands in its sealed form, and goes with the person.

CREATE TABLE waiting_response (
	assessment_id uuid NOT NULL,
	attempt_id    uuid NOT NULL,
	slot          integer NOT NULL,
	learner_id    uuid NOT NULL,
	question_id   uuid NOT NULL,
	version       integer NOT NULL,
	since         text NOT NULL,
	marks         integer NOT NULL DEFAULT 0,
	PRIMARY KEY (attempt_id, slot)
);
CREATE INDEX waiting_response_assessment ON waiting_response (assessment_id, attempt_id, slot);
CREATE INDEX waiting_response_learner ON waiting_response (learner_id);

CREATE TABLE waiting_appeal (
	assessment_id uuid NOT NULL,
	attempt_id    uuid NOT NULL,
	appeal        integer NOT NULL,
	learner_id    uuid NOT NULL,
	slot          integer NOT NULL,
	words         text,
	at            text NOT NULL,
	position      bigint NOT NULL,
	PRIMARY KEY (attempt_id, appeal)
);
CREATE INDEX waiting_appeal_assessment ON waiting_appeal (assessment_id, position);
CREATE INDEX waiting_appeal_learner ON waiting_appeal (learner_id);

-- on responses_graded
DELETE FROM waiting_response WHERE attempt_id = :attempt
	AND slot IN (SELECT (t.r ->> 'slot')::integer FROM json_array_elements(:responses::json) AS t (r));
INSERT INTO waiting_response (assessment_id, attempt_id, slot, learner_id, question_id, version, since)
SELECT :assessment, :attempt, (t.r ->> 'slot')::integer, :learner, (t.r ->> 'question')::uuid,
	(t.r ->> 'version')::integer, :recorded_at
FROM json_array_elements(:responses::json) AS t (r)
WHERE t.r ->> 'verdict' = 'undecided' AND :assessment::uuid IS NOT NULL;

-- on response_marked
DELETE FROM waiting_response WHERE attempt_id = :attempt AND slot = :slot AND :decided::boolean;
UPDATE waiting_response SET marks = marks + 1 WHERE attempt_id = :attempt AND slot = :slot;

-- on grade_appealed
INSERT INTO waiting_appeal (assessment_id, attempt_id, appeal, learner_id, slot, words, at, position)
VALUES (:assessment, :attempt, :appeal, :learner, :slot, :text, :recorded_at, :position);

-- on appeal_answered
DELETE FROM waiting_appeal WHERE attempt_id = :attempt AND appeal = :appeal;

-- on user_erased
DELETE FROM waiting_response WHERE learner_id = :user;
DELETE FROM waiting_appeal WHERE learner_id = :user;

-- Ids of attempts begin with their time, so that those that began first come first.
-- query marking
SELECT json_strip_nulls(json_build_object('attempt', w.attempt_id, 'slot', w.slot, 'question', w.question_id,
	'version', w.version, 'since', w.since, 'marks', w.marks,
	'learner', CASE WHEN :named::boolean THEN w.learner_id END)), w.slot || ':' || w.attempt_id
FROM waiting_response AS w
WHERE w.assessment_id = :assessment AND (:cursor::text IS NULL
	OR (w.attempt_id, w.slot) > (split_part(:cursor, ':', 2)::uuid, split_part(:cursor, ':', 1)::integer))
ORDER BY w.attempt_id, w.slot LIMIT coalesce(:limit::integer, 50);

-- query appeals
SELECT json_strip_nulls(json_build_object('attempt', w.attempt_id, 'appeal', w.appeal, 'slot', w.slot, 'at', w.at,
	'text', w.words, 'learner', w.learner_id)), w.position || ':' || w.attempt_id
FROM waiting_appeal AS w
WHERE w.assessment_id = :assessment AND w.position > coalesce(split_part(:cursor, ':', 1)::bigint, 0)
ORDER BY w.position LIMIT coalesce(:limit::integer, 50);
