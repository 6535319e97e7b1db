// Logging in, staying in, being thrown out, here and in every other process.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertProblem, assertStatus, Client, Person, unusedEmail } from "./client.mjs";
import { eventually, System } from "./system.mjs";

const EVERYWHERE_MS = 1000;

let system, client, elsewhere;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  elsewhere = client.at((await system.api()).base);
});
after(() => system.release());

const sessions = (person) => person.get("/api/v1/sessions");
const refresh = (refresh_token, options) => client.post("/api/v1/sessions/refresh", { refresh_token }, options);

async function isOverEverywhere(token) {
  const isOver = (asked) => async () => (await asked.get("/api/v1/users/me", { token })).status === 401;
  await Promise.all([client, elsewhere].map((asked) => eventually("the token is dead", isOver(asked), EVERYWHERE_MS)));
  assertProblem(await client.get("/api/v1/users/me", { token }), 401, "token_revoked");
}

// Logged in again on another device; the first session stays as it is.
async function anotherDevice(person, device) {
  const other = new Person(system, client, person);
  Object.assign(other, { position: person.position });
  await other.logIn(device);
  return other;
}

test("sessions are listed with their devices, newest first, and one knows itself", async () => {
  const first = await Person.here(system, client);
  const second = await anotherDevice(first, "telephone 📱");
  const { json } = await sessions(second);
  assert.deepEqual(
    json.data.map(({ session, device, method }) => ({ session, device, method })),
    [
      { session: second.session, device: "telephone 📱", method: "password" },
      { session: first.session, device: "a test", method: "password" },
    ],
  );
  assert.equal(json.next, null);
  assert.deepEqual(
    json.data.filter(({ current }) => current).map(({ session }) => session),
    [second.session],
  );
});

test("the list of sessions comes in pages without gaps", async () => {
  const person = await Person.here(system, client);
  const wanted = [person.session];
  for (let i = 0; i < 4; i++) {
    const other = await anotherDevice(person, `device ${i}`);
    wanted.unshift(other.session);
    person.position = other.position;
  }
  const seen = [];
  let cursor = "";
  do {
    const { json } = await person.get(`/api/v1/sessions?limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    assert.ok(json.data.length <= 2);
    seen.push(...json.data.map(({ session }) => session));
    cursor = json.next;
  } while (cursor);
  assert.deepEqual(seen, wanted);
});

test("ending one session ends it everywhere within a second and leaves the others", async () => {
  const first = await Person.here(system, client);
  const second = await anotherDevice(first, "left in a library");
  assertStatus(await elsewhere.get("/api/v1/users/me", { token: second.token }), 200);
  assertStatus(await first.delete(`/api/v1/sessions/${second.session}`), 200);
  await isOverEverywhere(second.token);
  assertProblem(await refresh(second.refresh), 401, "session_over");
  assertStatus(await elsewhere.get("/api/v1/users/me", { token: first.token }), 200);
  assert.deepEqual(
    (await sessions(first)).json.data.map(({ session }) => session),
    [first.session],
  );
  // Done already is done, as often as one asks.
  assertStatus(await first.delete(`/api/v1/sessions/${second.session}`), 200);
});

test("nobody ends another's session", async () => {
  const person = await Person.here(system, client);
  const other = await Person.here(system, client);
  assertProblem(await other.delete(`/api/v1/sessions/${person.session}`), 404, "session_unknown");
  assertProblem(await other.delete("/api/v1/sessions/01890000-0000-7000-8000-000000000000"), 404, "session_unknown");
  assertStatus(await person.get("/api/v1/users/me"), 200);
});

test("ending all sessions ends them everywhere within a second, and a new one may begin", async () => {
  const first = await Person.here(system, client);
  const second = await anotherDevice(first);
  assertStatus(await elsewhere.get("/api/v1/users/me", { token: first.token }), 200);
  assertStatus(await second.delete("/api/v1/sessions"), 200);
  await isOverEverywhere(first.token);
  await isOverEverywhere(second.token);
  assertProblem(await refresh(first.refresh), 401, "session_over");
  await first.logIn();
  assertStatus(await elsewhere.get("/api/v1/users/me", { token: first.token }), 200);
});

test("logging out ends the session that asks", async () => {
  const person = await Person.here(system, client);
  const other = await anotherDevice(person);
  assertStatus(await person.delete("/api/v1/sessions/current"), 200);
  await isOverEverywhere(person.token);
  assertStatus(await other.get("/api/v1/users/me"), 200);
});

test("a refresh token works once and brings the next", async () => {
  const person = await Person.here(system, client);
  const seen = new Set([person.refresh]);
  for (let i = 0; i < 3; i++) {
    const answer = await refresh(person.refresh);
    assertStatus(answer, 200);
    assert.equal(answer.json.session, person.session);
    person.take(answer);
    assert.equal(seen.has(person.refresh), false);
    seen.add(person.refresh);
    assertStatus(await person.get("/api/v1/users/me"), 200);
  }
});

test("a refresh token that comes a second time ends the session for both who hold it", async () => {
  const person = await Person.here(system, client);
  const stolen = person.refresh;
  person.take(await refresh(stolen));
  assertProblem(await refresh(stolen), 401, "session_over");
  await isOverEverywhere(person.token);
  assertProblem(await refresh(person.refresh), 401, "session_over");
});

test("of clients that race with one refresh token at most one keeps a session", async () => {
  const person = await Person.here(system, client);
  const answers = await Promise.all(Array.from({ length: 6 }, () => refresh(person.refresh)));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  assert.equal(answers.filter(({ status }) => status === 401).length, 5);
});

test("a forged refresh token is a session that is over", async () => {
  const person = await Person.here(system, client);
  const forged = person.refresh.slice(0, -6) + "AAAAAA";
  assertProblem(await refresh(forged), 401, "session_over");
  assertProblem(await refresh("A".repeat(70)), 401, "session_over");
  assertStatus(await refresh(person.refresh), 200);
});

test("wrong passwords make the next try wait, longer each time, for known and unknown addresses alike", async () => {
  const { known, waits, locked } = await metTheLocks();
  assert.deepEqual(waits[0], waits[1]);
  assert.deepEqual(waits[0], ["401", "401", "401", "429 1", "401", "429 2"]);
  assertProblem(locked, 429, "login_locked");
  await eventually("the lock opens by itself", async () => (await known.tryLogIn()).status === 201, 5000);
  // The right password ends the row.
  assertProblem(await known.tryLogIn({}, { password: "wrong wrong wrong" }), 401, "credentials_wrong");
  await known.logIn();
});

// Locks of one and two seconds are missed by whoever is slower than that, on a machine that is busy elsewhere. Then it
// is all done again with others, and only so often.
async function metTheLocks() {
  for (let tries = 0; tries < 5; tries++) {
    const known = await Person.verified(system, client);
    const told = await Promise.all([known.email, unusedEmail("stranger")].map(waitsAfterWrongPasswords));
    const locked = await known.tryLogIn();
    const late = told.some((one) => one.late) || Date.now() - told[0].at > 1800;
    if (!late) return { known, locked, waits: told.map((one) => one.seen) };
  }
  throw new Error("five times the machine was too slow to meet a lock of a second");
}

// What each try gives, with Retry-After, when one tries again as soon as one may; and whether a try came so late that
// its lock may have opened. `at` is when the last lock began.
async function waitsAfterWrongPasswords(email) {
  const told = { seen: [], late: false, at: Date.now() };
  const fail = async (lockMs = Infinity) => {
    const answer = await client.post("/api/v1/sessions", { email, password: "wrong wrong wrong" });
    const after = answer.headers.get("retry-after");
    told.seen.push(after ? `${answer.status} ${after}` : String(answer.status));
    told.late ||= Date.now() - told.at > lockMs;
    if (!after) told.at = Date.now();
  };
  for (let i = 0; i < 3; i++) await fail();
  await fail(900);
  await eventually("the first lock opens", async () => {
    const answer = await client.post("/api/v1/sessions", { email, password: "wrong wrong wrong" });
    told.at = Date.now();
    return answer.status === 401 && told.seen.push("401");
  });
  await fail(1800);
  return told;
}
