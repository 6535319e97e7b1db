-- Simulations: who may see which, the scenes of their versions, runs and sweeps with what came of them.
--
-- Titles and descriptions stand in their sealed form. For the gallery's search the words of titles stand a second time,
-- in clear, in a table of its own, which is written anew when somebody is erased. What everybody or a course may see
-- outlives its owner, without a title; what only the owner saw goes, and so do the runs that somebody asked for.
--
-- clear title in simulation_words: everybody searches the gallery by words of titles

CREATE TABLE simulation (
	simulation_id  uuid PRIMARY KEY,
	owner_id       uuid NOT NULL,
	title          text,
	description    text,
	visibility     text NOT NULL DEFAULT 'private',
	course_id      uuid,
	project_id     uuid, -- that it is lent to
	archived       boolean NOT NULL DEFAULT false,
	parent_id      uuid,
	parent_version integer,
	forks          integer NOT NULL DEFAULT 0,
	version        integer NOT NULL DEFAULT 0, -- the latest of the scene
	stream_version bigint NOT NULL,
	created        bigint NOT NULL, -- position: lists are paged by it
	created_at     text NOT NULL,
	changed_at     text NOT NULL
);
CREATE INDEX simulation_owner ON simulation (owner_id, created);
CREATE INDEX simulation_public ON simulation (created) WHERE visibility = 'public' AND NOT archived;

CREATE TABLE simulation_words (
	simulation_id uuid PRIMARY KEY,
	words         tsvector NOT NULL
);
ALTER TABLE simulation_words ALTER COLUMN words SET STATISTICS 0;
CREATE INDEX simulation_words_words ON simulation_words USING gin (words);

-- The scene as the event bears it: JSON, deflated, in base64.
CREATE TABLE simulation_scene (
	simulation_id uuid NOT NULL,
	version       integer NOT NULL,
	scene         text NOT NULL,
	scene_hash    text NOT NULL,
	mode          text NOT NULL,
	written_at    text NOT NULL,
	PRIMARY KEY (simulation_id, version)
);

CREATE TABLE simulation_run (
	run_id        uuid PRIMARY KEY,
	simulation_id uuid NOT NULL,
	requester_id  uuid NOT NULL,
	requested     bigint NOT NULL, -- position: lists are paged by it
	state         text NOT NULL DEFAULT 'pending',
	wish          text NOT NULL,   -- the members that were known from the beginning, as JSON
	outcome       text NOT NULL DEFAULT '{}'
);
CREATE INDEX simulation_run_requester ON simulation_run (simulation_id, requester_id, requested);
CREATE INDEX simulation_run_person ON simulation_run (requester_id);

CREATE TABLE simulation_sweep (
	sweep_id      uuid PRIMARY KEY,
	simulation_id uuid NOT NULL,
	requester_id  uuid NOT NULL,
	requested     bigint NOT NULL,
	state         text NOT NULL DEFAULT 'pending',
	wish          text NOT NULL,
	outcome       text NOT NULL DEFAULT '{}'
);
CREATE INDEX simulation_sweep_requester ON simulation_sweep (simulation_id, requester_id, requested);
CREATE INDEX simulation_sweep_person ON simulation_sweep (requester_id);

CREATE FUNCTION simulation_summary_view(s simulation, owner_name text, mode text) RETURNS json LANGUAGE sql STABLE
	RETURN json_strip_nulls(json_build_object(
		'simulation', (s).simulation_id, 'title', (s).title, 'owner', (s).owner_id, 'owner_name', owner_name,
		'version', (s).version, 'mode', mode, 'visibility', (s).visibility, 'course', (s).course_id,
		'parent', (s).parent_id, 'archived', (s).archived, 'created_at', (s).created_at,
		'changed_at', (s).changed_at));

-- Two objects with different members as one, in their order.
CREATE FUNCTION joined_objects(a text, b text) RETURNS text LANGUAGE sql IMMUTABLE
	RETURN CASE WHEN b = '{}' THEN a ELSE left(a, -1) || ',' || substr(b, 2) END;

CREATE FUNCTION simulation_run_view(r simulation_run) RETURNS text LANGUAGE sql STABLE
	RETURN joined_objects(left((r).wish, -1) || ',"state":"' || (r).state || '"}', (r).outcome);

CREATE FUNCTION simulation_sweep_view(r simulation_sweep) RETURNS text LANGUAGE sql STABLE
	RETURN joined_objects(left((r).wish, -1) || ',"state":"' || (r).state || '"}', (r).outcome);

-- on simulation_created
INSERT INTO simulation (simulation_id, owner_id, title, description, parent_id, parent_version, stream_version, created,
	created_at, changed_at)
VALUES (:simulation, :owner, :title, :description, :parent::uuid, :parent_version::integer, :simulation.version,
	:position, :recorded_at, :recorded_at);
INSERT INTO simulation_words (simulation_id, words)
SELECT :simulation, to_tsvector('pg_catalog.simple', :title.clear) WHERE :title.clear::text IS NOT NULL;
UPDATE simulation SET forks = forks + 1 WHERE simulation_id = :parent::uuid;

-- on scene_written
INSERT INTO simulation_scene (simulation_id, version, scene, scene_hash, mode, written_at)
VALUES (:simulation, :version, :packed, :scene_hash, :mode, :recorded_at);
UPDATE simulation SET version = :version, stream_version = :simulation.version, changed_at = :recorded_at
WHERE simulation_id = :simulation;

-- on simulation_described
UPDATE simulation SET title = coalesce(:title, title), description = coalesce(:description, description),
	stream_version = :simulation.version, changed_at = :recorded_at
WHERE simulation_id = :simulation;
UPDATE simulation_words SET words = to_tsvector('pg_catalog.simple', :title.clear)
WHERE simulation_id = :simulation AND :title.clear::text IS NOT NULL;

-- on simulation_shared
UPDATE simulation SET visibility = :visibility, course_id = :course::uuid, stream_version = :simulation.version
WHERE simulation_id = :simulation;

-- on simulation_lent
UPDATE simulation SET project_id = :project::uuid, stream_version = :simulation.version
WHERE simulation_id = :simulation;

-- on simulation_archived
UPDATE simulation SET archived = true, stream_version = :simulation.version WHERE simulation_id = :simulation;

-- on simulation_reopened
UPDATE simulation SET archived = false, stream_version = :simulation.version WHERE simulation_id = :simulation;

-- on simulation_run_requested
INSERT INTO simulation_run (run_id, simulation_id, requester_id, requested, wish)
VALUES (:run, :simulation, :requester, :position, json_strip_nulls(json_build_object(
	'run', :run::uuid, 'simulation', :simulation::uuid, 'version', :version::integer, 'requester', :requester::uuid,
	'requested_at', :requested_at::text, 'settings', :settings::json, 'seed', :seed::numeric,
	'scene_hash', :scene_hash::text)));

-- on simulation_run_completed
UPDATE simulation_run SET state = 'completed', outcome = json_strip_nulls(json_build_object(
	'settled_at', :recorded_at::text, 'run_hash', :run_hash::text, 'engine', :engine::text, 'mode', :mode::text,
	'reason', :reason::text, 'frames', :frames::integer, 'steps', :steps::numeric,
	'trajectory_hash', :trajectory_hash::text,
	'energy_drift', :energy_drift::float8, 'constraint_error', :constraint_error::float8,
	'error_estimate', :error_estimate::float8, 'measures', :measures::json, 'expectations', :expectations::json,
	'cpu_us', :cpu_us::numeric))
WHERE run_id = :run;

-- on simulation_run_failed
UPDATE simulation_run SET state = 'failed', outcome = json_strip_nulls(json_build_object(
	'settled_at', :recorded_at::text, 'run_hash', :run_hash::text, 'code', :code::text, 'frames', :frames::integer,
	'sentence', :sentence::text))
WHERE run_id = :run;

-- on simulation_run_cancelled
UPDATE simulation_run SET state = 'cancelled', outcome = json_build_object('settled_at', :recorded_at::text)
WHERE run_id = :run;

-- on simulation_sweep_requested
INSERT INTO simulation_sweep (sweep_id, simulation_id, requester_id, requested, wish)
VALUES (:sweep, :simulation, :requester, :position, json_build_object(
	'sweep', :sweep::uuid, 'simulation', :simulation::uuid, 'version', :version::integer,
	'requester', :requester::uuid, 'requested_at', :requested_at::text, 'parameter', :parameter::text,
	'from', :from::float8, 'to', :to::float8, 'count', :count::integer,
	'settings', :settings::json, 'measures', :measures::json));

-- on simulation_sweep_completed
UPDATE simulation_sweep SET state = 'completed',
	outcome = json_build_object('settled_at', :recorded_at::text, 'points', :points::json)
WHERE sweep_id = :sweep;

-- on user_erased
DELETE FROM simulation_words AS w USING simulation AS s WHERE w.simulation_id = s.simulation_id AND s.owner_id = :user;
DELETE FROM simulation_scene AS v USING simulation AS s
WHERE v.simulation_id = s.simulation_id AND s.owner_id = :user AND s.visibility = 'private';
DELETE FROM simulation WHERE owner_id = :user AND visibility = 'private';
UPDATE simulation SET title = NULL, description = NULL WHERE owner_id = :user;
DELETE FROM simulation_run WHERE requester_id = :user;
DELETE FROM simulation_sweep WHERE requester_id = :user;

-- query my_simulations
SELECT simulation_summary_view(s, a.name, v.mode), s.created || ':' || s.simulation_id
FROM simulation AS s JOIN simulation_scene AS v USING (simulation_id, version)
	LEFT JOIN account AS a ON a.user_id = s.owner_id
WHERE s.owner_id = :caller AND s.archived = coalesce(:archived::boolean, false)
  AND s.created < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
ORDER BY s.created DESC LIMIT coalesce(:limit::integer, 50);

-- query simulation_gallery
SELECT simulation_summary_view(s, a.name, v.mode), s.created || ':' || s.simulation_id
FROM simulation AS s JOIN simulation_scene AS v USING (simulation_id, version)
	LEFT JOIN account AS a ON a.user_id = s.owner_id
WHERE s.visibility = 'public' AND NOT s.archived
  AND (:search::text IS NULL OR EXISTS (SELECT FROM simulation_words AS w
		WHERE w.simulation_id = s.simulation_id
		  AND w.words @@ websearch_to_tsquery('pg_catalog.simple', :search)))
  AND s.created < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
ORDER BY s.created DESC LIMIT coalesce(:limit::integer, 50);

-- The document lacks its last member, the scene, which the API unpacks.
-- query read_simulation
SELECT json_strip_nulls(json_build_object(
	'simulation', s.simulation_id, 'title', s.title, 'description', s.description, 'owner', s.owner_id,
	'owner_name', a.name, 'visibility', s.visibility, 'course', s.course_id, 'project', s.project_id,
	'archived', s.archived,
	'version', v.version, 'latest', s.version, 'mode', v.mode, 'scene_hash', v.scene_hash, 'parent', s.parent_id,
	'parent_version', s.parent_version, 'forks', s.forks, 'created_at', s.created_at, 'written_at', v.written_at)),
	s.stream_version, v.scene
FROM simulation AS s JOIN simulation_scene AS v ON v.simulation_id = s.simulation_id
		AND v.version = coalesce(:version::integer, s.version)
	LEFT JOIN account AS a ON a.user_id = s.owner_id
WHERE s.simulation_id = :simulation;

-- query simulation_versions
SELECT json_build_object('version', v.version, 'scene_hash', v.scene_hash, 'mode', v.mode, 'written_at', v.written_at),
	v.version || ':' || v.simulation_id
FROM simulation_scene AS v
WHERE v.simulation_id = :simulation
  AND v.version < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
ORDER BY v.version DESC LIMIT coalesce(:limit::integer, 50);

-- query simulation_runs
SELECT simulation_run_view(r), r.requested || ':' || r.run_id
FROM simulation_run AS r
WHERE r.simulation_id = :simulation AND r.requester_id = :caller
  AND r.requested < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
ORDER BY r.requested DESC LIMIT coalesce(:limit::integer, 50);

-- query read_run
SELECT simulation_run_view(r) FROM simulation_run AS r WHERE r.simulation_id = :simulation AND r.run_id = :run;

-- query simulation_sweeps
SELECT simulation_sweep_view(r), r.requested || ':' || r.sweep_id
FROM simulation_sweep AS r
WHERE r.simulation_id = :simulation AND r.requester_id = :caller
  AND r.requested < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
ORDER BY r.requested DESC LIMIT coalesce(:limit::integer, 50);

-- query read_sweep
SELECT simulation_sweep_view(r) FROM simulation_sweep AS r WHERE r.simulation_id = :simulation AND r.sweep_id = :sweep;

-- How somebody stands to a simulation: owner, or reader where they may see it, else empty. Nobody is a caller too.
-- With a run in its place it is the simulation of that run, and the run and the scene that it is of stand behind.
-- lookup simulation_access (simulation, run, caller)
SELECT CASE
	WHEN s.owner_id = :caller::uuid THEN 'owner'
	WHEN s.visibility = 'public' THEN 'reader'
	WHEN s.visibility = 'course' AND (
		EXISTS (SELECT FROM course_member AS m WHERE m.course_id = s.course_id AND m.user_id = :caller::uuid)
		OR EXISTS (SELECT FROM enrolment AS e
			WHERE e.course_id = s.course_id AND e.user_id = :caller::uuid AND e.standing = 'enrolled'))
		THEN 'reader'
	WHEN EXISTS (SELECT FROM project_member AS p
			WHERE p.project_id = s.project_id AND p.user_id = :caller::uuid AND NOT p.invited)
		THEN 'reader'
	ELSE '' END, s.simulation_id, r.state, r.wish::json ->> 'settings',
	coalesce(r.wish::json ->> 'seed', ''), coalesce(r.outcome::json ->> 'run_hash', ''), v.scene
FROM simulation AS s LEFT JOIN simulation_run AS r ON r.run_id = :run::uuid AND r.simulation_id = s.simulation_id
	LEFT JOIN simulation_scene AS v ON v.simulation_id = r.simulation_id
		AND v.version = (r.wish::json ->> 'version')::integer
WHERE s.simulation_id = coalesce(:simulation::uuid,
	(SELECT asked.simulation_id FROM simulation_run AS asked WHERE asked.run_id = :run::uuid));

-- lookup simulation_sweep_lines (simulation, sweep)
SELECT 'parameter', r.wish::json ->> 'parameter', '', 1 AS part, 0::bigint AS place
FROM simulation_sweep AS r WHERE r.simulation_id = :simulation::uuid AND r.sweep_id = :sweep::uuid
UNION ALL
SELECT 'measure', m.item ->> 'measure', '', 2, m.place
FROM simulation_sweep AS r, placed(r.wish::json -> 'measures') AS m
WHERE r.simulation_id = :simulation::uuid AND r.sweep_id = :sweep::uuid
UNION ALL
SELECT 'point', p.item ->> 'at', concat((
		SELECT string_agg(concat(',', v.item ->> 'value'), '' ORDER BY v.place)
		FROM placed(p.item -> 'results') AS v), ',', p.item ->> 'failure'), 3, p.place
FROM simulation_sweep AS r, placed(r.outcome::json -> 'points') AS p
WHERE r.simulation_id = :simulation::uuid AND r.sweep_id = :sweep::uuid
ORDER BY part, place;

-- lookup simulation_scene_of (simulation, version)
SELECT v.scene, v.version::text, s.version::text, v.scene_hash, v.mode
FROM simulation AS s JOIN simulation_scene AS v ON v.simulation_id = s.simulation_id
	AND v.version = coalesce(:version::integer, s.version)
WHERE s.simulation_id = :simulation::uuid;
