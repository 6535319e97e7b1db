-- Assessments: papers, policies over time, and which paper an edition of a course asks.
--
-- Nothing here is personal.

CREATE TABLE assessment (
	assessment_id uuid PRIMARY KEY,
	course_id     uuid NOT NULL,
	content_id    uuid NOT NULL, -- the latest paper
	released      boolean NOT NULL DEFAULT false,
	discarded     boolean NOT NULL DEFAULT false,
	place         bigint NOT NULL -- position at which it was first written
);
CREATE INDEX assessment_of_course ON assessment (course_id, place);

CREATE TABLE paper (
	content_id    uuid PRIMARY KEY,
	assessment_id uuid NOT NULL,
	revision      integer NOT NULL,
	title         text NOT NULL,
	instructions  text NOT NULL,
	purpose       text NOT NULL,
	slots         text NOT NULL,
	questions     integer NOT NULL, -- that are drawn
	points_milli  bigint NOT NULL,
	written_at    text NOT NULL
);

-- As the event tells them, earliest first.
CREATE TABLE assessment_policy (
	assessment_id uuid NOT NULL,
	place         bigint NOT NULL,
	document      text NOT NULL,
	PRIMARY KEY (assessment_id, place)
);

CREATE TABLE edition_paper (
	edition_id    uuid NOT NULL,
	assessment_id uuid NOT NULL,
	content_id    uuid NOT NULL,
	PRIMARY KEY (edition_id, assessment_id)
);

-- on assessment_written
INSERT INTO assessment (assessment_id, course_id, content_id, place) VALUES (:assessment, :course, :content, :position)
ON CONFLICT (assessment_id) DO UPDATE SET content_id = excluded.content_id;
INSERT INTO paper (content_id, assessment_id, revision, title, instructions, purpose, slots, questions, points_milli,
	written_at)
SELECT :content, :assessment, :revision, :title, coalesce(:instructions, ''), :purpose, :slots,
	sum((s ->> 'draw')::integer), sum((s ->> 'draw')::bigint * (s ->> 'points_milli')::bigint), :recorded_at
FROM json_array_elements(:slots::json) AS s;

-- on assessment_policy_changed
INSERT INTO assessment_policy (assessment_id, place, document)
VALUES (:assessment, :position, json_strip_nulls(json_build_object(
	'assessment', :assessment::uuid, 'course', :course::uuid, 'since', :since::text,
	'attempts_max', :attempts_max::integer, 'time_limit_s', :time_limit_s::integer, 'opens_at', :opens_at::text,
	'due_at', :due_at::text, 'closes_at', :closes_at::text, 'late_window_s', :late_window_s::integer,
	'late_penalty', :late_penalty::integer, 'keeps', :keeps::text, 'feedback', :feedback::text,
	'shows_key', :shows_key::boolean, 'graders', :graders::integer, 'release', :release::text,
	'shuffles_questions', :shuffles_questions::boolean, 'shuffles_choices', :shuffles_choices::boolean)));

-- on grades_released
UPDATE assessment SET released = true WHERE assessment_id = :assessment;

-- on item_discarded
UPDATE assessment SET discarded = true WHERE assessment_id = :item;

-- on course_published
INSERT INTO edition_paper (edition_id, assessment_id, content_id)
SELECT :edition, (i ->> 'item')::uuid, (i ->> 'content')::uuid
FROM json_array_elements(:items::json) AS i
WHERE i ->> 'kind' = 'assessment';

-- query assessments
SELECT json_build_object('assessment', a.assessment_id, 'content', p.content_id, 'revision', p.revision,
	'title', p.title, 'purpose', p.purpose, 'questions', p.questions, 'points_milli', p.points_milli,
	'released', a.released, 'written_at', p.written_at), a.place || ':' || a.assessment_id
FROM assessment AS a JOIN paper AS p USING (content_id)
WHERE a.course_id = :course AND NOT a.discarded
  AND a.place < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
ORDER BY a.place DESC LIMIT coalesce(:limit::integer, 50);

-- The assessment: its policies, the latest paper, and, for who takes the course, the paper of their edition.
-- lookup assessment_head (assessment, caller)
SELECT a.course_id, a.released::text,
	(SELECT coalesce(json_agg(o.document::json ORDER BY o.place), '[]')
	 FROM (SELECT document, place FROM assessment_policy AS q WHERE q.assessment_id = a.assessment_id
	       ORDER BY q.place DESC LIMIT 32) AS o),
	l.content_id, l.revision::text, l.title, l.instructions, l.purpose, l.slots, l.questions::text,
	l.points_milli::text,
	t.content_id, t.revision::text, t.title, t.instructions, t.purpose, t.questions::text, t.points_milli::text,
	s.enrolment_id, (s.standing = 'enrolled')::text, attempt_allowance(s.enrolment_id, a.assessment_id)
FROM assessment AS a JOIN paper AS l USING (content_id)
	LEFT JOIN attempt_seat AS s ON s.course_id = a.course_id AND s.learner_id = :caller::uuid
	LEFT JOIN edition_paper AS e ON e.edition_id = s.edition_id AND e.assessment_id = a.assessment_id
	LEFT JOIN paper AS t ON t.content_id = e.content_id
WHERE a.assessment_id = :assessment::uuid;
