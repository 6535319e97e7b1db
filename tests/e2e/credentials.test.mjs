// Our Open Badges as a stranger's verifier sees them. Needs no service: the library is pure.
import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import { cryptosuite } from "@digitalbazaar/eddsa-rdfc-2022-cryptosuite";
import * as Ed25519Multikey from "@digitalbazaar/ed25519-multikey";
import * as vc from "@digitalbazaar/vc";
import { decodeList } from "@digitalbazaar/vc-bitstring-status-list";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, test } from "node:test";
import zlib from "node:zlib";
import { bytes, Library, text, World } from "./judge.mjs";

const library = new Library();
after(() => library.close());

const seed = Buffer.alloc(32, 7);
const origin = "https://learn.example:8443";
const issuer = "did:web:learn.example%3A8443";
const listUrl = `${origin}/credentials/status/1`;
const now = new Date("2026-06-01T00:00:00Z");

const plain = {
  seed,
  id: "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
  issuer,
  issuer_name: "Example School",
  issuer_url: origin,
  achievement: `${origin}/achievements/mechanics`,
  achievement_type: "7",
  achievement_name: "Mechanics",
  achievement_description: "Forces, motion and what is conserved.",
  achievement_criteria: "Complete *all* lessons.",
  subject: "urn:uuid:0192f3c4-7f4e-7b7a-a0c8-8d2f7f6d9a10",
  issued: "2026-01-02T03:04:05.678901Z",
};

const rich = {
  ...plain,
  achievement_language: "en",
  achievement_image: `${origin}/achievements/mechanics.png`,
  expires: "2036-01-02T03:04:05Z",
  identity_hash: `sha256$${"ab".repeat(32)}`,
  identity_salt: "a pinch",
  score_name: "Final score",
  score_type: "1",
  score_value: "93.5",
  score_min: "0",
  score_max: "100",
  status_url: listUrl,
  status_index: "94567",
  evidence: `${origin}/evidence/1`,
  evidence_name: "Pendulum",
  evidence_narrative: "Measured *g* to 1 %.",
};

async function world(revoked = []) {
  const made = new World();
  const { document } = await library.ask("did", { seed, origin });
  made.publishDid(JSON.parse(text(document)));
  const list = await library.ask("list", listFields(revoked));
  made.publish(listUrl, JSON.parse(text(list.credential)));
  return made;
}

const listFields = (revoked) => [
  ["seed", seed],
  ["url", listUrl],
  ["issuer", issuer],
  ["changed", "2026-01-01T00:00:00Z"],
  ...revoked.map((index) => ["revoked", String(index)]),
];

async function issue(fields) {
  const answer = await library.ask("badge", fields);
  assert.equal(answer.complaint, undefined);
  return { credential: JSON.parse(text(answer.credential)), quads: text(answer.quads) };
}

function withoutProof({ proof, ...document }) {
  assert.ok(proof);
  return document;
}

test("the verifier accepts a plain badge and a rich one", async () => {
  const outside = await world();
  for (const fields of [plain, rich]) {
    const { credential } = await issue(fields);
    const result = await outside.verify(credential, now);
    assert.equal(result.verified, true, String(result.error?.errors ?? result.error));
  }
});

test("the verifier accepts the badge of a did:key issuer", async () => {
  const outside = new World();
  const { did, document } = await library.ask("did", { seed });
  outside.publishDid(JSON.parse(text(document)));
  const { credential } = await issue({ ...plain, issuer: text(did) });
  assert.equal((await outside.verify(credential, now)).verified, true);
});

test("the same award has the same bytes each time", async () => {
  const answers = await Promise.all([1, 2].map(async () => (await library.ask("badge", rich)).credential));
  assert.equal(answers[0], answers[1]);
});

test("the other library makes the same proof of the same document", async () => {
  const outside = await world();
  const { credential } = await issue(rich);
  const key = await Ed25519Multikey.generate({ controller: issuer, seed });
  assert.equal(credential.proof.verificationMethod, key.id);
  const suite = new DataIntegrityProof({ signer: key.signer(), date: credential.proof.created, cryptosuite });
  const theirs = await vc.issue({
    credential: withoutProof(credential),
    suite,
    documentLoader: outside.documentLoader,
  });
  assert.deepEqual(theirs.proof, credential.proof);
});

test("did:key is what the other library calls the key", async () => {
  for (let first = 0; first < 20; first++) {
    const other = Buffer.alloc(32, first);
    const key = await Ed25519Multikey.generate({ seed: other });
    assert.equal(text((await library.ask("did", { seed: other })).did), `did:key:${key.publicKeyMultibase}`);
  }
});

// Texts -----------------------------------------------------------------------------------------------------------------

// xorshift32: a seed that is printed repeats a run.
function chance(start) {
  let state = start || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

const odd = [
  "\0", "\b", "\t", "\n", "\v", "\f", "\r", "\x1f", "\x7f", "\x80", "\x85", "\xa0", '"', "'", "\\", "\\n", "\\u0041", "<", ">",
  "&", "@en", "^^", "_:b0", "_:c14n0", "{", "}", "]]>", "\u2028", "\u2029", "\ud7ff", "\ue000", "\ufeff", "\ufffd", "\uffff",
  "\u{10000}", "\u{1f680}", "\u{10ffff}", "é", "e\u0301", "ß", "ж", "漢", "\u202e", "true", "null", "@id", "@type", " ",
];

function randomText(next) {
  let made = "";
  for (let parts = 1 + next(12); parts > 0; parts--)
    made += next(3) ? odd[next(odd.length)] : String.fromCodePoint(0x20 + next(0xd7e0));
  return made;
}

const texts = [
  "issuer_name", "achievement_name", "achievement_description", "achievement_criteria", "identity_salt", "score_name",
  "score_value", "score_min", "score_max",
];

function randomBadge(next) {
  const fields = Object.entries({ ...(next(2) ? rich : plain), achievement_type: String(next(8)) }).filter(
    ([name]) => !name.startsWith("evidence"),
  );
  for (const field of fields) if (texts.includes(field[0])) field[1] = randomText(next);
  for (let count = next(4); count > 0; count--) {
    fields.push(["evidence", `${origin}/evidence/${count}`], ["evidence_name", randomText(next)]);
    if (next(2)) fields.push(["evidence_narrative", randomText(next)]);
  }
  return fields;
}

test("our canonical form is the other library's, whatever the texts", async (t) => {
  const start = Number(process.env.SEED ?? Date.now() % 0xffffffff);
  t.diagnostic(`SEED=${start}`);
  const next = chance(start);
  const outside = new World();
  for (let round = 0; round < 300; round++) {
    const { credential, quads } = await issue(randomBadge(next));
    assert.equal(quads, await outside.canonical(withoutProof(credential)), `round ${round}`);
  }
});

test("each odd character is signed as the verifier reads it", async () => {
  const outside = await world();
  const all = Array.from({ length: 0x100 }, (_, code) => String.fromCodePoint(code)).join("") + odd.join("");
  const { credential } = await issue({ ...rich, achievement_criteria: all });
  assert.equal(credential.credentialSubject.achievement.criteria.narrative, all);
  assert.equal((await outside.verify(credential, now)).verified, true);
});

// Tampering -------------------------------------------------------------------------------------------------------------

const subject = (credential) => credential.credentialSubject;
const tamperings = {
  "another recipient": (c) => (subject(c).id = "urn:uuid:0192f3c4-7f4e-7b7a-a0c8-8d2f7f6d9a11"),
  "no recipient": (c) => delete subject(c).id,
  "another identity": (c) => (subject(c).identifier[0].identityHash = `sha256$${"ac".repeat(32)}`),
  "another salt": (c) => (subject(c).identifier[0].salt = "a pinch more"),
  "no identity": (c) => delete subject(c).identifier,
  "a better score": (c) => (subject(c).result[0].value = "99.5"),
  "a larger maximum": (c) => (subject(c).achievement.resultDescription[0].valueMax = "1000"),
  "a second result": (c) => subject(c).result.push({ ...subject(c).result[0], id: "urn:uuid:1", value: "100" }),
  "another achievement": (c) => (subject(c).achievement.id = `${origin}/achievements/optics`),
  "another name of it": (c) => (subject(c).achievement.name = "Optics"),
  "another description": (c) => (subject(c).achievement.description += " And more."),
  "easier criteria": (c) => (subject(c).achievement.criteria.narrative = "Attend."),
  "another type of it": (c) => (subject(c).achievement.achievementType = "Certificate"),
  "another language": (c) => (subject(c).achievement.inLanguage = "de"),
  "another picture": (c) => (subject(c).achievement.image.id += "?2"),
  "another name": (c) => (c.name = "Optics"),
  "another id": (c) => (c.id = "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc34"),
  "issued earlier": (c) => (c.validFrom = "2025-01-02T03:04:05Z"),
  "expiring later": (c) => (c.validUntil = "2046-01-02T03:04:05Z"),
  "never expiring": (c) => delete c.validUntil,
  "another issuer's name": (c) => (c.issuer.name = "Exemplary School"),
  "another issuer's page": (c) => (c.issuer.url = "https://elsewhere.example"),
  "another issuer": (c) => (c.issuer.id = "did:web:elsewhere.example"),
  "more evidence": (c) => c.evidence.push({ ...c.evidence[0], id: `${origin}/evidence/2` }),
  "no evidence": (c) => delete c.evidence,
  "another place of the status": (c) => (c.credentialStatus.statusListIndex = "94568"),
  "another list": (c) => (c.credentialStatus.statusListCredential += "2"),
  "no status": (c) => delete c.credentialStatus,
  "another type": (c) => c.type.push("EndorsementCredential"),
  "no context of badges": (c) => c["@context"].pop(),
  "contexts the other way round": (c) => c["@context"].reverse(),
  "an older context": (c) => (c["@context"][0] = "https://www.w3.org/2018/credentials/v1"),
  "a word that no context knows": (c) => (c.honours = "summa cum laude"),
  "proved at another time": (c) => (c.proof.created = "2026-01-02T03:04:06Z"),
  "proved for another purpose": (c) => (c.proof.proofPurpose = "authentication"),
  "proved by nobody": (c) => delete c.proof,
  "proved by another suite": (c) => (c.proof.cryptosuite = "eddsa-jcs-2022"),
  "proved by another key": (c) => (c.proof.verificationMethod = c.proof.verificationMethod.replace("z6Mk", "z6Mj")),
  "a character of the proof": (c) => {
    const at = 40;
    const other = c.proof.proofValue[at] === "2" ? "3" : "2";
    c.proof.proofValue = c.proof.proofValue.slice(0, at) + other + c.proof.proofValue.slice(at + 1);
  },
  "a proof without its last character": (c) => (c.proof.proofValue = c.proof.proofValue.slice(0, -1)),
};

test("the verifier rejects whatever was changed afterwards", async (t) => {
  const outside = await world();
  const { credential } = await issue(rich);
  assert.equal((await outside.verify(credential, now)).verified, true);
  for (const [name, change] of Object.entries(tamperings)) {
    await t.test(name, async () => {
      const changed = structuredClone(credential);
      change(changed);
      assert.notDeepEqual(changed, credential);
      assert.equal((await outside.verify(changed, now)).verified, false);
    });
  }
});

test("the order of members and the look of the JSON do not matter to the proof", async () => {
  const outside = await world();
  const { credential } = await issue(rich);
  const turned = Object.fromEntries(Object.entries(JSON.parse(JSON.stringify(credential, null, 4))).reverse());
  assert.equal((await outside.verify(turned, now)).verified, true);
});

test("the verifier rejects a badge before its time and after it", async () => {
  const outside = await world();
  const { credential } = await issue(rich);
  assert.equal((await outside.verify(credential, new Date("2025-12-31T00:00:00Z"))).verified, false);
  assert.equal((await outside.verify(credential, new Date("2036-01-02T03:04:06Z"))).verified, false);
});

test("the verifier rejects what a stranger's key has signed in our name", async () => {
  const outside = await world();
  const { credential } = await issue({ ...plain, seed: Buffer.alloc(32, 8) });
  outside.publish(credential.proof.verificationMethod, {
    "@context": "https://w3id.org/security/multikey/v1",
    id: credential.proof.verificationMethod,
    type: "Multikey",
    controller: issuer,
    publicKeyMultibase: credential.proof.verificationMethod.split("#")[1],
  });
  assert.equal((await outside.verify(credential, now)).verified, false);
});

// Status ----------------------------------------------------------------------------------------------------------------

test("the verifier rejects a badge that was revoked, and only that one", async () => {
  const { credential } = await issue(rich);
  const index = Number(credential.credentialStatus.statusListIndex);
  assert.equal((await (await world([index - 1, index + 1])).verify(credential, now)).verified, true);
  assert.equal((await (await world([index - 1, index, index + 1])).verify(credential, now)).verified, false);
});

test("the status list is a credential whose bits the other library reads as we wrote them", async () => {
  const revoked = [0, 1, 7, 8, 4711, 65535, 131070, 131071];
  const outside = await world(revoked);
  const { credential, quads } = await library.ask("list", listFields(revoked));
  const list = JSON.parse(text(credential));
  assert.equal((await outside.verify(list, now)).verified, true);
  assert.equal(text(quads), await outside.canonical(withoutProof(list)));
  const decoded = await decodeList({ encodedList: list.credentialSubject.encodedList });
  assert.equal(decoded.length, 131072);
  for (let index = 0; index < decoded.length; index++)
    assert.equal(decoded.getStatus(index), revoked.includes(index), `bit ${index}`);
});

test("the verifier rejects a status list that was changed", async () => {
  const { credential } = await issue(rich);
  const revoking = await world([94567]);
  const honest = await world([]);
  const list = structuredClone((await revoking.documentLoader(listUrl)).document);
  list.credentialSubject.encodedList = (await honest.documentLoader(listUrl)).document.credentialSubject.encodedList;
  revoking.publish(listUrl, list);
  assert.equal((await revoking.verify(credential, now)).verified, false);
});

test("the packed list tells neither time nor system", async () => {
  const { credential } = await library.ask("list", listFields([]));
  const packed = bytes(JSON.parse(text(credential)).credentialSubject.encodedList.slice(1));
  assert.deepEqual([...packed.subarray(0, 10)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
});

// Dids ------------------------------------------------------------------------------------------------------------------

test("an origin has the did:web that the method says", async () => {
  const expected = {
    "https://learn.example": "did:web:learn.example",
    "https://Learn.Example/": "did:web:learn.example",
    "https://learn.example:8443": "did:web:learn.example%3A8443",
    "https://learn.example:3000/user/alice": "did:web:learn.example%3A3000:user:alice",
    "https://learn.example/a~b/": "did:web:learn.example:a%7Eb",
    "https://localhost": "did:web:localhost",
  };
  for (const [from, did] of Object.entries(expected))
    assert.equal(text((await library.ask("did", { seed, origin: from })).did), did);
  const refused = ["http://learn.example", "https://127.0.0.1", "https://[::1]:80", "https://", "learn.example",
    "https://learn.example:0", "https://learn.example:65536", "https://learn.example:", "https://learn.example//a",
    "https://learn.example/?a", "https://learn.example/#a", "https://a b.example"];
  for (const from of refused) assert.notEqual((await library.ask("did", { seed, origin: from })).status, "Done.", from);
});

// Pictures --------------------------------------------------------------------------------------------------------------

// A reader of PNG by its specification, with nothing of ours in it.
function chunksOf(png) {
  assert.equal(png.subarray(0, 8).toString("latin1"), "\x89PNG\r\n\x1a\n");
  const chunks = [];
  for (let at = 8; at < png.length; ) {
    const size = png.readUInt32BE(at);
    const type = png.toString("latin1", at + 4, at + 8);
    chunks.push({ type, data: png.subarray(at + 8, at + 8 + size) });
    assert.equal(png.readUInt32BE(at + 8 + size), crc(png.subarray(at + 4, at + 8 + size)), type);
    at += 12 + size;
  }
  return chunks;
}

function crc(data) {
  let sum = ~0;
  for (const byte of data) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

test("a baked picture shows the same and holds the credential as the standard says", async () => {
  const outside = await world();
  const { picture } = await library.ask("emblem", { seed_text: plain.achievement });
  const { credential } = await library.ask("badge", rich);
  const baked = await library.ask("bake", { png: bytes(picture), credential: bytes(credential) });
  const chunks = chunksOf(bytes(baked.picture));
  const [found, ...more] = chunks.filter(({ type }) => type === "iTXt");
  assert.equal(more.length, 0);
  assert.equal(found.data.subarray(0, 24).toString("latin1"), "openbadgecredential\0\0\0\0\0");
  assert.equal((await outside.verify(JSON.parse(found.data.subarray(24).toString("utf8")), now)).verified, true);
  assert.deepEqual(chunks.filter((chunk) => chunk !== found), chunksOf(bytes(picture)));
  assert.equal((await library.ask("extract", { png: bytes(baked.picture) })).credential, credential);
});

test("the emblem is a picture of 256 by 256 palette indices", async () => {
  const { picture } = await library.ask("emblem", { seed_text: plain.achievement });
  const chunks = chunksOf(bytes(picture));
  assert.deepEqual(chunks.map(({ type }) => type), ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"]);
  const rows = zlib.inflateSync(chunks[3].data);
  assert.equal(rows.length, 256 * 257);
  for (let at = 0; at < rows.length; at++) assert.ok(rows[at] < (at % 257 ? chunks[1].data.length / 3 : 1));
});

test("a baked drawing holds the credential as the standard says, and another reader's baking is read", async () => {
  const outside = await world();
  const drawing = '<?xml version="1.0"?>\n<!-- ]]> > --><svg xmlns="http://www.w3.org/2000/svg" id=\'a>b\'><g/></svg>';
  const { credential } = await issue({ ...rich, achievement_criteria: "if (a[b[0]]>1) pass" });
  const baked = text((await library.ask("bake", { svg: drawing, credential: JSON.stringify(credential) })).picture);
  assert.ok(baked.includes('<svg xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0" xmlns='));
  const found = /<svg [^>]*'a>b'><openbadges:credential><!\[CDATA\[(.*?)\]\]><\/openbadges:credential><g\/>/s.exec(baked);
  assert.deepEqual(JSON.parse(found[1]), credential);
  assert.equal((await outside.verify(JSON.parse(found[1]), now)).verified, true);
  const spaced = baked.replace("<![CDATA[", "\n  <![CDATA[\n  ").replace("]]></", "\n]]>\n</");
  assert.deepEqual(JSON.parse(text((await library.ask("extract", { svg: spaced })).credential)), credential);
});

// Complaints ------------------------------------------------------------------------------------------------------------

test("the identity hash is the standard's", async () => {
  const { hash } = await library.ask("identity", { identity: "ada@example.edu", salt: "a pinch" });
  assert.equal(text(hash), `sha256$${createHash("sha256").update("ada@example.edua pinch").digest("hex")}`);
});
