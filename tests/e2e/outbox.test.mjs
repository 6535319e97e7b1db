// What a client kept while it was offline comes in one request: in order, each line once, whatever happens on the way.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { assertProblem, assertStatus, Client, Person } from "./client.mjs";
import { System } from "./system.mjs";

const LINES_MAX = 500;
const OUTBOX = "/api/v1/me/outbox";
const JSON_LINES = "application/x-ndjson";
const PROFILE = "/api/v1/users/me/profile";

let system, client;

before(async () => {
  system = await System.start();
  client = await Client.of(system.base);
});
after(() => system.release());

const newKey = () => crypto.randomUUID();
const line = (method, path, body, given = {}) => ({ id: newKey(), method, path, body, ...given });
const bio = (text, given) => line("PATCH", PROFILE, { bio: text }, given);

function sendLines(person, lines, { query = "", accept = JSON_LINES, ...options } = {}) {
  const body = lines.map((one) => (typeof one === "string" ? one : JSON.stringify(one)) + "\n").join("");
  return person.send("POST", OUTBOX + query, { body, headers: { "content-type": JSON_LINES, accept }, ...options });
}

// The answers, after what holds for any: one each, in the order of the lines.
async function queue(person, lines, options) {
  const answer = await sendLines(person, lines, options);
  assertStatus(answer, 200);
  const answers = answer.json;
  assert.deepEqual(answers.map((one) => one.line), lines.map((_, i) => i + 1));
  person.position = Math.max(person.position, ...answers.map((one) => one.position ?? 0));
  return answers;
}

const statuses = (answers) => answers.map((one) => one.status);
const problems = (answers) => answers.map((one) => one.problem?.type.split(":").pop() ?? one.status);

async function bios(person) {
  const answer = await person.get("/api/v1/users/me/export");
  assertStatus(answer, 200);
  return answer.json.events.filter(({ event }) => event === "profile_changed").map(({ fields }) => fields.bio);
}

test("lines are carried out one after the other, each as a request of its own", async () => {
  const person = await Person.here(system, client);
  const lines = [
    bio("one"),
    bio("two"),
    line("PUT", "/api/v1/users/me/privacy", { audience: "nobody" }),
    bio("three"),
  ];
  const answers = await queue(person, lines);
  assert.deepEqual(statuses(answers), [200, 200, 200, 200]);
  assert.deepEqual(answers.map((one) => one.id), lines.map((one) => one.id));
  const positions = answers.map((one) => one.position);
  assert.deepEqual(positions, positions.toSorted((a, b) => a - b));
  for (const one of answers) assert.deepEqual([one.replayed, one.body], [false, { position: one.position }]);
  assert.deepEqual(await bios(person), ["one", "two", "three"]);
  assert.equal((await person.account()).audience, "nobody");
  const alone = await person.patch(PROFILE, { bio: "two" }, { key: lines[1].id });
  assert.equal(alone.position, answers[1].position, "the key is the one of a single request");
});

test("an array and a document do as well as lines", async () => {
  const person = await Person.here(system, client);
  const lines = [bio("first"), bio("second")];
  const asArray = await person.post(OUTBOX, lines);
  assertStatus(asArray, 200);
  assert.deepEqual(statuses(asArray.json.data), [200, 200]);
  const again = await sendLines(person, lines, { accept: "application/json" });
  assert.equal(again.headers.get("content-type"), "application/json");
  assert.deepEqual(again.json.data.map((one) => one.position), asArray.json.data.map((one) => one.position));
  assert.deepEqual((await person.post(OUTBOX, [])).json, { data: [] });
  assert.deepEqual((await sendLines(person, [])).text, "");
});

test("who sends the same queue again gets the same answers, and nothing happens twice", async () => {
  const person = await Person.here(system, client);
  const lines = Array.from({ length: 20 }, (_, i) => bio(`wish ${i}`));
  const first = await queue(person, lines);
  const { version } = await person.account();
  const second = await queue(person, lines);
  assert.deepEqual(second, first.map((one) => ({ ...one, replayed: true })));
  assert.equal((await person.account()).version, version);
});

test("a line that is refused leaves the others alone", async () => {
  const person = await Person.here(system, client);
  const answers = await queue(person, [
    bio("before"),
    line("PUT", "/api/v1/users/me/privacy", { audience: "martians" }),
    line("PUT", `/api/v1/users/${person.id}/roles/admin`),
    line("POST", "/api/v1/nothing", {}),
    line("DELETE", "/api/v1/sessions/01890000-0000-7000-8000-000000000000"),
    line("PUT", PROFILE, {}),
    bio("after"),
  ]);
  assert.deepEqual(problems(answers), [
    200, "invalid", "not_permitted", "no_such_path", "session_unknown", "method_not_allowed", 200,
  ]);
  for (const { problem, status } of answers.filter((one) => one.problem)) {
    const wrong = client.contract.complaint("/components/schemas/Problem", problem);
    assert.equal(wrong, undefined);
    assert.equal(problem.status, status);
  }
  assert.deepEqual(await bios(person), ["before", "after"]);
});

test("who wants it stops at the first line that is refused", async () => {
  const person = await Person.here(system, client);
  const lines = [bio("before"), line("POST", "/api/v1/nothing", {}), bio("after"), bio("later")];
  const answers = await queue(person, lines, { query: "?stop=true" });
  assert.deepEqual(problems(answers), [200, "no_such_path", "not_tried", "not_tried"]);
  assert.deepEqual(statuses(answers), [200, 404, 424, 424]);
  assert.deepEqual(answers.map((one) => one.id), lines.map((one) => one.id));
  assert.deepEqual(await bios(person), ["before"]);
  assert.deepEqual(problems(await queue(person, lines)), [200, "no_such_path", 200, 200]);
});

test("what is no line is told so, and the others go on", async () => {
  const person = await Person.here(system, client);
  const wrong = [
    ["{", "malformed_json"],
    ["[]", "malformed_json"],
    ['{"id":"12345678","id":"12345678","method":"PUT","path":"/"}', "line_invalid"],
    [bio("x", { id: undefined }), "line_invalid"],
    [bio("x", { id: "short" }), "line_invalid"],
    [bio("x", { id: "with a blank" }), "idempotency_key_malformed"],
    [bio("x", { at: "yesterday" }), "line_invalid"],
    [bio("x", { extra: 1 }), "line_invalid"],
    [bio("x", { path: "/api/v1//users/me/profile" }), "line_malformed"],
    [bio("x", { path: "/api/v1/users/../users/me/profile" }), "line_malformed"],
    [bio("x", { path: "/api/v1/users/me/pro%66ile" }), "line_malformed"],
    [bio("x", { path: "api/v1/users/me/profile" }), "line_malformed"],
    [bio("x", { path: `${PROFILE}?bio=y` }), "invalid"],
    [bio("x", { body: [] }), "malformed_json"],
    [line("PUT", "/api/v1/users/me/privacy"), "malformed_json"],
    [bio("x", { method: "GET" }), "not_in_a_queue"],
    [bio("x", { method: "patch" }), "not_in_a_queue"],
  ];
  const answers = await queue(person, [bio("before"), ...wrong.map(([one]) => one), bio("after")]);
  assert.deepEqual(problems(answers), [200, ...wrong.map(([, name]) => name), 200]);
  assert.deepEqual(await bios(person), ["before", "after"]);
});

test("what asks for a secret, or comes from nobody, comes alone", async () => {
  const person = await Person.here(system, client);
  const { email, password } = person;
  const answers = await queue(person, [
    line("POST", "/api/v1/sessions", { email, password }),
    line("POST", "/api/v1/sessions/refresh", { refresh_token: person.refresh }),
    line("POST", "/api/v1/users/password/requests", { email }),
    line("PUT", "/api/v1/users/me/password", { current_password: password, password: "another horse battery" }),
    line("POST", "/api/v1/users/me/email", { email: "x@example.edu", password }),
    line("POST", "/api/v1/users/me/erase", { password }),
    line("POST", OUTBOX, []),
    line("GET", "/api/v1/users/me/export"),
    line("GET", "/log/checkpoint"),
  ]);
  assert.deepEqual(problems(answers), Array(9).fill("not_in_a_queue"));
});

test("bodies that are no lines are refused as a whole", async () => {
  const person = await Person.here(system, client);
  const whole = (body, type) => person.send("POST", OUTBOX, { body, headers: { "content-type": type } });
  assertProblem(await whole(JSON.stringify(bio("x")), "application/json"), 400, "malformed_json");
  assertProblem(await whole(`[${JSON.stringify(bio("x"))}`, "application/json"), 400, "malformed_json");
  assertProblem(await whole(JSON.stringify(bio("x")), "text/plain"), 415, "not_lines");
  const many = Array.from({ length: LINES_MAX + 1 }, () => bio("too many"));
  assertProblem(await sendLines(person, many), 413, "too_many_lines");
  assertProblem(await sendLines(person, ["x".repeat(3 << 20)]), 413, "body_too_large");
  assertProblem(await sendLines(person, [bio("x")], { query: "?stop=perhaps" }), 422, "invalid");
  assertProblem(await sendLines(person, [bio("x")], { query: "?lines=1" }), 422, "invalid");
  assertProblem(await sendLines(person, [bio("x")], { accept: "text/html" }), 406, "only_json");
  assertProblem(await sendLines(client, [bio("x")]), 401, "not_authenticated");
  assert.deepEqual(await bios(person), []);
});

test("ids are each person's own", async () => {
  const [one, other] = [await Person.here(system, client), await Person.here(system, client)];
  const lines = [bio("the same words")];
  const [mine] = await queue(one, lines);
  const [theirs] = await queue(other, lines);
  assert.notEqual(mine.position, theirs.position);
  assert.deepEqual([await bios(one), await bios(other)], [["the same words"], ["the same words"]]);
});

test("an id that comes again in one queue has one effect", async () => {
  const person = await Person.here(system, client);
  const first = bio("once");
  const answers = await queue(person, [first, first, bio("another", { id: first.id }), bio("last")]);
  assert.deepEqual(problems(answers), [200, 200, "command_id_reused", 200]);
  assert.deepEqual(answers.map((one) => one.replayed), [false, true, undefined, false]);
  assert.equal(answers[1].position, answers[0].position);
  assert.deepEqual(await bios(person), ["once", "last"]);
});

test("a session that ended carries nothing out", async () => {
  const person = await Person.here(system, client);
  const lines = [bio("kept"), bio("not kept")];
  await queue(person, [lines[0]]);
  const { token } = person;
  assertStatus(await person.delete("/api/v1/sessions/current"), 200);
  await person.logIn();
  const answer = await sendLines(person, lines, { token });
  if (answer.status === 200) assert.deepEqual(problems(answer.json), [200, "token_revoked"]);
  else assertProblem(answer, 401, "token_revoked");
  assert.deepEqual(await bios(person), ["kept"]);
});

test("lines count as requests do, and the queue waits for its turn", async () => {
  const person = await Person.here(system, client);
  const slow = await system.api({ ORRERY_RATE_PER_ACCOUNT: "20" });
  const elsewhere = Object.assign(Object.create(person), { client: client.at(slow.base) });
  const lines = Array.from({ length: 70 }, (_, i) => bio(`paced ${i}`));
  const begin = performance.now();
  assert.deepEqual(new Set(statuses(await queue(elsewhere, lines))), new Set([200]));
  assert.ok(performance.now() - begin > 1000, "more than two seconds' worth does not come at once");
  assert.equal((await bios(person)).length, 70);
});

// Reads until that many answers have come, then lets the connection go.
async function cutAfter(person, lines, answers) {
  const stopping = new AbortController();
  const response = await fetch(new URL(OUTBOX, system.base), {
    method: "POST",
    body: lines.map((one) => JSON.stringify(one) + "\n").join(""),
    headers: { "content-type": JSON_LINES, accept: JSON_LINES, authorization: `Bearer ${person.token}` },
    signal: stopping.signal,
  });
  let text = "";
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (text.split("\n").length > answers) break;
  }
  stopping.abort();
  return text.split("\n").slice(0, answers).map((one) => JSON.parse(one));
}

test("a connection that is cut loses nothing, doubles nothing and reorders nothing", async () => {
  const person = await Person.here(system, client);
  const lines = Array.from({ length: 300 }, (_, i) => bio(`cut ${i}`));
  const heard = [];
  for (const answers of [1, 40, 150]) heard.push(await cutAfter(person, lines, answers));
  const final = await queue(person, lines);
  assert.deepEqual(new Set(statuses(final)), new Set([200]));
  for (const answers of heard)
    for (const one of answers) assert.equal(one.position, final[one.line - 1].position);
  assert.deepEqual(await bios(person), lines.map((one) => one.body.bio));
});

test("a writer that is killed in the middle stops the queue, and the rest comes with the next try", async (context) => {
  const person = await Person.here(system, client);
  const lines = Array.from({ length: LINES_MAX }, (_, i) => bio(`killed ${i}`));
  const seen = new Map();
  let killing = true;
  const killer = (async () => {
    while (killing) {
      await pause(150);
      const pid = killing && system.pid("orrery-writer");
      if (pid) process.kill(pid, "SIGKILL");
      await pause(1500);
    }
  })();
  let answers;
  for (let tries = 0; ; tries++) {
    const answer = await sendLines(person, lines);
    answers = answer.status === 200 ? answer.json : [];
    for (const name of problems(answers)) seen.set(name, (seen.get(name) ?? 0) + 1);
    const failed = answers.findIndex((one) => one.status !== 200);
    if (answer.status === 200 && failed < 0) break;
    if (answer.status === 200) {
      assert.ok(answers[failed].status === 503, JSON.stringify(answers[failed]));
      assert.deepEqual(new Set(statuses(answers.slice(failed + 1))), new Set(failed + 1 < lines.length ? [424] : []));
    }
    if (tries >= 2) killing = false;
    await pause(100);
  }
  killing = false;
  await killer;
  context.diagnostic([...seen].map(([name, count]) => `${count} × ${name}`).join(", "));
  assert.ok(seen.has("not_tried"), "it was killed in the middle at least once");
  const mine = (await system.events()).filter(
    ({ event, actor }) => event === "profile_changed" && actor === person.id,
  );
  assert.deepEqual(mine.map(({ position }) => position), answers.map((one) => one.position));
  assert.deepEqual(await bios(person), lines.map((one) => one.body.bio));
});
