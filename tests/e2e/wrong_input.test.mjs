// Bad input is normal: each mistake is told apart, told where it stands, and changes nothing.
import assert from "node:assert/strict";
import net from "node:net";
import { after, before, test } from "node:test";
import { assertProblem, assertStatus, Client, PASSWORD, Person, unusedEmail } from "./client.mjs";
import { eventually, System } from "./system.mjs";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const ID = "01890000-0000-7000-8000-000000000000";
const ADDRESS = "4Nd1mYw4g1m7h9Xo6mUgHkX2Yc1GZ8s1VhZxVqvQzW5D";

let system, client, person;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  person = await Person.here(system, client);
});
after(() => system.release());

function fill(template) {
  return template
    .replace("{role}", "instructor")
    .replace("{address}", ADDRESS)
    .replace("{media}", "A".repeat(43))
    .replace(/\{\w+\}/g, ID);
}

test("what is not there is 404", async () => {
  for (const path of [
    "/api/v1/nothing",
    "/api/v2/users",
    "/api/v1/users/me/nothing",
    "/api/v1/users/me/",
    "/favicon.ico",
  ])
    assertProblem(await client.get(path), 404, "no_such_path");
});

test("a path that cannot name anything is 404", async () => {
  assertStatus(await client.get("/api/v1/users/not-an-id"), 404);
  assertStatus(await person.delete("/api/v1/sessions/not-an-id"), 404);
});

test("a method that a path does not know is 405, with those it knows", async () => {
  for (const template of Object.keys(client.contract.document.paths)) {
    const known = Object.keys(client.contract.document.paths[template]).map((method) => method.toUpperCase());
    for (const method of METHODS.filter((method) => !known.includes(method))) {
      const answer = await client.send(method, fill(template));
      assertProblem(answer, 405, "method_not_allowed");
      const allowed = answer.headers.get("allow").split(", ");
      for (const wanted of [...known, "OPTIONS"]) assert.ok(allowed.includes(wanted), `${template}: ${allowed}`);
      assert.ok(!allowed.includes(method));
    }
  }
});

test("the service's own pages know GET only", async () => {
  for (const path of ["/healthz", "/readyz", "/metrics", "/api/v1/openapi.json", "/.well-known/jwks.json", "/"]) {
    assert.equal((await fetch(system.base + path)).status, 200);
    const answer = await client.send("POST", path);
    assertProblem(answer, 405, "method_not_allowed");
    assert.match(answer.headers.get("allow"), /GET/);
  }
});

test("who accepts no JSON gets 406", async () => {
  const accept = (accept) => person.get("/api/v1/users/me", { headers: { accept } });
  assertProblem(await accept("text/html"), 406, "only_json");
  assertProblem(await accept("image/png, text/*;q=0.5"), 406, "only_json");
  for (const fine of ["application/json", "*/*", "text/html, application/json;q=0.9", "application/*"])
    assertStatus(await accept(fine), 200);
});

test("a body that is not JSON by its type is 415", async () => {
  const path = "/api/v1/users/me/profile";
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
    assertProblem(await person.patch(path, { bio: "x" }, { headers: { "content-type": type } }), 415, "not_json");
  for (const type of ["application/json; charset=utf-8", "application/merge-patch+json"])
    assertStatus(await person.patch(path, { bio: "x" }, { headers: { "content-type": type } }), 200);
});

test("a body that is too large is 413", async () => {
  const answer = await person.patch("/api/v1/users/me/profile", { bio: "x".repeat(70_000) });
  assertStatus(answer, 413);
});

test("a target that is too long is 414, and headers that are too large are 431", async () => {
  assertStatus(await client.get(`/api/v1/users/${"a".repeat(9000)}`), 414);
  const many = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`x-many-${i}`, "1"]));
  assertStatus(await client.get("/api/v1/users/me", { headers: many }), 431);
  assertStatus(await client.get("/api/v1/users/me", { headers: { "x-large": "a".repeat(20_000) } }), 431);
});

test("what is no JSON object is 400", async () => {
  const wrong = {
    "half an object": '{"bio":',
    "a bare word": "{bio: 1}",
    "an array": "[]",
    "a number": "12",
    null: "null",
    "a trailing comma": '{"bio":"x",}',
    "two values": '{"bio":"x"}{"bio":"y"}',
    "single quotes": "{'bio':'x'}",
    "a lone surrogate": String.raw`{"bio":"\ud800"}`,
    "deep nesting": `{"bio":${"[".repeat(5000)}${"]".repeat(5000)}}`,
    "a byte order mark": '\ufeff{"bio":"x"}',
    "a comment": '{"bio":"x"/* */}',
  };
  for (const [what, body] of Object.entries(wrong)) {
    const headers = { "content-type": "application/json" };
    const answer = await person.send("PATCH", "/api/v1/users/me/profile", { body, headers });
    assert.equal(answer.status, 400, `${what}: ${answer.text}`);
    assert.equal(answer.json.type, "urn:orrery:problem:malformed_json", what);
  }
  const none = await client.send("POST", "/api/v1/users", {
    body: "",
    headers: { "content-type": "application/json" },
  });
  assertProblem(none, 400, "malformed_json");
  const invalid = Buffer.from([...Buffer.from('{"bio":"'), 0xff, 0xfe, ...Buffer.from('"}')]);
  const headers = { "content-type": "application/json" };
  assertProblem(
    await person.send("PATCH", "/api/v1/users/me/profile", { body: invalid, headers }),
    400,
    "malformed_json",
  );
});

test("a member that comes twice is refused, however it is spelled", async () => {
  const headers = { "content-type": "application/json" };
  for (const body of ['{"bio":"x","bio":"y"}', String.raw`{"bio":"x","b\u0069o":"y"}`]) {
    const answer = await person.send("PATCH", "/api/v1/users/me/profile", { body, headers });
    assertProblem(answer, 422, "invalid");
    assert.match(answer.json.errors[0].detail, /twice/);
  }
});

// A value that breaks the rule, for each rule that the document states of a text.
function* brokenTexts(schema) {
  yield ["a number", 7];
  yield ["an object", {}];
  if (schema.minLength > 0) yield ["too short", "a".repeat(schema.minLength - 1)];
  if (schema.maxLength) yield ["too long", "a".repeat(schema.maxLength + 1)];
  if (schema.format === "email")
    yield* ["nobody", "a@", "@b", "a b@c.de", "a@b\nc.de"].map((text) => ["no address", text]);
  if (schema.pattern) yield ["against its pattern", "!".repeat(schema.minLength || 3)];
  if (schema.enum) yield ["an unknown word", "unheard-of"];
  else yield ["a control character", "a\u0000b".padEnd(schema.minLength ?? 3, "c")];
}

function* brokenValues(schema) {
  const types = [schema.type].flat();
  if (types.includes("boolean"))
    yield* [
      ["a text", "true"],
      ["a number", 1],
    ];
  else if (types.includes("integer"))
    yield* [
      ["a text", "1"],
      ["a fraction", 1.5],
      ["below the least", (schema.minimum ?? 0) - 1],
      ["beyond the most", schema.maximum + 1],
    ];
  else if (types.includes("number")) yield ["a text", "1"];
  else if (types.includes("array"))
    yield* [
      ["a text", "x"],
      ["an object", {}],
      ["a list of numbers", [1]],
    ];
  else if (Object.keys(schema).length > 0) yield* brokenTexts(schema); // else any JSON will do
}

const base58 = (size) => "2".repeat(size);
const examples = {
  email: "wrong-input@example.edu",
  password: PASSWORD,
  current_password: PASSWORD,
  token: "A".repeat(43),
  refresh_token: "A".repeat(70),
  address: ADDRESS,
  nonce: base58(40),
  signature: base58(88),
  name: "Ada",
  locale: "en",
  region: "GB",
  audience: "nobody",
  reason: "none",
  title: "Mechanics",
  language: "en",
  level: "advanced",
  body: "",
  objectives: [],
  sections: [],
  role: "author",
};

function bodies() {
  const resolve = (schema) =>
    schema.$ref ? client.contract.document.components.schemas[schema.$ref.split("/").pop()] : schema;
  return client.contract.operations().flatMap(({ method, template, operation }) => {
    const body = operation.requestBody?.content["application/json"]?.schema;
    if (!body || body.type === "array") return []; // of an array, each element is refused by itself
    const schema = resolve(body);
    const properties = Object.entries(schema.properties).map(([name, property]) => [name, resolve(property)]);
    const valid = Object.fromEntries((schema.required ?? []).map((name) => [name, examples[name]]));
    return [{ method, template, properties, required: schema.required ?? [], valid }];
  });
}

test("each broken rule of each body is 422, with a pointer to the member", async () => {
  let count = 0;
  const teacher = await (await Person.here(system, client)).become("instructor");
  for (const { method, template, properties, required, valid } of bodies()) {
    if (/{user}|\/hidden$/.test(template)) continue; // for administrators: they have a test of their own
    const send = (json) => teacher.send(method, fill(template), { json });
    const expect = async (what, json, pointer) => {
      const answer = await send(json);
      assertProblem(answer, 422, "invalid");
      const pointers = answer.json.errors.map((error) => error.pointer);
      assert.ok(
        pointers.some((given) => given === pointer || given.startsWith(`${pointer}/`)),
        `${what}: ${answer.text}`,
      );
      for (const { detail } of answer.json.errors) assert.match(detail, /\S/);
      count++;
    };
    for (const name of required) {
      const { [name]: gone, ...rest } = valid;
      await expect(`${template} without ${name}`, rest, `/${name}`);
    }
    await expect(`${template} with a stranger`, { ...valid, stranger: 1 }, "/stranger");
    for (const [name, schema] of properties)
      for (const [what, value] of brokenValues(schema))
        await expect(`${template}: ${name} is ${what}`, { ...valid, [name]: value }, `/${name}`);
  }
  assert.ok(count > 100, `${count} mistakes were tried`);
});

test("all mistakes of a request are told at once", async () => {
  const answer = await client.post("/api/v1/users", {
    email: "nobody",
    password: "short",
    name: "",
    locale: "!",
    extra: 1,
  });
  assertProblem(answer, 422, "invalid");
  const pointers = answer.json.errors.map(({ pointer }) => pointer).sort();
  assert.deepEqual(pointers, ["/email", "/extra", "/locale", "/name", "/password", "/region"]);
});

test("a member inside a list is pointed at", async () => {
  const notifications = [
    { kind: "course", channel: "mail", on: true },
    { kind: "course", channel: "pigeon", on: true },
  ];
  const answer = await person.patch("/api/v1/users/me/preferences", { notifications });
  assertProblem(answer, 422, "invalid");
  assert.deepEqual(
    answer.json.errors.map(({ pointer }) => pointer),
    ["/notifications/1/channel"],
  );
  const many = Array.from({ length: 33 }, () => notifications[0]);
  assertProblem(await person.patch("/api/v1/users/me/preferences", { notifications: many }), 422, "invalid");
});

test("an address of an image must be an address of the web", async () => {
  for (const avatar_url of ["javascript:alert(1)", "data:text/html,x", "not a url", "//example.edu/x", "ftp://e.edu/x"])
    assertProblem(await person.patch("/api/v1/users/me/profile", { avatar_url }), 422, "invalid");
});

test("an unknown query parameter is refused, and so is a known one given twice or wrong", async () => {
  const refused = async (path, pointer) => {
    const answer = await person.get(path);
    assertProblem(answer, 422, "invalid");
    assert.deepEqual(
      answer.json.errors.map((error) => error.pointer),
      [pointer],
    );
  };
  await refused("/api/v1/users/me?verbose=1", "/verbose");
  await refused("/api/v1/sessions?page=2", "/page");
  await refused("/api/v1/sessions?limit=1&limit=2", "/limit");
  await refused("/api/v1/sessions?limit=0", "/limit");
  await refused("/api/v1/sessions?limit=201", "/limit");
  await refused("/api/v1/sessions?limit=ten", "/limit");
  await refused("/api/v1/sessions?user=" + ID, "/user");
  const command = await person.patch("/api/v1/users/me/profile?force=1", { bio: "x" });
  assertProblem(command, 422, "invalid");
});

test("a cursor that is none of ours is refused, and harms nobody who asks at the same time", async () => {
  const injection = Buffer.from("' OR 1=1").toString("base64url");
  const cursors = ["not-one-of-ours", "AAAA", injection];
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      i % 4 ? person.get("/api/v1/users/me") : person.get(`/api/v1/sessions?cursor=${cursors[(i / 4) % 3]}`),
    ),
  );
  for (const [i, answer] of answers.entries()) {
    if (i % 4) {
      assertStatus(answer, 200);
      continue;
    }
    assertProblem(answer, 422, "invalid");
    assert.deepEqual(
      answer.json.errors.map(({ pointer }) => pointer),
      ["/cursor"],
    );
  }
});

test("a change of nothing needs no body, and changes nothing", async () => {
  const { version } = await person.account();
  assertStatus(await person.send("PATCH", "/api/v1/users/me/profile"), 200);
  assertStatus(await person.send("PATCH", "/api/v1/users/me/preferences"), 200);
  assert.equal((await person.account()).version, version);
  assertProblem(await person.send("PUT", "/api/v1/users/me/privacy"), 400, "malformed_json");
});

test("HEAD is GET without the body", async () => {
  const get = await person.get("/api/v1/users/me");
  const head = await person.send("HEAD", "/api/v1/users/me", { min: person.position });
  assertStatus(head, 200);
  assert.equal(head.text, "");
  for (const name of ["etag", "content-type", "content-length"])
    assert.equal(head.headers.get(name), get.headers.get(name), name);
  assertStatus(await client.send("HEAD", "/api/v1/users/me"), 401);
  assertStatus(await client.send("HEAD", "/api/v1/nothing"), 404);
  assert.equal((await fetch(`${system.base}/healthz`, { method: "HEAD" })).status, 200);
});

test("OPTIONS tells the methods", async () => {
  const answer = await client.send("OPTIONS", "/api/v1/users");
  assertStatus(answer, 204);
  assert.deepEqual(answer.headers.get("allow").split(", ").sort(), ["GET", "HEAD", "OPTIONS", "POST"]);
  assert.equal(answer.headers.get("access-control-allow-origin"), null);
});

test("pages of listed origins may call, and no others", async () => {
  const origins = ["https://learn.example", "https://teach.example:8443"];
  const listed = client.at((await system.api({ ORRERY_CORS: origins.join(", ") })).base);
  const preflight = (origin, asked = listed) =>
    asked.send("OPTIONS", "/api/v1/users/me/profile", {
      headers: {
        origin,
        "access-control-request-method": "PATCH",
        "access-control-request-headers": "authorization,content-type,idempotency-key,if-match",
      },
    });
  for (const origin of origins) {
    const answer = await preflight(origin);
    assertStatus(answer, 204);
    assert.equal(answer.headers.get("access-control-allow-origin"), origin);
    assert.equal(answer.headers.get("access-control-allow-credentials"), null);
    assert.match(answer.headers.get("access-control-allow-methods"), /PATCH/);
    const allowed = answer.headers.get("access-control-allow-headers").toLowerCase();
    for (const name of ["authorization", "content-type", "idempotency-key", "if-match", "x-min-position"])
      assert.ok(allowed.includes(name), name);
    const actual = await listed.get("/api/v1/users/me", { token: person.token, headers: { origin } });
    assertStatus(actual, 200);
    assert.equal(actual.headers.get("access-control-allow-origin"), origin);
    assert.match(actual.headers.get("vary"), /Origin/i);
    assert.match(actual.headers.get("access-control-expose-headers"), /X-Position/);
  }
  const strangers = ["https://evil.example", "http://learn.example", "https://learn.example.evil.example", "null"];
  for (const origin of strangers) {
    assert.equal((await preflight(origin)).headers.get("access-control-allow-origin"), null, origin);
    const actual = await listed.get("/api/v1/users/me", { token: person.token, headers: { origin } });
    assert.equal(actual.headers.get("access-control-allow-origin"), null, origin);
    assert.match(actual.headers.get("vary"), /Origin/i);
  }
  assert.equal((await preflight(origins[0], client)).headers.get("access-control-allow-origin"), null);
});

test("a request id comes back, and a strange one is replaced", async () => {
  const ask = async (id) => {
    const answer = await client.get("/api/v1/users/me", { headers: { "x-request-id": id } });
    assert.equal(answer.json.instance, answer.headers.get("x-request-id"));
    return answer.headers.get("x-request-id");
  };
  assert.equal(await ask("click-0123.ABC:4_5"), "click-0123.ABC:4_5");
  for (const strange of ["with blank", "<script>", "x".repeat(65), '"quoted"']) {
    const given = await ask(strange);
    assert.notEqual(given, strange);
    assert.match(given, /^[0-9a-f-]{36}$/);
  }
});

test("the trace of the click stands in the event", async () => {
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const traceparent = `00-${trace}-00f067aa0ba902b7-01`;
  const { position } = await person.patch("/api/v1/users/me/profile", { bio: "traced" }, { headers: { traceparent } });
  const [event] = await system.events(position);
  assert.equal(event.position, position);
  assert.equal(event.event, "profile_changed");
  assert.equal(event.actor, person.id);
  assert.equal(event.trace.replaceAll("-", ""), trace);
});

test("every answer bears the headers of a careful service", async () => {
  // contract.mjs looks at each answer of this whole run; here is what it does not see.
  for (const path of ["/", "/healthz", "/api/v1/openapi.json"]) {
    const { headers } = await fetch(system.base + path);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.match(headers.get("content-security-policy"), /default-src 'none'.*frame-ancestors 'none'/);
  }
  const { headers } = await person.get("/api/v1/users/me");
  assert.equal(headers.get("server"), "orrery");
  assert.equal(headers.get("x-powered-by"), null);
});

test("what is no HTTP at all is answered once and the connection closed", async () => {
  const { hostname, port } = new URL(system.base);
  const said = await new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname, () => socket.write("HELLO\r\n\r\n"));
    let text = "";
    socket.on("data", (data) => (text += data));
    socket.on("end", () => resolve(text));
    socket.on("error", reject);
  });
  assert.match(said, /^HTTP\/1\.1 400 /);
  await eventually("it serves on", async () => (await fetch(`${system.base}/healthz`)).ok);
});
