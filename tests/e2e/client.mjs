// A client as a person would write one: fetch, JSON, headers. Each answer is held against the contract.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { Contract, parsed } from "./contract.mjs";

export const PASSWORD = "correct horse battery";

export function unusedEmail(word = "someone") {
  return `${word}-${crypto.randomBytes(6).toString("hex")}@example.edu`;
}

// The service closes a connection that idles. Whoever computes for long does not notice, and speaks to one that is gone:
// nothing of that was read, so it is said again. Who is refused a new connection too hears of it.
async function fetchAgain(url, options) {
  try {
    return await fetch(url, options);
  } catch (error) {
    if (!["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"].includes(error.cause?.code)) throw error;
    return fetch(url, options);
  }
}

export class Client {
  constructor(base, contract) {
    this.base = base;
    this.contract = contract;
  }

  static async of(base) {
    return new Client(base, await Contract.of(base));
  }

  // The same service by another of its processes.
  at(base) {
    return new Client(base, this.contract);
  }

  // Sends `json`, or `body` as it is. `token`, `key`, `min`, `match` and `unless` are the headers one needs most.
  async send(method, path, { json, body, token, key, min, match, unless, headers = {} } = {}) {
    const wanted = { ...headers };
    const set = (name, value) => value !== undefined && (wanted[name] = String(value));
    if (json !== undefined) {
      body = JSON.stringify(json);
      wanted["content-type"] ??= "application/json";
    }
    set("authorization", token && `Bearer ${token}`);
    set("idempotency-key", key);
    set("x-min-position", min);
    set("if-match", match);
    set("if-none-match", unless);
    const url = new URL(path, this.base);
    const response = await fetchAgain(url, { method, headers: wanted, body });
    const answer = {
      method,
      path: url.pathname,
      status: response.status,
      headers: response.headers,
      text: await response.text(),
    };
    if (method !== "OPTIONS") this.contract.check(answer, body, wanted);
    const type = response.headers.get("content-type");
    answer.json = answer.text && /json/.test(type) ? parsed(type, answer.text) : undefined;
    answer.position = Number(response.headers.get("x-position") ?? 0);
    return answer;
  }

  get(path, options) {
    return this.send("GET", path, options);
  }

  post(path, json, options) {
    return this.send("POST", path, { json, ...options });
  }

  patch(path, json, options) {
    return this.send("PATCH", path, { json, ...options });
  }

  put(path, json, options) {
    return this.send("PUT", path, { json, ...options });
  }

  delete(path, options) {
    return this.send("DELETE", path, options);
  }
}

// The answer was a problem of that status and name.
export function assertProblem(answer, status, name) {
  assert.equal(`${answer.status} ${answer.json?.type ?? answer.text}`, `${status} urn:orrery:problem:${name}`);
}

export function assertStatus(answer, status) {
  assert.equal(answer.status, status, `${answer.method} ${answer.path.slice(0, 100)}: ${answer.text}`);
}

// What the answer says, once it came and is of that status.
export async function done(status, answer) {
  const given = await answer;
  assertStatus(given, status);
  return given.json;
}

// Somebody with an account. `position` is the last one they heard of, so that they read their own writes.
export class Person {
  constructor(system, client, { email = unusedEmail(), name = "Ada Lovelace", password = PASSWORD } = {}) {
    Object.assign(this, { system, client, email, name, password, position: 0 });
  }

  static async registered(system, client, given) {
    const person = new Person(system, client, given);
    await person.register();
    return person;
  }

  static async verified(system, client, given) {
    const person = await Person.registered(system, client, given);
    await person.verify();
    return person;
  }

  // Registered, verified and logged in.
  static async here(system, client, given) {
    const person = await Person.verified(system, client, given);
    await person.logIn();
    return person;
  }

  async register() {
    const { email, password, name } = this;
    const answer = await this.client.post("/api/v1/users", { email, password, name, locale: "en-GB", region: "GB" });
    assertStatus(answer, 202);
    this.position = answer.position;
  }

  async verify() {
    const { token } = await this.system.mailOf(this.position);
    const answer = await this.client.post("/api/v1/users/verification", { token });
    assertStatus(answer, 200);
    this.position = answer.position;
  }

  async tryLogIn(options = {}, given = {}) {
    const { email, password, position } = this;
    return this.client.post("/api/v1/sessions", { email, password, ...given }, { min: position, ...options });
  }

  async logIn(device = "a test") {
    const answer = await this.tryLogIn({}, { device });
    assertStatus(answer, 201);
    this.take(answer);
    return answer;
  }

  take(answer) {
    this.id = answer.json.user;
    this.session = answer.json.session;
    this.token = answer.json.access_token;
    this.refresh = answer.json.refresh_token;
    this.position = answer.position;
  }

  // As this person; the position of what they do is remembered, and awaited by what they read.
  async send(method, path, options = {}) {
    const min = method === "GET" ? this.position || undefined : undefined;
    const answer = await this.client.send(method, path, { token: this.token, min, ...options });
    this.position = Math.max(this.position, answer.position);
    return answer;
  }

  get(path, options) {
    return this.send("GET", path, options);
  }

  post(path, json, options) {
    return this.send("POST", path, { json, ...options });
  }

  patch(path, json, options) {
    return this.send("PATCH", path, { json, ...options });
  }

  put(path, json, options) {
    return this.send("PUT", path, { json, ...options });
  }

  delete(path, options) {
    return this.send("DELETE", path, options);
  }

  async account() {
    const answer = await this.get("/api/v1/users/me");
    assertStatus(answer, 200);
    return answer.json;
  }

  // Given by the operator, as the first administrator is made; it stands in tokens from the next login on.
  async become(role) {
    const { code, out, err } = await this.system.orrery("grant", role, this.email);
    assert.equal(code, 0, err + out);
    this.position = Number(/at position (\d+)/.exec(out)[1]);
    await this.logIn();
    return this;
  }
}
