// The log as strangers check it: nothing of Orrery's is used here but what it serves and the public key that it prints.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { assertProblem, Client, PASSWORD, Person } from "./client.mjs";
import { eventually, System } from "./system.mjs";
import { checkProof, readCheckpoint, rootOf } from "./tlog.mjs";

const WIDTH = 256;

let system, client, folder;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "orrery-log-"));
});
after(() => {
  fs.rmSync(folder, { recursive: true });
  return system.release();
});

async function get(where) {
  const answer = await fetch(system.base + where);
  assert.equal(answer.status, 200, where);
  return answer;
}

async function publicKey() {
  return (await system.orrery("keys", "log")).out.trim();
}

async function checkpointAt(position) {
  const key = await publicKey();
  return eventually("a checkpoint", async () => {
    const text = await (await get("/log/checkpoint")).text();
    const checkpoint = readCheckpoint(text, key);
    return checkpoint.size >= position && { ...checkpoint, text };
  });
}

function tilePath(level, index, width) {
  const digits = String(index).padStart(Math.ceil(String(index).length / 3) * 3, "0").match(/.../g);
  const last = digits.pop();
  return `/log/tile/${level}/${digits.map((group) => `x${group}/`).join("")}${last}${width < WIDTH ? `.p/${width}` : ""}`;
}

// All hashes of a level of the tree of `size` leaves.
async function readLevel(level, size) {
  const count = Math.floor(size / WIDTH ** level);
  const hashes = [];
  for (let index = 0; index * WIDTH < count; index++) {
    const width = Math.min(WIDTH, count - index * WIDTH);
    const bytes = Buffer.from(await (await get(tilePath(level, index, width))).arrayBuffer());
    assert.equal(bytes.length, width * 32);
    for (let at = 0; at < bytes.length; at += 32) hashes.push(bytes.subarray(at, at + 32));
  }
  return hashes;
}

// More events than one tile is wide.
async function fillATile(person) {
  let position = person.position;
  while (position <= WIDTH + 10) ({ position } = await person.patch("/api/v1/users/me/profile", { bio: `${position}` }));
  return position;
}

test("the tree that is served is the tree that is signed", async () => {
  const position = await fillATile(await Person.here(system, client));
  const { size, root } = await checkpointAt(position);
  const leaves = await readLevel(0, size);
  assert.deepEqual(rootOf(leaves), root);
  const above = await readLevel(1, size);
  above.forEach((hash, i) => assert.deepEqual(hash, rootOf(leaves.slice(i * WIDTH, (i + 1) * WIDTH))));
});

test("an earlier checkpoint stays true of the tree that grew", async () => {
  const person = await Person.here(system, client);
  const old = await checkpointAt(person.position);
  const { position } = await person.patch("/api/v1/users/me/profile", { bio: "one more" });
  const { size, root, origin } = await checkpointAt(position);
  const leaves = await readLevel(0, size);
  assert.equal(origin, old.origin);
  assert.deepEqual(rootOf(leaves), root);
  assert.deepEqual(rootOf(leaves.slice(0, old.size)), old.root);
});

test("an event is proved to whoever has the key, and still is when its person is erased", async () => {
  const person = await Person.here(system, client);
  const { position } = await person.patch("/api/v1/users/me/profile", { bio: "to be proved" });
  await checkpointAt(position);
  const key = await publicKey();
  const proof = (await system.orrery("audit", "prove", String(position))).out;
  const record = checkProof(proof, key);
  assert.equal(record.readBigUInt64LE(8), BigInt(position));
  assert.ok(!record.includes("to be proved"), "what names a person is sealed");
  const erased = await person.post("/api/v1/users/me/erase", { password: PASSWORD });
  await checkpointAt(erased.position);
  checkProof(proof, key);
  const receipt = (await system.orrery("audit", "prove", String(erased.position))).out;
  checkProof(receipt, key);
  const file = path.join(folder, "receipt.tlog-proof");
  fs.writeFileSync(file, receipt);
  const said = await system.orrery("audit", "check", file, "--key", key);
  assert.match(said.out, /event +user_erased\n[^]*The event is in the log\.\n$/);
  assert.match((await system.orrery("audit", "verify", "--full")).out, /No findings: the log is intact\n$/);
});

test("who was erased gets the receipt by the path in the answer, and nobody else does", async () => {
  const person = await Person.here(system, client);
  const key = await publicKey();
  const { json: erased } = await person.post("/api/v1/users/me/erase", { password: PASSWORD });
  assert.match(erased.receipt, /^\/log\/receipt\/[\w-]{54}$/);
  const receipt = await eventually("the checkpoint that covers it", async () => {
    const answer = await fetch(system.base + erased.receipt);
    if (answer.ok) return answer;
    assertProblem({ status: answer.status, headers: answer.headers, json: await answer.json() }, 503, "not_signed_yet");
    assert.equal(answer.headers.get("retry-after"), "1");
  });
  assert.equal(receipt.headers.get("cache-control"), "private, no-store");
  const text = await receipt.text();
  const record = checkProof(text, key);
  assert.equal(record.readBigUInt64LE(8), BigInt(erased.position));
  const file = path.join(folder, "erased.tlog-proof");
  fs.writeFileSync(file, text);
  const said = await system.orrery("audit", "check", file, "--key", key);
  assert.match(said.out, /event +user_erased\n[^]*The event is in the log\.\n$/);
  const swap = (letter) => (letter === "A" ? "B" : "A");
  for (const at of [0, 12, 30, 53]) {
    const token = [...erased.receipt.replace("/log/receipt/", "")];
    token[at] = swap(token[at]);
    const answer = await fetch(`${system.base}/log/receipt/${token.join("")}`);
    assertProblem({ status: answer.status, headers: answer.headers, json: await answer.json() }, 404, "no_such_receipt");
  }
});

test("an operator hands out the receipt as a file, at once or later", async () => {
  const person = await Person.here(system, client);
  const [file, again] = ["given", "again"].map((name) => path.join(folder, `${name}.tlog-proof`));
  const erased = await system.orrery("erase", person.id, "--yes", "--receipt", file);
  assert.equal(erased.code, 0, erased.err);
  const key = await publicKey();
  const record = checkProof(fs.readFileSync(file, "utf8"), key);
  assert.ok(record.includes(Buffer.from(person.id.replaceAll("-", ""), "hex")));
  const later = await system.orrery("erase", person.id, "--yes", "--receipt", again);
  assert.equal(later.code, 0, later.err);
  assert.deepEqual(checkProof(fs.readFileSync(again, "utf8"), key), record);
});

test("a folder of tiles is what is served", async () => {
  const target = path.join(folder, "tiles");
  const said = await system.orrery("audit", "export-tiles", target);
  assert.match(said.out, /^\d+ files written, 0 were there; the checkpoint covers \d+ events\.\n$/);
  const key = await publicKey();
  const { size } = readCheckpoint(fs.readFileSync(path.join(target, "checkpoint"), "utf8"), key);
  for (const level of [0, 1]) {
    const count = Math.floor(size / WIDTH ** level);
    for (let index = 0; index * WIDTH < count; index++) {
      const where = tilePath(level, index, Math.min(WIDTH, count - index * WIDTH));
      const written = fs.readFileSync(path.join(target, where.replace("/log/", "")));
      assert.deepEqual(written, Buffer.from(await (await get(where)).arrayBuffer()));
    }
  }
});

test("tiles are kept by caches for good, a checkpoint for a moment", async () => {
  assert.equal((await get("/log/tile/0/000")).headers.get("cache-control"), "public, max-age=31536000, immutable");
  const checkpoint = await get("/log/checkpoint");
  assert.equal(checkpoint.headers.get("cache-control"), "public, max-age=1");
  assert.equal(checkpoint.headers.get("content-type"), "text/plain; charset=utf-8");
  assert.equal((await fetch(`${system.base}/log/tile/0/000`, { method: "HEAD" })).headers.get("content-length"), "8192");
});

test("what is not there is a problem, and entries are nobody's", async () => {
  const ask = async (where, method = "GET") => {
    const answer = await fetch(system.base + where, { method });
    return { status: answer.status, headers: answer.headers, json: await answer.json() };
  };
  assertProblem(await ask("/log/tile/0/x999/999"), 404, "not_there_yet");
  assertProblem(await ask("/log/tile/7/000.p/1"), 404, "not_there_yet");
  for (const where of ["/log/tile/0/1", "/log/tile/8/000", "/log/tile/entries/000", "/log/", "/log/tile/0/000/"])
    assertProblem(await ask(where), 404, "no_such_path");
  const refused = await ask("/log/checkpoint", "POST");
  assertProblem(refused, 405, "method_not_allowed");
  assert.equal(refused.headers.get("allow"), "GET, HEAD, OPTIONS");
});
