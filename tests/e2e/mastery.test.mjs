// Mastery over HTTP, from an answer to what is shown; and its numbers against other implementations: ts-fsrs for
// reviews, and knowledge tracing as the paper has it, for histories by chance.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { createEmptyCard, fsrs, Rating } from "ts-fsrs";
import { assertProblem, assertStatus, Client, PASSWORD, Person } from "./client.mjs";
import { eventually, System } from "./system.mjs";

const build = path.resolve(process.env.ORRERY_BUILD ?? path.join(import.meta.dirname, "../../build"));
const DAY_MS = 86_400_000;
const HISTORIES = 300;
const SEED = Number(process.env.ORRERY_SEED ?? crypto.randomInt(2 ** 31));

let system, client, teacher;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  teacher = await Person.here(system, client, { name: "Ida Teacher" });
});
after(() => system.release());

const fresh = () => crypto.randomUUID();

// What no route leads to here: assessments are tested elsewhere.
function wish(command, fields) {
  const socket = path.join(system.data, "writer.sock");
  return Number(execFileSync(path.join(build, "tests/e2e/wish"), [socket, command, JSON.stringify(fields)], { encoding: "utf8" }));
}

// The functions of the read model, asked as the API's role.
function sql(statement) {
  const host = fs.realpathSync(path.join(system.data, "postgres/run"));
  const words = ["-h", host, "-U", "orrery_read", "-d", "orrery", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1"];
  return execFileSync("psql", words, { input: statement, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 }).trim();
}

// mulberry32: the same seed makes the same histories again.
function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function assertNear(found, wanted, what) {
  assert.ok(Math.abs(found - wanted) <= 1e-6, `${what}: ${found}, not ${wanted} (ORRERY_SEED=${SEED})`);
}

// ---- against others ----

function reviewsByChance(next) {
  let at = Date.UTC(2026, 0, 1) + Math.floor(next() * DAY_MS);
  return Array.from({ length: 1 + Math.floor(next() * 25) }, () => {
    at += Math.floor(next() ** 3 * (next() < 0.3 ? 0.5 : 60) * DAY_MS);
    return { rating: 1 + Math.floor(next() * 3), at: new Date(at) };
  });
}

function reviewedByTsFsrs(history) {
  const scheduler = fsrs({ enable_fuzz: false, enable_short_term: false });
  return history.reduce((card, { rating, at }) => scheduler.next(card, at, rating).card, createEmptyCard(history[0].at));
}

function reviewedByUs(histories) {
  const rows = histories.flatMap((history, h) =>
    history.map(({ rating, at }, i) => `(${h},${i},${rating},'${at.toISOString()}')`),
  );
  const answer = sql(`SET search_path TO mastery; SELECT json_agg(json_build_object('stability', (m.memory).stability,
    'difficulty', (m.memory).difficulty, 'reps', (m.memory).reviews, 'lapses', (m.memory).lapses,
    'due', extract(epoch FROM review_due(m.memory)) * 1000) ORDER BY h)
    FROM (SELECT h, review(rating, at::timestamptz ORDER BY i) AS memory
          FROM (VALUES ${rows.join(",")}) AS v (h, i, rating, at) GROUP BY h) AS m;`);
  return JSON.parse(answer.slice(answer.indexOf("[")));
}

test("reviews are planned as ts-fsrs plans them", () => {
  const next = chance(SEED);
  const histories = Array.from({ length: HISTORIES }, () => reviewsByChance(next));
  const ours = reviewedByUs(histories);
  assert.equal(ours.length, HISTORIES);
  histories.forEach((history, h) => {
    const card = reviewedByTsFsrs(history);
    assertNear(ours[h].stability, card.stability, `stability of ${h}`);
    assertNear(ours[h].difficulty, card.difficulty, `difficulty of ${h}`);
    assert.deepEqual([ours[h].due, ours[h].reps, ours[h].lapses], [card.due.getTime(), card.reps, card.lapses], `seed ${SEED}`);
  });
});

// Corbett & Anderson 1995, by Bayes' rule over the two states: known or not, times right or wrong.
function knownByBayes(answers) {
  let known = 0.25;
  for (const { credit, guess } of answers) {
    const weigh = (ifKnown, ifNot) => (known * ifKnown) / (known * ifKnown + (1 - known) * ifNot);
    const posterior = (credit / 1000) * weigh(0.9, guess) + (1 - credit / 1000) * weigh(0.1, 1 - guess);
    known = Math.min(0.999, Math.max(0.001, 1 - (1 - posterior) * (1 - 0.12)));
  }
  return known;
}

test("knowledge is traced as Bayes' rule has it", () => {
  const next = chance(SEED + 1);
  const pick = (list) => list[Math.floor(next() * list.length)];
  const histories = Array.from({ length: HISTORIES }, () =>
    Array.from({ length: 1 + Math.floor(next() * 40) }, () => ({
      credit: pick([0, 1000, Math.floor(next() * 1001)]),
      guess: pick([0.05, 0.25, 0.5]),
    })),
  );
  const rows = histories.flatMap((answers, h) => answers.map(({ credit, guess }, i) => `(${h},${i},${credit},${guess})`));
  const found = JSON.parse(
    sql(`SELECT json_agg(known ORDER BY h) FROM (SELECT h, mastery.knowledge(credit, guess ORDER BY i) AS known
      FROM (VALUES ${rows.join(",")}) AS v (h, i, credit, guess) GROUP BY h) AS k;`),
  );
  assert.equal(found.length, HISTORIES);
  histories.forEach((answers, h) => assertNear(found[h], knownByBayes(answers), `knowledge of ${h}`));
});

test("guesses are as likely as the choices make them", () => {
  const asked = [["single", 4], ["single", 1], ["true_false", 0], ["multiple", 3], ["multiple", 9], ["numeric", 0]];
  const calls = asked.map(([type, choices]) => `mastery.knowledge_guess('${type}', ${choices})`);
  assert.deepEqual(JSON.parse(sql(`SELECT json_build_array(${calls.join(",")});`)), [0.25, 0.5, 0.5, 0.125, 0.05, 0.05]);
});

// ---- over HTTP ----

// A published course of one lesson and two objectives, with so many questions of four choices about the first.
function newCourse(questions) {
  const actor = teacher.id;
  const [course, lesson] = [fresh(), fresh()];
  const objectives = [fresh(), fresh()];
  wish("create_course", { course, creator: actor, title: "Mechanics", language: "en", level: "introductory" });
  const titled = objectives.map((objective, i) => ({ objective, title: ["Velocity", "Force"][i] }));
  wish("change_objectives", { course, actor, objectives: titled });
  wish("write_lesson", { course, lesson, actor, title: "Motion", body: "It moves." });
  const items = [{ item: lesson, required: true, rule: "viewed" }];
  wish("change_outline", { course, actor, sections: [{ title: "All", items }] });
  wish("publish_course", { course, edition: fresh(), actor });
  wish("change_enrolment_policy", { course, actor, admission: "open", seats: 0, places: 0 });
  const asked = Array.from({ length: questions }, () => newQuestion(course, objectives[0]));
  return { course, objectives, questions: asked };
}

function newQuestion(course, objective) {
  const [question, actor] = [fresh(), teacher.id];
  const choices = ["a", "b", "c", "d"].map((key) => ({ key, text: `Choice ${key}` }));
  wish("write_question", { course, question, actor, type: "single", prompt: "Which?", choices, objectives: [{ objective }] });
  const key = choices.map(({ key }) => ({ key, credit: key === "a" ? 1000 : 0 }));
  wish("set_key", { question, actor, version: 1, choices: key });
  return question;
}

// A practice of just these questions, since a draw by the API would be of others too. Answers each with the choice it is
// given; the grader does the rest.
async function practise(person, { course, questions }, chosen) {
  const [attempt, learner] = [fresh(), person.id];
  const numbers = { known_ppm: 250000, evidence: 0, guess_ppm: 250000, facility_ppm: 500000 };
  const candidates = questions.map((question) => ({ question, version: 1, ...numbers }));
  const rules = { seed: 1, as_of: 0, slip_ppm: 100000, facility_ppm: 500000 };
  person.position = wish("start_practice", { attempt, learner, course, count: questions.length, ...rules, candidates });
  const { slots } = (await person.get(`/api/v1/me/practice?course=${course}&limit=1`)).json.data[0];
  chosen.forEach((key, i) => {
    const { slot } = slots.find(({ question }) => question === questions[i]);
    wish("save_answer", { attempt, learner, slot, chosen: [{ key }] });
    person.position = wish("finish_answer", { attempt, learner, slot });
  });
}

async function masteryWith(person, course, evidence) {
  return eventually(`${evidence} answers count`, async () => {
    const answer = await person.get(`/api/v1/me/mastery?course=${course.course}`);
    assertStatus(answer, 200);
    return answer.json.data[0].evidence === evidence && answer.json.data;
  });
}

const inDays = (days) => encodeURIComponent(new Date(Date.now() + days * DAY_MS).toISOString());

test("answers move what is known, and come again when they are due", async () => {
  const course = newCourse(3);
  const person = await Person.here(system, client);
  wish("enrol", { course: course.course, learner: person.id });
  const [unseen] = await masteryWith(person, course, 0);
  assert.deepEqual([unseen.objective, unseen.title, unseen.state], [course.objectives[0], "Velocity", "unseen"]);
  await practise(person, course, ["a", "b", "a"]);
  const [velocity, force] = await masteryWith(person, course, 3);
  assertNear(velocity.known, knownByBayes([1000, 0, 1000].map((credit) => ({ credit, guess: 0.25 }))), "velocity");
  assert.equal(force.state, "unseen");

  const now = await person.get("/api/v1/me/reviews");
  assertStatus(now, 200);
  assert.deepEqual(now.json.data, [], "nothing is due within the day");
  const week = await person.get(`/api/v1/me/reviews?until=${inDays(7)}`);
  const [right, wrong, alike] = course.questions;
  assert.deepEqual(week.json.data.map((card) => card.question), [wrong, right, alike]);
  for (const [card, rating] of [[week.json.data[0], Rating.Again], [week.json.data[1], Rating.Good]]) {
    const judged = reviewedByTsFsrs([{ rating, at: new Date(card.reviewed_at) }]);
    assertNear(card.stability, judged.stability, "stability");
    assertNear(card.difficulty, judged.difficulty, "difficulty");
    assert.equal(new Date(card.due).getTime(), judged.due.getTime());
  }
  assert.ok(week.json.data[0].question_difficulty > week.json.data[1].question_difficulty);
});

test("lists are told page by page, reviews of one course if asked", async () => {
  const course = newCourse(3);
  const person = await Person.here(system, client);
  wish("enrol", { course: course.course, learner: person.id });
  await practise(person, course, ["a", "b", "a"]);
  await masteryWith(person, course, 3);
  const asked = `/api/v1/me/reviews?until=${inDays(7)}&course=${course.course}`;
  const all = (await person.get(asked)).json.data;
  const first = await person.get(`${asked}&limit=2`);
  assertStatus(first, 200);
  const rest = await person.get(`${asked}&limit=2&cursor=${encodeURIComponent(first.json.next)}`);
  assertStatus(rest, 200);
  assert.deepEqual([...first.json.data, ...rest.json.data], all);
  assert.equal(first.json.data.length, 2);
  const objectives = await person.get(`/api/v1/me/mastery?course=${course.course}&limit=1`);
  const further = await person.get(
    `/api/v1/me/mastery?course=${course.course}&limit=1&cursor=${encodeURIComponent(objectives.json.next)}`,
  );
  assert.deepEqual([...objectives.json.data, ...further.json.data].map(({ title }) => title), ["Velocity", "Force"]);
  const elsewhere = await person.get(`/api/v1/me/reviews?until=${inDays(7)}&course=${fresh()}`);
  assert.deepEqual(elsewhere.json.data, []);
});

test("mastery is told to its learner alone, and is gone with the learner", async () => {
  const course = newCourse(2);
  const [person, other] = await Promise.all([Person.here(system, client), Person.here(system, client)]);
  wish("enrol", { course: course.course, learner: person.id });
  await practise(person, course, ["a", "a"]);
  await masteryWith(person, course, 2);
  other.position = person.position;
  await masteryWith(other, course, 0);
  assert.deepEqual((await other.get(`/api/v1/me/reviews?until=${inDays(99)}`)).json.data, []);
  for (const route of [`mastery?course=${course.course}`, "reviews"])
    assert.equal((await client.get(`/api/v1/me/${route}`)).status, 401);
  const erased = await person.post("/api/v1/users/me/erase", { password: PASSWORD });
  assertStatus(erased, 200);
  assertStatus(await other.get("/api/v1/me/reviews", { min: erased.position }), 200);
  const left = ["mastery_card", "mastery_objective", "mastery_response"].map(
    (table) => `(SELECT count(*) FROM mastery.${table} WHERE learner_id = '${person.id}')`,
  );
  assert.equal(sql(`SELECT ${left.join(" + ")};`), "0");
  const sums = sql(`SELECT sum(answers) FROM mastery.mastery_question WHERE course_id = '${course.course}';`);
  assert.equal(sums, "2", "what was answered goes on counting for the questions");
});

test("mastery is asked of a course", async () => {
  assertProblem(await teacher.get("/api/v1/me/mastery"), 422, "invalid");
});
