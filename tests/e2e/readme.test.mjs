// What the README promises a newcomer.
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { readWalk, runWalk } from "./readme.mjs";
import { System } from "./system.mjs";

const walk = readWalk();
let system;

before(async () => {
  system = await System.attach();
});
after(() => system.release());

test("the walk of the README works as it stands there", { skip: walk ? false : "there is no README.md" }, async () => {
  const { code, out, err } = await runWalk(walk, { base: system.base, mail: path.join(system.data, "mail") });
  assert.equal(code, 0, out + err);
  assert.match(out, /"name":"Ada Lovelace"/);
  assert.match(out, /"bio":"Wrote the first program\."/);
  assert.match(out, /"event": "user_registered"/);
  const last = JSON.parse(out.trim().split("\n").at(-1));
  assert.equal(last.status, 401);
});
