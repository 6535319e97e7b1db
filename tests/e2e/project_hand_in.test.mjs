// Projects in a course: shown to its people, and handed in as the answer to a task, marked and told of in the gradebook.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Classroom, slot } from "./classroom.mjs";
import { assertProblem, Client, done, Person } from "./client.mjs";
import { eventually, System } from "./system.mjs";

const PROJECTS = "/api/v1/projects";

let system, client, room, instructor, assistant, ada, bob;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  room = await Classroom.open(system, client);
  ({ instructor, assistant, ada, bob } = room);
});
after(() => system.release());

test("a revision is handed in, seen by whoever marks it and by no other learner, and graded by its rubric", async () => {
  const question = await room.writeQuestion({ type: "project", prompt: "Build a pendulum, and say why it swings." });
  await done(200, instructor.put(`/api/v1/questions/${question}/rubric`, {
    version: 1,
    criteria: [{ key: "idea", title: "The idea", points_milli: 600 }, { key: "form", title: "Its form", points_milli: 400 }],
  }));
  const [task] = await room.assessments({ title: "Project", slots: [slot(question)] });

  const project = (await done(201, ada.post(PROJECTS, { title: "Swing", language: "en", body: "handed in\n" }))).id;
  await done(200, ada.patch(`${PROJECTS}/${project}`, { seen: 1, body: "handed in, better\n" }));
  const attempt = await room.begin(ada, task);
  const answer = (body) => ada.put(`/api/v1/attempts/${attempt}/answers/1`, body);
  assertProblem(await answer({ project, revision: 9 }), 404, "revision_unknown");
  assertProblem(await answer({ project, revision: 1, text: "and this" }), 422, "project_misplaced");
  await done(200, answer({ project, revision: 1 }));
  await done(200, answer({ project, revision: 2 }));
  await room.submit(ada, attempt);
  await done(200, ada.patch(`${PROJECTS}/${project}`, { seen: 2, body: "too late\n" }));
  room.share();

  // The grader comes first: what it cannot judge is a person's to mark.
  const waiting = await eventually("an answer to mark", async () => {
    const { data } = await done(200, assistant.get(`/api/v1/assessments/${task}/marking`));
    return data.length > 0 && data;
  });
  assert.deepEqual(waiting.map((w) => [w.attempt, w.slot]), [[attempt, 1]]);
  const shown = (await room.read(assistant, attempt)).slots[0].answer;
  assert.deepEqual([shown.answered, shown.project, shown.revision], [true, project, 2]);
  const { body } = await done(200, assistant.get(`${PROJECTS}/${project}?revision=2`));
  assert.equal(body, "handed in, better\n");
  for (const path of [project, `${project}?revision=1`, `${project}?revision=3`])
    assertProblem(await assistant.get(`${PROJECTS}/${path}`), 404, "project_unknown");
  assertProblem(await bob.get(`${PROJECTS}/${project}?revision=2`), 404, "project_unknown");

  const criteria = [{ key: "idea", points_milli: 500 }, { key: "form", points_milli: 300 }];
  await done(201, room.mark(assistant, attempt, 1, { points_milli: 800, criteria, comment: "Well swung" }));
  room.share();
  const { grade } = await room.concluded(attempt);
  assert.deepEqual([grade.points_milli, grade.of_milli], [800, 1000]);
  assert.equal((await room.bookEntry(ada, task)).share, 800_000);
  const { data } = await done(200, ada.get(`${PROJECTS}/${project}/activity`));
  assert.deepEqual(data.filter((d) => d.deed === "handed_in").map((d) => d.revision), [2, 1]);
});

test("what is shown to a course is seen by its people, and by nobody else", async () => {
  const project = (await done(201, ada.post(PROJECTS, { title: "For us", language: "en" }))).id;
  const visibility = `${PROJECTS}/${project}/visibility`;
  assertProblem(await ada.put(visibility, { visibility: "course" }), 422, "course_missing");
  await done(200, ada.put(visibility, { visibility: "course", course: room.course }));
  room.share();
  for (const person of [bob, assistant, instructor]) await done(200, person.get(`${PROJECTS}/${project}`));
  assertProblem(await client.get(`${PROJECTS}/${project}`), 404, "project_unknown");
  const comments = `${PROJECTS}/${project}/comments`;
  await done(201, bob.post(comments, { text: "Mine swings too" }));
  await done(201, assistant.post(comments, { text: "Well done" }));
  const stranger = await Person.here(system, client, { name: "Uma Stranger" });
  assertProblem(await stranger.post(comments, { text: "And me?" }), 404, "project_unknown");
  await done(200, bob.delete(`/api/v1/courses/${room.course}/enrolment`));
  assertProblem(await bob.put(`${PROJECTS}/${project}/like`, {}), 404, "project_unknown");
});
