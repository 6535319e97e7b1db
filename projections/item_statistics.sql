-- How questions do: by question, version and key, from graded attempts. Nobody is named here, not even by an id of a
-- person, so that those who were erased go on counting.
--
-- Facility is the mean share of the points. Discrimination is the correlation of an answer's share with the share of
-- the attempt's other points, which for right and wrong is the point-biserial one, corrected for the overlap (Crocker
-- and Algina, "Introduction to Classical and Modern Test Theory", 1986, chapter 14). Attempts count once they are
-- graded as a whole; hints and marks by people count as they were given, being late does not.

CREATE TABLE asked_slot (
	attempt_id    uuid NOT NULL,
	slot          integer NOT NULL,
	assessment_id uuid NOT NULL,
	course_id     uuid NOT NULL,
	question_id   uuid NOT NULL,
	version       integer NOT NULL,
	of_milli      bigint NOT NULL,
	chosen        text, -- as the event has it
	key           integer,
	points_milli  bigint,
	verdict       text,
	graded        boolean NOT NULL DEFAULT false, -- the attempt is
	rest_milli    bigint, -- of the other slots
	rest_of       bigint,
	PRIMARY KEY (attempt_id, slot)
);
CREATE INDEX asked_slot_assessment ON asked_slot (assessment_id, question_id, version, key);
CREATE INDEX asked_slot_question ON asked_slot (question_id, course_id, version, key);

CREATE FUNCTION statistic_view(question uuid, version_asked integer, key_used integer, assessment uuid, course uuid)
	RETURNS text LANGUAGE sql STABLE
	RETURN (SELECT json_strip_nulls(json_build_object('question', question, 'version', version_asked,
			'key', key_used, 'answers', count(*),
			'facility', round(avg(1000000.0 * s.points_milli / s.of_milli)),
			'discrimination', round(corr(s.points_milli::float8 / s.of_milli,
				s.rest_milli::float8 / nullif(s.rest_of, 0))::numeric, 6),
			'right', count(*) FILTER (WHERE s.verdict = 'right'),
			'unanswered', count(*) FILTER (WHERE s.verdict = 'unanswered'),
			'choices', coalesce((
				SELECT json_agg(json_build_object('key', c.key, 'count', c.many) ORDER BY c.key)
				FROM (SELECT t.e ->> 'key' AS key, count(*) AS many
					FROM asked_slot AS a, json_array_elements(a.chosen::json) AS t (e)
					WHERE a.question_id = question AND a.version = version_asked
					  AND a.key = key_used AND a.course_id = course AND a.graded
					  AND (assessment IS NULL OR a.assessment_id = assessment)
					GROUP BY t.e ->> 'key') AS c), '[]')))::text
		FROM asked_slot AS s
		WHERE s.question_id = question AND s.version = version_asked AND s.key = key_used
		  AND s.course_id = course AND s.graded AND (assessment IS NULL OR s.assessment_id = assessment));

-- Version and key as one number, by which those of a question are ordered.
CREATE FUNCTION statistic_number(version integer, key integer) RETURNS bigint LANGUAGE sql IMMUTABLE
	RETURN version * 10000000000 + key;

-- on attempt_started
INSERT INTO asked_slot (attempt_id, slot, assessment_id, course_id, question_id, version, of_milli)
SELECT :attempt, t.place, :assessment, :course, (t.q ->> 'question')::uuid, (t.q ->> 'version')::integer,
	(t.q ->> 'points_milli')::bigint
FROM json_array_elements(:questions::json) WITH ORDINALITY AS t (q, place);

-- on answer_saved
UPDATE asked_slot SET chosen = :chosen WHERE attempt_id = :attempt AND slot = :slot;

-- on responses_graded
UPDATE asked_slot AS s SET key = (t.r ->> 'key')::integer, points_milli = (t.r ->> 'points_milli')::bigint,
	verdict = t.r ->> 'verdict'
FROM json_array_elements(:responses::json) AS t (r)
WHERE s.attempt_id = :attempt AND s.slot = (t.r ->> 'slot')::integer;

-- on response_marked
UPDATE asked_slot SET points_milli = :points_milli WHERE attempt_id = :attempt AND slot = :slot AND :decided::boolean;

-- on attempt_graded
UPDATE asked_slot AS s SET graded = true,
	rest_milli = (SELECT sum(o.points_milli) FROM asked_slot AS o WHERE o.attempt_id = :attempt) - s.points_milli,
	rest_of = (SELECT sum(o.of_milli) FROM asked_slot AS o WHERE o.attempt_id = :attempt) - s.of_milli
WHERE s.attempt_id = :attempt;

-- query assessment_statistics
SELECT statistic_view(g.question_id, g.version, g.key, :assessment, g.course_id),
	statistic_number(g.version, g.key) || ':' || g.question_id
FROM (SELECT DISTINCT s.question_id, s.version, s.key, s.course_id FROM asked_slot AS s
      WHERE s.assessment_id = :assessment AND s.graded) AS g
WHERE :cursor::text IS NULL OR (g.question_id, statistic_number(g.version, g.key))
	> (split_part(:cursor, ':', 2)::uuid, split_part(:cursor, ':', 1)::bigint)
ORDER BY g.question_id, g.version, g.key LIMIT coalesce(:limit::integer, 50);

-- query question_statistics
SELECT statistic_view(g.question_id, g.version, g.key, NULL, g.course_id),
	statistic_number(g.version, g.key) || ':' || g.question_id
FROM (SELECT DISTINCT s.question_id, s.version, s.key, s.course_id FROM asked_slot AS s
      WHERE s.question_id = :question AND s.course_id = :course AND s.graded) AS g
WHERE :cursor::text IS NULL OR (g.question_id, statistic_number(g.version, g.key))
	> (split_part(:cursor, ':', 2)::uuid, split_part(:cursor, ':', 1)::bigint)
ORDER BY g.question_id, g.version, g.key LIMIT coalesce(:limit::integer, 50);
