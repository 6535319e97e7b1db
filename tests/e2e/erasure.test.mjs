// Taking one's data along, and being forgotten: afterwards the raw files are searched for every byte of the person.
import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, test } from "node:test";
import { assertProblem, assertStatus, Client, PASSWORD, Person, unusedEmail } from "./client.mjs";
import { eventually, System } from "./system.mjs";
import { Wallet } from "./wallet.mjs";

let system, client, admin, person, wallet, exported;
const secrets = new Map(); // what must not be found, by what it is

before(async () => {
  system = await System.start(); // of its own: it is stopped and its files are read
  client = await Client.of(system.base);
  admin = await (await Person.here(system, client, { name: "Somebody Else" })).become("admin");
});
after(() => system.release());

// Leaves a trace in every place that takes one.
async function live() {
  person = await Person.here(system, client, { email: unusedEmail("forgetme"), name: "Wilhelmina Vanishing" });
  secrets.set("name", "Wilhelmina").set("surname", "Vanishing").set("e-mail", person.email);
  secrets.set("verification token", (await system.mail(person.email)).token);
  secrets.set("first refresh token", person.refresh).set("first access token", person.token);
  await person.logIn("Wilhelmina's unmistakable telephone");
  secrets.set("device", "unmistakable telephone");
  const bio = "An unforgettable biography of somebody";
  const profile = { bio, pronouns: "zephyr/zephyrs", avatar_url: "https://example.edu/portrait-of-w.png" };
  assertStatus(await person.patch("/api/v1/users/me/profile", profile), 200);
  assertStatus(await person.patch("/api/v1/users/me/profile", { name: "Minna Vanquished" }), 200);
  secrets.set("biography", "unforgettable biography").set("pronouns", "zephyr").set("picture", "portrait-of-w");
  secrets.set("second name", "Minna").set("second surname", "Vanquished");
  wallet = new Wallet();
  const challenge = await person.post("/api/v1/users/me/wallets/challenge", { address: wallet.address });
  assertStatus(await person.post("/api/v1/users/me/wallets", wallet.answer(challenge.json)), 201);
  secrets.set("wallet", wallet.address);
  const email = unusedEmail("forgetme-later");
  assertStatus(await person.post("/api/v1/users/me/email", { email, password: PASSWORD }), 202);
  const { token } = await system.mail(email);
  assertStatus(await client.post("/api/v1/users/email/confirmation", { token }), 200);
  secrets.set("second e-mail", email).set("confirmation token", token);
  person.email = email;
  assertStatus(await client.post("/api/v1/users/password/requests", { email }), 202);
  const reset = await eventually("the reset mail", () =>
    system.mails(email).find(({ subject }) => subject === "Set a new password"),
  );
  secrets.set("reset token", reset.token);
  const work = { title: "Zanzibarpendulum", summary: "quixoticswing", body: "an umbrageousbob", language: "en" };
  const { json: made } = await person.post("/api/v1/projects", work);
  const project = `/api/v1/projects/${made.id}`;
  assertStatus(await person.put(`${project}/visibility`, { visibility: "public" }), 200);
  assertStatus(await person.post(`${project}/comments`, { text: "a marginalremark" }), 201);
  assertStatus(await person.post(`${project}/reports`, { reason: "selfaccusation" }), 200);
  const { json: found } = await person.get("/api/v1/projects?search=quixoticswing");
  assert.equal(found.data.length, 1);
  secrets.set("project's title", "anzibarpendulum").set("project's summary", "quixoticswing");
  secrets.set("project's text", "umbrageousbob").set("comment", "marginalremark").set("report", "selfaccusation");
  const suspension = `/api/v1/users/${person.id}/suspension`;
  assertStatus(await admin.post(suspension, { reason: "an inexcusable suspicion" }), 200);
  assertStatus(await admin.delete(suspension), 200);
  secrets.set("reason", "inexcusable suspicion");
  person.position = admin.position;
  await person.logIn("a device at last");
  assertStatus(await admin.get("/api/v1/users?search=Minna", { min: person.position }), 200);
}

test("an export holds the account and every event of it, opened, without secrets", async () => {
  await live();
  const answer = await person.get("/api/v1/users/me/export");
  assertStatus(answer, 200);
  exported = answer.json;
  assert.equal(exported.account.email, person.email);
  assert.equal(exported.account.name, "Minna Vanquished");
  const events = exported.events.map(({ event }) => event);
  assert.equal(events[0], "user_registered");
  for (const event of ["email_verified", "session_started", "profile_changed", "wallet_linked", "email_changed"])
    assert.ok(events.includes(event), event);
  assert.ok(answer.text.includes("unforgettable biography") && answer.text.includes(wallet.address));
  for (const word of ["Zanzibarpendulum", "umbrageousbob", "marginalremark", "selfaccusation"])
    assert.ok(answer.text.includes(word), word);
  assert.ok(answer.text.includes("an inexcusable suspicion"), "the reason of a suspension is the person's to know");
  assert.ok(!answer.text.includes("$argon2id$"), "a password hash has no place in an export");
  const positions = exported.events.map(({ position }) => position);
  assert.deepEqual(
    positions,
    [...positions].sort((a, b) => a - b),
  );
});

test("the person is all over the place before: in mails, and for whoever has the keys", async () => {
  const { out } = await system.orrery("audit", "log", "--json", "--unseal", "--offline");
  for (const [what, text] of secrets)
    if (!/token/.test(what)) assert.ok(out.includes(text), `${what} is not in the opened log`);
  const { out: sealed } = await system.orrery("events");
  for (const [what, text] of secrets) assert.ok(!sealed.includes(text), `${what} is in the sealed log`);
  assert.ok(system.mails(person.email).length > 0);
});

test("an erasure wants the password, and then answers with its position", async () => {
  const wrong = await person.post("/api/v1/users/me/erase", { password: "wrong wrong wrong" });
  assertProblem(wrong, 403, "password_wrong");
  const erased = await person.post("/api/v1/users/me/erase", { password: PASSWORD });
  assertStatus(erased, 200);
  assert.equal(erased.json.user, person.id);
  assert.equal(erased.json.position, erased.position);
  const [event] = await system.events(erased.position);
  assert.equal(event.event, "user_erased");
});

test("whoever was erased is nowhere to be found", async () => {
  const { position, token, refresh, id } = person;
  assertProblem(await client.get("/api/v1/users/me", { token, min: position }), 401, "token_revoked");
  const again = await client.post("/api/v1/sessions/refresh", { refresh_token: refresh });
  assertProblem(again, 401, "session_over");
  assertProblem(await person.tryLogIn(), 401, "credentials_wrong");
  const { json } = await client.post("/api/v1/sessions/wallet/challenge", { address: wallet.address });
  assertProblem(await client.post("/api/v1/sessions/wallet", wallet.answer(json)), 401, "credentials_wrong");
  const reset = { token: secrets.get("reset token"), password: PASSWORD };
  assertProblem(await client.post("/api/v1/users/password", reset), 422, "token_invalid");
  assertProblem(await admin.get(`/api/v1/users/${id}`, { min: position }), 404, "user_unknown");
  assertProblem(await admin.put(`/api/v1/users/${id}/roles/instructor`), 404, "user_unknown");
  const found = await admin.get("/api/v1/users?search=Minna", { min: position });
  assert.deepEqual(found.json.data, []);
  assert.equal((await system.orrery("grant", "instructor", person.email)).code, 1);
});

test("the address and the wallet are free for others", async () => {
  const other = await Person.here(system, client, { email: unusedEmail("other"), name: "Another Person" });
  const challenge = await other.post("/api/v1/users/me/wallets/challenge", { address: wallet.address });
  assertStatus(await other.post("/api/v1/users/me/wallets", wallet.answer(challenge.json)), 201);
  assertStatus(await other.delete(`/api/v1/users/me/wallets/${wallet.address}`), 200);
  assertStatus(await other.post("/api/v1/users/me/erase", { password: PASSWORD }), 200);
});

// PostgreSQL purges on its own time, a moment after the answer.
function traces() {
  const found = [];
  for (const file of system.files()) {
    let bytes;
    try {
      bytes = fs.readFileSync(file);
    } catch (error) {
      if (error.code === "ENOENT") continue;
      throw error;
    }
    for (const [what, text] of secrets)
      for (const [form, needle] of forms(text)) if (bytes.includes(needle)) found.push(`${what}${form} in ${file}`);
  }
  return found;
}

function forms(text) {
  const forms = [["", Buffer.from(text)]];
  if (text.toLowerCase() !== text) forms.push([" in small letters", Buffer.from(text.toLowerCase())]);
  forms.push(
    [" as UTF-16", Buffer.from(text, "utf16le")],
    [" in hexadecimal", Buffer.from(Buffer.from(text).toString("hex"))],
  );
  return forms;
}

test("no byte of the person is left in any file, while everything runs", async () => {
  // Nobody's password or its hash ever lies in a file in the clear.
  secrets.set("password", PASSWORD).set("password hash", "$argon2id$");
  await eventually("every trace is gone", () => traces().length === 0, 10_000).catch(() => undefined);
  assert.deepEqual(traces(), []);
});

test("nor after a stop, nor after a restart that folds and reads everything again", async () => {
  assert.equal(await system.down(), 0);
  assert.deepEqual(traces(), []);
  await system.up();
  const found = await admin.get("/api/v1/users?search=Minna", { min: 1 });
  assert.deepEqual(found.json.data, []);
  assert.deepEqual(traces(), []);
});

test("the journal of decisions is among the files, and nothing in it was decided otherwise", async () => {
  assert.ok(system.files().some((file) => file.endsWith("/journal/data.mdb")));
  const { code, out, err } = await system.orrery("audit", "replay", "--json");
  assert.equal(code, 0, out + err);
  const lines = out
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  assert.ok(lines.at(-1).decided > 20, out);
  assert.ok(lines.slice(1, -1).every(({ change }) => change === "unknown"));
  assert.ok(lines.some(({ now_sentence: sentence }) => sentence?.includes("somebody who was erased")));
  for (const [what, text] of secrets) assert.ok(!out.includes(text), what);
});

test("the search does find what is there", () => {
  secrets.clear();
  secrets.set("the name of somebody who was not erased", "Somebody Else");
  assert.notEqual(traces().length, 0);
});

test("the proof stays: every position is still in the log, and the erased person's texts say so", async () => {
  const events = await system.events();
  events.forEach(({ position }, i) => assert.equal(position, i + 1));
  const { out } = await system.orrery("audit", "log", "--json", "--unseal", "--offline");
  const lines = out.split("\n").filter((line) => line.includes(person.id));
  assert.ok(lines.length >= exported.events.length);
  for (const line of lines) assert.ok(!/Vanishing|Vanquished/.test(line));
});
