// A disk that is taken to be full from the start: commands are refused clearly, reads go on, and it is seen where one
// looks. How the writer comes to that, and goes on by itself, is tests/crash/disk_full_test.py's to show.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { after, before, test } from "node:test";
import { assertProblem, Client, PASSWORD, unusedEmail } from "./client.mjs";
import { eventually, System } from "./system.mjs";

let system, client;

before(async () => {
  system = await System.start({ ORRERY_DISK_RESERVE_MB: "1048576" });
  client = await Client.of(system.base);
});
after(() => system.release());

const readiness = async () => (await fetch(`${system.base}/readyz`)).json();

test("a command that finds no room is refused with 507 and when to ask again", async () => {
  const ada = { email: unusedEmail(), password: PASSWORD, name: "Ada Lovelace", locale: "en-GB", region: "GB" };
  const answer = await client.post("/api/v1/users", ada);
  assertProblem(answer, 507, "full");
  assert.equal(answer.headers.get("retry-after"), "10");
  assert.match(answer.json.detail, /disk/);
});

test("reads go on, and readiness and metrics tell that nothing is taken", async () => {
  await eventually("it is known to take no commands", async () => (await readiness()).status === "read_only");
  assert.equal((await readiness()).takes_commands, false);
  assert.equal((await fetch(`${system.base}/readyz`)).status, 200);
  assertProblem(await client.get(`/api/v1/users/${crypto.randomUUID()}`), 404, "user_unknown");
  assert.match(await (await fetch(`${system.base}/metrics`)).text(), /^orrery_writer_full 1$/m);
});
