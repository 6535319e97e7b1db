// Nobody learns from us who has an account: neither from an answer, nor from its headers, nor, roughly, from its time.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertStatus, Client, PASSWORD, Person, unusedEmail } from "./client.mjs";
import { System } from "./system.mjs";

const SAMPLES = 7;
const APART_MS = 25; // hashing a password takes at least twice as long

let system, client, verified, unverified;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  const people = (make) => Promise.all(Array.from({ length: SAMPLES }, async () => (await make(system, client)).email));
  [verified, unverified] = await Promise.all([people(Person.verified), people(Person.registered)]);
});
after(() => system.release());

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
  const times = { known: [], unknown: [] };
  const faces = { known: [], unknown: [] };
  for (let i = 0; i < known.length; i++)
    for (const [kind, emails] of Object.entries({ known, unknown })) {
      const begin = performance.now();
      const answer = await ask(emails[i]);
      times[kind].push(performance.now() - begin);
      faces[kind].push(face(answer));
    }
  assert.deepEqual(faces.known, faces.unknown);
  // The least time is what the work takes; everything above it is what else the machine did.
  const [least, other] = [Math.min(...times.known), Math.min(...times.unknown)];
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
