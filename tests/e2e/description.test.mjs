// The OpenAPI document: good enough for a linter, for a generator of types, and for a client made from them.
import { createConfig, lint } from "@redocly/openapi-core";
import openapiTypescript, { astToString } from "openapi-typescript";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { Client } from "./client.mjs";
import { ContractBroken } from "./contract.mjs";
import { System } from "./system.mjs";

const here = import.meta.dirname;
// Inside node_modules, since what is compiled there imports from it.
const folder = path.join(here, "node_modules/.orrery", String(process.pid));

let system, client;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  fs.mkdirSync(folder, { recursive: true });
});
after(async () => {
  fs.rmSync(folder, { recursive: true, force: true });
  await system.release();
});

test("the document that is served is the one that the verb prints", async () => {
  const { out } = await system.orrery("openapi");
  assert.deepEqual(client.contract.document, JSON.parse(out));
});

test("a linter finds nothing to say", async () => {
  const config = await createConfig({
    extends: ["recommended"],
    rules: {
      "no-server-example.com": "off",
      "operation-4xx-response": "error",
      "operation-operationId-unique": "error",
      "path-params-defined": "error",
      "no-unused-components": "error",
      "operation-singular-tag": "error",
      "no-invalid-media-type-examples": "error",
    },
  });
  const found = async (ref) =>
    (await lint({ ref, config })).map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]);
  assert.deepEqual(await found(`${system.base}/api/v1/openapi.json`), []);
  // It does see a mistake where there is one.
  const broken = structuredClone(client.contract.document);
  broken.paths["/api/v1/users/me"].get.operationId = "search_users";
  const file = path.join(folder, "broken.json");
  fs.writeFileSync(file, JSON.stringify(broken));
  assert.deepEqual([...new Set((await found(file)).map(([rule]) => rule))], ["operation-operationId-unique"]);
});

test("every operation has a name of its own, a summary, and says who may", () => {
  const seen = new Set();
  for (const { method, template, operation } of client.contract.operations()) {
    assert.ok(operation.summary, `${method} ${template}`);
    assert.ok(Array.isArray(operation.security), `${method} ${template}`);
    assert.ok(!seen.has(operation.operationId), operation.operationId);
    seen.add(operation.operationId);
  }
});

test("every schema of the document compiles under JSON Schema 2020-12, and refuses a number", () => {
  for (const name of Object.keys(client.contract.document.components.schemas))
    assert.ok(client.contract.complaint(`/components/schemas/${name}`, 7), name);
});

test("an answer that is not as described would be noticed", async () => {
  const headers = new Headers({
    "content-type": "application/json",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'",
    "x-request-id": "one",
  });
  const answer = { method: "POST", path: "/api/v1/users", status: 202, headers, text: '{"position":1}' };
  const body = '{"email":"a@example.edu","password":"0123456789","name":"A","locale":"en","region":"GB"}';
  client.contract.check(answer, body);
  const wrong = [
    { text: "{}" },
    { text: '{"position":"1"}' },
    { text: '{"position":1,"more":2}' },
    { status: 201 },
    { headers: new Headers([...headers, ["x-position", "first"]]) },
    { headers: new Headers([...headers].filter(([name]) => name !== "x-request-id")) },
    { headers: new Headers([...headers].filter(([name]) => name !== "referrer-policy")) },
  ];
  for (const change of wrong)
    assert.throws(() => client.contract.check({ ...answer, ...change }, body), ContractBroken, JSON.stringify(change));
  assert.throws(() => client.contract.check(answer, '{"email":"nobody"}'), ContractBroken);
  assert.throws(() => client.contract.check(answer, undefined), ContractBroken);
  assert.throws(() => client.contract.check(answer, body, { "idempotency-key": "short" }), ContractBroken);
});

test("types are generated, a strict compiler takes them, and the client made from them works", async () => {
  const types = astToString(await openapiTypescript(client.contract.document));
  fs.writeFileSync(path.join(folder, "api.d.ts"), types);
  fs.copyFileSync(path.join(here, "typed/journey.ts"), path.join(folder, "journey.ts"));
  const { compilerOptions } = JSON.parse(fs.readFileSync(path.join(here, "typed/tsconfig.json"), "utf8"));
  const settings = {
    compilerOptions: { ...compilerOptions, outDir: "out", skipLibCheck: false },
    files: ["journey.ts"],
  };
  fs.writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify(settings));
  fs.writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
  const compiler = path.join(here, "node_modules/typescript/bin/tsc");
  await promisify(execFile)(process.execPath, [compiler, "-p", folder]).catch((error) => assert.fail(error.stdout));
  const { journey } = await import(pathToFileURL(path.join(folder, "out/journey.js")));
  const account = await journey({
    base: system.base,
    fetch: checkedFetch,
    tokenFromMail: async (email) => (await system.mail(email)).token,
  });
  assert.equal(account.name, "Typed Client");
});

async function checkedFetch(request) {
  const sent = request.body ? await request.clone().text() : undefined;
  const response = await fetch(request);
  const { method } = request;
  const { status, headers } = response;
  const text = await response.clone().text();
  client.contract.check({ method, path: new URL(request.url).pathname, status, headers, text }, sent);
  return response;
}
