// A course as one file: the same bytes for the same course, without people, moments or ids of the platform in it.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { assertProblem, assertStatus, Client, Person } from "./client.mjs";
import { writeMechanics } from "./mechanics.mjs";
import { eventually, System } from "./system.mjs";

let system, client, author, written;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  author = await (await Person.here(system, client, { name: "The author" })).become("instructor");
  written = await writeMechanics(author);
});
after(() => system.release());

// As curl would take it; held against the contract.
async function take(course, { by = author, query = "", method = "GET" } = {}) {
  const path = `/api/v1/courses/${course}/archive`;
  const headers = { authorization: `Bearer ${by.token}`, "x-min-position": String(by.position) };
  const response = await fetch(`${system.base}${path}${query}`, { method, headers });
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = response.status < 400 ? "" : bytes.toString();
  const answer = { method, path, status: response.status, headers: response.headers, text };
  if (response.status >= 400) client.contract.check(answer);
  return { ...answer, bytes, json: text ? JSON.parse(text) : undefined };
}

async function taken(course, options) {
  const answer = await take(course, options);
  assertStatus(answer, 200);
  return answer.bytes;
}

// As everybody's tar reads it.
const list = (archive) => execFileSync("tar", ["tf", "-"], { input: archive }).toString().trim().split("\n");
const file = (archive, name) => execFileSync("tar", ["xOf", "-", name], { input: archive, maxBuffer: 1 << 25 });
const lines = (archive) => file(archive, "course.jsonl").toString().trim().split("\n").map((line) => JSON.parse(line));

test("a course becomes one file that any tar opens, and the same course the same bytes", async () => {
  const archive = await taken(written.course);
  assert.deepEqual(await taken(written.course), archive);
  assert.equal(archive.length % 512, 0);
  const [first, ...media] = list(archive);
  assert.equal(first, "course.jsonl");
  assert.deepEqual(media, media.toSorted());
  assert.equal(media.length, 1);
  for (const name of media)
    assert.equal(`media/${crypto.createHash("sha256").update(file(archive, name)).digest("hex")}`, name);
  const [heading, ...wishes] = lines(archive);
  assert.deepEqual(heading, { format: "orrery-course", version: 1 });
  const counts = {};
  for (const { command } of wishes) counts[command] = (counts[command] ?? 0) + 1;
  assert.equal(counts.create_course, 1);
  assert.equal(counts.write_lesson, 10);
  assert.equal(counts.write_question, 32);
  assert.equal(counts.change_outline, 1);
  const types = new Set(wishes.filter(({ command }) => command === "write_question").map(({ body }) => body.type));
  assert.equal(types.size, 11);
});

test("nothing in it is of the platform, of a person or of a moment", async () => {
  const text = file(await taken(written.course), "course.jsonl").toString();
  for (const id of [written.course, author.id, ...Object.values(written.ids)])
    assert.ok(!text.includes(id) || id.length !== 36, id);
  assert.ok(!/"(actor|creator|since|written_at|code)"/.test(text));
  assert.match(text, /```question 0000000[1-9a-f]-0003-8000-8000-000000000000/);
});

test("the files can be left out", async () => {
  const archive = await taken(written.course, { query: "?media=false" });
  assert.deepEqual(list(archive), ["course.jsonl"]);
  const whole = await taken(written.course, { query: "?media=true" });
  assert.deepEqual(file(archive, "course.jsonl"), file(whole, "course.jsonl"));
});

test("HEAD tells how long it is", async () => {
  const head = await take(written.course, { method: "HEAD" });
  assertStatus(head, 200);
  assert.equal(head.headers.get("content-length"), String((await taken(written.course)).length));
  assert.equal(head.headers.get("content-type"), "application/x-tar");
  assert.equal(head.headers.get("content-disposition"), 'attachment; filename="course.tar"');
});

test("those who write the course may take it, and nobody else", async () => {
  const stranger = await Person.here(system, client);
  const colleague = await Person.here(system, client);
  assertProblem(await take(written.course, { by: stranger }), 404, "course_unknown");
  const staff = `/api/v1/courses/${written.course}/staff/${colleague.id}`;
  assertStatus(await author.put(staff, { role: "assistant" }), 200);
  colleague.position = author.position;
  assertProblem(await take(written.course, { by: colleague }), 403, "course_role_missing");
  assertStatus(await author.put(staff, { role: "author" }), 200);
  colleague.position = author.position;
  assert.deepEqual(await taken(written.course, { by: colleague }), await taken(written.course));
  assertProblem(await take(crypto.randomUUID()), 404, "course_unknown");
});

// ---- in again

const hex = (bytes) => crypto.createHash("sha256").update(bytes).digest("hex");
const IMPORT = "/api/v1/courses/import";

// A tar as a few lines make one; `files` are pairs of names and bytes.
function pack(files, { end = 1024 } = {}) {
  const blocks = files.flatMap(([name, bytes]) => {
    const head = Buffer.alloc(512);
    head.write(name, 0, 100, "utf8");
    head.write("0000644\0" + "0000000\0" + "0000000\0", 100);
    head.write(bytes.length.toString(8).padStart(11, "0") + "\0" + "00000000000\0" + "        " + "0", 124);
    head.write("ustar\u000000", 257, "latin1");
    const sum = head.reduce((one, two) => one + two, 0);
    head.write(sum.toString(8).padStart(6, "0") + "\0 ", 148);
    return [head, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(end)]);
}

const packed = (wishes, media = []) =>
  pack([["course.jsonl", Buffer.from(wishes.map((one) => JSON.stringify(one) + "\n").join(""))], ...media]);

function bring(archive, { by = author, type = "application/x-tar", headers = {}, ...options } = {}) {
  return by.send("POST", IMPORT, { body: archive, headers: { "content-type": type, ...headers }, ...options });
}

async function brought(archive, options) {
  const answer = await bring(archive, options);
  assertStatus(answer, 201);
  return answer.json;
}

const heading = { format: "orrery-course", version: 1 };
const local = (kind, number) => `${number.toString(16).padStart(8, "0")}-${String(kind).padStart(4, "0")}-8000-8000-000000000000`;
const COURSE = local(1, 1);
const create = { command: "create_course", body: { course: COURSE, title: "A course", language: "en", level: "advanced" } };
const lesson = (number, body = "Text.") => ({
  command: "write_lesson",
  body: { course: COURSE, lesson: local(4, number), title: `Lesson ${number}`, body },
});
const events = async (position) => (await system.events(position + 1)).filter(({ actor }) => actor === author.id);
const errors = (answer) => answer.json.errors.map(({ pointer, detail }) => `${pointer} ${detail}`);

test("an archive that was read in gives the same archive again, byte for byte", async () => {
  const archive = await taken(written.course);
  const made = await brought(archive);
  assert.deepEqual(made, {
    course: made.course, position: author.position, lines: lines(archive).length - 1,
    lessons: 10, questions: 32, assessments: made.assessments, achievements: 0, files: 1,
  });
  assert.ok(made.assessments > 0);
  assert.notEqual(made.course, written.course);
  assert.deepEqual(await taken(made.course), archive);
  const { json: draft } = await author.get(`/api/v1/courses/${made.course}/draft`);
  assert.deepEqual(draft.sections.map(({ title }) => title), (await author.get(`/api/v1/courses/${written.course}/draft`)).json.sections.map(({ title }) => title));
});

test("everything that a course may have comes back", async () => {
  const { json: { id: course } } = await author.post("/api/v1/courses", { title: "All of it", language: "de", level: "advanced" });
  const at = `/api/v1/courses/${course}`;
  const send = async (method, path, json) => {
    const answer = await author.send(method, path, { json });
    assert.ok(answer.status < 300, answer.text);
    return answer.json.id;
  };
  const objective = crypto.randomUUID();
  await send("PUT", `${at}/objectives`, { objectives: [{ objective, title: "Gone" }] });
  const question = await send("POST", `${at}/questions`, { type: "true_false", prompt: "First?", objectives: [{ objective }] });
  await send("PUT", `/api/v1/questions/${question}/key`, { version: 1, choices: [{ key: "true", credit: 1000 }], reason: "Ada saw it" });
  await send("PUT", `/api/v1/questions/${question}`, { type: "true_false", prompt: "Never asked?" });
  await send("PUT", `/api/v1/questions/${question}`, { type: "true_false", prompt: "Third?" });
  await send("PUT", `/api/v1/questions/${question}/key`, { version: 3, choices: [{ key: "false", credit: 1000 }] });
  await send("PUT", `/api/v1/questions/${question}/use`, { use: "both" });
  const retired = await send("POST", `${at}/questions`, { type: "true_false", prompt: "Retired, but asked?" });
  const unasked = await send("POST", `${at}/questions`, { type: "true_false", prompt: "Retired for good?" });
  const pool = [{ question, version: 1 }, { question: retired, version: 1 }];
  const slots = [{ points_milli: 1000, draw: 1, pool }];
  const assessment = await send("POST", `${at}/assessments`, { title: "Test", purpose: "exam", slots });
  const policy = {
    late_window_s: 60, late_penalty: 100, keeps: "latest", feedback: "closed", shows_key: true, graders: 1, release: "manual",
    shuffles_questions: true, shuffles_choices: false, attempts_max: 2, opens_at: "2026-01-01T08:00:00.000000Z",
  };
  await send("PUT", `/api/v1/assessments/${assessment}/policy`, policy);
  for (const one of [retired, unasked]) await send("DELETE", `/api/v1/questions/${one}`);
  const body = "```question " + question + "\nHere\n```\n\n> ~~~question " + crypto.randomUUID() + "\n> Nowhere\n> ~~~\n";
  const kept = await send("POST", `${at}/lessons`, { title: "Kept", body, objectives: [{ objective }] });
  const gone = await send("POST", `${at}/lessons`, { title: "Thrown away", body: "" });
  await send("DELETE", `${at}/items/${gone}`);
  await send("PUT", `${at}/objectives`, { objectives: [] });
  await send("PUT", `${at}/outline`, {
    sections: [{ title: "One", items: [
      { item: kept, required: true, rule: "viewed" },
      { item: assessment, required: false, rule: "score", score_min: 500, after: kept },
    ] }],
  });
  await send("PUT", `${at}/gradebook`, {
    categories: [{ key: "exam", name: "Exams", weight: 1000, drop_lowest: 0 }],
    items: [{ item: assessment, category: "exam" }, { item: gone, category: "exam" }],
  });
  await send("PUT", `${at}/enrolment/policy`, { admission: "code", code: "sesame-opens", seats: 30, places: 5 });
  const badge = { kind: "badge", name: "Done", description: "Done.", criteria: "Do it.", trigger: "graded" };
  await send("POST", "/api/v1/achievements", { ...badge, course, item: assessment, times: 1 });
  await send("POST", "/api/v1/achievements", { ...badge, course, item: gone });
  const over = await send("POST", "/api/v1/achievements", { ...badge, course, trigger: "course_completed" });
  await send("DELETE", `/api/v1/achievements/${over}`);
  const archive = await taken(course);
  const told = file(archive, "course.jsonl").toString();
  for (const word of ["Never asked", "Retired for good", "Thrown away", "Ada saw it", "sesame", "Gone"])
    assert.ok(!told.includes(word), word);
  assert.match(told, /"Retired, but asked\?"/);
  assert.deepEqual(
    lines(archive).slice(1).map(({ command }) => command).filter((one) => !/^write|^set/.test(one)),
    ["create_course", "revise_question", "change_question_use", "change_assessment_policy", "change_outline", "change_gradebook",
      "change_enrolment_policy", "define_achievement", "retire_question"],
  );
  const made = await brought(archive);
  assert.deepEqual(await taken(made.course), archive);
  const { json: admission } = await author.get(`/api/v1/courses/${made.course}/enrolment/policy`);
  assert.equal(admission.admission, "code");
  assert.notEqual(admission.code, "sesame-opens");
});

test("the same import again makes nothing twice; another key makes another course", async () => {
  const archive = await taken(written.course);
  const key = crypto.randomUUID();
  const first = await brought(archive, { key });
  const { position } = author;
  assert.deepEqual(await brought(archive, { key }), first);
  assert.deepEqual(await events(position), []);
  assert.notEqual((await brought(archive, { key: crypto.randomUUID() })).course, first.course);
  assertProblem(await bring(packed([heading, create, lesson(1)]), { key }), 422, "command_id_reused");
});

test("a dry run tells what would come of it, and keeps nothing", async () => {
  const archive = await taken(written.course);
  const { position } = author;
  const answer = await bring(archive, { headers: { prefer: "dry-run" } });
  assertStatus(answer, 200);
  assert.deepEqual(answer.json.events.slice(0, 2), ["course_created", "staff_joined"]);
  assert.equal(answer.json.events.filter((one) => one === "lesson_written").length, 10);
  assert.deepEqual(await events(position), []);
});

test("an import that broke off goes on where it stopped", async () => {
  const other = await system.api();
  const archive = await taken(written.course);
  const key = crypto.randomUUID();
  const headers = {
    authorization: `Bearer ${author.token}`, "content-type": "application/x-tar", "idempotency-key": key,
  };
  const broken = fetch(`${other.base}${IMPORT}`, { method: "POST", body: archive, headers }).catch((error) => error);
  const { position } = author;
  await eventually("the import begins", async () => (await events(position)).length > 5);
  other.child.kill("SIGKILL");
  assert.ok((await broken) instanceof Error, "it was not over");
  const before = (await events(position)).length;
  const made = await brought(archive, { key });
  const all = await events(position);
  assert.ok(all.length > before);
  assert.equal(all.filter(({ event, type }) => (event ?? type) === "lesson_written").length, 10);
  assert.deepEqual(await taken(made.course), archive);
});

test("a clone is a course of its own, that learners can take", async () => {
  const key = crypto.randomUUID();
  const path = `/api/v1/courses/${written.course}/clone`;
  const cloned = await author.post(path, { title: "Mechanics once more" }, { key });
  assertStatus(cloned, 201);
  assert.deepEqual((await author.post(path, { title: "Mechanics once more" }, { key })).json, cloned.json);
  const { course } = cloned.json;
  const { json: seen } = await author.get(`/api/v1/courses/${course}`);
  assert.deepEqual([seen.title, seen.origin, seen.role], ["Mechanics once more", written.course, "instructor"]);
  const [, , ...rest] = lines(await taken(course));
  assert.deepEqual(rest, lines(await taken(written.course)).slice(2));
  const at = `/api/v1/courses/${course}`;
  assertStatus(await author.put(`${at}/enrolment/policy`, { admission: "open", seats: 0, places: 0 }), 200);
  assertStatus(await author.post(`${at}/editions`, {}), 201);
  const learner = await Person.here(system, client);
  assertStatus(await learner.post(`${at}/enrolment`, {}), 201);
  const { json: draft } = await author.get(`${at}/draft`);
  const item = draft.sections.flatMap(({ items }) => items).find(({ kind }) => kind === "assessment");
  const started = await learner.post(`/api/v1/assessments/${item.item}/attempts`, { course, paper: item.content });
  assertStatus(started, 201);
  const attempt = await learner.get(`/api/v1/attempts/${started.json.id}`);
  assertStatus(attempt, 200);
  assert.ok(attempt.json.slots.length > 0);
});

test("what is wrong with an archive is told with file, line and member, and nothing is made", async () => {
  const { position } = author;
  const question = (body) => ({ command: "write_question", body: { course: COURSE, question: local(3, 1), ...body } });
  const png = Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), crypto.randomBytes(100)]);
  const shows = lesson(1, `![](media:${Buffer.from(hex(png), "hex").toString("base64url")})`);
  const wrong = [
    [Buffer.alloc(0), / was cut off/],
    [Buffer.from("PK\u0003\u0004" + "x".repeat(600)), / is a ZIP/],
    [Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(600)]), / is compressed by gzip/],
    [packed([heading, create]).subarray(0, 700), / ends in the middle of a file/],
    [pack([["course.jsonl", Buffer.from("x")]], { end: 0 }), / was cut off/],
    [pack([["../course.jsonl", Buffer.from("x")]]), /^\/..\/course.jsonl is no file of a course's archive$/],
    [pack([["/etc/passwd", Buffer.from("x")]]), /is no file of a course's archive$/],
    [pack([["media/x", Buffer.from("x")]]), /^\/media\/x is no file/],
    [pack([["course.jsonl", Buffer.from("{}\n")], ["course.jsonl", Buffer.from("{}\n")]]), /stands in the archive twice/],
    [pack([]), /^\/course.jsonl is missing$/],
    [pack(Array.from({ length: 10_000 }, (_, i) => [`f${i}`, Buffer.alloc(0)])), /^\/f0 is no file/],
    [packed([heading]), /^\/course.jsonl\/0 must be followed by 1 to 10000 lines$/],
    [packed([heading, ...Array.from({ length: 10_001 }, () => create)]), /must be followed by 1 to 10000 lines$/],
    [packed([{ ...heading, version: 2 }, create]), /^\/course.jsonl\/1\/version must be 1/],
    [packed([{ ...heading, more: 1 }, create]), /^\/course.jsonl\/1\/more is not a member/],
    [packed([heading, lesson(1)]), /^\/course.jsonl\/2\/command must be create_course$/],
    [packed([heading, create, create]), /^\/course.jsonl\/3\/command begins a second course$/],
    [packed([heading, create, { command: "grant_role", body: {} }]), /^\/course.jsonl\/3\/command is no command that/],
    [packed([heading, create, { command: "write_lesson" }]), /^\/course.jsonl\/3\/body is required$/],
    [packed([heading, create, { ...lesson(1), line: 3 }]), /^\/course.jsonl\/3\/line is not a member/],
    [packed([heading, { ...create, body: { ...create.body, creator: author.id } }]), /^\/course.jsonl\/2\/body\/creator is not/],
    [packed([heading, { ...create, body: { ...create.body, origin: written.course } }]), /body\/origin names what no line/],
    [packed([heading, create, { ...lesson(1), body: { ...lesson(1).body, title: "" } }]), /^\/course.jsonl\/3\/body\/title /],
    [packed([heading, create, { ...lesson(1), body: { ...lesson(1).body, course: local(1, 2) } }]), /3\/body\/course names what no/],
    [packed([heading, create, lesson(1), lesson(1)]), /^\/course.jsonl\/4 There is a lesson or an assessment of this id/],
    [packed([heading, create, lesson(1, "```question x\n```")]), /^\/course.jsonl\/3\/body\/body refers to something/],
    [packed([heading, create, shows]), /^\/course.jsonl\/3\/body\/body shows a file that is neither in the archive nor/],
    [packed([heading, create, shows], [[`media/${hex("other")}`, png]]), /is not what its name says/],
    [packed([heading, create, shows], [[`media/${hex(png)}`, png], [`media/${hex(png)}`, png]]), /stands in the archive twice/],
    [packed([heading, create], [[`media/${hex(png)}`, png]]), /is shown by no line$/],
    [packed([heading, create, shows], [[`media/${hex("x")}`, Buffer.from("x")]]), /is no file of a kind|is shown by no line/],
    [packed([heading, create, question({ type: "single", prompt: "?" })]), /^\/course.jsonl\/3 Choices, targets or scene/],
    [packed([heading, create, question({ type: "blanks", prompt: "none" })]), /^\/course.jsonl\/3\/body\/prompt must say where/],
    [packed([heading, create, { command: "set_key", body: { question: local(3, 1), version: 1 } }]), /3\/body\/question names what/],
    [packed([heading, create, question({ type: "true_false", prompt: "?" }),
      { command: "set_key", body: { question: local(3, 1), version: 2 } }]), /^\/course.jsonl\/4 The question has no such/],
    [packed([heading, create, question({ type: "true_false", prompt: "?" }),
      { command: "write_assessment", body: { course: COURSE, assessment: local(5, 1), title: "T", purpose: "quiz",
        slots: [{ points_milli: 1, draw: 1, pool: [{ question: local(3, 1), version: 2 }] }] } }]),
    /^\/course.jsonl\/4\/body\/slots\/0\/pool\/0\/version is no version/],
    [packed([heading, create, lesson(1), lesson(2), { command: "change_outline", body: { course: COURSE, sections: [
      { title: "S", items: [
        { item: local(4, 1), required: true, rule: "viewed", after: local(4, 2) },
        { item: local(4, 2), required: true, rule: "viewed", after: local(4, 1) },
      ] }] } }]), /^\/course.jsonl\/5 An item must come behind the one that it waits for/],
    [packed([heading, create, { command: "write_lesson", body: JSON.parse("[".repeat(12) + "]".repeat(12)) }]), /^\/course.jsonl\/3/],
  ];
  for (const [archive, expected] of wrong) {
    const answer = await bring(archive, { key: crypto.randomUUID() });
    assertProblem(answer, 422, "archive_unfit");
    assert.match(errors(answer).join("\n"), new RegExp(expected, "m"));
  }
  const deep = Buffer.from(`${JSON.stringify(heading)}\n${"[".repeat(100_000)}\n`);
  assertProblem(await bring(pack([["course.jsonl", deep]])), 422, "archive_unfit");
  assert.deepEqual(await events(position), []);
});

test("what is no archive at all, or too large, is not taken in", async () => {
  assertProblem(await bring(packed([heading, create]), { type: "application/json" }), 415, "not_an_archive");
  assert.equal((await bring(Buffer.alloc(8 * 1024 * 1024 + 1))).status, 413);
  const stranger = await Person.here(system, client);
  assertProblem(await bring(packed([heading, create]), { by: stranger }), 403, "not_permitted");
  const colleague = await (await Person.here(system, client)).become("instructor");
  assertProblem(await colleague.post(`/api/v1/courses/${written.course}/clone`, {}), 404, "course_unknown");
});

test("files that the platform has need not be in the archive", async () => {
  const archive = await taken(written.course, { query: "?media=false" });
  const made = await brought(archive);
  assert.equal(made.files, 0);
  assert.deepEqual(await taken(made.course), await taken(written.course));
});

// ---- what is missing

test("what the outline shows and the course has not is named, and keeps it from being published", async () => {
  const made = await brought(packed([heading, create]));
  const at = `/api/v1/courses/${made.course}`;
  const [lost, unplaced] = [crypto.randomUUID(), crypto.randomUUID()];
  const embeds = (id) => "```question " + id + "\n```\n";
  const first = (await author.post(`${at}/lessons`, { title: "Shows", body: embeds(lost) })).json.id;
  assertStatus(await author.post(`${at}/lessons`, { title: "Aside", body: embeds(unplaced) }), 201);
  const place = (item) => ({ sections: [{ title: "S", items: [{ item, required: true, rule: "viewed" }] }] });
  assertStatus(await author.put(`${at}/outline`, place(first)), 200);
  const told = await author.get(`${at}/check`);
  assertStatus(told, 200);
  assert.deepEqual(told.json, { missing: [{ item: first, title: "Shows", question: lost }] });
  const refused = await author.post(`${at}/editions`, {});
  assertProblem(refused, 422, "references_missing");
  assert.deepEqual(refused.json.errors, [
    { pointer: `/items/${first}`, detail: `"Shows" embeds a question that the course has not: ${lost}` },
  ]);
  const stranger = await (await Person.here(system, client)).become("instructor");
  assertProblem(await stranger.post(`${at}/editions`, {}), 404, "course_unknown");
  assertProblem(await stranger.get(`${at}/check`), 404, "course_unknown");
  assertStatus(await author.post(`${at}/questions`, { question: lost, type: "true_false", prompt: "There now?" }), 201);
  assert.deepEqual((await author.get(`${at}/check`)).json, { missing: [] });
  assertStatus(await author.post(`${at}/editions`, {}), 201);
});
