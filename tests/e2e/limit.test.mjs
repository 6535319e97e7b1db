// How much one address and one account may ask. The shared service of this run has no limits, so API processes with
// some are started beside it; with several loops each, which count together.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertProblem, assertStatus, Client, PASSWORD, Person, unusedEmail } from "./client.mjs";
import { eventually, System } from "./system.mjs";

let system, client, person;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  person = await Person.here(system, client);
});
after(() => system.release());

async function limited(settings) {
  return client.at((await system.api({ ORRERY_LOOPS: "4", ...settings })).base);
}

// { limit, window, remaining, reset } of the RateLimit headers.
function rate({ headers }) {
  const [, limit, window] = /^"default";q=(\d+);w=(\d+)$/.exec(headers.get("ratelimit-policy")).map(Number);
  const [, remaining, reset] = /^"default";r=(\d+);t=(\d+)$/.exec(headers.get("ratelimit")).map(Number);
  return { limit, window, remaining, reset };
}

async function askUntilRefused(ask, most) {
  const answers = [];
  do answers.push(await ask());
  while (answers.at(-1).status !== 429 && answers.length <= most);
  return answers;
}

function assertLimit(answers, limit) {
  const refused = answers.at(-1);
  assertStatus(refused, 429);
  assert.ok(answers.length - 1 >= limit, `${answers.length - 1} of ${limit} were let through`);
  assert.ok(answers.length - 1 <= limit + 3, `${answers.length - 1} of ${limit} were let through`);
  assert.equal(rate(refused).limit, limit);
  assert.equal(rate(refused).remaining, 0);
  assert.ok(rate(answers[0]).remaining >= rate(answers[1]).remaining);
}

test("an address that asks too often waits, is told how long, and is served again", async () => {
  const asked = await limited({ ORRERY_RATE_PER_ADDRESS: "5" });
  const ask = () => asked.get(`/api/v1/users/${person.id}`);
  const answers = await askUntilRefused(ask, 30);
  assertLimit(answers, 10); // what two seconds bring may come at once
  assertProblem(answers.at(-1), 429, "too_many_requests");
  await eventually("served again", async () => (await ask()).status === 404, 3000);
});

test("many connections, and so many loops, get an address no more", async () => {
  const asked = await limited({ ORRERY_RATE_PER_ADDRESS: "5" });
  const answers = await Promise.all(Array.from({ length: 48 }, () => asked.get(`/api/v1/users/${person.id}`)));
  const passed = answers.filter(({ status }) => status !== 429).length;
  assert.ok(passed >= 10 && passed <= 10 + 5, `${passed} of 10 were let through`); // 5 a second come on top
});

test("an account that asks too often waits while others are served", async () => {
  const asked = await limited({ ORRERY_RATE_PER_ACCOUNT: "3" });
  const other = await Person.here(system, client);
  const answers = await askUntilRefused(() => asked.get("/api/v1/users/me", { token: person.token }), 30);
  assertLimit(answers, 6);
  assertStatus(await asked.get("/api/v1/users/me", { token: other.token }), 200);
  assertStatus(await asked.get(`/api/v1/users/${person.id}`), 404);
});

test("an address that tries logins too often waits, whether they succeed or not", async () => {
  const asked = await limited({ ORRERY_RATE_LOGIN: "4" });
  let turn = 0;
  const tryOne = () => {
    const right = turn++ % 2;
    const email = right ? person.email : unusedEmail();
    return asked.post("/api/v1/sessions", { email, password: PASSWORD });
  };
  const answers = await askUntilRefused(tryOne, 10);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [401, 201, 401, 201, 429],
  );
  assertProblem(answers.at(-1), 429, "too_many_tries");
  assert.ok(Number(answers.at(-1).headers.get("retry-after")) <= 60);
  assertStatus(await asked.get("/api/v1/users/me", { token: person.token }), 200);
});

test("more connections than an address may hold are not served", async () => {
  const asked = await limited({ ORRERY_CONNECTIONS_PER_ADDRESS: "8" });
  const results = await Promise.allSettled(
    Array.from({ length: 30 }, () => fetch(`${asked.base}/api/v1/users/me`, { headers: { connection: "close" } })),
  );
  const answered = results.filter(({ status, value }) => status === "fulfilled" && value.status === 401);
  assert.ok(answered.length > 0 && answered.length < 30, `${answered.length} of 30 were served`);
  const metrics = await eventually("the metrics are served", async () => {
    try {
      return await (await fetch(`${asked.base}/metrics`)).text();
    } catch {
      return undefined;
    }
  });
  assert.ok(Number(/^orrery_http_crowded_address_total (\d+)$/m.exec(metrics)[1]) > 0);
});
