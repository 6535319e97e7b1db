// Simulations over HTTP: scenes in versions, who may see and change what, edits that meet, runs that anybody can run
// again, sweeps, comparisons, and answers of learners that the server runs itself.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
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
  const { id } = await done(201, person.post(SIMULATIONS, { title: "A falling ball", document: ball, ...given }));
  return id;
}

const at = (id, rest = "") => `${SIMULATIONS}/${id}${rest}`;

test("a scene is kept as its author wrote it, and each version stays", async () => {
  const id = await create(owner, { description: "Let *go*." });
  const first = await done(200, owner.get(at(id)));
  assert.deepEqual(first.document, ball);
  assert.deepEqual(
    [first.title, first.description, first.owner, first.owner_name, first.visibility, first.version, first.latest, first.mode],
    ["A falling ball", "Let *go*.", owner.id, "Ada Owner", "private", 1, 1, "precise"],
  );
  const heavier = structuredClone(ball);
  heavier.bodies[0].mass = 2;
  await done(200, owner.put(at(id, "/scene"), { seen: 1, document: heavier }));
  assertProblem(await owner.put(at(id, "/scene"), { seen: 1, document: ball }), 409, "revision_stale");
  assert.deepEqual((await done(200, owner.get(at(id)))).document, heavier);
  assert.deepEqual((await done(200, owner.get(at(id, "?version=1")))).document, ball);
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
  const answer = await owner.post(SIMULATIONS, { title: "Wrong", document: wrong });
  assertProblem(answer, 422, "invalid");
  const pointers = answer.json.errors.map(({ pointer }) => pointer);
  assert.ok(pointers.includes("/document/bodies/0/mass"), pointers.join());
  assert.ok(pointers.some((pointer) => pointer.startsWith("/document/bodies/0")), pointers.join());
  assertProblem(await owner.post(SIMULATIONS, { title: "Nothing" }), 422, "scene_missing");
  assertProblem(await owner.post(SIMULATIONS, { title: "Both", document: ball, scenario: 1 }), 422, "scene_missing");
  assertProblem(await owner.post(SIMULATIONS, { title: "None", scenario: 64 }), 404, "scenario_unknown");

  const told = await done(200, owner.post(at("validate"), { document: wrong }));
  assert.equal(told.fits, false);
  assert.ok(told.refusals.some(({ pointer }) => pointer === "/bodies/0/mass"));
  const fits = await done(200, owner.post(at("validate"), { document: ball, settings: [{ name: "h", value: 5 }] }));
  assert.deepEqual([fits.fits, fits.mode, fits.bodies, fits.frames], [true, "precise", 1, 61]);
  assert.deepEqual(fits.parameters, [{ name: "h", minimum: 1, maximum: 20, value: 5 }]);
  const beyond = await done(200, owner.post(at("validate"), { document: ball, settings: [{ name: "h", value: 21 }] }));
  assert.equal(beyond.fits, false);
});

test("a scenario of ours is a beginning", async () => {
  const { data } = await done(200, client.get(at("scenarios")));
  assert.ok(data.length >= 15);
  const [first] = data;
  const { id } = await done(201, owner.post(SIMULATIONS, { title: first.title, scenario: first.number }));
  assert.deepEqual((await done(200, owner.get(at(id)))).document, first.document);
});

// ---- who may what

const asks = {
  see: (person, id) => person.get(at(id)),
  versions: (person, id) => person.get(at(id, "/versions")),
  runs: (person, id) => person.get(at(id, "/runs")),
  run: (person, id) => person.post(at(id, "/runs"), {}, seen(person)),
  fork: (person, id) => person.post(at(id, "/forks"), { title: "Mine" }, seen(person)),
  describe: (person, id) => person.patch(at(id), { title: "Theirs" }),
  write: (person, id) => person.put(at(id, "/scene"), { document: ball }),
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
  assert.deepEqual(forked.document, ball);
  share();
  assert.equal((await done(200, owner.get(at(id)))).forks, 1);
  await done(200, owner.put(at(id, "/archived")));
  assert.deepEqual(await search(owner), []);
  assertProblem(await owner.put(at(id, "/scene"), { document: ball }), 409, "simulation_closed");
});

test("edits that touch different fields meet in one scene; those of one field are told both sides", async () => {
  const id = await create();
  const edit = (operations, version) => owner.patch(at(id, "/scene"), { seen: version, operations }, seen(owner));
  await done(200, edit([{ op: "replace", path: "/bodies/0/mass", value: 3 }], 1));
  await done(200, edit([{ op: "replace", path: "/solver/duration", value: 2 }], 1));
  const { document, version } = await done(200, owner.get(at(id)));
  assert.deepEqual([document.bodies[0].mass, document.solver.duration, version], [3, 2, 3]);
  const answer = await edit([{ op: "replace", path: "/bodies/0/mass", value: 4 }], 1);
  assertProblem(answer, 409, "scene_conflict");
  const [{ pointer, base, ours, theirs }] = answer.json.conflicts;
  assert.deepEqual([pointer, base, ours, theirs], ["/bodies/0/mass", 1, 3, 4]);
  assertProblem(await edit([{ op: "remove", path: "/bodies/7" }], 1), 422, "edit_unfit");
  assertProblem(await edit([{ op: "replace", path: "/bodies/0/mass", value: -1 }], 3), 422, "invalid");
});
