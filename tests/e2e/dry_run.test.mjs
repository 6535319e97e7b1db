// A command can be tried out: everything is checked and decided, and nothing is kept.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { after, before, test } from "node:test";
import { assertProblem, assertStatus, Client, Person } from "./client.mjs";
import { System } from "./system.mjs";

const PROFILE = "/api/v1/users/me/profile";
const headers = { prefer: "dry-run" };

let system, client;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
});
after(() => system.release());

function assertTried(answer, events) {
  assertStatus(answer, 200);
  assert.equal(answer.headers.get("preference-applied"), "dry-run");
  assert.deepEqual(answer.json, { dry_run: true, events });
  assert.equal(answer.headers.get("x-position"), null);
}

test("a dry run says what would happen, and it does not", async () => {
  const person = await Person.here(system, client);
  const before = await person.account();
  assertTried(await person.patch(PROFILE, { bio: "tried" }, { headers }), ["profile_changed"]);
  assertTried(await person.patch(PROFILE, { bio: before.bio }, { headers }), []);
  assertTried(await person.delete("/api/v1/sessions", { headers }), ["sessions_revoked"]);
  assertTried(await person.patch(PROFILE, { bio: "x" }, { headers: { prefer: "wait=5 , dry-run" } }), ["profile_changed"]);
  assert.deepEqual(await person.account(), before);
  const { json } = await person.get("/api/v1/users/me/export");
  assert.equal(json.events.filter(({ event }) => event === "profile_changed").length, 0);
});

test("what would be refused is refused, by the same words", async () => {
  const person = await Person.here(system, client);
  const session = "/api/v1/sessions/01890000-0000-7000-8000-000000000000";
  assertProblem(await person.delete(session, { headers }), 404, "session_unknown");
  assertProblem(await person.patch(PROFILE, { bio: 1 }, { headers }), 422, "invalid");
  assertProblem(await client.patch(PROFILE, { bio: "x" }, { headers }), 401, "not_authenticated");
  assertProblem(await person.patch(PROFILE, { bio: "x" }, { headers, match: '"99"' }), 412, "precondition_failed");
});

test("a dry run uses no key up, and under one that is used brings the first answer", async () => {
  const person = await Person.here(system, client);
  const key = crypto.randomUUID();
  const change = (options) => person.patch(PROFILE, { bio: "once" }, { key, ...options });
  assertTried(await change({ headers }), ["profile_changed"]);
  const kept = await change();
  assertStatus(kept, 200);
  const again = await change({ headers });
  assert.equal(again.position, kept.position);
  assert.deepEqual(again.json, kept.json);
  assert.equal(again.headers.get("preference-applied"), null);
});

test("what does more than decide is not tried out, nor done", async () => {
  const person = await Person.verified(system, client);
  const { email, password } = person;
  const refused = async (method, path, json) =>
    assertProblem(await client.send(method, path, { json, headers, token: person.token }), 400, "no_dry_run");
  await refused("POST", "/api/v1/sessions", { email, password });
  await refused("POST", "/api/v1/users/password/requests", { email });
  await refused("POST", "/api/v1/users", { email: `x${email}`, password, name: "X", locale: "en", region: "GB" });
  await person.logIn();
  await refused("POST", "/api/v1/users/me/erase", { password });
  await person.account();
});

test("the preference is known in every spelling, and takes no value", async () => {
  const person = await Person.here(system, client);
  const prefer = (value) => person.patch(PROFILE, { bio: "b" }, { headers: { prefer: value } });
  for (const value of ["respond-async, Dry-Run ; x=1", 'wait=5 , dry-run=""', "wait=5,\tdry-run"])
    assertTried(await prefer(value), ["profile_changed"]);
  for (const value of ["dry-run=true", "dry-run=false"])
    assertProblem(await prefer(value), 400, "preference_malformed");
  assert.equal((await person.account()).bio ?? "", "");
});

test("who prefers something else gets what they asked for", async () => {
  const person = await Person.here(system, client);
  for (const prefer of ["respond-async", "dry-run-not", ",;=,", "wait; dry-run", "x=dry-run"]) {
    const answer = await person.patch(PROFILE, { bio: prefer }, { headers: { prefer } });
    assertStatus(answer, 200);
    assert.ok(answer.position > 0);
  }
  assert.equal((await person.account()).bio, "x=dry-run");
});
