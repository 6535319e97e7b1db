-- What may be reached, who reached it, and what was taken back. An award keeps the version of the achievement by which
-- it was given, since its credential must come out the same for ever.
--
-- Of an erased person's awards only the place in the status list stays, with its bit set: whose they were, and with
-- which rule, is gone.

CREATE TABLE achievement_version (
	achievement_id uuid NOT NULL,
	version        integer NOT NULL,
	course_id      uuid,
	kind           text NOT NULL,
	name           text NOT NULL,
	description    text NOT NULL,
	criteria       text NOT NULL,
	valid_days     integer,
	rule_document  text NOT NULL,
	PRIMARY KEY (achievement_id, version)
);

CREATE TABLE achievement (
	achievement_id uuid PRIMARY KEY,
	course_id      uuid,
	version        integer NOT NULL,
	retired        boolean NOT NULL DEFAULT false,
	awarded        integer NOT NULL DEFAULT 0
) WITH (fillfactor = 80);
CREATE INDEX achievement_of_course ON achievement (course_id, achievement_id);

-- register_index is the award's place in all status lists, one behind the other.
CREATE TABLE award (
	register_index bigint PRIMARY KEY,
	award_id       uuid,
	achievement_id uuid,
	version        integer,
	learner_id     uuid,
	awarded_at     timestamptz NOT NULL,
	expires_at     timestamptz,
	revoked_at     timestamptz
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX award_by_award ON award (award_id);
CREATE INDEX award_of_learner ON award (learner_id, register_index);
CREATE INDEX award_revoked ON award (register_index) WHERE revoked_at IS NOT NULL;

-- A time as it is shown, and as C counts it.
CREATE FUNCTION award_time(t timestamptz) RETURNS text LANGUAGE sql STABLE
	RETURN to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
CREATE FUNCTION award_time_us(t timestamptz) RETURNS text LANGUAGE sql STABLE
	RETURN (extract(epoch FROM t) * 1000000)::bigint::text;

CREATE FUNCTION achievement_view(a achievement, v achievement_version) RETURNS text LANGUAGE sql STABLE
	RETURN concat('{', btrim(json_strip_nulls(json_build_object(
		'achievement', (a).achievement_id, 'course', (a).course_id, 'version', (a).version, 'kind', (v).kind,
		'name', (v).name, 'description', (v).description, 'criteria', (v).criteria,
		'valid_days', (v).valid_days))::text, '{}'), ',', btrim((v).rule_document, '{}'),
		',"retired":', (a).retired::text, ',"awarded":', (a).awarded, '}');

CREATE FUNCTION award_view(w award, v achievement_version) RETURNS text LANGUAGE sql STABLE
	RETURN json_strip_nulls(json_build_object(
		'award', (w).award_id, 'achievement', (w).achievement_id, 'course', (v).course_id,
		'version', (w).version,
		'kind', (v).kind, 'name', (v).name, 'description', (v).description,
		'awarded_at', award_time((w).awarded_at), 'expires_at', award_time((w).expires_at),
		'revoked_at', award_time((w).revoked_at)));

-- on achievement_defined
INSERT INTO achievement_version (achievement_id, version, course_id, kind, name, description, criteria, valid_days,
	rule_document)
VALUES (:achievement, :version, :course, :kind, :name, :description, :criteria, :valid_days,
	json_strip_nulls(json_build_object('trigger', :trigger::text, 'item', :item::uuid, 'times', :times::integer,
		'distinct', :distinct::boolean, 'window_s', :window_s::integer, 'score_min', :score_min::integer,
		'streak_days', :streak_days::integer)));
INSERT INTO achievement (achievement_id, course_id, version) VALUES (:achievement, :course, :version)
ON CONFLICT (achievement_id) DO UPDATE SET version = :version;

-- on achievement_retired
UPDATE achievement SET retired = true WHERE achievement_id = :achievement;

-- on achievement_awarded
INSERT INTO award (register_index, award_id, achievement_id, version, learner_id, awarded_at, expires_at)
SELECT :awards.version - 1, :award, :achievement, :version, :learner, :recorded_at::timestamptz,
	:recorded_at::timestamptz + make_interval(hours => 24 * v.valid_days)
FROM achievement_version AS v WHERE v.achievement_id = :achievement AND v.version = :version;
UPDATE achievement SET awarded = awarded + 1 WHERE achievement_id = :achievement;

-- on award_revoked
UPDATE award SET revoked_at = :recorded_at::timestamptz WHERE award_id = :award;

-- on user_erased
UPDATE award SET learner_id = NULL, award_id = NULL, achievement_id = NULL, version = NULL,
	revoked_at = coalesce(revoked_at, :recorded_at::timestamptz)
WHERE learner_id = :user;

-- Newest first; ids of achievements begin with their time.
-- query achievements
SELECT achievement_view(a, v), a.achievement_id
FROM achievement AS a JOIN achievement_version AS v USING (achievement_id, version)
WHERE a.course_id IS NOT DISTINCT FROM :course::uuid
  AND a.achievement_id < coalesce(:cursor::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY a.achievement_id DESC LIMIT coalesce(:limit::integer, 50);

-- query achievement_by_id
SELECT achievement_view(a, v), a.version
FROM achievement AS a JOIN achievement_version AS v USING (achievement_id, version)
WHERE a.achievement_id = :achievement;

-- query my_achievements
SELECT award_view(w, v), concat(w.register_index, ':', w.award_id)
FROM award AS w JOIN achievement_version AS v USING (achievement_id, version)
WHERE w.learner_id = :learner
  AND w.register_index < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
ORDER BY w.register_index DESC LIMIT coalesce(:limit::integer, 50);

-- Who may see it is the person's own choice, as for the profile; whoever may not sees the empty list of somebody who
-- reached nothing.
-- query achievements_of
SELECT award_view(w, v), concat(w.register_index, ':', w.award_id)
FROM award AS w JOIN achievement_version AS v USING (achievement_id, version)
WHERE w.learner_id = :user AND w.revoked_at IS NULL
  AND w.register_index < coalesce(split_part(:cursor, ':', 1)::bigint, 9223372036854775807)
  AND (:user::uuid = :reader::uuid OR EXISTS (SELECT FROM account AS p
       WHERE p.user_id = :user AND p.email_verified AND p.audience IN ('everyone', 'members')))
ORDER BY w.register_index DESC LIMIT coalesce(:limit::integer, 50);

-- lookup award_by_id (award)
SELECT w.learner_id, w.register_index, w.achievement_id, w.version, v.kind, v.name, v.description, v.criteria,
	award_time_us(w.awarded_at), award_time_us(w.expires_at), award_time_us(w.revoked_at)
FROM award AS w JOIN achievement_version AS v USING (achievement_id, version)
WHERE w.award_id = :award::uuid;

-- The list's first award; then the last time that anything was taken back, and the bits of all that was.
-- lookup awards_revoked (first, behind)
SELECT (SELECT award_time_us(f.awarded_at) FROM award AS f WHERE f.register_index = :first::bigint),
	(SELECT award_time_us(max(r.revoked_at)) FROM award AS r
	 WHERE r.revoked_at IS NOT NULL AND r.register_index >= :first::bigint AND r.register_index < :behind::bigint),
	(SELECT string_agg((r.register_index - :first::bigint)::text, ' ') FROM award AS r
	 WHERE r.revoked_at IS NOT NULL AND r.register_index >= :first::bigint AND r.register_index < :behind::bigint);
