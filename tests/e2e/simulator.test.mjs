// The simulator behind the API: streams, frames by their hash, what is kept, and what becomes of runs when processes die.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { assertProblem, assertStatus, Client, Person } from "./client.mjs";
import { FrameReader, Viewer } from "./stream.mjs";
import { eventually, System } from "./system.mjs";

const DURATION = 2; // s, of most runs here

let system, client, learner;

before(async () => {
  system = await System.start({ ORRERY_SIMULATOR_WORKERS: "2", ORRERY_LOOPS: "1" });
  client = await Client.of(system.base);
  learner = await Person.here(system, client, { name: "A learner" });
});
after(() => system.release());

// A pendulum that no other test runs.
let length = 1;
function pendulum({ duration = DURATION } = {}) {
  length += 0.001;
  return {
    v: 1,
    solver: { duration },
    bodies: [{ id: "bob", mass: 1, pos: [length, 0], shapes: [{ kind: "circle", r: 0.05, touches: false }] }],
    joints: [{ id: "rod", kind: "pin", a: "world", b: "bob" }],
    measure: [
      { id: "E", kind: "energy" },
      { id: "x", kind: "position", body: "bob", axis: "x" },
    ],
  };
}

// Boxes that fall on one another: expensive for as long as one likes.
function heap({ boxes = 100, duration = 50 } = {}) {
  length += 0.001;
  const bodies = [{ id: "floor", type: "static", pos: [0, -1], shapes: [{ kind: "box", w: 400, h: 2 }] }];
  for (let i = 0; i < boxes; i++)
    bodies.push({
      id: `box${i}`,
      mass: 1,
      pos: [(i % 10) * 1.3 - 6 + length / 100, 1 + 1.3 * Math.floor(i / 10)],
      shapes: [{ kind: "box", w: 1, h: 1 }],
    });
  return { v: 1, solver: { mode: "rigid", duration, substeps: 16 }, bodies };
}

const open = (options = {}) => Viewer.open(system.base, { token: learner.token, ...options });

async function framesOf(run, query = "") {
  const url = new URL(`/api/v1/simulations/runs/${run}/frames${query}`, system.base);
  const response = await fetch(url, { headers: { authorization: `Bearer ${learner.token}` } });
  return {
    status: response.status,
    header: (name) => response.headers.get(name),
    bytes: Buffer.from(await response.arrayBuffer()),
  };
}

// Runs a scene to its end, looking on.
async function run(scene, options) {
  const viewer = await open();
  viewer.say("run", { scene, ...options });
  const accepted = await viewer.hear("accepted");
  const frames = await viewer.watch({ ...accepted, last: accepted.frames - 1 });
  const done = await viewer.hear("done");
  await viewer.close();
  return { accepted, frames, done };
}

test("a run comes frame by frame, with its result at the end", async () => {
  const { accepted, frames, done } = await run(pendulum());
  assert.equal(accepted.mode, "precise");
  assert.equal(frames.length, DURATION * 60 + 1);
  assert.deepEqual(frames.map(({ step }) => step), [...frames.keys()]);
  assert.ok(Math.abs(done.energy_drift) < 1e-6);
  assert.equal(done.measures.length, 2);
  const { x, y } = frames.at(-1);
  assert.ok(Math.abs(Math.hypot(x[0], y[0]) - Math.hypot(frames[0].x[0], frames[0].y[0])) < 1e-6, "the rod is rigid");
});

test("the same scene is computed once, however it is written", async () => {
  const scene = pendulum();
  const first = await run(scene);
  const again = await run(Object.fromEntries(Object.entries({ ...scene, title: "Another title" }).reverse()));
  assert.equal(first.accepted.cached, false);
  assert.equal(again.accepted.cached, true);
  assert.equal(again.accepted.run, first.accepted.run);
  assert.deepEqual(again.frames, first.frames);
});

test("settings turn a parameter, and make another run", async () => {
  const scene = { ...pendulum(), params: { L: { path: "/bodies/0/pos/0", min: 0.5, max: 3 } } };
  const { accepted, frames } = await run(scene, { settings: [{ name: "L", value: 2 }] });
  assert.equal(frames[0].x[0], 2);
  assert.equal(accepted.cached, false);
});

test("two viewers of one run get the same bytes", async () => {
  const scene = pendulum({ duration: 10 });
  const viewers = await Promise.all([open(), open()]);
  for (const viewer of viewers) viewer.say("run", { scene });
  const [one, two] = await Promise.all(
    viewers.map(async (viewer) => {
      const accepted = await viewer.hear("accepted");
      return { accepted, frames: await viewer.watch({ ...accepted, last: accepted.frames - 1 }) };
    }),
  );
  assert.equal(one.accepted.run, two.accepted.run);
  assert.ok(one.accepted.shared || one.accepted.cached || two.accepted.shared || two.accepted.cached);
  assert.deepEqual(one.frames, two.frames);
  await Promise.all(viewers.map((viewer) => viewer.close()));
});

test("who acknowledges nothing gets 120 frames and holds nobody up", async () => {
  const scene = pendulum({ duration: 10 });
  const slow = await open();
  slow.say("run", { scene });
  const accepted = await slow.hear("accepted");
  await slow.hear("done");
  await run(scene); // somebody else meanwhile
  const reader = new FrameReader(accepted.bodies, accepted.quantum);
  const got = slow.bytes.splice(0).flatMap((bytes) => reader.read(bytes));
  assert.equal(got.length, 120);
  slow.say("ack", { step: 119 });
  const more = await slow.until("more", () => slow.bytes.length >= 2 && slow.bytes.splice(0));
  assert.equal(more.flatMap((bytes) => reader.read(bytes)).length, 120);
  await slow.close();
});

test("who wants what is new and falls behind gets key frames", async () => {
  const viewer = await open();
  viewer.say("run", { scene: pendulum({ duration: 10 }), live: true });
  const accepted = await viewer.hear("accepted");
  await viewer.hear("done");
  const reader = new FrameReader(accepted.bodies, accepted.quantum);
  const shown = [];
  await viewer.until("as many frames as may be owed", () => {
    shown.push(...viewer.bytes.splice(0).flatMap((bytes) => reader.read(bytes)));
    return shown.length >= 120;
  });
  viewer.say("ack", { step: shown.at(-1).step });
  const [bytes] = await viewer.until("a key frame", () => viewer.bytes.length > 0 && viewer.bytes.splice(0));
  const [frame] = reader.read(bytes);
  assert.equal(frame.key, true);
  assert.equal(frame.step, 600);
  await viewer.close();
});

test("pausing, stepping and seeking are the viewer's own", async () => {
  const { accepted } = await run(pendulum({ duration: 4 }));
  const viewer = await open();
  viewer.say("subscribe", { run: accepted.run, step: 100, rate: 30 });
  viewer.say("pause");
  const known = await viewer.hear("accepted");
  viewer.bytes.length = 0;
  viewer.say("seek", { step: 130 });
  viewer.say("step", { count: 3 });
  const frames = await viewer.watch({ ...known, last: 122 });
  assert.deepEqual(frames.slice(-3).map(({ step, key }) => [step, key]), [[120, true], [121, false], [122, false]]);
  await viewer.close();
});

test("who seeks as fast as can be is shown the last place", async () => {
  const { accepted } = await run(pendulum({ duration: 4 }));
  const viewer = await open();
  viewer.say("subscribe", { run: accepted.run });
  const known = await viewer.hear("accepted");
  await viewer.hear("done");
  for (let i = 0; i < 20_000; i++) viewer.say("seek", { step: (i % 4) * 60 });
  viewer.say("pause");
  viewer.say("seek", { step: 180 });
  viewer.say("step");
  await viewer.watch({ ...known, last: 180, acks: false });
  assert.ok(viewer.words.every(({ type }) => type !== "error"));
  await viewer.close();
});

test("what is cancelled while its scene is still being read is never run", async () => {
  const viewer = await open();
  viewer.socket._socket.cork(); // both in one piece: nothing can be read in between
  viewer.say("run", { scene: heap() });
  viewer.say("cancel");
  viewer.say("create", { scene: pendulum() });
  viewer.socket._socket.uncork();
  await viewer.hear("cancelled");
  await viewer.hear("created");
  assert.ok(!viewer.words.some(({ type }) => type === "accepted" || type === "error"));
  await viewer.close();
});

test("measures come beside the frames, from full doubles", async () => {
  const viewer = await open();
  viewer.say("run", { scene: pendulum(), measures: true });
  const accepted = await viewer.hear("accepted");
  const frames = await viewer.watch({ ...accepted, last: 59 });
  const { first, values } = await viewer.hear("measures");
  assert.deepEqual(accepted.series, [{ measure: "E", unit: "J" }, { measure: "x", unit: "m" }]);
  assert.equal(first, 0);
  assert.ok(Math.abs(values[0][1] - frames[0].x[0]) < 1e-8);
  await viewer.close();
});

test("what is no scene is refused with places and reasons, and the stream goes on", async () => {
  const viewer = await open();
  const scene = pendulum();
  scene.bodies[0].mass = 0;
  viewer.say("create", { scene });
  const error = await viewer.hear("error");
  assert.equal(error.code, "invalid_scene");
  assert.match(error.complaints[0].pointer, /\/bodies\/0\/mass/);
  viewer.say("create", { scene: pendulum() });
  assert.equal((await viewer.hear("created")).mode, "precise");
  viewer.say("dance");
  assert.equal((await viewer.hear("error")).code, "malformed");
  viewer.socket.send("{");
  assert.equal((await viewer.hear("error")).code, "malformed");
  await viewer.close();
});

test("a heap of boxes falls to its end in a confined worker", async () => {
  const { accepted, frames, done } = await run(heap({ boxes: 40, duration: 2 }));
  assert.equal(accepted.mode, "rigid");
  assert.equal(frames.length, accepted.frames);
  assert.equal(done.fault, undefined);
});

test("a run that costs more than somebody who looks on may spend is stopped, and says so", async () => {
  const viewer = await open();
  viewer.say("run", { scene: heap() });
  const error = await viewer.hear("error");
  assert.equal(error.code, "over_budget");
  assert.ok(error.step > 0);
  await viewer.close();
});

test("who leaves cancels what nobody else waits for", async () => {
  const viewer = await open();
  viewer.say("run", { scene: heap(), patient: true });
  await viewer.hear("accepted");
  await viewer.hear("progress");
  viewer.say("cancel");
  await viewer.hear("cancelled");
  await eventually("the worker is free", async () => (await status()).running === 0);
  await viewer.close();
});

// Each is refused with a place, or runs to an end, be it a fault; none takes the service with it.
const box = (id, x, y, more = {}) => ({ id, mass: 1, pos: [x, y], shapes: [{ kind: "box", w: 1, h: 1 }], ...more });
const hostile = {
  "no mass": { bodies: [box("a", 0, 0, { mass: 0 })] },
  "endless speed": { bodies: [box("a", 0, 0, { vel: [1e308, 0] })] },
  "two in one place": { bodies: [box("a", 0, 0), box("b", 0, 0)] },
  "all on one another": { bodies: Array.from({ length: 60 }, (_, i) => box(`b${i}`, i / 1000, 0)) },
  "a hollow polygon": { bodies: [box("a", 0, 0, { shapes: [{ kind: "poly", pts: [[0, 0], [2, 0], [1, 0.1], [1, 2]] }] })] },
  "a rod of no length": { bodies: [box("a", 0, 0)], joints: [{ id: "j", kind: "pin", a: "world", b: "a" }] },
  "a spring like a wall": {
    bodies: [box("a", 1, 0), box("b", 3, 0)],
    joints: [{ id: "j", kind: "spring", a: "a", b: "b", stiffness: 1e9, rest: 1 }],
  },
  "gears against each other": {
    bodies: [box("a", 0, 0), box("b", 5, 0)],
    joints: [
      { id: "i", kind: "gear", a: "a", b: "b", ratio: 2 },
      { id: "j", kind: "gear", a: "a", b: "b", ratio: -3, phase: 1 },
    ],
  },
  "shot through a wall": {
    bodies: [box("a", -50, 0, { vel: [9000, 0] }), box("wall", 0, 0, { type: "static", shapes: [{ kind: "box", w: 0.001, h: 9 }] })],
  },
};

test("hostile scenes are refused or survived", async () => {
  const viewer = await open();
  for (const [name, scene] of Object.entries(hostile)) {
    viewer.say("run", { scene: { v: 1, solver: { mode: "rigid", duration: 2 }, ...scene } });
    const word = await viewer.until(name, () => viewer.words.find(({ type }) => type === "done" || type === "error"));
    assert.notEqual(word.code, "crashed", name);
    if (word.type === "error") assert.ok(word.complaints?.length > 0 || word.code === "over_budget", `${name}: ${word.code}`);
    viewer.words.length = viewer.bytes.length = 0;
  }
  viewer.socket.send('{"type":"create","scene":{"v":1,"gravity":[0,1e999],"bodies":[]}}');
  assert.equal((await viewer.hear("error")).code, "malformed");
  await viewer.close();
  assert.equal((await status()).workers_fit, 2);
});

test("more runs than one person may have wait are refused", async () => {
  const viewers = await Promise.all(Array.from({ length: 11 }, () => open()));
  for (const viewer of viewers) {
    viewer.say("run", { scene: heap(), patient: true });
    await viewer.until("a word", () => viewer.words.length > 0);
  }
  assert.equal((await viewers.at(-1).hear("error")).code, "too_many_runs");
  await Promise.all(viewers.map((viewer) => viewer.close()));
  await eventually("the workers are free", async () => (await status()).running === 0);
});

test("frames are files under the run's hash, whole or in part, for ever the same", async () => {
  const { accepted, frames } = await run(pendulum());
  const whole = await framesOf(accepted.run);
  assert.equal(whole.status, 200);
  assert.equal(whole.header("content-type"), "application/vnd.orrery.frames");
  assert.match(whole.header("cache-control"), /immutable/);
  const reader = new FrameReader(Number(whole.header("x-frame-bodies")), Number(whole.header("x-frame-quantum")));
  assert.deepEqual(reader.read(whole.bytes), frames);
  const part = await framesOf(accepted.run, "?from=60&to=61");
  assert.deepEqual(reader.read(part.bytes).map(({ step }) => step), [60, 61]);
  const keys = await framesOf(accepted.run, "?keys=true");
  assert.deepEqual(reader.read(keys.bytes).map(({ step, key }) => [step, key]), [[0, true], [60, true], [120, true]]);
  assert.equal((await framesOf(accepted.run, "?from=9999")).status, 416);
  assert.equal((await framesOf(Buffer.alloc(32, 7).toString("base64url"))).status, 404);
  const etag = whole.header("etag");
  const same = await learner.send("GET", `/api/v1/simulations/runs/${accepted.run}/frames`, { unless: etag });
  assertStatus(same, 304);
});

const status = async () => JSON.parse((await system.orrery("status", "--json")).out).simulator;

function workersOf(pid) {
  return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(/\s+/).map(Number);
}

const cpuOf = (pid) => Number(fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ")[11]);

test("a worker that is killed costs its run, which says so, and another one takes its place", async () => {
  const viewer = await open();
  viewer.say("run", { scene: heap(), patient: true });
  await viewer.hear("progress");
  const workers = workersOf(system.pid("orrery-simulator"));
  process.kill(workers.sort((a, b) => cpuOf(b) - cpuOf(a))[0], "SIGKILL");
  const error = await viewer.hear("error");
  assert.equal(error.code, "crashed");
  assert.equal((await run(pendulum())).frames.length, DURATION * 60 + 1);
  await eventually("there are two again", async () => (await status()).workers_fit === 2);
  await viewer.close();
});

test("a simulator that is killed is started again, and knows what it had computed", async () => {
  const scene = pendulum();
  const first = await run(scene);
  await eventually("it is on disk", async () => (await status()).kept_disk > 0 && onDisk(first.accepted.run));
  const viewer = await open();
  viewer.say("run", { scene: heap(), patient: true });
  await viewer.hear("progress");
  process.kill(system.pid("orrery-simulator"), "SIGKILL");
  assert.equal((await viewer.hear("error")).code, "simulator_away");
  assertProblem(await learner.get(`/api/v1/simulations/runs/${first.accepted.run}/frames`), 503, "simulator_away");
  assertStatus(await learner.get("/api/v1/users/me"), 200);
  await eventually("it answers", async () => (await framesOf(first.accepted.run)).status === 200);
  const again = await run(scene);
  assert.equal(again.accepted.cached, true);
  assert.deepEqual(again.frames, first.frames);
  await viewer.close();
});

const fileOf = (hash) => path.join(system.data, "simulations", Buffer.from(hash, "base64url").toString("hex"));
const onDisk = (hash) => fs.existsSync(fileOf(hash));

test("what was damaged on disk is computed again", async () => {
  const scene = pendulum();
  const first = await run(scene);
  await eventually("it is on disk", () => onDisk(first.accepted.run));
  const bytes = fs.readFileSync(fileOf(first.accepted.run));
  bytes[100] ^= 1;
  process.kill(system.pid("orrery-simulator"), "SIGKILL");
  fs.writeFileSync(fileOf(first.accepted.run), bytes);
  await eventually("it answers", async () => (await status())?.workers_fit === 2);
  const again = await eventually("it runs", () => run(scene).catch(() => false));
  assert.equal(again.accepted.cached, false);
  assert.deepEqual(again.frames, first.frames);
});
