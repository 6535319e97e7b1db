-- What learners know, as far as their graded answers tell: of each objective the probability that it is known, and of
-- each question when it is due again.
--
-- Objectives: Bayesian knowledge tracing (Corbett & Anderson, "Knowledge tracing: modeling the acquisition of
-- procedural knowledge", User Modeling and User-Adapted Interaction 4, 1995), with one set of parameters for all,
-- below. An answer worth a part of its points counts as right with that probability: what follows from a right and from
-- a wrong answer is mixed so.
--
-- Questions: FSRS-6 (https://github.com/open-spaced-repetition/fsrs4anki/wiki/The-Algorithm) as ts-fsrs 5.4 has it,
-- with its default weights, without fuzz and without steps within a day: a review is planned whole days ahead. What
-- came of an answer is its rating: less than half of the points is Again; less than all, or with a hint, is Hard;
-- all is Good. Nothing tells that it was easy, so Easy is never given.
--
-- What was left unanswered, could not be read or waits for people says nothing. An answer counts from when it was first
-- graded, which is as soon as the learner is done; of several tries in practice the first counts, and what was looked
-- at after it, a hint for example, changes nothing. A regrade, and a person who marks it, change what it was worth, not
-- when, and never make two of it: therefore each answer stays, and what it touches is computed anew from all answers of
-- this learner to the question, and to the objective.
-- Double precision is rounded to 8 digits wherever ts-fsrs does it, so that the same answers make the same rows.
--
-- Of an erased person nothing stays but the sums of what was answered to a question.

CREATE TABLE mastery_question (
	question_id  uuid PRIMARY KEY,
	course_id    uuid NOT NULL,
	retired      boolean NOT NULL DEFAULT false,
	prior_milli  integer NOT NULL, -- how difficult its authors think it is
	answers      integer NOT NULL DEFAULT 0,
	credit_milli bigint NOT NULL DEFAULT 0 -- of all answers together
) WITH (fillfactor = 80);

CREATE TABLE mastery_version (
	question_id uuid NOT NULL,
	version     integer NOT NULL,
	guess       double precision NOT NULL,
	PRIMARY KEY (question_id, version)
);

CREATE TABLE mastery_subject (
	question_id  uuid NOT NULL,
	version      integer NOT NULL,
	objective_id uuid NOT NULL,
	PRIMARY KEY (question_id, version, objective_id)
);
CREATE INDEX mastery_subject_objective ON mastery_subject (objective_id);

CREATE TABLE mastery_response (
	attempt_id   uuid NOT NULL,
	slot         integer NOT NULL,
	learner_id   uuid NOT NULL,
	question_id  uuid NOT NULL,
	version      integer NOT NULL,
	of_milli     integer NOT NULL,
	hinted       boolean NOT NULL DEFAULT false,
	credit_milli integer, -- NULL: says nothing
	position     bigint,
	graded_at    timestamptz,
	PRIMARY KEY (attempt_id, slot)
) WITH (fillfactor = 80);
CREATE INDEX mastery_response_learner ON mastery_response (learner_id, question_id);

CREATE TABLE mastery_objective (
	learner_id   uuid NOT NULL,
	objective_id uuid NOT NULL,
	known        double precision NOT NULL,
	evidence     integer NOT NULL,
	latest       timestamptz NOT NULL,
	PRIMARY KEY (learner_id, objective_id)
);

CREATE TABLE mastery_card (
	learner_id  uuid NOT NULL,
	question_id uuid NOT NULL,
	course_id   uuid NOT NULL,
	stability   double precision NOT NULL,
	difficulty  double precision NOT NULL,
	reviewed_at timestamptz NOT NULL,
	due         timestamptz NOT NULL,
	reviews     integer NOT NULL,
	lapses      integer NOT NULL,
	PRIMARY KEY (learner_id, question_id)
);
CREATE INDEX mastery_card_due ON mastery_card (learner_id, due, question_id);

CREATE FUNCTION mastery_rounded(value double precision) RETURNS double precision LANGUAGE sql IMMUTABLE
	RETURN round(value::numeric, 8)::double precision;

CREATE FUNCTION mastery_between(least_value double precision, value double precision, greatest_value double precision)
	RETURNS double precision LANGUAGE sql IMMUTABLE
	RETURN least(greatest(value, least_value), greatest_value);

-- Knowledge tracing. ----------------------------------------------------------------------------------------------

-- That an objective is known at first, that it is learnt with an answer, and that who knows it slips. No probability
-- leaves the bounds, since from 0 and 1 no evidence would ever lead back.
CREATE FUNCTION knowledge_at_first() RETURNS double precision LANGUAGE sql IMMUTABLE RETURN 0.25::double precision;
CREATE FUNCTION knowledge_transit() RETURNS double precision LANGUAGE sql IMMUTABLE RETURN 0.12::double precision;
CREATE FUNCTION knowledge_slip() RETURNS double precision LANGUAGE sql IMMUTABLE RETURN 0.1::double precision;
CREATE FUNCTION knowledge_least() RETURNS double precision LANGUAGE sql IMMUTABLE RETURN 0.001::double precision;
CREATE FUNCTION knowledge_most() RETURNS double precision LANGUAGE sql IMMUTABLE RETURN 0.999::double precision;

-- That who does not know it guesses rightly: one of the choices, or one of all sets of them. What has no choices is
-- rarely guessed. Half at most, or a right answer would say nothing.
CREATE FUNCTION knowledge_guess(type text, choices integer) RETURNS double precision LANGUAGE sql IMMUTABLE
	RETURN CASE type
		WHEN 'true_false' THEN 0.5::double precision
		WHEN 'single' THEN mastery_between(0.05, 1.0 / greatest(choices, 1), 0.5)
		WHEN 'multiple' THEN mastery_between(0.05, power(0.5::double precision, choices), 0.5)
		ELSE 0.05::double precision END;

-- With one more answer; NULL before the first.
CREATE FUNCTION knowledge_after(known double precision, credit_milli integer, guess double precision)
	RETURNS double precision LANGUAGE sql IMMUTABLE
	BEGIN ATOMIC
		SELECT mastery_between(knowledge_least(),
			mastery_rounded(p.known + (1 - p.known) * knowledge_transit()), knowledge_most())
		FROM (SELECT credit_milli / 1000.0::double precision
		             * (b.known * (1 - knowledge_slip())
		                / (b.known * (1 - knowledge_slip()) + (1 - b.known) * guess))
		           + (1 - credit_milli / 1000.0::double precision)
		             * (b.known * knowledge_slip()
		                / (b.known * knowledge_slip() + (1 - b.known) * (1 - guess)))
		      FROM (SELECT coalesce(known, knowledge_at_first())) AS b (known)) AS p (known);
	END;

CREATE AGGREGATE knowledge(credit_milli integer, guess double precision) (
	SFUNC = knowledge_after, STYPE = double precision
);

CREATE FUNCTION mastery_state_of(known double precision, evidence integer) RETURNS text LANGUAGE sql IMMUTABLE
	RETURN CASE WHEN evidence = 0 THEN 'unseen' WHEN known < 0.4 THEN 'novice' WHEN known < 0.7 THEN 'developing'
		WHEN known < 0.95 THEN 'proficient' ELSE 'mastered' END;

-- Spaced review. ---------------------------------------------------------------------------------------------------

-- w0 to w20 of ts-fsrs 5.4 (default_w); an array of PostgreSQL begins with 1.
CREATE FUNCTION review_weights() RETURNS double precision[] LANGUAGE sql IMMUTABLE
	RETURN ARRAY[0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796, 1.4835,
		0.0614, 0.2629, 1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542]::double precision[];
CREATE FUNCTION review_weight(number integer) RETURNS double precision LANGUAGE sql IMMUTABLE
	RETURN (review_weights())[number + 1];

-- How likely an answer shall be right when a question is due.
CREATE FUNCTION review_retention() RETURNS double precision LANGUAGE sql IMMUTABLE RETURN 0.9::double precision;
CREATE FUNCTION review_stability_least() RETURNS double precision LANGUAGE sql IMMUTABLE
	RETURN 0.001::double precision;
CREATE FUNCTION review_days_most() RETURNS double precision LANGUAGE sql IMMUTABLE RETURN 36500::double precision;

CREATE FUNCTION review_rating(credit_milli integer, hinted boolean) RETURNS integer LANGUAGE sql IMMUTABLE
	RETURN CASE WHEN credit_milli < 500 THEN 1 WHEN credit_milli < 1000 OR hinted THEN 2 ELSE 3 END;

CREATE FUNCTION review_decay_factor() RETURNS double precision LANGUAGE sql IMMUTABLE
	RETURN mastery_rounded(exp(ln(0.9::double precision) / -review_weight(20)) - 1);

-- The chance to answer rightly after so many days.
CREATE FUNCTION review_recall(days integer, stability double precision) RETURNS double precision LANGUAGE sql IMMUTABLE
	RETURN mastery_rounded(power(1 + review_decay_factor() * days / stability, -review_weight(20)));

CREATE FUNCTION review_difficulty_at_first(rating integer) RETURNS double precision LANGUAGE sql IMMUTABLE
	RETURN mastery_rounded(review_weight(4) - exp((rating - 1) * review_weight(5)) + 1);

-- A harder question gets harder more slowly, and each drifts back to where an easy one (4) begins.
CREATE FUNCTION review_difficulty(difficulty double precision, rating integer) RETURNS double precision
	LANGUAGE sql IMMUTABLE
	RETURN mastery_between(1, CASE WHEN difficulty IS NULL THEN review_difficulty_at_first(rating)
		ELSE mastery_rounded(review_weight(7) * review_difficulty_at_first(4) + (1 - review_weight(7))
			* (difficulty + mastery_rounded(-review_weight(6) * (rating - 3) * (10 - difficulty) / 9)))
		END, 10);

CREATE FUNCTION review_stability_forgotten(stability double precision, difficulty double precision,
	recall double precision) RETURNS double precision LANGUAGE sql IMMUTABLE
	RETURN mastery_between(review_stability_least(), mastery_rounded(stability),
		mastery_rounded(mastery_between(review_stability_least(),
			review_weight(11) * power(difficulty, -review_weight(12))
			* (power(stability + 1, review_weight(13)) - 1) * exp((1 - recall) * review_weight(14)),
			review_days_most())));

CREATE FUNCTION review_stability_recalled(stability double precision, difficulty double precision,
	recall double precision, rating integer) RETURNS double precision LANGUAGE sql IMMUTABLE
	RETURN mastery_rounded(mastery_between(review_stability_least(),
		stability * (1 + exp(review_weight(8)) * (11 - difficulty) * power(stability, -review_weight(9))
			* (exp((1 - recall) * review_weight(10)) - 1)
			* CASE rating WHEN 2 THEN review_weight(15) ELSE 1 END),
		review_days_most()));

CREATE FUNCTION review_stability(stability double precision, difficulty double precision, days integer, rating integer)
	RETURNS double precision LANGUAGE sql IMMUTABLE
	RETURN CASE WHEN stability IS NULL THEN greatest(review_weight(rating - 1), 0.1)
		WHEN rating = 1
		THEN review_stability_forgotten(stability, difficulty, review_recall(days, stability))
		ELSE review_stability_recalled(stability, difficulty, review_recall(days, stability), rating) END;

CREATE FUNCTION review_interval(stability double precision) RETURNS integer LANGUAGE sql IMMUTABLE
	RETURN mastery_between(1, floor(0.5 + stability * mastery_rounded(
		(power(review_retention(), -1 / review_weight(20)) - 1) / review_decay_factor())), review_days_most());

-- A better answer is asked again later by a day at least, whatever the rounding.
CREATE FUNCTION review_days(again integer, hard integer, good integer, rating integer) RETURNS integer
	LANGUAGE sql IMMUTABLE
	RETURN CASE rating WHEN 1 THEN least(again, hard)
		WHEN 2 THEN greatest(hard, least(again, hard) + 1)
		ELSE greatest(good, greatest(hard, least(again, hard) + 1) + 1) END;

CREATE TYPE review_memory AS (
	stability   double precision,
	difficulty  double precision,
	reviewed_at timestamptz,
	days        integer,
	reviews     integer,
	lapses      integer
);

-- Days are counted as the calendar in UTC has them.
CREATE FUNCTION review_days_between(earlier timestamptz, later timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE
	RETURN greatest(0, (later AT TIME ZONE 'UTC')::date - (earlier AT TIME ZONE 'UTC')::date);

CREATE FUNCTION review_after(m review_memory, rating integer, at timestamptz) RETURNS review_memory
	LANGUAGE sql IMMUTABLE
	BEGIN ATOMIC
		SELECT ROW(CASE rating WHEN 1 THEN s.again WHEN 2 THEN s.hard ELSE s.good END,
			review_difficulty((m).difficulty, rating), at,
			review_days(review_interval(s.again), review_interval(s.hard), review_interval(s.good), rating),
			coalesce((m).reviews, 0) + 1,
			coalesce((m).lapses, 0) + CASE WHEN rating = 1 AND (m).reviews > 0 THEN 1 ELSE 0 END
			)::review_memory
		FROM (SELECT review_stability((m).stability, (m).difficulty, d.days, 1),
		             review_stability((m).stability, (m).difficulty, d.days, 2),
		             review_stability((m).stability, (m).difficulty, d.days, 3)
		      FROM (SELECT review_days_between((m).reviewed_at, at)) AS d (days)) AS s (again, hard, good);
	END;

CREATE AGGREGATE review(rating integer, at timestamptz) (SFUNC = review_after, STYPE = review_memory);

CREATE FUNCTION review_due(m review_memory) RETURNS timestamptz LANGUAGE sql STABLE
	RETURN (m).reviewed_at + make_interval(hours => 24 * (m).days);

-- Questions. -------------------------------------------------------------------------------------------------------

-- What is lost of a question's points, per mille. What its authors think counts as much as ten answers.
CREATE FUNCTION mastery_difficulty(q mastery_question) RETURNS integer LANGUAGE sql IMMUTABLE
	RETURN ((q).prior_milli * 10 + (q).answers * 1000 - (q).credit_milli) / (10 + (q).answers);

-- What an answer is worth, per mille of its points; NULL when it says nothing. What a person marked has no verdict: by
-- itself, where nothing could be reached, it says nothing.
CREATE FUNCTION mastery_credit(verdict text, points_milli bigint, of_milli integer) RETURNS integer
	LANGUAGE sql IMMUTABLE
	RETURN CASE WHEN verdict IN ('unanswered', 'unreadable', 'undecided') THEN NULL
		WHEN of_milli = 0 THEN CASE verdict WHEN 'right' THEN 1000 WHEN 'marked' THEN NULL ELSE 0 END
		ELSE least(points_milli * 1000 / of_milli, 1000) END;

CREATE FUNCTION graded_slots(responses json) RETURNS TABLE (slot integer, verdict text, points_milli bigint)
	LANGUAGE sql IMMUTABLE
	BEGIN ATOMIC
		SELECT (r ->> 'slot')::integer, r ->> 'verdict', (r ->> 'points_milli')::bigint
		FROM json_array_elements(responses) AS r;
	END;

CREATE FUNCTION mastery_time(t timestamptz) RETURNS text LANGUAGE sql STABLE
	RETURN to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

CREATE FUNCTION mastery_time_us(t timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE
	RETURN (extract(epoch FROM t) * 1000000)::bigint;

-- These slots of the attempt are worth something else now, or something at all.
-- First what the answers were worth before, if they were graded before, is taken from the sums.
CREATE FUNCTION mastery_count(attempt uuid, learner uuid, slots json, place bigint, graded timestamptz) RETURNS void
	LANGUAGE sql
	BEGIN ATOMIC
		UPDATE mastery_question AS q
		SET answers = q.answers - b.answers, credit_milli = q.credit_milli - b.credit_milli
		FROM (SELECT r.question_id, count(*) AS answers, sum(r.credit_milli) AS credit_milli
		      FROM mastery_response AS r JOIN graded_slots(slots) AS g USING (slot)
		      WHERE r.attempt_id = attempt AND r.credit_milli IS NOT NULL GROUP BY r.question_id) AS b
		WHERE q.question_id = b.question_id;
		UPDATE mastery_response AS r SET credit_milli = mastery_credit(g.verdict, g.points_milli, r.of_milli),
			position = coalesce(r.position, place), graded_at = coalesce(r.graded_at, graded)
		FROM graded_slots(slots) AS g
		WHERE r.attempt_id = attempt AND r.slot = g.slot;
		UPDATE mastery_question AS q
		SET answers = q.answers + b.answers, credit_milli = q.credit_milli + b.credit_milli
		FROM (SELECT r.question_id, count(*) AS answers, sum(r.credit_milli) AS credit_milli
		      FROM mastery_response AS r JOIN graded_slots(slots) AS g USING (slot)
		      WHERE r.attempt_id = attempt AND r.credit_milli IS NOT NULL GROUP BY r.question_id) AS b
		WHERE q.question_id = b.question_id;
		DELETE FROM mastery_card WHERE learner_id = learner AND question_id IN (
			SELECT r.question_id FROM mastery_response AS r JOIN graded_slots(slots) AS g USING (slot)
			WHERE r.attempt_id = attempt);
		INSERT INTO mastery_card (learner_id, question_id, course_id, stability, difficulty, reviewed_at, due,
			reviews, lapses)
		SELECT learner, h.question_id, q.course_id, (h.memory).stability, (h.memory).difficulty,
			(h.memory).reviewed_at, review_due(h.memory), (h.memory).reviews, (h.memory).lapses
		FROM (SELECT r.question_id, review(review_rating(r.credit_milli, r.hinted), r.graded_at
		             ORDER BY r.position, r.attempt_id, r.slot) AS memory
		      FROM mastery_response AS r
		      WHERE r.learner_id = learner AND r.credit_milli IS NOT NULL AND r.question_id IN (
		          SELECT t.question_id FROM mastery_response AS t JOIN graded_slots(slots) AS g USING (slot)
		          WHERE t.attempt_id = attempt)
		      GROUP BY r.question_id) AS h
			JOIN mastery_question AS q USING (question_id);
		DELETE FROM mastery_objective WHERE learner_id = learner AND objective_id IN (
			SELECT s.objective_id FROM mastery_response AS r JOIN graded_slots(slots) AS g USING (slot)
				JOIN mastery_subject AS s USING (question_id, version)
			WHERE r.attempt_id = attempt);
		INSERT INTO mastery_objective (learner_id, objective_id, known, evidence, latest)
		SELECT learner, s.objective_id,
			knowledge(r.credit_milli, v.guess ORDER BY r.position, r.attempt_id, r.slot), count(*),
			max(r.graded_at)
		FROM mastery_subject AS s JOIN mastery_version AS v USING (question_id, version)
			JOIN mastery_response AS r USING (question_id, version)
		WHERE r.learner_id = learner AND r.credit_milli IS NOT NULL AND s.objective_id IN (
			SELECT t.objective_id FROM mastery_response AS a JOIN graded_slots(slots) AS g USING (slot)
				JOIN mastery_subject AS t USING (question_id, version)
			WHERE a.attempt_id = attempt)
		GROUP BY s.objective_id;
	END;

-- on question_written
INSERT INTO mastery_question (question_id, course_id, prior_milli)
VALUES (:question, :course, coalesce(:difficulty::integer, 500))
ON CONFLICT (question_id) DO UPDATE SET prior_milli = coalesce(:difficulty::integer, mastery_question.prior_milli);
INSERT INTO mastery_version (question_id, version, guess)
VALUES (:question, :version, knowledge_guess(:type, coalesce(json_array_length(:choices::json), 0)));
INSERT INTO mastery_subject (question_id, version, objective_id)
SELECT DISTINCT :question::uuid, :version::integer, (o ->> 'objective')::uuid
FROM json_array_elements(coalesce(:objectives::json, '[]')) AS o;

-- on question_retired
UPDATE mastery_question SET retired = true WHERE question_id = :question;

-- on attempt_started, practice_started
INSERT INTO mastery_response (attempt_id, slot, learner_id, question_id, version, of_milli)
SELECT :attempt, q.slot, :learner, (q.item ->> 'question')::uuid, (q.item ->> 'version')::integer,
	(q.item ->> 'points_milli')::integer
FROM json_array_elements(:questions::json) WITH ORDINALITY AS q (item, slot);

-- on hint_taken
UPDATE mastery_response SET hinted = true WHERE attempt_id = :attempt AND slot = :slot AND graded_at IS NULL;

-- on responses_graded
SELECT mastery_count(:attempt, :learner, :responses::json, :position, :recorded_at::timestamptz);

-- on response_marked
SELECT mastery_count(:attempt, :learner, json_build_array(json_build_object('slot', :slot::integer,
	'verdict', 'marked', 'points_milli', :points_milli::bigint)), :position, :recorded_at::timestamptz)
WHERE :decided::boolean;

-- on user_erased
DELETE FROM mastery_response WHERE learner_id = :user;
DELETE FROM mastery_objective WHERE learner_id = :user;
DELETE FROM mastery_card WHERE learner_id = :user;

-- Objectives are those of the course as it stands; of a course that was never published only its staff sees them.
-- query my_mastery
SELECT json_strip_nulls(json_build_object('objective', o.item ->> 'objective', 'title', o.item ->> 'title',
	'known', coalesce(m.known, knowledge_at_first()), 'evidence', coalesce(m.evidence, 0),
	'state', mastery_state_of(m.known, coalesce(m.evidence, 0)), 'latest', mastery_time(m.latest))),
	o.place || ':' || (o.item ->> 'objective')
FROM course AS c CROSS JOIN json_array_elements(c.objectives::json) WITH ORDINALITY AS o (item, place)
	LEFT JOIN mastery_objective AS m
		ON m.learner_id = :learner AND m.objective_id = (o.item ->> 'objective')::uuid
WHERE c.course_id = :course AND o.place > coalesce(split_part(:cursor, ':', 1)::bigint, 0)
  AND (c.editions > 0 OR EXISTS (SELECT FROM course_member AS w
       WHERE w.course_id = c.course_id AND w.user_id = :learner))
ORDER BY o.place LIMIT coalesce(:limit::integer, 50);

-- A question that was retired is asked no more.
-- query my_reviews
SELECT json_build_object('question', k.question_id, 'course', k.course_id, 'due', mastery_time(k.due),
	'reviewed_at', mastery_time(k.reviewed_at), 'stability', k.stability, 'difficulty', k.difficulty,
	'reviews', k.reviews, 'lapses', k.lapses, 'question_difficulty', mastery_difficulty(q)),
	mastery_time_us(k.due) || ':' || k.question_id
FROM mastery_card AS k JOIN mastery_question AS q USING (question_id)
WHERE k.learner_id = :learner AND NOT q.retired AND (:course::uuid IS NULL OR k.course_id = :course)
  AND k.due <= coalesce(:until::timestamptz, now())
  AND (:cursor::text IS NULL OR (mastery_time_us(k.due), k.question_id)
       > (split_part(:cursor, ':', 1)::bigint, split_part(:cursor, ':', 2)::uuid))
ORDER BY k.due, k.question_id LIMIT coalesce(:limit::integer, 50);
