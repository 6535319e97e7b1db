// Projects as those who make them live through it: from the wish to the activity, alone and with others.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { after, before, test } from "node:test";
import { assertProblem, Client, done, Person } from "./client.mjs";
import { System } from "./system.mjs";

const PROJECTS = "/api/v1/projects";

let system, client, simulation, owner, editor, commenter, viewer, stranger, admin;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  const names = ["Ora Owner", "Eve Editor", "Kim Commenter", "Vic Viewer", "Uma Stranger", "Ann Admin"];
  [owner, editor, commenter, viewer, stranger, admin] = await Promise.all(
    names.map((name) => Person.here(system, client, { name })),
  );
  await admin.become("admin");
  simulation = (await done(201, owner.post("/api/v1/simulations", { title: "Swing", scenario: 1 }))).id;
});
after(() => system.release());

// What one person did, the others see.
function tell(from) {
  for (const person of [owner, editor, commenter, viewer, stranger, admin])
    person.position = Math.max(person.position, from.position);
}

const wish = (given = {}) => ({ title: "Pendulum", language: "en", ...given });

async function newProject(given = {}) {
  const { id } = await done(201, owner.post(PROJECTS, wish(given)));
  tell(owner);
  return id;
}

async function joined(project, person, role) {
  await done(200, owner.put(`${PROJECTS}/${project}/invitations/${person.id}`, { role }));
  await done(200, person.put(`${PROJECTS}/${project}/membership`, {}));
  tell(person);
}

async function shared(given = {}) {
  const project = await newProject(given);
  await done(200, owner.put(`${PROJECTS}/${project}/visibility`, { visibility: "public" }));
  tell(owner);
  return project;
}

const read = (person, project, query = "") => done(200, person.get(`${PROJECTS}/${project}${query}`));

// A save on a revision; the answer as it came.
const save = (person, project, seen, change) => person.patch(`${PROJECTS}/${project}`, { seen, ...change });

async function saved(person, project, seen, change) {
  await done(200, save(person, project, seen, change));
  tell(person);
  return (await read(person, project)).revision;
}

// ---------------------------------------------------------------- from the wish to the activity

test("a project is checked, kept, shown and told of, under one trace", async () => {
  const wrong = await owner.post(PROJECTS, { title: "", language: "english language", tags: [{ word: "" }], colour: "red" });
  assertProblem(wrong, 422, "invalid");
  assert.deepEqual(wrong.json.errors.map((e) => e.pointer).sort(), ["/colour", "/language", "/tags/0/word", "/title"]);

  const trace = crypto.randomBytes(16).toString("hex");
  const headers = { traceparent: `00-${trace}-${crypto.randomBytes(8).toString("hex")}-01` };
  const body = "# Why it swings\n\nBecause $g$ pulls.\n";
  const attached = { id: "swing", kind: "simulation", target: simulation };
  const made = await owner.post(
    PROJECTS,
    wish({ summary: "A bob on a rod", body, tags: [{ word: "Waves" }], attachments: [attached] }),
    { headers },
  );
  const project = (await done(201, Promise.resolve(made))).id;

  const shown = await read(owner, project);
  assert.deepEqual([shown.title, shown.summary, shown.body, shown.revision], ["Pendulum", "A bob on a rod", body, 1]);
  assert.deepEqual([shown.role, shown.visibility, shown.author_name], ["owner", "private", "Ora Owner"]);
  assert.deepEqual(shown.attachments, [attached]);
  assert.match(shown.html, /<h1 id="h-why-it-swings">/);
  assert.equal(shown.headings[0].title, "Why it swings");

  const { data: deeds } = await done(200, owner.get(`${PROJECTS}/${project}/activity`));
  assert.deepEqual(deeds.map((d) => d.deed), ["revised", "joined", "created"]);
  for (const deed of deeds) {
    assert.equal(deed.trace.replaceAll("-", ""), trace);
    assert.deepEqual([deed.actor, deed.actor_name], [owner.id, "Ora Owner"]);
  }
  assert.equal(deeds[0].position, made.position);
  const mail = await system.mailOf(deeds.at(-1).position);
  assert.deepEqual([mail.subject, mail.to], ["Your project is there", owner.email]);
  const { out } = await system.orrery("audit", "show", "--no-pager", String(made.position));
  assert.match(out, /project_revised/);
  assert.ok(out.replaceAll("-", "").includes(trace), out);
});

test("the same key makes the same project", async () => {
  const key = `project-${crypto.randomUUID()}`;
  const first = await done(201, owner.post(PROJECTS, wish(), { key }));
  assert.deepEqual(await done(201, owner.post(PROJECTS, wish(), { key })), first);
});

test("texts that cannot be read, and files that are not there, are told by their place", async () => {
  const medium = Buffer.alloc(32, 7).toString("base64url");
  const answer = await owner.post(PROJECTS, wish({ attachments: [{ id: "a", kind: "medium", medium }] }));
  assertProblem(answer, 422, "invalid");
  assert.deepEqual(answer.json.errors.map((e) => e.pointer), ["/attachments/0/medium"]);
  const shows = await owner.post(PROJECTS, wish({ body: `![x](media:${"ab".repeat(32)})` }));
  assert.deepEqual(shows.json.errors.map((e) => e.pointer), ["/body"]);
  const target = simulation;
  const nothing = await owner.post(PROJECTS, wish({ attachments: [{ id: "a", kind: "run", target }] }));
  assert.deepEqual(nothing.json.errors.map((e) => e.pointer), ["/attachments/0/target"]);
  const twice = [{ id: "a", kind: "simulation", target }, { id: "a", kind: "simulation", target }];
  assertProblem(await owner.post(PROJECTS, wish({ attachments: twice })), 422, "attachment_unfit");
});

// ---------------------------------------------------------------- revisions

test("saves make revisions, which are compared and come back", async () => {
  const project = await newProject({ body: "one\ntwo\nthree\n" });
  assert.equal(await saved(owner, project, 1, { body: "one\n2\nthree\n" }), 2);
  const patch = [{ op: "replace", path: "/title", value: "Swing" }, { op: "add", path: "/tags/-", value: { word: "bob" } }];
  assert.equal(await saved(owner, project, 2, { patch }), 3);

  const { data } = await done(200, owner.get(`${PROJECTS}/${project}/revisions`));
  assert.deepEqual(data.map((r) => [r.revision, r.cause, r.title]), [[3, "edited", "Swing"], [2, "edited", "Pendulum"], [1, "created", "Pendulum"]]);
  assert.equal((await read(owner, project, "?revision=1")).body, "one\ntwo\nthree\n");

  const changes = await done(200, owner.get(`${PROJECTS}/${project}/changes?from=1`));
  assert.deepEqual([changes.from, changes.to, changes.removed, changes.added], [1, 3, 1, 1]);
  assert.deepEqual(changes.changed.sort(), ["tags", "title"]);
  assert.deepEqual(changes.hunks.map((h) => [h.kind, h.lines]), [
    ["kept", "one\n"], ["removed", "two\n"], ["added", "2\n"], ["kept", "three\n"],
  ]);

  await done(200, owner.post(`${PROJECTS}/${project}/revisions/1/restore`, {}));
  const back = await read(owner, project);
  assert.deepEqual([back.revision, back.title, back.body, back.tags], [4, "Pendulum", "one\ntwo\nthree\n", []]);
  assertProblem(await owner.post(`${PROJECTS}/${project}/revisions/9/restore`, {}), 404, "revision_unknown");
  assertProblem(await owner.get(`${PROJECTS}/${project}?revision=9`), 404, "revision_unknown");
});

// ---------------------------------------------------------------- together

test("changes that do not touch are merged, whoever comes first", async () => {
  const project = await newProject({ body: "a\nb\nc\nd\n", attachments: [{ id: "s", kind: "simulation", target: simulation }] });
  await joined(project, editor, "editor");
  await saved(owner, project, 1, { body: "A\nb\nc\nd\n", patch: [{ op: "add", path: "/tags/-", value: { word: "x" } }] });
  await saved(editor, project, 1, { body: "a\nb\nc\nD\n", patch: [{ op: "add", path: "/tags/-", value: { word: "y" } }] });
  const merged = await read(owner, project);
  assert.deepEqual([merged.revision, merged.body, merged.author], [3, "A\nb\nc\nD\n", editor.id]);
  assert.deepEqual(merged.tags.map((t) => t.word).sort(), ["x", "y"]);
  const { data } = await done(200, owner.get(`${PROJECTS}/${project}/revisions?limit=1`));
  assert.equal(data[0].cause, "merged");
});

test("changes that touch are refused with both sides, and nothing of them is kept", async () => {
  const project = await newProject({ body: "a\nb\n" });
  await joined(project, editor, "editor");
  await saved(owner, project, 1, { body: "a\nours\n", patch: [{ op: "replace", path: "/title", value: "Ours" }] });
  const answer = await save(editor, project, 1, {
    body: "a\ntheirs\n",
    patch: [{ op: "test", path: "/title", value: "Pendulum" }, { op: "replace", path: "/title", value: "Theirs" }],
  });
  assertProblem(answer, 409, "edit_conflict");
  assert.equal(answer.json.revision, 2);
  assert.deepEqual(answer.json.conflicts, [{ pointer: "/title", base: "Pendulum", ours: "Ours", theirs: "Theirs" }]);
  assert.deepEqual(answer.json.line_conflicts, [
    { base: { line: 2, count: 1, text: "b\n" }, ours: { line: 2, count: 1, text: "ours\n" }, theirs: { line: 2, count: 1, text: "theirs\n" } },
  ]);
  assert.equal((await read(owner, project)).revision, 2);
});

test("a patch that does not fit is told by its operation, and one that makes nonsense by its place", async () => {
  const project = await newProject();
  const gone = await save(owner, project, 1, { patch: [{ op: "remove", path: "/summary" }, { op: "remove", path: "/nothing" }] });
  assertProblem(gone, 422, "invalid");
  assert.deepEqual(gone.json.errors.map((e) => e.pointer), ["/patch/1"]);
  const empty = await save(owner, project, 1, { patch: [{ op: "replace", path: "/title", value: "" }] });
  assert.deepEqual(empty.json.errors.map((e) => e.pointer), ["/title"]);
  const foreign = await save(owner, project, 1, { patch: [{ op: "add", path: "/colour", value: 1 }] });
  assert.deepEqual(foreign.json.errors.map((e) => e.pointer), ["/colour"]);
  assertProblem(await save(owner, project, 7, { body: "x" }), 404, "revision_unknown");
});

test("a save under its key is one revision, however often it is sent", async () => {
  const project = await newProject();
  const key = `save-${crypto.randomUUID()}`;
  const change = { seen: 1, body: "again" };
  const first = await owner.patch(`${PROJECTS}/${project}`, change, { key });
  await done(200, Promise.resolve(first));
  await saved(owner, project, 2, { patch: [{ op: "replace", path: "/title", value: "Later" }] });
  const again = await owner.patch(`${PROJECTS}/${project}`, change, { key });
  assert.deepEqual([again.status, again.json], [200, first.json]);
  assert.equal((await read(owner, project)).revision, 3);
});

test("twenty saves at once of different lines are all kept", async () => {
  const lines = Array.from({ length: 40 }, (_, i) => `line ${i}`);
  const project = await newProject({ body: `${lines.join("\n")}\n` });
  const one = async (n) => {
    const mine = lines.map((line, i) => (i === 2 * n ? `changed ${n}` : line));
    for (;;) {
      const answer = await save(owner, project, 1, { body: `${mine.join("\n")}\n` });
      if (answer.status === 200) return;
      assertProblem(answer, 409, "revision_stale"); // somebody was faster by a hair; it is sent again as it was
    }
  };
  await Promise.all(Array.from({ length: 20 }, (_, n) => one(n)));
  const { body, revision } = await read(owner, project);
  assert.equal(revision, 21);
  assert.deepEqual(body.trim().split("\n"), lines.map((line, i) => (i % 2 ? line : `changed ${i / 2}`)));
});

// ---------------------------------------------------------------- who takes part

test("people are invited, answer, change roles and leave; somebody always owns it", async () => {
  const project = await newProject();
  const notifications = [{ kind: "project", channel: "mail", on: false }];
  await done(200, viewer.patch("/api/v1/users/me/preferences", { notifications }));
  await done(200, owner.put(`${PROJECTS}/${project}/invitations/${viewer.id}`, { role: "viewer" }));
  await done(200, owner.put(`${PROJECTS}/${project}/invitations/${editor.id}`, { role: "editor" }));
  tell(owner);
  assert.equal((await system.mailOf(owner.position)).subject, "You are asked to take part in a project");
  assert.ok(!system.mails(viewer.email).some(({ subject }) => /take part/.test(subject)), "who wants no mail gets none");
  await done(200, viewer.delete(`${PROJECTS}/${project}/invitations/${viewer.id}`));
  const { data: asked } = await done(200, editor.get("/api/v1/me/projects/invitations"));
  assert.ok(asked.some((i) => i.project === project && i.role === "editor" && i.title === "Pendulum"));
  assertProblem(await editor.get(`${PROJECTS}/${project}`), 404, "project_unknown");
  await done(200, editor.put(`${PROJECTS}/${project}/membership`, {}));
  tell(editor);
  const { data: mine } = await done(200, editor.get("/api/v1/me/projects"));
  assert.equal(mine.find((p) => p.project === project).role, "editor");
  assertProblem(await owner.delete(`${PROJECTS}/${project}/members/${owner.id}`), 409, "owner_needed");
  await done(200, owner.put(`${PROJECTS}/${project}/owner`, { member: editor.id }));
  tell(owner);
  const { data: people } = await done(200, editor.get(`${PROJECTS}/${project}/members`));
  assert.deepEqual(people.map((m) => `${m.name} ${m.role} ${m.invited}`).sort(), ["Eve Editor owner false", "Ora Owner editor false"]);
  await done(200, owner.delete(`${PROJECTS}/${project}/members/${owner.id}`));
  assertProblem(await owner.get(`${PROJECTS}/${project}`), 404, "project_unknown");
});

test("when somebody is erased their revisions say nothing any more, and the others go on", async () => {
  const gone = await Person.here(system, client, { name: "Gus Gone" });
  const project = await newProject({ body: "owner's\n" });
  await done(200, owner.put(`${PROJECTS}/${project}/invitations/${gone.id}`, { role: "editor" }));
  await done(200, gone.put(`${PROJECTS}/${project}/membership`, {}));
  await done(200, save(gone, project, 1, { body: "owner's\ngus's\n", patch: [{ op: "replace", path: "/title", value: "Gus" }] }));
  await done(200, gone.post("/api/v1/users/me/erase", { password: gone.password }));
  tell(gone);
  const empty = await read(owner, project);
  assert.deepEqual([empty.revision, empty.title, empty.author_name, empty.body], [2, undefined, undefined, ""]);
  assertProblem(await owner.post(`${PROJECTS}/${project}/revisions/2/restore`, {}), 404, "revision_unknown");
  const untitled = await save(owner, project, 2, { body: "mine again\n" });
  assert.deepEqual(untitled.json.errors.map((e) => e.pointer), ["/title"]);
  await done(200, owner.post(`${PROJECTS}/${project}/revisions/1/restore`, {}));
  const back = await read(owner, project);
  assert.deepEqual([back.revision, back.title, back.body], [3, "Pendulum", "owner's\n"]);
  const { data } = await done(200, owner.get(`${PROJECTS}/${project}/members`));
  assert.deepEqual(data.map((m) => m.member), [owner.id]);
});

test("an archived project rests", async () => {
  const project = await newProject();
  await done(200, owner.put(`${PROJECTS}/${project}/archived`, {}));
  assertProblem(await save(owner, project, 1, { body: "x" }), 409, "project_archived");
  await done(200, owner.delete(`${PROJECTS}/${project}/archived`));
  await done(200, save(owner, project, 1, { body: "x" }));
});

// ---------------------------------------------------------------- what others make and say of it

test("a fork names where it comes from, and goes its own way", async () => {
  const secret = `${PROJECTS}/${await newProject()}/forks`;
  for (const revision of [1, 9]) assertProblem(await stranger.post(secret, { revision }), 404, "project_unknown");
  const project = await shared({ body: "mine\n" });
  const fork = (await done(201, stranger.post(`${PROJECTS}/${project}/forks`, {}))).id;
  await done(200, stranger.patch(`${PROJECTS}/${fork}`, { seen: 1, body: "yours\n" }));
  await done(200, stranger.put(`${PROJECTS}/${fork}/visibility`, { visibility: "public" }));
  tell(stranger);
  const shown = await read(owner, fork);
  assert.deepEqual([shown.origin, shown.origin_revision, shown.origin_author_name], [project, 1, "Ora Owner"]);
  assert.deepEqual([shown.body, (await read(owner, project)).body], ["yours\n", "mine\n"]);
  assert.equal((await read(owner, project)).forks, 1);
  const { data } = await done(200, owner.get(`${PROJECTS}/${project}/forks`));
  assert.deepEqual(data.map((p) => p.project), [fork]);
});

test("comments are answered, mended and taken away", async () => {
  const project = await shared();
  const comments = `${PROJECTS}/${project}/comments`;
  const first = (await done(201, stranger.post(comments, { text: "Why?" }))).id;
  const second = (await done(201, owner.post(comments, { text: "Gravity", parent: first }))).id;
  assertProblem(await stranger.post(comments, { text: "Deeper", parent: second }), 422, "comment_deep");
  assertProblem(await owner.put(`${comments}/${first}`, { text: "x" }), 404, "comment_unknown");
  await done(200, stranger.put(`${comments}/${first}`, { text: "Why so slow?" }));
  await done(200, owner.delete(`${comments}/${second}`));
  tell(stranger);
  tell(owner);
  const { data } = await done(200, client.get(comments, { min: owner.position }));
  assert.deepEqual(data.map((c) => [c.text, c.parent, c.deleted, c.author_name]), [
    ["Why so slow?", undefined, false, "Uma Stranger"],
    [undefined, first, true, "Ora Owner"],
  ]);
  assert.equal((await read(owner, project)).comments, 1);
});

test("a like is one like, and can be taken back", async () => {
  const project = await shared();
  for (let i = 0; i < 2; i++) await done(200, stranger.put(`${PROJECTS}/${project}/like`, {}));
  const liked = await read(stranger, project);
  assert.deepEqual([liked.likes, liked.liked], [1, true]);
  await done(200, stranger.delete(`${PROJECTS}/${project}/like`));
  assert.deepEqual([(await read(stranger, project)).likes], [0]);
});

test("what is hidden leaves the gallery, and its owner is told why", async () => {
  const word = `w${crypto.randomBytes(5).toString("hex")}`;
  const project = await shared({ title: `Reported ${word}` });
  await done(200, stranger.post(`${PROJECTS}/${project}/reports`, { reason: "Copied from mine" }));
  tell(stranger);
  const { data: reports } = await done(200, admin.get(`${PROJECTS}/reported`));
  assert.equal(reports.find((r) => r.project === project).reason, "Copied from mine");
  await done(200, admin.put(`${PROJECTS}/${project}/hidden`, { reason: "It is a copy" }));
  tell(admin);
  const search = async () => (await done(200, stranger.get(`${PROJECTS}?search=${word}`))).data.length;
  assert.equal(await search(), 0);
  assertProblem(await stranger.get(`${PROJECTS}/${project}`), 404, "project_unknown");
  const shown = await read(owner, project);
  assert.deepEqual([shown.hidden, shown.hidden_reason], [true, "It is a copy"]);
  await done(200, admin.delete(`${PROJECTS}/${project}/hidden`));
  tell(admin);
  assert.equal(await search(), 1);
  await done(200, admin.delete(`${PROJECTS}/${project}/reports`));
  const { data: left } = await done(200, admin.get(`${PROJECTS}/reported`));
  assert.ok(!left.some((r) => r.project === project));
});

test("the gallery is searched, narrowed, ordered, paged and taken as lines", async () => {
  const word = `g${crypto.randomBytes(5).toString("hex")}`;
  const projects = [];
  for (const [title, language] of [["One", "en"], ["Two", "de-AT"], ["Three", "en"]])
    projects.push(await shared({ title: `${title} ${word}`, language, tags: [{ word }] }));
  await newProject({ title: `Private ${word}`, tags: [{ word }] });
  await done(200, stranger.put(`${PROJECTS}/${projects[0]}/like`, {}));
  tell(stranger);
  const titles = async (query) =>
    (await done(200, client.get(`${PROJECTS}?${query}`, { min: stranger.position }))).data.map((p) => p.title.split(" ")[0]);
  assert.deepEqual((await titles(`search=${word}`)).sort(), ["One", "Three", "Two"]);
  assert.deepEqual((await titles(`search=${word} -two`)).sort(), ["One", "Three"]);
  assert.deepEqual(await titles(`tag=${word.toUpperCase()}`), ["Three", "Two", "One"]);
  assert.deepEqual(await titles(`tag=${word}&language=de`), ["Two"]);
  assert.deepEqual(await titles(`tag=${word}&order=likes`), ["One", "Three", "Two"]);
  const page = await done(200, client.get(`${PROJECTS}?tag=${word}&limit=2`));
  const rest = await done(200, client.get(`${PROJECTS}?tag=${word}&limit=2&cursor=${page.next}`));
  assert.deepEqual([...page.data, ...rest.data].map((p) => p.project), projects.toReversed());
  const lines = await client.get(`${PROJECTS}?tag=${word}`, { headers: { accept: "application/x-ndjson" } });
  assert.equal(lines.json.length, 3);
});

test("a scene lent to a project is written by its editors together, and seen by all who take part", async () => {
  const project = await newProject();
  const id = (await done(201, owner.post("/api/v1/simulations", { title: "Ours", scenario: 4 }))).id;
  const path = `/api/v1/simulations/${id}`;
  const edit = (person, field, value, version = 1) =>
    person.patch(`${path}/scene`, { seen: version, operations: [{ op: "replace", path: field, value }] }, { min: person.position });
  tell(owner);
  await joined(project, editor, "editor");
  await joined(project, viewer, "viewer");
  assert.equal((await editor.get(path)).status, 404);
  await done(200, owner.put(`${path}/project`, { project }));
  tell(owner);
  await done(200, edit(owner, "/solver/duration", 30));
  tell(owner);
  await done(200, edit(editor, "/bodies/0/mass", 2));
  tell(editor);
  const { scene, version, project: lent } = await done(200, viewer.get(path));
  assert.deepEqual([scene.solver.duration, scene.bodies[0].mass, version, lent], [30, 2, 3, project]);
  const met = await edit(editor, "/solver/duration", 40);
  assertProblem(met, 409, "scene_conflict");
  assert.deepEqual(met.json.conflicts.map(({ ours, theirs }) => [ours, theirs]), [[30, 40]]);
  assertProblem(await edit(viewer, "/bodies/0/mass", 3, 3), 403, "simulation_not_yours");
  assert.equal((await stranger.get(path)).status, 404);
  await done(200, owner.delete(`${path}/project`));
  tell(owner);
  assertProblem(await edit(editor, "/bodies/0/mass", 3, 3), 404, "simulation_unknown");
});
