// WebSocket (RFC 6455) over real sockets: who is let in, and what becomes of frames that break a rule.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import net from "node:net";
import { after, before, test } from "node:test";
import { Client, Person } from "./client.mjs";
import { Viewer } from "./stream.mjs";
import { System } from "./system.mjs";

const PATH = "/api/v1/simulations/stream";
const MESSAGE_BYTES_MAX = 320 * 1024;
const { TEXT, PIECE, CLOSE, PING, PONG, FINAL } = { TEXT: 1, PIECE: 0, CLOSE: 8, PING: 9, PONG: 10, FINAL: 0x80 };

let system, client, learner;

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  learner = await Person.here(system, client, { name: "A learner" });
});
after(() => system.release());

// A client's frame as bytes; `masked` and `length` may lie.
function frame(first, payload = "", { masked = true, length } = {}) {
  const bytes = Buffer.from(payload);
  const size = length ?? bytes.length;
  const head =
    size < 126
      ? Buffer.from([first, size])
      : size < 65536
        ? Buffer.from([first, 126, size >> 8, size & 255])
        : Buffer.from([first, 127, 0, 0, 0, 0, ...Buffer.from(new Uint32Array([size]).buffer).reverse()]);
  if (!masked) return Buffer.concat([head, bytes]);
  head[1] |= 0x80;
  const mask = crypto.randomBytes(4);
  return Buffer.concat([head, mask, bytes.map((byte, i) => byte ^ mask[i % 4])]);
}

// A connection after its handshake, as bytes.
class Raw {
  static async open() {
    const raw = new Raw();
    const { hostname, port } = new URL(system.base);
    raw.socket = net.connect(Number(port), hostname);
    raw.came = Buffer.alloc(0);
    raw.ended = false;
    raw.socket.on("data", (bytes) => (raw.came = Buffer.concat([raw.came, bytes])));
    raw.socket.on("close", () => (raw.ended = true));
    raw.socket.on("error", () => {});
    raw.key = crypto.randomBytes(16).toString("base64");
    raw.socket.write(
      `GET ${PATH} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n` +
        `Sec-WebSocket-Key: ${raw.key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: orrery.sim.v1\r\n` +
        `Authorization: Bearer ${learner.token}\r\n\r\n`,
    );
    raw.head = await raw.until(() => {
      const end = raw.came.indexOf("\r\n\r\n");
      if (end < 0) return undefined;
      const head = raw.came.subarray(0, end).toString();
      raw.came = raw.came.subarray(end + 4);
      return head;
    });
    return raw;
  }

  async until(ask) {
    for (let i = 0; i < 2000; i++) {
      const found = ask();
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`nothing came; there are ${this.came.length} bytes`);
  }

  // The next frame from the service: { kind, payload }.
  next() {
    return this.until(() => {
      if (this.came.length < 2) return undefined;
      const short = this.came[1] & 0x7f;
      const extended = short < 126 ? 0 : short === 126 ? 2 : 8;
      if (this.came.length < 2 + extended) return undefined;
      const size = extended ? Number(BigInt(`0x${this.came.subarray(2, 2 + extended).toString("hex")}`)) : short;
      if (this.came.length < 2 + extended + size) return undefined;
      const payload = this.came.subarray(2 + extended, 2 + extended + size);
      const kind = this.came[0] & 0x0f;
      this.came = this.came.subarray(2 + extended + size);
      return { kind, payload };
    });
  }

  async closedWith(code) {
    const { kind, payload } = await this.next();
    assert.equal(`${kind} ${payload.readUInt16BE(0)}`, `${CLOSE} ${code}`);
    await this.until(() => this.ended || undefined);
  }
}

async function after_sending(...frames) {
  const raw = await Raw.open();
  raw.socket.write(Buffer.concat(frames));
  return raw;
}

test("the handshake is answered by the rule", async () => {
  const raw = await Raw.open();
  const accept = crypto.createHash("sha1").update(`${raw.key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  assert.match(raw.head, /^HTTP\/1\.1 101 Switching Protocols/);
  assert.match(raw.head, new RegExp(`sec-websocket-accept: ${accept.replace(/[+/]/g, "\\$&")}`, "i"));
  assert.match(raw.head, /sec-websocket-protocol: orrery\.sim\.v1/i);
  assert.doesNotMatch(raw.head, /sec-websocket-extensions/i);
  raw.socket.destroy();
});

test("who may not is refused before the upgrade", async () => {
  const open = (options) => Viewer.open(system.base, { token: learner.token, ...options });
  assert.equal(await open({ token: undefined }), 401);
  assert.equal(await open({ token: "nonsense" }), 401);
  assert.equal(await open({ origin: "https://elsewhere.example" }), 403);
  assert.equal(await open({ protocols: ["another"] }), 400);
  assert.equal(await open({ protocolVersion: 8 }), 426);
  const plain = await fetch(new URL(PATH, system.base), { headers: { authorization: `Bearer ${learner.token}` } });
  assert.equal(plain.status, 426);
});

test("a page of ours comes in with its token among the protocols", async () => {
  const viewer = await Viewer.open(system.base, {
    origin: system.base,
    protocols: ["orrery.sim.v1", `orrery.token.${learner.token}`],
  });
  assert.equal(viewer.socket.protocol, "orrery.sim.v1");
  viewer.say("pause");
  assert.deepEqual((await viewer.close()).code, 1005);
});

test("a message comes in pieces, with pings between them", async () => {
  const raw = await after_sending(
    frame(TEXT, '{"type":'),
    frame(FINAL | PING, "still there?"),
    frame(PIECE, '"can'),
    frame(FINAL | PIECE, 'cel"}'),
  );
  const pong = await raw.next();
  assert.equal(`${pong.kind} ${pong.payload}`, `${PONG} still there?`);
  assert.equal((await raw.next()).payload.toString(), '{"type":"cancelled"}');
  raw.socket.write(frame(FINAL | CLOSE, Buffer.from([0x03, 0xe8])));
  await raw.closedWith(1000);
});

test("what breaks a rule is closed with the rule's code", async () => {
  const broken = [
    [1002, frame(FINAL | TEXT, "{}", { masked: false })],
    [1002, frame(FINAL | 0x40 | TEXT, "{}")],
    [1002, frame(FINAL | 3, "{}")],
    [1002, frame(FINAL | PIECE, "{}")],
    [1002, frame(PING, "in pieces")],
    [1002, frame(FINAL | PING, "x".repeat(126))],
    [1002, frame(FINAL | CLOSE, Buffer.from([0x03]))],
    [1007, frame(FINAL | TEXT, Buffer.from([0x22, 0xff, 0x22]))],
    [1009, frame(FINAL | TEXT, "", { length: MESSAGE_BYTES_MAX + 1 })],
  ];
  await Promise.all(broken.map(async ([code, bytes]) => (await after_sending(bytes)).closedWith(code)));
});

test("what makes no sense is said to make none, and too much of it ends the connection", async () => {
  const viewer = await Viewer.open(system.base, { token: learner.token });
  for (let i = 0; i < 16; i++) viewer.socket.send(i % 2 ? Buffer.from([i]) : "[]");
  assert.equal((await viewer.gone()).code, 1008);
  assert.equal(viewer.words.length, 16);
});

test("a burst of messages is answered in order", async () => {
  const viewer = await Viewer.open(system.base, { token: learner.token });
  for (let i = 0; i < 5000; i++) viewer.say("ack", { step: i });
  viewer.say("cancel");
  await viewer.hear("cancelled");
  await viewer.close();
});

test("who hangs up without a word leaves nothing behind", async () => {
  const raws = await Promise.all(Array.from({ length: 20 }, () => Raw.open()));
  for (const raw of raws) raw.socket.resetAndDestroy();
  const viewer = await Viewer.open(system.base, { token: learner.token });
  assert.equal((await viewer.close()).code, 1005);
});

test("a service that stops says goodbye", async () => {
  const api = await system.api();
  const viewer = await Viewer.open(api.base, { token: learner.token });
  const stopped = api.stop();
  assert.equal((await viewer.gone()).code, 1001);
  assert.equal(await stopped, 0);
});

test("scenes and runs count against the account's limit as requests do", async () => {
  const api = await system.api({ ORRERY_RATE_PER_ACCOUNT: "2" });
  for (const [type, more] of [
    ["create", { scene: { v: 1, bodies: [] } }],
    ["subscribe", { run: `B${"A".repeat(42)}` }],
  ]) {
    const viewer = await Viewer.open(api.base, { token: learner.token });
    for (let i = 0; i < 10; i++) viewer.say(type, more);
    const limited = await viewer.until("the limit", () => viewer.words.find(({ code }) => code === "too_many_requests"));
    assert.ok(limited.retry_after > 0);
    await viewer.close();
    await new Promise((resolve) => setTimeout(resolve, 1000 * limited.retry_after));
  }
  await api.stop();
});

test("a token that is over shows nothing more", async () => {
  const other = await Person.here(system, client, { name: "Another learner" });
  const viewer = await Viewer.open(system.base, { token: other.token });
  await other.delete(`/api/v1/sessions/${other.session}`);
  assert.equal((await viewer.gone()).code, 4401);
});
