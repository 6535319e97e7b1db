// A client in TypeScript, typed by what openapi-typescript makes of the OpenAPI document: that this compiles under
// --strict is half of the test, that it runs is the other.
import createClient, { type Middleware } from "openapi-fetch";
import assert from "node:assert/strict";
import type { components, paths } from "./api.js";

export interface Surroundings {
  base: string;
  fetch: (request: Request) => Promise<Response>;
  tokenFromMail: (email: string) => Promise<string>;
}

type Account = components["schemas"]["Account"];
type Tokens = components["schemas"]["Tokens"];

function bearer(tokens: Tokens): Middleware {
  return {
    onRequest({ request }) {
      request.headers.set("authorization", `Bearer ${tokens.access_token}`);
      return request;
    },
  };
}

function taken<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  assert.equal(answer.error, undefined, JSON.stringify(answer.error));
  assert.ok(answer.data !== undefined);
  return answer.data;
}

export async function journey({ base, fetch, tokenFromMail }: Surroundings): Promise<Account> {
  const client = createClient<paths>({ baseUrl: base, fetch });
  const email = `typed-${crypto.randomUUID()}@example.edu`;
  const password = "correct horse battery";
  const header = { "Idempotency-Key": crypto.randomUUID() };
  const body = { email, password, name: "Typed Client", locale: "en", region: "GB" };
  taken(await client.POST("/api/v1/users", { params: { header }, body }));
  const token = await tokenFromMail(email);
  const verified = taken(await client.POST("/api/v1/users/verification", { body: { token } }));

  // The document does not list the header for commands, so it goes in beside the typed ones.
  const headers = { "X-Min-Position": String(verified.position) };
  const tokens = taken(await client.POST("/api/v1/sessions", { headers, body: { email, password, device: "typed" } }));
  client.use(bearer(tokens));
  const changed = taken(
    await client.PATCH("/api/v1/users/me/preferences", {
      body: { theme: "dark", notifications: [{ kind: "course", channel: "push", on: true }] },
    }),
  );
  const account = taken(
    await client.GET("/api/v1/users/me", { params: { header: { "X-Min-Position": changed.position } } }),
  );
  assert.equal(account.preferences.theme, "dark");

  const { data } = taken(await client.GET("/api/v1/sessions", { params: { query: { limit: 5 } } }));
  assert.equal(data[0]?.device, "typed");
  assert.equal(data[0]?.current, true);

  const refused = await client.PUT("/api/v1/users/{user}/roles/{role}", {
    params: { path: { user: account.user, role: "admin" } },
  });
  assert.equal(refused.response.status, 403);
  assert.equal(refused.error?.type, "urn:orrery:problem:not_permitted");

  taken(await client.DELETE("/api/v1/sessions/{session}", { params: { path: { session: tokens.session } } }));
  return account;
}
