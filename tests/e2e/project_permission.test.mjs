// Who may do what in a project: every route against everybody who may stand to it somehow. The table is written by hand,
// so that a route that opens by mistake is seen here. Each route that changes something has projects of its own, which
// callers try in order.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, done, Person } from "./client.mjs";
import { System } from "./system.mjs";

const PROJECTS = "/api/v1/projects";
const UNKNOWN = "01890000-0000-7000-8000-000000000000";

// The first seven stand to a private project so; the last two to a public one that they take no part in.
//
//                                     nobody stranger viewer commenter editor owner admin | nobody stranger
const table = `
  GET    /                             404    404      200    200       200    200   200     200    200
  GET    /?revision=1                  404    404      200    200       200    200   200     403    403
  PATCH  /                             401    404      403    403       200    200   403     401    403
  GET    /revisions                    401    404      200    200       200    200   200     401    403
  POST   /revisions/1/restore          401    404      403    403       200    200   403     401    403
  GET    /changes?from=1&to=1          401    404      200    200       200    200   200     401    403
  GET    /activity                     401    404      200    200       200    200   200     401    403
  PUT    /visibility                   401    404      403    403       403    200   200     401    403
  PUT    /archived                     401    404      403    403       403    200   200     401    403
  DELETE /archived                     401    404      403    403       403    200   200     401    403
  GET    /members                      401    404      200    200       200    200   200     401    403
  PUT    /members/{viewer}             401    404      403    403       403    200   200     401    403
  DELETE /members/{unknown}            401    404      403    403       403    404   404     401    403
  PUT    /owner                        401    404      403    403       403    200   200     401    403
  PUT    /invitations/{guest}          401    404      403    403       403    200   200     401    403
  DELETE /invitations/{unknown}        401    404      403    403       403    404   404     401    403
  PUT    /membership                   401    404      200    200       200    200   404     401    404
  POST   /forks                        401    404      201    201       201    201   201     401    201
  GET    /forks                        404    404      200    200       200    200   200     200    200
  POST   /comments                     401    404      403    201       201    201   201     401    201
  GET    /comments                     404    404      200    200       200    200   200     200    200
  PUT    /comments/{comment}           401    404      404    200       404    404   404     401    404
  DELETE /comments/{comment}           401    404      404    200       404    200   200     401    404
  PUT    /like                         401    404      200    200       200    200   200     401    200
  DELETE /like                         401    200      200    200       200    200   200     401    200
  POST   /reports                      401    404      200    200       200    200   200     401    200
  DELETE /reports                      401    403      403    403       403    403   200     401    403
  PUT    /hidden                       401    403      403    403       403    403   200     401    403
  DELETE /hidden                       401    403      403    403       403    403   200     401    403
`;
const CALLERS = ["nobody", "stranger", "viewer", "commenter", "editor", "owner", "admin", "nobody", "stranger"];
const PUBLIC_FROM = 7;

const rows = table
  .trim()
  .split("\n")
  .map((line) => line.trim().split(/\s+/))
  .map(([method, path, ...statuses]) => ({ method, path, statuses: statuses.map(Number) }));

let system, client, people;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  const kinds = ["stranger", "viewer", "commenter", "editor", "owner", "admin", "guest"];
  const here = kinds.map(async (kind) => [kind, await Person.here(system, client, { name: `The ${kind}` })]);
  people = Object.fromEntries(await Promise.all(here));
  await people.admin.become("admin");
  people.nobody = { send: (method, path, options) => client.send(method, path, { ...options, min: people.owner.position }) };
});
after(() => system.release());

const bodies = {
  "PATCH /": () => ({ seen: 1, body: "changed\n" }),
  "POST /revisions/1/restore": () => ({}),
  "PUT /visibility": () => ({ visibility: "private" }),
  "PUT /archived": () => ({}),
  "PUT /members/{viewer}": () => ({ role: "viewer" }),
  "PUT /owner": () => ({ member: people.editor.id }),
  "PUT /invitations/{guest}": () => ({ role: "viewer" }),
  "PUT /membership": () => ({}),
  "POST /forks": () => ({}),
  "POST /comments": () => ({ text: "Nice" }),
  "PUT /comments/{comment}": () => ({ text: "Nicer" }),
  "PUT /like": () => ({}),
  "POST /reports": () => ({ reason: "Copied" }),
  "PUT /hidden": () => ({ reason: "For the test" }),
};

// A project in which each has their role, and the commenter said something.
async function project() {
  const { owner } = people;
  const { id } = await done(201, owner.post(PROJECTS, { title: "Pendulum", language: "en", body: "one\n" }));
  const join = async (role) => {
    await done(200, owner.put(`${PROJECTS}/${id}/invitations/${people[role].id}`, { role }));
    await done(200, people[role].put(`${PROJECTS}/${id}/membership`, {}));
  };
  await Promise.all(["viewer", "commenter", "editor"].map(join));
  const comment = (await done(201, people.commenter.post(`${PROJECTS}/${id}/comments`, { text: "Hm" }))).id;
  return { id, comment };
}

async function pair() {
  const [hidden, open] = await Promise.all([project(), project()]);
  await done(200, people.owner.put(`${PROJECTS}/${open.id}/visibility`, { visibility: "public" }));
  share();
  return { hidden, open };
}

// Those who only look may look at the same ones.
let looked;
const pairFor = async (method) => (method === "GET" ? (looked ??= await pair()) : pair());

// Everybody has heard of what anybody did.
function share() {
  const known = Object.values(people).filter(({ position }) => position !== undefined);
  const position = Math.max(...known.map((person) => person.position));
  for (const person of known) person.position = position;
}

test("the table names every route of a project", () => {
  const documented = client.contract.operations().map(({ method, template }) => `${method} ${template}`);
  const named = rows.map(({ method, path }) => `${method} ${path.replace(/\?.*/, "")}`);
  const templates = documented
    .filter((route) => route.includes(`${PROJECTS}/{project}`))
    .map((route) => route.replace(`${PROJECTS}/{project}`, "").replace(" ", " /").replace("//", "/"))
    .map((route) => route.replace("{revision}", "1").replace(/(PUT) (.*members)\/\{member\}/, "$1 $2/{viewer}"))
    .map((route) => route.replace(/(PUT) (.*invitations)\/\{member\}/, "$1 $2/{guest}").replace("{member}", "{unknown}"));
  assert.deepEqual([...new Set(named)].sort(), templates.sort());
});

for (const { method, path, statuses } of rows)
  test(`who may ${method} ${path}`, async () => {
    const { hidden, open } = await pairFor(method);
    const seen = [];
    for (const [place, caller] of CALLERS.entries()) {
      const { id, comment } = place < PUBLIC_FROM ? hidden : open;
      const filled = path
        .replace("{viewer}", people.viewer.id)
        .replace("{guest}", people.guest.id)
        .replace("{unknown}", UNKNOWN)
        .replace("{comment}", comment);
      const json = bodies[`${method} ${path}`]?.();
      seen.push((await people[caller].send(method, `${PROJECTS}/${id}${filled === "/" ? "" : filled.replace("/?", "?")}`, { json })).status);
    }
    assert.deepEqual(seen, statuses);
  });
