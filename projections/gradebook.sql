-- The gradebook: what each learner of a course has in each of its items, and altogether; and who changed what.
--
-- The rules, for whoever computes it again. All shares are whole parts per million, and each division rounds half of
-- one upwards.
--
-- 1. An attempt that is graded has the share points / of.
-- 2. An item keeps of a learner's graded attempts what its policy says: the best, the latest, the first (by number), or
--    the average of their shares. Before any policy, the best.
-- 3. An override's points / of stands in place of that. What is excused does not count; what has neither attempt graded
--    nor override does not count either, so that the total is about what was graded so far.
-- 4. In each category the lowest `drop_lowest` shares are dropped, of equal ones that of the smaller item id first, but
--    one always stays. The category's share is the average of those that stay: each item weighs the same.
-- 5. The total is the average of the categories' shares, weighted by their weights, over categories in which something
--    counts. An item in no category does not count, unless the course has no categories; then all items are one.
-- 6. Learners see items whose grades are not kept back, and a total over these alone.
--
-- Persons stand here as ids; reasons stand in their sealed form. Rows of a person go when the person is erased.

CREATE TABLE gradebook_item (
	item_id   uuid PRIMARY KEY,
	course_id uuid NOT NULL,
	title     text NOT NULL DEFAULT '',
	keeps     text NOT NULL DEFAULT 'best',
	manual    boolean NOT NULL DEFAULT false,
	released  boolean NOT NULL DEFAULT false
);
CREATE INDEX gradebook_item_course ON gradebook_item (course_id);

CREATE TABLE gradebook_category (
	course_id   uuid NOT NULL,
	category    text NOT NULL,
	name        text NOT NULL,
	weight      bigint NOT NULL,
	drop_lowest integer NOT NULL,
	place       integer NOT NULL,
	PRIMARY KEY (course_id, category)
);

CREATE TABLE gradebook_placement (
	course_id uuid NOT NULL,
	item_id   uuid NOT NULL,
	category  text NOT NULL,
	PRIMARY KEY (course_id, item_id)
);

CREATE TABLE gradebook_attempt (
	learner_id   uuid NOT NULL,
	item_id      uuid NOT NULL,
	attempt_id   uuid NOT NULL,
	number       integer NOT NULL,
	points_milli bigint, -- NULL until it is graded, as the next two
	of_milli     bigint,
	share        integer,
	PRIMARY KEY (learner_id, item_id, attempt_id)
);
CREATE INDEX gradebook_attempt_alone ON gradebook_attempt (attempt_id);

CREATE TABLE gradebook_entry (
	course_id       uuid NOT NULL,
	learner_id      uuid NOT NULL,
	item_id         uuid NOT NULL,
	attempts        integer NOT NULL DEFAULT 0,
	kept            integer, -- of the attempts
	override_points bigint,
	override_of     bigint,
	excused         boolean NOT NULL DEFAULT false,
	PRIMARY KEY (course_id, learner_id, item_id)
);
CREATE INDEX gradebook_entry_item ON gradebook_entry (item_id);

CREATE TABLE gradebook_row (
	course_id  uuid NOT NULL,
	learner_id uuid NOT NULL,
	seated     boolean NOT NULL DEFAULT true,
	entries    text NOT NULL DEFAULT '[]', -- for staff
	total      integer,
	shown      text NOT NULL DEFAULT '[]', -- for the learner
	shown_total integer,
	PRIMARY KEY (course_id, learner_id)
);
CREATE INDEX gradebook_row_learner ON gradebook_row (learner_id);

CREATE TABLE grade_change (
	position   bigint PRIMARY KEY,
	course_id  uuid NOT NULL,
	learner_id uuid NOT NULL,
	item_id    uuid NOT NULL,
	attempt_id uuid,
	document   text NOT NULL
);
CREATE INDEX grade_change_entry ON grade_change (learner_id, item_id, position);
CREATE INDEX grade_change_attempt ON grade_change (attempt_id, position);

CREATE TABLE gradebook_regrade (
	regrade_id uuid PRIMARY KEY,
	item_id    uuid NOT NULL,
	document   text NOT NULL
);
CREATE INDEX gradebook_regrade_item ON gradebook_regrade (item_id, regrade_id);

CREATE FUNCTION share_of(points bigint, whole bigint) RETURNS integer LANGUAGE sql IMMUTABLE
	RETURN ((2000000 * points + whole) / nullif(2 * whole, 0))::integer;

-- What an item keeps of a learner's attempts.
CREATE FUNCTION kept_share(policy text, learner uuid, item uuid) RETURNS integer LANGUAGE sql STABLE
	RETURN (SELECT CASE policy
			WHEN 'latest' THEN (array_agg(a.share ORDER BY a.number DESC))[1]
			WHEN 'first' THEN (array_agg(a.share ORDER BY a.number))[1]
			WHEN 'average' THEN ((2 * sum(a.share) + count(*)) / nullif(2 * count(*), 0))::integer
			ELSE max(a.share) END
		FROM gradebook_attempt AS a
		WHERE a.learner_id = learner AND a.item_id = item AND a.share IS NOT NULL);

-- What counts; NULL: nothing does.
CREATE FUNCTION entry_share(e gradebook_entry) RETURNS integer LANGUAGE sql IMMUTABLE
	RETURN CASE WHEN (e).excused THEN NULL
		WHEN (e).override_of IS NOT NULL THEN share_of((e).override_points, (e).override_of)
		ELSE (e).kept END;

-- A learner's row as rules 3 to 6 have it. A function in FROM becomes part of the statement that asks for it, and is
-- planned once with it; functions for the four columns would each be planned again at every event.
CREATE FUNCTION gradebook_rendering(course uuid, learner uuid)
	RETURNS TABLE (entries text, total integer, shown text, shown_total integer) LANGUAGE sql STABLE
	BEGIN ATOMIC
	WITH entry AS (
		SELECT e.item_id, entry_share(e) AS share, NOT coalesce(i.manual AND NOT i.released, false) AS is_shown,
			coalesce(c.category, '') AS category, coalesce(c.weight, 1) AS weight,
			coalesce(c.drop_lowest, 0) AS drop_lowest,
			c.category IS NOT NULL OR NOT EXISTS (
				SELECT FROM gradebook_category AS any_ WHERE any_.course_id = course) AS weighs,
			concat('{"item":"', e.item_id, '"', ',"share":' || entry_share(e), ',"attempts":', e.attempts,
				',"kept":' || e.kept, ',"override_points_milli":' || e.override_points,
				',"override_of_milli":' || e.override_of,
				',"excused":', e.excused::text, '}') AS document
		FROM gradebook_entry AS e
			LEFT JOIN gradebook_item AS i ON i.item_id = e.item_id
			LEFT JOIN gradebook_placement AS p ON p.course_id = e.course_id AND p.item_id = e.item_id
			LEFT JOIN gradebook_category AS c ON c.course_id = p.course_id AND c.category = p.category
		WHERE e.course_id = course AND e.learner_id = learner
	), ranked AS (
		SELECT v.for_learner, e.category, e.weight, e.drop_lowest, e.share,
			row_number() OVER (PARTITION BY v.for_learner, e.category ORDER BY e.share, e.item_id) AS rank,
			count(*) OVER (PARTITION BY v.for_learner, e.category) AS many
		FROM entry AS e CROSS JOIN (VALUES (false), (true)) AS v (for_learner)
		WHERE e.share IS NOT NULL AND e.weighs AND (e.is_shown OR NOT v.for_learner)
	), category AS (
		SELECT r.for_learner, r.weight, (2 * sum(r.share) + count(*)) / (2 * count(*)) AS share
		FROM ranked AS r WHERE r.rank > least(r.drop_lowest, r.many - 1)
		GROUP BY r.for_learner, r.category, r.weight
	), total AS (
		SELECT k.for_learner, div(2 * sum(k.weight * k.share) + sum(k.weight),
			nullif(2 * sum(k.weight), 0))::integer AS total
		FROM category AS k GROUP BY k.for_learner
	)
	SELECT concat('[', string_agg(e.document, ',' ORDER BY e.item_id), ']'),
		(SELECT t.total FROM total AS t WHERE NOT t.for_learner),
		concat('[', string_agg(e.document, ',' ORDER BY e.item_id) FILTER (WHERE e.is_shown), ']'),
		(SELECT t.total FROM total AS t WHERE t.for_learner)
	FROM entry AS e;
	END;

-- What befell a grade, as it is told. Places that are NULL are left out.
CREATE FUNCTION change_view(what text, at bigint, recorded text, who uuid, attempt uuid, more json) RETURNS text
	LANGUAGE sql IMMUTABLE
	RETURN concat(left(json_strip_nulls(json_build_object('what', what, 'position', at, 'at', recorded,
		'actor', who, 'attempt', attempt))::text, -1), ',', substr(json_strip_nulls(more)::text, 2));

-- on assessment_written
INSERT INTO gradebook_item (item_id, course_id, title) VALUES (:assessment, :course, :title)
ON CONFLICT (item_id) DO UPDATE SET title = excluded.title;

-- on assessment_policy_changed
UPDATE gradebook_item SET keeps = :keeps, manual = (:release::text = 'manual') WHERE item_id = :assessment;
UPDATE gradebook_entry SET kept = kept_share(:keeps, learner_id, item_id) WHERE item_id = :assessment;

-- on grades_released
UPDATE gradebook_item SET released = true WHERE item_id = :assessment;

-- on gradebook_changed
DELETE FROM gradebook_category WHERE course_id = :course;
DELETE FROM gradebook_placement WHERE course_id = :course;
INSERT INTO gradebook_category (course_id, category, name, weight, drop_lowest, place)
SELECT :course, t.c ->> 'key', t.c ->> 'name', (t.c ->> 'weight')::bigint, (t.c ->> 'drop_lowest')::integer, t.place
FROM json_array_elements(:categories::json) WITH ORDINALITY AS t (c, place);
INSERT INTO gradebook_placement (course_id, item_id, category)
SELECT :course, (t.p ->> 'item')::uuid, t.p ->> 'category' FROM json_array_elements(:items::json) AS t (p);

-- on learner_enrolled
INSERT INTO gradebook_row (course_id, learner_id) VALUES (:course, :learner)
ON CONFLICT (course_id, learner_id) DO UPDATE SET seated = true;

-- on learner_withdrawn
UPDATE gradebook_row SET seated = false WHERE course_id = :course AND learner_id = :learner;

-- on attempt_started
INSERT INTO gradebook_attempt (learner_id, item_id, attempt_id, number)
VALUES (:learner, :assessment, :attempt, :number);
INSERT INTO gradebook_entry (course_id, learner_id, item_id, attempts) VALUES (:course, :learner, :assessment, 1)
ON CONFLICT (course_id, learner_id, item_id) DO UPDATE SET attempts = gradebook_entry.attempts + 1;

-- on attempt_graded
UPDATE gradebook_attempt SET points_milli = :points_milli, of_milli = :of_milli,
	share = share_of(:points_milli, :of_milli)
WHERE learner_id = :learner AND item_id = :assessment AND attempt_id = :attempt;
UPDATE gradebook_entry SET kept = kept_share(
	(SELECT i.keeps FROM gradebook_item AS i WHERE i.item_id = :assessment), learner_id, item_id)
WHERE course_id = :course AND learner_id = :learner AND item_id = :assessment;
INSERT INTO grade_change (position, course_id, learner_id, item_id, attempt_id, document)
SELECT :position, :course, :learner, :assessment, :attempt, change_view('attempt_graded', :position, :recorded_at,
	:actor, :attempt, json_build_object('points_milli', :points_milli::bigint, 'of_milli', :of_milli::bigint,
		'penalty', :penalty::bigint, 'cause', :cause::text, 'regrade', :regrade::uuid))
WHERE :assessment::uuid IS NOT NULL;

-- on responses_graded
INSERT INTO grade_change (position, course_id, learner_id, item_id, attempt_id, document)
SELECT :position, :course, :learner, :assessment, :attempt, change_view('responses_graded', :position, :recorded_at,
	:actor, :attempt, json_build_object('grader', :grader::bigint, 'regrade', :regrade::uuid,
		'responses', :responses::json))
WHERE :assessment::uuid IS NOT NULL;

-- on response_marked
INSERT INTO grade_change (position, course_id, learner_id, item_id, attempt_id, document)
VALUES (:position, :course, :learner, :assessment, :attempt, change_view('response_marked', :position, :recorded_at,
	:actor, :attempt, json_build_object('slot', :slot::bigint, 'rubric', :rubric::bigint,
		'marked_milli', :marked_milli::bigint, 'settles', :settles::boolean, 'decided', :decided::boolean,
		'points_milli', :points_milli::bigint, 'comment', :comment::text)));

-- on grade_appealed
INSERT INTO grade_change (position, course_id, learner_id, item_id, attempt_id, document)
VALUES (:position, :course, :learner, :assessment, :attempt, change_view('grade_appealed', :position, :recorded_at,
	:actor, :attempt, json_build_object('appeal', :appeal::bigint, 'slot', :slot::bigint, 'text', :text::text)));

-- on appeal_answered
INSERT INTO grade_change (position, course_id, learner_id, item_id, attempt_id, document)
VALUES (:position, :course, :learner, :assessment, :attempt, change_view('appeal_answered', :position, :recorded_at,
	:actor, :attempt, json_build_object('appeal', :appeal::bigint, 'outcome', :outcome::text,
		'answer', :answer::text)));

-- on regrade_committed
INSERT INTO gradebook_regrade (regrade_id, item_id, document)
VALUES (:regrade, :assessment, json_strip_nulls(json_build_object('regrade', :regrade::uuid,
	'at', :recorded_at::text, 'position', :position::bigint, 'actor', :actor::uuid, 'question', :question::uuid,
	'version', :version::bigint, 'key', :key::bigint, 'policy', :policy::text,
	'previewed', :previewed::bigint, 'gains', :gains::bigint,
	'losses', :losses::bigint, 'same', :same::bigint, 'reason', :reason::text)));

-- on grade_overridden
INSERT INTO gradebook_entry (course_id, learner_id, item_id) VALUES (:course, :learner, :item)
ON CONFLICT (course_id, learner_id, item_id) DO NOTHING;
UPDATE gradebook_entry SET override_points = :points_milli, override_of = :of_milli
WHERE course_id = :course AND learner_id = :learner AND item_id = :item;
INSERT INTO grade_change (position, course_id, learner_id, item_id, document)
VALUES (:position, :course, :learner, :item, change_view('grade_overridden', :position, :recorded_at, :actor, NULL,
	json_build_object('points_milli', :points_milli::bigint, 'of_milli', :of_milli::bigint,
		'reason', :reason::text)));

-- on grade_excused
INSERT INTO gradebook_entry (course_id, learner_id, item_id) VALUES (:course, :learner, :item)
ON CONFLICT (course_id, learner_id, item_id) DO NOTHING;
UPDATE gradebook_entry SET excused = :excused
WHERE course_id = :course AND learner_id = :learner AND item_id = :item;
INSERT INTO grade_change (position, course_id, learner_id, item_id, document)
VALUES (:position, :course, :learner, :item, change_view('grade_excused', :position, :recorded_at, :actor, NULL,
	json_build_object('excused', :excused::boolean, 'reason', :reason::text)));

-- A row is made ready when it changes, so that a page of the gradebook is read as it stands.
-- on attempt_started, attempt_graded, grade_overridden, grade_excused
UPDATE gradebook_row AS r
SET entries = v.entries, total = v.total, shown = v.shown, shown_total = v.shown_total
FROM gradebook_rendering(:course, :learner) AS v
WHERE r.course_id = :course AND r.learner_id = :learner;

-- on gradebook_changed, assessment_policy_changed, grades_released
UPDATE gradebook_row AS r
SET entries = v.entries, total = v.total, shown = v.shown, shown_total = v.shown_total
FROM gradebook_row AS o CROSS JOIN gradebook_rendering(o.course_id, o.learner_id) AS v
WHERE o.course_id = :course AND r.course_id = o.course_id AND r.learner_id = o.learner_id;

-- on user_erased
DELETE FROM gradebook_row WHERE learner_id = :user;
DELETE FROM gradebook_entry WHERE learner_id = :user;
DELETE FROM gradebook_attempt WHERE learner_id = :user;
DELETE FROM grade_change WHERE learner_id = :user;

-- query gradebook
SELECT concat('{"learner":"', r.learner_id, '","seated":', r.seated::text, ',"total":' || r.total, ',"entries":',
	r.entries, '}'), r.learner_id
FROM gradebook_row AS r
WHERE r.course_id = :course AND r.learner_id > coalesce(:cursor::uuid, '00000000-0000-0000-0000-000000000000')
ORDER BY r.learner_id LIMIT coalesce(:limit::integer, 50);

-- query gradebook_columns
SELECT json_build_object('course', :course::uuid,
	'items', coalesce((SELECT json_agg(json_strip_nulls(json_build_object('item', i.item_id, 'title', i.title,
			'keeps', i.keeps, 'shown', NOT i.manual OR i.released, 'category', p.category))
			ORDER BY i.item_id)
		FROM gradebook_item AS i LEFT JOIN gradebook_placement AS p
			ON p.course_id = i.course_id AND p.item_id = i.item_id
		WHERE i.course_id = :course), '[]'),
	'categories', coalesce((SELECT json_agg(json_build_object('key', c.category, 'name', c.name,
			'weight', c.weight,
			'drop_lowest', c.drop_lowest) ORDER BY c.place)
		FROM gradebook_category AS c WHERE c.course_id = :course), '[]'))::text, 1;

-- query my_grades
SELECT concat('{"learner":"', r.learner_id, '","seated":', r.seated::text, ',"total":' || r.shown_total, ',"entries":',
	r.shown, '}'), 1
FROM gradebook_row AS r WHERE r.course_id = :course AND r.learner_id = :learner;

-- Everything that befell one grade, with the regrade that did it where one did.
-- query grade_history
SELECT CASE WHEN g.document IS NULL THEN c.document
	ELSE concat(left(c.document, -1), ',"by":', g.document, '}') END, c.position || ':' || c.item_id
FROM grade_change AS c
	LEFT JOIN gradebook_regrade AS g ON g.regrade_id = (c.document::json ->> 'regrade')::uuid
WHERE c.course_id = :course AND c.learner_id = :learner AND c.item_id = :item
  AND c.position > coalesce(split_part(:cursor, ':', 1)::bigint, 0)
ORDER BY c.position LIMIT coalesce(:limit::integer, 50);

-- An answer of an attempt each time that something decided what it is worth, with what it was worth before.
-- query attempt_grades
WITH change AS (
	SELECT c.position, c.document::json AS told FROM grade_change AS c WHERE c.attempt_id = :attempt
), answer AS (
	SELECT a.*, lag(a.points) OVER (PARTITION BY a.slot ORDER BY a.position) AS before
	FROM (SELECT c.position, (r.given ->> 'slot')::integer AS slot, (r.given ->> 'points_milli')::bigint AS points,
			json_build_object('verdict', r.given -> 'verdict',
				'key', nullif(r.given ->> 'key', '0')::bigint, 'grader', c.told -> 'grader') AS whence
		FROM change AS c CROSS JOIN json_array_elements(c.told -> 'responses') AS r (given)
		WHERE c.told ->> 'what' = 'responses_graded' AND r.given ->> 'verdict' <> 'undecided'
		UNION ALL
		SELECT c.position, (c.told ->> 'slot')::integer, (c.told ->> 'points_milli')::bigint,
			json_build_object('marker', c.told -> 'actor', 'settles', c.told -> 'settles',
				'rubric', nullif(c.told ->> 'rubric', '0')::bigint, 'comment', c.told ->> 'comment')
		FROM change AS c
		WHERE c.told ->> 'what' = 'response_marked' AND (c.told ->> 'decided')::boolean) AS a
), grade AS (
	SELECT c.position, c.told, lag(c.told -> 'points_milli') OVER w AS before,
		lag(c.position, 1, 0::bigint) OVER w AS since
	FROM change AS c WHERE c.told ->> 'what' = 'attempt_graded' WINDOW w AS (ORDER BY c.position)
	UNION ALL
	SELECT d.position, d.document::json, NULL, NULL
	FROM gradebook_attempt AS b JOIN grade_change AS d ON d.learner_id = b.learner_id AND d.item_id = b.item_id
	WHERE b.attempt_id = :attempt AND d.attempt_id IS NULL
)
SELECT json_strip_nulls(json_build_object('what', g.told -> 'what', 'position', g.position, 'at', g.told -> 'at',
	'actor', g.told -> 'actor', 'cause', g.told -> 'cause', 'before_milli', g.before,
	'points_milli', g.told -> 'points_milli', 'of_milli', g.told -> 'of_milli', 'penalty', g.told -> 'penalty',
	'excused', g.told -> 'excused', 'regrade', g.told -> 'regrade',
	'reason', coalesce(g.told ->> 'reason', (SELECT r.document::json ->> 'reason' FROM gradebook_regrade AS r
		WHERE r.regrade_id = (g.told ->> 'regrade')::uuid)),
	'appeal', CASE WHEN g.told ->> 'cause' = 'marked' THEN (
		SELECT max((p.told ->> 'appeal')::integer) FROM change AS p
		WHERE p.told ->> 'what' = 'grade_appealed' AND p.position < g.position
		  AND ((p.told ->> 'slot')::integer = 0 OR (p.told ->> 'slot')::integer IN (
			SELECT a.slot FROM answer AS a WHERE a.position > g.since AND a.position < g.position))
		  AND NOT EXISTS (SELECT FROM change AS q
			WHERE q.told ->> 'what' = 'appeal_answered' AND q.position < g.position
			  AND q.told ->> 'appeal' = p.told ->> 'appeal')) END,
	'answers', CASE WHEN coalesce(:answers::boolean, true) THEN (
		SELECT json_agg(json_build_object('position', a.position, 'at', c.told -> 'at', 'slot', a.slot,
			'verdict', a.whence -> 'verdict', 'before_milli', a.before, 'points_milli', a.points,
			'key', a.whence -> 'key', 'grader', a.whence -> 'grader', 'marker', a.whence -> 'marker',
			'settles', a.whence -> 'settles', 'rubric', a.whence -> 'rubric',
			'comment', a.whence -> 'comment') ORDER BY a.position, a.slot)
		FROM answer AS a JOIN change AS c USING (position)
		WHERE a.position > g.since AND a.position < g.position) END)), g.position || ':' || :attempt
FROM grade AS g
WHERE g.position < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
ORDER BY g.position DESC LIMIT coalesce(:limit::integer, 50);

-- query regrades
SELECT g.document, g.regrade_id FROM gradebook_regrade AS g
WHERE g.item_id = :assessment AND g.regrade_id < coalesce(:cursor::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY g.regrade_id DESC LIMIT coalesce(:limit::integer, 50);

-- For the file: a learner, the name in its sealed form, the total, and a share for each item, a comma before each.
-- lookup gradebook_lines (course)
SELECT r.learner_id::text, coalesce(a.name, ''), coalesce(r.total::text, ''), coalesce((
	SELECT string_agg(',' || coalesce(entry_share(e)::text, ''), '' ORDER BY i.item_id)
	FROM gradebook_item AS i LEFT JOIN gradebook_entry AS e
		ON e.course_id = i.course_id AND e.item_id = i.item_id AND e.learner_id = r.learner_id
	WHERE i.course_id = r.course_id), '')
FROM gradebook_row AS r LEFT JOIN account AS a ON a.user_id = r.learner_id
WHERE r.course_id = :course::uuid ORDER BY r.learner_id;

-- lookup gradebook_titles (course)
SELECT i.title FROM gradebook_item AS i WHERE i.course_id = :course::uuid ORDER BY i.item_id;
