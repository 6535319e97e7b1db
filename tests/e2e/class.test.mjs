// A class goes through the course of tools/mechanics: it reads, answers, hands in early and late, goes offline, turns its
// clocks, leaves and comes back; a wrong key is found and mended. What stands in the log, in the gradebook and in the
// credentials afterwards must be what the rules say of what was done, computed here a second time (class_rules.mjs).
//
// ORRERY_LEARNERS says how many there are, ORRERY_SEED which class it is.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { chance } from "./class_answers.mjs";
import { clock, Learner } from "./class_learner.mjs";
import { grade, keptOf, regrade, settle, sumOf } from "./class_ledger.mjs";
import { each, grouped, Log } from "./class_log.mjs";
import { micros, reaches, shareOf, total } from "./class_rules.mjs";
import { assertStatus, Client, done, Person } from "./client.mjs";
import { World } from "./judge.mjs";
import { eventually, System } from "./system.mjs";

const LEARNERS = Number(process.env.ORRERY_LEARNERS ?? 40);
const SEED = Number(process.env.ORRERY_SEED ?? crypto.randomInt(2 ** 31));
const PATIENCE_MS = 120_000;
const SAMPLE = 20;
const SECOND = 1_000_000;
const LIMIT_S = 4;
const WINDOW_S = 3;

const repository = path.resolve(import.meta.dirname, "../..");
const build = path.resolve(process.env.ORRERY_BUILD ?? path.join(repository, "build"));
const told = JSON.parse(fs.readFileSync(path.join(repository, "tools/mechanics/course.json"), "utf8"));
const assessments = [...told.assessments, ...told.laboratory.assessments];
const checks = ["check-motion", "check-forces", "check-energy"];
const graded = [...checks, "explain", "final"];
const untouched = told.laboratory.assessments.map(({ name }) => name); // which nobody of the class takes
// One of each kind in ten; skill is how often they know.
const kinds = ["steady", "steady", "steady", "asks", "offline", "clock", "stays", "slow", "weak", "leaves"];

let system, client, teacher, course, learners, log, dice;
const policies = {};
const decided = []; // what the teacher gave instead of grades
const achievements = {};
let settled; // every attempt, judged and graded
const completed = new Set(); // `learner item`
const sharp = new Set();

// ---- small help

async function pages(from) {
  const rows = [];
  for (let cursor = ""; ; ) {
    const { data, next } = await done(200, teacher.get(`${from}?limit=200${cursor}`));
    rows.push(...data);
    if (!next) return rows;
    cursor = `&cursor=${next}`;
  }
}

async function readOn() {
  await log.readOn();
  teacher.position = Math.max(teacher.position, log.events.length);
}

const finishes = (name) => (attempt) => log.of(attempt.id).some(({ event }) => event === name);

// Until every attempt that was handed in or timed is over and graded as far as keys can.
async function gradingIsDone() {
  const over = finishes("attempt_submitted");
  await eventually("all is graded", async () => {
    await readOn();
    return attempts().every((attempt) => {
      const grades = log.of(attempt.id).filter(({ event }) => event === "responses_graded");
      const slots = new Set(grades.flatMap(({ fields }) => fields.responses.map(({ slot }) => slot)));
      return over(attempt) ? slots.size === attempt.slots.length : !attempt.ends || attempt.ends > clock();
    }) || (await pause(200), false);
  }, PATIENCE_MS);
}

const attempts = () => learners.flatMap((learner) => learner.attempts);
const of = (...names) => learners.filter(({ kind }) => names.includes(kind));
const seated = () => learners.filter((learner) => learner.seated);
const passed = (learner, name) => learner.attempts.some((attempt) =>
  attempt.name === name && log.of(attempt.id).some(({ event, fields }) =>
    event === "attempt_graded" && reaches(fields.points_milli, fields.of_milli, 600)));

// ---- the teacher's part

async function changePolicy(name, given) {
  const now = policies[name]?.at(-1) ?? told.assessments.find((one) => one.name === name).policy;
  const { since, ...before } = now;
  const policy = { ...before, ...given };
  const path = `/api/v1/assessments/${course.items[name]}`;
  if (given) await done(200, teacher.put(`${path}/policy`, policy));
  const shown = (await done(200, teacher.get(path))).policy;
  const inMicros = (time) => (time === undefined ? undefined : micros(time));
  policies[name] = [...(policies[name] ?? []), { ...policy, since: micros(shown.since), due_micros: inMicros(policy.due_at) }];
}

const policiesOf = (name) => policies[name].map(({ due_micros, ...policy }) => ({ ...policy, due_at: due_micros }));

async function grant(learner, name, given) {
  const item = course.items[name];
  await done(200, teacher.post(`/api/v1/courses/${course.id}/learners/${learner.person.id}/accommodations`, { item, ...given }));
  learner.granted[name] = { ...given, due_at: given.due_at && micros(given.due_at) };
  learner.person.position = Math.max(learner.person.position, teacher.position);
}

async function setKey(name, value) {
  const { id, key, question } = course.keys.get(name);
  const numbers = [{ ...question.key.numbers[0], value: String(value) }];
  const { position } = await done(200, teacher.put(`/api/v1/questions/${id}/key`, { version: 1, seen: key.at(-1).number, numbers }));
  key.push({ number: key.at(-1).number + 1, position, key: question.key, wanted: value });
}

const keys = {
  at: (question, position) => course.keys.get(question.name).key.filter((key) => !(key.position > position)).at(-1),
};

async function loadDemo() {
  const words = [path.join(build, "tools/orrery")];
  const { stdout } = await promisify(execFile)(path.join(repository, "tools/demo"), words, { env: { ...process.env, ...system.settings } });
  const id = /courses\/(\S+);/.exec(stdout)[1];
  const [, email, password] = /^instructor (\S+) (\S+)$/m.exec(fs.readFileSync(path.join(system.data, "demo-accounts"), "utf8"));
  teacher = new Person(system, client, { email, password });
  await teacher.logIn();
  const { sections } = await done(200, teacher.get(`/api/v1/courses/${id}/draft`));
  const placed = sections.flatMap(({ items }) => items);
  const named = [...told.lessons, ...assessments].map(({ name, title }) => [name, placed.find((one) => one.title === title).item]);
  const written = (await pages(`/api/v1/courses/${id}/questions`)).map(({ question, beginning }) =>
    [question, told.questions.find(({ prompt }) => prompt.startsWith(beginning))]);
  const key = ({ key }) => [{ number: key ? 1 : 0, position: 0, key }];
  course = {
    id,
    items: Object.fromEntries(named),
    questions: new Map(written),
    keys: new Map(written.map(([id, question]) => [question.name, { id, question, key: key(question) }])),
  };
}

async function define(name, rule) {
  const told = { name, description: `For ${name}.`, criteria: "See the rule." };
  const { id } = await done(201, teacher.post("/api/v1/achievements", { course: course.id, ...told, ...rule }));
  achievements[name] = id;
}

const weights = (...numbers) => ({
  categories: [["checks", 1], ["essay", 0], ["exam", 0]].map(([key, drop_lowest], i) => ({ key, name: key, weight: numbers[i], drop_lowest })),
  items: graded.map((name) => ({ item: course.items[name], category: { explain: "essay", final: "exam" }[name] ?? "checks" })),
});

// ---- before the first day

before(async () => {
  system = await System.start();
  client = await Client.of(system.base);
  log = new Log(system);
  dice = chance(SEED);
  await loadDemo();
  await setKey("sticking-carts", 3); // the author forgot that the second cart has a mass, too
  for (const name of graded) await changePolicy(name);
  await changePolicy("check-motion", { feedback: "answered" });
  await changePolicy("check-forces", { keeps: "latest" });
  await done(200, teacher.put(`/api/v1/courses/${course.id}/gradebook`, weights(100, 100, 100)));
  await define("certificate", { kind: "certificate", trigger: "course_completed" });
  await define("sharp", { kind: "badge", trigger: "graded", item: course.items.final, score_min: 800 });
});
after(() => system.release());

test(`${LEARNERS} people register and join (ORRERY_SEED=${SEED})`, async () => {
  learners = [];
  await each(Array.from({ length: LEARNERS }, (_, i) => i), async (i) => {
    const kind = kinds[i % kinds.length];
    const person = await Person.here(system, client, { name: `Learner ${i}` });
    const own = chance(SEED + i + 1);
    const skill = kind === "weak" ? 0.35 : 0.75 + 0.25 * own.next();
    const learner = new Learner(person, course, { kind, skill, dice: own });
    await learner.enrol();
    learners[i] = learner;
  }, 8);
});

const lessons = (from, to) => told.lessons.slice(from, to).map(({ name }) => name);
const reads = (learner, from, to) => learner.read(lessons(from, to).filter(() => learner.dice.next() > 0.02));

test("the first day: several attempts of which the best counts, hints, answers graded at once", async () => {
  await each(learners, async (learner) => {
    await reads(learner, 0, 4);
    for (let times = learner.kind === "weak" ? 3 : 1 + learner.dice.below(2); times > 0; times--)
      await learner.attempt("check-motion", { finishes: true });
    if (learner.dice.next() < 0.1) await learner.answer(await learner.begin("check-motion")); // never handed in
  });
  await gradingIsDone();
});

test("the second day: what is not open yet, queues from offline, clocks that are wrong", async () => {
  await each(learners, async (learner) => {
    await reads(learner, 4, 7);
    if (!passed(learner, "check-motion")) return learner.refusedToBegin("check-forces", 409, "prerequisite_missing");
    if (learner.kind === "offline") await learner.offline("check-forces");
    else if (learner.kind === "clock") await learner.twistClock(await learner.begin("check-forces")).then(() =>
      learner.submit(learner.attempts.at(-1)));
    else for (let times = 1 + learner.dice.below(2); times > 0; times--) await learner.attempt("check-forces");
  });
  await gradingIsDone();
});

// Answers half, waits until others' time is over, and goes on in their own.
async function takesMoreTime(learner) {
  const attempt = await learner.begin("check-energy");
  await learner.answer(attempt, { slots: attempt.slots.slice(0, 2) });
  await pause((attempt.started + (LIMIT_S + 0.2) * SECOND - clock()) / 1000);
  await learner.answer(attempt, { slots: attempt.slots.slice(2) });
  await learner.submit(attempt);
}

// Offline until the time is over, and back within the window.
async function comesBackLate(learner) {
  const attempt = await learner.begin("check-energy");
  const lines = learner.queue(attempt, { from: attempt.started + 200_000, step: 100_000 });
  const late = learner.queue(attempt, { from: attempt.ends, step: 1000, submits: false, slots: attempt.slots.slice(0, 1) });
  await pause((attempt.ends + 0.3 * SECOND - clock()) / 1000);
  await learner.send(attempt, learner.dice.next() < 0.5 ? [...lines, ...late] : [...lines.slice(0, -1), ...late]);
}

test("the third day, against the clock: each answer is judged by the time that held for its learner", async () => {
  for (const learner of of("leaves")) await learner.withdraw();
  for (const learner of of("leaves")) await learner.refusedToBegin("check-energy", 403, "not_enrolled");
  await each(of("slow"), (learner) => grant(learner, "check-energy", { extra_time: 100, due_at: new Date(Date.now() + 86_400_000).toISOString() }));
  await each(seated(), (learner) => reads(learner, 7, 10));
  await changePolicy("check-energy", { time_limit_s: LIMIT_S, late_window_s: WINDOW_S });
  await each(of("offline", "clock", "stays", "slow"), async (learner) => {
    if (learner.kind === "slow") await takesMoreTime(learner);
    else if (learner.kind === "offline") await comesBackLate(learner);
    else if (learner.kind === "stays") await learner.overstay(await learner.begin("check-energy"), WINDOW_S * SECOND);
    else await learner.twistClock(await learner.begin("check-energy"));
  }, LEARNERS);
  await gradingIsDone();
});

// Waits until long after it was due, and says that it was done before.
async function claimsToHaveBeenInTime(learner, due) {
  const attempt = await learner.begin("check-energy");
  const early = Math.floor((due - SECOND) / 1000) * 1000;
  for (const slot of attempt.slots.slice(0, 3)) await learner.save(attempt, slot, { told: early });
  await pause((due + (WINDOW_S + 0.2) * SECOND - clock()) / 1000);
  for (const slot of attempt.slots.slice(3)) await learner.save(attempt, slot, { told: early });
  await learner.submit(attempt, early);
}

test("the third day, with a date at which it is due: being late costs, whatever a clock says", async () => {
  const due = (Math.floor(clock() / SECOND) + 4) * SECOND;
  await changePolicy("check-energy", {
    time_limit_s: undefined, due_at: new Date(due / 1000).toISOString(), late_penalty: 150, late_window_s: WINDOW_S, keeps: "average",
  });
  const cheats = of("clock").map((learner) => claimsToHaveBeenInTime(learner, due));
  await each(seated().filter(({ kind }) => kind !== "clock"), async (learner) => {
    if (learner.kind === "offline") await learner.offline("check-energy");
    else await learner.attempt("check-energy");
    if (learner.dice.next() < 0.2) await learner.attempt("check-energy");
  });
  await Promise.all(cheats);
  await gradingIsDone();
});

test("the fourth day: those who come back, the essay, the examination", async () => {
  for (const learner of of("leaves").filter((_, i) => i % 2)) await learner.enrol();
  for (const learner of of("slow")) await grant(learner, "final", { extra_attempts: 1 });
  await define("bookworm", { kind: "badge", trigger: "viewed", times: 10, distinct: true });
  await each(seated(), async (learner) => {
    for (let times = learner.dice.below(3); times > 0; times--) await learner.attempt("explain");
    if (!passed(learner, "check-forces")) return learner.refusedToBegin("final", 409, "prerequisite_missing");
    await learner.attempt("final");
    if (learner.kind === "slow") await learner.attempt("final");
    else if (learner.dice.next() < 0.3) await learner.refusedToBegin("final", 409, "attempts_used");
  });
  await gradingIsDone();
});

// ---- what must have come of it

test("every wish was judged as the rules say of its moment, and what was said to be safe is in the log", (context) => {
  settled = attempts().map((attempt) => settle(attempt, policiesOf(attempt.name), attempt.learner.granted[attempt.name] ?? {}, log));
  for (const one of settled) one.grades = one.sitting.over ? grade(one, keys) : [];
  const acts = attempts().flatMap(({ acts }) => acts);
  const saved = acts.filter(({ what, outcome }) => what === "save" && outcome === "taken");
  assert.equal(new Set(saved.map(({ position }) => position)).size, saved.length);
  assert.equal(log.named("answer_saved").length, saved.length, "what came twice is there once");
  assert.equal(log.named("attempt_started").length, settled.length);
  const counts = grouped(acts, ({ what, outcome }) => `${what}: ${outcome}`);
  context.diagnostic([...counts].map(([what, { length }]) => `${length} × ${what}`).sort().join(", "));
  for (const problem of ["clock_wrong", "time_too_old", "attempt_over", "answer_too_late", "answer_final"])
    assert.ok(counts.has(`save: ${problem}`), `somebody met ${problem}`);
});

// The log's own last word about each slot and the sum.
function gradedInLog(one) {
  const slots = [];
  let sum;
  for (const { event, fields } of log.of(one.id)) {
    if (event === "responses_graded")
      for (const { slot, points_milli: points, verdict, key } of fields.responses) slots[slot - 1] = { verdict, key, points };
    if (event === "response_marked" && fields.decided)
      slots[fields.slot - 1] = { ...slots[fields.slot - 1], points: fields.points_milli, marked: true };
    if (event === "attempt_graded") sum = { points: fields.points_milli, of: fields.of_milli };
  }
  return { slots, sum };
}

function checkGrades() {
  for (const one of settled) {
    const { slots, sum } = gradedInLog(one);
    assert.deepEqual(slots, one.grades, `${one.name} of ${one.learner.kind}, attempt ${one.id}: ${JSON.stringify(
      one.slots.map((slot) => [slot.question.name, slot.numbers, one.sitting.answers.get(slot.slot)?.body, one.sitting.hints.get(slot.slot)]))}`);
    assert.deepEqual(sum, sumOf(one));
  }
  noteCompleted();
}

// What is complete stays so; so this is asked after each change.
function noteCompleted() {
  for (const one of settled) {
    const sum = sumOf(one);
    const { person } = one.learner;
    const rule = told.sections.flatMap(({ items }) => items).find(({ item }) => item === one.name);
    const answered = () => one.slots.every(({ slot }) => one.sitting.answers.get(slot));
    if (rule.rule === "score" ? sum && reaches(sum.points, sum.of, rule.score_min) : one.sitting.over && answered())
      completed.add(`${person.id} ${course.items[one.name]}`);
    if (one.name === "final" && sum && reaches(sum.points, sum.of, 800)) sharp.add(person.id);
  }
}

test("every answer is worth what its rule says, to the thousandth of a point", () => {
  checkGrades();
  const verdicts = grouped(settled.flatMap(({ grades }) => grades), ({ verdict }) => verdict);
  for (const verdict of ["right", "partly", "wrong", "unanswered", "missing_unit", "sign", "power_of_ten", "wrong_unit"])
    assert.ok(verdicts.has(verdict), `some answer is ${verdict}`);
});

function rowsExpected(shown = () => true) {
  const columns = weights(...course.weights).categories.map((category) => ({
    ...category, items: weights(1, 1, 1).items.filter((one) => one.category === category.key).map(({ item }) => item),
  }));
  return learners.map(({ person, seated }) => {
    const entries = graded.filter(shown).map((name) => entryExpected(person, name)).filter(Boolean);
    const counted = entries.filter(({ share }) => share !== undefined);
    const sum = total(counted, columns);
    return {
      learner: person.id, seated, ...(sum !== undefined && { total: sum }),
      entries: entries.sort((a, b) => (a.item < b.item ? -1 : 1)),
    };
  }).sort((a, b) => (a.learner < b.learner ? -1 : 1));
}

function entryExpected(person, name) {
  const mine = settled.filter((one) => one.learner.person === person && one.name === name).sort((a, b) => a.number - b.number);
  const given = decided.filter((one) => one.person === person && one.name === name);
  if (mine.length === 0 && given.length === 0) return undefined;
  const kept = keptOf(mine, policies[name].at(-1).keeps);
  const override = given.find((one) => one.points_milli !== undefined);
  const excused = given.some((one) => one.excused);
  const share = excused ? undefined : override ? shareOf(override.points_milli, override.of_milli) : kept;
  return {
    item: course.items[name], ...(share !== undefined && { share }), attempts: mine.length, ...(kept !== undefined && { kept }),
    ...(override && { override_points_milli: override.points_milli, override_of_milli: override.of_milli }), excused,
  };
}

// JSON and CSV; the two learners of tools/demo are in the course, too, and did nothing.
async function checkGradebook() {
  await readOn();
  const expected = rowsExpected();
  const rows = await pages(`/api/v1/courses/${course.id}/gradebook`);
  assert.deepEqual(rows.filter(({ entries }) => entries.length > 0), expected.filter(({ entries }) => entries.length > 0));
  assert.equal(rows.length, LEARNERS + 2);
  const { text } = await teacher.get(`/api/v1/courses/${course.id}/gradebook.csv`, { headers: { accept: "text/csv" } });
  const [head, ...lines] = text.trimEnd().split(/\r?\n/);
  const items = [...graded, ...untouched].map((name) => course.items[name]).sort();
  const title = (item) => assessments.find(({ name }) => course.items[name] === item).title;
  assert.equal(head, ["learner", "name", "total", ...items.map(title)].join(","));
  const cell = (value) => (value === undefined ? "" : String(value));
  const wanted = expected.map(({ learner, total, entries }) => [
    learner, learners.find(({ person }) => person.id === learner).person.name, cell(total),
    ...items.map((item) => cell(entries.find((entry) => entry.item === item)?.share)),
  ].join(","));
  assert.deepEqual(lines.filter((line) => wanted.includes(line)), wanted);
  assert.equal(lines.length, LEARNERS + 2);
  return expected;
}

test("the gradebook is what was computed here, before anybody marked anything", async () => {
  course.weights = [100, 100, 100];
  await checkGradebook();
});

test("the essay is marked with its rubric, and learners see it once it is released", async () => {
  const waiting = await pages(`/api/v1/assessments/${course.items.explain}/marking`);
  const undecided = settled.filter(({ grades }) => grades.some(({ verdict }) => verdict === "undecided"));
  assert.deepEqual(waiting.map(({ attempt }) => attempt).sort(), undecided.map(({ id }) => id).sort());
  const rubric = told.questions.find(({ name }) => name === "energy-habit").rubric;
  await each(undecided.filter(() => dice.next() < 0.9), async (one) => {
    const criteria = rubric.map(({ key, points_milli }) => ({ key, points_milli: dice.below(points_milli / 250 + 1) * 250 }));
    let points_milli = criteria.reduce((sum, one) => sum + one.points_milli, 0);
    await done(201, teacher.post(`/api/v1/attempts/${one.id}/responses/1/marks`, { points_milli, criteria, comment: "Seen." }));
    if (dice.next() < 0.2)
      await done(200, teacher.put(`/api/v1/attempts/${one.id}/responses/1/points`, { points_milli: (points_milli = 4321) }));
    one.grades[0] = { ...one.grades[0], points: points_milli, marked: true };
  });
  await readOn();
  checkGrades();
  const mine = async ({ person }) => {
    const { learner, seated, ...rest } = await done(200, person.get(`/api/v1/me/courses/${course.id}/grades`, { min: teacher.position }));
    return { learner, seated, ...rest };
  };
  const before = new Map(rowsExpected((name) => name !== "explain").map((row) => [row.learner, row]));
  await each(learners, async (learner) => assert.deepEqual(await mine(learner), before.get(learner.person.id)));
  await done(200, teacher.post(`/api/v1/assessments/${course.items.explain}/release`, {}));
  const after = new Map(rowsExpected().map((row) => [row.learner, row]));
  await each(learners, async (learner) => assert.deepEqual(await mine(learner), after.get(learner.person.id)));
});

// Looks ahead, commits, and compares both with what was foretold here.
async function mend(name, policy) {
  const { id, question, key } = course.keys.get("sticking-carts");
  const assessment = `/api/v1/assessments/${course.items[name]}`;
  const { changes, same } = regrade(settled.filter((one) => one.name === name), question, key.at(-1), policy);
  const differences = changes.map(({ before, after }) => after.points - before.points);
  const sum = (list) => list.reduce((a, b) => a + b, 0);
  const foretold = await done(200, teacher.get(`${assessment}/regrade?question=${id}&version=1&policy=${policy}`));
  const { gains, losses, previewed = foretold.position } = foretold;
  assert.deepEqual(
    [gains, losses, foretold.same, foretold.gained_milli, foretold.lost_milli, foretold.key],
    [differences.filter((d) => d > 0).length, differences.filter((d) => d < 0).length, same + differences.filter((d) => d === 0).length,
      sum(differences.filter((d) => d > 0)), sum(differences.filter((d) => d < 0).map((d) => -d)), key.at(-1).number],
  );
  const wish = { question: id, version: 1, key: key.at(-1).number, policy, previewed, gains, losses, same: foretold.same, reason: "The cart has a mass." };
  const { id: committed } = await done(201, teacher.post(`${assessment}/regrades`, wish));
  for (const { settled, i, after } of changes) settled.grades[i] = after;
  const regraded = await eventually("it is graded again", async () => {
    await readOn();
    const grades = log.named("responses_graded").filter(({ fields }) => fields.regrade === committed);
    return grades.length >= changes.length && grades;
  });
  assert.equal(regraded.length, changes.length);
  const moved = foretold.changes.map(({ attempt, slot, before_milli, after_milli }) => `${attempt} ${slot} ${before_milli} ${after_milli}`);
  assert.deepEqual(moved.sort(), changes.map(({ settled, i, before, after }) => `${settled.id} ${i + 1} ${before.points} ${after.points}`).sort());
  checkGrades();
  return { gains, losses };
}

test("a wrong key is noticed and mended: what was foretold of each attempt is what happens", async (context) => {
  await setKey("sticking-carts", 2);
  await readOn();
  checkGrades();
  for (const [name, policy] of [["check-energy", "keep_better"], ["final", "replace"]]) {
    const { gains, losses } = await mend(name, policy);
    context.diagnostic(`${name}, ${policy}: ${gains} gain, ${losses} lose`);
    assert.ok(gains > 0);
    assert.equal(losses > 0, policy === "replace", "who was right by the wrong key loses, unless the better is kept");
  }
});

test("the gradebook is what was computed here, for each learner and item, as JSON and as CSV", async () => {
  const [first, second] = learners;
  const row = ({ person }, name) => `/api/v1/courses/${course.id}/gradebook/${person.id}/${course.items[name]}`;
  const given = { points_milli: 1234, of_milli: 5000 };
  await done(200, teacher.put(`${row(first, "explain")}/override`, { ...given, reason: "It was said aloud." }));
  await done(200, teacher.put(`${row(second, "check-forces")}/excused`, { excused: true, reason: "Was ill." }));
  decided.push({ person: first.person, name: "explain", ...given }, { person: second.person, name: "check-forces", excused: true });
  course.weights = [300, 150, 550];
  await done(200, teacher.put(`/api/v1/courses/${course.id}/gradebook`, weights(...course.weights)));
  const rows = await checkGradebook();
  assert.ok(new Set(rows.map(({ total }) => total)).size > LEARNERS / 4, "they differ");
});

// ---- what others can rely on

const idsOf = (people) => people.map(({ person }) => person.id).sort();

test("complete is what was done, and certificates and badges have exactly those who earned them", async (context) => {
  for (const learner of learners)
    for (const name of learner.viewed) completed.add(`${learner.person.id} ${course.items[name]}`);
  const items = log.named("item_completed").map(({ fields }) => `${fields.learner} ${fields.item}`);
  assert.deepEqual(items.sort(), [...completed].sort());
  const required = told.sections.flatMap(({ items }) => items).filter((one) => one.required).map(({ item }) => course.items[item]);
  const finished = learners.filter(({ person }) => required.every((item) => completed.has(`${person.id} ${item}`)));
  assert.deepEqual(log.named("course_completed").map(({ fields }) => fields.learner).sort(), idsOf(finished));
  const expected = {
    certificate: idsOf(finished),
    sharp: [...sharp].sort(),
    bookworm: idsOf(learners.filter(({ viewed }) => viewed.size >= 10)),
  };
  for (const [name, earners] of Object.entries(expected)) {
    assert.ok(earners.length > 0 && earners.length < LEARNERS, `${name}: ${earners.length}`);
    await eventually(`all have ${name}`, async () => {
      await readOn();
      return awards(name).length >= earners.length;
    });
    assert.deepEqual(awards(name).map(({ fields }) => fields.learner).sort(), earners, name);
    context.diagnostic(`${name}: ${earners.length} of ${LEARNERS}`);
  }
});

const awards = (name) => log.named("achievement_awarded").filter(({ fields }) => fields.achievement === achievements[name]);

test("an outside verifier accepts each credential with nothing from the network, and no other words", async () => {
  const world = new World();
  world.publishDid(await (await fetch(`${system.base}/.well-known/did.json`)).json());
  const sample = dice.shuffled(Object.keys(achievements).flatMap(awards)).slice(0, SAMPLE);
  const lists = new Set();
  for (const { fields } of sample) {
    const { person } = learners.find((one) => one.person.id === fields.learner);
    const answer = await person.get(`/api/v1/achievements/awards/${fields.award}/credential`, {
      headers: { accept: "application/vc+ld+json" }, min: teacher.position,
    });
    const credential = JSON.parse((assertStatus(answer, 200), answer.text));
    const list = credential.credentialStatus.statusListCredential;
    if (!lists.has(list)) world.publish(list, await (await fetch(list)).json());
    lists.add(list);
    assert.equal(credential.credentialSubject.id, `urn:uuid:${person.id}`);
    const judged = await world.verify(credential);
    assert.equal(judged.verified, true, JSON.stringify(judged.error));
    credential.credentialSubject.id = `urn:uuid:${learners.find((one) => one.person !== person).person.id}`;
    assert.equal((await world.verify(credential)).verified, false, "it is nobody else's");
  }
});

test("what was decided of the class is decided again, and comes out the same", async (context) => {
  await system.down();
  const { code, out, err } = await system.orrery("audit", "replay", "--no-pager");
  context.diagnostic((out + err).trim());
  assert.equal(code, 0);
  await system.up();
});
