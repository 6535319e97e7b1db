// Staff bring many commands at once: tried out first, then carried out, with a verdict for each line.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { after, before, test } from "node:test";
import { assertProblem, assertStatus, Client, Person } from "./client.mjs";
import { System } from "./system.mjs";

const BULK = "/api/v1/bulk";
const JSON_LINES = "application/x-ndjson";
const PROFILE = "/api/v1/users/me/profile";
const LINES_MAX = 10_000;

let system, client, admin, learner;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  admin = await (await Person.here(system, client)).become("admin");
  learner = await Person.here(system, client);
});
after(() => system.release());

const line = (method, path, body) => ({ id: crypto.randomUUID(), method, path, body });
const bio = (text) => line("PATCH", PROFILE, { bio: text });
const role = (word) => `/api/v1/users/${learner.id}/roles/${word}`;
const unknown = "/api/v1/users/01890000-0000-7000-8000-000000000000/roles/instructor";

async function send(person, lines, query = "") {
  const body = lines.map((one) => JSON.stringify(one) + "\n").join("");
  const answer = await person.send("POST", BULK + query, {
    body,
    headers: { "content-type": JSON_LINES, accept: JSON_LINES },
  });
  for (const one of (answer.status === 200 && answer.json) || [])
    person.position = Math.max(person.position, one.position ?? 0);
  return answer;
}

const verdicts = ({ json }) => json.map((one) => one.problem?.type.split(":").pop() ?? one.body.events ?? one.status);

test("a dry run tells what each line would lead to, and keeps nothing", async () => {
  const lines = [line("PUT", role("instructor")), line("PUT", unknown), bio("tried"), line("POST", "/nowhere", {})];
  const before = (await system.events()).at(-1).position;
  const tried = await send(admin, lines, "?dry_run=true");
  assert.deepEqual(verdicts(tried), [["role_granted"], "user_unknown", ["profile_changed"], "no_such_path"]);
  assert.deepEqual(tried.json.map((one) => [one.position, one.replayed]), Array(4).fill([undefined, undefined]));
  const mine = (await system.events(before + 1)).filter(({ actor }) => actor === admin.id);
  assert.deepEqual(mine, []);
  const done = await send(admin, lines, "?dry_run=false");
  assert.deepEqual(verdicts(done), [200, "user_unknown", 200, "no_such_path"]);
  assert.equal((await admin.account()).bio, "tried");
  assert.deepEqual(verdicts(await send(admin, lines, "?dry_run=true")), verdicts(done), "what was kept is told as ever");
  await learner.logIn();
  assert.deepEqual((await learner.account()).roles.toSorted(), ["instructor", "learner"]);
});

test("what was refused is not carried out behind what stood behind it", async () => {
  const person = await Person.here(system, client);
  const other = await Person.here(system, client);
  await person.become("instructor");
  const granted = line("PUT", `/api/v1/users/${other.id}/roles/instructor`);
  const lines = [granted, bio("after it")];
  const first = await send(person, lines);
  assert.deepEqual(verdicts(first), ["not_permitted", 200]);
  assert.deepEqual(verdicts(await send(person, lines)), ["not_permitted", 200], "as long as nothing has changed");
  await person.become("admin");
  const second = await send(person, lines);
  assert.deepEqual(verdicts(second), ["overtaken", 200]);
  assert.deepEqual([second.json[1].replayed, second.json[1].position], [true, first.json[1].position]);
  await other.logIn();
  assert.deepEqual((await other.account()).roles, ["learner"]);
  assert.deepEqual(verdicts(await send(person, [granted])), [200], "who wants it still sends it by itself");
});

test("a line that had nothing to do says so again", async () => {
  const lines = [line("DELETE", role("admin")), bio("behind")];
  const first = await send(admin, lines);
  const second = await send(admin, lines);
  assert.deepEqual([verdicts(first), verdicts(second)], [[200, 200], [200, 200]]);
  assert.deepEqual(second.json.map((one) => one.replayed), [false, true]);
});

test("thousands of lines come through in order", async (context) => {
  const lines = Array.from({ length: 3000 }, (_, i) => bio(`line ${i}`));
  const begin = performance.now();
  const answer = await send(admin, lines);
  context.diagnostic(`${Math.round(lines.length / ((performance.now() - begin) / 1000))} lines a second`);
  assert.deepEqual(new Set(verdicts(answer)), new Set([200]));
  const again = await send(admin, lines);
  assert.deepEqual(again.json, answer.json.map((one) => ({ ...one, replayed: true })));
  const positions = answer.json.map((one) => one.position);
  assert.deepEqual(positions, positions.toSorted((a, b) => a - b));
  assert.equal((await admin.account()).bio, "line 2999");
});

test("more lines than that, and other callers, are refused", async () => {
  const many = Array.from({ length: LINES_MAX + 1 }, () => bio("x"));
  assertProblem(await send(admin, many), 413, "too_many_lines");
  const person = await Person.here(system, client);
  assertProblem(await send(person, [bio("x")]), 403, "not_permitted");
  assertProblem(await send(client, [bio("x")]), 401, "not_authenticated");
  assertStatus(await send(admin, []), 200);
});
