// Courses as their authors make them and as others find them: drafts, editions, staff, the catalogue.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { after, before, test } from "node:test";
import { assertProblem, assertStatus, Client, done, Person } from "./client.mjs";
import { System } from "./system.mjs";

const COURSES = "/api/v1/courses";
const UNKNOWN = "01890000-0000-7000-8000-000000000000";

let system, client, instructor, author, assistant, stranger, admin;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  const here = (name) => Person.here(system, client, { name });
  [instructor, author, assistant, stranger, admin] = await Promise.all(
    ["Ida Instructor", "Wim Author", "Abe Assistant", "Uma Stranger", "Ann Admin"].map(here),
  );
  await Promise.all([instructor.become("instructor"), admin.become("admin")]);
});
after(() => system.release());

// What one person did, another sees.
function tell(from, ...others) {
  for (const person of others) person.position = Math.max(person.position, from.position);
}

async function newCourse(given = {}) {
  const { title = "Mechanics", language = "en", level = "introductory" } = given;
  return (await done(201, instructor.post(COURSES, { title, language, level }))).id;
}

async function newLesson(course, title, given = {}) {
  return (await done(201, instructor.post(`${COURSES}/${course}/lessons`, { title, body: `# ${title}`, ...given }))).id;
}

async function staffed(course) {
  await done(200, instructor.put(`${COURSES}/${course}/staff/${author.id}`, { role: "author" }));
  await done(200, instructor.put(`${COURSES}/${course}/staff/${assistant.id}`, { role: "assistant" }));
  tell(instructor, author, assistant, stranger, admin);
}

const placed = (item, rules = {}) => ({ item, required: true, rule: "viewed", ...rules });

async function published(given = {}) {
  const course = await newCourse(given);
  const lessons = [];
  for (const title of given.lessons ?? ["Velocity", "Force"]) lessons.push(await newLesson(course, title, given.lesson));
  await done(
    200,
    instructor.put(`${COURSES}/${course}/outline`, { sections: [{ title: "Basics", items: lessons.map((l) => placed(l)) }] }),
  );
  const { tags = [], summary = "", listing = "listed" } = given;
  await done(200, instructor.patch(`${COURSES}/${course}`, { listing, summary, tags: tags.map((word) => ({ word })) }));
  const edition = (await done(201, instructor.post(`${COURSES}/${course}/editions`, { note: "First" }))).id;
  tell(instructor, author, assistant, stranger, admin);
  return { course, lessons, edition };
}

test("a course begins as its author's draft, and the id may be the author's own", async () => {
  const course = crypto.randomUUID();
  const made = await done(201, instructor.post(COURSES, { course, title: "Optics", language: "de", level: "advanced" }));
  assert.equal(made.id, course);
  const shown = await done(200, instructor.get(`${COURSES}/${course}`));
  assert.equal(shown.role, "instructor");
  assert.equal(shown.listing, "unlisted");
  assert.deepEqual([shown.title, shown.language, shown.level, shown.items], ["Optics", "de", "advanced", 0]);
  const again = await instructor.post(COURSES, { course, title: "Optics", language: "de", level: "advanced" });
  assertProblem(again, 409, "course_exists");
});

test("the same key makes the same course", async () => {
  const key = `course-${crypto.randomUUID()}`;
  const wish = { title: "Waves", language: "en", level: "advanced" };
  const first = await done(201, instructor.post(COURSES, wish, { key }));
  assert.deepEqual(await done(201, instructor.post(COURSES, wish, { key })), first);
  assertProblem(await instructor.post(COURSES, { ...wish, title: "Tides" }, { key }), 422, "command_id_reused");
});

test("a draft has sections with what stands in them, and what has no place yet", async () => {
  const course = await newCourse();
  const [one, two, three] = [await newLesson(course, "One", { minutes: 5 }), await newLesson(course, "Two"), await newLesson(course, "Three")];
  const sections = [
    { title: "First", items: [placed(two)] },
    { title: "Empty", items: [] },
    { title: "Last", items: [placed(one, { required: false, after: two, release_at: "2027-01-01T00:00:00.000000Z" })] },
  ];
  await done(200, instructor.put(`${COURSES}/${course}/outline`, { sections }));
  const draft = await done(200, instructor.get(`${COURSES}/${course}/draft`));
  assert.deepEqual(draft.sections.map(({ title, items }) => [title, items.map((item) => item.title)]), [
    ["First", ["Two"]],
    ["Empty", []],
    ["Last", ["One"]],
  ]);
  const { item, minutes, required, rule, after, release_at, revision } = draft.sections[2].items[0];
  assert.deepEqual([item, minutes, required, rule, after, revision], [one, 5, false, "viewed", two, 1]);
  assert.equal(Date.parse(release_at), Date.parse("2027-01-01T00:00:00Z"));
  assert.deepEqual(draft.unplaced.map(({ item }) => item), [three]);
  assert.equal(draft.changed, true);
  await done(200, instructor.delete(`${COURSES}/${course}/items/${three}`));
  assert.deepEqual((await done(200, instructor.get(`${COURSES}/${course}/draft`))).unplaced, []);
  assertProblem(await instructor.delete(`${COURSES}/${course}/items/${one}`), 409, "item_placed");
});

test("an edition never changes, whatever becomes of the draft", async () => {
  const { course, lessons, edition } = await published();
  const before = await done(200, stranger.get(`${COURSES}/${course}/editions/${edition}`));
  assert.deepEqual(before.sections[0].items.map(({ title }) => title), ["Velocity", "Force"]);
  assert.equal((await done(200, instructor.get(`${COURSES}/${course}/draft`))).changed, false);
  assertProblem(await instructor.post(`${COURSES}/${course}/editions`, {}), 409, "nothing_new");

  await done(200, instructor.put(`${COURSES}/${course}/lessons/${lessons[0]}`, { title: "Speed", body: "Anew", seen: 1 }));
  const stale = await instructor.put(`${COURSES}/${course}/lessons/${lessons[0]}`, { title: "Pace", body: "Old", seen: 1 });
  assertProblem(stale, 409, "revision_stale");
  assert.equal((await done(200, instructor.get(`${COURSES}/${course}/draft`))).changed, true);
  await done(200, instructor.put(`${COURSES}/${course}/outline`, { sections: [{ title: "All", items: [placed(lessons[0])] }] }));
  const second = (await done(201, instructor.post(`${COURSES}/${course}/editions`, {}))).id;
  tell(instructor, stranger);

  assert.deepEqual(await done(200, stranger.get(`${COURSES}/${course}/editions/${edition}`)), before);
  const after = await done(200, stranger.get(`${COURSES}/${course}/editions/${second}`));
  assert.deepEqual(after.sections.map(({ title, items }) => [title, items[0].title, items[0].revision]), [["All", "Speed", 2]]);
  const list = await done(200, stranger.get(`${COURSES}/${course}/editions?limit=1`));
  assert.deepEqual(list.data.map(({ number, items }) => [number, items]), [[2, 1]]);
  const rest = await done(200, stranger.get(`${COURSES}/${course}/editions?limit=1&cursor=${list.next}`));
  assert.deepEqual(rest.data.map(({ number, note, items }) => [number, note, items]), [[1, "First", 2]]);
  assert.equal(rest.next, null);
});

test("a lesson is read as an edition has it, as a revision was, and as the draft has it", async () => {
  const { course, lessons, edition } = await published();
  const [lesson] = lessons;
  await done(200, author.get(`${COURSES}/${course}`));
  await done(200, instructor.put(`${COURSES}/${course}/lessons/${lesson}`, { title: "Speed", body: "Anew", minutes: 7 }));
  const read = async (query) => done(200, instructor.get(`/api/v1/lessons/${lesson}${query}`));
  assert.deepEqual(Object.values(pick(await read(""), "title", "body", "revision", "minutes")), ["Speed", "Anew", 2, 7]);
  assert.deepEqual(Object.values(pick(await read(`?edition=${edition}`), "title", "revision")), ["Velocity", 1]);
  assert.deepEqual(Object.values(pick(await read("?revision=1"), "title", "revision")), ["Velocity", 1]);
  assertStatus(await instructor.get(`/api/v1/lessons/${lesson}?revision=9`), 404);
  const revisions = await done(200, instructor.get(`${COURSES}/${course}/lessons/${lesson}/revisions`));
  assert.deepEqual(
    revisions.data.map(({ revision, title, author, author_name }) => [revision, title, author, author_name]),
    [
      [2, "Speed", instructor.id, "Ida Instructor"],
      [1, "Velocity", instructor.id, "Ida Instructor"],
    ],
  );
  assertProblem(await stranger.get(`/api/v1/lessons/${lesson}`), 403, "not_enrolled");
  assertProblem(await stranger.get(`/api/v1/lessons/${UNKNOWN}`), 404, "item_unknown");
  const draft = await newLesson(await newCourse(), "Draft");
  tell(instructor, stranger);
  assertProblem(await stranger.get(`/api/v1/lessons/${draft}`), 404, "item_unknown");
});

test("a learner reads the edition that they began, as far as it is open to them", async () => {
  const course = await newCourse();
  const lessons = [];
  for (const title of ["One", "Two", "Later", "Other"]) lessons.push(await newLesson(course, title));
  const items = [
    placed(lessons[0]),
    placed(lessons[1], { after: lessons[0] }),
    placed(lessons[2], { release_at: "2999-01-01T00:00:00Z" }),
  ];
  await done(200, instructor.put(`${COURSES}/${course}/outline`, { sections: [{ title: "All", items }] }));
  const edition = (await done(201, instructor.post(`${COURSES}/${course}/editions`, {}))).id;
  await done(
    200,
    instructor.put(`${COURSES}/${course}/enrolment/policy`, { admission: "open", seats: 0, places: 0 }),
  );
  const learner = await Person.here(system, client, { name: "Lea Learner" });
  tell(instructor, learner);
  const read = (lesson, query = "") => learner.get(`/api/v1/lessons/${lesson}${query}`);
  assertProblem(await read(lessons[0]), 403, "not_enrolled");
  await done(201, learner.post(`${COURSES}/${course}/enrolment`, {}));

  assert.equal((await done(200, read(lessons[0]))).title, "One");
  assertProblem(await read(lessons[1]), 409, "prerequisite_missing");
  assertProblem(await read(lessons[2]), 409, "item_unreleased");
  assertProblem(await read(lessons[3]), 403, "not_enrolled");

  await done(200, instructor.put(`${COURSES}/${course}/lessons/${lessons[0]}`, { title: "One anew", body: "" }));
  const second = (await done(201, instructor.post(`${COURSES}/${course}/editions`, {}))).id;
  tell(instructor, learner);
  assert.equal((await done(200, read(lessons[0]))).title, "One");
  assert.equal((await done(200, read(lessons[0], `?edition=${edition}`))).title, "One");
  assertProblem(await read(lessons[0], `?edition=${second}`), 403, "course_role_missing");
  assertProblem(await read(lessons[0], "?revision=1"), 403, "course_role_missing");
  await done(200, learner.put(`${COURSES}/${course}/enrolment/edition`, {}));
  assert.equal((await done(200, read(lessons[0]))).title, "One anew");
});

test("a lesson shows only media that are there", async () => {
  const course = await newCourse();
  const pixel =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";
  const body = Buffer.from(pixel, "base64");
  const hash = crypto.createHash("sha256").update(body).digest("base64url");
  const write = () => instructor.post(`${COURSES}/${course}/lessons`, { title: "Seen", body: `![a dot](media:${hash})` });
  const missing = await write();
  assertProblem(missing, 422, "invalid");
  assert.match(missing.json.errors[0].detail, /not there/);
  assertStatus(await instructor.send("POST", "/api/v1/media", { body, headers: { "content-type": "image/png" } }), 201);
  const { id } = await done(201, write());
  assert.match((await done(200, instructor.get(`/api/v1/lessons/${id}`))).html, new RegExp(`/api/v1/media/`));
});

function pick(object, ...names) {
  return Object.fromEntries(names.map((name) => [name, object[name]]));
}

test("a lesson's Markdown comes with its HTML and headings", async () => {
  const course = await newCourse();
  const body = "# Falling\n\n**Fast**: $v = g t$\n\n<script>alert(1)</script>\n";
  const lesson = await newLesson(course, "Falling", { body });
  const shown = await done(200, instructor.get(`/api/v1/lessons/${lesson}`));
  assert.equal(shown.body, body);
  assert.match(shown.html, /<strong>Fast<\/strong>/);
  assert.match(shown.html, /class="math"/);
  assert.doesNotMatch(shown.html, /<script/);
  assert.deepEqual(shown.headings.map(({ level, title }) => [level, title]), [[1, "Falling"]]);
});

test("what cannot be read as a lesson is refused when it is written", async () => {
  const course = await newCourse();
  const write = (body) => instructor.post(`${COURSES}/${course}/lessons`, { title: "Deep", body });
  for (const body of [">".repeat(200) + " deep", "```question nonsense\n```\n"]) {
    const answer = await write(body);
    assertProblem(answer, 422, "invalid");
    assert.equal(answer.json.errors[0].pointer, "/body");
  }
  const dry = await write(">".repeat(200));
  assertProblem(dry, 422, "invalid");
  const fine = await instructor.post(
    `${COURSES}/${course}/lessons`,
    { title: "Fine", body: "fine" },
    { headers: { prefer: "dry-run" } },
  );
  assert.deepEqual((await done(200, fine)).events, ["lesson_written"]);
});

test("authors see what changed in a lesson, line by line", async () => {
  const course = await newCourse();
  const lesson = await newLesson(course, "Falling", { body: "one\ntwo\nthree\n" });
  const path = `${COURSES}/${course}/lessons/${lesson}`;
  await done(200, instructor.put(path, { title: "Fallen", body: "one\n2\nthree\nfour\n" }));
  const changes = await done(200, instructor.get(`${path}/changes?from=1`));
  assert.deepEqual(
    changes.hunks.map(({ kind, before, after, count, lines }) => [kind, before, after, count, lines]),
    [
      ["kept", 1, 1, 1, "one\n"],
      ["removed", 2, 2, 1, "two\n"],
      ["added", 3, 2, 1, "2\n"],
      ["kept", 3, 3, 1, "three\n"],
      ["added", 4, 4, 1, "four\n"],
    ],
  );
  assert.deepEqual(pick(changes, "from", "to", "title_before", "title", "removed", "added", "searched"), {
    from: 1,
    to: 2,
    title_before: "Falling",
    title: "Fallen",
    removed: 1,
    added: 2,
    searched: true,
  });
  const back = await done(200, instructor.get(`${path}/changes?from=2&to=1`));
  assert.deepEqual([back.removed, back.added], [2, 1]);
  assertProblem(await instructor.get(`${path}/changes?from=1&to=3`), 404, "item_unknown");
  assert.deepEqual(await done(200, instructor.get(`${path}/changes`)), changes);
  assertProblem(await instructor.get(`${path}/changes?to=1`), 404, "item_unknown");
});

test("authors see what changed from one edition to another, and to the draft", async () => {
  const { course, lessons, edition } = await published({ lessons: ["A", "B", "C", "D"] });
  const [a, b, c, d] = lessons;
  const changes = async (query) => {
    const { items } = await done(200, instructor.get(`${COURSES}/${course}/changes?${query}`));
    return Object.fromEntries(items.map((item) => [item.title ?? item.title_before, item.changes.join(" ")]));
  };
  assert.deepEqual(await changes(`from=${edition}`), {});
  const e = await newLesson(course, "E");
  await done(200, instructor.put(`${COURSES}/${course}/lessons/${b}`, { title: "B2", body: "" }));
  const sections = [
    { title: "Basics", items: [placed(d), placed(a), placed(b), placed(e, { required: false })] },
    { title: "More", items: [] },
  ];
  await done(200, instructor.put(`${COURSES}/${course}/outline`, { sections }));
  const wanted = { D: "moved", A: "moved", B2: "revised", E: "added", C: "removed" };
  assert.deepEqual(await changes(`from=${edition}`), wanted);
  const second = (await done(201, instructor.post(`${COURSES}/${course}/editions`, {}))).id;
  assert.deepEqual(await changes(`from=${edition}&to=${second}`), wanted);
  assert.deepEqual(await changes(`from=${second}`), {});
  sections[1].items.push(placed(a, { required: false }));
  sections[0].items.splice(1, 1);
  await done(200, instructor.put(`${COURSES}/${course}/outline`, { sections }));
  assert.deepEqual(await changes(`from=${second}`), { A: "moved ruled", B2: "moved" });
  assert.deepEqual(await changes(`from=${second}&to=${edition}`), {
    A: "moved",
    B: "revised",
    C: "added",
    D: "moved",
    E: "removed",
  });
  assertStatus(await instructor.get(`${COURSES}/${course}/changes?from=${UNKNOWN}`), 404);
  assert.ok(c);
});

test("who works on a course is known to those who do, and to them by name", async () => {
  const course = await newCourse();
  await staffed(course);
  const { data } = await done(200, assistant.get(`${COURSES}/${course}/staff`));
  const roles = Object.fromEntries(data.map(({ name, role }) => [name, role]));
  assert.deepEqual(roles, { "Ida Instructor": "instructor", "Wim Author": "author", "Abe Assistant": "assistant" });
  assertProblem(await instructor.delete(`${COURSES}/${course}/staff/${instructor.id}`), 409, "instructor_needed");
  assertProblem(await instructor.put(`${COURSES}/${course}/staff/${UNKNOWN}`, { role: "author" }), 404, "user_unknown");
  await done(200, author.delete(`${COURSES}/${course}/staff/${author.id}`));
  assertProblem(await author.get(`${COURSES}/${course}/staff`), 404, "course_unknown");
  const taught = await done(200, assistant.get("/api/v1/me/courses/teaching"));
  assert.equal(taught.data.find((one) => one.course === course).role, "assistant");
});

// What each may do to a draft (d) and to a published course (p): the status.
//                            instructor author  assistant stranger admin
const matrix = `
  GET    {course}            d200 p200  d200 p200  d200 p200  d404 p200  d200 p200
  GET    {course}/draft      d200 p200  d200 p200  d200 p200  d404 p403  d200 p200
  GET    {course}/staff      d200 p200  d200 p200  d200 p200  d404 p403  d200 p200
  GET    {course}/editions   d200 p200  d200 p200  d200 p200  d404 p200  d200 p200
  GET    {course}/lessons/{lesson}/revisions d200 p200  d200 p200  d200 p200  d404 p403  d200 p200
  PATCH  {course}            d200 p200  d200 p200  d403 p403  d404 p403  d200 p200
  PUT    {course}/objectives d200 p200  d200 p200  d403 p403  d404 p403  d200 p200
  PUT    {course}/lessons/{lesson} d200 p200  d200 p200  d403 p403  d404 p403  d200 p200
  POST   {course}/lessons    d201 p201  d201 p201  d403 p403  d404 p403  d201 p201
  DELETE {course}/items/{unknown} d404 p404  d404 p404  d403 p403  d404 p403  d404 p404
  PUT    {course}/staff/{member} d200 p200  d403 p403  d403 p403  d404 p403  d200 p200
  POST   {course}/editions   d409 p201  d403 p403  d403 p403  d404 p403  d409 p201
  PUT    {course}/archived   d200 p200  d403 p403  d403 p403  d404 p403  d200 p200
  DELETE {course}/archived   d200 p200  d403 p403  d403 p403  d404 p403  d200 p200
`
  .trim()
  .split("\n")
  .map((line) => line.trim().split(/\s+/));
const bodies = {
  "PATCH {course}": { summary: "Told anew" },
  "PUT {course}/objectives": { objectives: [] },
  "PUT {course}/lessons/{lesson}": { title: "Anew", body: "" },
  "POST {course}/lessons": { title: "Another", body: "" },
  "PUT {course}/staff/{member}": { role: "assistant" },
  "POST {course}/editions": {},
};

for (const [method, path, ...cells] of matrix)
  test(`roles in a course: who may ${method} ${path}`, async () => {
    const callers = [instructor, author, assistant, stranger, admin];
    const seen = [];
    for (const caller of callers)
      for (const state of ["d", "p"]) {
        const { course, lessons } = state === "p" ? await published() : { course: await newCourse(), lessons: [] };
        if (state === "d") lessons.push(await newLesson(course, "One"));
        await staffed(course);
        if (state === "p")
          await done(200, instructor.put(`${COURSES}/${course}/lessons/${lessons[0]}`, { title: "New", body: "" }));
        const url = path
          .replace("{course}", `${COURSES}/${course}`)
          .replace("{lesson}", lessons[0])
          .replace("{unknown}", UNKNOWN)
          .replace("{member}", stranger.id);
        tell(instructor, ...callers);
        const answer = await caller.send(method, url, { json: bodies[`${method} ${path}`] });
        seen.push(`${state}${answer.status}`);
      }
    assert.deepEqual(seen, cells);
  });

test("nobody needs an account to look at what is published", async () => {
  const { course, edition } = await published();
  const min = instructor.position;
  assert.equal((await done(200, client.get(`${COURSES}/${course}`, { min }))).role, undefined);
  await done(200, client.get(`${COURSES}/${course}/editions/${edition}`, { min }));
  assertProblem(await client.get(`${COURSES}/${await newCourse()}`, { min: instructor.position }), 404, "course_unknown");
  assertProblem(await client.get(`${COURSES}/${course}/draft`), 401, "not_authenticated");
});

// A word that no other test's course has.
const unusedWord = () => `zq${crypto.randomBytes(6).toString("hex").replace(/\d/g, "x")}`;

async function found(query) {
  const { data } = await done(200, client.get(`${COURSES}?${new URLSearchParams(query)}`, { min: instructor.position }));
  return data.map(({ title }) => title);
}

test("the catalogue has what is listed, published and not archived", async () => {
  const tag = unusedWord();
  const { course } = await published({ title: "Listed", tags: [tag] });
  await published({ title: "Unlisted", tags: [tag], listing: "unlisted" });
  const draft = await newCourse({ title: "Draft" });
  await done(200, instructor.patch(`${COURSES}/${draft}`, { listing: "listed", tags: [{ word: tag }] }));
  assert.deepEqual(await found({ tag: tag.toUpperCase() }), ["Listed"]);
  await done(200, instructor.put(`${COURSES}/${course}/archived`));
  assert.deepEqual(await found({ tag }), []);
  assert.equal((await done(200, instructor.get(`${COURSES}/${course}`))).archived, true);
  await done(200, instructor.delete(`${COURSES}/${course}/archived`));
  assert.deepEqual(await found({ tag }), ["Listed"]);
});

test("a search finds words in their other forms, in each course's language, and the title counts most", async () => {
  const word = unusedWord();
  await published({ title: `Falling ${word}`, language: "en-GB" });
  await published({ title: "Second", summary: `All about falling ${word}` });
  await published({ title: "Third", lessons: [`Falling and ${word}`], lesson: { body: "" } });
  await published({ title: "Fourth", lessons: ["Velocity"], lesson: { body: `Everything falls, ${word} too.` } });
  await published({ title: `Häuser ${word}`, language: "de" });
  await published({ title: `Tlhingan ${word}`, language: "tlh" });
  assert.deepEqual(await found({ search: `${word} fall` }), [`Falling ${word}`, "Second", "Third", "Fourth"]);
  assert.deepEqual(await found({ search: `${word} haus` }), [`Häuser ${word}`]);
  assert.deepEqual(await found({ search: `${word} falls -second` }), [`Falling ${word}`, "Third", "Fourth"]);
  assert.deepEqual(await found({ search: word, language: "en-GB" }), [`Falling ${word}`]);
  assert.deepEqual(await found({ search: word, language: "tlh" }), [`Tlhingan ${word}`]);
  assert.equal((await found({ search: word, language: "en" })).length, 4);
  assert.deepEqual(await found({ search: "the" }), []);
  assert.deepEqual(await found({ search: `' ) & ! <-> : * ${unusedWord()}` }), []);
});

test("whoever pages through the catalogue while it changes sees each course once", async () => {
  const tag = unusedWord();
  const steady = new Set();
  for (let i = 0; i < 9; i++) steady.add((await published({ title: `Steady ${i}`, tags: [tag], summary: `${tag} `.repeat(i + 1) })).course);
  for (const search of [undefined, tag]) {
    const seen = [];
    let cursor;
    do {
      const query = new URLSearchParams({ tag, limit: "2", ...(search && { search }), ...(cursor && { cursor }) });
      const page = await done(200, client.get(`${COURSES}?${query}`, { min: instructor.position }));
      seen.push(...page.data.map(({ course }) => course));
      cursor = page.next;
      // Others come, go and move; the last one seen is archived.
      await published({ title: `Passing ${tag}`, tags: [tag] });
      if (cursor && !steady.has(seen.at(-1))) await done(200, instructor.put(`${COURSES}/${seen.at(-1)}/archived`));
    } while (cursor);
    assert.equal(new Set(seen).size, seen.length, "a course was shown twice");
    assert.deepEqual(new Set(seen.filter((course) => steady.has(course))), steady);
  }
});

test("a cursor of one's own making is refused", async () => {
  for (const cursor of ["nonsense", Buffer.from("12").toString("base64url"), Buffer.from(`x:${UNKNOWN}`).toString("base64url")])
    assertProblem(await client.get(`${COURSES}?cursor=${cursor}`), 422, "invalid");
});

test("an outline that makes no sense is refused with its reason", async () => {
  const course = await newCourse();
  const [one, two] = [await newLesson(course, "One"), await newLesson(course, "Two")];
  const put = (...items) => instructor.put(`${COURSES}/${course}/outline`, { sections: [{ title: "All", items }] });
  assertProblem(await put(placed(UNKNOWN)), 404, "item_unknown");
  assertProblem(await put(placed(one), placed(one)), 422, "item_twice");
  assertProblem(await put(placed(one, { after: two }), placed(two)), 422, "item_order_wrong");
  assertProblem(await put(placed(one, { rule: "score", score_min: 500 })), 422, "score_missing");
  assertProblem(await put({ item: one }), 422, "invalid");
  assertProblem(await instructor.post(`${COURSES}/${course}/editions`, {}), 409, "outline_empty");
});
