// What to do next, over HTTP: the reasons one after another, as one learner goes through a course, and that nothing is
// told which cannot be done.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { after, before, test } from "node:test";
import { assertProblem, Client, done, Person } from "./client.mjs";
import { System } from "./system.mjs";

const COURSES = "/api/v1/courses";
const DAY_MS = 86_400_000;

let system, client, teacher;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  teacher = await Person.here(system, client, { name: "Ida Instructor" });
  await teacher.become("instructor");
});
after(() => system.release());

const fresh = () => crypto.randomUUID();
const inDays = (days) => new Date(Date.now() + days * DAY_MS).toISOString();

const policy = (given) => ({
  late_window_s: 0, late_penalty: 0, keeps: "best", feedback: "submitted", shows_key: true, graders: 1, release: "automatic",
  shuffles_questions: false, shuffles_choices: false, ...given,
});

// Three lessons (the second after the first, the third to be released), an exam that is due in two days, another one that
// opens later, and beside the question of the exams another one about Velocity to practise.
async function newCourse() {
  const post = async (path, json) => (await done(201, teacher.post(path, json))).id;
  const course = { id: await post(COURSES, { title: "Mechanics", language: "en", level: "introductory" }), velocity: fresh() };
  const at = `${COURSES}/${course.id}`;
  const objectives = [{ objective: course.velocity }];
  await done(200, teacher.put(`${at}/objectives`, { objectives: [{ objective: course.velocity, title: "Velocity" }] }));
  course.lessons = [];
  for (const title of ["First", "Second", "Third"])
    course.lessons.push(await post(`${at}/lessons`, { title, body: "It moves.", objectives }));
  const ask = async (use) => {
    const question = await post(`${at}/questions`, { type: "true_false", prompt: "It moves.", objectives });
    await done(200, teacher.put(`/api/v1/questions/${question}/key`, { version: 1, choices: [{ key: "true", credit: 1000 }] }));
    await done(200, teacher.put(`/api/v1/questions/${question}/use`, { use }));
    return question;
  };
  await ask("practice");
  const question = await ask("graded");
  const slots = [{ points_milli: 1000, draw: 1, pool: [{ question, version: 1 }] }];
  course.exams = [];
  for (const given of [{ due_at: inDays(2), attempts_max: 1, time_limit_s: 3600 }, { opens_at: inDays(1), due_at: inDays(2) }]) {
    course.exams.push(await post(`${at}/assessments`, { title: "Exam", purpose: "exam", slots }));
    await done(200, teacher.put(`/api/v1/assessments/${course.exams.at(-1)}/policy`, policy(given)));
  }
  const [first, second, third] = course.lessons;
  const items = [
    { item: first, required: true, rule: "viewed" },
    { item: second, required: true, rule: "viewed", after: first },
    { item: third, required: true, rule: "viewed", release_at: inDays(9) },
    ...course.exams.map((item) => ({ item, required: false, rule: "questions" })),
  ];
  await done(200, teacher.put(`${at}/outline`, { sections: [{ title: "All", items }] }));
  await post(`${at}/editions`, {});
  await done(200, teacher.put(`${at}/enrolment/policy`, { admission: "open", seats: 0, places: 0 }));
  return course;
}

async function newLearner(course) {
  const person = await Person.here(system, client);
  await done(201, person.post(`${COURSES}/${course.id}/enrolment`, {}, { min: teacher.position }));
  person.position = Math.max(person.position, teacher.position);
  return person;
}

const next = async (person, query = "?limit=20") => (await done(200, person.get(`/api/v1/me/next${query}`))).steps;
const kinds = (steps) => steps.map(({ kind }) => kind);

test("steps are told in the order of the table, each with what it rests on", async () => {
  const course = await newCourse();
  const [first, second] = course.lessons;
  const person = await newLearner(course);
  let steps = await next(person);
  assert.deepEqual(kinds(steps), ["deadline", "next_item", "new_objective"]);
  assert.deepEqual([steps[0].item, steps[1].item, steps[2].objective], [course.exams[0], first, course.velocity]);
  assert.ok(Math.abs(new Date(steps[0].until) - Date.now() - 2 * DAY_MS) < DAY_MS / 24);
  assert.deepEqual([steps[1].title, steps[1].item_kind, steps[2].title], ["First", "lesson", "Velocity"]);
  assert.deepEqual([steps[2].known_ppm, steps[2].evidence, steps[2].questions], [250000, 0, 1]);
  assert.ok(steps.every(({ why, course_title }) => why.endsWith(".") && course_title === "Mechanics"));

  await done(200, person.put(`/api/v1/lessons/${first}/place`, { course: course.id, place: "newton" }));
  steps = await next(person);
  assert.deepEqual(kinds(steps), ["deadline", "lesson", "new_objective"], "a lesson is told once");
  assert.deepEqual([steps[1].item, steps[1].place], [first, "newton"]);

  const { content } = await done(200, person.get(`/api/v1/assessments/${course.exams[0]}`));
  const started = { course: course.id, paper: content };
  const { id: attempt } = await done(201, person.post(`/api/v1/assessments/${course.exams[0]}/attempts`, started));
  steps = await next(person);
  assert.deepEqual(kinds(steps), ["finish_attempt", "lesson", "new_objective"]);
  assert.deepEqual([steps[0].attempt, steps[0].item], [attempt, course.exams[0]]);
  assert.ok(Math.abs(new Date(steps[0].until) - Date.now() - 3_600_000) < 60_000);

  await done(200, person.post(`/api/v1/attempts/${attempt}/submission`));
  assert.deepEqual(kinds(await next(person)), ["lesson", "new_objective"], "the attempt that was allowed is used");

  await done(200, person.post(`/api/v1/lessons/${first}/views`, { course: course.id }));
  steps = await next(person);
  assert.deepEqual([kinds(steps), steps[0].item], [["next_item", "new_objective"], second], "what it builds on is complete");

  const { id: practice } = await done(201, person.post("/api/v1/me/practice", { course: course.id }, { min: person.position }));
  steps = await next(person);
  assert.deepEqual([kinds(steps)[0], steps[0].attempt, steps[0].questions], ["practice", practice, 1]);
  await done(200, person.post(`/api/v1/me/practice/${practice}/answers/1`, { chosen: [{ key: "false" }] }));
  steps = await next(person);
  assert.deepEqual(kinds(steps), ["practice", "weak_objective", "next_item"]);
  assert.equal(steps[1].evidence, 1);
  assert.ok(steps[1].known_ppm < 250000);
  await done(200, person.post(`/api/v1/me/practice/${practice}/answers/1`, { chosen: [{ key: "true" }] }));
  assert.deepEqual(kinds(await next(person)), ["next_item"], "the only question rests after a right answer");
});

test("each step can be taken", async () => {
  const course = await newCourse();
  const person = await newLearner(course);
  for (const { kind, item, objective, item_kind } of await next(person)) {
    if (objective) await done(201, person.post("/api/v1/me/practice", { course: course.id, objectives: [{ objective }] }, { min: person.position }));
    else if (item_kind === "lesson") await done(200, person.post(`/api/v1/lessons/${item}/views`, { course: course.id }));
    else {
      assert.equal(kind, "deadline");
      const { content: paper } = await done(200, person.get(`/api/v1/assessments/${item}`));
      await done(201, person.post(`/api/v1/assessments/${item}/attempts`, { course: course.id, paper }));
    }
  }
});

test("steps are those of one course if asked, so many as asked, and none of what one left", async () => {
  const [course, other] = [await newCourse(), await newCourse()];
  const person = await newLearner(course);
  await done(201, person.post(`${COURSES}/${other.id}/enrolment`, {}));
  assert.equal((await next(person)).length, 6);
  assert.deepEqual(kinds(await next(person, "?limit=3")), ["deadline", "deadline", "next_item"]);
  assert.equal((await next(person, "")).length, 5);
  const steps = await next(person, `?course=${course.id}`);
  assert.deepEqual([kinds(steps), new Set(steps.map((step) => step.course)).size], [["deadline", "next_item", "new_objective"], 1]);
  await done(200, person.delete(`${COURSES}/${other.id}/enrolment`));
  assert.ok((await next(person)).every((step) => step.course === course.id));
  assert.deepEqual(await next(person, `?course=${other.id}`), []);
  assertProblem(await person.get("/api/v1/me/next?limit=21"), 422, "invalid");
  assert.deepEqual(await next(teacher), []);
});
