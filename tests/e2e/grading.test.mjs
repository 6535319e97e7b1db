// Grading over HTTP, from an answer to the gradebook: by keys and by people, what learners are told of it and when,
// appeals, and a wrong key that is found. The grader is killed in the middle of a regrade, so the service is its own.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { assertProblem, assertStatus, Client, Person } from "./client.mjs";
import { eventually, System } from "./system.mjs";

const COURSES = "/api/v1/courses";
const REGRADED_ATTEMPTS = 150;
const KILL_AFTER_MS = 60;
// Each stands in one kind of text alone, so that a leak is found wherever it is, and says what leaked.
const SAID = "onlyfeedbacksays";
const SOLVES = "onlythekeyknows";
const EXPLAINS = "onlyexplanationtells";
const COMMENTS = "onlythemarkerwrote";

let system, client, instructor, assistant, second, ada, bob, course, questions;
const outline = [];

before(async () => {
  system = await System.start();
  client = await Client.of(system.base);
  const here = (name) => Person.here(system, client, { name });
  [instructor, assistant, second, ada, bob] = await Promise.all(
    ["Ida Instructor", "Abe Assistant", "Sam Second", "Ada Learner", "Bob Learner"].map(here),
  );
  await instructor.become("instructor");
  await makeCourse();
});
after(() => system.release());

function share() {
  const people = [instructor, assistant, second, ada, bob];
  const position = Math.max(...people.map((person) => person.position));
  for (const person of people) person.position = position;
}

async function done(status, answer) {
  assertStatus(await answer, status);
  return (await answer).json;
}

// ---- a course with questions of several types

const listed = (...list) => list.map(([key, text]) => ({ key, text }));
const keys = (...list) => list.map((key) => ({ key }));
const written = {
  single: { prompt: "Which is a vector?", choices: listed(["a", "Mass"], ["b", "Force"], ["c", "Time"]) },
  multiple: { prompt: "Which have a direction?", choices: listed(["a", "Mass"], ["b", "Force"], ["c", "Velocity"]) },
  true_false: { prompt: "Momentum is conserved." },
  numeric: {
    prompt: "A mass of {m} kg moves at 2 m/s. Its momentum?",
    parameters: [{ name: "m", values: [{ value: "3" }, { value: "5" }] }],
  },
  text: { prompt: "Who wrote the *Principia*?" },
  matching: { prompt: "Match.", choices: listed(["a", "Mass"], ["b", "Length"]), targets: listed(["x", "kg"], ["y", "m"]) },
  ordering: { prompt: "Shortest first.", choices: listed(["a", "Nanometre"], ["b", "Metre"], ["c", "Parsec"]) },
  blanks: { prompt: "Force is [[1]] times [[2]]." },
  formula: { prompt: "The kinetic energy of $m$ at $v$?" },
  essay: { prompt: "Why do planets move?" },
};
const types = Object.keys(written);
const keyOf = {
  single: { choices: [{ key: "b", credit: 1000 }, { key: "a", credit: 0, feedback: `A number, ${SAID}` }] },
  multiple: { choices: [{ key: "b", credit: 500 }, { key: "c", credit: 500, feedback: SAID }], scoring: "per_part" },
  true_false: { choices: [{ key: "true", credit: 1000 }, { key: "false", credit: 0, feedback: SAID }] },
  numeric: { numbers: [{ value: "2*m", unit: "kg m/s", slips: [{ slip: "missing_unit", credit: 500 }] }] },
  text: {
    patterns: [
      { pattern: `*newton*{,${SOLVES}}`, credit: 1000 },
      { pattern: "*hooke*", credit: 250, feedback: `Nearly, *${SAID}*` },
      { pattern: "*leibniz*", credit: 0, feedback: `His rival, ${SAID}` },
    ],
  },
  matching: { pairs: [{ left: "a", right: "x" }, { left: "b", right: "y" }] },
  ordering: { order: keys("a", "b", "c"), scoring: "per_part" },
  blanks: {
    blanks: [
      { patterns: [{ pattern: "mass", credit: 1000 }, { pattern: "weight", credit: 0, feedback: SAID }] },
      { patterns: [{ pattern: "acceleration", credit: 1000 }] },
    ],
  },
  formula: { formula: "m*v^2/2", variables: [{ name: "m" }, { name: "v" }] },
};

// An answer to each, what it is worth of 1000, and where the key says something.
const answered = {
  single: [{ chosen: keys("a") }, "wrong", 0, [{ choice: "a" }]],
  multiple: [{ chosen: keys("c") }, "partly", 500, [{ choice: "c" }]],
  true_false: [{ chosen: keys("true") }, "right", 1000, []],
  numeric: [{ text: "600" }, "wrong", 0, []],
  text: [{ text: "Robert Hooke" }, "partly", 250, [{}]],
  matching: [{ pairs: [{ left: "a", right: "x" }, { left: "b", right: "x" }] }, "partly", 500, []],
  ordering: [{ chosen: keys("b", "a", "c") }, "partly", 500, []],
  blanks: [{ text: "weight\nacceleration" }, "partly", 500, [{ blank: 1 }]],
  formula: [{ text: "0.5*m*v^2" }, "right", 1000, []],
  essay: [{ text: "They fall." }, "undecided", undefined, []],
};

async function writeQuestion(definition, key) {
  const { id } = await done(201, instructor.post(`${COURSES}/${course}/questions`, definition));
  if (key) await done(200, instructor.put(`/api/v1/questions/${id}/key`, { version: 1, seen: 0, ...key }));
  return id;
}

async function makeCourse() {
  course = (await done(201, instructor.post(COURSES, { title: "Mechanics", language: "en", level: "introductory" }))).id;
  for (const { id } of [assistant, second])
    await done(200, instructor.put(`${COURSES}/${course}/staff/${id}`, { role: "assistant" }));
  questions = {};
  for (const type of types)
    questions[type] = await writeQuestion({ type, explanation: `Because, says ${EXPLAINS}.`, ...written[type] }, keyOf[type]);
  await done(200, instructor.put(`/api/v1/questions/${questions.essay}/rubric`, {
    version: 1,
    criteria: [{ key: "idea", title: "The idea", points_milli: 600 }, { key: "form", title: "Its form", points_milli: 400 }],
  }));
}

const slot = (question) => ({ points_milli: 1000, draw: 1, pool: [{ question, version: 1 }] });
const policy = (given = {}) => ({
  late_window_s: 0, late_penalty: 0, keeps: "best", feedback: "submitted", shows_key: true, graders: 1, release: "automatic",
  shuffles_questions: false, shuffles_choices: false, ...given,
});
const setPolicy = (id, given) => done(200, instructor.put(`/api/v1/assessments/${id}/policy`, policy(given)));

// Each is {title, slots, policy, score}; all published in one edition, which the learners are on.
async function assessments(...wanted) {
  const ids = [];
  for (const { title = "Test", slots, policy: given, score } of wanted) {
    const { id } = await done(201, instructor.post(`${COURSES}/${course}/assessments`, { title, purpose: "exam", slots }));
    await setPolicy(id, given);
    outline.push({ item: id, required: true, ...(score ? { rule: "score", score_min: score } : { rule: "questions" }) });
    ids.push(id);
  }
  await done(200, instructor.put(`${COURSES}/${course}/outline`, { sections: [{ title: "All", items: outline }] }));
  await done(201, instructor.post(`${COURSES}/${course}/editions`, {}));
  await done(200, instructor.put(`${COURSES}/${course}/enrolment/policy`, { admission: "open", seats: 0, places: 0 }));
  for (const learner of [ada, bob]) {
    share();
    await done(201, learner.post(`${COURSES}/${course}/enrolment`, {}));
    await done(200, learner.put(`${COURSES}/${course}/enrolment/edition`, {}));
  }
  share();
  return ids;
}

// All of a list, from pages of one.
async function pages(person, path) {
  const found = [];
  let cursor = "";
  do {
    const { data, next } = await done(200, person.get(`${path}?limit=1${cursor && `&cursor=${cursor}`}`));
    found.push(...data);
    cursor = next;
  } while (cursor);
  return found;
}

// ---- what people do

const read = (person, attempt) => done(200, person.get(`/api/v1/attempts/${attempt}`));
const past = (person, attempt, query = "") => done(200, person.get(`/api/v1/attempts/${attempt}/grades${query}`));
const submit = (learner, attempt) => done(200, learner.post(`/api/v1/attempts/${attempt}/submission`));
const mark = (person, attempt, number, body) => person.post(`/api/v1/attempts/${attempt}/responses/${number}/marks`, body);

async function start(learner, id) {
  const { content } = await done(200, learner.get(`/api/v1/assessments/${id}`));
  return (await done(201, learner.post(`/api/v1/assessments/${id}/attempts`, { course, paper: content }))).id;
}

async function begin(learner, id, ...answers) {
  const attempt = await start(learner, id);
  for (const [place, answer] of answers.entries())
    await done(200, learner.put(`/api/v1/attempts/${attempt}/answers/${place + 1}`, answer));
  return attempt;
}

async function take(learner, id, ...answers) {
  const attempt = await begin(learner, id, ...answers);
  await submit(learner, attempt);
  share();
  return attempt;
}

// What staff sees is there at once; the grader is what must be waited for.
const graded = (attempt, ...slots) =>
  eventually(`${attempt} is graded`, async () => {
    const view = await read(instructor, attempt);
    return slots.every((number) => view.slots[number - 1].grade) && view;
  });

const concluded = (attempt, holds = () => true) =>
  eventually(`${attempt} has its grade`, async () => {
    const view = await read(instructor, attempt);
    return view.grade && holds(view.grade) && view;
  });

async function bookEntry(learner, item, person = instructor) {
  const { data } = await done(200, person.get(`${COURSES}/${course}/gradebook`));
  return data.find((row) => row.learner === learner.id).entries.find((entry) => entry.item === item);
}

// ---- by keys, and by one person

test("keys grade at once, a person the rest; the learner is told what each answer is worth, and why", async () => {
  const [id] = await assessments({ slots: types.map((type) => slot(questions[type])) });
  const attempt = await take(ada, id, ...types.map((type) => answered[type][0]));
  await graded(attempt, ...types.map((_, place) => place + 1));
  share();
  const view = await read(ada, attempt);
  for (const [place, type] of types.entries()) {
    const [, verdict, points, said] = answered[type];
    const { grade } = view.slots[place];
    assert.deepEqual([grade.verdict, grade.points_milli, grade.of_milli, grade.marked], [verdict, points, 1000, false], type);
    assert.deepEqual(grade.remarks.map(({ html, ...where }) => where), said, type);
    for (const { html } of grade.remarks) assert.match(html, new RegExp(SAID), type);
    assert.deepEqual(grade.marks, [], type);
  }
  assert.match(view.slots[types.indexOf("text")].grade.remarks[0].html, /<em>/);
  assert.deepEqual([view.told, view.grade], [true, undefined]);
  assert.deepEqual((await past(ada, attempt)).data, []);

  const number = types.indexOf("essay") + 1;
  const waiting = await done(200, assistant.get(`/api/v1/assessments/${id}/marking`));
  assert.deepEqual(waiting.data.map(({ attempt, slot }) => [attempt, slot]), [[attempt, number]]);
  const criteria = [{ key: "idea", points_milli: 500 }, { key: "form", points_milli: 200 }];
  assertProblem(await mark(ada, attempt, number, { points_milli: 1000 }), 403, "course_role_missing");
  assertProblem(await mark(assistant, attempt, number, { points_milli: 600, criteria }), 422, "marks_unfit");
  await done(201, mark(assistant, attempt, number, { points_milli: 700, criteria, comment: "A *fine* thought." }));
  share();
  const told = await read(ada, attempt);
  const essay = told.slots[number - 1].grade;
  assert.deepEqual([essay.verdict, essay.points_milli, essay.marked], ["partly", 700, true]);
  const [{ marker, counts, settles, rubric, comment, criteria: given }] = essay.marks;
  assert.deepEqual([marker, counts, settles, rubric, comment], [assistant.id, true, false, 1, "A *fine* thought."]);
  assert.deepEqual(given, [
    { key: "idea", title: "The idea", points_milli: 500, of_milli: 600 },
    { key: "form", title: "Its form", points_milli: 200, of_milli: 400 },
  ]);
  const sum = types.reduce((total, type) => total + (answered[type][2] ?? 700), 0);
  assert.deepEqual([told.grade.points_milli, told.grade.of_milli, told.grade.cause], [sum, types.length * 1000, "marked"]);
  const entry = await bookEntry(ada, id);
  assert.equal(entry.share, Math.round((sum / (types.length * 1000)) * 1e6));
  const mine = await done(200, ada.get(`/api/v1/me/courses/${course}/grades`));
  assert.equal(mine.entries.find(({ item }) => item === id).share, entry.share);

  const [grade, ...none] = (await past(ada, attempt)).data;
  assert.deepEqual([grade.what, grade.cause, grade.points_milli, grade.before_milli, grade.actor, none],
    ["attempt_graded", "marked", sum, undefined, assistant.id, []]);
  assert.equal(grade.answers.length, types.length);
  const byKey = grade.answers.find(({ slot }) => slot === 1);
  assert.deepEqual([byKey.key, byKey.grader, byKey.verdict, byKey.points_milli], [1, 1, "wrong", 0]);
  const byHand = grade.answers.find(({ slot }) => slot === number);
  assert.deepEqual([byHand.marker, byHand.rubric, byHand.comment, byHand.verdict], [assistant.id, 1, "A *fine* thought.", undefined]);
});

// ---- what is told, and when

// What may be told once the attempt is over and graded, then once grades are released, then once it is closed; by hand.
// e: explanations, s: solutions, a: what answers are worth, t: the attempt as a whole.
const told = [
  [{ feedback: "never" }, "t", "t", "t"],
  [{ feedback: "never", release: "manual" }, "", "t", "t"],
  [{ feedback: "submitted" }, "esat", "esat", "esat"],
  [{ feedback: "submitted", shows_key: false }, "eat", "eat", "eat"],
  [{ feedback: "submitted", release: "manual" }, "es", "esat", "esat"],
  [{ feedback: "submitted", release: "manual", shows_key: false }, "e", "eat", "eat"],
  [{ feedback: "answered", release: "manual" }, "es", "esat", "esat"],
  [{ feedback: "closed" }, "t", "t", "esat"],
  [{ feedback: "closed", shows_key: false }, "t", "t", "eat"],
  [{ feedback: "closed", release: "manual" }, "", "t", "esat"],
];

function assertTold(view, history, letters, what) {
  const json = JSON.stringify(view);
  const tells = (letter) => letters.includes(letter);
  assert.equal(json.includes(EXPLAINS), tells("e"), `${what}: explanations`);
  assert.equal(json.includes(SOLVES), tells("s"), `${what}: solutions`);
  assert.equal(json.includes("solution"), tells("s"), `${what}: solutions`);
  for (const word of [SAID, COMMENTS, "verdict", "remarks", "marks"])
    assert.equal(json.includes(word), tells("a"), `${what}: ${word}`);
  assert.equal(view.grade !== undefined, tells("t"), `${what}: the sum`);
  const past = JSON.stringify(history);
  assert.equal(history.data.length > 0, tells("t"), `${what}: grades of before`);
  for (const word of [COMMENTS, "verdict", "answers"])
    assert.equal(past.includes(word), tells("t") && tells("a"), `${what}: ${word} of before`);
  assert.ok(!past.includes(SOLVES) && !past.includes(EXPLAINS));
}

test("nothing of key, solution, points or verdict is told before the policy and the release allow it", async () => {
  const slots = ["single", "text", "essay"].map((type) => slot(questions[type]));
  const ids = await assessments(...told.map(([given]) => ({ slots, policy: given })));
  const attempts = [];
  for (const [place, id] of ids.entries()) {
    const what = JSON.stringify(told[place][0]);
    const attempt = await begin(ada, id, { chosen: keys("a") }, { text: "Leibniz" }, { text: "They fall." });
    attempts.push(attempt);
    assertTold(await read(ada, attempt), await past(ada, attempt), "", `${what}, under way`);
    await submit(ada, attempt);
    share();
    await graded(attempt, 1, 2, 3);
    await done(201, mark(assistant, attempt, 3, { points_milli: 300, comment: COMMENTS }));
    share();
    assert.match(JSON.stringify(await read(assistant, attempt)), new RegExp(`(?=.*${SAID})(?=.*${COMMENTS})(?=.*${SOLVES})`));
  }
  const stage = async (name, column) => {
    for (const [place, attempt] of attempts.entries())
      assertTold(await read(ada, attempt), await past(ada, attempt), told[place][column], `${JSON.stringify(told[place][0])}, ${name}`);
  };
  await stage("graded", 1);
  for (const id of ids) await done(200, instructor.post(`/api/v1/assessments/${id}/release`));
  share();
  await stage("released", 2);
  const closes_at = new Date(Date.now() - 1000).toISOString();
  for (const [place, id] of ids.entries()) await setPolicy(id, { ...told[place][0], closes_at });
  share();
  await stage("closed", 3);
});

test("where answers are graded one by one, each is told of alone, and not while grades are kept back", async () => {
  const slots = ["single", "text"].map((type) => slot(questions[type]));
  const [id, kept] = await assessments({ slots, policy: { feedback: "answered" } },
    { slots, policy: { feedback: "answered", release: "manual" } });
  for (const [assessment, tells] of [[id, true], [kept, false]]) {
    const attempt = await begin(bob, assessment, { chosen: keys("a") }, { text: "Leibniz" });
    await done(200, bob.post(`/api/v1/attempts/${attempt}/answers/1/finish`));
    share();
    await graded(attempt, 1);
    share();
    const [first, other] = (await read(bob, attempt)).slots;
    assert.deepEqual([first.grade?.verdict, first.solution !== undefined], [tells ? "wrong" : undefined, true]);
    assert.deepEqual([other.grade, other.solution, other.explanation], [undefined, undefined, undefined]);
    await submit(bob, attempt);
  }
});

// ---- by two people

test("two people whose marks are close decide by their mean; where they are not, an instructor does", async () => {
  const [id] = await assessments({ slots: [slot(questions.essay)], policy: { graders: 2 } });
  const close = await take(ada, id, { text: "They fall." });
  const apart = await take(bob, id, { text: "Angels." });
  for (const attempt of [close, apart]) await graded(attempt, 1);
  share();
  await done(201, mark(assistant, close, 1, { points_milli: 700, comment: "Good." }));
  assertProblem(await mark(assistant, close, 1, { points_milli: 800 }), 409, "second_marker_needed");
  share();
  const hers = (await read(ada, close)).slots[0].grade;
  assert.deepEqual([hers.verdict, hers.points_milli, hers.marks], ["undecided", undefined, []]);
  assert.deepEqual((await read(second, close)).slots[0].grade.marks.map(({ counts }) => counts), [false]);
  const criteria = [{ key: "idea", points_milli: 550 }, { key: "form", points_milli: 201 }];
  await done(201, mark(second, close, 1, { points_milli: 751, criteria, comment: "Very good." }));
  share();
  const told = await read(ada, close);
  assert.deepEqual([told.slots[0].grade.points_milli, told.grade.points_milli], [726, 726]); // half of one is rounded up
  assert.deepEqual(told.slots[0].grade.marks.map(({ marked_milli, comment, counts }) => [marked_milli, comment, counts]),
    [[700, "Good.", true], [751, "Very good.", true]]);

  await done(201, mark(assistant, apart, 1, { points_milli: 100 }));
  await done(201, mark(second, apart, 1, { points_milli: 900 }));
  assertProblem(await mark(instructor, apart, 1, { points_milli: 500 }), 409, "response_settled");
  const settle = (person) => person.put(`/api/v1/attempts/${apart}/responses/1/points`, { points_milli: 0, comment: "No." });
  assertProblem(await settle(assistant), 403, "course_role_missing");
  await done(200, settle(instructor));
  share();
  const settled = (await read(bob, apart)).slots[0].grade;
  assert.deepEqual([settled.verdict, settled.points_milli], ["wrong", 0]);
  assert.deepEqual(settled.marks.map(({ marker, settles }) => [marker, settles]), [[instructor.id, true]]);
});

// ---- appeals, and who changed this grade

test("an appeal is answered, and the history of the grade tells all of it", async () => {
  const [id] = await assessments({ slots: [slot(questions.text), slot(questions.essay)], policy: { release: "manual" } });
  const attempt = await take(ada, id, { text: "Leibniz" }, { text: "They fall." });
  const appeals = `/api/v1/attempts/${attempt}/appeals`;
  await graded(attempt, 1, 2);
  await done(201, mark(assistant, attempt, 2, { points_milli: 200, comment: "Too short." }));
  assertProblem(await ada.post(appeals, { slot: 2, text: "It says all." }), 409, "grade_pending");
  await done(200, instructor.post(`/api/v1/assessments/${id}/release`));
  await done(201, ada.post(appeals, { slot: 2, text: "It says all." }));
  assertProblem(await ada.post(appeals, { slot: 2, text: "All!" }), 409, "appeal_open");
  share();
  const [open] = (await done(200, assistant.get(`/api/v1/assessments/${id}/appeals`))).data;
  assert.deepEqual([open.appeal, open.slot, open.text, open.learner], [1, 2, "It says all.", ada.id]);
  await done(201, mark(second, attempt, 2, { points_milli: 800, comment: "It does." }));
  await done(201, second.post(`${appeals}/1/answer`, { outcome: "upheld", answer: "You are right." }));
  share();
  assert.deepEqual((await done(200, assistant.get(`/api/v1/assessments/${id}/appeals`))).data, []);

  const entry = `${COURSES}/${course}/gradebook/${ada.id}/${id}`;
  await done(200, instructor.put(`${entry}/override`, { points_milli: 2000, of_milli: 2000, reason: "A prize." }));
  share();
  const { data } = await past(ada, attempt);
  assert.deepEqual(data.map(({ what, points_milli, before_milli, actor, reason, appeal }) =>
    [what, points_milli, before_milli, actor, reason, appeal]), [
    ["grade_overridden", 2000, undefined, instructor.id, "A prize.", undefined],
    ["attempt_graded", 800, 200, second.id, undefined, 1],
    ["attempt_graded", 200, undefined, assistant.id, undefined, undefined],
  ]);
  assert.deepEqual(data[1].answers.map(({ slot, before_milli, points_milli, comment }) => [slot, before_milli, points_milli, comment]),
    [[2, 200, 800, "It does."]]);
  const page = await past(ada, attempt, "?limit=2&answers=false");
  assert.deepEqual([page.data.length, page.data[1].answers], [2, undefined]);
  assert.deepEqual((await past(ada, attempt, `?cursor=${page.next}`)).data, data.slice(2));

  const history = (await done(200, instructor.get(`${entry}/history`))).data;
  assert.deepEqual(history.map(({ what, actor }) => [what, actor]), [
    ["responses_graded", undefined],
    ["response_marked", assistant.id],
    ["attempt_graded", assistant.id],
    ["grade_appealed", ada.id],
    ["response_marked", second.id],
    ["attempt_graded", second.id],
    ["appeal_answered", second.id],
    ["grade_overridden", instructor.id],
  ]);
  assert.equal((await bookEntry(ada, id)).share, 1e6);
  assert.deepEqual(await pages(instructor, `${entry}/history`), history);
  assert.deepEqual(await pages(ada, `/api/v1/attempts/${attempt}/grades`), data);
});

// ---- a wrong key

const kill = (name) => process.kill(system.pid(name), "SIGKILL");

// How many attempts the regrade reached.
async function regraded(regrade, from) {
  const events = await system.events(from);
  const of = (name) => events.filter(({ event, fields }) => event === name && fields.regrade === regrade);
  return { responses: of("responses_graded"), attempts: of("attempt_graded") };
}

// Kills the grader again and again until it has done everything; tells how often it had done a part and no more.
async function killWhileRegrading(regrade, from, wanted) {
  let within = 0;
  for (;;) {
    await eventually("the grader runs", () => system.pid("orrery-subscriber"));
    await pause(KILL_AFTER_MS);
    kill("orrery-subscriber");
    const { responses } = await regraded(regrade, from);
    within += responses.length > 0 && responses.length < wanted;
    if (within > 0 || responses.length >= wanted) return within;
  }
}

async function commit(id, question, preview, given = {}) {
  const { position, key, gains, losses, same } = preview;
  return instructor.post(`/api/v1/assessments/${id}/regrades`, {
    question, version: 1, key, policy: "replace", previewed: position, gains, losses, same, reason: "The key was wrong.", ...given,
  });
}

test("a wrong key is found: what was previewed happens, each attempt once, though the grader is killed", async (context) => {
  const question = await writeQuestion({ type: "single", ...written.single }, { choices: [{ key: "c", credit: 1000 }] });
  const [id] = await assessments({ slots: [slot(question), slot(questions.true_false)], score: 900 });
  const attempts = new Map();
  for (const learner of [ada, bob]) {
    for (let i = 0; i < REGRADED_ATTEMPTS / 2; i++) {
      const choice = ["a", "b", "c"][i % 3];
      attempts.set(await take(learner, id, { chosen: keys(choice) }, { chosen: keys("true") }), choice);
    }
  }
  const count = (choice) => [...attempts.values()].filter((chosen) => chosen === choice).length;
  for (const attempt of attempts.keys()) await concluded(attempt);
  const ends = await done(200, ada.get(`/api/v1/me/courses/${course}`)); // who passed by the wrong key keeps it

  const setKey = (seen, key) => done(200, instructor.put(`/api/v1/questions/${question}/key`, { version: 1, seen, ...key }));
  const preview = (more = "") => done(200, instructor.get(`/api/v1/assessments/${id}/regrade?question=${question}&version=1${more}`));
  const before = await preview();
  const { position: untouched } = await concluded([...attempts.keys()][0]).then(({ grade }) => grade);
  await setKey(before.key, { choices: [{ key: "b", credit: 1000, feedback: "A direction." }] });
  share();
  assertProblem(await commit(id, question, before), 409, "regrade_stale");
  assert.equal((await read(instructor, [...attempts.keys()][0])).grade.position, untouched); // a key alone changes nothing

  const foretold = await preview();
  assert.deepEqual([foretold.gains, foretold.losses, foretold.same], [count("b"), count("c"), count("a")]);
  assert.deepEqual([foretold.would_pass, foretold.would_fail], [count("b"), count("c")]);
  assert.deepEqual([foretold.gained_milli, foretold.lost_milli], [count("b") * 1000, count("c") * 1000]);
  assert.deepEqual([foretold.changed, foretold.has_more, foretold.changes.length], [attempts.size, false, attempts.size]);
  const kind = await preview("&policy=keep_better");
  assert.deepEqual([kind.gains, kind.losses], [count("b"), 0]);

  const { id: regrade, position } = await done(201, commit(id, question, foretold));
  const within = await killWhileRegrading(regrade, position, attempts.size);
  context.diagnostic(`killed ${within} times within the regrade`);
  assert.ok(within > 0, "the grader was never killed within the regrade");
  const reached = await eventually("all are graded anew", async () => {
    const found = await regraded(regrade, position);
    return found.attempts.length >= attempts.size && found;
  });
  for (const events of [reached.responses, reached.attempts]) {
    assert.equal(events.length, attempts.size);
    assert.equal(new Set(events.map(({ fields }) => fields.attempt)).size, attempts.size);
  }
  for (const person of [instructor, ada, bob]) person.position = Math.max(...reached.attempts.map(({ position }) => position));

  for (const { attempt, after, after_milli, total_before_milli, total_after_milli } of foretold.changes) {
    const view = await read(instructor, attempt);
    const [{ grade }] = view.slots;
    assert.deepEqual([grade.verdict, grade.points_milli, grade.key, view.grade.points_milli, view.grade.cause],
      [after, after_milli, foretold.key, total_after_milli, "regrade"]);
    const { data } = await past(instructor, attempt);
    assert.deepEqual(data.map(({ points_milli, before_milli, cause, reason }) => [points_milli, before_milli, cause, reason]), [
      [total_after_milli, total_before_milli, "regrade", "The key was wrong."],
      [total_before_milli, undefined, "automatic", undefined],
    ]);
    assert.deepEqual([data[0].answers[0].key, data[1].answers[0].key], [foretold.key, before.key]);
  }
  const again = await preview();
  assert.deepEqual([again.gains, again.losses, again.changed], [0, 0, 0]);
  const [summary] = (await done(200, instructor.get(`/api/v1/assessments/${id}/regrades`))).data;
  assert.deepEqual([summary.regrade, summary.gains, summary.losses, summary.actor], [regrade, foretold.gains, foretold.losses, instructor.id]);
  const state = ({ steps }) => steps.find(({ item }) => item === id).state;
  assert.equal(state(ends), "completed");
  assert.equal(state(await done(200, ada.get(`/api/v1/me/courses/${course}`))), "completed");
});

test("a learner is judged by the score of the edition they are on", async () => {
  const question = await writeQuestion({ type: "single", ...written.single }, { choices: [{ key: "c", credit: 1000 }] });
  const [id] = await assessments({ slots: [slot(question)], score: 1000 });
  outline.at(-1).score_min = 0; // in the next edition anything will do
  await done(200, instructor.put(`${COURSES}/${course}/outline`, { sections: [{ title: "All", items: outline }] }));
  await done(201, instructor.post(`${COURSES}/${course}/editions`, {}));
  share();
  await done(200, bob.put(`${COURSES}/${course}/enrolment/edition`, {}));
  const attempts = [await take(ada, id, { chosen: keys("b") }), await take(bob, id, { chosen: keys("b") })];
  for (const attempt of attempts) await concluded(attempt);
  await done(200, instructor.put(`/api/v1/questions/${question}/key`, { version: 1, choices: [{ key: "b", credit: 1000 }] }));
  const { changes, would_pass } = await done(200, instructor.get(`/api/v1/assessments/${id}/regrade?question=${question}&version=1`));
  const passed = (learner) => changes.find((change) => change.learner === learner.id).passed_before;
  assert.deepEqual([would_pass, passed(ada), passed(bob)], [1, false, true]);
});

test("what waits for people, and how questions do, is listed page by page", async () => {
  const [id] = await assessments({ slots: [slot(questions.essay), slot(questions.single), slot(questions.text)] });
  const lists = ["marking", "appeals", "statistics"].map((name) => `/api/v1/assessments/${id}/${name}`);
  const answers = [{ text: "They fall." }, { chosen: keys("b") }, { text: "Newton" }];
  const attempts = [await take(ada, id, ...answers), await take(bob, id, ...answers)];
  for (const attempt of attempts) await graded(attempt, 1, 2, 3);
  const [marking, appeals, statistics] = lists;
  assert.equal((await pages(assistant, marking)).length, 2);
  for (const [place, learner] of [ada, bob].entries()) {
    await done(201, mark(assistant, attempts[place], 1, { points_milli: 500 }));
    await done(201, learner.post(`/api/v1/attempts/${attempts[place]}/appeals`, { slot: 1, text: "More." }));
  }
  share();
  assert.equal((await pages(assistant, appeals)).length, 2);
  assert.equal((await pages(assistant, statistics)).length, 3);
  for (const list of lists) assert.deepEqual(await pages(assistant, list), (await done(200, assistant.get(list))).data);
});

test("the file of the gradebook says what the gradebook says", async () => {
  share();
  const columns = (await done(200, instructor.get(`${COURSES}/${course}/gradebook/columns`))).items;
  const { data } = await done(200, instructor.get(`${COURSES}/${course}/gradebook`));
  const file = await instructor.get(`${COURSES}/${course}/gradebook.csv`, { headers: { accept: "text/csv" } });
  assertStatus(file, 200);
  const [head, ...lines] = file.text.trimEnd().split("\r\n").map((line) => line.split(","));
  assert.deepEqual(head.length, columns.length + 3);
  assert.deepEqual(lines.map(([learner]) => learner), data.map(({ learner }) => learner));
  for (const [row, [, name, total, ...shares]] of lines.entries()) {
    const { learner, total: wanted, entries } = data[row];
    assert.equal(name, [ada, bob].find(({ id }) => id === learner).name);
    assert.equal(total, String(wanted ?? ""));
    const told = columns.map(({ item }) => String(entries.find((entry) => entry.item === item)?.share ?? ""));
    assert.deepEqual(shares, told);
  }
});

// ---- what cannot be shown

function sql(statement) {
  const host = fs.realpathSync(path.join(system.data, "postgres/run"));
  execFileSync("psql", ["-h", host, "-U", "orrery", "-d", "orrery", "-X", "-q", "-v", "ON_ERROR_STOP=1"], { input: statement });
}

test("a question that cannot be shown says so, and leaves the others alone", async () => {
  const lost = await writeQuestion({ type: "single", ...written.single }, { choices: [{ key: "a", credit: 1000, feedback: SAID }] });
  const undrawn = await writeQuestion({ type: "numeric", ...written.numeric }, keyOf.numeric);
  const [id] = await assessments({ slots: [lost, undrawn, questions.text].map(slot) });
  const attempt = await take(ada, id, { chosen: keys("a") }, { text: "6 kg m/s" }, { text: "Hooke" });
  await concluded(attempt);
  const whole = await read(ada, attempt);
  sql(`UPDATE question.question_version SET document = 'damaged' WHERE question_id = '${lost}';
    UPDATE question.question_version SET document = (document::jsonb || '{"conditions": [{"formula": "m > 100"}]}')::text
    WHERE question_id = '${undrawn}';
    UPDATE question.question_key SET document = '{}' WHERE question_id = '${questions.text}';`);
  for (const person of [ada, instructor]) {
    const { slots, grade } = await read(person, attempt);
    assert.deepEqual([slots[0].trouble, slots[0].shown, slots[0].solution], ["question_unreadable", undefined, undefined]);
    assert.deepEqual([slots[0].answer, slots[0].grade.points_milli, slots[0].grade.remarks], [whole.slots[0].answer, 1000, []]);
    assert.deepEqual([slots[1].trouble, slots[1].shown, slots[1].grade.points_milli], ["numbers_undrawable", undefined, whole.slots[1].grade.points_milli]);
    assert.deepEqual([slots[2].trouble, slots[2].shown, slots[2].solution], ["key_unreadable", whole.slots[2].shown, undefined]);
    assert.deepEqual(grade, whole.grade);
  }
});
