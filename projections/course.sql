-- Courses: what the catalogue and everybody who may look at one sees, the staff's drafts, the editions, and the texts
-- of lessons in each revision.
--
-- Nothing here is personal: people stand as ids. An edition never changes, so its document is rendered once.
--
-- parallel by course in course_id

CREATE TABLE course (
	course_id        uuid PRIMARY KEY,
	version          bigint NOT NULL,
	title            text NOT NULL,
	summary          text NOT NULL DEFAULT '',
	locale           text NOT NULL,
	level            text NOT NULL,
	listing          text NOT NULL DEFAULT 'unlisted',
	image            text NOT NULL DEFAULT '',
	tags             text NOT NULL DEFAULT '[]', -- as it is shown
	tag_words        text[] NOT NULL DEFAULT '{}', -- as it is asked for
	archived         boolean NOT NULL DEFAULT false,
	objectives       text NOT NULL DEFAULT '[]',
	origin           uuid,
	created_at       text NOT NULL,
	outline          integer NOT NULL DEFAULT 0, -- which one the draft has; 0: none
	editions         integer NOT NULL DEFAULT 0,
	latest           uuid, -- edition
	latest_items     integer NOT NULL DEFAULT 0,
	latest_minutes   integer NOT NULL DEFAULT 0,
	published_at     text,
	first_published  bigint, -- position: never changes, so that the catalogue can be paged by it
	words            tsvector NOT NULL DEFAULT '',
	summary_document text NOT NULL DEFAULT '{}'
);
CREATE INDEX course_newest ON course (first_published) WHERE listing = 'listed' AND NOT archived;
CREATE INDEX course_words ON course USING gin (words) WHERE listing = 'listed' AND NOT archived;
CREATE INDEX course_tags ON course USING gin (tag_words) WHERE listing = 'listed' AND NOT archived;

CREATE TABLE course_member (
	course_id uuid NOT NULL,
	user_id   uuid NOT NULL,
	role      text NOT NULL,
	since     text NOT NULL,
	PRIMARY KEY (course_id, user_id)
);
CREATE INDEX course_member_user ON course_member (user_id, course_id);

-- Sections as the event tells them. Of those that no edition names only the latest stays.
CREATE TABLE course_outline (
	course_id uuid NOT NULL,
	number    integer NOT NULL,
	sections  text NOT NULL,
	PRIMARY KEY (course_id, number)
);

-- What the draft has, with its latest revision.
CREATE TABLE course_item (
	course_id uuid NOT NULL,
	item_id   uuid NOT NULL,
	kind      text NOT NULL,
	revision  integer NOT NULL,
	discarded boolean NOT NULL DEFAULT false,
	PRIMARY KEY (course_id, item_id)
);
CREATE INDEX course_item_item ON course_item (item_id);

CREATE TABLE item_revision (
	course_id  uuid NOT NULL,
	item_id    uuid NOT NULL,
	revision   integer NOT NULL,
	content_id uuid NOT NULL,
	title      text NOT NULL,
	minutes    integer,
	author_id  uuid,
	written_at text NOT NULL,
	PRIMARY KEY (course_id, item_id, revision)
);

CREATE TABLE lesson_text (
	course_id  uuid NOT NULL,
	lesson_id  uuid NOT NULL,
	revision   integer NOT NULL,
	body       text NOT NULL,
	objectives text NOT NULL,
	PRIMARY KEY (course_id, lesson_id, revision)
);

CREATE TABLE course_edition (
	course_id    uuid NOT NULL,
	edition_id   uuid NOT NULL,
	number       integer NOT NULL,
	outline      integer NOT NULL,
	note         text NOT NULL,
	published_at text NOT NULL,
	document     text NOT NULL DEFAULT '{}',
	PRIMARY KEY (course_id, edition_id)
);
CREATE INDEX course_edition_edition ON course_edition (edition_id);

CREATE TABLE edition_item (
	course_id  uuid NOT NULL,
	edition_id uuid NOT NULL,
	item_id    uuid NOT NULL,
	place      integer NOT NULL,
	kind       text NOT NULL,
	revision   integer NOT NULL,
	PRIMARY KEY (course_id, edition_id, item_id)
);

-- The words of tags as they are asked for.
CREATE FUNCTION tag_words_of(tags json) RETURNS text[] LANGUAGE sql IMMUTABLE
	RETURN ARRAY(SELECT lower((t ->> 'word') COLLATE "und-x-icu") FROM json_array_elements(tags) AS t);

-- The items of a list, from 1 on.
CREATE FUNCTION placed(list json) RETURNS TABLE (place bigint, item json) LANGUAGE sql IMMUTABLE
	BEGIN ATOMIC
		SELECT t.ordinality, t.value FROM json_array_elements(list) WITH ORDINALITY AS t;
	END;

-- How PostgreSQL cuts texts of a language into words; languages that it does not know are not stemmed.
CREATE FUNCTION text_configuration(locale text) RETURNS regconfig LANGUAGE sql IMMUTABLE
	RETURN CASE split_part(lower(locale), '-', 1)
		WHEN 'ar' THEN 'pg_catalog.arabic' WHEN 'ca' THEN 'pg_catalog.catalan'
		WHEN 'da' THEN 'pg_catalog.danish' WHEN 'de' THEN 'pg_catalog.german'
		WHEN 'el' THEN 'pg_catalog.greek' WHEN 'en' THEN 'pg_catalog.english'
		WHEN 'es' THEN 'pg_catalog.spanish' WHEN 'eu' THEN 'pg_catalog.basque'
		WHEN 'fi' THEN 'pg_catalog.finnish' WHEN 'fr' THEN 'pg_catalog.french'
		WHEN 'ga' THEN 'pg_catalog.irish' WHEN 'hi' THEN 'pg_catalog.hindi'
		WHEN 'hu' THEN 'pg_catalog.hungarian' WHEN 'hy' THEN 'pg_catalog.armenian'
		WHEN 'id' THEN 'pg_catalog.indonesian' WHEN 'it' THEN 'pg_catalog.italian'
		WHEN 'lt' THEN 'pg_catalog.lithuanian' WHEN 'nb' THEN 'pg_catalog.norwegian'
		WHEN 'ne' THEN 'pg_catalog.nepali' WHEN 'nl' THEN 'pg_catalog.dutch'
		WHEN 'nn' THEN 'pg_catalog.norwegian' WHEN 'no' THEN 'pg_catalog.norwegian'
		WHEN 'pt' THEN 'pg_catalog.portuguese' WHEN 'ro' THEN 'pg_catalog.romanian'
		WHEN 'ru' THEN 'pg_catalog.russian' WHEN 'sr' THEN 'pg_catalog.serbian'
		WHEN 'sv' THEN 'pg_catalog.swedish' WHEN 'ta' THEN 'pg_catalog.tamil'
		WHEN 'tr' THEN 'pg_catalog.turkish' WHEN 'yi' THEN 'pg_catalog.yiddish'
		ELSE 'pg_catalog.simple'
	END::regconfig;

CREATE FUNCTION language_query(locale text, search text) RETURNS tsquery LANGUAGE sql IMMUTABLE
	RETURN websearch_to_tsquery(text_configuration(locale), search);

-- What is asked for, in any of the languages: a superset of what each course's own language finds, for the index.
CREATE FUNCTION any_language_query(search text) RETURNS tsquery LANGUAGE sql IMMUTABLE
	RETURN (SELECT string_agg(DISTINCT '(' || q.query::text || ')', ' | ')::tsquery
	        FROM (SELECT DISTINCT language_query(l.locale, search) AS query
	              FROM unnest(string_to_array('ar ca da de el en es eu fi fr ga hi hu hy id it lt nb ne nl pt ro '
	                                          || 'ru sr sv ta tr yi -', ' ')) AS l (locale)) AS q
	        WHERE numnode(q.query) > 0);

-- Title, tags, summary, then the latest edition: its titles, and the beginning of its texts, since a vector has a
-- maximum (1 MB).
CREATE FUNCTION course_words_of(c course) RETURNS tsvector LANGUAGE sql STABLE
	RETURN setweight(to_tsvector(text_configuration((c).locale), (c).title), 'A')
	    || setweight(to_tsvector(text_configuration((c).locale), array_to_string((c).tag_words, ' ')), 'B')
	    || setweight(to_tsvector(text_configuration((c).locale), (c).summary), 'B')
	    || setweight(to_tsvector(text_configuration((c).locale), coalesce((
	           SELECT string_agg(r.title, E'\n' ORDER BY e.place)
	           FROM edition_item AS e JOIN item_revision AS r USING (course_id, item_id, revision)
	           WHERE e.course_id = (c).course_id AND e.edition_id = (c).latest), '')), 'C')
	    || setweight(to_tsvector(text_configuration((c).locale), left(coalesce((
	           SELECT string_agg(t.body, E'\n' ORDER BY e.place)
	           FROM edition_item AS e JOIN lesson_text AS t
	               ON t.course_id = e.course_id AND t.lesson_id = e.item_id AND t.revision = e.revision
	           WHERE e.course_id = (c).course_id AND e.edition_id = (c).latest), ''), 100000)), 'D');

CREATE FUNCTION course_summary_view(c course) RETURNS text LANGUAGE sql STABLE
	RETURN json_strip_nulls(json_build_object(
		'course', (c).course_id, 'title', (c).title, 'summary', (c).summary, 'language', (c).locale,
		'level', (c).level, 'tags', (c).tags::json, 'image', nullif((c).image, ''),
		'archived', (c).archived, 'edition', (c).latest, 'number', nullif((c).editions, 0),
		'items', (c).latest_items, 'minutes', (c).latest_minutes, 'published_at', (c).published_at));

CREATE FUNCTION course_view(c course, caller uuid) RETURNS text LANGUAGE sql STABLE
	RETURN concat(left((c).summary_document, -1), ',"version":', (c).version, ',"listing":"', (c).listing,
		'","objectives":', (c).objectives, ',"created_at":"', (c).created_at, '"',
		',"origin":"' || (c).origin || '"',
		(SELECT ',"role":"' || m.role || '"' FROM course_member AS m
		 WHERE m.course_id = (c).course_id AND m.user_id = caller), '}');

-- An item as it stands in an outline: `entry` is the outline's, which has the rules.
CREATE FUNCTION syllabus_entry_view(item_kind text, r item_revision, entry json) RETURNS json LANGUAGE sql STABLE
	RETURN json_strip_nulls(json_build_object(
		'item', (r).item_id, 'kind', item_kind, 'content', (r).content_id, 'revision', (r).revision,
		'title', (r).title, 'minutes', (r).minutes, 'required', entry -> 'required', 'rule', entry -> 'rule',
		'score_min', entry -> 'score_min', 'release_at', entry -> 'release_at', 'after', entry -> 'after'));

CREATE FUNCTION edition_sections(e course_edition) RETURNS json LANGUAGE sql STABLE
	RETURN coalesce((SELECT json_agg(json_build_object('title', s.item -> 'title', 'items', coalesce((
			SELECT json_agg(syllabus_entry_view(i.kind, r, p.item) ORDER BY p.place)
			FROM placed(s.item -> 'items') AS p
				JOIN edition_item AS i ON i.course_id = (e).course_id AND i.edition_id = (e).edition_id
					AND i.item_id = (p.item ->> 'item')::uuid
				JOIN item_revision AS r ON r.course_id = i.course_id AND r.item_id = i.item_id
					AND r.revision = i.revision), '[]')) ORDER BY s.place)
		FROM course_outline AS o, placed(o.sections::json) AS s
		WHERE o.course_id = (e).course_id AND o.number = (e).outline), '[]');

CREATE FUNCTION edition_view(e course_edition) RETURNS text LANGUAGE sql STABLE
	RETURN json_build_object('course', (e).course_id, 'edition', (e).edition_id, 'number', (e).number,
		'note', (e).note, 'published_at', (e).published_at, 'sections', edition_sections(e));

CREATE FUNCTION draft_sections(c course) RETURNS json LANGUAGE sql STABLE
	RETURN coalesce((SELECT json_agg(json_build_object('title', s.item -> 'title', 'items', coalesce((
			SELECT json_agg(syllabus_entry_view(i.kind, r, p.item) ORDER BY p.place)
			FROM placed(s.item -> 'items') AS p
				JOIN course_item AS i ON i.course_id = (c).course_id
					AND i.item_id = (p.item ->> 'item')::uuid
				JOIN item_revision AS r ON r.course_id = i.course_id AND r.item_id = i.item_id
					AND r.revision = i.revision), '[]')) ORDER BY s.place)
		FROM course_outline AS o, placed(o.sections::json) AS s
		WHERE o.course_id = (c).course_id AND o.number = (c).outline), '[]');

-- What is written and has no place in the outline.
CREATE FUNCTION draft_unplaced(c course) RETURNS json LANGUAGE sql STABLE
	RETURN coalesce((SELECT json_agg(syllabus_entry_view(i.kind, r, '{}') ORDER BY r.title, i.item_id)
		FROM course_item AS i JOIN item_revision AS r ON r.course_id = i.course_id AND r.item_id = i.item_id
			AND r.revision = i.revision
		WHERE i.course_id = (c).course_id AND NOT i.discarded AND i.item_id NOT IN (
			SELECT (p.item ->> 'item')::uuid
			FROM course_outline AS o, placed(o.sections::json) AS s, placed(s.item -> 'items') AS p
			WHERE o.course_id = (c).course_id AND o.number = (c).outline)), '[]');

-- What stands in an outline, one behind the other.
CREATE FUNCTION outline_entries(course uuid, outline integer)
	RETURNS TABLE (item_id uuid, place bigint, section text, rules jsonb) LANGUAGE sql STABLE
	BEGIN ATOMIC
		SELECT (p.item ->> 'item')::uuid, row_number() OVER (ORDER BY s.place, p.place), s.item ->> 'title',
			p.item::jsonb
		FROM course_outline AS o, placed(o.sections::json) AS s, placed(s.item -> 'items') AS p
		WHERE o.course_id = course AND o.number = outline;
	END;

CREATE FUNCTION edition_entries(e course_edition)
	RETURNS TABLE (item_id uuid, place bigint, section text, rules jsonb, kind text, title text, revision integer)
	LANGUAGE sql STABLE
	BEGIN ATOMIC
		SELECT t.item_id, t.place, t.section, t.rules, i.kind, r.title, r.revision
		FROM outline_entries((e).course_id, (e).outline) AS t
			JOIN edition_item AS i ON i.course_id = (e).course_id AND i.edition_id = (e).edition_id
				AND i.item_id = t.item_id
			JOIN item_revision AS r ON r.course_id = i.course_id AND r.item_id = i.item_id
				AND r.revision = i.revision;
	END;

CREATE FUNCTION draft_entries(c course)
	RETURNS TABLE (item_id uuid, place bigint, section text, rules jsonb, kind text, title text, revision integer)
	LANGUAGE sql STABLE
	BEGIN ATOMIC
		SELECT t.item_id, t.place, t.section, t.rules, i.kind, r.title, r.revision
		FROM outline_entries((c).course_id, (c).outline) AS t
			JOIN course_item AS i ON i.course_id = (c).course_id AND i.item_id = t.item_id
			JOIN item_revision AS r ON r.course_id = i.course_id AND r.item_id = i.item_id
				AND r.revision = i.revision;
	END;

-- Is there anything to publish: another outline, or a later revision of what stands in it?
CREATE FUNCTION draft_differs(c course) RETURNS boolean LANGUAGE sql STABLE
	RETURN (c).outline > 0 AND ((c).latest IS NULL
		OR (c).outline <> (SELECT e.outline FROM course_edition AS e
		                   WHERE e.course_id = (c).course_id AND e.edition_id = (c).latest)
		OR EXISTS (SELECT FROM edition_item AS e JOIN course_item AS i USING (course_id, item_id)
		           WHERE e.course_id = (c).course_id AND e.edition_id = (c).latest
		             AND e.revision <> i.revision));

-- on course_created
INSERT INTO course (course_id, version, title, locale, level, origin, created_at)
VALUES (:course, :course.version, :title, :language, :level, :origin, :recorded_at);

-- on course_described
UPDATE course SET title = coalesce(:title, title), summary = coalesce(:summary, summary),
	locale = coalesce(:language, locale), level = coalesce(:level, level), listing = coalesce(:listing, listing),
	image = coalesce(:image, image), tags = coalesce(:tags, tags),
	tag_words = CASE WHEN :tags::text IS NULL THEN tag_words ELSE tag_words_of(:tags::json) END
WHERE course_id = :course;

-- on staff_joined
INSERT INTO course_member (course_id, user_id, role, since) VALUES (:course, :member, :role, :recorded_at)
ON CONFLICT (course_id, user_id) DO UPDATE SET role = excluded.role;

-- on staff_left
DELETE FROM course_member WHERE course_id = :course AND user_id = :member;

-- on objectives_changed
UPDATE course SET objectives = :objectives WHERE course_id = :course;

-- on outline_changed
DELETE FROM course_outline WHERE course_id = :course
	AND number NOT IN (SELECT e.outline FROM course_edition AS e WHERE e.course_id = :course);
INSERT INTO course_outline (course_id, number, sections) VALUES (:course, :outline, :sections);
UPDATE course SET outline = :outline WHERE course_id = :course;

-- on lesson_written
INSERT INTO item_revision (course_id, item_id, revision, content_id, title, minutes, author_id, written_at)
VALUES (:course, :lesson, :revision, :content, :title, :minutes, :actor, :recorded_at);
INSERT INTO lesson_text (course_id, lesson_id, revision, body, objectives)
VALUES (:course, :lesson, :revision, :body, :objectives);
INSERT INTO course_item (course_id, item_id, kind, revision) VALUES (:course, :lesson, 'lesson', :revision)
ON CONFLICT (course_id, item_id) DO UPDATE SET revision = excluded.revision;

-- What an assessment asks stands elsewhere; here it is an item with a title.
-- on assessment_written
INSERT INTO item_revision (course_id, item_id, revision, content_id, title, author_id, written_at)
VALUES (:course, :assessment, :revision, :content, :title, :actor, :recorded_at);
INSERT INTO course_item (course_id, item_id, kind, revision) VALUES (:course, :assessment, 'assessment', :revision)
ON CONFLICT (course_id, item_id) DO UPDATE SET revision = excluded.revision;

-- on item_discarded
UPDATE course_item SET discarded = true WHERE course_id = :course AND item_id = :item;

-- on course_published
INSERT INTO course_edition (course_id, edition_id, number, outline, note, published_at)
VALUES (:course, :edition, :number, :outline, coalesce(:note, ''), :recorded_at);
INSERT INTO edition_item (course_id, edition_id, item_id, place, kind, revision)
SELECT :course, :edition, (p.item ->> 'item')::uuid, p.place, p.item ->> 'kind', (p.item ->> 'revision')::integer
FROM placed(:items::json) AS p;
UPDATE course_edition SET document = edition_view(course_edition)
WHERE course_id = :course AND edition_id = :edition;
UPDATE course SET editions = :number, latest = :edition, published_at = :recorded_at,
	first_published = coalesce(first_published, :position),
	latest_items = json_array_length(:items::json),
	latest_minutes = coalesce((SELECT sum(r.minutes) FROM edition_item AS e
		JOIN item_revision AS r ON r.course_id = :course AND r.item_id = e.item_id AND r.revision = e.revision
		WHERE e.course_id = :course AND e.edition_id = :edition), 0)
WHERE course_id = :course;

-- on course_archived
UPDATE course SET archived = true WHERE course_id = :course;

-- on course_reopened
UPDATE course SET archived = false WHERE course_id = :course;

-- on course_created, course_described, course_published, course_archived, course_reopened
UPDATE course SET summary_document = course_summary_view(course), words = course_words_of(course)
WHERE course_id = :course;

-- on course_described, staff_joined, staff_left, objectives_changed, outline_changed, lesson_written,
-- assessment_written, item_discarded, course_published, course_archived, course_reopened
UPDATE course SET version = :course.version WHERE course_id = :course;

-- Two arms, of which one is never run. A cursor is what a row is ordered by, and its id: neither changes with what
-- happens to other rows, so whatever is not changed between two pages is on exactly one of them.
-- query catalogue
SELECT document, place || ':' || course_id FROM (
	(SELECT c.summary_document AS document, c.first_published AS place, c.course_id
	 FROM course AS c
	 WHERE :search::text IS NULL AND c.listing = 'listed' AND NOT c.archived AND c.first_published IS NOT NULL
	   AND (:tag::text IS NULL OR c.tag_words @> ARRAY[lower(:tag::text COLLATE "und-x-icu")])
	   AND (:level::text IS NULL OR c.level = :level)
	   AND (:language::text IS NULL OR starts_with(lower(c.locale) || '-', lower(:language) || '-'))
	   AND c.first_published < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
	 ORDER BY c.first_published DESC LIMIT coalesce(:limit::integer, 50))
	UNION ALL
	(SELECT f.document, f.place, f.course_id
	 FROM (SELECT c.summary_document AS document, c.course_id,
	              (ts_rank(c.words, language_query(c.locale, :search)) * 1000000000)::bigint AS place
	       FROM course AS c
	       WHERE :search::text IS NOT NULL AND c.listing = 'listed' AND NOT c.archived
	         AND c.first_published IS NOT NULL
	         AND c.words @@ any_language_query(:search) AND c.words @@ language_query(c.locale, :search)
	         AND (:tag::text IS NULL OR c.tag_words @> ARRAY[lower(:tag::text COLLATE "und-x-icu")])
	         AND (:level::text IS NULL OR c.level = :level)
	         AND (:language::text IS NULL OR starts_with(lower(c.locale) || '-', lower(:language) || '-'))) AS f
	 WHERE :cursor::text IS NULL
	    OR (f.place, f.course_id) < (split_part(:cursor, ':', 1)::bigint, split_part(:cursor, ':', 2)::uuid)
	 ORDER BY f.place DESC, f.course_id DESC LIMIT coalesce(:limit::integer, 50))
) AS found
ORDER BY place DESC, course_id DESC;

-- query read_course
SELECT course_view(c, :caller), c.version FROM course AS c WHERE c.course_id = :course;

-- query courses_taught
SELECT concat(left(c.summary_document, -1), ',"role":"', m.role, '"}'), c.course_id
FROM course_member AS m JOIN course AS c USING (course_id)
WHERE m.user_id = :caller AND m.course_id < coalesce(:cursor::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY m.course_id DESC LIMIT coalesce(:limit::integer, 50);

-- query draft
SELECT json_build_object('course', c.course_id, 'version', c.version, 'outline', c.outline,
	'changed', draft_differs(c), 'sections', draft_sections(c), 'unplaced', draft_unplaced(c)), c.version
FROM course AS c WHERE c.course_id = :course;

-- The name is the account's, in its sealed form; somebody who was erased has none.
-- query course_staff
SELECT json_strip_nulls(json_build_object('member', m.user_id, 'role', m.role, 'since', m.since, 'name', a.name)),
	m.user_id
FROM course_member AS m LEFT JOIN account AS a USING (user_id)
WHERE m.course_id = :course AND m.user_id < coalesce(:cursor::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY m.user_id DESC LIMIT coalesce(:limit::integer, 50);

-- query editions
SELECT json_build_object('edition', e.edition_id, 'number', e.number, 'note', e.note, 'published_at', e.published_at,
	'items', (SELECT count(*) FROM edition_item AS i
	          WHERE i.course_id = e.course_id AND i.edition_id = e.edition_id)),
	e.number || ':' || e.edition_id
FROM course_edition AS e
WHERE e.course_id = :course AND e.number < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
ORDER BY e.number DESC LIMIT coalesce(:limit::integer, 50);

-- query read_edition
SELECT e.document, e.number FROM course_edition AS e WHERE e.course_id = :course AND e.edition_id = :edition;

-- query lesson_revisions
SELECT json_strip_nulls(json_build_object('lesson', r.item_id, 'revision', r.revision, 'content', r.content_id,
	'title', r.title, 'minutes', r.minutes, 'author', r.author_id, 'author_name', a.name,
	'written_at', r.written_at)), r.revision || ':' || r.content_id
FROM item_revision AS r LEFT JOIN account AS a ON a.user_id = r.author_id
WHERE r.course_id = :course AND r.item_id = :lesson
  AND r.revision < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
ORDER BY r.revision DESC LIMIT coalesce(:limit::integer, 50);

-- The revision that was asked for, that of an edition, or the draft's.
-- query read_lesson
SELECT json_strip_nulls(json_build_object('lesson', r.item_id, 'course', r.course_id, 'content', r.content_id,
	'revision', r.revision, 'title', r.title, 'minutes', r.minutes, 'objectives', t.objectives::json,
	'body', t.body, 'written_at', r.written_at)), r.revision, t.body
FROM course_item AS i
	JOIN item_revision AS r ON r.course_id = i.course_id AND r.item_id = i.item_id
	JOIN lesson_text AS t ON t.course_id = r.course_id AND t.lesson_id = r.item_id AND t.revision = r.revision
WHERE i.item_id = :lesson AND r.revision = coalesce(:revision::integer,
	CASE WHEN :edition::uuid IS NULL THEN i.revision ELSE (
		SELECT e.revision FROM edition_item AS e
		WHERE e.course_id = i.course_id AND e.edition_id = :edition AND e.item_id = i.item_id) END);

-- Moved is what stands behind another item than before, of those that are in both, or in another section.
-- query course_changes
WITH old AS (
	SELECT t.* FROM course_edition AS e, edition_entries(e) AS t
	WHERE e.course_id = :course AND e.edition_id = :from
), new AS (
	SELECT t.* FROM course_edition AS e, edition_entries(e) AS t
	WHERE e.course_id = :course AND e.edition_id = :to
	UNION ALL
	SELECT t.* FROM course AS c, draft_entries(c) AS t WHERE c.course_id = :course AND :to::uuid IS NULL
), kept AS (
	SELECT item_id, lag(old.item_id) OVER (ORDER BY old.place) AS behind_before,
		lag(new.item_id) OVER (ORDER BY new.place) AS behind
	FROM old JOIN new USING (item_id)
), compared AS (
	SELECT item_id, old AS before, new AS after, array_remove(ARRAY[
		CASE WHEN old IS NULL THEN 'added' END,
		CASE WHEN new IS NULL THEN 'removed' END,
		CASE WHEN old.revision <> new.revision THEN 'revised' END,
		CASE WHEN old.section <> new.section
			OR kept.behind IS DISTINCT FROM kept.behind_before THEN 'moved' END,
		CASE WHEN old.rules <> new.rules THEN 'ruled' END], NULL) AS changes
	FROM old FULL JOIN new USING (item_id) LEFT JOIN kept USING (item_id)
)
SELECT json_strip_nulls(json_build_object('course', e.course_id, 'from', e.edition_id, 'to', :to::uuid,
	'items', coalesce((
		SELECT json_agg(json_build_object('item', item_id, 'kind', coalesce((after).kind, (before).kind),
			'changes', changes, 'title', (after).title, 'title_before', (before).title,
			'revision', (after).revision, 'revision_before', (before).revision,
			'section', (after).section, 'section_before', (before).section)
			ORDER BY coalesce((after).place, (before).place), (after).place IS NULL)
		FROM compared WHERE cardinality(changes) > 0), '[]')))
FROM course_edition AS e WHERE e.course_id = :course AND e.edition_id = :from
	AND (:to::uuid IS NULL
	     OR EXISTS (SELECT FROM course_edition AS t WHERE t.course_id = :course AND t.edition_id = :to));

-- query lesson_changes
SELECT json_build_object('lesson', r.item_id, 'from', b.revision, 'to', r.revision, 'title_before', b.title,
	'title', r.title), r.revision, before.body, after.body
FROM course_item AS i
	JOIN item_revision AS r ON r.course_id = i.course_id AND r.item_id = i.item_id
		AND r.revision = coalesce(:to::integer, i.revision)
	JOIN item_revision AS b ON b.course_id = i.course_id AND b.item_id = i.item_id
		AND b.revision = coalesce(:from::integer, r.revision - 1)
	JOIN lesson_text AS before ON before.course_id = b.course_id AND before.lesson_id = b.item_id
		AND before.revision = b.revision
	JOIN lesson_text AS after ON after.course_id = r.course_id AND after.lesson_id = r.item_id
		AND after.revision = r.revision
WHERE i.course_id = :course AND i.item_id = :lesson;

-- How somebody stands to a course: the role, empty for none, and whether others than the staff may know of it.
-- lookup course_access (course, caller)
SELECT coalesce(m.role, ''), (c.editions > 0)::text
FROM course AS c LEFT JOIN course_member AS m ON m.course_id = c.course_id AND m.user_id = :caller::uuid
WHERE c.course_id = :course::uuid;

-- lookup item_access (item, caller)
SELECT coalesce(m.role, ''), (c.editions > 0)::text
FROM course_item AS i JOIN course AS c USING (course_id)
	LEFT JOIN course_member AS m ON m.course_id = c.course_id AND m.user_id = :caller::uuid
WHERE i.item_id = :item::uuid;
