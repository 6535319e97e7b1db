// A wrong key is found: what a regrade would do is previewed, and then happens, though the grader is killed meanwhile.
// So the service is its own; and so are its tables, of which some are damaged.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Classroom, COURSES, keyOf, keys, SAID, slot, written } from "./classroom.mjs";
import { assertProblem, Client, done } from "./client.mjs";
import { eventually, System } from "./system.mjs";

const REGRADED_ATTEMPTS = 150;
const BETWEEN_STOPS_MS = 5;

let system, client, room, instructor, ada, bob, course, questions;

before(async () => {
  system = await System.start();
  client = await Client.of(system.base);
  room = await Classroom.open(system, client);
  ({ instructor, ada, bob, course, questions } = room);
});
after(() => system.release());

// ---- a wrong key

// How many attempts the regrade reached; the log is read as it lies on disk.
async function regraded(regrade, from) {
  const events = await system.events(from);
  const of = (name) => events.filter(({ event, fields }) => event === name && fields.regrade === regrade);
  return { responses: of("responses_graded"), attempts: of("attempt_graded") };
}

// Stops the writer again and again until the grader has done a part; kills the grader, whose command is not answered,
// and lets the writer go on. Tells how far it had come.
async function killGraderWithin(regrade, from) {
  const writer = system.pid("orrery-writer");
  for (;;) {
    process.kill(writer, "SIGSTOP");
    try {
      const { responses } = await regraded(regrade, from);
      if (responses.length > 0) {
        process.kill(system.pid("orrery-subscriber"), "SIGKILL");
        return responses.length;
      }
    } finally {
      process.kill(writer, "SIGCONT");
    }
    await pause(BETWEEN_STOPS_MS);
  }
}

async function commit(id, question, preview, given = {}) {
  const { position, key, gains, losses, same } = preview;
  return instructor.post(`/api/v1/assessments/${id}/regrades`, {
    question, version: 1, key, policy: "replace", previewed: position, gains, losses, same, reason: "The key was wrong.", ...given,
  });
}

test("a wrong key is found: what was previewed happens, each attempt once, though the grader is killed", async (context) => {
  const question = await room.writeQuestion({ type: "single", ...written.single }, { choices: [{ key: "c", credit: 1000 }] });
  const [id] = await room.assessments({ slots: [slot(question), slot(questions.true_false)], score: 900 });
  const attempts = new Map();
  for (const learner of [ada, bob]) {
    for (let i = 0; i < REGRADED_ATTEMPTS / 2; i++) {
      const choice = ["a", "b", "c"][i % 3];
      attempts.set(await room.take(learner, id, { chosen: keys(choice) }, { chosen: keys("true") }), choice);
    }
  }
  const count = (choice) => [...attempts.values()].filter((chosen) => chosen === choice).length;
  for (const attempt of attempts.keys()) await room.concluded(attempt);
  const ends = await done(200, ada.get(`/api/v1/me/courses/${course}`)); // who passed by the wrong key keeps it

  const setKey = (seen, key) => done(200, instructor.put(`/api/v1/questions/${question}/key`, { version: 1, seen, ...key }));
  const preview = (more = "") => done(200, instructor.get(`/api/v1/assessments/${id}/regrade?question=${question}&version=1${more}`));
  const before = await preview();
  const { position: untouched } = await room.concluded([...attempts.keys()][0]).then(({ grade }) => grade);
  await setKey(before.key, { choices: [{ key: "b", credit: 1000, feedback: "A direction." }] });
  room.share();
  assertProblem(await commit(id, question, before), 409, "regrade_stale");
  assert.equal((await room.read(instructor, [...attempts.keys()][0])).grade.position, untouched); // a key alone changes nothing

  const foretold = await preview();
  assert.deepEqual([foretold.gains, foretold.losses, foretold.same], [count("b"), count("c"), count("a")]);
  assert.deepEqual([foretold.would_pass, foretold.would_fail], [count("b"), count("c")]);
  assert.deepEqual([foretold.gained_milli, foretold.lost_milli], [count("b") * 1000, count("c") * 1000]);
  assert.deepEqual([foretold.changed, foretold.has_more, foretold.changes.length], [attempts.size, false, attempts.size]);
  const kind = await preview("&policy=keep_better");
  assert.deepEqual([kind.gains, kind.losses], [count("b"), 0]);

  const { id: regrade, position } = await done(201, commit(id, question, foretold));
  const within = await killGraderWithin(regrade, position);
  context.diagnostic(`the grader was killed when it had done ${within} of ${attempts.size}`);
  assert.ok(within < attempts.size, "it was killed too late");
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
    const view = await room.read(instructor, attempt);
    const [{ grade }] = view.slots;
    assert.deepEqual([grade.verdict, grade.points_milli, grade.key, view.grade.points_milli, view.grade.cause],
      [after, after_milli, foretold.key, total_after_milli, "regrade"]);
    const { data } = await room.past(instructor, attempt);
    assert.deepEqual(data.map(({ points_milli, before_milli, cause, reason }) => [points_milli, before_milli, cause, reason]), [
      [total_after_milli, total_before_milli, "regrade", "The key was wrong."],
      [total_before_milli, undefined, "automatic", undefined],
    ]);
    assert.deepEqual([data[0].answers[0].key, data[1].answers[0].key], [foretold.key, before.key]);
  }
  const again = await preview();
  assert.deepEqual([again.gains, again.losses, again.changed], [0, 0, 0]);
  const [summary] = (await done(200, instructor.get(`/api/v1/assessments/${id}/regrades`))).data;
  const { gains, losses } = foretold;
  assert.deepEqual([summary.regrade, summary.gains, summary.losses, summary.actor], [regrade, gains, losses, instructor.id]);
  const state = ({ steps }) => steps.find(({ item }) => item === id).state;
  assert.equal(state(ends), "completed");
  assert.equal(state(await done(200, ada.get(`/api/v1/me/courses/${course}`))), "completed");
});

test("a learner is judged by the score of the edition they are on", async () => {
  const question = await room.writeQuestion({ type: "single", ...written.single }, { choices: [{ key: "c", credit: 1000 }] });
  const [id] = await room.assessments({ slots: [slot(question)], score: 1000 });
  room.outline.at(-1).score_min = 0; // in the next edition anything will do
  await room.publish();
  await done(200, bob.put(`${COURSES}/${course}/enrolment/edition`, {}));
  const attempts = [await room.take(ada, id, { chosen: keys("b") }), await room.take(bob, id, { chosen: keys("b") })];
  for (const attempt of attempts) await room.concluded(attempt);
  await done(200, instructor.put(`/api/v1/questions/${question}/key`, { version: 1, choices: [{ key: "b", credit: 1000 }] }));
  const { changes, would_pass } = await done(200, instructor.get(`/api/v1/assessments/${id}/regrade?question=${question}&version=1`));
  const passed = (learner) => changes.find((change) => change.learner === learner.id).passed_before;
  assert.deepEqual([would_pass, passed(ada), passed(bob)], [1, false, true]);
});

// ---- what is shown

test("the texts of a question are made into HTML once, whoever is asked next", async () => {
  const counters = async () => {
    const text = await (await fetch(`${system.base}/metrics`)).text();
    return ["made", "kept"].map((name) => Number(new RegExp(`^orrery_pages_${name}_total (\\d+)$`, "m").exec(text)[1]));
  };
  const prompt = `Why does ${crypto.randomUUID()} fall?`;
  const question = await room.writeQuestion({ type: "essay", prompt });
  const [id] = await room.assessments({ slots: [slot(question)] });
  const [made, kept] = await counters();
  for (const learner of [ada, bob]) {
    const { slots } = await room.read(learner, await room.begin(learner, id));
    assert.equal(slots[0].shown.html, `<p>${prompt}</p>\n`);
  }
  assert.deepEqual(await counters(), [made + 1, kept + 1]);
});

// ---- what cannot be shown

function sql(statement) {
  const host = fs.realpathSync(path.join(system.data, "postgres/run"));
  execFileSync("psql", ["-h", host, "-U", "orrery", "-d", "orrery", "-X", "-q", "-v", "ON_ERROR_STOP=1"], { input: statement });
}

test("a question that cannot be shown says so, and leaves the others alone", async () => {
  const lost = await room.writeQuestion({ type: "single", ...written.single }, { choices: [{ key: "a", credit: 1000, feedback: SAID }] });
  const undrawn = await room.writeQuestion({ type: "numeric", ...written.numeric }, keyOf.numeric);
  const [id] = await room.assessments({ slots: [lost, undrawn, questions.text].map(slot) });
  const attempt = await room.take(ada, id, { chosen: keys("a") }, { text: "6 kg m/s" }, { text: "Hooke" });
  await room.concluded(attempt);
  const whole = await room.read(ada, attempt);
  sql(`UPDATE question.question_version SET document = 'damaged' WHERE question_id = '${lost}';
    UPDATE question.question_version SET document = (document::jsonb || '{"conditions": [{"formula": "m > 100"}]}')::text
    WHERE question_id = '${undrawn}';
    UPDATE question.question_key SET document = '{}' WHERE question_id = '${questions.text}';`);
  for (const person of [ada, instructor]) {
    const { slots, grade } = await room.read(person, attempt);
    assert.deepEqual([slots[0].trouble, slots[0].shown, slots[0].solution], ["question_unreadable", undefined, undefined]);
    assert.deepEqual([slots[0].answer, slots[0].grade.points_milli, slots[0].grade.remarks], [whole.slots[0].answer, 1000, []]);
    assert.deepEqual([slots[1].trouble, slots[1].shown], ["numbers_undrawable", undefined]);
    assert.deepEqual(slots[1].grade, whole.slots[1].grade);
    assert.deepEqual([slots[2].trouble, slots[2].shown, slots[2].solution], ["key_unreadable", whole.slots[2].shown, undefined]);
    assert.deepEqual(grade, whole.grade);
  }
});
