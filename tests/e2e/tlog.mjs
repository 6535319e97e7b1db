// The log's formats as a stranger knows them, from their specifications alone: nothing of Orrery's is used here.
import assert from "node:assert/strict";
import { createHash, createPublicKey, verify } from "node:crypto";

const SPKI_ED25519 = "302a300506032b6570032100"; // RFC 8410: all but the key

export const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
export const nodeHash = (left, right) => sha256(Buffer.from([1]), left, right);

// RFC 6962 §2.1 over leaf hashes.
export function rootOf(leaves) {
  if (leaves.length === 0) return sha256(Buffer.alloc(0));
  if (leaves.length === 1) return leaves[0];
  let half = 1;
  while (half * 2 < leaves.length) half *= 2;
  return nodeHash(rootOf(leaves.slice(0, half)), rootOf(leaves.slice(half)));
}

// c2sp.org/signed-note with one Ed25519 key, "NAME+ID+BASE64".
export function openNote(text, key) {
  const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(key);
  const bytes = Buffer.from(encoded, "base64");
  assert.equal(bytes[0], 1);
  assert.equal(sha256(Buffer.from(`${name}\n`), bytes).subarray(0, 4).toString("hex"), id);
  const split = text.lastIndexOf("\n\n") + 1;
  const body = text.slice(0, split);
  const line = text.slice(split + 1).split("\n").find((each) => each.startsWith(`— ${name} `));
  const signature = Buffer.from(line.split(" ")[2], "base64");
  assert.equal(signature.subarray(0, 4).toString("hex"), id);
  const der = Buffer.concat([Buffer.from(SPKI_ED25519, "hex"), bytes.subarray(1)]);
  const publicKey = createPublicKey({ key: der, format: "der", type: "spki" });
  assert.ok(verify(null, Buffer.from(body), publicKey, signature.subarray(4)), "the signature");
  return { name, body };
}

export function readCheckpoint(text, key) {
  const { name, body } = openNote(text, key);
  const [origin, size, root] = body.split("\n");
  assert.equal(origin, name);
  return { origin, size: Number(size), root: Buffer.from(root, "base64") };
}

// c2sp.org/tlog-proof by the rules of RFC 9162 §2.1.3.2, where the tree is small enough for recursion.
export function checkProof(text, key) {
  const [head, extra, index, ...rest] = text.slice(0, text.indexOf("\n\n")).split("\n");
  assert.equal(head, "c2sp.org/tlog-proof@v1");
  const record = Buffer.from(extra.replace("extra ", ""), "base64");
  const { size, root } = readCheckpoint(text.slice(text.indexOf("\n\n") + 2), key);
  const proof = rest.map((line) => Buffer.from(line, "base64"));
  const climb = (at, from, to) => {
    if (to - from === 1) return sha256(Buffer.from([0]), record);
    let half = 1;
    while (half * 2 < to - from) half *= 2;
    const sibling = () => proof.pop();
    if (at < from + half) {
      const right = sibling();
      return nodeHash(climb(at, from, from + half), right);
    }
    const left = sibling();
    return nodeHash(left, climb(at, from + half, to));
  };
  assert.deepEqual(climb(Number(index.replace("index ", "")), 0, size), root);
  assert.equal(proof.length, 0);
  return record;
}
