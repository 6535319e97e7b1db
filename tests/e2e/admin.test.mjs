// What administrators do: roles, suspension, and finding people while people come and go.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { after, before, test } from "node:test";
import { assertProblem, assertStatus, Client, Person } from "./client.mjs";
import { eventually, System } from "./system.mjs";

let system, client, admin;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  admin = await (await Person.here(system, client, { name: "The administrator" })).become("admin");
});
after(() => system.release());

const act = async (method, path, json) => {
  const answer = await admin.send(method, path, { json });
  assertStatus(answer, 200);
  return answer;
};

test("the operator makes the first administrator", async () => {
  const person = await Person.here(system, client);
  assertProblem(await person.get("/api/v1/users"), 403, "not_permitted");
  await person.become("admin");
  assertStatus(await person.get("/api/v1/users"), 200);
  assert.deepEqual((await person.account()).roles.sort(), ["admin", "learner"]);
});

test("a role is granted and taken, and tokens from before are over at once", async () => {
  const person = await Person.here(system, client);
  const role = `/api/v1/users/${person.id}/roles/instructor`;
  await act("PUT", role);
  await act("PUT", role); // has it already: done
  await eventually("the old token is over", async () => (await person.get("/api/v1/users/me")).status === 401, 1000);
  person.take(
    await client.post("/api/v1/sessions/refresh", { refresh_token: person.refresh }, { min: admin.position }),
  );
  person.position = admin.position;
  assert.deepEqual((await person.account()).roles.sort(), ["instructor", "learner"]);
  await act("DELETE", role);
  await eventually("the old token is over", async () => (await person.get("/api/v1/users/me")).status === 401, 1000);
  person.take(
    await client.post("/api/v1/sessions/refresh", { refresh_token: person.refresh }, { min: admin.position }),
  );
  assert.deepEqual((await person.account()).roles, ["learner"]);
});

test("everybody stays a learner, and an administrator keeps the role", async () => {
  const person = await Person.here(system, client);
  assertProblem(await admin.delete(`/api/v1/users/${person.id}/roles/learner`), 409, "role_fixed");
  assertProblem(await admin.delete(`/api/v1/users/${admin.id}/roles/admin`), 409, "role_fixed");
  const nobody = "01890000-0000-7000-8000-000000000000";
  assertProblem(await admin.put(`/api/v1/users/${nobody}/roles/instructor`), 404, "user_unknown");
  assertStatus(await admin.put(`/api/v1/users/${person.id}/roles/emperor`), 404);
});

test("a suspended person is out everywhere at once, and back when restored", async () => {
  const person = await Person.here(system, client);
  const elsewhere = client.at((await system.api()).base);
  const path = `/api/v1/users/${person.id}/suspension`;
  assertStatus(await elsewhere.get("/api/v1/users/me", { token: person.token }), 200);
  await act("POST", path, { reason: "Spam\nand worse" });
  await eventually(
    "the token is over in the other process",
    async () => (await elsewhere.get("/api/v1/users/me", { token: person.token })).status === 401,
    1000,
  );
  const refresh = { refresh_token: person.refresh };
  assertProblem(await client.post("/api/v1/sessions/refresh", refresh), 401, "session_over");
  assertProblem(await person.tryLogIn({ min: admin.position }), 403, "account_closed");
  assertProblem(await person.tryLogIn({}, { password: "wrong wrong wrong" }), 401, "credentials_wrong");
  assert.equal((await system.mail(person.email, 2)).subject, "Your account is suspended");
  await act("POST", path, { reason: "again" });
  await act("DELETE", path);
  person.position = admin.position;
  await person.logIn();
  assert.equal((await person.account()).suspended, false);
  assertProblem(await admin.post(`/api/v1/users/${admin.id}/suspension`, { reason: "me" }), 409, "self_suspension");
});

test("people are found by the beginning of any word of their name, whatever its case, and by role", async () => {
  const word = `Xq${crypto.randomBytes(4).toString("hex")}`;
  const ada = await Person.registered(system, client, { name: `Ada ${word} Byron-Lovelace` });
  const other = await Person.registered(system, client, { name: `${word}ia Ångström` });
  const min = other.position;
  const found = async (query) => {
    const answer = await admin.get(`/api/v1/users?${new URLSearchParams(query)}`, { min });
    assertStatus(answer, 200);
    return answer.json.data.map(({ email }) => email).filter((email) => [ada.email, other.email].includes(email));
  };
  assert.deepEqual(await found({ search: word }), [other.email, ada.email]);
  assert.deepEqual(await found({ search: word.toUpperCase() }), [other.email, ada.email]);
  assert.deepEqual(await found({ search: `${word} byr` }), [ada.email]);
  assert.deepEqual(await found({ search: `${word}IA Å` }), [other.email]);
  assert.deepEqual(await found({ search: word.slice(1) }), []);
  assert.deepEqual(await found({ search: word, role: "learner" }), [other.email, ada.email]);
  assert.deepEqual(await found({ search: word, role: "admin" }), []);
  for (const search of ["%", "_", "'", "\\", "100%"]) assert.deepEqual(await found({ search }), []);
  assertProblem(await admin.get("/api/v1/users?role=emperor"), 422, "invalid");
});

// Numbers from a seed, so that a run that failed can be run again (mulberry32).
function randomFrom(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

test("while people come and change, the pages of a list lose nobody and show nobody twice", async (context) => {
  const seed = Number(process.env.ORRERY_E2E_SEED ?? crypto.randomInt(2 ** 31));
  context.diagnostic(`ORRERY_E2E_SEED=${seed}`);
  const random = randomFrom(seed);
  const word = `Pq${crypto.randomBytes(4).toString("hex")}`;
  const join = (i) => Person.registered(system, client, { name: `Person ${i} ${word}` });
  const here = await Promise.all(Array.from({ length: 24 }, (_, i) => join(i)));
  const writer = await Person.here(system, client, { name: `Writer ${word}` });
  const expected = new Set([...here, writer].map(({ email }) => email));
  let writing = true;
  const writes = (async () => {
    for (let i = 0; writing; i++) {
      if (i % 4 === 0) await join(`late ${i}`);
      else await writer.patch("/api/v1/users/me/profile", { bio: `change ${i}` });
    }
  })();
  try {
    for (let round = 0; round < 12; round++) {
      const seen = await walk(word, () => 1 + Math.floor(random() * 7), random);
      assert.equal(new Set(seen).size, seen.length, "somebody was shown twice");
      const lost = [...expected].filter((email) => !seen.includes(email));
      assert.deepEqual(lost, [], "somebody was lost");
    }
  } finally {
    writing = false;
    await writes;
  }
});

async function walk(search, size, random) {
  const min = admin.position;
  const seen = [];
  let cursor;
  do {
    const query = new URLSearchParams({ search, limit: size(), ...(cursor && { cursor }) });
    const answer = await admin.get(`/api/v1/users?${query}`, { min });
    assertStatus(answer, 200);
    assert.ok(answer.json.data.length <= Number(query.get("limit")));
    seen.push(...answer.json.data.map(({ email }) => email));
    cursor = answer.json.next;
    if (random() < 0.3) await new Promise(setImmediate);
  } while (cursor);
  return seen;
}
