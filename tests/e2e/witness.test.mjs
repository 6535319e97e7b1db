// A witness that was made from the specifications (c2sp.org/tlog-witness, tlog-cosignature) and knows nothing of
// Orrery: it remembers one size and root, and cosigns only what continues them.
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { Client, Person } from "./client.mjs";
import { eventually, System } from "./system.mjs";
import { checkProof, nodeHash, readCheckpoint, sha256 } from "./tlog.mjs";

let system, client, folder;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "orrery-witness-"));
});
after(() => {
  fs.rmSync(folder, { recursive: true });
  return system.release();
});

// RFC 9162 §2.1.4.2
function continues(oldSize, oldRoot, size, root, proof) {
  if (oldSize === 0) return proof.length === 0;
  if (oldSize === size) return proof.length === 0 && oldRoot.equals(root);
  const path = [...proof];
  if (Number.isInteger(Math.log2(oldSize))) path.unshift(oldRoot);
  let fn = oldSize - 1;
  let sn = size - 1;
  while (fn % 2 === 1) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  let fr = path[0];
  let sr = path[0];
  for (const hash of path.slice(1)) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(hash, fr);
      sr = nodeHash(hash, sr);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    } else {
      sr = nodeHash(sr, hash);
    }
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 && fr.equals(oldRoot) && sr.equals(root);
}

class Witness {
  constructor(name, logKey) {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const key = Buffer.concat([Buffer.from([4]), publicKey.export({ format: "der", type: "spki" }).subarray(-32)]);
    this.id = sha256(Buffer.from(`${name}\n`), key).subarray(0, 4);
    this.key = `${name}+${this.id.toString("hex")}+${key.toString("base64")}`;
    Object.assign(this, { name, logKey, privateKey, size: 0, root: null });
  }

  cosign(body, seconds) {
    const message = Buffer.from(`cosignature/v1\ntime ${seconds}\n${body}`);
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt(seconds));
    const signature = Buffer.concat([this.id, time, sign(null, message, this.privateKey)]);
    return `— ${this.name} ${signature.toString("base64")}\n`;
  }

  // add-checkpoint: the status and the body of the answer.
  add(request, seconds) {
    const split = request.indexOf("\n\n");
    const [old, ...lines] = request.slice(0, split).split("\n");
    const note = request.slice(split + 2);
    const { size, root } = readCheckpoint(note, this.logKey);
    if (Number(old.replace("old ", "")) !== this.size) return { status: 409, body: `${this.size}\n` };
    const proof = lines.map((line) => Buffer.from(line, "base64"));
    if (!continues(this.size, this.root, size, root, proof)) return { status: 422, body: "" };
    Object.assign(this, { size, root });
    return { status: 200, body: this.cosign(note.slice(0, note.lastIndexOf("\n\n") + 1), seconds) };
  }
}

async function logKey() {
  return (await system.orrery("keys", "log")).out.trim();
}

// The operator's verbs where these witnesses count.
function withWitnesses(...witnesses) {
  const settings = { ...system.settings, ORRERY_WITNESSES: witnesses.map((witness) => witness.key).join(" ") };
  return new System({ data: system.data, base: system.base, settings, shared: true });
}

async function happen(bio) {
  const person = await Person.here(system, client);
  const { position } = await person.patch("/api/v1/users/me/profile", { bio });
  const key = await logKey();
  await eventually("a checkpoint", async () => {
    const answer = await fetch(`${system.base}/log/checkpoint`);
    return answer.ok && readCheckpoint(await answer.text(), key).size >= position;
  });
  return position;
}

function write(name, text) {
  const file = path.join(folder, name);
  fs.writeFileSync(file, text);
  return file;
}

test("a witness cosigns what continues what it saw, and proofs bear its word", async () => {
  const witness = new Witness("witness.example/w1", await logKey());
  const operator = withWitnesses(witness);
  for (const seconds of [1679315147, 1679315200]) {
    const position = await happen(`seen at ${seconds}`);
    const old = witness.size ? ["--old", String(witness.size)] : [];
    const answer = witness.add((await operator.orrery("audit", "cosign", "--request", ...old)).out, seconds);
    assert.equal(answer.status, 200);
    const taken = await operator.orrery("audit", "cosign", write("answer", answer.body));
    assert.equal(taken.code, 0, taken.err);
    assert.match(taken.out, /^checkpoint +\d+ events\ncosigned +2023-03-20T12:2\d:\d\d\.000000Z by witness\.example\/w1\n$/);
    const proof = (await operator.orrery("audit", "prove", String(position))).out;
    checkProof(proof, await logKey());
    assert.ok(proof.includes(answer.body));
    const words = ["audit", "check", write("proof", proof), "--key", await logKey()];
    const checked = await operator.orrery(...words, "--witnesses", witness.key);
    assert.equal(checked.code, 0);
    assert.match(checked.out, /cosigned +2023.* by witness\.example\/w1\nThe event is in the log\.\n$/);
    const other = new Witness("other.example/w2", await logKey());
    const missed = await operator.orrery(...words, "--witnesses", `${witness.key} ${other.key}`);
    assert.equal(missed.code, 3);
    assert.match(missed.out, /not cosigned by other\.example\/w2\.\nNothing is proved\.\n$/);
  }
});

test("whose word does not count, or is wrong, is not kept", async () => {
  const witness = new Witness("witness.example/w3", await logKey());
  const operator = withWitnesses(witness);
  await happen("to be cosigned");
  const request = (await operator.orrery("audit", "cosign", "--request")).out;
  const note = request.slice(request.indexOf("\n\n") + 2);
  const body = note.slice(0, note.lastIndexOf("\n\n") + 1);
  const stranger = new Witness(witness.name, await logKey());
  const cases = [
    [note + stranger.cosign(body, 1), 1, /No witness of ORRERY_WITNESSES/],
    [note + witness.cosign(body.replace(/\n\d+\n/, "\n7\n"), 1), 3, /is wrong/],
    [body.replace(/\n\d+\n/, "\n7\n") + note.slice(body.length) + witness.cosign(body, 1), 1, /no checkpoint that this log/],
    [`${body}\n${witness.cosign(body, 1)}`, 1, /no checkpoint that this log/],
    ["no note at all\n", 1, /no checkpoint that this log/],
  ];
  for (const [text, code, sentence] of cases) {
    const taken = await operator.orrery("audit", "cosign", write("note", text));
    assert.equal(taken.code, code, text);
    assert.match(taken.err, sentence);
  }
  assert.equal(witness.add(request.replace("old 0", "old 5"), 1).status, 409);
  assert.equal((await withWitnesses({ key: "nonsense" }).orrery("audit", "cosign", write("note", note))).code, 1);
});
