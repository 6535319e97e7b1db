#include "tests/projections/work_life.h"

/* Ids of their own, beside persons, sessions, courses, attempts and grades. */
enum {
	PERSON = 8000000,
	PROJECT = 8100000,
	SIMULATION = 8200000,
	COMMENT = 8300000,
	REPORT = 8400000,
	RUN = 8500000,
	SWEEP = 8600000,
	FORK = 8700000,
};

static struct id person_of(uint32_t person)
{
	return stage_id(PERSON + person);
}

static struct id history_of(uint32_t person)
{
	const struct id id = person_of(person);

	return id_derived("history", &id, 1);
}

static struct id with(const char *noun, struct id thing, uint32_t person)
{
	const struct id parts[] = {thing, person_of(person)};

	return id_derived(noun, parts, array_count(parts));
}

/* ---------------------------------------------------------------- projects */

static void project_is_saved(struct stage *stage, struct work_life *life, uint32_t project, uint32_t person)
{
	const struct project_tag        tags[] = {{TEXT("swing")}, {TEXT("fall")}};
	const struct project_attachment attached[] = {
		{.id = TEXT("run"), .kind = ATTACHMENT_KIND_simulation, .target = stage_id(SIMULATION)}};
	static const struct project_attachment none;
	bool                                   first = life->revisions[project] == 0;
	uint32_t                               attachments = life->chance(2);

	life->revisions[project]++;
	HAPPEN(stage, project_revised, .project = stage_id(PROJECT + project),
	       .content = stage_id(PROJECT + 1000 * (project + 1) + life->revisions[project]),
	       .history = history_of(person), .revision = life->revisions[project], .author = person_of(person),
	       .cause = first ? PROJECT_CAUSE_created : PROJECT_CAUSE_edited, .title = TEXT("How it swings"),
	       .summary = TEXT("By and by."), .body = TEXT("It swings."), .language = TEXT("en"),
	       .tags = {.items = tags, .count = life->chance(3)},
	       .attachments = {.items = attachments ? attached : &none, .count = attachments});
}

static void project_begins(struct stage *stage, struct work_life *life, uint32_t project)
{
	HAPPEN(stage, project_created, .project = stage_id(PROJECT + project), .history = history_of(project),
	       .creator = person_of(project));
	HAPPEN(stage, project_joined, .project = stage_id(PROJECT + project), .history = history_of(project),
	       .member = person_of(project), .role = PROJECT_ROLE_owner);
	life->joined[project][project] = true;
	project_is_saved(stage, life, project, project);
}

static void project_is_shown_or_not(struct stage *stage, struct work_life *life, uint32_t project, uint32_t person)
{
	struct id id = stage_id(PROJECT + project);

	switch (life->chance(6)) {
	case 0:
		HAPPEN(stage, project_archived, .project = id);
		HAPPEN(stage, project_reopened, .project = id);
		break;
	case 1:
		HAPPEN(stage, project_hidden, .project = id, .creator = person_of(project),
		       .reason = TEXT("Reported."));
		break;
	case 2:
		HAPPEN(stage, project_shown, .project = id);
		break;
	default:
		HAPPEN(stage, project_shared, .project = id,
		       .visibility = life->chance(2) ? PROJECT_VISIBILITY_public : PROJECT_VISIBILITY_private);
	}
}

/* The creator stays. */
static void somebody_joins_or_leaves(struct stage *stage, struct work_life *life, uint32_t project, uint32_t person)
{
	struct id id = stage_id(PROJECT + project), member = person_of(person);

	if (person == project)
		return;
	if (life->joined[project][person]) {
		HAPPEN(stage, project_left, .project = id, .history = history_of(person), .member = member);
	} else {
		HAPPEN(stage, project_invited, .project = id, .member = member, .role = PROJECT_ROLE_editor);
		HAPPEN(stage, project_invitation_ended, .project = id, .member = member,
		       .cause = INVITATION_END_accepted);
		HAPPEN(stage, project_joined, .project = id, .history = history_of(person), .member = member,
		       .role = PROJECT_ROLE_editor);
	}
	life->joined[project][person] = !life->joined[project][person];
}

static void somebody_likes_it_or_not(struct stage *stage, struct work_life *life, uint32_t project, uint32_t person)
{
	struct id id = stage_id(PROJECT + project), like = with("project_like", id, person);

	if (life->likes[project][person])
		HAPPEN(stage, project_unliked, .like = like, .history = history_of(person), .project = id,
		       .fan = person_of(person));
	else
		HAPPEN(stage, project_liked, .like = like, .history = history_of(person), .project = id,
		       .fan = person_of(person));
	life->likes[project][person] = !life->likes[project][person];
}

static void somebody_comments(struct stage *stage, struct work_life *life, uint32_t project, uint32_t person)
{
	struct id id = stage_id(PROJECT + project), comment = stage_id(COMMENT + life->comments++);

	HAPPEN(stage, comment_written, .comment = comment, .history = history_of(person), .project = id,
	       .revision = life->revisions[project], .author = person_of(person), .text = TEXT("Well done."));
	if (life->chance(3) == 0)
		HAPPEN(stage, comment_changed, .comment = comment, .history = history_of(person), .project = id,
		       .author = person_of(person), .text = TEXT("Very well done."));
	if (life->chance(4) == 0)
		HAPPEN(stage, comment_deleted, .comment = comment, .project = id);
}

static void somebody_reports_it(struct stage *stage, struct work_life *life, uint32_t project, uint32_t person)
{
	struct id id = stage_id(PROJECT + project);

	HAPPEN(stage, project_reported, .report = stage_id(REPORT + life->reports++), .history = history_of(person),
	       .project = id, .reporter = person_of(person), .reason = TEXT("It is mine."));
	if (life->chance(3) == 0)
		HAPPEN(stage, project_cleared, .project = id);
}

static void somebody_forks_it(struct stage *stage, struct work_life *life, uint32_t project, uint32_t person)
{
	struct id id = stage_id(PROJECT + project), fork = stage_id(FORK + life->forks++);

	HAPPEN(stage, project_created, .project = fork, .history = history_of(person), .creator = person_of(person),
	       .origin = id, .has_origin_revision = true, .origin_revision = life->revisions[project],
	       .origin_author = person_of(project));
	HAPPEN(stage, project_forked, .project = id, .revision = life->revisions[project], .fork = fork);
}

static void project_is_handed_in(struct stage *stage, struct work_life *life, uint32_t project, uint32_t person)
{
	HAPPEN(stage, project_handed_in, .project = stage_id(PROJECT + project),
	       .attempt = stage_id(FORK + 90000 + person), .slot = 1, .course = stage_id(FORK + 99999),
	       .learner = person_of(person), .revision = life->revisions[project]);
}

/* ---------------------------------------------------------------- simulations */

static void scene_is_written(struct stage *stage, struct work_life *life, uint32_t simulation)
{
	HAPPEN(stage, scene_written, .simulation = stage_id(SIMULATION + simulation),
	       .version = ++life->versions[simulation], .packed = BYTES("packed", 6),
	       .scene_hash = {.bytes = {(uint8_t)life->versions[simulation]}},
	       .mode = life->chance(2) ? SIMULATION_MODE_precise : SIMULATION_MODE_rigid);
}

static void simulation_begins(struct stage *stage, struct work_life *life, uint32_t simulation)
{
	HAPPEN(stage, simulation_created, .simulation = stage_id(SIMULATION + simulation),
	       .history = history_of(simulation), .owner = person_of(simulation), .title = TEXT("Pendulum"),
	       .description = TEXT("Let go."));
	scene_is_written(stage, life, simulation);
}

static void simulation_changes(struct stage *stage, struct work_life *life, uint32_t simulation, uint32_t person)
{
	struct id id = stage_id(SIMULATION + simulation), lent = life->chance(2) ? stage_id(PROJECT) : ID_NONE;

	switch (life->chance(5)) {
	case 4:
		HAPPEN(stage, simulation_lent, .simulation = id, .project = lent);
		break;
	case 0:
		HAPPEN(stage, simulation_described, .simulation = id, .owner = person_of(simulation),
		       .title = TEXT("Long pendulum"));
		break;
	case 1:
		HAPPEN(stage, simulation_archived, .simulation = id);
		HAPPEN(stage, simulation_reopened, .simulation = id);
		break;
	case 2:
		HAPPEN(stage, simulation_shared, .simulation = id,
		       .visibility = life->chance(2) ? SIMULATION_VISIBILITY_public : SIMULATION_VISIBILITY_private);
		break;
	default:
		scene_is_written(stage, life, simulation);
	}
}

static void run_completes(struct stage *stage, struct id run, struct id simulation, uint32_t person)
{
	const struct run_measure            measures[] = {{.measure = TEXT("T"), .has_value = true, .value = 2.25}};
	static const struct run_expectation none;

	HAPPEN(stage, simulation_run_completed, .run = run, .history = history_of(person), .simulation = simulation,
	       .requester = person_of(person), .scene_hash = {.bytes = {1}}, .run_hash = {.bytes = {2}},
	       .engine = {.bytes = {3}}, .mode = SIMULATION_MODE_precise, .reason = TEXT("Nothing can touch."),
	       .frames = 601, .steps = 6000, .trajectory_hash = {.bytes = {4}}, .checkpoint_frames = 60,
	       .checkpoints = BYTES("checkpoints", 11), .has_energy_drift = true, .energy_drift = 1e-9,
	       .measures = {.items = measures, .count = 1}, .expectations = {.items = &none}, .cpu_us = 900);
}

static void simulation_is_run(struct stage *stage, struct work_life *life, uint32_t simulation, uint32_t person)
{
	static const struct parameter_setting none;
	struct id id = stage_id(SIMULATION + simulation), run = stage_id(RUN + life->runs++),
		  history = history_of(person);
	uint32_t end = life->chance(4);

	HAPPEN(stage, simulation_run_requested, .run = run, .history = history, .simulation = id,
	       .version = life->versions[simulation], .requester = person_of(person), .requested_at = 5000000,
	       .scene_hash = {.bytes = {1}}, .settings = {.items = &none});
	if (end == 0)
		HAPPEN(stage, simulation_run_failed, .run = run, .history = history, .simulation = id,
		       .requester = person_of(person), .scene_hash = {.bytes = {1}}, .code = TEXT("diverged"),
		       .frames = 7, .sentence = TEXT("It flew away."));
	else if (end == 1)
		HAPPEN(stage, simulation_run_cancelled, .run = run, .history = history, .simulation = id,
		       .requester = person_of(person));
	else
		run_completes(stage, run, id, person);
}

static void simulation_is_swept(struct stage *stage, struct work_life *life, uint32_t simulation, uint32_t person)
{
	static const struct parameter_setting none;
	const struct sweep_measure            measures[] = {{TEXT("T")}};
	static const struct sweep_result      results[] = {{.has_value = true, .value = 2.5}};
	const struct list_of_sweep_result     none_yet = {.items = results}, one = {.items = results, .count = 1};
	const struct sweep_point              points[] = {
			     {.at = 1, .run_hash = {.bytes = {2}}, .trajectory = {.bytes = {4}}, .results = one},
			     {.at = 2, .failure = TEXT("diverged"), .results = none_yet},
        };
	struct id id = stage_id(SIMULATION + simulation), sweep = stage_id(SWEEP + life->sweeps++);

	HAPPEN(stage, simulation_sweep_requested, .sweep = sweep, .history = history_of(person), .simulation = id,
	       .version = life->versions[simulation], .requester = person_of(person), .requested_at = 5000000,
	       .parameter = TEXT("L"), .from = 1, .to = 2, .count = 2, .settings = {.items = &none},
	       .measures = {.items = measures, .count = 1});
	if (life->chance(2))
		HAPPEN(stage, simulation_sweep_completed, .sweep = sweep, .history = history_of(person),
		       .simulation = id, .requester = person_of(person), .points = {.items = points, .count = 2});
}

void work_life_event(struct stage *stage, struct work_life *life)
{
	static void (*const of_projects[])(struct stage *, struct work_life *, uint32_t, uint32_t) = {
		project_is_saved,  project_is_shown_or_not, somebody_joins_or_leaves, somebody_likes_it_or_not,
		somebody_comments, somebody_reports_it,     somebody_forks_it,        project_is_handed_in};
	static void (*const of_simulations[])(struct stage *, struct work_life *, uint32_t,
	                                      uint32_t) = {simulation_changes, simulation_is_run, simulation_is_swept};
	uint32_t project = life->chance(WORK_PROJECTS), simulation = life->chance(WORK_SIMULATIONS);
	uint32_t person = life->chance(WORK_PEOPLE);

	for (uint32_t i = 0; i < WORK_PEOPLE && !life->begun; i++)
		stage_register(stage, person_of(i), "Somebody");
	life->begun = true;
	if (life->revisions[project] == 0)
		project_begins(stage, life, project);
	else
		of_projects[life->chance(array_count(of_projects))](stage, life, project, person);
	if (life->versions[simulation] == 0)
		simulation_begins(stage, life, simulation);
	else
		of_simulations[life->chance(array_count(of_simulations))](stage, life, simulation, person);
}
