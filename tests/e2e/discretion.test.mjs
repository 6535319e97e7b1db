// Nobody learns from us who has an account: neither from an answer, nor from its headers, nor from the work behind it.
import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, test } from "node:test";
import { assertStatus, Client, PASSWORD, Person, unusedEmail } from "./client.mjs";
import { System } from "./system.mjs";

const SAMPLES = 7;
const APART_MS = 10; // hashing a password takes many times as long

let system, client, worker, verified, unverified;

before(async () => {
  system = await System.attach();
  // A process that does nothing else, so that its processor time tells what a request cost.
  const api = await system.api();
  worker = api.child.pid;
  client = (await Client.of(system.base)).at(api.base);
  const people = (make) => Promise.all(Array.from({ length: SAMPLES }, async () => (await make(system, client)).email));
  [verified, unverified] = await Promise.all([people(Person.verified), people(Person.registered)]);
});
after(() => system.release());

// What the process has worked until now. Unlike the time an answer takes, it does not depend on what else runs here.
function workedMs() {
  const tasks = `/proc/${worker}/task`;
  const nanoseconds = (task) => Number(fs.readFileSync(`${tasks}/${task}/schedstat`, "utf8").split(" ")[0]);
  return fs.readdirSync(tasks).reduce((sum, task) => sum + nanoseconds(task), 0) / 1e6;
}

const strangers = () => Array.from({ length: SAMPLES }, () => unusedEmail());

// Everything of an answer that may not differ. Ids, times and positions are new in every answer.
function face({ status, headers, json }) {
  const blank = (name, value) => (["date", "x-request-id", "x-position", "content-length"].includes(name) ? "" : value);
  const body = { ...json };
  for (const name of ["instance", "position"]) if (name in body) body[name] = "";
  return { status, headers: [...headers].map(([name, value]) => [name, blank(name, value)]), body };
}

// Asks about known and unknown addresses in turn, so that whatever else the machine does meets both.
async function compare(ask, known, unknown) {
  const work = { known: [], unknown: [] };
  const faces = { known: [], unknown: [] };
  for (let i = 0; i < known.length; i++)
    for (const [kind, emails] of Object.entries({ known, unknown })) {
      const begin = workedMs();
      const answer = await ask(emails[i]);
      work[kind].push(workedMs() - begin);
      faces[kind].push(face(answer));
    }
  assert.deepEqual(faces.known, faces.unknown);
  const [least, other] = [Math.min(...work.known), Math.min(...work.unknown)];
  const apart = Math.abs(least - other);
  assert.ok(apart < Math.max(APART_MS, 0.4 * Math.max(least, other)), `${least} ms and ${other} ms`);
}

test("a registration does not tell whether the address is known", async () => {
  const register = (email) =>
    client.post("/api/v1/users", { email, password: PASSWORD, name: "Ada", locale: "en", region: "GB" });
  await compare(register, verified, strangers());
});

test("a wish for a verification mail does not tell whether the address is known", async () => {
  const ask = (email) => client.post("/api/v1/users/verification/requests", { email });
  await compare(ask, unverified, strangers());
});

test("a wish for a new password does not tell whether the address is known", async () => {
  const ask = (email) => client.post("/api/v1/users/password/requests", { email });
  await compare(ask, verified, strangers());
});

test("wishes for mails are answered before the writer has looked, and none is lost", async () => {
  const own = await System.start(); // its writer stands still for a while
  try {
    const here = await Client.of(own.base);
    const known = await Person.verified(own, here);
    const pid = own.pid("orrery-writer");
    const ask = (path, email) => here.post(`/api/v1/users/${path}/requests`, { email });
    const answers = [];
    process.kill(pid, "SIGSTOP");
    try {
      for (const email of [known.email, unusedEmail()]) answers.push(face(await ask("password", email)));
      for (const email of [known.email, unusedEmail()]) answers.push(face(await ask("verification", email)));
    } finally {
      process.kill(pid, "SIGCONT");
    }
    const calm = (answer) => ({ ...answer, headers: answer.headers.filter(([name]) => name !== "ratelimit") });
    for (const answer of answers) assert.deepEqual(calm(answer), calm(answers[0]));
    assert.equal(answers[0].status, 202);
    const { subject } = await own.mail(known.email, 2);
    assert.ok(subject);
  } finally {
    await own.release();
  }
});

test("a login with a wrong password does not tell whether the address is known", async () => {
  const logIn = (email) => client.post("/api/v1/sessions", { email, password: "wrong wrong wrong" });
  await compare(logIn, verified, strangers());
});

test("a login does not tell an unverified address from an unknown one", async () => {
  const logIn = (email) => client.post("/api/v1/sessions", { email, password: PASSWORD });
  await compare(logIn, unverified, strangers());
});

test("a wish for another address does not tell whether somebody has it", async () => {
  const person = await Person.here(system, client);
  const ask = async (email) => {
    const answer = await person.post("/api/v1/users/me/email", { email, password: PASSWORD });
    // The caller's own version, which each wish moves on.
    return { ...answer, headers: [...answer.headers].filter(([name]) => name !== "etag") };
  };
  await compare(ask, verified, strangers());
});

test("a profile that shows itself to nobody looks like one that is not there", async () => {
  const hidden = await Person.here(system, client);
  assertStatus(await hidden.put("/api/v1/users/me/privacy", { audience: "nobody" }), 200);
  const ids = Array.from({ length: SAMPLES }, () => "01890000-0000-7000-8000-000000000000");
  const ask = (id) => client.get(`/api/v1/users/${id}`, { min: hidden.position });
  await compare(
    ask,
    ids.map(() => hidden.id),
    ids,
  );
});
