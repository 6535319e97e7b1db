// A person's way through their account, from registration on.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertProblem, assertStatus, Client, PASSWORD, Person, unusedEmail } from "./client.mjs";
import { System } from "./system.mjs";

let system, client;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
});
after(() => system.release());

test("a registration opens by the mailed token and not before", async () => {
  const person = await Person.registered(system, client, { name: "Émilie du Châtelet" });
  assertProblem(await person.tryLogIn(), 401, "credentials_wrong");
  const mail = await system.mail(person.email);
  assert.match(mail.text, /Hello Émilie du Châtelet,/);
  await person.verify();
  await person.logIn();
  const account = await person.account();
  assert.equal(account.user, person.id);
  assert.equal(account.email, person.email);
  assert.equal(account.name, "Émilie du Châtelet");
  assert.equal(account.email_verified, true);
  assert.equal(account.locale, "en-GB");
  assert.deepEqual(account.roles, ["learner"]);
  assert.equal(account.audience, "members");
  assert.deepEqual(account.wallets, []);
});

test("a verification link followed twice succeeds twice, and a made-up one does not", async () => {
  const person = await Person.verified(system, client);
  const { token } = await system.mail(person.email);
  assertStatus(await client.post("/api/v1/users/verification", { token }), 200);
  const forged = token.slice(0, -4) + (token.endsWith("AAAA") ? "BBBB" : "AAAA");
  assertProblem(await client.post("/api/v1/users/verification", { token: forged }), 422, "token_invalid");
});

test("the e-mail address is known whatever the case of its letters", async () => {
  const person = await Person.verified(system, client);
  assertStatus(await person.tryLogIn({}, { email: person.email.toUpperCase() }), 201);
});

test("a profile changes member by member, and null or an empty text clears", async () => {
  const person = await Person.here(system, client);
  const change = (json) => person.patch("/api/v1/users/me/profile", json);
  assertStatus(
    await change({
      bio: "First programmer.\nOf a machine\tthat was not built.",
      pronouns: "she/her",
      time_zone: "Europe/London",
      avatar_url: "https://example.edu/ada.png",
    }),
    200,
  );
  const account = await person.account();
  assert.equal(account.bio, "First programmer.\nOf a machine\tthat was not built.");
  assert.equal(account.time_zone, "Europe/London");
  assert.equal(account.name, person.name);
  assertStatus(await change({ bio: "", pronouns: null, name: "Ada King 🦢" }), 200);
  const later = await person.account();
  assert.equal(later.bio || "", "");
  assert.equal(later.pronouns || "", "");
  assert.equal(later.name, "Ada King 🦢");
  assert.equal(later.avatar_url, "https://example.edu/ada.png");
});

test("If-None-Match spares what is known, If-Match protects from what is not", async () => {
  const person = await Person.here(system, client);
  const first = await person.get("/api/v1/users/me");
  const etag = first.headers.get("etag");
  assert.equal(etag, `"${first.json.version}"`);
  const unchanged = await person.get("/api/v1/users/me", { unless: etag });
  assertStatus(unchanged, 304);
  assert.equal(unchanged.headers.get("etag"), etag);
  assertStatus(await person.get("/api/v1/users/me", { unless: '"1"' }), 200);

  const changed = await person.patch("/api/v1/users/me/profile", { bio: "one" }, { match: etag });
  assertStatus(changed, 200);
  const stale = await person.patch("/api/v1/users/me/profile", { bio: "two" }, { match: etag });
  assertProblem(stale, 412, "precondition_failed");
  assert.equal((await person.account()).bio, "one");
  const fresh = await person.get("/api/v1/users/me", { unless: etag });
  assertStatus(fresh, 200);
  assert.equal(fresh.headers.get("etag"), changed.headers.get("etag"));
});

test("of clients that change the same version, one wins", async () => {
  const person = await Person.here(system, client);
  const etag = (await person.get("/api/v1/users/me")).headers.get("etag");
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      person.patch("/api/v1/users/me/profile", { bio: `client ${i}` }, { match: etag }),
    ),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(7).fill(412)]);
  const winner = answers.findIndex(({ status }) => status === 200);
  assert.equal((await person.account()).bio, `client ${winner}`);
});

test("preferences are kept", async () => {
  const person = await Person.here(system, client);
  const wishes = {
    theme: "dark",
    language: "de-CH",
    reduced_motion: true,
    captions: true,
    notifications: [
      { kind: "course", channel: "mail", on: false },
      { kind: "project", channel: "push", on: true },
    ],
  };
  assertStatus(await person.patch("/api/v1/users/me/preferences", wishes), 200);
  assert.deepEqual((await person.account()).preferences, wishes);
  assertStatus(await person.patch("/api/v1/users/me/preferences", { captions: false }), 200);
  assert.deepEqual((await person.account()).preferences, { ...wishes, captions: false });
});

test("the audience decides who sees the profile", async () => {
  const person = await Person.here(system, client, { name: "Mary Somerville" });
  const other = await Person.here(system, client);
  await person.patch("/api/v1/users/me/profile", { bio: "Connexion", avatar_url: "https://example.edu/m.png" });
  const seen = { everyone: [200, 200], members: [404, 200], nobody: [404, 404] };
  for (const [audience, [byNobody, byMember]] of Object.entries(seen)) {
    assertStatus(await person.put("/api/v1/users/me/privacy", { audience }), 200);
    const path = `/api/v1/users/${person.id}`;
    const min = person.position;
    assertStatus(await client.get(path, { min }), byNobody);
    assertStatus(await other.get(path, { min }), byMember);
    const own = await person.get(path);
    assertStatus(own, 200);
    assert.equal(own.json.bio, "Connexion");
    assert.equal("email" in own.json, false);
  }
  const missing = await client.get("/api/v1/users/01890000-0000-7000-8000-000000000000");
  const hidden = await client.get(`/api/v1/users/${person.id}`, { min: person.position });
  assertProblem(hidden, 404, "user_unknown");
  assert.deepEqual({ ...hidden.json, instance: "" }, { ...missing.json, instance: "" });
});

test("a changed password ends every session and serves from then on", async () => {
  const person = await Person.here(system, client);
  const password = "another long password";
  const wrong = await person.put("/api/v1/users/me/password", { current_password: "not this one", password });
  assertProblem(wrong, 403, "password_wrong");
  const changed = await person.put("/api/v1/users/me/password", { current_password: PASSWORD, password });
  assertStatus(changed, 200);
  assertProblem(await client.post("/api/v1/sessions/refresh", { refresh_token: person.refresh }), 401, "session_over");
  assertProblem(await person.tryLogIn(), 401, "credentials_wrong");
  person.password = password;
  await person.logIn();
  assert.equal((await system.mail(person.email, 2)).subject, "Your password was changed");
});

test("a forgotten password is set anew by the mailed token, once", async () => {
  const person = await Person.here(system, client);
  assertStatus(await client.post("/api/v1/users/password/requests", { email: person.email }), 202);
  const mail = await system.mail(person.email, 2);
  assert.equal(mail.subject, "Set a new password");
  const password = "a password to remember";
  const reset = await client.post("/api/v1/users/password", { token: mail.token, password });
  assertStatus(reset, 200);
  person.position = reset.position;
  assertProblem(await client.post("/api/v1/sessions/refresh", { refresh_token: person.refresh }), 401, "session_over");
  const again = await client.post("/api/v1/users/password", { token: mail.token, password: "yet another password" });
  assertProblem(again, 422, "token_invalid");
  assertProblem(await person.tryLogIn(), 401, "credentials_wrong");
  person.password = password;
  await person.logIn();
});

test("an e-mail address changes when the new one confirms", async () => {
  const person = await Person.here(system, client);
  const email = unusedEmail("new");
  const wish = (given) => person.post("/api/v1/users/me/email", { email, password: PASSWORD, ...given });
  assertProblem(await wish({ password: "wrong wrong wrong" }), 403, "password_wrong");
  assertStatus(await wish(), 202);
  assert.equal((await person.account()).email, person.email);
  const { token } = await system.mail(email);
  const confirmed = await client.post("/api/v1/users/email/confirmation", { token });
  assertStatus(confirmed, 200);
  const old = person.email;
  person.email = email;
  person.position = confirmed.position;
  assert.equal((await person.account()).email, email);
  await person.logIn();
  assertProblem(await person.tryLogIn({}, { email: old }), 401, "credentials_wrong");
  assertProblem(await client.post("/api/v1/users/email/confirmation", { token }), 422, "token_invalid");
  // The old address is free again.
  await Person.here(system, client, { email: old });
});

test("an address that somebody took meanwhile is not given to another", async () => {
  const person = await Person.here(system, client);
  const email = unusedEmail("wanted");
  assertStatus(await person.post("/api/v1/users/me/email", { email, password: PASSWORD }), 202);
  const { token } = await system.mail(email);
  const other = await Person.registered(system, client, { email });
  assertProblem(await client.post("/api/v1/users/email/confirmation", { token }), 409, "email_taken");
  assert.equal((await person.account()).email, person.email);
  await other.verify();
  await other.logIn();
});

test("a repeated registration tells the owner by mail and nobody else", async () => {
  const person = await Person.verified(system, client);
  const again = new Person(system, client, { email: person.email, password: "somebody else's", name: "Mallory" });
  await again.register();
  const mail = await system.mail(person.email, 2);
  assert.equal(mail.subject, "You have an account already");
  assert.equal(mail.token, undefined);
  assertProblem(await again.tryLogIn(), 401, "credentials_wrong");
  await person.logIn();
  assert.equal((await person.account()).name, person.name);
});

test("of those who register one address at the same time one gets the account", async () => {
  const email = unusedEmail("wanted-by-many");
  const many = Array.from({ length: 5 }, (_, i) => new Person(system, client, { email, name: `Candidate ${i}` }));
  await Promise.all(many.map((person) => person.register()));
  await system.mail(email, many.length);
  const mails = system.mails(email);
  assert.equal(mails.length, many.length);
  const [welcome, ...others] = mails;
  assert.equal(welcome.subject, "Confirm your e-mail address");
  for (const mail of others) assert.equal(mail.subject, "You have an account already");
  const verified = await client.post("/api/v1/users/verification", { token: welcome.token });
  assertStatus(verified, 200);
  assertStatus(await many[0].tryLogIn({ min: verified.position }), 201);
});

test("a fresh verification mail replaces the first and comes no more often than once a minute", async () => {
  const person = await Person.registered(system, client);
  const ask = () => client.post("/api/v1/users/verification/requests", { email: person.email });
  const first = await system.mail(person.email);
  assertStatus(await ask(), 202);
  const second = await system.mail(person.email, 2);
  assert.notEqual(second.token, first.token);
  assertStatus(await ask(), 202);
  const old = await client.post("/api/v1/users/verification", { token: first.token });
  assertProblem(old, 422, "token_invalid");
  const verified = await client.post("/api/v1/users/verification", { token: second.token });
  assertStatus(verified, 200);
  person.position = verified.position;
  await person.logIn();
  // Mails are written in the order of their events, so a third one would lie before that of a later person.
  const later = await Person.verified(system, client);
  await system.mail(later.email);
  assert.equal(system.mails(person.email).length, 2);
});

test("wishes for mail to unknown addresses are taken and send nothing", async () => {
  const email = unusedEmail("nobody");
  assertStatus(await client.post("/api/v1/users/password/requests", { email }), 202);
  assertStatus(await client.post("/api/v1/users/verification/requests", { email }), 202);
  const later = await Person.verified(system, client);
  await system.mail(later.email);
  assert.equal(system.mails(email).length, 0);
});
