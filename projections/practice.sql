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
-- Not asked: what is kept for grades, what no key could judge at once, what is retired, and what is about an objective
-- that only lessons teach which the learner may not read yet. Of a question that is about several objectives the one
-- that is known least counts. Where there are more than may be drawn from, what is due longest comes first, then what
-- was never answered, and among these what comes nearest to the chance of success that is aimed at; what is left to
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
	WHERE q.course_id = :course::uuid AND q.use IN ('practice', 'both') AND NOT q.retired
	  AND q.key_number IS NOT NULL AND q.type NOT IN ('essay', 'simulation')
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
