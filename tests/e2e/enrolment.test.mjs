// Taking a course: joining, waiting, leaving, and how far one is, as learners and staff see it.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { after, before, test } from "node:test";
import { assertProblem, assertStatus, Client, done, Person } from "./client.mjs";
import { eventually, System } from "./system.mjs";

const COURSES = "/api/v1/courses";
const MINE = "/api/v1/me/courses";
const LEARNERS = 30;

let system, client, instructor, assistant, learners;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  instructor = await Person.here(system, client, { name: "Ida Instructor" });
  assistant = await Person.here(system, client, { name: "Abe Assistant" });
  await instructor.become("instructor");
  learners = [];
  for (let i = 0; i < LEARNERS; i += 10)
    learners.push(...(await Promise.all(Array.from({ length: 10 }, (_, j) => newLearner(`Learner ${i + j}`)))));
});
after(() => system.release());

const newLearner = (name) => Person.here(system, client, { name });

// What one person did, another sees.
function tell(from, ...others) {
  for (const person of others) person.position = Math.max(person.position, from.position);
}

// A published course whose lessons wait for one another as `rules` say, which anybody may join.
async function newCourse({ rules = [{}], policy = {} } = {}) {
  const course = (await done(201, instructor.post(COURSES, { title: "Mechanics", language: "en", level: "introductory" }))).id;
  const lessons = [];
  for (const [i] of rules.entries()) {
    const written = await done(201, instructor.post(`${COURSES}/${course}/lessons`, { title: `Lesson ${i + 1}`, body: "" }));
    lessons.push(written.id);
  }
  const items = rules.map(({ after, ...rule }, i) => ({
    item: lessons[i],
    required: true,
    rule: "viewed",
    ...rule,
    ...(after === undefined ? {} : { after: lessons[after] }),
  }));
  await done(200, instructor.put(`${COURSES}/${course}/outline`, { sections: [{ title: "All", items }] }));
  await done(201, instructor.post(`${COURSES}/${course}/editions`, {}));
  await setPolicy(course, policy);
  return { course, lessons };
}

async function setPolicy(course, policy) {
  const wish = { admission: "open", seats: 0, places: 0, ...policy };
  await done(200, instructor.put(`${COURSES}/${course}/enrolment/policy`, wish));
}

const enrol = (person, course, wish = {}, options) => person.post(`${COURSES}/${course}/enrolment`, wish, options);
const withdraw = (person, course) => person.delete(`${COURSES}/${course}/enrolment`);
const view = (person, course, item, options) => person.post(`/api/v1/lessons/${item}/views`, { course }, options);
const beat = (person, course, item, seconds, options) =>
  person.post(`/api/v1/lessons/${item}/heartbeats`, { course, seconds }, options);
const mine = async (person, course) => done(200, person.get(`${MINE}/${course}`));
const standing = async (person, course) => (await mine(person, course)).course.standing;

// Every page of the roster, as the instructor sees it.
async function roster(course, query = "", limit = 200) {
  const rows = [];
  let next = null;
  do {
    const cursor = next ? `&cursor=${encodeURIComponent(next)}` : "";
    const page = await done(200, instructor.get(`${COURSES}/${course}/learners?limit=${limit}${query}${cursor}`));
    rows.push(...page.data);
    next = page.next;
  } while (next);
  return rows;
}

// ---- learning

test("a learner joins, looks at lessons, and completes the course", async () => {
  const [ada] = learners;
  const { course, lessons } = await newCourse({ rules: [{}, { after: 0 }, { required: false }] });
  assertProblem(await view(ada, course, lessons[0]), 403, "not_enrolled");
  await done(201, enrol(ada, course));
  const begun = await mine(ada, course);
  assert.deepEqual(
    begun.steps.map(({ item, title, state, lock }) => [item, title, state, lock]),
    [
      [lessons[0], "Lesson 1", "open", undefined],
      [lessons[1], "Lesson 2", "locked", "prerequisite_missing"],
      [lessons[2], "Lesson 3", "open", undefined],
    ],
  );
  assert.equal(begun.course.next, lessons[0]);
  assertProblem(await view(ada, course, lessons[1]), 409, "prerequisite_missing");
  await done(200, view(ada, course, lessons[0]));
  assert.equal((await mine(ada, course)).course.next, lessons[1]);
  await done(200, view(ada, course, lessons[1]));
  const { course: ended, steps } = await mine(ada, course);
  assert.deepEqual(steps.map(({ state }) => state), ["completed", "completed", "open"]);
  assert.deepEqual([ended.items, ended.completed, ended.required, ended.required_completed], [3, 2, 2, 2]);
  assert.ok(ended.completed_at);
  const [listed] = (await done(200, ada.get(MINE))).data.filter((one) => one.course === course);
  assert.deepEqual([listed.title, listed.standing, listed.completed], ["Mechanics", "enrolled", 2]);
});

test("where one was is found again", async () => {
  const [ada] = learners;
  const { course, lessons } = await newCourse({ rules: [{}, {}] });
  await done(201, enrol(ada, course));
  await done(200, ada.put(`/api/v1/lessons/${lessons[1]}/place`, { course, place: "newtons-second-law" }));
  const { course: shown, steps } = await mine(ada, course);
  assert.deepEqual([shown.resume, shown.resume_place], [lessons[1], "newtons-second-law"]);
  assert.equal(steps[1].place, "newtons-second-law");
});

test("a lesson stays closed until its time, and a cohort's learners until theirs", async () => {
  const [ada] = learners;
  const later = new Date(Date.now() + 3_600_000).toISOString();
  const { course, lessons } = await newCourse({ rules: [{ release_at: later }, {}] });
  const cohort = crypto.randomUUID();
  await done(200, instructor.put(`${COURSES}/${course}/cohorts/${cohort}`, { name: "Autumn", opens_at: later }));
  await done(201, enrol(ada, course));
  const early = await view(ada, course, lessons[0]);
  assertProblem(early, 409, "item_unreleased");
  assert.ok(Number(early.headers.get("retry-after")) > 3000);
  assert.deepEqual((await mine(ada, course)).steps.map(({ lock }) => lock), ["item_unreleased", undefined]);
  await done(200, instructor.put(`${COURSES}/${course}/learners/${ada.id}/cohort`, { cohort }));
  tell(instructor, ada);
  assertProblem(await view(ada, course, lessons[1]), 409, "cohort_early");
  assert.deepEqual((await mine(ada, course)).steps.map(({ lock }) => lock), ["cohort_early", "cohort_early"]);
  const [shown] = (await done(200, client.get(`${COURSES}/${course}/cohorts`, { min: ada.position }))).data;
  assert.deepEqual([shown.cohort, shown.name, shown.learners], [cohort, "Autumn", 1]);
});

test("learners keep their edition until they move on", async () => {
  const [ada] = learners;
  const { course, lessons } = await newCourse({ rules: [{}] });
  await done(201, enrol(ada, course));
  await done(200, view(ada, course, lessons[0]));
  const second = (await done(201, instructor.post(`${COURSES}/${course}/lessons`, { title: "More", body: "" }))).id;
  const items = [lessons[0], second].map((item) => ({ item, required: true, rule: "viewed" }));
  await done(200, instructor.put(`${COURSES}/${course}/outline`, { sections: [{ title: "All", items }] }));
  const edition = (await done(201, instructor.post(`${COURSES}/${course}/editions`, {}))).id;
  tell(instructor, ada);
  const before = await mine(ada, course);
  assert.deepEqual([before.course.number, before.course.latest, before.steps.length], [1, edition, 1]);
  assertProblem(await view(ada, course, second), 404, "item_unknown");
  await done(200, ada.put(`${COURSES}/${course}/enrolment/edition`, {}));
  const after = await mine(ada, course);
  assert.deepEqual([after.course.number, after.course.edition], [2, edition]);
  assert.deepEqual(after.steps.map(({ state }) => state), ["completed", "open"]);
});

// ---- time

const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
const at = (time) => ({ headers: { "client-time": time } });

test("time counts once, whenever it is told", async () => {
  const ada = await newLearner("Ada Offline");
  const { course, lessons } = await newCourse({ rules: [{}, {}] });
  await done(201, enrol(ada, course));
  const joined = Date.now();
  await new Promise((resolve) => setTimeout(resolve, 4000));
  const told = new Date(joined + 3000).toISOString();
  await done(200, beat(ada, course, lessons[0], 2, at(told)));
  await done(200, beat(ada, course, lessons[0], 2, at(told)));
  await done(200, beat(ada, course, lessons[1], 2, at(told)));
  const { course: shown, steps } = await mine(ada, course);
  assert.deepEqual([shown.seconds, steps[0].seconds, steps[1].seconds], [2, 2, 0]);
  // Before she joined there was nothing to count, however long the wish reaches back.
  await done(200, beat(ada, course, lessons[0], 60, at(ago(60))));
  assert.equal((await mine(ada, course)).course.seconds, 2);
  await done(200, beat(ada, course, lessons[0], 60));
  const all = (await mine(ada, course)).course.seconds;
  assert.ok(all >= 3 && all <= (Date.now() - joined) / 1000 + 1, `${all} s`);
  assertProblem(await beat(ada, course, lessons[0], 30, at(ago(15 * 86400))), 422, "time_too_old");
});

test("a queue from an offline client is counted as if it had been told at once", async () => {
  const ada = await newLearner("Ada Queue");
  const { course, lessons } = await newCourse({ rules: [{}, { after: 0 }] });
  await done(201, enrol(ada, course));
  const joined = Date.now();
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const line = (seconds, method, path, body) => ({
    id: crypto.randomUUID(),
    at: new Date(joined + seconds * 1000).toISOString(),
    method,
    path: `/api/v1/lessons/${path}`,
    body: { course, ...body },
  });
  const queue = [
    line(1, "POST", `${lessons[0]}/views`),
    line(2, "POST", `${lessons[0]}/heartbeats`, { seconds: 1 }),
    line(3, "POST", `${lessons[0]}/heartbeats`, { seconds: 1 }),
    line(3, "POST", `${lessons[1]}/views`),
    line(4, "POST", `${lessons[1]}/heartbeats`, { seconds: 1 }),
    line(4, "PUT", `${lessons[1]}/place`, { place: "half-way" }),
  ];
  for (let round = 0; round < 2; round++) {
    const answer = await ada.post("/api/v1/me/outbox", queue);
    assertStatus(answer, 200);
    const lines = answer.json.data ?? answer.json;
    assert.deepEqual(lines.map(({ status }) => status), [200, 200, 200, 200, 200, 200]);
    ada.position = Math.max(...lines.map(({ position }) => position ?? 0));
  }
  const { course: shown, steps } = await mine(ada, course);
  assert.deepEqual(steps.map(({ state, seconds }) => [state, seconds]), [["completed", 2], ["completed", 1]]);
  assert.deepEqual([shown.seconds, shown.resume_place], [3, "half-way"]);
});

// ---- joining

test("a code opens the course, and only staff read it", async () => {
  const [ada, bob] = learners;
  const { course } = await newCourse({ policy: { admission: "code", code: "newton" } });
  assertProblem(await enrol(ada, course, { code: "galileo" }), 403, "code_wrong");
  await done(201, enrol(ada, course, { code: "newton" }));
  assert.equal((await mine(ada, course)).course.source, "code");
  const notice = await done(200, client.get(`${COURSES}/${course}/enrolment`, { min: ada.position }));
  assert.deepEqual([notice.admission, notice.taken, notice.code], ["code", 1, undefined]);
  assert.equal((await done(200, instructor.get(`${COURSES}/${course}/enrolment/policy`))).code, "newton");
  tell(instructor, bob);
  assertProblem(await bob.get(`${COURSES}/${course}/enrolment/policy`), 403, "course_role_missing");
});

test("the same key enrols once and brings the same answer", async () => {
  const [ada] = learners;
  const { course } = await newCourse();
  const key = `enrol-${crypto.randomUUID()}`;
  const first = await enrol(ada, course, {}, { key });
  const second = await enrol(ada, course, {}, { key });
  assertStatus(first, 201);
  assertStatus(second, 201);
  assert.equal(second.text, first.text);
  const third = await enrol(ada, course);
  assertStatus(third, 201);
  const facts = (await system.events(first.position)).filter(({ event, fields }) => /^learner_/.test(event) && fields.course === course);
  assert.equal(facts.length, 1);
});

test("thirty join at once: ten have a seat, twenty wait in order, and all of them move up", async () => {
  const { course } = await newCourse({ policy: { seats: 10, places: 20 } });
  for (const answer of await Promise.all(learners.map((one) => enrol(one, course)))) assertStatus(answer, 201);
  tell({ position: Math.max(...learners.map(({ position }) => position)) }, instructor, ...learners);
  const late = await newLearner("Late Comer");
  assertProblem(await enrol(late, course), 409, "course_full");
  const seated = await roster(course, "&standing=enrolled", 3);
  const waiting = await roster(course, "&standing=waiting", 7);
  assert.equal(seated.length, 10);
  assert.deepEqual(waiting.map(({ queue }) => queue), Array.from({ length: 20 }, (_, i) => i + 1));
  const first = learners.find(({ id }) => id === waiting[0].learner);
  const leaver = learners.find(({ id }) => id === seated[3].learner);
  await done(200, withdraw(leaver, course));
  tell(leaver, first, instructor);
  const moved = await mine(first, course);
  assert.deepEqual([moved.course.standing, moved.course.source], ["enrolled", "waiting"]);
  const [next] = await roster(course, "&standing=waiting");
  assert.deepEqual([next.learner, next.queue], [waiting[1].learner, 1]);
  const notice = await done(200, instructor.get(`${COURSES}/${course}/enrolment`));
  assert.deepEqual([notice.seats, notice.taken, notice.waiting], [10, 10, 19]);
  await setPolicy(course, { seats: 40 });
  await eventually("everybody has a seat", async () => (await roster(course, "&standing=enrolled")).length === 29);
  const after = await done(200, instructor.get(`${COURSES}/${course}/enrolment`));
  assert.deepEqual([after.taken, after.waiting], [29, 0]);
  assertProblem(
    await instructor.put(`${COURSES}/${course}/enrolment/policy`, { admission: "open", seats: 28, places: 0 }),
    409,
    "seats_below_taken",
  );
});

test("who is invited joins a course that is closed", async () => {
  const [ada, bob] = learners;
  const { course } = await newCourse({ policy: { admission: "closed" } });
  assertProblem(await enrol(ada, course), 403, "enrolment_closed");
  for (const one of [ada, bob]) await done(200, instructor.put(`${COURSES}/${course}/invitations/${one.id}`, {}));
  tell(instructor, ada, bob);
  assert.equal(await standing(ada, course), "invited");
  await done(201, enrol(ada, course));
  await done(200, withdraw(bob, course));
  tell(ada, instructor);
  tell(bob, instructor);
  const rows = await roster(course);
  assert.deepEqual(
    Object.fromEntries(rows.map((row) => [row.learner, [row.standing, row.source]])),
    { [ada.id]: ["enrolled", "invitation"], [bob.id]: ["withdrawn", undefined] },
  );
});

// ---- what staff see and do

test("staff see names, time and progress; assistants grant accommodations and decide nothing else", async () => {
  const [ada, bob] = learners;
  const { course, lessons } = await newCourse({ rules: [{}, {}] });
  await done(200, instructor.put(`${COURSES}/${course}/staff/${assistant.id}`, { role: "assistant" }));
  await done(201, enrol(ada, course));
  await done(200, view(ada, course, lessons[0]));
  tell(instructor, assistant);
  tell(ada, assistant, instructor);
  const wish = { item: lessons[1], due_at: "2031-01-01T00:00:00Z", extra_attempts: 2, reason: "Was ill." };
  await done(200, assistant.post(`${COURSES}/${course}/learners/${ada.id}/accommodations`, wish));
  const shown = await done(200, assistant.get(`${COURSES}/${course}/learners/${ada.id}`));
  assert.deepEqual([shown.learner.name, shown.learner.completed, shown.learner.items], [ada.name, 1, 2]);
  assert.deepEqual(
    shown.accommodations.map(({ item, reason, extra_attempts, granted_by }) => [item, reason, extra_attempts, granted_by]),
    [[lessons[1], "Was ill.", 2, assistant.id]],
  );
  assert.equal(shown.steps[1].extra_attempts, 2);
  tell(assistant, ada);
  assert.match((await mine(ada, course)).steps[1].due_at, /^2031-01-01T00:00:00/);
  assertProblem(await assistant.put(`${COURSES}/${course}/learners/${bob.id}`, {}), 403, "course_role_missing");
  assertProblem(await ada.get(`${COURSES}/${course}/learners`), 403, "course_role_missing");
});

test("an instructor enrols, moves and removes; the reason is for staff to read", async () => {
  const [ada, bob] = learners;
  const { course: from } = await newCourse({ policy: { seats: 1, places: 5 } });
  const { course: to } = await newCourse();
  await done(200, instructor.put(`${COURSES}/${from}/learners/${ada.id}`, {}));
  tell(instructor, ada, bob);
  await done(201, enrol(bob, from));
  assert.equal(await standing(bob, from), "waiting");
  tell(bob, instructor);
  await done(200, instructor.post(`${COURSES}/${from}/learners/${ada.id}/transfer`, { to, reason: "Too easy." }));
  tell(instructor, ada, bob);
  assert.deepEqual([await standing(ada, from), await standing(ada, to), await standing(bob, from)], ["withdrawn", "enrolled", "enrolled"]);
  await done(200, instructor.post(`${COURSES}/${to}/learners/${ada.id}/removal`, { reason: "Never came." }));
  const [row] = await roster(to);
  assert.deepEqual([row.learner, row.standing, row.reason], [ada.id, "withdrawn", "Never came."]);
  assertProblem(await instructor.post(`${COURSES}/${to}/learners/${ada.id}/removal`, {}), 404, "learner_unknown");
});

test("a roster that is read page by page loses and doubles nobody while people come and go", async () => {
  const { course } = await newCourse();
  const stay = learners.slice(0, 12), come = learners.slice(12, 20);
  for (const one of stay) await done(201, enrol(one, course));
  tell(stay.at(-1), instructor);
  const rows = [];
  let next = null;
  for (let page = 0; page === 0 || next; page++) {
    const cursor = next ? `&cursor=${encodeURIComponent(next)}` : "";
    const answer = await done(200, instructor.get(`${COURSES}/${course}/learners?limit=3${cursor}`));
    rows.push(...answer.data.map(({ learner }) => learner));
    next = answer.next;
    if (come.length > 0) {
      const one = come.shift();
      await done(201, enrol(one, course));
      await done(200, withdraw(stay[page], course));
      tell(stay[page], instructor);
    }
  }
  assert.equal(new Set(rows).size, rows.length);
  for (const { id } of stay) assert.ok(rows.includes(id));
});

test("who is erased leaves every course, and who waits gets the seat", async () => {
  const gone = await newLearner("Gone Soon");
  const [ada] = learners;
  const { course } = await newCourse({ policy: { seats: 1, places: 5 } });
  await done(201, enrol(gone, course));
  await done(201, enrol(ada, course));
  assert.equal(await standing(ada, course), "waiting");
  await done(200, gone.post("/api/v1/users/me/erase", { password: gone.password }));
  tell(gone, ada, instructor);
  await eventually("who waited has the seat", async () => (await standing(ada, course)) === "enrolled");
  tell(ada, instructor);
  assert.deepEqual((await roster(course)).map(({ learner }) => learner), [ada.id]);
  const notice = await done(200, instructor.get(`${COURSES}/${course}/enrolment`));
  assert.deepEqual([notice.taken, notice.waiting], [1, 0]);
});
