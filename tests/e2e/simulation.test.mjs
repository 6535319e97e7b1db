// Simulations over HTTP: scenes in versions, who may see and change what, edits that meet, runs that anybody can run
// again, sweeps, comparisons, and answers of learners that the server runs itself.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import zlib from "node:zlib";
import { Classroom, slot } from "./classroom.mjs";
import { assertProblem, Client, done, Person } from "./client.mjs";
import { eventually, System } from "./system.mjs";

const SIMULATIONS = "/api/v1/simulations";

// A ball let fall; `h` may be turned.
const ball = {
  v: 1,
  solver: { mode: "precise", duration: 1 },
  bodies: [{ id: "ball", mass: 1, pos: [0, 10], shapes: [{ kind: "circle", r: 0.1, touches: false }] }],
  params: { h: { path: "/bodies/0/pos/1", min: 1, max: 20 } },
  measure: [
    { id: "y", kind: "position", body: "ball", axis: "y" },
    { id: "low", kind: "min", of: "y" },
    { id: "E", kind: "energy" },
  ],
};

let system, client, owner, other;

// Commands about what was written a moment ago wait for it, as reads do.
const seen = (person) => ({ min: person.position });

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  [owner, other] = await Promise.all(["Ada Owner", "Bob Other"].map((name) => Person.here(system, client, { name })));
});
after(() => system.release());

const share = () => {
  owner.position = other.position = Math.max(owner.position, other.position);
};

async function create(person = owner, given = {}) {
  const { id } = await done(201, person.post(SIMULATIONS, { title: "A falling ball", scene: ball, ...given }));
  return id;
}

const at = (id, rest = "") => `${SIMULATIONS}/${id}${rest}`;

test("a scene is kept as its author wrote it, and each version stays", async () => {
  const id = await create(owner, { description: "Let *go*." });
  const first = await done(200, owner.get(at(id)));
  assert.deepEqual(first.scene, ball);
  assert.deepEqual(
    [first.title, first.description, first.owner, first.owner_name, first.visibility, first.version, first.latest, first.mode],
    ["A falling ball", "Let *go*.", owner.id, "Ada Owner", "private", 1, 1, "precise"],
  );
  const heavier = structuredClone(ball);
  heavier.bodies[0].mass = 2;
  await done(200, owner.put(at(id, "/scene"), { seen: 1, scene: heavier }));
  assertProblem(await owner.put(at(id, "/scene"), { seen: 1, scene: ball }), 409, "revision_stale");
  assert.deepEqual((await done(200, owner.get(at(id)))).scene, heavier);
  assert.deepEqual((await done(200, owner.get(at(id, "?version=1")))).scene, ball);
  assertProblem(await owner.get(at(id, "?version=3")), 404, "simulation_version_unknown");
  const versions = (await done(200, owner.get(at(id, "/versions")))).data;
  assert.deepEqual(versions.map(({ version }) => version), [2, 1]);
  assert.notEqual(versions[0].scene_hash, versions[1].scene_hash);
  await done(200, owner.patch(at(id), { title: "Another name" }));
  const mine = (await done(200, owner.get("/api/v1/me/simulations"))).data;
  assert.equal(mine.find(({ simulation }) => simulation === id).title, "Another name");
});

test("what is no scene is refused with where and why, and may be asked about without being kept", async () => {
  const wrong = structuredClone(ball);
  wrong.bodies[0].mass = 0;
  wrong.bodies[0].weight = 1;
  wrong.measure[1] = { id: "y.min", kind: "min", of: "y" };
  const answer = await owner.post(SIMULATIONS, { title: "Wrong", scene: wrong });
  assertProblem(answer, 422, "invalid");
  const pointers = answer.json.errors.map(({ pointer }) => pointer);
  assert.ok(pointers.includes("/scene/bodies/0/mass"), pointers.join());
  assert.ok(pointers.includes("/scene/measure/1/id"), pointers.join());
  assert.ok(pointers.some((pointer) => pointer.startsWith("/scene/bodies/0")), pointers.join());
  assertProblem(await owner.post(SIMULATIONS, { title: "Nothing" }), 422, "scene_missing");
  assertProblem(await owner.post(SIMULATIONS, { title: "Both", scene: ball, scenario: 1 }), 422, "scene_missing");
  assertProblem(await owner.post(SIMULATIONS, { title: "None", scenario: 64 }), 404, "scenario_unknown");

  const told = await done(200, owner.post(at("validate"), { scene: wrong }));
  assert.equal(told.fits, false);
  assert.ok(told.refusals.some(({ pointer }) => pointer === "/bodies/0/mass"));
  const fits = await done(200, owner.post(at("validate"), { scene: ball, settings: [{ name: "h", value: 5 }] }));
  assert.deepEqual([fits.fits, fits.mode, fits.bodies, fits.frames], [true, "precise", 1, 61]);
  assert.deepEqual(fits.parameters, [{ name: "h", minimum: 1, maximum: 20, value: 5 }]);
  const beyond = await done(200, owner.post(at("validate"), { scene: ball, settings: [{ name: "h", value: 21 }] }));
  assert.equal(beyond.fits, false);
});

test("a scenario of ours is a beginning", async () => {
  const { data } = await done(200, client.get(at("scenarios")));
  assert.ok(data.length >= 15);
  const [first] = data;
  const { id } = await done(201, owner.post(SIMULATIONS, { title: first.title, scenario: first.number }));
  assert.deepEqual((await done(200, owner.get(at(id)))).scene, first.scene);
});

test("what one keeps is in what one takes along", async () => {
  const id = await create(owner, { title: "Mine to take" });
  await done(200, owner.patch(at(id), { description: "Later" }));
  const { events } = await done(200, owner.get("/api/v1/users/me/export"));
  const mine = events.filter(({ fields }) => fields.simulation === id);
  assert.deepEqual(mine.map(({ event }) => event), ["simulation_created", "scene_written", "simulation_described"]);
  assert.deepEqual([mine[0].fields.title, mine[2].fields.description], ["Mine to take", "Later"]);
  const scene = JSON.parse(zlib.inflateSync(Buffer.from(mine[1].fields.packed, "base64url")));
  assert.deepEqual(scene, ball);
});

// ---- who may what

const asks = {
  see: (person, id) => person.get(at(id)),
  versions: (person, id) => person.get(at(id, "/versions")),
  runs: (person, id) => person.get(at(id, "/runs")),
  run: (person, id) => person.post(at(id, "/runs"), {}, seen(person)),
  fork: (person, id) => person.post(at(id, "/forks"), { title: "Mine" }, seen(person)),
  describe: (person, id) => person.patch(at(id), { title: "Theirs" }),
  write: (person, id) => person.put(at(id, "/scene"), { scene: ball }),
  edit: (person, id) => person.patch(at(id, "/scene"), { seen: 1, operations: [] }, seen(person)),
  share: (person, id) => person.put(at(id, "/visibility"), { visibility: "public" }),
  archive: (person, id) => person.put(at(id, "/archived")),
};

test("who may see a simulation and who may change it, ask by ask", async () => {
  const hidden = await create(), open = await create();
  await done(200, owner.put(at(open, "/visibility"), { visibility: "public" }));
  share();
  const read = ["see", "versions", "runs", "run", "fork"];
  for (const [name, ask] of Object.entries(asks)) {
    assertProblem(await ask(other, hidden), 404, "simulation_unknown");
    const answer = await ask(other, open);
    if (read.includes(name)) assert.ok(answer.status < 300, `${name}: ${answer.text}`);
    else assertProblem(answer, 403, "simulation_not_yours");
  }
  assert.equal((await client.get(at(open))).status, 200);
  assertProblem(await client.get(at(hidden)), 404, "simulation_unknown");
  assertProblem(await client.post(at(open, "/runs"), {}), 401, "not_authenticated");
});

test("a fork tells where it comes from, and the gallery finds what is public by its title", async () => {
  const word = `zyx${Date.now()}`;
  const id = await create(owner, { title: `The ${word} ball` });
  const search = async (person) => (await done(200, person.get(`${SIMULATIONS}?search=${word}`))).data;
  assert.deepEqual(await search(owner), []);
  await done(200, owner.put(at(id, "/visibility"), { visibility: "public" }));
  share();
  assert.deepEqual((await search(other)).map(({ simulation }) => simulation), [id]);
  const fork = (await done(201, other.post(at(id, "/forks"), { title: "My ball" }, seen(other)))).id;
  const forked = await done(200, other.get(at(fork)));
  assert.deepEqual([forked.parent, forked.parent_version, forked.owner], [id, 1, other.id]);
  assert.deepEqual(forked.scene, ball);
  share();
  assert.equal((await done(200, owner.get(at(id)))).forks, 1);
  await done(200, owner.put(at(id, "/archived")));
  assert.deepEqual(await search(owner), []);
  assertProblem(await owner.put(at(id, "/scene"), { scene: ball }), 409, "simulation_closed");
});

test("edits that touch different fields meet in one scene; those of one field are told both sides", async () => {
  const id = await create();
  const edit = (operations, version) => owner.patch(at(id, "/scene"), { seen: version, operations }, seen(owner));
  await done(200, edit([{ op: "replace", path: "/bodies/0/mass", value: 3 }], 1));
  await done(200, edit([{ op: "replace", path: "/solver/duration", value: 2 }], 1));
  const { scene, version } = await done(200, owner.get(at(id)));
  assert.deepEqual([scene.bodies[0].mass, scene.solver.duration, version], [3, 2, 3]);
  const answer = await edit([{ op: "replace", path: "/bodies/0/mass", value: 4 }], 1);
  assertProblem(answer, 409, "scene_conflict");
  const [{ pointer, base, ours, theirs }] = answer.json.conflicts;
  assert.deepEqual([pointer, base, ours, theirs], ["/bodies/0/mass", 1, 3, 4]);
  assertProblem(await edit([{ op: "remove", path: "/bodies/7" }], 1), 422, "edit_unfit");
  assertProblem(await edit([{ op: "replace", path: "/bodies/0/mass", value: -1 }], 3), 422, "invalid");
});

// ---- runs

const height = (h) => ({ settings: [{ name: "h", value: h }] });
const near = (value, expected) => assert.ok(Math.abs(value - expected) < 1e-6, `${value} is not ${expected}`);
const measure = (run, name) => run.measures.find(({ measure }) => measure === name).value;

const settled = (person, id, run) =>
  eventually(`run ${run} is over`, async () => {
    const told = await done(200, person.get(at(id, `/runs/${run}`)));
    return told.state !== "pending" && told;
  });

async function run(person, id, given = {}) {
  const { id: asked } = await done(201, person.post(at(id, "/runs"), given, seen(person)));
  return settled(person, id, asked);
}

test("a run tells what came of it and how good it is, and the same wish comes to the same bits", async () => {
  const id = await create();
  const first = await run(owner, id, height(8));
  assert.deepEqual([first.state, first.mode, first.frames, first.version], ["completed", "precise", 61, 1], first.sentence);
  near(measure(first, "y"), 8 - 9.81 / 2);
  near(measure(first, "low"), 8 - 9.81 / 2);
  assert.ok(Math.abs(first.energy_drift) < 1e-9);
  assert.deepEqual(first.settings, [{ name: "h", value: 8 }]);
  const again = await run(owner, id, height(8));
  assert.notEqual(again.run, first.run);
  for (const name of ["scene_hash", "run_hash", "engine", "trajectory_hash"]) assert.equal(again[name], first[name], name);
  const another = await run(owner, id, height(9));
  assert.notEqual(another.trajectory_hash, first.trajectory_hash);
  const listed = (await done(200, owner.get(at(id, "/runs")))).data.map(({ run }) => run);
  assert.deepEqual(listed, [another.run, again.run, first.run]);
  assertProblem(await owner.delete(at(id, `/runs/${first.run}`)), 409, "run_settled");
  const beyond = await owner.post(at(id, "/runs"), height(21), seen(owner));
  assertProblem(beyond, 422, "invalid");
  assert.equal(beyond.json.errors[0].pointer, "/settings/0");
  assertProblem(await other.get(at(id, `/runs/${first.run}`)), 404, "simulation_unknown");

  const repeated = await system.orrery("audit", "rerun", `simulation:${id}`, "--json");
  assert.equal(repeated.code, 0, repeated.out + repeated.err);
  const findings = repeated.out.trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(findings.map(({ finding }) => finding), ["same", "same"]);
});

test("scenarios of ours come as near to their formulas as they say, and anybody gets the same bits again", async () => {
  for (const [scenario, mode] of [[1, "precise"], [11, "rigid"], [15, "rigid"]]) {
    const { id } = await done(201, owner.post(SIMULATIONS, { title: "Ours", scenario }));
    const told = await run(owner, id);
    assert.equal(told.mode, mode);
    assert.ok(told.expectations.length > 0);
    for (const { within, formula } of told.expectations) assert.ok(within, formula);
    const repeated = await system.orrery("audit", "rerun", `run:${told.run}`, "--json");
    assert.equal(repeated.code, 0, repeated.out + repeated.err);
    const { finding, same_engine } = JSON.parse(repeated.out);
    assert.deepEqual([finding, same_engine], ["same", true], told.run);
  }
});

test("series are handed out as JSON and as CSV, and two runs are told apart", async () => {
  const id = await create();
  const a = await run(owner, id, height(8)), b = await run(owner, id, height(9));
  const series = await done(200, owner.get(at(id, `/runs/${a.run}/series`)));
  assert.deepEqual(series.series.map(({ id: name, values }) => [name, values.length]), [["y", 61], ["E", 61]]);
  near(series.series[0].values[0], 8);
  const part = await done(200, owner.get(at(id, `/runs/${a.run}/series?from=60&count=5`)));
  assert.equal(part.series[0].values.length, 1);
  const csv = await owner.get(at(id, `/runs/${a.run}/series.csv`));
  assert.match(csv.headers.get("content-type"), /^text\/csv/);
  assert.equal(csv.text.trimEnd().split("\r\n").length, 62);

  const told = await done(200, owner.get(`${at("compare")}?a=${a.run}&b=${b.run}`));
  assert.deepEqual([told.same_scene, told.same_engine, told.same_trajectory], [false, true, false]);
  near(told.measures.find(({ measure }) => measure === "y").difference, 1);
  near(told.distance_m, 1);
  assert.deepEqual([told.differs_after, told.differs_by], [0, 60]);
  const same = await done(200, owner.get(`${at("compare")}?a=${a.run}&b=${a.run}`));
  assert.deepEqual([same.same_trajectory, same.distance_m, same.differs_by], [true, 0, undefined]);
  assertProblem(await other.get(`${at("compare")}?a=${a.run}&b=${b.run}`), 404, "run_unknown");
});

test("a sweep turns one parameter evenly and tells a measure at each of its values", async () => {
  const id = await create();
  const ask = { parameter: "h", from: 6, to: 9, count: 4, measures: [{ measure: "low" }] };
  const { id: sweep } = await done(201, owner.post(at(id, "/sweeps"), ask, seen(owner)));
  const told = await eventually("the sweep is over", async () => {
    const view = await done(200, owner.get(at(id, `/sweeps/${sweep}`)));
    return view.state === "completed" && view;
  });
  assert.deepEqual(told.points.map(({ at }) => at), [6, 7, 8, 9]);
  for (const { at: h, results } of told.points) near(results[0].value, h - 9.81 / 2);
  const table = (await owner.get(at(id, `/sweeps/${sweep}/table.csv`))).text.trimEnd().split("\r\n");
  assert.equal(table[0], "h,low,failure");
  assert.equal(table.length, 5);
  const glance = await done(200, owner.post(at(id, "/sweeps/preview"), ask, seen(owner)));
  assert.deepEqual(glance.measures, [{ measure: "low" }]);
  for (const { at: h, results } of glance.points) near(results[0].value, h - 9.81 / 2);
  const touching = structuredClone(ball);
  touching.bodies.push({ id: "floor", type: "static", shapes: [{ kind: "segment", a: [-9, 0], b: [9, 0], r: 0.1 }] });
  touching.bodies[0].shapes[0].touches = true;
  const other = await create(owner, { scene: { ...touching, solver: { mode: "rigid", duration: 1 } } });
  assertProblem(await owner.post(at(other, "/sweeps/preview"), ask, seen(owner)), 422, "sweep_not_closed");
  const many = structuredClone(ball);
  for (let i = 0; i < 200; i++) many.bodies.push({ ...ball.bodies[0], id: `ball${i}`, pos: [i + 1, 10] });
  const crowd = await create(owner, { scene: many });
  const whole = { ...ask, count: 200 };
  assertProblem(await owner.post(at(crowd, "/sweeps/preview"), whole, seen(owner)), 422, "sweep_not_closed");
  for (const [wrong, status, name] of [
    [{ ...ask, parameter: "mass" }, 422, "invalid"],
    [{ ...ask, to: 30 }, 422, "invalid"],
    [{ ...ask, count: 1 }, 422, "invalid"],
    [{ ...ask, measures: [{ measure: "T" }] }, 422, "invalid"],
    [{ ...ask, settings: [{ name: "h", value: 2 }] }, 422, "invalid"],
  ])
    assertProblem(await owner.post(at(id, "/sweeps"), wrong, seen(owner)), status, name);
});

// ---- tasks

test("what a learner answers to a simulation task is run by the server, and graded by that run", async () => {
  const room = await Classroom.open(system, client);
  const { instructor, ada, bob, course } = room;
  const id = await create(instructor);
  await done(200, instructor.put(at(id, "/visibility"), { visibility: "course", course }));
  const question = await room.writeQuestion({ type: "simulation", prompt: "Let it fall to 3 m.", scene: id });
  const criteria = [
    { measure: "low", target: 3, absolute: 0.01, share: 700 },
    { measure: "E", maximum: 100, share: 300 },
  ];
  const task = { version: 1, seen: 0, simulation: id, parameters: [{ name: "h", minimum: 2, maximum: 15 }], criteria };
  const set = (body) => instructor.put(`/api/v1/questions/${question}/task`, body, seen(instructor));
  assertProblem(await set({ ...task, parameters: [{ name: "h", minimum: 0, maximum: 15 }] }), 422, "invalid");
  assertProblem(await set({ ...task, criteria: [{ measure: "T", maximum: 1, share: 1 }] }), 422, "invalid");
  assertProblem(await set({ ...task, criteria: [{ measure: "low", share: 1 }] }), 422, "key_unfit");
  await done(200, set(task));
  const shown = await done(200, instructor.get(`/api/v1/questions/${question}`));
  assert.deepEqual([shown.task.simulation, shown.task.simulation_version, shown.task.criteria], [id, 1, criteria]);

  const [quiz] = await room.assessments({ slots: [slot(question)] });
  const right = await room.take(ada, quiz, { text: JSON.stringify({ h: 3 + 9.81 / 2 }) });
  const partly = await room.take(bob, quiz, { text: JSON.stringify({ h: 5 }) });
  const open = await room.begin(ada, quiz, { text: "{}" });
  const [{ task: told, run: early }] = (await room.read(ada, open)).slots;
  assert.deepEqual([told, early], [{ simulation: id, version: 1, parameters: task.parameters }, undefined]);
  await room.submit(ada, open);
  room.share();
  const grade = async (attempt) => {
    const [{ run, grade }] = (await room.concluded(attempt)).slots;
    if (grade.verdict !== "wrong") near(grade.verdict === "right" ? 3 : 5 - 9.81 / 2, measure(run, "low"));
    else assert.equal(run.failure, "values_unfit");
    return grade;
  };
  const [best, half] = [await grade(right), await grade(partly)];
  assert.deepEqual([best.verdict, best.points_milli, best.key], ["right", 1000, 1]);
  assert.deepEqual([half.verdict, half.points_milli], ["partly", 300]);
  const beyond = await room.take(ada, quiz, { text: JSON.stringify({ h: 20 }) });
  assert.deepEqual([(await grade(beyond)).verdict], ["wrong"]);
  room.share();
  assert.equal((await done(200, ada.get(at(id)))).visibility, "course");
  assertProblem(await other.get(at(id)), 404, "simulation_unknown");
});
