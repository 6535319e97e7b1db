// What the service says of itself in its OpenAPI document, held against each answer it gives.
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

// Answers that any request may meet, whatever its route: they stand in the document as "default".
const ANYWHERE = new Set([401, 404, 405, 408, 414, 417, 431, 500, 501, 505, 507]);

function asPointer(...words) {
  return words.map((word) => "/" + word.replaceAll("~", "~0").replaceAll("/", "~1")).join("");
}

function asPattern(template) {
  const pattern = template.replace(/[.]/g, "\\$&").replace(/\{[^}]*\}/g, "[^/]+");
  return new RegExp(`^${pattern}$`);
}

export const JSON_LINES = "application/x-ndjson";

// What a text of that type says: a value, or of JSON lines all of them.
export function parsed(type, text) {
  return type === JSON_LINES ? text.split("\n").filter(Boolean).map((line) => JSON.parse(line)) : JSON.parse(text);
}

export class ContractBroken extends Error {}

export class Contract {
  static async of(base) {
    return new Contract(await (await fetch(`${base}/api/v1/openapi.json`)).json());
  }

  constructor(document) {
    this.document = document;
    this.ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
    addFormats(this.ajv);
    this.ajv.addVocabulary(Object.keys(document)); // the document is no schema, but holds all of them
    this.ajv.addSchema(document, "document");
    this.validators = new Map();
    // Fixed words come before parameters, as in the router.
    this.paths = Object.keys(document.paths)
      .sort((a, b) => a.split("{").length - b.split("{").length)
      .map((template) => ({ template, pattern: asPattern(template) }));
  }

  operations() {
    return this.paths.flatMap(({ template }) =>
      Object.entries(this.document.paths[template]).map(([method, operation]) => ({
        method: method.toUpperCase(),
        template,
        operation,
      })),
    );
  }

  find(method, pathname) {
    const template = this.paths.find(({ pattern }) => pattern.test(pathname))?.template;
    const word = method === "HEAD" ? "get" : method.toLowerCase();
    const operation = template && this.document.paths[template][word];
    return operation && { template, word, operation };
  }

  complaint(pointer, value) {
    if (!this.validators.has(pointer))
      this.validators.set(pointer, this.ajv.compile({ $ref: `document#${encodeURI(pointer)}` }));
    const validate = this.validators.get(pointer);
    return validate(value) ? undefined : this.ajv.errorsText(validate.errors);
  }

  // { where, response }: the response object of the document, its $ref followed.
  described(found, status) {
    const responses = found.operation.responses;
    const name = String(status) in responses ? String(status) : ANYWHERE.has(status) ? "default" : undefined;
    if (!name) return undefined;
    const response = responses[name];
    if (response.$ref)
      return {
        where: response.$ref.slice(1),
        response: this.document.components.responses[response.$ref.split("/").pop()],
      };
    return { where: asPointer("paths", found.template, found.word, "responses", name), response };
  }

  checkHeaders(described, headers) {
    for (const [name, header] of Object.entries(described.response.headers ?? {})) {
      const given = headers.get(name);
      if (given === null) continue;
      const schema = header.$ref
        ? header.$ref.slice(1) + "/schema"
        : described.where + asPointer("headers", name, "schema");
      const whole = /^\d+$/.test(given) && name !== "ETag";
      const wrong = this.complaint(schema, whole ? Number(given) : given);
      if (wrong) throw new ContractBroken(`header ${name}: ${wrong}`);
    }
  }

  checkBody(described, type, text, method) {
    const contents = described.response.content;
    if (method === "HEAD" || !contents) {
      if (text !== "") throw new ContractBroken(`there is a body where none belongs: ${text}`);
      return;
    }
    if ("*/*" in contents) return;
    if (type === JSON_LINES && described.response["x-json-lines"]) {
      this.checkValues(described.where + asPointer("x-json-lines"), parsed(type, text));
      return;
    }
    if (!(type in contents)) throw new ContractBroken(`content type ${type} is not described`);
    const values = type === JSON_LINES ? parsed(type, text) : [/json/.test(type) ? JSON.parse(text) : text];
    this.checkValues(described.where + asPointer("content", type, "schema"), values);
  }

  checkValues(schema, values) {
    for (const value of values) {
      const wrong = this.complaint(schema, value);
      if (wrong) throw new ContractBroken(`the body does not fit its schema: ${wrong}\n${JSON.stringify(value)}`);
    }
  }

  // Whoever refuses the request: the service, or the engine before the service sees it.
  checkSecurity({ headers, path, status }) {
    const kept =
      (path.startsWith("/api/v1/media/") && "public") || (/^\/api\/v1\/simulations\/runs\//.test(path) && "private");
    const wants = {
      "x-content-type-options": "nosniff",
      "cache-control": kept && status < 400 ? `${kept}, max-age=31536000, immutable` : "no-store",
      "referrer-policy": "no-referrer",
    };
    for (const [name, value] of Object.entries(wants))
      if (headers.get(name) !== value) throw new ContractBroken(`${name} is ${headers.get(name)}, not ${value}`);
    if (!headers.has("content-security-policy")) throw new ContractBroken("no Content-Security-Policy");
    if (!headers.has("x-request-id")) throw new ContractBroken("no X-Request-Id");
  }

  // What holds for every answer, described or not.
  checkAlways(answer) {
    const { status, headers, text, method } = answer;
    this.checkSecurity(answer);
    if (status < 400 || method === "HEAD") return;
    if (headers.get("content-type") !== "application/problem+json")
      throw new ContractBroken(`a problem of type ${headers.get("content-type")}`);
    const problem = JSON.parse(text);
    const wrong = this.complaint("/components/schemas/Problem", problem);
    if (wrong) throw new ContractBroken(`not a problem: ${wrong}\n${text}`);
    if (problem.status !== status) throw new ContractBroken(`status ${problem.status} in the body of a ${status}`);
    if ((status === 429 || status === 503) && !/^[1-9]\d*$/.test(headers.get("retry-after") ?? ""))
      throw new ContractBroken(`a ${status} without Retry-After`);
  }

  // What was taken is what the document allows.
  checkSentHeaders(found, sent) {
    const listed = (found.operation.parameters ?? []).map(({ $ref }) => $ref?.split("/").pop());
    for (const name of ["Idempotency-Key", "X-Min-Position"]) {
      const value = sent[name.toLowerCase()];
      if (value === undefined) continue;
      if (!listed.includes(name)) throw new ContractBroken(`${name} was taken, though the document does not list it`);
      const wrong = this.complaint(
        asPointer("components", "parameters", name, "schema"),
        /^\d+$/.test(value) && name === "X-Min-Position" ? Number(value) : value,
      );
      if (wrong) throw new ContractBroken(`${name} was taken, though the document forbids it: ${wrong}`);
    }
  }

  // Each of JSON lines is taken or refused by itself.
  checkRequest(found, request, type) {
    const described = found.operation.requestBody;
    if (type === JSON_LINES && JSON_LINES in described.content) return;
    if (!described || (request !== undefined && typeof request !== "string")) return;
    if ("*/*" in described.content) return;
    if (!request && described.required) throw new ContractBroken("taken without the body that the document requires");
    if (!request) return;
    const pointer = asPointer(
      "paths",
      found.template,
      found.word,
      "requestBody",
      "content",
      "application/json",
      "schema",
    );
    const wrong = this.complaint(pointer, JSON.parse(request));
    if (wrong) throw new ContractBroken(`taken, though the document forbids it: ${wrong}\n${request}`);
  }

  // In the place of the answer that the route describes.
  checkDryRun(found, { status, text }) {
    if (status !== 200) throw new ContractBroken("a dry run is answered with 200");
    if (!found.operation.parameters.some(({ $ref }) => $ref === "#/components/parameters/Prefer"))
      throw new ContractBroken("the document does not list Prefer");
    const { dry_run, events, ...more } = JSON.parse(text);
    if (dry_run !== true || !Array.isArray(events) || Object.keys(more).length > 0)
      throw new ContractBroken(`not a dry run: ${text}`);
  }

  // `answer`: { method, path, status, headers, text }, `request`: the body that was sent, if any, `sent`: its headers.
  check(answer, request, sent = {}) {
    try {
      this.checkAlways(answer);
      const found = this.find(answer.method, answer.path);
      if (!found) return;
      if (answer.headers.has("preference-applied")) return this.checkDryRun(found, answer);
      const described = this.described(found, answer.status);
      if (!described) throw new ContractBroken(`status ${answer.status} is not described`);
      this.checkHeaders(described, answer.headers);
      this.checkBody(described, answer.headers.get("content-type"), answer.text, answer.method);
      if (answer.status >= 300) return;
      this.checkRequest(found, request, sent["content-type"]);
      this.checkSentHeaders(found, sent);
    } catch (error) {
      error.message = `${answer.method} ${answer.path.slice(0, 100)} -> ${answer.status}: ${error.message}`;
      throw error;
    }
  }
}
