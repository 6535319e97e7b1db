// Read your writes: every command says its position, every question waits for one.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertProblem, assertStatus, Client, PASSWORD, Person } from "./client.mjs";
import { System } from "./system.mjs";

const ROUNDS = 25;
const PATIENCE_MS = 3000; // how long the service waits for a read model

let system, client, person, elsewhere;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  person = await Person.here(system, client);
  elsewhere = client.at((await system.api()).base);
});
after(() => system.release());

test("the account shows what was written just now, in every process", async () => {
  for (let i = 0; i < ROUNDS; i++) {
    const { position } = await person.patch("/api/v1/users/me/profile", { bio: `round ${i}` });
    assert.ok(position > 0);
    const asked = i % 2 ? client : elsewhere;
    const { json } = await asked.get("/api/v1/users/me", { token: person.token, min: position });
    assert.equal(json.bio, `round ${i}`);
  }
});

test("a profile shows what was written just now", async () => {
  for (let i = 0; i < ROUNDS; i++) {
    const { position } = await person.patch("/api/v1/users/me/profile", { name: `Round ${i}` });
    const { json } = await elsewhere.get(`/api/v1/users/${person.id}`, { token: person.token, min: position });
    assert.equal(json.name, `Round ${i}`);
  }
});

test("the list of sessions shows the login just now", async () => {
  for (let i = 0; i < 3; i++) {
    await person.logIn(`login ${i}`);
    const { json } = await elsewhere.get("/api/v1/sessions", { token: person.token, min: person.position });
    assert.equal(json.data[0].device, `login ${i}`);
  }
});

test("an export holds what was written just now", async () => {
  const { position } = await person.patch("/api/v1/users/me/profile", { bio: "exported" });
  const { json } = await elsewhere.get("/api/v1/users/me/export", { token: person.token, min: position });
  assert.equal(json.account.bio, "exported");
  assert.ok(json.events.some((event) => event.position === position && event.fields.bio === "exported"));
});

test("a list of people shows who registered just now", async () => {
  const admin = await (await Person.here(system, client)).become("admin");
  const name = `Zuse${Date.now()}`;
  const { position } = await Person.registered(system, client, { name });
  const { json } = await admin.get(`/api/v1/users?search=${name}`, { min: position });
  assert.deepEqual(
    json.data.map((found) => found.name),
    [name],
  );
});

test("a login waits for the verification it follows", async () => {
  for (let i = 0; i < 3; i++) {
    const fresh = await Person.verified(system, client);
    const { email, position } = fresh;
    const answer = await elsewhere.post("/api/v1/sessions", { email, password: PASSWORD }, { min: position });
    assertStatus(answer, 201);
  }
});

test("a position of the far future is a clear 503, after a bounded wait", async () => {
  const min = person.position + 1_000_000;
  const questions = ["/api/v1/users/me", `/api/v1/users/${person.id}`, "/api/v1/sessions", "/api/v1/users/me/export"];
  const begin = performance.now();
  const answers = await Promise.all(questions.map((path) => person.get(path, { min })));
  const took = performance.now() - begin;
  for (const answer of answers) {
    assertProblem(answer, 503, "timed_out");
    assert.equal(answer.headers.get("retry-after"), "1");
    assert.match(answer.json.detail, /X-Min-Position/);
  }
  assert.ok(took > PATIENCE_MS * 0.9 && took < PATIENCE_MS * 2, `${took} ms`);
});

test("a position that is no number is refused", async () => {
  for (const min of ["-1", "1.5", "0x10", "99999999999999999999999", "one"])
    assertProblem(await person.get("/api/v1/users/me", { min }), 400, "position_malformed");
});
