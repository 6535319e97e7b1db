// Practice over HTTP: what is drawn and why, what is never drawn, what an answer is worth at once, and what it says of
// mastery and reviews, beside graded answers and after a regrade.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { after, before, test } from "node:test";
import { createEmptyCard, fsrs, Rating } from "ts-fsrs";
import { assertProblem, assertStatus, Client, done, Person } from "./client.mjs";
import { eventually, System } from "./system.mjs";

const COURSES = "/api/v1/courses";
const SECRET = "onlythekeyknows";
const LATER = "2100-01-01T00:00:00Z";

let system, client, teacher;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  teacher = await Person.here(system, client, { name: "Ida Instructor" });
  await teacher.become("instructor");
});
after(() => system.release());

const fresh = () => crypto.randomUUID();

// ---- a course

// Two objectives: Velocity is taught by a lesson that is open, Force by one that is to come.
async function newCourse() {
  const { id } = await done(201, teacher.post(COURSES, { title: "Mechanics", language: "en", level: "introductory" }));
  const course = { id, objectives: [fresh(), fresh()], items: [] };
  const [velocity, force] = course.objectives;
  const objectives = [{ objective: velocity, title: "Velocity" }, { objective: force, title: "Force" }];
  await done(200, teacher.put(`${COURSES}/${id}/objectives`, { objectives }));
  for (const [objective, release_at] of [[velocity], [force, LATER]]) {
    const lesson = { title: "A lesson", body: "It moves.", objectives: [{ objective }] };
    const { id: item } = await done(201, teacher.post(`${COURSES}/${id}/lessons`, lesson));
    course.items.push({ item, required: true, rule: "viewed", release_at });
  }
  await publish(course);
  await done(200, teacher.put(`${COURSES}/${id}/enrolment/policy`, { admission: "open", seats: 0, places: 0 }));
  return course;
}

async function publish({ id, items }) {
  await done(200, teacher.put(`${COURSES}/${id}/outline`, { sections: [{ title: "All", items }] }));
  await done(201, teacher.post(`${COURSES}/${id}/editions`, {}));
}

async function newLearner(course) {
  const person = await Person.here(system, client);
  await done(201, person.post(`${COURSES}/${course.id}/enrolment`, {}, { min: teacher.position }));
  person.position = Math.max(person.position, teacher.position);
  return person;
}

const choices = ["a", "b", "c", "d"].map((key) => ({ key, text: `Choice ${key}` }));
const rightIs = (right) => ({
  choices: choices.map(({ key }) => ({ key, credit: key === right ? 1000 : 0, feedback: key === right ? SECRET : `Not *${key}*.` })),
});

async function newQuestion(course, use, given = {}, key = rightIs("a")) {
  const question = {
    type: "single", prompt: "Which?", choices, explanation: `It is ${SECRET}.`, hints: [{ text: "Not d.", cost: 500 }],
    objectives: [{ objective: course.objectives[0] }], ...given,
  };
  const { id } = await done(201, teacher.post(`${COURSES}/${course.id}/questions`, question));
  if (key) await done(200, teacher.put(`/api/v1/questions/${id}/key`, { version: 1, ...key }));
  if (use) await done(200, teacher.put(`/api/v1/questions/${id}/use`, { use }));
  return id;
}

const numeric = {
  type: "numeric", prompt: "Twice {n}?", choices: undefined, parameters: [{ name: "n", minimum: "1", maximum: "900000", step: "1" }],
};

// ---- practising

const askFor = (person, course, given = {}) =>
  person.post("/api/v1/me/practice", { course: course.id, ...given }, { min: Math.max(person.position, teacher.position) });

async function practise(person, course, given) {
  const { id } = await done(201, askFor(person, course, given));
  const { data } = await done(200, person.get(`/api/v1/me/practice?course=${course.id}`));
  return data.find(({ attempt }) => attempt === id);
}

const answer = (person, practice, slot, given, options) =>
  person.post(`/api/v1/me/practice/${practice.attempt}/answers/${slot}`, given, options);
const choose = (person, practice, slot, key) => done(200, answer(person, practice, slot, { chosen: [{ key }] }));
const asked = (practice) => practice.slots.map(({ question }) => question).sort();
const shown = async (person, practice) => (await done(200, person.get(`/api/v1/attempts/${practice.attempt}`))).slots;

const velocityOf = async (person, course) =>
  (await done(200, person.get(`/api/v1/me/mastery?course=${course.id}`))).data[0];

async function cardOf(person, question) {
  const until = encodeURIComponent(new Date(Date.now() + 99 * 86_400_000).toISOString());
  return (await done(200, person.get(`/api/v1/me/reviews?until=${until}`))).data.find((card) => card.question === question);
}

// Corbett & Anderson 1995 with the parameters of projections/mastery.sql.
function knownAfter(credits, guess = 0.25) {
  return credits.reduce((known, credit) => {
    const weigh = (ifKnown, ifNot) => (known * ifKnown) / (known * ifKnown + (1 - known) * ifNot);
    return 1 - (1 - (credit ? weigh(0.9, guess) : weigh(0.1, 1 - guess))) * 0.88;
  }, 0.25);
}

const assertNear = (found, wanted) => assert.ok(Math.abs(found - wanted) < 1e-6, `${found}, not ${wanted}`);

test("what is drawn has its reason, with the numbers behind it", async () => {
  const course = await newCourse();
  const questions = [await newQuestion(course, "practice"), await newQuestion(course, "both", { difficulty: 800 })];
  const person = await newLearner(course);
  const practice = await practise(person, course);
  assert.deepEqual(asked(practice), [...questions].sort());
  assert.deepEqual([practice.target_least_ppm, practice.target_most_ppm, practice.rest_s], [750000, 850000, 86400]);
  assert.ok(practice.as_of >= teacher.position);
  for (const { why, ground, finished, tries } of practice.slots) {
    assert.deepEqual([why, finished, tries], ["new", false, 0]);
    assert.deepEqual([ground.objective, ground.known_ppm, ground.evidence], [course.objectives[0], 250000, 0]);
    // Facilities of 0.5 and 0.2, 0.35 on the average: the odds of 0.4125 times those of the question against these.
    const odds = (0.4125 / 0.5875) * (ground.facility_ppm / (1e6 - ground.facility_ppm)) * (0.65 / 0.35);
    assert.ok(Math.abs(ground.expected_ppm - (1e6 * odds) / (1 + odds)) < 3, `${ground.expected_ppm}`);
  }
  assert.deepEqual(practice.slots.map(({ ground }) => ground.facility_ppm), [500000, 200000], "the easier one is nearer");
});

test("what is kept for grades is never drawn, and what is for practice stands in no paper", async () => {
  const course = await newCourse();
  const kept = await newQuestion(course);
  const person = await newLearner(course);
  assertProblem(await askFor(person, course), 409, "practice_empty");
  const open = await newQuestion(course, "practice");
  assert.deepEqual(asked(await practise(person, course)), [open]);
  const listed = (await done(200, teacher.get(`${COURSES}/${course.id}/questions`))).data;
  assert.deepEqual(Object.fromEntries(listed.map(({ question, use }) => [question, use])), { [kept]: "graded", [open]: "practice" });
  const paper = (question) => ({ title: "Exam", purpose: "exam", slots: [{ points_milli: 1000, draw: 1, pool: [{ question, version: 1 }] }] });
  assertProblem(await teacher.post(`${COURSES}/${course.id}/assessments`, paper(open)), 422, "invalid");
  await done(201, teacher.post(`${COURSES}/${course.id}/assessments`, paper(kept)));
  await done(200, teacher.put(`/api/v1/questions/${open}/use`, { use: "graded" }));
  assertProblem(await askFor(person, course), 409, "practice_empty");
  await done(201, teacher.post(`${COURSES}/${course.id}/assessments`, paper(open)));
});

test("nothing is drawn that cannot be judged at once, was retired, or is not taught yet", async () => {
  const course = await newCourse();
  const force = { objectives: [{ objective: course.objectives[1] }] };
  await newQuestion(course, "practice", { type: "essay", choices: undefined }, null);
  await newQuestion(course, "practice", {}, null);
  await newQuestion(course, "practice", force);
  const retired = await newQuestion(course, "practice");
  await done(200, teacher.delete(`/api/v1/questions/${retired}`));
  const person = await newLearner(course);
  assertProblem(await askFor(person, course), 409, "practice_empty");
  const untaught = await newQuestion(course, "practice", { objectives: undefined });
  assert.deepEqual(asked(await practise(person, course)), [untaught]);
  assertProblem(await askFor(person, course, { objectives: [{ objective: course.objectives[0] }] }), 409, "practice_empty");
  assertProblem(await askFor(await Person.here(system, client), course), 403, "not_enrolled");
});

test("an answer is judged at once; the first one counts, others help, and hints are free", async () => {
  const course = await newCourse();
  await newQuestion(course, "practice");
  const person = await newLearner(course);
  const practice = await practise(person, course);
  const wrong = await choose(person, practice, 1, "b");
  assert.deepEqual([wrong.try, wrong.counts, wrong.grade.verdict, wrong.finished], [1, true, "wrong", false]);
  assert.deepEqual([wrong.grade.points_milli, wrong.grade.of_milli], [0, 1000]);
  assert.match(wrong.grade.remarks[0].html, /Not <em>b<\/em>/);
  assert.ok(!JSON.stringify(wrong).includes(SECRET), "the solution is not told before its time");
  assert.ok(!JSON.stringify(await shown(person, practice)).includes(SECRET));
  await done(200, person.put(`/api/v1/attempts/${practice.attempt}/answers/1/hints/1`));
  const [slot] = await shown(person, practice);
  assert.deepEqual([slot.hints_taken.length, slot.hints_taken[0].cost, slot.tries, slot.grade], [1, 0, 1, undefined]);
  const right = await choose(person, practice, 1, "a");
  assert.deepEqual([right.try, right.counts, right.grade.verdict, right.finished, right.grade.points_milli], [2, false, "right", true, 1000]);
  assert.ok(right.explanation.includes(SECRET) && right.grade.remarks[0].html.includes(SECRET) && right.solution);
  assertProblem(await answer(person, practice, 1, { chosen: [{ key: "a" }] }), 409, "answer_final");
  const velocity = await velocityOf(person, course);
  assert.equal(velocity.evidence, 1);
  assertNear(velocity.known, knownAfter([0]));
  const [seen] = (await done(200, person.get("/api/v1/me/practice"))).data[0].slots;
  assert.deepEqual([seen.tries, seen.verdict, seen.points_milli, seen.finished], [2, "wrong", 0, true]);
});

test("an answer that is sent again is told what was told before, whatever the key says by then", async () => {
  const course = await newCourse();
  const question = await newQuestion(course, "practice");
  const person = await newLearner(course);
  const practice = await practise(person, course);
  const key = fresh();
  const first = await answer(person, practice, 1, { chosen: [{ key: "b" }] }, { key });
  assertStatus(first, 200);
  await done(200, teacher.put(`/api/v1/questions/${question}/key`, { version: 1, ...rightIs("b") }));
  const again = await answer(person, practice, 1, { chosen: [{ key: "b" }] }, { key });
  assert.deepEqual([again.status, again.text], [200, first.text]);
  assertProblem(await answer(person, practice, 1, { chosen: [{ key: "c" }] }, { key }), 422, "command_id_reused");
  assert.equal((await velocityOf(person, course)).evidence, 1);
});

test("numbers are drawn anew for each practice, and judged by what was drawn", async () => {
  const course = await newCourse();
  await newQuestion(course, "practice", numeric, { numbers: [{ value: "2*n", relative: "0.000001" }] });
  const person = await newLearner(course);
  const prompts = [];
  for (let i = 0; i < 3; i++) {
    const practice = await practise(person, course);
    const [slot] = await shown(person, practice);
    prompts.push(slot.shown.html);
    assert.equal((await shown(person, practice))[0].shown.html, slot.shown.html, "the same again");
    const n = Number(/Twice (\d+)/.exec(slot.shown.html)[1]);
    assert.equal((await done(200, answer(person, practice, 1, { text: String(3 * n) }))).grade.verdict, "wrong");
    if (i < 2) continue;
    const unread = await done(200, answer(person, practice, 1, { text: "twice" }));
    assert.deepEqual([unread.grade.verdict, unread.counts], ["unreadable", false]);
    assert.equal((await done(200, answer(person, practice, 1, { text: String(2 * n) }))).grade.verdict, "right");
  }
  assert.equal(new Set(prompts).size, 3);
});

test("what was answered rightly is not asked again at once, what was not is", async () => {
  const course = await newCourse();
  const questions = [await newQuestion(course, "practice"), await newQuestion(course, "practice")];
  const person = await newLearner(course);
  const practice = await practise(person, course);
  await choose(person, practice, 1, "a");
  await choose(person, practice, 2, "b");
  const rest = questions.filter((question) => question !== practice.slots[0].question);
  const second = await practise(person, course);
  assert.deepEqual(asked(second), rest);
  assert.equal(second.slots[0].why, "weak");
  await choose(person, second, 1, "b");
  await choose(person, second, 1, "a");
  assertProblem(await askFor(person, course), 409, "practice_empty");
});

test("reviews after practice are planned as ts-fsrs plans them, by the first try", async () => {
  const course = await newCourse();
  await newQuestion(course, "practice");
  await newQuestion(course, "practice");
  const person = await newLearner(course);
  const practice = await practise(person, course);
  const [forgotten, known] = practice.slots.map(({ question }) => question);
  await choose(person, practice, 1, "c");
  await choose(person, practice, 1, "a");
  await choose(person, practice, 2, "a");
  const scheduler = fsrs({ enable_fuzz: false, enable_short_term: false });
  for (const [question, rating] of [[forgotten, Rating.Again], [known, Rating.Good]]) {
    const card = await cardOf(person, question);
    const at = new Date(card.reviewed_at);
    const judged = scheduler.next(createEmptyCard(at), at, rating).card;
    assertNear(card.stability, judged.stability);
    assertNear(card.difficulty, judged.difficulty);
    assert.deepEqual([new Date(card.due).getTime(), card.reviews], [judged.due.getTime(), 1]);
  }
});

test("graded and practised answers count together, and a regrade changes what an answer says and adds none", async () => {
  const course = await newCourse();
  const question = await newQuestion(course, "both", {}, rightIs("b"));
  const slots = [{ points_milli: 1000, draw: 1, pool: [{ question, version: 1 }] }];
  const { id: exam } = await done(201, teacher.post(`${COURSES}/${course.id}/assessments`, { title: "Exam", purpose: "exam", slots }));
  course.items.push({ item: exam, required: true, rule: "questions" });
  await publish(course);
  const person = await newLearner(course);
  const practice = await practise(person, course);
  await choose(person, practice, 1, "b");
  const { content } = await done(200, person.get(`/api/v1/assessments/${exam}`));
  const { id: attempt } = await done(201, person.post(`/api/v1/assessments/${exam}/attempts`, { course: course.id, paper: content }));
  await done(200, person.put(`/api/v1/attempts/${attempt}/answers/1`, { chosen: [{ key: "a" }] }));
  await done(200, person.post(`/api/v1/attempts/${attempt}/submission`));
  const counted = (credits) =>
    eventually(`mastery of ${credits}`, async () => {
      const { evidence, known } = await velocityOf(person, course);
      assert.ok(evidence <= credits.length, "no answer counts twice");
      return evidence === credits.length && Math.abs(known - knownAfter(credits)) < 1e-6;
    });
  await counted([1, 0]);
  const { position } = await teacher.put(`/api/v1/questions/${question}/key`, { version: 1, ...rightIs("a") });
  person.position = Math.max(person.position, position);
  const preview = await done(200, teacher.get(`/api/v1/assessments/${exam}/regrade?question=${question}&version=1`));
  const { key, gains, losses, same, position: previewed } = preview;
  const foretold = { question, version: 1, key, policy: "replace", previewed, gains, losses, same, reason: "Wrong key." };
  await done(201, teacher.post(`/api/v1/assessments/${exam}/regrades`, foretold));
  await counted([1, 1]);
  assert.equal((await cardOf(person, question)).reviews, 2);
});

test("what an attempt under way asks is not practised before it is handed in", async () => {
  const course = await newCourse();
  const question = await newQuestion(course, "both");
  const slots = [{ points_milli: 1000, draw: 1, pool: [{ question, version: 1 }] }];
  const { id: exam } = await done(201, teacher.post(`${COURSES}/${course.id}/assessments`, { title: "Exam", purpose: "exam", slots }));
  course.items.push({ item: exam, required: true, rule: "questions" });
  await publish(course);
  const [person, other] = [await newLearner(course), await newLearner(course)];
  const { content: paper } = await done(200, person.get(`/api/v1/assessments/${exam}`));
  const { id: attempt } = await done(201, person.post(`/api/v1/assessments/${exam}/attempts`, { course: course.id, paper }));
  assertProblem(await askFor(person, course), 409, "practice_empty");
  const { steps } = await done(200, person.get("/api/v1/me/next?limit=20"));
  assert.ok(steps.every(({ objective }) => !objective));
  assert.deepEqual(asked(await practise(other, course)), [question]);
  await done(200, person.post(`/api/v1/attempts/${attempt}/submission`));
  assert.deepEqual(asked(await practise(person, course)), [question]);
});

test("practice is its learner's alone, and gone with the learner", async () => {
  const course = await newCourse();
  await newQuestion(course, "practice");
  const [person, other] = [await newLearner(course), await newLearner(course)];
  const practice = await practise(person, course);
  other.position = Math.max(other.position, person.position);
  assert.deepEqual((await done(200, other.get("/api/v1/me/practice"))).data, []);
  assertProblem(await answer(other, practice, 1, { chosen: [{ key: "a" }] }), 404, "practice_unknown");
  assertProblem(await answer(person, practice, 2, { chosen: [{ key: "a" }] }), 404, "slot_unknown");
  assertProblem(await answer(person, practice, 1, {}), 422, "answer_missing");
  await done(200, person.post(`/api/v1/attempts/${practice.attempt}/submission`));
  assertProblem(await answer(person, practice, 1, { chosen: [{ key: "a" }] }), 409, "attempt_over");
});
