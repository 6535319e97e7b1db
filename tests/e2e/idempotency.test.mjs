// A request may be sent twice: with the same Idempotency-Key it has one effect and one answer.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { after, before, test } from "node:test";
import { assertProblem, assertStatus, Client, PASSWORD, Person } from "./client.mjs";
import { eventually, System } from "./system.mjs";

let system, client;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
});
after(() => system.release());

const newKey = () => crypto.randomUUID();

function assertSameAnswer(first, second) {
  assert.equal(second.status, first.status, second.text);
  assert.deepEqual(second.json, first.json);
  assert.equal(second.position, first.position);
}

test("a command sent again gets its first answer again and happens once", async () => {
  const person = await Person.here(system, client);
  const key = newKey();
  const change = () => person.patch("/api/v1/users/me/profile", { bio: "once" }, { key });
  const first = await change();
  assertStatus(first, 200);
  const { version } = await person.account();
  assertSameAnswer(first, await change());
  assertStatus(await person.patch("/api/v1/users/me/profile", { bio: "later" }), 200);
  assertSameAnswer(first, await change());
  const account = await person.account();
  assert.equal(account.bio, "later");
  assert.equal(account.version, version + 1);
});

test("another request under the same key is refused", async () => {
  const person = await Person.here(system, client);
  const key = newKey();
  assertStatus(await person.patch("/api/v1/users/me/profile", { bio: "one" }, { key }), 200);
  const other = await person.patch("/api/v1/users/me/profile", { bio: "two" }, { key });
  assertProblem(other, 422, "command_id_reused");
  const elsewhere = await person.put("/api/v1/users/me/privacy", { audience: "nobody" }, { key });
  assertProblem(elsewhere, 422, "command_id_reused");
  const account = await person.account();
  assert.equal(account.bio, "one");
  assert.equal(account.audience, "members");
});

test("keys are each caller's own", async () => {
  const [one, other] = [await Person.here(system, client), await Person.here(system, client)];
  const key = newKey();
  assertStatus(await one.patch("/api/v1/users/me/profile", { bio: "one" }, { key }), 200);
  assertStatus(await other.patch("/api/v1/users/me/profile", { bio: "other" }, { key }), 200);
  assert.equal((await one.account()).bio, "one");
  assert.equal((await other.account()).bio, "other");
});

test("a login sent again gives the same session and the same refresh token", async () => {
  const person = await Person.verified(system, client);
  const key = newKey();
  const logIn = (given) => person.tryLogIn({ key }, { device: "one", ...given });
  const first = await logIn();
  assertStatus(first, 201);
  const second = await logIn();
  assertStatus(second, 201);
  assert.equal(second.json.session, first.json.session);
  assert.equal(second.json.refresh_token, first.json.refresh_token);
  assert.equal(second.position, first.position);
  person.take(second);
  assert.equal((await person.get("/api/v1/sessions")).json.data.length, 1);
  assertProblem(await logIn({ device: "another" }), 422, "command_id_reused");
  // The key opens nothing by itself.
  assertProblem(await logIn({ password: "wrong wrong wrong" }), 401, "credentials_wrong");
});

test("a refresh sent again under its key is no re-use", async () => {
  const person = await Person.here(system, client);
  const key = newKey();
  const refresh = (token) => client.post("/api/v1/sessions/refresh", { refresh_token: token }, { key });
  const first = await refresh(person.refresh);
  assertStatus(first, 200);
  const second = await refresh(person.refresh);
  assertStatus(second, 200);
  assert.equal(second.json.refresh_token, first.json.refresh_token);
  assertProblem(await refresh(first.json.refresh_token), 422, "command_id_reused");
  person.take(second);
  assertStatus(await person.get("/api/v1/users/me"), 200);
});

test("a registration sent again sends one mail", async () => {
  const person = new Person(system, client);
  const key = newKey();
  const register = (given = {}) =>
    client.post(
      "/api/v1/users",
      { email: person.email, password: PASSWORD, name: "Ada", locale: "en", region: "GB", ...given },
      { key },
    );
  const first = await register();
  assertStatus(first, 202);
  assertSameAnswer(first, await register());
  assertProblem(await register({ name: "Grace" }), 422, "command_id_reused");
  person.position = first.position;
  await person.verify();
  await person.logIn();
  const later = await Person.verified(system, client);
  await system.mail(later.email);
  assert.equal(system.mails(person.email).length, 1);
});

test("of clients that race with one key all get the one answer", async () => {
  const person = await Person.here(system, client);
  const key = newKey();
  const elsewhere = client.at((await system.api()).base);
  const before = (await person.account()).version;
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, i) =>
      (i % 2 ? client : elsewhere).patch("/api/v1/users/me/profile", { bio: "race" }, { key, token: person.token }),
    ),
  );
  for (const answer of answers) assertSameAnswer(answers[0], answer);
  assertStatus(answers[0], 200);
  person.position = answers[0].position;
  assert.equal((await person.account()).version, before + 1);
});

test("of clients that race with one key and different wishes one wins and the others learn it", async () => {
  const person = await Person.here(system, client);
  const key = newKey();
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) => person.patch("/api/v1/users/me/profile", { bio: `wish ${i}` }, { key })),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(7).fill(422)]);
  const winner = answers.findIndex(({ status }) => status === 200);
  assert.equal((await person.account()).bio, `wish ${winner}`);
});

test("a refusal under a key is not kept: the wish may succeed later", async () => {
  const person = await Person.here(system, client);
  const key = newKey();
  const etag = '"1"';
  const change = (match) => person.patch("/api/v1/users/me/profile", { bio: "at last" }, { key, match });
  assertProblem(await change(etag), 412, "precondition_failed");
  assertStatus(await change(undefined), 200);
  assert.equal((await person.account()).bio, "at last");
});

test("a malformed key is refused before anything happens", async () => {
  const person = await Person.here(system, client);
  const { version } = await person.account();
  for (const key of ["short", "with a blank", "x".repeat(129), "per%cent"])
    assertProblem(
      await person.patch("/api/v1/users/me/profile", { bio: "never" }, { key }),
      400,
      "idempotency_key_malformed",
    );
  assert.equal((await person.account()).version, version);
});

// Commands that end the caller's own token. Each is [what ends it, the wish].
const own = (person, role) => `/api/v1/users/${person.id}/roles/${role}`;
const endings = [
  ["a change of the password", (p, key) => p.put("/api/v1/users/me/password", passwords, { key })],
  ["a log-out", (p, key) => p.delete("/api/v1/sessions/current", { key })],
  ["the end of one session", (p, key) => p.delete(`/api/v1/sessions/${p.session}`, { key })],
  ["the end of all sessions", (p, key) => p.delete("/api/v1/sessions", { key })],
  ["an erasure", (p, key) => p.post("/api/v1/users/me/erase", { password: PASSWORD }, { key })],
  ["another role of one's own", (p, key) => p.put(own(p, "instructor"), undefined, { key }), "admin"],
];
const passwords = { current_password: PASSWORD, password: "another horse, another battery" };

async function revoked(person) {
  await eventually("the token is revoked", async () => (await person.get("/api/v1/users/me")).status === 401);
}

for (const [name, wish, role] of endings)
  test(`${name} sent again under its key brings the first answer, though it ended the token`, async () => {
    const person = await Person.here(system, client);
    if (role) await person.become(role);
    const key = newKey();
    const first = await wish(person, key);
    assertStatus(first, 200);
    assertSameAnswer(first, await wish(person, key)); // the token may still be good or not
    await revoked(person);
    assertSameAnswer(first, await wish(person, key));
    assertProblem(await wish(person, newKey()), 401, "token_revoked");
    assertProblem(await wish(person, undefined), 401, "token_revoked");
  });

test("a revoked token learns what it did and does nothing new", async () => {
  const person = await Person.here(system, client);
  const [before, over] = [newKey(), newKey()];
  const change = (bio, key) => person.patch("/api/v1/users/me/profile", { bio }, { key });
  const kept = await change("kept", before);
  assertStatus(kept, 200);
  assertStatus(await person.delete("/api/v1/sessions/current", { key: over }), 200);
  await revoked(person);
  const events = (await system.events()).length;
  assertSameAnswer(kept, await change("kept", before));
  for (const key of [before, over, newKey()]) assertProblem(await change("never", key), 401, "token_revoked");
  assertProblem(await person.get("/api/v1/sessions", { headers: { "idempotency-key": over } }), 401, "token_revoked");
  assertProblem(await client.post("/api/v1/sessions/refresh", { refresh_token: person.refresh }, { key: newKey(), token: person.token }), 401, "token_revoked");
  const another = await system.events();
  assert.equal(another.slice(events).filter((line) => JSON.stringify(line).includes(person.id)).length, 0);
});

test("a suspended person's token learns what it did and does nothing new", async () => {
  const person = await Person.here(system, client);
  const admin = await Person.here(system, client);
  await admin.become("admin");
  const key = newKey();
  const hide = (audience, key) => person.put("/api/v1/users/me/privacy", { audience }, { key });
  const first = await hide("nobody", key);
  assertStatus(first, 200);
  assertStatus(await admin.post(`/api/v1/users/${person.id}/suspension`, { reason: "test" }), 200);
  await revoked(person);
  assertSameAnswer(first, await hide("nobody", key));
  assertProblem(await hide("everyone", key), 401, "token_revoked");
  assertProblem(await hide("everyone", newKey()), 401, "token_revoked");
});
