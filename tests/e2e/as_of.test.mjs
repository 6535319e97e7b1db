// What was: one's own account as of a position or a time, with the same rights as today.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertProblem, assertStatus, Client, Person } from "./client.mjs";
import { System } from "./system.mjs";

let system, client, person;
const written = []; // {position, bio}

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  await Person.here(system, client); // somebody who came before
  person = await Person.here(system, client);
  for (let i = 0; i < 5; i++) {
    const { position } = await person.patch("/api/v1/users/me/profile", { bio: `bio ${i}`, name: `Name ${i}` });
    written.push({ position, bio: `bio ${i}`, name: `Name ${i}` });
  }
});
after(() => system.release());

function asked(as_of, more = {}) {
  return client.get(`/api/v1/users/me?as_of=${encodeURIComponent(as_of)}`, { token: person.token, ...more });
}

async function now(position) {
  return client.get("/api/v1/users/me", { token: person.token, min: position });
}

test("the account is shown as it was at each position", async () => {
  for (const { position, bio, name } of written) {
    const answer = await asked(position);
    assertStatus(answer, 200);
    assert.equal(answer.json.bio, bio);
    assert.equal(answer.json.name, name);
  }
  const between = await asked(written[2].position - 1);
  assert.equal(between.json.bio, "bio 1");
});

test("as of the last event it is the answer of today, version and all", async () => {
  const today = await now(written.at(-1).position);
  const then = await asked(written.at(-1).position);
  assert.deepEqual(then.json, today.json);
  assert.equal(then.headers.get("etag"), today.headers.get("etag"));
});

test("a time shows what was up to then", async () => {
  const events = await system.events(written[1].position);
  const event = events.find((one) => one.position === written[1].position);
  assert.equal((await asked(event.time)).json.bio, "bio 1");
  assertProblem(await asked("2020-01-01T00:00:00Z"), 404, "not_found");
});

test("before somebody came there is nobody, and what is to come is refused", async () => {
  assertProblem(await asked(1), 404, "not_found");
  assertProblem(await asked(1e12), 422, "invalid");
  assertProblem(await asked("yesterday"), 422, "invalid");
  assertProblem(await asked("0"), 422, "invalid");
});

test("it asks for the same rights, and is unknown elsewhere", async () => {
  assertProblem(await client.get(`/api/v1/users/me?as_of=${written[0].position}`), 401, "not_authenticated");
  const token = person.token;
  for (const path of ["/api/v1/sessions", `/api/v1/users/${person.id}`, "/api/v1/users/me/export"])
    assertProblem(await client.get(`${path}?as_of=${written[0].position}`, { token }), 422, "invalid");
});

test("asking about the past leaves nothing in PostgreSQL", async () => {
  await Promise.all(written.map(({ position }) => asked(position)));
  const { out, code } = await system.orrery("rebuild", "list", "--json");
  assert.equal(code, 0);
  assert.ok(!out.includes("past_"));
});

test("a position can be asked for as soon as an answer bears it", async () => {
  for (let i = 0; i < 10; i++) {
    const { position } = await person.patch("/api/v1/users/me/profile", { bio: `soon ${i}` });
    assert.equal((await asked(position)).json.bio, `soon ${i}`);
  }
});
