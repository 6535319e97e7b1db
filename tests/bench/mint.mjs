// Access tokens without logging in: node mint.mjs SIGNING_FOLDER ORIGIN USER… prints one token a line. What api/token.h
// says a token is, signed with the key that api/signing.h says lies in the folder.
import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LIFETIME_S = 900;
const PKCS8_ED25519 = '302e020100300506032b657004220420'; // RFC 8410: all but the seed

const [folder, origin, ...users] = process.argv.slice(2);
const file = readdirSync(folder).find((name) => name.endsWith('.ed25519'));
const seed = /^seed ([0-9a-f]{64})$/m.exec(readFileSync(join(folder, file), 'utf8'))[1];
const key = createPrivateKey({ key: Buffer.from(PKCS8_ED25519 + seed, 'hex'), format: 'der', type: 'pkcs8' });
const now = Math.floor(Date.now() / 1000);

function encode(object) {
  return Buffer.from(JSON.stringify(object)).toString('base64url');
}

function mint(user) {
  const header = encode({ alg: 'EdDSA', typ: 'JWT', kid: file.replace('.ed25519', '') });
  const payload = encode({
    iss: origin, aud: origin, sub: user, sid: randomUUID(), jti: randomUUID(), roles: ['learner'], pos: 1, iat: now,
    exp: now + LIFETIME_S,
  });
  return `${header}.${payload}.${sign(null, Buffer.from(`${header}.${payload}`), key).toString('base64url')}`;
}

console.log(users.map(mint).join('\n'));
