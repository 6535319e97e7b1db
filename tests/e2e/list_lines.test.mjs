// A list as JSON lines: all of it in one answer, however many pages it has.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { after, before, test } from "node:test";
import { assertProblem, assertStatus, Client, Person } from "./client.mjs";
import { System } from "./system.mjs";

const JSON_LINES = "application/x-ndjson";
const PAGE_MAX = 200;
const REVISIONS = 2 * PAGE_MAX + 50; // two pages and a part of one
const LONG = "It moves. ".repeat(40);

let system, client, instructor, lesson, path;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  instructor = await (await Person.here(system, client)).become("instructor");
  const course = await made("/api/v1/courses", { title: "Lines", language: "en", level: "introductory" });
  lesson = await made(`/api/v1/courses/${course}/lessons`, { title: "Motion", body: "It moves." });
  path = `/api/v1/courses/${course}/lessons/${lesson}`;
  await revise(2, REVISIONS);
});
after(() => system.release());

async function made(path, json) {
  const answer = await instructor.post(path, json);
  assertStatus(answer, 201);
  return answer.json.id;
}

// All of them in one request, a line each.
async function revise(from, to) {
  const lines = Array.from({ length: to - from + 1 }, (_, i) => {
    const body = { title: `Motion ${from + i}`, body: LONG };
    return JSON.stringify({ id: crypto.randomUUID(), method: "PUT", path, body }) + "\n";
  });
  const headers = { "content-type": JSON_LINES, accept: JSON_LINES };
  const answer = await instructor.send("POST", "/api/v1/bulk", { body: lines.join(""), headers });
  assertStatus(answer, 200);
  for (const one of answer.json) instructor.position = Math.max(instructor.position, one.position ?? 0);
}

const asLines = (person, path) => person.get(path, { headers: { accept: JSON_LINES } });

async function byPages(path) {
  const rows = [];
  let page;
  do {
    page = (await instructor.get(`${path}?limit=${PAGE_MAX}${page ? `&cursor=${page.next}` : ""}`)).json;
    rows.push(...page.data);
  } while (page.next);
  return rows;
}

test("a list as lines holds what all of its pages hold", async () => {
  const answer = await asLines(instructor, `${path}/revisions`);
  assertStatus(answer, 200);
  assert.equal(answer.headers.get("content-type"), JSON_LINES);
  assert.equal(answer.json.length, REVISIONS);
  assert.deepEqual(answer.json, await byPages(`${path}/revisions`));
});

test("who names a limit gets so many lines", async () => {
  assert.equal((await asLines(instructor, `${path}/revisions?limit=7`)).json.length, 7);
});

test("lines go on behind a cursor", async () => {
  const first = (await instructor.get(`${path}/revisions?limit=${PAGE_MAX}`)).json;
  const rest = await asLines(instructor, `${path}/revisions?cursor=${first.next}`);
  assert.deepEqual(rest.json, (await byPages(`${path}/revisions`)).slice(PAGE_MAX));
});

test("personal texts are opened in lines too", async () => {
  const admin = await (await Person.here(system, client)).become("admin");
  const word = `Q${crypto.randomBytes(5).toString("hex")}`;
  const people = await Promise.all([1, 2, 3].map((i) => Person.here(system, client, { name: `${word} the ${i}.` })));
  admin.position = Math.max(...people.map((person) => person.position));
  const { json } = await asLines(admin, `/api/v1/users?search=${word}`);
  assert.deepEqual(json.map(({ name }) => name).toSorted(), people.map(({ name }) => name).toSorted());
});

test("a list of nothing has no lines, and a refusal is a problem as ever", async () => {
  const none = await asLines(instructor, `/api/v1/courses?search=${crypto.randomUUID()}`);
  assertStatus(none, 200);
  assert.equal(none.text, "");
  const stranger = await Person.here(system, client);
  assertProblem(await asLines(stranger, `${path}/revisions`), 404, "course_unknown");
});

test("what is no list has no lines", async () => {
  assertProblem(await asLines(instructor, "/api/v1/users/me"), 406, "only_json");
});

test("whoever goes away in the middle leaves the service as it was", async () => {
  for (let i = 0; i < 20; i++) {
    const stop = new AbortController();
    const headers = { authorization: `Bearer ${instructor.token}`, accept: JSON_LINES };
    const answer = await fetch(new URL(`${path}/revisions`, system.base), { headers, signal: stop.signal });
    await answer.body.getReader().read();
    stop.abort();
  }
  assert.equal((await asLines(instructor, `${path}/revisions`)).json.length, REVISIONS);
});
