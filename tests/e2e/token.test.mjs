// Access tokens as any other service would check them: with `jose` and the published keys.
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT } from "jose";
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { after, before, test } from "node:test";
import { assertProblem, assertStatus, Client, Person } from "./client.mjs";
import { clockAhead } from "./clock.mjs";
import { eventually, System } from "./system.mjs";

let system, client, person, keys, rules;

before(async () => {
  system = await System.start(); // of its own: its keys are rotated
  client = await Client.of(system.base);
  person = await Person.here(system, client);
  keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", system.base), { cooldownDuration: 0 });
  const origin = system.settings.ORRERY_ORIGIN;
  rules = { issuer: origin, audience: origin, algorithms: ["EdDSA"] };
});
after(() => system.release());

test("an access token verifies against the published keys", async () => {
  const { payload, protectedHeader } = await jwtVerify(person.token, keys, rules);
  assert.equal(protectedHeader.alg, "EdDSA");
  assert.equal(payload.sub, person.id);
  assert.equal(payload.sid, person.session);
  assert.deepEqual(payload.roles, ["learner"]);
  assert.equal(payload.exp - payload.iat, 900);
  assert.ok(payload.jti);
});

test("a token with a changed claim, another key, or no signature is refused", async () => {
  const [header, payload, signature] = person.token.split(".");
  const claims = decodeJwt(person.token);
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const stranger = crypto.generateKeyPairSync("ed25519").privateKey;
  const signed = (key, alg, kid) => new SignJWT(claims).setProtectedHeader({ alg, typ: "JWT", kid }).sign(key);
  const { kid } = decodeProtectedHeader(person.token);
  const published = (await (await fetch(`${system.base}/.well-known/jwks.json`)).json()).keys[0].x;
  const forgeries = {
    "more roles": `${header}.${encode({ ...claims, roles: ["learner", "admin"] })}.${signature}`,
    "a later end": `${header}.${encode({ ...claims, exp: claims.exp + 1 })}.${signature}`,
    "a stranger's key": await signed(stranger, "EdDSA", kid),
    "an unknown key": await signed(stranger, "EdDSA", "A".repeat(43)),
    "the public key as a shared secret": await signed(Buffer.from(published, "base64url"), "HS256", kid),
    "no signature": `${encode({ alg: "none", typ: "JWT" })}.${payload}.`,
    "half a signature": `${header}.${payload}.${signature.slice(0, 40)}`,
    "a byte more": `${person.token}A`,
    nothing: "",
  };
  for (const [what, token] of Object.entries(forgeries)) {
    const answer = await client.get("/api/v1/users/me", { headers: { authorization: `Bearer ${token}` } });
    assert.equal(answer.status, 401, what);
    assert.equal(answer.headers.get("www-authenticate"), 'Bearer realm="orrery"', what);
  }
});

test("the scheme must be Bearer", async () => {
  const headers = { authorization: `Basic ${Buffer.from("ada:secret").toString("base64")}` };
  assertProblem(await client.get("/api/v1/users/me", { headers }), 401, "unknown_scheme");
});

test("a token ends after a quarter of an hour", async () => {
  const later = async (seconds) => client.at((await system.api(clockAhead(system.data, seconds))).base);
  const [soon, late] = [await later(880), await later(920)];
  assertStatus(await soon.get("/api/v1/users/me", { token: person.token }), 200);
  assertProblem(await late.get("/api/v1/users/me", { token: person.token }), 401, "token_refused");
});

test("a new key is published at once, signs a minute later, and the old one still verifies", async () => {
  const rotated = await system.orrery("keys", "rotate");
  assert.equal(rotated.code, 0, rotated.err);
  const old = person.token;
  const before = decodeProtectedHeader(old).kid;
  await eventually("the new key is published", async () => {
    const set = await (await fetch(`${system.base}/.well-known/jwks.json`)).json();
    return set.keys.length === 2 && set.keys[0].kid !== before;
  });
  await person.logIn();
  assert.equal(decodeProtectedHeader(person.token).kid, before);
  const later = client.at((await system.api(clockAhead(system.data, 61))).base);
  const { email, password } = person;
  const session = await later.post("/api/v1/sessions", { email, password });
  assertStatus(session, 201);
  const fresh = session.json.access_token;
  assert.notEqual(decodeProtectedHeader(fresh).kid, before);
  for (const token of [old, fresh]) {
    await jwtVerify(token, keys, rules);
    assertStatus(await later.get("/api/v1/users/me", { token }), 200);
  }
});
