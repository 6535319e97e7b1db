// The writer is killed and PostgreSQL is killed, again and again, under load. Clients hear clear, passing problems; and
// who sends the same request with the same key until it is answered has caused exactly one effect.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { assertStatus, Client, Person } from "./client.mjs";
import { clockAhead } from "./clock.mjs";
import { eventually, System } from "./system.mjs";

const CLIENTS = 8;
const LOAD_BETWEEN_MS = 500;
const BETWEEN_WISHES_MS = 10;
const HANGING_MS = 8000;

let system, client, people;

before(async () => {
  system = await System.start();
  client = await Client.of(system.base);
  people = await Promise.all(Array.from({ length: CLIENTS }, () => Person.here(system, client)));
});
after(() => system.release());

// Sends the wish until it is answered by other than "later". Counts what came before.
async function insist(send, seen) {
  for (;;) {
    const answer = await send();
    const word = answer.json?.type?.split(":").pop() ?? "";
    const name = `${answer.status} ${word}`.trim();
    seen.set(name, (seen.get(name) ?? 0) + 1);
    if (answer.status !== 503) return answer;
    await pause(50); // sooner than Retry-After says, to press harder
  }
}

// Whoever asks with the position of a wish is shown that wish or a later one, whatever was killed since.
function assertShows(bio, promised) {
  const shown = Number(/^wish (\d+) /.exec(bio)[1]);
  assert.ok(shown >= promised, `wish ${shown} is shown, and ${promised} was promised`);
}

// Every person changes their bio again and again; `wishes` are those that were answered.
async function load(run) {
  const seen = new Map();
  const wishes = people.map(() => []);
  let working = true;
  const workers = people.map(async (person, i) => {
    while (working) {
      const bio = `wish ${wishes[i].length} of client ${i} ${crypto.randomUUID()}`;
      const key = crypto.randomUUID();
      const answer = await insist(() => person.patch("/api/v1/users/me/profile", { bio }, { key }), seen);
      assertStatus(answer, 200);
      wishes[i].push({ bio, position: answer.position });
      await pause(BETWEEN_WISHES_MS);
    }
  });
  const readers = people.slice(0, 3).map(async (person, i) => {
    while (working) {
      const promised = wishes[i].length - 1;
      const min = wishes[i][promised]?.position;
      const answer = await client.get("/api/v1/users/me", { token: person.token, min });
      assert.ok([200, 503].includes(answer.status), answer.text);
      if (answer.status === 200 && min) assertShows(answer.json.bio, promised);
      seen.set(`read ${answer.status}`, (seen.get(`read ${answer.status}`) ?? 0) + 1);
      await pause(5);
    }
  });
  try {
    await run();
  } finally {
    working = false;
    await Promise.all([...workers, ...readers]);
  }
  return { seen, wishes };
}

async function kill(name, signal) {
  const pid = system.pid(name);
  assert.ok(pid, `${name} runs`);
  process.kill(pid, signal);
  await eventually(`${name} is started again`, () => {
    try {
      const now = system.pid(name);
      return now && now !== pid;
    } catch {
      return false; // between two of them
    }
  });
  await eventually("everything is ready again", async () => (await fetch(`${system.base}/readyz`)).ok);
  await pause(LOAD_BETWEEN_MS);
}

// Each wish stands in the log once, in the order in which its client made them, at the position the client was told.
async function assertOneEffectEach(wishes) {
  for (const [i, person] of people.entries()) {
    const answer = await insist(() => person.get("/api/v1/users/me/export"), new Map());
    assertStatus(answer, 200);
    const changes = answer.json.events.filter(({ event }) => event === "profile_changed");
    const mine = changes.slice(-wishes[i].length).map(({ position, fields }) => ({ bio: fields.bio, position }));
    assert.deepEqual(mine, wishes[i]);
    person.changes = (person.changes ?? 0) + wishes[i].length;
    assert.equal(changes.length, person.changes);
    assert.equal(answer.json.account.bio, wishes[i].at(-1).bio);
  }
}

function assertClear(seen, context) {
  context.diagnostic([...seen].map(([name, count]) => `${count} × ${name}`).join(", "));
  for (const name of seen.keys())
    assert.match(name, /^(200|503 (unreachable|outcome_unknown|busy|timed_out)|read (200|503))$/);
}

test("the writer is killed under load: no wish is lost, none happens twice", async (context) => {
  const { seen, wishes } = await load(async () => {
    await pause(LOAD_BETWEEN_MS);
    for (const signal of ["SIGKILL", "SIGKILL"]) await kill("orrery-writer", signal);
  });
  assertClear(seen, context);
  await assertOneEffectEach(wishes);
});

test("a writer that hangs is a clear 503 after a bounded wait, and readiness says so", async () => {
  const [person] = people;
  const change = { bio: "while it hung" };
  const key = crypto.randomUUID();
  const send = () => person.patch("/api/v1/users/me/profile", change, { key });
  const before = (await person.account()).version;
  const pid = system.pid("orrery-writer");
  process.kill(pid, "SIGSTOP");
  try {
    const begin = performance.now();
    const answer = await send();
    assert.equal(`${answer.status} ${answer.json.type}`, "503 urn:orrery:problem:outcome_unknown");
    assert.ok(performance.now() - begin < HANGING_MS, "it came too late");
    await eventually("it is not ready", async () => (await fetch(`${system.base}/readyz`)).status === 503, HANGING_MS);
    assertStatus(await person.get("/api/v1/users/me"), 200);
  } finally {
    process.kill(pid, "SIGCONT");
  }
  await eventually("the wish is answered", async () => (await send()).status === 200);
  person.position = (await send()).position;
  const account = await person.account();
  assert.equal(account.bio, change.bio);
  assert.equal(account.version, before + 1);
  person.changes = (person.changes ?? 0) + 1;
});

test("PostgreSQL is killed under load: wishes go on, questions come back", async (context) => {
  const { seen, wishes } = await load(async () => {
    await pause(LOAD_BETWEEN_MS);
    for (const signal of ["SIGQUIT", "SIGINT"]) await kill("postgres", signal); // a crash, and a stop
  });
  assertClear(seen, context);
  await assertOneEffectEach(wishes);
});

// Nobody but a commit that waits brings anything to PostgreSQL's disk, and nobody folds again what its crash took along.
test("a crash of PostgreSQL takes back nothing that was promised", async () => {
  const [person] = people;
  const projector = system.pid("orrery-projector");
  const logWriter = system.postgresPid("walwriter");
  process.kill(logWriter, "SIGSTOP");
  const { position: min } = await person.patch("/api/v1/users/me/profile", { bio: "promised" });
  person.changes = (person.changes ?? 0) + 1;
  assert.equal((await person.get("/api/v1/users/me", { min })).json.bio, "promised");
  process.kill(projector, "SIGSTOP");
  try {
    process.kill(logWriter, "SIGKILL"); // which makes PostgreSQL end every process and recover
    await eventually("PostgreSQL is there again", () => {
      try {
        const now = system.postgresPid("walwriter");
        return now && now !== logWriter;
      } catch {
        return false; // one of its processes ended while we looked
      }
    });
    const answer = await insist(() => person.get("/api/v1/users/me", { min }), new Map());
    assertStatus(answer, 200);
    assert.equal(answer.json.bio, "promised");
  } finally {
    process.kill(projector, "SIGCONT");
  }
});

test("the projector is killed under load and folds nothing twice", async (context) => {
  const { seen, wishes } = await load(async () => {
    await pause(LOAD_BETWEEN_MS);
    await kill("orrery-projector", "SIGKILL");
  });
  assertClear(seen, context);
  await assertOneEffectEach(wishes);
  for (const person of people) assert.equal((await person.account()).version, 3 + person.changes);
});

test("a registration that meets a dead writer happens once when it is sent again", async () => {
  const seen = new Map();
  const wishes = Array.from({ length: 6 }, () => new Person(system, client));
  const registrations = wishes.map(async (person) => {
    const { email, password, name } = person;
    const body = { email, password, name, locale: "en", region: "GB" };
    const key = crypto.randomUUID();
    const answer = await insist(() => client.post("/api/v1/users", body, { key }), seen);
    assertStatus(answer, 202);
    person.position = answer.position;
  });
  await pause(100);
  await kill("orrery-writer", "SIGKILL");
  await Promise.all(registrations);
  for (const person of wishes) {
    await person.verify();
    await person.logIn();
    assert.equal(system.mails(person.email).length, 1);
  }
});

test("a stop drains, and a start goes on where it stopped", async () => {
  const { wishes } = await load(() => pause(LOAD_BETWEEN_MS));
  const head = Math.max(...wishes.flat().map(({ position }) => position));
  assert.equal(await system.down(), 0);
  await system.up();
  assert.ok((await system.events(head)).length >= 1);
  await assertOneEffectEach(wishes);
});

test("a day later mailed tokens are too old", async () => {
  const person = await Person.registered(system, client);
  const { token } = await system.mailOf(person.position);
  assert.equal(await system.down(), 0);
  await system.up(clockAhead(system.data, 25 * 60 * 60));
  const answer = await client.post("/api/v1/users/verification", { token });
  assert.equal(`${answer.status} ${answer.json.type}`, "422 urn:orrery:problem:token_invalid");
  assertStatus(await client.post("/api/v1/users/verification/requests", { email: person.email }), 202);
  const fresh = await system.mail(person.email, 2);
  assertStatus(await client.post("/api/v1/users/verification", { token: fresh.token }), 200);
});
