// Questions, assessments and attempts over HTTP: what authors write, what learners see, and what the clock does.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { assertProblem, Client, done, Person } from "./client.mjs";
import { eventually, System } from "./system.mjs";

const COURSES = "/api/v1/courses";
// Stands in keys and explanations, so that a leak is found wherever it is.
const SECRET = "onlythekeyknows";

let system, client, instructor, assistant, ada, bob, stranger, course, objective, questions;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  const here = (name) => Person.here(system, client, { name });
  [instructor, assistant, ada, bob, stranger] = await Promise.all(
    ["Ida Instructor", "Abe Assistant", "Ada Learner", "Bob Learner", "Uma Stranger"].map(here),
  );
  await instructor.become("instructor");
  await makeCourse();
});
after(() => system.release());

function tell(from, ...others) {
  for (const person of others) person.position = Math.max(person.position, from.position);
}

// ---- a course with questions of every type

const written = {
  single: { prompt: "Which is a vector?", choices: [["a", "Mass"], ["b", "Force"], ["c", "Energy"], ["d", "Time"]] },
  multiple: { prompt: "Which have a direction?", choices: [["a", "Mass"], ["b", "Force"], ["c", "Velocity"], ["d", "Work"]] },
  true_false: { prompt: "$F = m a$ holds for a **constant** mass." },
  numeric: {
    prompt: "A mass of {m} kg moves at {v} m/s. What is its momentum?",
    parameters: [
      { name: "m", values: [{ value: "2" }, { value: "3" }, { value: "5" }, { value: "7" }] },
      { name: "v", minimum: "1", maximum: "9", step: "0.5" },
    ],
    computed: [{ name: "p", formula: "m*v", digits: 3 }],
    conditions: [{ formula: "p != 10" }],
    hints: [{ text: "Momentum is mass times something.", cost: 100 }, { text: "It is $m v$: {m} times what?", cost: 250 }],
  },
  text: { prompt: "Who wrote the *Principia*?" },
  matching: { prompt: "Match.", choices: [["a", "Mass"], ["b", "Length"]], targets: [["x", "kg"], ["y", "m"], ["z", "s"]] },
  ordering: { prompt: "By length, shortest first.", choices: [["a", "Nanometre"], ["b", "Micrometre"], ["c", "Metre"], ["d", "Parsec"]] },
  blanks: { prompt: "Force is [[1]] times [[2]]." },
  formula: { prompt: "The kinetic energy of mass $m$ at velocity $v$?" },
  essay: { prompt: "Why do planets move?" },
  simulation: { prompt: "Predict the period.", scene: "pendulum" },
};

const pattern = (text, credit = 1000) => ({ pattern: text, credit });
const keys = {
  single: { choices: [{ key: "b", credit: 1000, feedback: `Right, ${SECRET}` }, { key: "a", credit: 0, feedback: SECRET }] },
  multiple: { choices: [{ key: "b", credit: 500 }, { key: "c", credit: 500 }], scoring: "per_part", penalty: 500 },
  true_false: { choices: [{ key: "true", credit: 1000, feedback: SECRET }] },
  numeric: { numbers: [{ value: "m*v", unit: "kg m/s", units: "required", relative: "0.01" }], reason: SECRET },
  text: { patterns: [pattern(`*newton*{,${SECRET}}`), pattern(SECRET, 500)] },
  matching: { pairs: [{ left: "a", right: "x" }, { left: "b", right: "y" }] },
  ordering: { order: ["a", "b", "c", "d"].map((key) => ({ key })), scoring: "per_part" },
  blanks: { blanks: [{ patterns: [pattern(`mass{,${SECRET}}`)] }, { patterns: [pattern("acceleration")] }] },
  formula: { formula: "m*v^2/2", variables: [{ name: "m" }, { name: "v", minimum: "1", maximum: "3" }], reason: SECRET },
};

function definition(type) {
  const { choices, targets, ...rest } = written[type];
  const listed = (list) => list && list.map(([key, text]) => ({ key, text }));
  return {
    type,
    bank: "Mechanics",
    objectives: [{ objective }],
    difficulty: 400,
    explanation: `Because, says ${SECRET}.`,
    ...rest,
    ...(choices && { choices: listed(choices) }),
    ...(targets && { targets: listed(targets) }),
  };
}

async function writeQuestion(type, key = keys[type]) {
  const { id } = await done(201, instructor.post(`${COURSES}/${course}/questions`, definition(type)));
  if (key) await done(200, instructor.put(`/api/v1/questions/${id}/key`, { version: 1, seen: 0, ...key }));
  return id;
}

async function makeCourse() {
  course = (await done(201, instructor.post(COURSES, { title: "Mechanics", language: "en", level: "introductory" }))).id;
  objective = crypto.randomUUID();
  await done(200, instructor.put(`${COURSES}/${course}/objectives`, { objectives: [{ objective, title: "Forces" }] }));
  await done(200, instructor.put(`${COURSES}/${course}/staff/${assistant.id}`, { role: "assistant" }));
  questions = {};
  for (const type of Object.keys(written)) questions[type] = await writeQuestion(type);
  await done(200, instructor.put(`/api/v1/questions/${questions.essay}/rubric`, {
    version: 1, criteria: [{ key: "a", title: SECRET, points_milli: 2000 }],
  }));
}

const slot = (...types) => ({ points_milli: 1000, draw: 1, pool: types.map((type) => ({ question: questions[type], version: 1 })) });
const policy = (given = {}) => ({
  late_window_s: 0, late_penalty: 0, keeps: "best", feedback: "submitted", shows_key: true, graders: 1, release: "automatic",
  shuffles_questions: false, shuffles_choices: false, ...given,
});

let outline = [];

// Published, open to all, with ada and bob in the course.
async function assessment(slots, given = {}) {
  const { id } = await done(201, instructor.post(`${COURSES}/${course}/assessments`, {
    title: "Test", purpose: "exam", instructions: "Take your *time*.", slots,
  }));
  await done(200, instructor.put(`/api/v1/assessments/${id}/policy`, policy(given)));
  outline.push({ item: id, required: true, rule: "questions" });
  await done(200, instructor.put(`${COURSES}/${course}/outline`, { sections: [{ title: "All", items: outline }] }));
  await done(201, instructor.post(`${COURSES}/${course}/editions`, {}));
  await done(200, instructor.put(`${COURSES}/${course}/enrolment/policy`, { admission: "open", seats: 0, places: 0 }));
  for (const learner of [ada, bob]) {
    await done(201, learner.post(`${COURSES}/${course}/enrolment`, {}));
    await done(200, learner.put(`${COURSES}/${course}/enrolment/edition`, {}));
    tell(learner, instructor);
  }
  tell(instructor, assistant, ada, bob, stranger);
  return id;
}

async function start(learner, id, options) {
  const { content } = await done(200, learner.get(`/api/v1/assessments/${id}`));
  return (await done(201, learner.post(`/api/v1/assessments/${id}/attempts`, { course, paper: content }, options))).id;
}

const read = async (person, attempt) => done(200, person.get(`/api/v1/attempts/${attempt}`));
const save = (learner, attempt, number, answer, options) =>
  learner.put(`/api/v1/attempts/${attempt}/answers/${number}`, answer, options);
const submit = (learner, attempt, options) => learner.post(`/api/v1/attempts/${attempt}/submission`, undefined, options);
const at = (time) => ({ headers: { "client-time": new Date(time).toISOString() } });

// ---- what authors write

test("a question that could not be asked is refused, and each complaint points to its place", async () => {
  const wrong = async (wish, ...pointers) => {
    const answer = await instructor.post(`${COURSES}/${course}/questions`, { ...definition("numeric"), ...wish });
    assertProblem(answer, 422, "invalid");
    assert.deepEqual(answer.json.errors.map(({ pointer }) => pointer), pointers);
  };
  await wrong({ parameters: [{ name: "m", minimum: "1", maximum: "9" }] }, "/parameters");
  await wrong({ computed: [{ name: "p", formula: "m*(" }] }, "/parameters");
  await wrong({ conditions: [{ formula: "m > 100" }] }, "/conditions");
  await wrong({ prompt: "A mass of {mass} kg" }, "/prompt");
  await wrong({ prompt: "![](media:none)" }, "/prompt");
  await wrong({ type: "blanks", prompt: "No place to fill in" }, "/prompt");
  assertProblem(
    await instructor.post(`${COURSES}/${course}/questions`, { ...definition("single"), choices: [{ key: "a", text: "One" }] }),
    422,
    "question_unfit",
  );
});

test("a key that does not fit its version is refused", async () => {
  const wrong = async (type, key, ...pointers) => {
    const answer = await instructor.put(`/api/v1/questions/${questions[type]}/key`, { version: 1, ...key });
    assertProblem(answer, 422, "invalid");
    assert.deepEqual(answer.json.errors.map(({ pointer }) => pointer), pointers);
  };
  await wrong("single", { choices: [{ key: "q", credit: 1000 }] }, "/choices/0/key");
  await wrong("ordering", { order: [{ key: "a" }, { key: "b" }] }, "/order");
  await wrong("matching", { pairs: [{ left: "a", right: "q" }] }, "/pairs/0/right", "/pairs");
  await wrong("text", { patterns: [pattern("{a,b")] }, "/patterns/0/pattern");
  await wrong("numeric", { numbers: [{ value: "m*w" }] }, "/numbers/0/value");
  await wrong("numeric", { numbers: [{ value: "m*v", unit: "nonsense", relative: "2" }] }, "/numbers/0/unit", "/numbers/0/relative");
  await wrong("blanks", { blanks: [{ patterns: [pattern("mass")] }] }, "/blanks");
  await wrong("formula", { formula: "m*v", variables: [{ name: "m" }] }, "/formula");
  const unknown = await instructor.put(`/api/v1/questions/${questions.single}/key`, { version: 9, ...keys.single });
  assertProblem(unknown, 404, "version_unknown");
  const essay = await instructor.put(`/api/v1/questions/${questions.essay}/key`, { version: 1, patterns: [pattern("x")] });
  assertProblem(essay, 422, "key_unfit");
});

test("a paper asks only what the course has", async () => {
  const wrong = async (pool, pointer) => {
    const answer = await instructor.post(`${COURSES}/${course}/assessments`, {
      title: "Wrong", purpose: "quiz", slots: [{ points_milli: 1000, draw: 1, pool }],
    });
    assertProblem(answer, 422, "invalid");
    assert.equal(answer.json.errors[0].pointer, pointer);
  };
  await wrong([{ question: crypto.randomUUID(), version: 1 }], "/slots/0/pool/0/question");
  await wrong([{ question: questions.text, version: 2 }], "/slots/0/pool/0/version");
  const retired = await writeQuestion("true_false");
  await done(200, instructor.delete(`/api/v1/questions/${retired}`));
  await wrong([{ question: questions.text, version: 1 }, { question: retired, version: 1 }], "/slots/0/pool/1/question");
});

test("staff reads questions with their keys and finds them; others do not", async () => {
  tell(instructor, assistant, ada, stranger);
  const shown = await done(200, assistant.get(`/api/v1/questions/${questions.numeric}`));
  assert.equal(shown.definition.computed[0].formula, "m*v");
  assert.equal(shown.key.numbers[0].value, "m*v");
  assert.deepEqual(shown.versions.map(({ version, type, key }) => [version, type, key === shown.key.key]), [[1, "numeric", true]]);
  const found = await done(200, instructor.get(`${COURSES}/${course}/questions?type=numeric&objective=${objective}`));
  assert.deepEqual(found.data.map(({ question }) => question), [questions.numeric]);
  const first = await done(200, instructor.get(`${COURSES}/${course}/questions?limit=4&bank=Mechanics`));
  const rest = await done(200, instructor.get(`${COURSES}/${course}/questions?limit=200&bank=Mechanics&cursor=${first.next}`));
  const all = [...first.data, ...rest.data].map(({ question }) => question);
  assert.equal(new Set(all).size, all.length);
  for (const type of Object.keys(written)) assert.ok(all.includes(questions[type]), type);
  for (const path of [`/api/v1/questions/${questions.numeric}`, `/api/v1/questions/${questions.numeric}/preview`]) {
    const answer = await stranger.get(path);
    assert.ok([403, 404].includes(answer.status), answer.text);
    assert.ok(!answer.text.includes("m*v"));
  }
  assertProblem(await instructor.get(`/api/v1/questions/${crypto.randomUUID()}`), 404, "question_unknown");
});

test("a preview draws by its seed, and its solution belongs to what it shows", async () => {
  const preview = (seed) => done(200, instructor.get(`/api/v1/questions/${questions.numeric}/preview?seed=${seed}`));
  const seen = new Set();
  for (let seed = 1; seed <= 12; seed++) {
    const { shown, solution } = await preview(seed);
    const [, mass, velocity] = /mass of ([\d.]+) kg moves at ([\d.]+) m/.exec(shown.html);
    assert.notEqual(mass * velocity, 10);
    assert.equal(Number.parseFloat(solution.value), mass * velocity);
    assert.match(solution.value, / kg m\/s$/);
    seen.add(shown.html);
  }
  assert.ok(seen.size > 3);
  assert.deepEqual(await preview(7), await preview(7));
});

// ---- the whole way

test("a learner is asked, answers, hands in, and only then learns what was right", async () => {
  const types = Object.keys(written);
  const id = await assessment(types.map((type) => slot(type)), { shuffles_choices: true });
  const before = await done(200, ada.get(`/api/v1/assessments/${id}`));
  assert.equal(before.questions, types.length);
  assert.match(before.instructions, /<em>time<\/em>/);
  assert.deepEqual([before.slots, before.mine.attempts], [undefined, []]);
  const attempt = await start(ada, id);
  const shown = await read(ada, attempt);
  assert.deepEqual(shown.slots.map(({ shown }) => shown.type), types);
  assert.equal(shown.slots[types.indexOf("blanks")].shown.blanks, 2);
  assert.equal(shown.slots[types.indexOf("simulation")].shown.scene, "pendulum");
  assert.match(shown.slots[types.indexOf("true_false")].shown.html, /class="math"/);

  const answers = {
    single: { chosen: [{ key: "b" }] },
    multiple: { chosen: [{ key: "b" }, { key: "c" }] },
    true_false: { chosen: [{ key: "true" }] },
    numeric: { text: "about 12 kg m/s?" },
    text: { text: "Isaac Newton" },
    matching: { pairs: [{ left: "a", right: "x" }, { left: "b", right: "y" }] },
    ordering: { chosen: ["d", "a", "b", "c"].map((key) => ({ key })) },
    blanks: { text: "mass\nacceleration" },
    formula: { text: "1/2 m v^2" },
    essay: { text: "They fall.\n\nAll the time." },
    simulation: { text: "2 s" },
  };
  const positions = [];
  for (const [place, type] of types.entries()) {
    const { position } = await done(200, save(ada, attempt, place + 1, answers[type]));
    positions.push(position);
  }
  const saved = await read(ada, attempt);
  for (const [place, type] of types.entries()) {
    const { answer } = saved.slots[place];
    assert.equal(answer.position, positions[place], type);
    assert.deepEqual(
      { ...(answer.text && { text: answer.text }), ...(answer.chosen && { chosen: answer.chosen }), ...(answer.pairs && { pairs: answer.pairs }) },
      answers[type],
    );
  }
  const open = await ada.get(`/api/v1/attempts/${attempt}`);
  const paper = await ada.get(`/api/v1/assessments/${id}`);
  for (const { text } of [open, paper]) assert.ok(!text.includes(SECRET) && !/solution|explanation/.test(text));

  await done(200, submit(ada, attempt));
  await done(200, submit(ada, attempt));
  const over = await read(ada, attempt);
  assert.deepEqual([over.cause, over.penalty], ["learner", 0]);
  const solution = (type) => over.slots[types.indexOf(type)].solution;
  assert.deepEqual(solution("single").choices, [{ key: "b", credit: 1000 }]);
  assert.deepEqual(solution("ordering").order.map(({ key }) => key), ["a", "b", "c", "d"]);
  assert.equal(solution("formula").formula, "m*v^2/2");
  assert.equal(solution("blanks").blanks.length, 2);
  assert.equal(solution("essay"), undefined);
  assert.match(over.slots[0].explanation, new RegExp(SECRET));
  assertProblem(await save(ada, attempt, 1, { chosen: [] }), 409, "attempt_over");
  const mine = await done(200, ada.get(`/api/v1/assessments/${id}`));
  assert.deepEqual(mine.mine.attempts.map(({ attempt, answered }) => [attempt, answered]), [[attempt, types.length]]);
});

test("two learners get different draws, and each the same view each time", async () => {
  const id = await assessment([slot("single", "multiple", "text", "blanks", "essay"), slot("numeric"), slot("ordering"), slot("matching")], {
    shuffles_questions: true,
    shuffles_choices: true,
  });
  const timeless = ({ now, remaining_ms, ...rest }) => rest;
  const views = new Set();
  for (let round = 0; round < 4; round++) {
    for (const learner of [ada, bob]) {
      const attempt = await start(learner, id);
      const view = await read(learner, attempt);
      assert.deepEqual(timeless(await read(learner, attempt)), timeless(view));
      views.add(JSON.stringify(view.slots.map(({ shown }) => shown)));
      await done(200, submit(learner, attempt));
    }
  }
  assert.ok(views.size >= 7, `${views.size} of 8 views differ`);
});

test("who sends the same wish again has begun one attempt, and cannot choose the draw", async () => {
  const id = await assessment([slot("numeric")]);
  const key = `start-${crypto.randomUUID()}`;
  const attempt = await start(ada, id, { key });
  assert.equal(await start(ada, id, { key }), attempt);
  const { content } = await done(200, ada.get(`/api/v1/assessments/${id}`));
  const more = await ada.post(`/api/v1/assessments/${id}/attempts`, { course, paper: content });
  assertProblem(more, 409, "attempt_open");
  const other = await bob.post(`/api/v1/assessments/${id}/attempts`, { course, paper: crypto.randomUUID() });
  assertProblem(other, 409, "paper_stale");
  const own = crypto.randomUUID();
  assert.equal((await done(201, bob.post(`/api/v1/assessments/${id}/attempts`, { course, paper: content, attempt: own }))).id, own);
  await Promise.all([done(200, submit(ada, attempt)), done(200, submit(bob, own))]);
});

test("an attempt is its learner's; staff who grade see it whole", async () => {
  const id = await assessment([slot("text")]);
  const attempt = await start(ada, id);
  await done(200, save(ada, attempt, 1, { text: "Leibniz" }));
  tell(ada, bob, stranger, instructor, assistant);
  for (const other of [bob, stranger]) {
    assertProblem(await other.get(`/api/v1/attempts/${attempt}`), 404, "attempt_unknown");
    assertProblem(await save(other, attempt, 1, { text: "Newton" }), 404, "attempt_unknown");
    assertProblem(await submit(other, attempt), 404, "attempt_unknown");
  }
  assertProblem(await stranger.get(`/api/v1/assessments/${id}`), 404, "assessment_unknown");
  for (const staff of [instructor, assistant]) {
    const seen = await read(staff, attempt);
    assert.equal(seen.slots[0].answer.text, "Leibniz");
    assert.equal(seen.slots[0].solution.accepted.length, 2);
    const list = await done(200, staff.get(`/api/v1/assessments/${id}/attempts?open=true`));
    assert.deepEqual(list.data.map(({ attempt, learner }) => [attempt, learner]), [[attempt, ada.id]]);
  }
  assertProblem(await ada.get(`/api/v1/assessments/${id}/attempts`), 403, "course_role_missing");
  const staff = await done(200, instructor.get(`/api/v1/assessments/${id}`));
  assert.deepEqual(staff.slots, [slot("text")]);
  const list = await done(200, instructor.get(`${COURSES}/${course}/assessments`));
  assert.equal(list.data[0].assessment, id);
  await done(200, submit(ada, attempt));
});

test("hints come in their order, cost what they say, and show the numbers of the attempt", async () => {
  const id = await assessment([slot("numeric")]);
  const attempt = await start(ada, id);
  const take = (hint, number = 1) => ada.put(`/api/v1/attempts/${attempt}/answers/${number}/hints/${hint}`);
  assertProblem(await take(2), 409, "hint_order_wrong");
  assertProblem(await take(3), 404, "hint_unknown");
  assertProblem(await take(1, 9), 404, "slot_unknown");
  await done(200, take(1));
  await done(200, take(1));
  const once = (await read(ada, attempt)).slots[0];
  assert.deepEqual([once.hints, once.hints_taken.length, once.next_hint_cost], [2, 1, 250]);
  await done(200, take(2));
  const twice = (await read(ada, attempt)).slots[0];
  const [, mass] = /mass of ([\d.]+) kg/.exec(twice.shown.html);
  assert.ok(twice.hints_taken[1].html.includes(`${mass} times what`));
  assert.equal(twice.next_hint_cost, undefined);
  await done(200, submit(ada, attempt));
});

test("where feedback comes after each answer, it comes for that answer alone", async () => {
  const id = await assessment([slot("single"), slot("text")], { feedback: "answered" });
  const attempt = await start(ada, id);
  await done(200, save(ada, attempt, 1, { chosen: [{ key: "a" }] }));
  await done(200, ada.post(`/api/v1/attempts/${attempt}/answers/1/finish`));
  const { slots } = await read(ada, attempt);
  assert.deepEqual(slots.map(({ finished, solution }) => [finished, Boolean(solution)]), [[true, true], [false, false]]);
  assertProblem(await save(ada, attempt, 1, { chosen: [{ key: "b" }] }), 409, "answer_final");
  await done(200, submit(ada, attempt));
});

test("a policy may keep key and feedback to itself", async () => {
  const without = await assessment([slot("single")], { shows_key: false });
  const never = await assessment([slot("single")], { feedback: "never" });
  for (const [id, explained] of [[without, true], [never, false]]) {
    const attempt = await start(bob, id);
    assertProblem(await bob.post(`/api/v1/attempts/${attempt}/answers/1/finish`), 409, "feedback_later");
    await done(200, submit(bob, attempt));
    const { slots } = await read(bob, attempt);
    assert.deepEqual([slots[0].solution, slots[0].explanation !== undefined], [undefined, explained]);
  }
});

// ---- time

test("time ends an attempt to the second, and more time that was granted is given", async () => {
  const id = await assessment([slot("text")], { time_limit_s: 3 });
  await done(200, instructor.post(`${COURSES}/${course}/learners/${bob.id}/accommodations`, { item: id, extra_time: 100 }));
  tell(instructor, ada, bob);
  const attempts = [await start(ada, id), await start(bob, id)];
  const views = [await read(ada, attempts[0]), await read(bob, attempts[1])];
  for (const [i, seconds] of [3, 6].entries()) {
    assert.equal(Date.parse(views[i].ends_at) - Date.parse(views[i].started_at), seconds * 1000);
    assert.ok(views[i].remaining_ms <= seconds * 1000 && views[i].remaining_ms > 0);
  }
  await done(200, save(ada, attempts[0], 1, { text: "in time" }));
  await pause(Date.parse(views[0].ends_at) - Date.now() + 20);
  assertProblem(await save(ada, attempts[0], 1, { text: "too late" }), 409, "attempt_over");
  await done(200, save(bob, attempts[1], 1, { text: "still" }));
  const over = await eventually("the time is over", async () => {
    const view = await read(ada, attempts[0]);
    return view.submitted_at && view;
  }, 5000);
  assert.deepEqual([over.cause, over.submitted_at, over.slots[0].answer.text], ["time", over.ends_at, "in time"]);
  assert.ok(Date.parse(over.now) - Date.parse(over.ends_at) < 1500, `closed by ${over.now}, over at ${over.ends_at}`);
  assert.equal((await read(bob, attempts[1])).submitted_at, undefined);
  await done(200, submit(bob, attempts[1]));
});

test("a clock cannot show what cannot have been", async () => {
  const id = await assessment([slot("text"), slot("single")]);
  const attempt = await start(ada, id);
  const { started_at } = await read(ada, attempt);
  const began = Date.parse(started_at);
  assertProblem(await save(ada, attempt, 1, { text: "before" }, at(began - 120_000)), 422, "clock_wrong");
  assertProblem(await save(ada, attempt, 1, { text: "ahead" }, at(Date.now() + 120_000)), 422, "clock_wrong");
  assertProblem(await submit(ada, attempt, at(began - 120_000)), 422, "clock_wrong");
  await done(200, save(ada, attempt, 1, { text: "a little fast" }, at(Date.now() + 30_000)));
  const { answer } = (await read(ada, attempt)).slots[0];
  assert.equal(answer.offline, true);
  assert.ok(Date.parse(answer.answered_at) <= Date.now());
  assertProblem(await save(ada, attempt, 2, { chosen: [] }, at(Date.parse(answer.answered_at) - 90_000)), 422, "clock_wrong");
  await done(200, save(ada, attempt, 2, { chosen: [{ key: "b" }] }));
  await done(200, submit(ada, attempt));
});

test("answers given offline are taken while the window is open, judged by the policy in force then", async () => {
  const id = await assessment([slot("text"), slot("single")], { time_limit_s: 3, late_window_s: 3 });
  const attempt = await start(ada, id);
  const { started_at, ends_at, late_until } = await read(ada, attempt);
  assert.equal(Date.parse(late_until) - Date.parse(ends_at), 3000);
  const second = Date.parse(started_at) + 1000;
  await pause(Date.parse(ends_at) - Date.now() + 50);
  // A longer time comes too late for this attempt; what held when the answers were given still holds.
  await done(200, instructor.put(`/api/v1/assessments/${id}/policy`, policy({ time_limit_s: 600, late_window_s: 0 })));
  assertProblem(await save(ada, attempt, 1, { text: "online, late" }), 409, "attempt_over");
  await done(200, save(ada, attempt, 1, { text: "offline, in time" }, at(second)));
  await done(200, save(ada, attempt, 2, { chosen: [{ key: "b" }] }, at(second + 500)));
  assertProblem(await save(ada, attempt, 1, { text: "offline, late" }, at(Date.parse(ends_at) + 1)), 409, "attempt_over");
  const over = await eventually("the window is closed", async () => {
    const view = await read(ada, attempt);
    return view.submitted_at && view;
  }, 8000);
  assert.ok(Date.parse(over.now) >= Date.parse(late_until));
  assert.deepEqual(over.slots.map(({ answer }) => answer.offline), [true, true]);
  assert.equal(over.slots[0].answer.text, "offline, in time");
  assertProblem(await save(ada, attempt, 1, { text: "offline, told late" }, at(second + 600)), 409, "answer_too_late");
});

test("a queue of what was done offline saves answers in order, each once", async () => {
  const id = await assessment([slot("text"), slot("single")]);
  const attempt = await start(bob, id);
  const began = Date.parse((await read(bob, attempt)).started_at);
  await pause(1200);
  const line = (number, body, after) => ({
    id: crypto.randomUUID(),
    at: new Date(began + after).toISOString(),
    method: "PUT",
    path: `/api/v1/attempts/${attempt}/answers/${number}`,
    body,
  });
  const lines = [line(1, { text: "first" }, 200), line(2, { chosen: [{ key: "c" }] }, 400), line(1, { text: "second" }, 600)];
  for (let time = 0; time < 2; time++) {
    const { data } = await done(200, bob.post("/api/v1/me/outbox", lines));
    assert.deepEqual(data.map(({ status }) => status), [200, 200, 200]);
    bob.position = Math.max(bob.position, ...data.map(({ position }) => position ?? 0));
  }
  const { slots } = await read(bob, attempt);
  assert.equal(slots[0].answer.text, "second");
  assert.equal(Date.parse(slots[0].answer.answered_at), began + 600);
  await done(200, submit(bob, attempt));
});

test("a learner has as many attempts as the policy says, and what was granted", async () => {
  const id = await assessment([slot("single")], { attempts_max: 1 });
  await done(200, submit(ada, await start(ada, id)));
  const { content, mine } = await done(200, ada.get(`/api/v1/assessments/${id}`));
  assert.equal(mine.attempts_left, 0);
  const again = () => ada.post(`/api/v1/assessments/${id}/attempts`, { course, paper: content });
  assertProblem(await again(), 409, "attempts_used");
  await done(200, instructor.post(`${COURSES}/${course}/learners/${ada.id}/accommodations`, { item: id, extra_attempts: 1 }));
  const { id: second } = await done(201, again());
  await done(200, submit(ada, second));
});

test("what an erased learner did is seen by nobody any more", async () => {
  const id = await assessment([slot("text")]);
  const leaver = await Person.here(system, client, { name: "Lea Leaver" });
  tell(instructor, leaver);
  await done(201, leaver.post(`${COURSES}/${course}/enrolment`, {}));
  const attempt = await start(leaver, id);
  await done(200, save(leaver, attempt, 1, { text: "Kepler" }));
  await done(200, leaver.post("/api/v1/users/me/erase", { password: leaver.password }));
  tell(leaver, instructor);
  assertProblem(await instructor.get(`/api/v1/attempts/${attempt}`), 404, "attempt_unknown");
  assert.deepEqual((await done(200, instructor.get(`/api/v1/assessments/${id}/attempts`))).data, []);
});
