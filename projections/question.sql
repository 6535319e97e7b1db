-- Questions: their versions, keys and rubrics, for the course's staff, and for the API, which makes of a version what
-- an attempt shows. Nobody else is handed a key.
--
-- Nothing here is personal: people stand as ids.
--
-- parallel by question in question_id

CREATE TABLE question (
	question_id uuid PRIMARY KEY,
	course_id   uuid NOT NULL,
	version     integer NOT NULL, -- the latest
	bank        text,
	type        text NOT NULL,
	beginning   text NOT NULL, -- of the prompt
	difficulty  integer,
	objectives  text NOT NULL DEFAULT '[]',
	key_number  integer, -- of the latest version
	retired     boolean NOT NULL DEFAULT false,
	use         text NOT NULL DEFAULT 'graded',
	written_at  text NOT NULL,
	place       bigint NOT NULL -- position at which it was first written: lists are paged by what never changes
);
CREATE INDEX question_of_course ON question (course_id, place);

CREATE TABLE question_version (
	question_id uuid NOT NULL,
	version     integer NOT NULL,
	type        text NOT NULL,
	document    text NOT NULL, -- the event's fields
	author_id   uuid,
	written_at  text NOT NULL,
	PRIMARY KEY (question_id, version)
);

CREATE TABLE question_key (
	question_id uuid NOT NULL,
	number      integer NOT NULL,
	version     integer NOT NULL,
	document    text NOT NULL,
	task        text, -- what it says of a simulation, for the staff
	reason      text,
	author_id   uuid,
	set_at      text NOT NULL,
	PRIMARY KEY (question_id, number)
);
CREATE INDEX question_key_version ON question_key (question_id, version, number);

CREATE TABLE question_rubric (
	question_id uuid NOT NULL,
	number      integer NOT NULL,
	version     integer NOT NULL,
	document    text NOT NULL,
	PRIMARY KEY (question_id, number)
);

-- Whether it may be asked in practice: somebody said so, and a key can judge it at once.
CREATE FUNCTION question_can_be_practised(q question) RETURNS boolean LANGUAGE sql IMMUTABLE
	RETURN (q).use IN ('practice', 'both') AND NOT (q).retired AND (q).key_number IS NOT NULL
		AND (q).type NOT IN ('essay', 'simulation');

-- on question_written
INSERT INTO question (question_id, course_id, version, bank, type, beginning, difficulty, objectives, written_at, place)
VALUES (:question, :course, :version, :bank, :type, left(:prompt, 200), :difficulty, coalesce(:objectives, '[]'),
	:recorded_at, :position)
ON CONFLICT (question_id) DO UPDATE SET version = excluded.version, bank = excluded.bank, type = excluded.type,
	beginning = excluded.beginning, difficulty = excluded.difficulty, objectives = excluded.objectives,
	key_number = NULL, written_at = excluded.written_at;
INSERT INTO question_version (question_id, version, type, author_id, written_at, document)
VALUES (:question, :version, :type, :actor, :recorded_at, json_strip_nulls(json_build_object(
	'question', :question::uuid, 'course', :course::uuid, 'version', :version::integer, 'bank', :bank::text,
	'type', :type::text, 'prompt', :prompt::text, 'choices', :choices::json, 'targets', :targets::json,
	'hints', :hints::json, 'parameters', :parameters::json, 'computed', :computed::json,
	'conditions', :conditions::json, 'objectives', :objectives::json, 'difficulty', :difficulty::integer,
	'keeps_order', :keeps_order::boolean, 'explanation', :explanation::text, 'scene', :scene::text)));

-- on key_set
INSERT INTO question_key (question_id, number, version, reason, author_id, set_at, document)
VALUES (:question, :key, :version, :reason, :actor, :recorded_at, json_strip_nulls(json_build_object(
	'question', :question::uuid, 'course', :course::uuid, 'version', :version::integer, 'key', :key::integer,
	'scoring', :scoring::text, 'penalty', :penalty::integer, 'choices', :choices::json, 'order', :order::json,
	'pairs', :pairs::json, 'patterns', :patterns::json, 'numbers', :numbers::json, 'blanks', :blanks::json,
	'formula', :formula::text, 'variables', :variables::json, 'reason', :reason::text)));
UPDATE question SET key_number = :key WHERE question_id = :question AND version = :version;

-- on task_set
UPDATE question_key SET task = json_build_object('simulation', :simulation::uuid,
	'simulation_version', :simulation_version::integer, 'parameters', :parameters::json,
	'criteria', :criteria::json)
WHERE question_id = :question AND number = :key;

-- on rubric_set
INSERT INTO question_rubric (question_id, number, version, document)
VALUES (:question, :rubric, :version, json_build_object('rubric', :rubric::integer, 'criteria', :criteria::json));

-- on question_retired
UPDATE question SET retired = true WHERE question_id = :question;

-- on question_use_changed
UPDATE question SET use = :use WHERE question_id = :question;

-- query questions
SELECT json_strip_nulls(json_build_object('question', q.question_id, 'course', q.course_id, 'version', q.version,
	'bank', q.bank, 'type', q.type, 'beginning', q.beginning, 'difficulty', q.difficulty,
	'objectives', q.objectives::json, 'key', q.key_number, 'retired', q.retired, 'use', q.use,
	'written_at', q.written_at)),
	q.place || ':' || q.question_id
FROM question AS q
WHERE q.course_id = :course AND q.place < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
  AND (:bank::text IS NULL OR q.bank = :bank)
  AND (:type::text IS NULL OR q.type = :type)
  AND (:objective::uuid IS NULL
       OR q.objectives::jsonb @> jsonb_build_array(jsonb_build_object('objective', :objective::uuid)))
  AND (:retired::boolean IS NULL OR q.retired = :retired)
ORDER BY q.place DESC LIMIT coalesce(:limit::integer, 50);

-- query read_question
SELECT json_strip_nulls(json_build_object('question', q.question_id, 'course', q.course_id, 'version', v.version,
	'latest', q.version, 'retired', q.retired, 'use', q.use, 'definition', v.document::json,
	'key', (SELECT k.document::json FROM question_key AS k
	        WHERE k.question_id = q.question_id AND k.version = v.version
	          AND (:key::integer IS NULL OR k.number = :key)
	        ORDER BY k.number DESC LIMIT 1),
	'task', (SELECT k.task::json FROM question_key AS k
	         WHERE k.question_id = q.question_id AND k.version = v.version
	           AND (:key::integer IS NULL OR k.number = :key)
	         ORDER BY k.number DESC LIMIT 1),
	'rubric', (SELECT r.document::json FROM question_rubric AS r
	           WHERE r.question_id = q.question_id AND r.version = v.version ORDER BY r.number DESC LIMIT 1),
	'versions', (SELECT json_agg(json_build_object('version', w.version, 'type', w.type,
			'written_at', w.written_at, 'author', w.author_id,
			'key', (SELECT max(k.number) FROM question_key AS k
			        WHERE k.question_id = w.question_id AND k.version = w.version),
			'rubric', (SELECT max(r.number) FROM question_rubric AS r
			           WHERE r.question_id = w.question_id AND r.version = w.version)) ORDER BY w.version)
		FROM question_version AS w WHERE w.question_id = q.question_id),
	'keys', (SELECT coalesce(json_agg(json_build_object('key', k.number, 'set_at', k.set_at, 'author', k.author_id,
			'reason', k.reason) ORDER BY k.number DESC), '[]')
		FROM (SELECT * FROM question_key AS o WHERE o.question_id = q.question_id AND o.version = v.version
		      ORDER BY o.number DESC LIMIT 100) AS k)))
FROM question AS q JOIN question_version AS v ON v.question_id = q.question_id
	AND v.version = coalesce(:version::integer, q.version)
WHERE q.question_id = :question;

-- How somebody stands to the question's course: as course_access in the read model course.
-- lookup question_access (question, caller)
SELECT coalesce(m.role, ''), (c.editions > 0)::text
FROM question AS q JOIN course AS c USING (course_id)
	LEFT JOIN course_member AS m ON m.course_id = c.course_id AND m.user_id = :caller::uuid
WHERE q.question_id = :question::uuid;

-- A version, the latest where none is named, and its latest key.
-- lookup question_document (question, version)
SELECT v.document, (SELECT k.document FROM question_key AS k
                    WHERE k.question_id = v.question_id AND k.version = v.version ORDER BY k.number DESC LIMIT 1)
FROM question AS q JOIN question_version AS v ON v.question_id = q.question_id
	AND v.version = coalesce(:version::integer, q.version)
WHERE q.question_id = :question::uuid;
