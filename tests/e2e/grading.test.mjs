// Grading over HTTP, from an answer to the gradebook: by keys and by people, what learners are told of it and when, and
// appeals. A wrong key that is found is told of in regrade.test.mjs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Classroom, COURSES, EXPLAINS, keys, pages, SAID, slot, SOLVES, types } from "./classroom.mjs";
import { assertProblem, assertStatus, Client, done } from "./client.mjs";
import { System } from "./system.mjs";

const COMMENTS = "onlythemarkerwrote";

let system, client, room, instructor, assistant, second, ada, bob, course, questions;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  room = await Classroom.open(system, client);
  ({ instructor, assistant, second, ada, bob, course, questions } = room);
});
after(() => system.release());

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

// ---- by keys, and by one person

test("keys grade at once, a person the rest; the learner is told what each answer is worth, and why", async () => {
  const [id] = await room.assessments({ slots: types.map((type) => slot(questions[type])) });
  const attempt = await room.take(ada, id, ...types.map((type) => answered[type][0]));
  await room.graded(attempt, ...types.map((_, place) => place + 1));
  room.share();
  const view = await room.read(ada, attempt);
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
  assert.deepEqual((await room.past(ada, attempt)).data, []);

  const number = types.indexOf("essay") + 1;
  const waiting = await done(200, assistant.get(`/api/v1/assessments/${id}/marking`));
  assert.deepEqual(waiting.data.map(({ attempt, slot }) => [attempt, slot]), [[attempt, number]]);
  const criteria = [{ key: "idea", points_milli: 500 }, { key: "form", points_milli: 200 }];
  assertProblem(await room.mark(ada, attempt, number, { points_milli: 1000 }), 403, "course_role_missing");
  assertProblem(await room.mark(assistant, attempt, number, { points_milli: 600, criteria }), 422, "marks_unfit");
  await done(201, room.mark(assistant, attempt, number, { points_milli: 700, criteria, comment: "A *fine* thought." }));
  room.share();
  const told = await room.read(ada, attempt);
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
  const entry = await room.bookEntry(ada, id);
  assert.equal(entry.share, Math.round((sum / (types.length * 1000)) * 1e6));
  const mine = await done(200, ada.get(`/api/v1/me/courses/${course}/grades`));
  assert.equal(mine.entries.find(({ item }) => item === id).share, entry.share);

  const [grade, ...none] = (await room.past(ada, attempt)).data;
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
  const ids = await room.assessments(...told.map(([given]) => ({ slots, policy: given })));
  const attempts = [];
  for (const [place, id] of ids.entries()) {
    const what = JSON.stringify(told[place][0]);
    const attempt = await room.begin(ada, id, { chosen: keys("a") }, { text: "Leibniz" }, { text: "They fall." });
    attempts.push(attempt);
    assertTold(await room.read(ada, attempt), await room.past(ada, attempt), "", `${what}, under way`);
    await room.submit(ada, attempt);
    room.share();
    await room.graded(attempt, 1, 2, 3);
    await done(201, room.mark(assistant, attempt, 3, { points_milli: 300, comment: COMMENTS }));
    room.share();
    assert.match(JSON.stringify(await room.read(assistant, attempt)), new RegExp(`(?=.*${SAID})(?=.*${COMMENTS})(?=.*${SOLVES})`));
  }
  const stage = async (name, column) => {
    for (const [place, attempt] of attempts.entries()) {
      const history = await room.past(ada, attempt);
      assertTold(await room.read(ada, attempt), history, told[place][column], `${JSON.stringify(told[place][0])}, ${name}`);
      const lines = await ada.get(`/api/v1/attempts/${attempt}/grades`, { headers: { accept: "application/x-ndjson" } });
      assert.deepEqual(lines.text.split("\n").filter(Boolean).map((line) => JSON.parse(line)), history.data);
    }
  };
  await stage("graded", 1);
  for (const id of ids) await done(200, instructor.post(`/api/v1/assessments/${id}/release`));
  room.share();
  await stage("released", 2);
  const closes_at = new Date(Date.now() - 1000).toISOString();
  for (const [place, id] of ids.entries()) await room.setPolicy(id, { ...told[place][0], closes_at });
  room.share();
  await stage("closed", 3);
});

test("where answers are graded one by one, each is told of alone, and not while grades are kept back", async () => {
  const slots = ["single", "text"].map((type) => slot(questions[type]));
  const [id, kept] = await room.assessments({ slots, policy: { feedback: "answered" } },
    { slots, policy: { feedback: "answered", release: "manual" } });
  for (const [assessment, tells] of [[id, true], [kept, false]]) {
    const attempt = await room.begin(bob, assessment, { chosen: keys("a") }, { text: "Leibniz" });
    await done(200, bob.post(`/api/v1/attempts/${attempt}/answers/1/finish`));
    room.share();
    await room.graded(attempt, 1);
    room.share();
    const [first, other] = (await room.read(bob, attempt)).slots;
    assert.deepEqual([first.grade?.verdict, first.solution !== undefined], [tells ? "wrong" : undefined, true]);
    assert.deepEqual([other.grade, other.solution, other.explanation], [undefined, undefined, undefined]);
    await room.submit(bob, attempt);
  }
});

// ---- by two people

test("two people whose marks are close decide by their mean; where they are not, an instructor does", async () => {
  const [id] = await room.assessments({ slots: [slot(questions.essay)], policy: { graders: 2 } });
  const close = await room.take(ada, id, { text: "They fall." });
  const apart = await room.take(bob, id, { text: "Angels." });
  for (const attempt of [close, apart]) await room.graded(attempt, 1);
  room.share();
  await done(201, room.mark(assistant, close, 1, { points_milli: 700, comment: "Good." }));
  assertProblem(await room.mark(assistant, close, 1, { points_milli: 800 }), 409, "second_marker_needed");
  room.share();
  const hers = (await room.read(ada, close)).slots[0].grade;
  assert.deepEqual([hers.verdict, hers.points_milli, hers.marks], ["undecided", undefined, []]);
  assert.deepEqual((await room.read(second, close)).slots[0].grade.marks.map(({ counts }) => counts), [false]);
  const criteria = [{ key: "idea", points_milli: 550 }, { key: "form", points_milli: 201 }];
  await done(201, room.mark(second, close, 1, { points_milli: 751, criteria, comment: "Very good." }));
  room.share();
  const told = await room.read(ada, close);
  assert.deepEqual([told.slots[0].grade.points_milli, told.grade.points_milli], [726, 726]); // half of one is rounded up
  assert.deepEqual(told.slots[0].grade.marks.map(({ marked_milli, comment, counts }) => [marked_milli, comment, counts]),
    [[700, "Good.", true], [751, "Very good.", true]]);

  await done(201, room.mark(assistant, apart, 1, { points_milli: 100 }));
  await done(201, room.mark(second, apart, 1, { points_milli: 900 }));
  assertProblem(await room.mark(instructor, apart, 1, { points_milli: 500 }), 409, "response_settled");
  const settle = (person) => person.put(`/api/v1/attempts/${apart}/responses/1/points`, { points_milli: 0, comment: "No." });
  assertProblem(await settle(assistant), 403, "course_role_missing");
  await done(200, settle(instructor));
  room.share();
  const settled = (await room.read(bob, apart)).slots[0].grade;
  assert.deepEqual([settled.verdict, settled.points_milli], ["wrong", 0]);
  assert.deepEqual(settled.marks.map(({ marker, settles }) => [marker, settles]), [[instructor.id, true]]);
});

// ---- appeals, and who changed this grade

test("an appeal is answered, and the history of the grade tells all of it", async () => {
  const [id] = await room.assessments({ slots: [slot(questions.text), slot(questions.essay)], policy: { release: "manual" } });
  const attempt = await room.take(ada, id, { text: "Leibniz" }, { text: "They fall." });
  const appeals = `/api/v1/attempts/${attempt}/appeals`;
  await room.graded(attempt, 1, 2);
  await done(201, room.mark(assistant, attempt, 2, { points_milli: 200, comment: "Too short." }));
  assertProblem(await ada.post(appeals, { slot: 2, text: "It says all." }), 409, "grade_pending");
  await done(200, instructor.post(`/api/v1/assessments/${id}/release`));
  await done(201, ada.post(appeals, { slot: 2, text: "It says all." }));
  assertProblem(await ada.post(appeals, { slot: 2, text: "All!" }), 409, "appeal_open");
  room.share();
  const [open] = (await done(200, assistant.get(`/api/v1/assessments/${id}/appeals`))).data;
  assert.deepEqual([open.appeal, open.slot, open.text, open.learner], [1, 2, "It says all.", ada.id]);
  await done(201, room.mark(second, attempt, 2, { points_milli: 800, comment: "It does." }));
  await done(201, second.post(`${appeals}/1/answer`, { outcome: "upheld", answer: "You are right." }));
  room.share();
  assert.deepEqual((await done(200, assistant.get(`/api/v1/assessments/${id}/appeals`))).data, []);

  const entry = `${COURSES}/${course}/gradebook/${ada.id}/${id}`;
  await done(200, instructor.put(`${entry}/override`, { points_milli: 2000, of_milli: 2000, reason: "A prize." }));
  room.share();
  const { data } = await room.past(ada, attempt);
  assert.deepEqual(data.map(({ what, points_milli, before_milli, actor, reason, appeal }) =>
    [what, points_milli, before_milli, actor, reason, appeal]), [
    ["grade_overridden", 2000, undefined, instructor.id, "A prize.", undefined],
    ["attempt_graded", 800, 200, second.id, undefined, 1],
    ["attempt_graded", 200, undefined, assistant.id, undefined, undefined],
  ]);
  assert.deepEqual(data[1].answers.map(({ slot, before_milli, points_milli, comment }) => [slot, before_milli, points_milli, comment]),
    [[2, 200, 800, "It does."]]);
  const page = await room.past(ada, attempt, "?limit=2&answers=false");
  assert.deepEqual([page.data.length, page.data[1].answers], [2, undefined]);
  assert.deepEqual((await room.past(ada, attempt, `?cursor=${page.next}`)).data, data.slice(2));

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
  assert.equal((await room.bookEntry(ada, id)).share, 1e6);
  assert.deepEqual(await pages(instructor, `${entry}/history`), history);
  assert.deepEqual(await pages(ada, `/api/v1/attempts/${attempt}/grades`), data);
});

// ---- lists and files

test("what waits for people, and how questions do, is listed page by page", async () => {
  const [id] = await room.assessments({ slots: [slot(questions.essay), slot(questions.single), slot(questions.text)] });
  const lists = ["marking", "appeals", "statistics"].map((name) => `/api/v1/assessments/${id}/${name}`);
  const answers = [{ text: "They fall." }, { chosen: keys("b") }, { text: "Newton" }];
  const attempts = [await room.take(ada, id, ...answers), await room.take(bob, id, ...answers)];
  for (const attempt of attempts) await room.graded(attempt, 1, 2, 3);
  const [marking, appeals, statistics] = lists;
  assert.equal((await pages(assistant, marking)).length, 2);
  for (const [place, learner] of [ada, bob].entries()) {
    await done(201, room.mark(assistant, attempts[place], 1, { points_milli: 500 }));
    await done(201, learner.post(`/api/v1/attempts/${attempts[place]}/appeals`, { slot: 1, text: "More." }));
  }
  room.share();
  assert.equal((await pages(assistant, appeals)).length, 2);
  assert.equal((await pages(assistant, statistics)).length, 3);
  for (const list of lists) assert.deepEqual(await pages(assistant, list), (await done(200, assistant.get(list))).data);
});

test("the file of the gradebook says what the gradebook says", async () => {
  room.share();
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
