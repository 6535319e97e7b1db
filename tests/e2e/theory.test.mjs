// What theory says of motion.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertProblem, Client, done, Person } from "./client.mjs";
import { System } from "./system.mjs";

const at = (path) => `/api/v1/simulations/${path}`;

let system, client, person;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  person = await Person.here(system, client, { name: "Ada Learner" });
});
after(() => system.release());

test("formulas are told with their arguments and units", async () => {
  const { data } = await done(200, client.get(at("formulas")));
  assert.ok(data.length >= 60);
  assert.deepEqual(data.find(({ name }) => name === "spring_period").arguments, [
    { name: "m", unit: "kg" },
    { name: "k", unit: "N/m" },
  ]);
});

test("a formula is drawn along one argument", async () => {
  const wish = { formula: "projectile_y", along: "t", from: 0, to: 2, count: 5 };
  const given = { y0: 0, v: 10, angle: Math.PI / 2, g: 10 };
  const settings = Object.entries(given).map(([name, value]) => ({ name, value }));
  const curve = await done(200, person.post(at("formulas/curve"), { ...wish, arguments: settings }));
  assert.deepEqual(curve.points, [[0, 0], [0.5, 3.75], [1, 5], [1.5, 3.75], [2, 0]]);
  assert.equal(curve.unit, "m");

  assertProblem(await person.post(at("formulas/curve"), { ...wish, formula: "system" }), 404, "formula_unknown");
  const lacking = await person.post(at("formulas/curve"), { ...wish, arguments: settings.slice(1) });
  assert.equal(lacking.status, 422);
  assert.deepEqual(lacking.json.errors, [{ pointer: "/arguments", detail: "must have y0" }]);
});
