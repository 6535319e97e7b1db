// What a team would write instead of orrery-api: Fastify over PostgreSQL, one process, no log of requests.
//
// PEER_STYLE=typical: node-postgres with a pool, each token verified by jose.
// PEER_STYLE=tuned: postgres.js, which pipelines, few connections for reads, verified tokens kept by @fastify/jwt.
// Both read the row that orrery-api reads, by statements prepared once, and hand on its document as it is; a command
// becomes one row of bench.event, durable before the answer. An answer in an attempt is a row of bench.answer, and the
// attempt is updated in the same transaction.
import { createPublicKey } from 'node:crypto';
import fastifyJwt from '@fastify/jwt';
import Fastify from 'fastify';
import { importJWK, jwtVerify } from 'jose';
import pg from 'pg';
import postgres from 'postgres';

const { PEER_STYLE: style, PEER_PORT: port, PEER_PG: host, PEER_JWK: jwkText, PEER_ORIGIN: origin } = process.env;
const jwk = JSON.parse(jwkText);
const place = { host, database: 'orrery', user: 'orrery' };

const ACCOUNT = 'SELECT account.account_view(account), version FROM account.account WHERE user_id = $1';
const PROFILE = 'SELECT profile_document, version, audience FROM account.account WHERE user_id = $1 AND email_verified';
const KEEP = 'INSERT INTO bench.event (user_id, body) VALUES ($1, $2) RETURNING position';

const ATTEMPT = 'UPDATE bench.attempt SET answers = answers + 1, answered_at = now() \
WHERE attempt_id = $1 AND user_id = $2 AND NOT submitted';
const ANSWER = 'INSERT INTO bench.answer (attempt_id, slot, body) VALUES ($1, $2, $3) RETURNING position';
const BOTH = `WITH attempt AS (${ATTEMPT} RETURNING attempt_id) INSERT INTO bench.answer (attempt_id, slot, body) \
SELECT attempt_id, $3, $4 FROM attempt RETURNING position`;

function typicalDatabase() {
  const pool = new pg.Pool({ ...place, max: 10 });
  const run = (name, text) => async (...values) => (await pool.query({ name, text, values })).rows[0];

  async function save(attempt, user, slot, body) {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      const { rowCount } = await client.query({ name: 'attempt', text: ATTEMPT, values: [attempt, user] });
      const { rows } = rowCount ? await client.query({ name: 'answer', text: ANSWER, values: [attempt, slot, body] }) : {};
      await client.query(rows ? 'COMMIT' : 'ROLLBACK');
      return rows?.[0];
    } finally {
      client.release();
    }
  }

  return { account: run('account', ACCOUNT), profile: run('profile', PROFILE), keep: run('keep', KEEP), save };
}

function tunedDatabase() {
  const reader = postgres({ ...place, max: 2 });
  const writer = postgres({ ...place, max: 10 });
  const run = (sql, text) => async (...values) => (await sql.unsafe(text, values, { prepare: true }))[0];

  return { account: run(reader, ACCOUNT), profile: run(reader, PROFILE), keep: run(writer, KEEP), save: run(writer, BOTH) };
}

async function typicalIdentity() {
  const key = await importJWK(jwk, 'EdDSA');

  return async (request) => {
    const [scheme, token] = (request.headers.authorization ?? '').split(' ');
    if (scheme !== 'Bearer') throw Object.assign(new Error('no token'), { statusCode: 401 });
    const { payload } = await jwtVerify(token, key, { algorithms: ['EdDSA'], issuer: origin, audience: origin });
    return payload.sub;
  };
}

async function tunedIdentity(app) {
  const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  await app.register(fastifyJwt, {
    secret: { public: pem },
    verify: { algorithms: ['EdDSA'], allowedIss: origin, allowedAud: origin, cache: true },
  });
  return async (request) => (await request.jwtVerify()).sub;
}

function sendDocument(reply, document, version) {
  return reply.header('etag', `"${version}"`).type('application/json; charset=utf-8').send(document);
}

const preferences = {
  type: 'object',
  additionalProperties: false,
  properties: {
    theme: { enum: ['system', 'light', 'dark'] },
    language: { type: 'string', minLength: 2, maxLength: 35 },
    reduced_motion: { type: 'boolean' },
    captions: { type: 'boolean' },
    notifications: {
      type: 'array',
      maxItems: 32,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['kind', 'channel', 'on'],
        properties: {
          kind: { enum: ['account', 'course', 'assessment', 'achievement', 'project'] },
          channel: { enum: ['mail', 'push', 'in_app'] },
          on: { type: 'boolean' },
        },
      },
    },
  },
};

const app = Fastify({ logger: false });
const database = style === 'tuned' ? tunedDatabase() : typicalDatabase();
const identify = await (style === 'tuned' ? tunedIdentity(app) : typicalIdentity());

app.get('/api/v1/users/me', async (request, reply) => {
  const row = await database.account(await identify(request));
  return row ? sendDocument(reply, row.account_view, row.version) : reply.code(404).send();
});

app.get('/api/v1/users/:user', async (request, reply) => {
  const row = await database.profile(request.params.user);
  if (row?.audience !== 'everyone') return reply.code(404).send();
  return sendDocument(reply, row.profile_document, row.version);
});

app.patch('/api/v1/users/me/preferences', { schema: { body: preferences } }, async (request) => {
  const user = await identify(request);
  // node-postgres writes an object as JSON by itself; postgres.js knows from the statement that it is JSON.
  const row = await database.keep(user, request.body);
  return { position: Number(row.position) };
});

const answer = {
  type: 'object',
  additionalProperties: false,
  properties: {
    text: { type: 'string', maxLength: 12000 },
    chosen: {
      type: 'array',
      maxItems: 24,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['key'],
        properties: { key: { type: 'string', minLength: 1, maxLength: 16 } },
      },
    },
  },
};

app.put('/api/v1/attempts/:attempt/answers/:slot', { schema: { body: answer } }, async (request, reply) => {
  const { attempt, slot } = request.params;
  const row = await database.save(attempt, await identify(request), Number(slot), request.body);
  return row ? { position: Number(row.position) } : reply.code(404).send();
});

await app.listen({ port: Number(port), host: '127.0.0.1' });
