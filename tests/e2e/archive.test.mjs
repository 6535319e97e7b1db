// A course as one file: the same bytes for the same course, without people, moments or ids of the platform in it.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { assertProblem, assertStatus, Client, Person } from "./client.mjs";
import { writeMechanics } from "./mechanics.mjs";
import { System } from "./system.mjs";

let system, client, author, written;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  author = await (await Person.here(system, client, { name: "The author" })).become("instructor");
  written = await writeMechanics(author);
});
after(() => system.release());

// As curl would take it; held against the contract.
async function take(course, { by = author, query = "", method = "GET" } = {}) {
  const path = `/api/v1/courses/${course}/archive`;
  const headers = { authorization: `Bearer ${by.token}`, "x-min-position": String(by.position) };
  const response = await fetch(`${system.base}${path}${query}`, { method, headers });
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = response.status < 400 ? "" : bytes.toString();
  const answer = { method, path, status: response.status, headers: response.headers, text };
  if (response.status >= 400) client.contract.check(answer);
  return { ...answer, bytes, json: text ? JSON.parse(text) : undefined };
}

async function taken(course, options) {
  const answer = await take(course, options);
  assertStatus(answer, 200);
  return answer.bytes;
}

// As everybody's tar reads it.
const list = (archive) => execFileSync("tar", ["tf", "-"], { input: archive }).toString().trim().split("\n");
const file = (archive, name) => execFileSync("tar", ["xOf", "-", name], { input: archive, maxBuffer: 1 << 25 });
const lines = (archive) => file(archive, "course.jsonl").toString().trim().split("\n").map((line) => JSON.parse(line));

test("a course becomes one file that any tar opens, and the same course the same bytes", async () => {
  const archive = await taken(written.course);
  assert.deepEqual(await taken(written.course), archive);
  assert.equal(archive.length % 512, 0);
  const [first, ...media] = list(archive);
  assert.equal(first, "course.jsonl");
  assert.deepEqual(media, media.toSorted());
  assert.equal(media.length, 1);
  for (const name of media)
    assert.equal(`media/${crypto.createHash("sha256").update(file(archive, name)).digest("hex")}`, name);
  const [heading, ...wishes] = lines(archive);
  assert.deepEqual(heading, { format: "orrery-course", version: 1 });
  const counts = {};
  for (const { command } of wishes) counts[command] = (counts[command] ?? 0) + 1;
  assert.equal(counts.create_course, 1);
  assert.equal(counts.write_lesson, 10);
  assert.equal(counts.write_question, 32);
  assert.equal(counts.change_outline, 1);
  const types = new Set(wishes.filter(({ command }) => command === "write_question").map(({ body }) => body.type));
  assert.equal(types.size, 11);
});

test("nothing in it is of the platform, of a person or of a moment", async () => {
  const text = file(await taken(written.course), "course.jsonl").toString();
  for (const id of [written.course, author.id, ...Object.values(written.ids)])
    assert.ok(!text.includes(id) || id.length !== 36, id);
  assert.ok(!/"(actor|creator|since|written_at|code)"/.test(text));
  assert.match(text, /```question 0000000[1-9a-f]-0003-8000-8000-000000000000/);
});

test("the files can be left out", async () => {
  const archive = await taken(written.course, { query: "?media=false" });
  assert.deepEqual(list(archive), ["course.jsonl"]);
  const whole = await taken(written.course, { query: "?media=true" });
  assert.deepEqual(file(archive, "course.jsonl"), file(whole, "course.jsonl"));
});

test("HEAD tells how long it is", async () => {
  const head = await take(written.course, { method: "HEAD" });
  assertStatus(head, 200);
  assert.equal(head.headers.get("content-length"), String((await taken(written.course)).length));
  assert.equal(head.headers.get("content-type"), "application/x-tar");
  assert.equal(head.headers.get("content-disposition"), 'attachment; filename="course.tar"');
});

test("those who write the course may take it, and nobody else", async () => {
  const stranger = await Person.here(system, client);
  const colleague = await Person.here(system, client);
  assertProblem(await take(written.course, { by: stranger }), 404, "course_unknown");
  const staff = `/api/v1/courses/${written.course}/staff/${colleague.id}`;
  assertStatus(await author.put(staff, { role: "assistant" }), 200);
  colleague.position = author.position;
  assertProblem(await take(written.course, { by: colleague }), 403, "course_role_missing");
  assertStatus(await author.put(staff, { role: "author" }), 200);
  colleague.position = author.position;
  assert.deepEqual(await taken(written.course, { by: colleague }), await taken(written.course));
  assertProblem(await take(crypto.randomUUID()), 404, "course_unknown");
});
