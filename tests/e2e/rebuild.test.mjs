// A read model is built anew and swapped while it is read and written: nobody notices.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, Person } from "./client.mjs";
import { System } from "./system.mjs";

const SWAPS = 20;
const READERS = 3;
const EVENTS = 300; // before the first swap, so that a half-built copy would show

let system, client, person;

before(async () => {
  system = await System.start(); // its own: erasures of other tests would disturb what is built
  client = await Client.of(system.base);
  person = await Person.here(system, client);
  for (let i = 0; i < EVENTS; i++) await person.patch("/api/v1/users/me/profile", { bio: `before ${i}` });
});
after(() => system.release());

// Until told to stop: each answer is whole, and none is older than the one before.
async function read(state) {
  let version = 0;
  while (!state.stopping) {
    const { status, json } = await client.get("/api/v1/users/me", { token: person.token });
    state.reads++;
    if (status !== 200 || !json.email || json.version < version) state.wrong.push({ status, json, version });
    version = json.version ?? version;
  }
}

// What was answered is seen by whoever asks for it.
async function write(state) {
  while (!state.stopping) {
    const bio = `write ${state.writes++}`;
    const { position } = await person.patch("/api/v1/users/me/profile", { bio });
    const { status, json } = await client.get("/api/v1/users/me", { token: person.token, min: position });
    if (status !== 200 || json.bio !== bio) state.wrong.push({ status, json, bio });
  }
}

async function swapOften() {
  for (let i = 0; i < SWAPS; i++) {
    const workers = String(1 + (i % 2));
    const { code, out, err } = await system.orrery("rebuild", "run", "account", "--json", "--workers", workers);
    assert.equal(code, 0, err);
    const report = JSON.parse(out);
    assert.equal(report.compared, true, out);
    assert.ok(report.position > EVENTS);
  }
}

test(`readers meet no error, nothing older and nothing empty during ${SWAPS} swaps`, async () => {
  const state = { stopping: false, reads: 0, writes: 0, wrong: [] };
  const others = [write(state), ...Array.from({ length: READERS }, () => read(state))];
  try {
    await swapOften();
  } finally {
    state.stopping = true;
    await Promise.all(others);
  }
  console.log(`# ${SWAPS} swaps, ${state.reads} reads, ${state.writes} writes, ${state.wrong.length} errors`);
  assert.deepEqual(state.wrong, []);
  assert.ok(state.reads > 10 * SWAPS && state.writes > SWAPS);
});

test("the swapped read model is what the log folds to", async () => {
  const { code, out } = await system.orrery("audit", "views", "--json");
  assert.equal(code, 0, out);
});
