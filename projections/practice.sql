-- What may be practised: of each question whether a learner answered it rightly in practice, and when. What a practice
-- is drawn from is asked here, of this read model and of those that know courses, questions, progress and mastery.

CREATE TABLE practice_right (
	learner_id  uuid NOT NULL,
	question_id uuid NOT NULL,
	right_at    timestamptz NOT NULL,
	PRIMARY KEY (learner_id, question_id)
);

CREATE FUNCTION practice_ppm(share double precision) RETURNS integer LANGUAGE sql IMMUTABLE
	RETURN round(share * 1000000)::integer;

-- on practice_judged
INSERT INTO practice_right (learner_id, question_id, right_at)
SELECT :learner, :question, :recorded_at::timestamptz WHERE :verdict = 'right'
ON CONFLICT (learner_id, question_id) DO UPDATE SET right_at = excluded.right_at;

-- on user_erased
DELETE FROM practice_right WHERE learner_id = :user;

-- What somebody may practise in a course, with the numbers that commands/learning/practice_draw.h draws by, and in the
-- first two columns, also where there is no candidate, what holds for all. Objectives: a JSON array of ids, or nothing.
--
-- Not asked: what is kept for grades, and what the learner is asked by an attempt under way, since practice would
-- tell the solution; what no key could judge at once; what is retired; and what is about an objective that only
-- lessons teach which the learner may not read yet. Of a question that is about several objectives the one that is
-- known least counts. Where there are more than may be drawn from, what is due longest comes first, then what was
-- never answered, and among these what comes nearest to the chance of success that is aimed at; what is left to
-- choose, a hash chooses. The last are those that rest for so many seconds.
-- lookup practice_candidates (course, learner, objectives, salt, target, rest, most)
WITH seat AS (
	SELECT e FROM enrolment AS e WHERE e.course_id = :course::uuid AND e.user_id = :learner::uuid
), closed AS (
	SELECT (o.item ->> 'objective')::uuid AS objective_id
	FROM seat AS s, enrolment_steps(s.e, now()) AS t
		JOIN lesson_text AS l ON l.course_id = :course::uuid AND l.lesson_id = (t.step).item_id
			AND l.revision = (t.step).revision,
		json_array_elements(l.objectives::json) AS o (item)
	GROUP BY 1 HAVING bool_and(t.lock IS NOT NULL)
), facility AS (
	SELECT coalesce(avg(1000 - mastery_difficulty(m)) / 1000, 0.5)::double precision AS mean
	FROM mastery_question AS m WHERE m.course_id = :course::uuid AND NOT m.retired
), candidate AS (
	SELECT q.question_id, q.version, w.objective_id, coalesce(w.known, knowledge_at_first()) AS known,
		coalesce(w.evidence, 0) AS evidence, v.guess, (1000 - mastery_difficulty(m)) / 1000.0::double precision
		AS facility, k.due, review_recall(review_days_between(k.reviewed_at, now()), k.stability) AS recall,
		greatest(p.right_at, (SELECT max(r.graded_at) FROM mastery_response AS r
			WHERE r.learner_id = :learner::uuid AND r.question_id = q.question_id
			  AND r.credit_milli = 1000)) AS right_at
	FROM question AS q JOIN mastery_question AS m USING (question_id)
		JOIN mastery_version AS v ON v.question_id = q.question_id AND v.version = q.version
		LEFT JOIN mastery_card AS k ON k.learner_id = :learner::uuid AND k.question_id = q.question_id
		LEFT JOIN practice_right AS p ON p.learner_id = :learner::uuid AND p.question_id = q.question_id
		LEFT JOIN LATERAL (
			SELECT s.objective_id, o.known, o.evidence
			FROM mastery_subject AS s LEFT JOIN mastery_objective AS o
				ON o.learner_id = :learner::uuid AND o.objective_id = s.objective_id
			WHERE s.question_id = q.question_id AND s.version = q.version
			ORDER BY coalesce(o.known, knowledge_at_first()), s.objective_id LIMIT 1) AS w ON true
	WHERE q.course_id = :course::uuid AND question_can_be_practised(q)
	  AND NOT EXISTS (SELECT FROM attempt AS a JOIN attempt_slot AS s USING (attempt_id)
	                  WHERE a.learner_id = :learner::uuid AND a.assessment_id IS NOT NULL
	                    AND a.submitted_at IS NULL AND s.question_id = q.question_id)
	  AND NOT EXISTS (SELECT FROM mastery_subject AS s JOIN closed AS c USING (objective_id)
	                  WHERE s.question_id = q.question_id AND s.version = q.version)
	  AND (:objectives::text IS NULL OR EXISTS (
		SELECT FROM mastery_subject AS s
		WHERE s.question_id = q.question_id AND s.version = q.version
		  AND s.objective_id IN (SELECT o.id::uuid FROM json_array_elements_text(:objectives::json) AS o (id))))
), best AS (
	SELECT c.*, CASE WHEN c.right_at > now() - make_interval(secs => :rest::double precision) THEN 3
			WHEN c.due <= now() THEN 0 WHEN c.due IS NULL THEN 1 ELSE 2 END AS rank,
		abs(:target::double precision / 1000000 - (c.known * (1 - knowledge_slip()) + (1 - c.known) * c.guess)
			- (c.facility - f.mean)) AS distance
	FROM candidate AS c, facility AS f
	ORDER BY rank, CASE WHEN c.due <= now() THEN c.due END,
		mastery_state_of(c.known, c.evidence::integer) = 'mastered', distance,
		md5(c.question_id::text || :salt::text) LIMIT :most::bigint
)
SELECT practice_ppm(knowledge_slip())::text, practice_ppm(f.mean)::text, b.question_id, b.version::text, b.objective_id,
	practice_ppm(b.known)::text, b.evidence::text, practice_ppm(b.guess)::text, practice_ppm(b.facility)::text,
	mastery_time(b.due), practice_ppm(b.recall)::text, mastery_time(b.right_at)
FROM facility AS f LEFT JOIN best AS b ON true
ORDER BY b.question_id;

-- ---------------------------------------------------------------- what is next

-- The items of a learner's courses that may be worked on now and are not complete, the course worked on last before the
-- others; assessments with their policies and what holds for the learner. Course: one of them, or nothing for all.
-- lookup next_items (learner, course)
SELECT e.course_id, k.title, (t.step).item_id, (t.step).kind, r.title, (t.done).viewed_at,
	((t.step).item_id IS NOT DISTINCT FROM e.place_item)::text, (t.done).place, e.active_at,
	CASE WHEN (t.step).kind = 'assessment' THEN (
		SELECT coalesce(json_agg(o.document::json ORDER BY o.place), '[]')
		FROM (SELECT document, place FROM assessment_policy AS q WHERE q.assessment_id = (t.step).item_id
		      ORDER BY q.place DESC LIMIT 32) AS o)::text END,
	CASE WHEN (t.step).kind = 'assessment' THEN (
		SELECT attempt_allowance(s.enrolment_id, (t.step).item_id) FROM attempt_seat AS s
		WHERE s.course_id = e.course_id AND s.learner_id = e.user_id) END,
	(SELECT count(*) FROM attempt AS a
	 WHERE a.learner_id = e.user_id AND a.assessment_id = (t.step).item_id)::text,
	(SELECT count(*) FROM attempt AS a
	 WHERE a.learner_id = e.user_id AND a.assessment_id = (t.step).item_id AND a.submitted_at IS NULL)::text
FROM enrolment AS e LEFT JOIN course AS k USING (course_id) CROSS JOIN LATERAL enrolment_steps(e, now()) AS t
	LEFT JOIN item_revision AS r ON r.course_id = e.course_id AND r.item_id = (t.step).item_id
		AND r.revision = (t.step).revision
WHERE e.user_id = :learner::uuid AND e.standing = 'enrolled'
  AND (:course::uuid IS NULL OR e.course_id = :course::uuid) AND t.lock IS NULL AND (t.done).completed_at IS NULL
ORDER BY e.active_at DESC NULLS LAST, e.course_id, (t.step).place LIMIT 200;

-- Attempts and practices of a learner that are under way, in courses that are taken, the latest first; of practices
-- those that have questions left.
-- lookup next_attempts (learner, course)
SELECT a.attempt_id, a.course_id, k.title, a.assessment_id, p.title, a.started_at,
	(SELECT coalesce(json_agg(o.document::json ORDER BY o.place), '[]')
	 FROM (SELECT document, place FROM assessment_policy AS q WHERE q.assessment_id = a.assessment_id
	       ORDER BY q.place DESC LIMIT 32) AS o)::text,
	attempt_allowance(a.enrolment_id, a.assessment_id), n.unfinished::text
FROM attempt AS a JOIN attempt_seat AS s USING (enrolment_id) LEFT JOIN course AS k ON k.course_id = a.course_id
	LEFT JOIN paper AS p ON p.content_id = a.content_id,
	LATERAL (SELECT count(*) AS unfinished FROM attempt_slot AS t
	         WHERE t.attempt_id = a.attempt_id AND NOT t.finished) AS n
WHERE a.learner_id = :learner::uuid AND a.submitted_at IS NULL AND s.standing = 'enrolled'
  AND (:course::uuid IS NULL OR a.course_id = :course::uuid) AND (a.assessment_id IS NOT NULL OR n.unfinished > 0)
ORDER BY a.place DESC LIMIT 50;

-- What there is to practise for a learner now, by course: reviews that are due (without an objective), and of each
-- objective that is not known well enough how many questions may be asked. As practice_candidates above has it.
-- lookup next_practice (learner, course, rest)
WITH seat AS (
	SELECT e, e.course_id FROM enrolment AS e LEFT JOIN course_cohort AS c
		ON c.course_id = e.course_id AND c.cohort_id = e.cohort_id
	WHERE e.user_id = :learner::uuid AND e.standing = 'enrolled'
	  AND (:course::uuid IS NULL OR e.course_id = :course::uuid)
	  AND coalesce(c.opens_at::timestamptz <= now(), true) AND coalesce(c.closes_at::timestamptz > now(), true)
), closed AS (
	SELECT s.course_id, (o.item ->> 'objective')::uuid AS objective_id
	FROM seat AS s CROSS JOIN LATERAL enrolment_steps(s.e, now()) AS t
		JOIN lesson_text AS l ON l.course_id = s.course_id AND l.lesson_id = (t.step).item_id
			AND l.revision = (t.step).revision,
		json_array_elements(l.objectives::json) AS o (item)
	GROUP BY 1, 2 HAVING bool_and(t.lock IS NOT NULL)
), candidate AS (
	SELECT q.course_id, q.question_id, q.version, k.due
	FROM seat AS s JOIN question AS q USING (course_id)
		LEFT JOIN mastery_card AS k ON k.learner_id = :learner::uuid AND k.question_id = q.question_id
		LEFT JOIN practice_right AS p ON p.learner_id = :learner::uuid AND p.question_id = q.question_id
	WHERE question_can_be_practised(q)
	  AND NOT EXISTS (SELECT FROM attempt AS a JOIN attempt_slot AS t USING (attempt_id)
	                  WHERE a.learner_id = :learner::uuid AND a.assessment_id IS NOT NULL
	                    AND a.submitted_at IS NULL AND t.question_id = q.question_id)
	  AND NOT EXISTS (SELECT FROM mastery_subject AS w JOIN closed AS c USING (objective_id)
	                  WHERE w.question_id = q.question_id AND w.version = q.version)
	  AND coalesce(greatest(p.right_at, (SELECT max(r.graded_at) FROM mastery_response AS r
		WHERE r.learner_id = :learner::uuid AND r.question_id = q.question_id AND r.credit_milli = 1000))
	      <= now() - make_interval(secs => :rest::double precision), true)
), found AS (
	SELECT c.course_id, NULL::uuid AS objective_id, count(*) AS questions, min(c.due) AS due,
		NULL::double precision AS known, NULL::bigint AS evidence
	FROM candidate AS c WHERE c.due <= now() GROUP BY c.course_id
	UNION ALL
	SELECT c.course_id, w.objective_id, count(*), NULL, coalesce(o.known, knowledge_at_first()),
		coalesce(o.evidence, 0)
	FROM candidate AS c JOIN mastery_subject AS w USING (question_id, version)
		LEFT JOIN mastery_objective AS o ON o.learner_id = :learner::uuid AND o.objective_id = w.objective_id
	GROUP BY c.course_id, w.objective_id, o.known, o.evidence
)
SELECT f.course_id, k.title, f.objective_id, (SELECT t.item ->> 'title' FROM json_array_elements(k.objectives::json)
	AS t (item) WHERE (t.item ->> 'objective')::uuid = f.objective_id), f.questions::text, mastery_time(f.due),
	practice_ppm(f.known)::text, f.evidence::text
FROM found AS f JOIN course AS k USING (course_id)
ORDER BY f.objective_id IS NOT NULL, f.known, f.course_id, f.objective_id LIMIT 100;
