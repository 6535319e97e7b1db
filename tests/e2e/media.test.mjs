// Files of lessons: brought once, kept under their hash, given whole or in part, and looked after by the operator.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { assertProblem, assertStatus, Client, PASSWORD, Person } from "./client.mjs";
import { System } from "./system.mjs";

const MIB = 1024 * 1024;
const PNG = Buffer.from("89504e470d0a1a0a", "hex");

let system, client, author, scratch;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  author = await (await Person.here(system, client, { name: "The author" })).become("instructor");
  scratch = fs.mkdtempSync(path.join(os.tmpdir(), "orrery-media-"));
});
after(async () => {
  fs.rmSync(scratch, { recursive: true, force: true });
  await system.release();
});

// Files of one's own, so that no other test brought them before.
const image = (size = 2000) => Buffer.concat([PNG, crypto.randomBytes(size - PNG.length)]);
const hashOf = (bytes) => crypto.createHash("sha256").update(bytes).digest("base64url");

function bring(bytes, type = "image/png", { by = author, headers = {}, ...options } = {}) {
  return by.send("POST", "/api/v1/media", { body: bytes, headers: { "content-type": type, ...headers }, ...options });
}

async function brought(bytes, type) {
  const answer = await bring(bytes, type);
  assertStatus(answer, 201);
  return answer.json.media;
}

// As a browser would, without an account; held against the contract, and with its bytes.
async function take(media, { method = "GET", headers = {} } = {}) {
  const response = await fetch(`${system.base}/api/v1/media/${media}`, { method, headers });
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = response.status < 400 ? "" : bytes.toString();
  client.contract.check({
    method,
    path: `/api/v1/media/${media}`,
    status: response.status,
    headers: response.headers,
    text,
  });
  return { status: response.status, header: (name) => response.headers.get(name), bytes };
}

const fileOf = (media) => {
  const hex = Buffer.from(media, "base64url").toString("hex");
  return path.join(system.data, "media", hex.slice(0, 2), hex.slice(2));
};

// Of all that was ever told of one file.
async function eventsOf(media) {
  return (await system.events()).filter(({ type, event, data, fields }) =>
    JSON.stringify({ type, event, data, fields }).includes(media),
  );
}

test("a file that was brought is given to whoever knows its hash, for good", async () => {
  const bytes = image();
  const answer = await bring(bytes);
  assertStatus(answer, 201);
  const { media, type, bytes: size, position } = answer.json;
  assert.deepEqual({ media, type, size }, { media: hashOf(bytes), type: "image/png", size: bytes.length });
  assert.equal(position, answer.position);
  const file = await take(media);
  assert.equal(file.status, 200);
  assert.deepEqual(file.bytes, bytes);
  assert.equal(file.header("content-type"), "image/png");
  assert.equal(file.header("content-length"), String(bytes.length));
  assert.equal(file.header("cache-control"), "public, max-age=31536000, immutable");
  assert.equal(file.header("etag"), `"${media}"`);
  assert.equal(file.header("accept-ranges"), "bytes");
  assert.equal(file.header("content-disposition"), "inline");
  assert.match(file.header("content-security-policy"), /default-src 'none'.*sandbox/);
  const images = await take(media, { headers: { accept: "image/avif,image/webp" } });
  assert.equal(images.status, 200);
});

test("HEAD tells of the file without sending it", async () => {
  const bytes = image();
  const head = await take(await brought(bytes), { method: "HEAD", headers: { range: "bytes=0-3" } });
  assert.equal(head.status, 200);
  assert.equal(head.header("content-length"), String(bytes.length));
  assert.equal(head.bytes.length, 0);
});

test("the same file again has the same answer and leads to no second event; another person's does", async () => {
  const bytes = image();
  const [first, again] = [await bring(bytes), await bring(bytes)];
  assertStatus(first, 201);
  assertStatus(again, 201);
  assert.equal(again.json.media, first.json.media);
  assert.equal((await eventsOf(first.json.media)).length, 1);
  const other = await (await Person.here(system, client)).become("instructor");
  assertStatus(await bring(bytes, "image/png", { by: other }), 201);
  assert.equal((await eventsOf(first.json.media)).length, 2);
});

test("many who bring the same file at once all get it", async () => {
  const bytes = image();
  const answers = await Promise.all(Array.from({ length: 8 }, () => bring(bytes)));
  for (const answer of answers) assertStatus(answer, 201);
  assert.deepEqual((await take(hashOf(bytes))).bytes, bytes);
  assert.equal((await eventsOf(hashOf(bytes))).length, 1);
});

test("a key stands for one file", async () => {
  const key = crypto.randomUUID();
  const bytes = image();
  const [first, again] = [await bring(bytes, "image/png", { key }), await bring(bytes, "image/png", { key })];
  assert.deepEqual(again.json, first.json);
  assertStatus(await bring(image(), "image/png", { key }), 422);
});

test("types that lessons may not have, and bytes that are not what they are said to be, are refused", async () => {
  const page = Buffer.from("<!doctype html><script>alert(1)</script>");
  for (const type of ["text/html", "application/octet-stream", "application/x-msdownload", "image/pngx"]) {
    const answer = await bring(page, type);
    assertProblem(answer, 415, "media_type_refused");
    assert.match(answer.json.detail, /Content-Type must be one of image\/png, /);
  }
  const posing = await bring(page, "image/png");
  assertProblem(posing, 415, "media_type_refused");
  assert.equal(posing.json.detail, "The bytes are not image/png, but look like text/plain.");
  assertProblem(await bring(image(), "image/svg+xml"), 415, "media_type_refused");
  assertProblem(await bring(Buffer.from("GIF89a"), "image/png"), 415, "media_type_refused");
  assertProblem(await bring(Buffer.alloc(0), "image/png"), 400, "no_bytes");
});

test("what could run is shown without running, and what is no picture is saved", async () => {
  const drawing = await take(
    await brought(
      Buffer.from(
        `<svg xmlns="http://www.w3.org/2000/svg" id="${crypto.randomUUID()}"><script>alert(1)</script></svg>`,
      ),
      "image/svg+xml",
    ),
  );
  assert.equal(drawing.header("content-type"), "image/svg+xml");
  assert.match(drawing.header("content-security-policy"), /default-src 'none'.*sandbox/);
  const page = await take(await brought(Buffer.from(`<script>alert("${crypto.randomUUID()}")</script>`), "text/plain"));
  assert.equal(page.header("content-type"), "text/plain; charset=utf-8");
  assert.match(page.header("content-disposition"), /^attachment; filename="[\w-]{8}\.txt"$/);
  const table = await take(await brought(Buffer.from(`a,b\n${crypto.randomUUID()},2\n`), "text/csv"));
  assert.equal(table.header("content-type"), "text/plain; charset=utf-8");
});

test("each kind has its size", async () => {
  assertProblem(await bring(image(4 * MIB + 1)), 413, "too_large");
  assertProblem(await bring(Buffer.alloc(MIB + 1, "a"), "text/plain"), 413, "too_large");
  const tooMuch = await bring(image(9 * MIB));
  assertStatus(tooMuch, 413);
});

test("the largest files come back as they were", async () => {
  const bytes = Buffer.concat([
    Buffer.from("00000018", "hex"),
    Buffer.from("ftypisom"),
    crypto.randomBytes(8 * MIB - 12),
  ]);
  const media = await brought(bytes, "video/mp4");
  assert.deepEqual(hashOf((await take(media)).bytes), media);
  const part = await take(media, { headers: { range: `bytes=${5 * MIB}-${8 * MIB - 1}` } });
  assert.equal(part.status, 206);
  assert.ok(part.bytes.equals(bytes.subarray(5 * MIB)));
});

test("who goes away in the middle of a file disturbs nobody", async () => {
  const bytes = Buffer.concat([
    Buffer.from("00000018", "hex"),
    Buffer.from("ftypisom"),
    crypto.randomBytes(8 * MIB - 12),
  ]);
  const media = await brought(bytes, "video/mp4");
  for (let i = 0; i < 20; i++) {
    const leaving = new AbortController();
    const response = await fetch(`${system.base}/api/v1/media/${media}`, { signal: leaving.signal });
    await response.body.getReader().read();
    leaving.abort();
  }
  assert.equal(hashOf((await take(media)).bytes), media);
});

test("one range at a time", async () => {
  const bytes = image(1000);
  const media = await brought(bytes);
  const ranged = (range, more = {}) => take(media, { headers: { range, ...more } });
  const expect = async (range, from, to) => {
    const part = await ranged(range);
    assert.equal(part.status, 206, range);
    assert.deepEqual(part.bytes, bytes.subarray(from, to + 1));
    assert.equal(part.header("content-range"), `bytes ${from}-${to}/1000`);
    assert.equal(part.header("content-length"), String(to - from + 1));
  };
  await expect("bytes=0-0", 0, 0);
  await expect("bytes=10-19", 10, 19);
  await expect("bytes=990-", 990, 999);
  await expect("bytes=-10", 990, 999);
  await expect("bytes=0-99999", 0, 999);
  for (const all of ["bytes=5-2", "bytes=0-1,5-6", "lines=1-2", "bytes=x-"]) {
    const whole = await ranged(all);
    assert.equal(whole.status, 200, all);
    assert.deepEqual(whole.bytes, bytes);
  }
  for (const none of ["bytes=1000-", "bytes=-0"]) {
    const refused = await ranged(none);
    assert.equal(refused.status, 416, none);
    assert.equal(refused.header("content-range"), "bytes */1000");
  }
  assert.equal((await ranged("bytes=0-3", { "if-range": `"${media}"` })).status, 206);
  assert.equal((await ranged("bytes=0-3", { "if-range": '"another"' })).status, 200);
  assert.equal((await ranged("bytes=0-3", { "if-range": "Sun, 29 Nov 2026 10:00:00 GMT" })).status, 200);
});

test("who has the file is not sent it again", async () => {
  const media = await brought(image());
  const same = await take(media, { headers: { "if-none-match": `"${media}"` } });
  assert.equal(same.status, 304);
  assert.equal(same.bytes.length, 0);
  assert.equal(same.header("etag"), `"${media}"`);
  assert.equal((await take(media, { headers: { "if-none-match": '"another"' } })).status, 200);
});

test("nothing else in the data folder can be named", async () => {
  const names = [
    "..",
    "../keys/wrapped",
    "..%2fkeys%2fwrapped",
    "%2e%2e",
    "a".repeat(64),
    "A".repeat(42),
    "A".repeat(43),
    "A".repeat(42) + "E",
  ];
  for (const name of names) {
    const answer = await fetch(`${system.base}/api/v1/media/${name}`);
    assert.ok(answer.status === 404 || answer.status === 400, `${name}: ${answer.status}`);
    await answer.text();
  }
});

test("the name of a file is sealed, and goes with its person; the file stays", async () => {
  const person = await (await Person.here(system, client)).become("instructor");
  const name = `Grüße von ${crypto.randomUUID()}.png`;
  const bytes = image();
  const answer = await bring(bytes, "image/png", { by: person, headers: { slug: encodeURIComponent(name) } });
  assertStatus(answer, 201);
  assert.ok(!JSON.stringify(await eventsOf(answer.json.media)).includes(name));
  for (const file of system.files().filter((file) => /\.mdb$/.test(file)))
    assert.ok(!fs.readFileSync(file).includes(name), file);
  assertStatus(await person.post("/api/v1/users/me/erase", { password: PASSWORD }), 200);
  assert.deepEqual((await take(answer.json.media)).bytes, bytes);
});

test("a malformed name is refused", async () => {
  for (const slug of ["%", "%ff", "%00", "a".repeat(201)])
    assertProblem(await bring(image(), "image/png", { headers: { slug } }), 400, "slug_malformed");
});

// The operator's side: on the shared system other tests bring files too, so findings are looked for, not counted.
async function audit() {
  const { code, out } = await system.orrery("audit", "media", "--json");
  const lines = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  return { code, sum: lines.pop(), findings: lines };
}

const finding = (findings, media) =>
  findings.find(({ file }) => path.join(system.data, file) === fileOf(media))?.finding;

test("a file whose event a crash took does no harm", async () => {
  const bytes = image();
  const media = hashOf(bytes);
  fs.mkdirSync(path.dirname(fileOf(media)), { recursive: true });
  fs.writeFileSync(fileOf(media), bytes);
  fs.writeFileSync(path.join(system.data, "media/draft-AbCdEf"), "half");
  const { findings } = await audit();
  assert.match(finding(findings, media), /^no event tells of it/);
  assert.ok(findings.some(({ file }) => file === "media/draft-AbCdEf"));
  fs.unlinkSync(path.join(system.data, "media/draft-AbCdEf"));
  assert.equal(await brought(bytes), media);
  assert.equal(finding((await audit()).findings, media), undefined);
});

test("a backup takes what it has not yet, and brings back what was damaged or lost", async () => {
  const backup = path.join(scratch, "backup");
  const files = [image(), image()];
  const [damaged, lost] = await Promise.all(files.map((bytes) => brought(bytes)));
  const run = async (...words) => {
    const { code, out, err } = await system.orrery(...words);
    assert.equal(code, 0, err);
    return out;
  };
  const first = JSON.parse(await run("backup", "--media", backup, "--json"));
  assert.ok(first.copied >= 2);
  await brought(image());
  const second = JSON.parse(await run("backup", "--media", backup, "--json"));
  assert.ok(second.copied >= 1 && second.there >= first.copied);
  fs.writeFileSync(fileOf(damaged), Buffer.alloc(2000));
  fs.unlinkSync(fileOf(lost));
  const { code, findings } = await audit();
  assert.equal(code, 3);
  assert.equal(finding(findings, damaged), "its bytes do not have this hash");
  assert.equal(finding(findings, lost), "the log tells of it, and it is not there");
  fs.unlinkSync(fileOf(damaged));
  await run("restore", "--media", backup, system.data);
  for (const bytes of files) assert.deepEqual((await take(hashOf(bytes))).bytes, bytes);
});
