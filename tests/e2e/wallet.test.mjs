// Sign-In-With-Solana with real Ed25519 keys: linking a wallet, logging in with it, and everything that must not work.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertProblem, assertStatus, Client, Person } from "./client.mjs";
import { clockAhead } from "./clock.mjs";
import { System } from "./system.mjs";
import { Wallet } from "./wallet.mjs";

const LINK = "/api/v1/users/me/wallets";
const LOGIN = "/api/v1/sessions/wallet";

let system, client;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
});
after(() => system.release());

async function linkChallenge(person, address) {
  const answer = await person.post(`${LINK}/challenge`, { address });
  assertStatus(answer, 200);
  return answer.json;
}

async function loginChallenge(address, asked = client) {
  const answer = await asked.post(`${LOGIN}/challenge`, { address });
  assertStatus(answer, 200);
  return answer.json;
}

async function link(person, wallet) {
  const answer = await person.post(LINK, wallet.answer(await linkChallenge(person, wallet.address)));
  assertStatus(answer, 201);
}

async function linked() {
  const person = await Person.here(system, client);
  const wallet = new Wallet();
  await link(person, wallet);
  return { person, wallet };
}

test("the text to sign follows the grammar of Sign-In-With-Solana", async () => {
  const person = await Person.here(system, client);
  const { address } = new Wallet();
  const { message, nonce } = await linkChallenge(person, address);
  const host = new URL(system.settings.ORRERY_ORIGIN).host;
  const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`;
  const pattern =
    `^${host.replaceAll(".", "\\.")} wants you to sign in with your Solana account:\n${address}\n\n[^\n]+\n\n` +
    `URI: ${system.settings.ORRERY_ORIGIN}\nVersion: 1\nChain ID: mainnet\nNonce: ${nonce}\n` +
    `Issued At: ${time}\nExpiration Time: ${time}$`;
  assert.match(message, new RegExp(pattern));
  assert.match(nonce, /^[0-9A-Za-z]{8,}$/);
});

test("a wallet that signed is linked, shown, and opens the account", async () => {
  const { person, wallet } = await linked();
  assert.deepEqual(
    (await person.account()).wallets.map(({ address }) => address),
    [wallet.address],
  );
  const challenge = await loginChallenge(wallet.address);
  const body = { ...wallet.answer(challenge), device: "wallet" };
  const answer = await client.post(LOGIN, body, { min: person.position });
  assertStatus(answer, 201);
  assert.equal(answer.json.user, person.id);
  person.take(answer);
  assert.equal((await person.get("/api/v1/sessions")).json.data[0].method, "wallet");
});

test("a challenge that was used is used, for a link as for a login", async () => {
  const { person, wallet } = await linked();
  const login = wallet.answer(await loginChallenge(wallet.address));
  assertStatus(await client.post(LOGIN, login, { min: person.position }), 201);
  assertProblem(await client.post(LOGIN, login), 409, "challenge_used");

  const second = new Wallet();
  const proof = second.answer(await linkChallenge(person, second.address));
  assertStatus(await person.post(LINK, proof), 201);
  assertStatus(await person.delete(`${LINK}/${second.address}`), 200);
  assertProblem(await person.post(LINK, proof), 409, "challenge_used");
});

test("of clients that race with one signed challenge one gets a session", async () => {
  const { person, wallet } = await linked();
  const login = wallet.answer(await loginChallenge(wallet.address));
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => client.post(LOGIN, login, { min: person.position })),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409, 409, 409]);
});

test("a signature by another wallet is refused", async () => {
  const person = await Person.here(system, client);
  const [claimed, actual] = [new Wallet(), new Wallet()];
  const challenge = await linkChallenge(person, claimed.address);
  const forged = claimed.answer(challenge, { signature: actual.sign(challenge.message) });
  assertProblem(await person.post(LINK, forged), 422, "signature_wrong");
  // The challenge names the address, so it serves no other.
  const moved = actual.answer(challenge);
  assertProblem(await person.post(LINK, moved), 422, "challenge_invalid");
});

test("a signature over another domain's text is refused", async () => {
  const { wallet } = await linked();
  const challenge = await loginChallenge(wallet.address);
  const message = challenge.message.replace(/^\S+/, "evil.example");
  assertProblem(await client.post(LOGIN, wallet.answer({ ...challenge, message })), 422, "signature_wrong");
});

test("a challenge of another domain is refused", async () => {
  const { wallet } = await linked();
  const other = client.at((await system.api({ ORRERY_ORIGIN: "https://other.example" })).base);
  const challenge = await loginChallenge(wallet.address, other);
  assert.match(challenge.message, /^other\.example wants/);
  assertProblem(await client.post(LOGIN, wallet.answer(challenge)), 422, "challenge_invalid");
});

test("a challenge serves its purpose and its person only", async () => {
  const { person, wallet } = await linked();
  const forLink = wallet.answer(await linkChallenge(person, wallet.address));
  assertProblem(await client.post(LOGIN, forLink), 422, "challenge_invalid");
  const fresh = new Wallet();
  const forLogin = fresh.answer(await loginChallenge(fresh.address));
  assertProblem(await person.post(LINK, forLogin), 422, "challenge_invalid");
  const other = await Person.here(system, client);
  const stolen = fresh.answer(await linkChallenge(person, fresh.address));
  assertProblem(await other.post(LINK, stolen), 422, "challenge_invalid");
});

test("a challenge serves for ten minutes", async () => {
  const { person, wallet } = await linked();
  const later = async (seconds) => client.at((await system.api(clockAhead(system.data, seconds))).base);
  const [soon, late] = [await later(570), await later(630)];
  const challenge = wallet.answer(await loginChallenge(wallet.address));
  assertProblem(await late.post(LOGIN, challenge), 422, "challenge_invalid");
  assertStatus(await soon.post(LOGIN, challenge, { min: person.position }), 201);
});

test("a wallet belongs to one account", async () => {
  const { person, wallet } = await linked();
  const other = await Person.here(system, client);
  const proof = async (who) => who.post(LINK, wallet.answer(await linkChallenge(who, wallet.address)));
  assertProblem(await proof(other), 409, "wallet_taken");
  assertStatus(await proof(person), 201); // linked already
  assertStatus(await person.delete(`${LINK}/${wallet.address}`), 200);
  assertProblem(await person.delete(`${LINK}/${wallet.address}`), 404, "wallet_unknown");
  assertStatus(await proof(other), 201);
  const login = await client.post(LOGIN, wallet.answer(await loginChallenge(wallet.address)), { min: other.position });
  assert.equal(login.json.user, other.id);
});

test("an account has at most eight wallets", async () => {
  const person = await Person.here(system, client);
  for (let i = 0; i < 8; i++) await link(person, new Wallet());
  const ninth = new Wallet();
  const answer = await person.post(LINK, ninth.answer(await linkChallenge(person, ninth.address)));
  assertProblem(answer, 409, "wallets_too_many");
  assert.equal((await person.account()).wallets.length, 8);
});

test("a wallet that nobody linked opens nothing", async () => {
  const wallet = new Wallet();
  const login = wallet.answer(await loginChallenge(wallet.address));
  assertProblem(await client.post(LOGIN, login), 401, "credentials_wrong");
});
