// Achievements over HTTP: earned, given to those who had reached them already, previewed, taken back; and what others
// can check without us: the credential, the picture, the status list, the transcript.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { assertProblem, assertStatus, Client, PASSWORD, Person } from "./client.mjs";
import { World } from "./judge.mjs";
import { eventually, System } from "./system.mjs";

const build = path.resolve(process.env.ORRERY_BUILD ?? path.join(import.meta.dirname, "../../build"));

let system, client, teacher, admin;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  teacher = await Person.here(system, client, { name: "Ida Teacher" });
  admin = await (await Person.here(system, client, { name: "Rex Admin" })).become("admin");
});
after(() => system.release());

const fresh = () => crypto.randomUUID();

// What no route is needed for here: courses and learning are tested elsewhere.
function wish(command, fields) {
  const socket = path.join(system.data, "writer.sock");
  return Number(execFileSync(path.join(build, "tests/e2e/wish"), [socket, command, JSON.stringify(fields)], { encoding: "utf8" }));
}

// A published course of so many lessons, complete when all of them were looked at.
function newCourse(lessons = 1) {
  const actor = teacher.id;
  const course = fresh();
  const items = Array.from({ length: lessons }, fresh);
  wish("create_course", { course, creator: actor, title: "Mechanics", language: "en", level: "introductory" });
  for (const lesson of items)
    wish("write_lesson", { course, lesson, actor, title: "Motion", body: "It moves." });
  const placed = items.map((item) => ({ item, required: true, rule: "viewed" }));
  wish("change_outline", { course, actor, sections: [{ title: "All", items: placed }] });
  wish("publish_course", { course, edition: fresh(), actor });
  wish("change_enrolment_policy", { course, actor, admission: "open", seats: 0, places: 0 });
  return { course, items };
}

const join = (person, { course }) => wish("enrol", { course, learner: person.id });
const look = (person, { course }, item) => wish("view_item", { course, learner: person.id, item });

function finish(person, course) {
  join(person, course);
  for (const item of course.items) look(person, course, item);
}

const badge = (more) => ({ kind: "badge", name: "Finisher", description: "Did it all.", criteria: "Finish it.", ...more });
const certificate = (course, more) => badge({ kind: "certificate", course, trigger: "course_completed", ...more });

async function define(person, rule) {
  const answer = await person.post("/api/v1/achievements", rule);
  assertStatus(answer, 201);
  return answer.json.id;
}

// Awards come from a subscriber, in its own time.
async function awardOf(person, achievement) {
  return eventually("the award", async () => {
    const { json } = await person.get("/api/v1/me/achievements");
    return json.data.find((award) => award.achievement === achievement);
  });
}

async function earned() {
  const person = await Person.here(system, client);
  const course = newCourse();
  const achievement = await define(teacher, certificate(course.course));
  finish(person, course);
  return { person, course, achievement, award: await awardOf(person, achievement) };
}

async function published(url) {
  const answer = await fetch(url);
  assert.equal(answer.status, 200, url);
  return answer;
}

// What a verifier has to fetch, fetched from the service as it stands.
async function world(credential) {
  const world = new World();
  world.publishDid(await (await published(`${system.base}/.well-known/did.json`)).json());
  const list = credential.credentialStatus.statusListCredential;
  world.publish(list, await (await published(list)).json());
  return world;
}

async function credentialOf(person, award) {
  const answer = await person.get(`/api/v1/achievements/awards/${award.award}/credential`, {
    headers: { accept: "application/vc+ld+json" },
  });
  assertStatus(answer, 200);
  return answer;
}

test("who completes a course earns its certificate, once", async () => {
  const { person, course, achievement, award } = await earned();
  assert.equal(award.course, course.course);
  assert.equal(award.version, 1);
  assert.equal(award.kind, "certificate");
  const { json } = await person.get("/api/v1/me/achievements");
  assert.equal(json.data.length, 1);
  const shown = await teacher.get(`/api/v1/achievements/${achievement}`, { min: person.position });
  assert.equal(shown.json.awarded, 1);
  const all = await teacher.get(`/api/v1/achievements?course=${course.course}`);
  assert.deepEqual(all.json.data.map((row) => row.achievement), [achievement]);
});

test("a new rule is previewed, then given to those who follow it already and to nobody else", async () => {
  const course = newCourse(3);
  const [all, some] = await Promise.all([Person.here(system, client), Person.here(system, client)]);
  finish(all, course);
  join(some, course);
  look(some, course, course.items[0]);
  const rule = { trigger: "item_completed", times: 3, distinct: true };
  const asked = new URLSearchParams({ ...rule, course: course.course });
  const preview = await teacher.get(`/api/v1/achievements/preview?${asked}`);
  assertStatus(preview, 200);
  assert.deepEqual([preview.json.considered, preview.json.reached], [2, 1]);
  assert.deepEqual((await all.get("/api/v1/me/achievements")).json.data, [], "nothing is given by looking");
  const achievement = await define(teacher, badge({ ...rule, course: course.course }));
  await awardOf(all, achievement);
  assert.deepEqual((await some.get("/api/v1/me/achievements")).json.data, []);
  look(some, course, course.items[1]);
  look(some, course, course.items[2]);
  await awardOf(some, achievement);
});

test("only those who may define an achievement may preview, revise or retire one", async () => {
  const { course } = newCourse();
  const stranger = await Person.here(system, client);
  const rule = certificate(course);
  const achievement = await define(teacher, rule);
  const path = `/api/v1/achievements/${achievement}`;
  const { course: _, ...revised } = rule;
  assertProblem(await stranger.post("/api/v1/achievements", rule), 403, "course_role_missing");
  assertProblem(await stranger.put(path, revised), 403, "course_role_missing");
  assertProblem(await stranger.delete(path), 403, "course_role_missing");
  const asked = `/api/v1/achievements/preview?trigger=course_completed`;
  assertProblem(await stranger.get(`${asked}&course=${course}`), 403, "course_role_missing");
  assertProblem(await teacher.get(asked), 403, "achievement_role_missing");
  assertProblem(await teacher.post("/api/v1/achievements", badge({ trigger: "enrolled" })), 403, "achievement_role_missing");
  assertStatus(await admin.get(asked), 200);
  assertProblem(await teacher.get(`${asked}&course=${course}&score_min=5`), 422, "rule_contradictory");
  assertStatus(await teacher.put(path, { ...revised, name: "Other" }), 200);
  const shown = await teacher.get(path);
  assert.deepEqual([shown.json.version, shown.json.name], [2, "Other"]);
  assertStatus(await teacher.delete(path), 200);
  assert.equal((await teacher.get(path)).json.retired, true);
});

test("a credential is the same bytes each time, and good to a verifier that asks us for nothing else", async () => {
  const { person, award } = await earned();
  const answer = await credentialOf(person, award);
  assert.equal(answer.headers.get("content-type"), "application/vc+ld+json");
  assert.equal((await credentialOf(person, award)).text, answer.text);
  const credential = JSON.parse(answer.text);
  assert.equal(credential.credentialSubject.id, `urn:uuid:${person.id}`);
  assert.ok(!answer.text.includes(person.name) && !answer.text.includes(person.email), "it names nobody");
  const judged = await (await world(credential)).verify(credential);
  assert.equal(judged.verified, true, JSON.stringify(judged.error));
  credential.credentialSubject.achievement.name = "Nobel Prize";
  assert.equal((await (await world(credential)).verify(credential)).verified, false);
});

test("the picture holds the very credential", async () => {
  const { person, award } = await earned();
  const { text: credential } = await credentialOf(person, award);
  const answer = await fetch(`${system.base}/api/v1/achievements/awards/${award.award}/badge.png`, {
    headers: { authorization: `Bearer ${person.token}`, accept: "image/png" },
  });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "image/png");
  const png = Buffer.from(await answer.arrayBuffer());
  const marker = png.indexOf("openbadgecredential");
  const size = png.readUInt32BE(marker - 8);
  const chunk = png.subarray(marker, marker + size);
  assert.equal(chunk.subarray(chunk.length - Buffer.byteLength(credential)).toString("utf8"), credential);
});

test("a credential is its owner's to show", async () => {
  const { award } = await earned();
  const stranger = await Person.here(system, client);
  for (const what of ["credential", "badge.png"])
    assertProblem(await stranger.get(`/api/v1/achievements/awards/${award.award}/${what}`), 404, "award_unknown");
});

test("what is taken back is told to be so, by us and by the status list, and not given again", async () => {
  const { person, course, award, achievement } = await earned();
  const credential = JSON.parse((await credentialOf(person, award)).text);
  const check = `/api/v1/credentials/verify/${award.award}`;
  const good = await client.get(check);
  assert.equal(good.json.standing, "valid");
  assert.ok(!good.text.includes(person.id), "it does not say whose it is");
  const path = `/api/v1/achievements/awards/${award.award}/revocation`;
  assertProblem(await person.post(path, { reason: "Mine" }), 403, "course_role_missing");
  const { position } = await teacher.post(path, { reason: "It was somebody else's work." });
  assert.equal((await client.get(check, { min: position })).json.standing, "revoked");
  const judged = await (await world(credential)).verify(credential);
  assert.equal(judged.verified, false);
  assert.ok((await person.get("/api/v1/me/achievements", { min: position })).json.data[0].revoked_at);
  assert.deepEqual((await teacher.get(`/api/v1/users/${person.id}/achievements`, { min: position })).json.data, []);
  const { course: _, ...again } = certificate(course.course);
  assertStatus(await teacher.put(`/api/v1/achievements/${achievement}`, again), 200);
  const other = await Person.here(system, client);
  finish(other, course);
  await awardOf(other, achievement);
  assert.ok((await person.get("/api/v1/me/achievements")).json.data[0].revoked_at);
});

test("an award that has run out is told to have", async () => {
  const { course, items } = newCourse();
  const person = await Person.here(system, client);
  const achievement = await define(teacher, certificate(course, { valid_days: 1 }));
  finish(person, { course, items });
  const award = await awardOf(person, achievement);
  assert.equal(Date.parse(award.expires_at) - Date.parse(award.awarded_at), 24 * 3600 * 1000);
  const credential = JSON.parse((await credentialOf(person, award)).text);
  const verifier = await world(credential);
  assert.equal((await verifier.verify(credential)).verified, true);
  assert.equal((await verifier.verify(credential, new Date(Date.now() + 2 * 24 * 3600 * 1000))).verified, false);
});

test("who is erased has no award any more, and its bit is set", async () => {
  const { person, award } = await earned();
  const credential = JSON.parse((await credentialOf(person, award)).text);
  const erased = await person.post("/api/v1/users/me/erase", { password: PASSWORD });
  assertStatus(erased, 200);
  assertProblem(await client.get(`/api/v1/credentials/verify/${award.award}`, { min: erased.position }), 404, "award_unknown");
  assert.equal((await (await world(credential)).verify(credential)).verified, false);
});

test("what others see of awards is what they see of the profile", async () => {
  const { person, achievement } = await earned();
  const stranger = await Person.here(system, client);
  const path = `/api/v1/users/${person.id}/achievements`;
  const seen = async () => (await stranger.get(path, { min: person.position })).json.data.map((row) => row.achievement);
  assert.deepEqual(await seen(), [achievement]);
  assertStatus(await person.put("/api/v1/users/me/privacy", { audience: "nobody" }), 200);
  await eventually("it is hidden", async () => (await seen()).length === 0);
  assert.equal((await person.get(path)).json.data.length, 1);
});

test("a transcript proves itself, and one that was tampered with does not", async () => {
  const { person, award } = await earned();
  const transcript = await eventually("it is signed", async () => {
    const answer = await person.get("/api/v1/me/transcript", { headers: { accept: "text/plain" } });
    return answer.status === 200 && answer.text;
  });
  assert.match(transcript, /^orrery transcript v1\nlearner .*\nevents 3 of 3\n-- item_completed \d+\n/);
  const key = (await system.orrery("keys", "log")).out.trim().split("\n")[0];
  const file = path.join(system.data, "transcript.txt");
  const check = async (content) => {
    fs.writeFileSync(file, content);
    return system.orrery("audit", "check", file, "--key", key);
  };
  const good = await check(transcript);
  assert.equal(good.code, 0, good.out + good.err);
  assert.match(good.out, /course_completed/);
  assert.ok(good.out.includes(award.award));
  const proofs = transcript.split(/(?=^-- )/m);
  const other = await Person.here(system, client);
  const tampered = {
    "another learner": transcript.replace(person.id, other.id),
    "one event less": proofs.slice(0, -1).join(""),
    "one event twice": transcript + proofs[1],
    "another record": transcript.replace(/^extra (.)/m, (_, letter) => `extra ${letter === "A" ? "B" : "A"}`),
    "no events": proofs[0],
  };
  for (const [what, content] of Object.entries(tampered)) assert.equal((await check(content)).code, 3, what);
});

test("the platform's achievements watch all courses", async () => {
  const person = await Person.here(system, client);
  const rule = badge({ name: "Twice", trigger: "course_completed", times: 2, distinct: true });
  const achievement = await define(admin, rule);
  const [first, second] = [newCourse(), newCourse()];
  finish(person, first);
  finish(person, second);
  const award = await awardOf(person, achievement);
  assert.equal(award.course, undefined);
  assertStatus(await admin.delete(`/api/v1/achievements/${achievement}`), 200);
});
