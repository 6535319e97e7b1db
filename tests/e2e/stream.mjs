// A viewer of runs: the WebSocket protocol orrery.sim.v1 as a page would speak it, and its frames decoded.
import { WebSocket } from "ws";

const PATIENCE_MS = 30_000;

// physics/trajectory.h: u8 1, u32 step, u8 flags, a bit for each body that may sleep, then x, y and angles as zigzag
// varints. Key frames have the counts themselves, others what they are more than the line through those before says.
export class FrameReader {
  constructor(bodies, quantum) {
    Object.assign(this, { bodies, quantum, history: [] });
  }

  // All frames in the bytes: [{ step, key, x, y, angle }].
  read(bytes) {
    const frames = [];
    for (let at = 0; at < bytes.length; ) {
      if (bytes[at] !== 1) throw new Error(`no frame at byte ${at}`);
      const step = bytes.readUInt32LE(at + 1);
      const flags = bytes[at + 5];
      at += 6 + (flags & 2 ? Math.ceil(this.bodies / 8) : 0);
      const counts = [];
      for (let i = 0; i < this.bodies * 3; i++) {
        let value = 0n;
        for (let shift = 0n; ; shift += 7n) {
          const byte = bytes[at++];
          value |= BigInt(byte & 0x7f) << shift;
          if (byte < 0x80) break;
        }
        counts.push(Number(value & 1n ? -(value >> 1n) - 1n : value >> 1n));
      }
      frames.push(this.#place(step, Boolean(flags & 1), counts));
    }
    return frames;
  }

  #place(step, key, counts) {
    const [one, two] = this.history;
    if (key) this.history = [counts];
    else {
      if (one === undefined) throw new Error(`frame ${step} without its key frame`);
      const now = counts.map((count, i) => count + (two ? 2 * one[i] - two[i] : one[i]));
      this.history = [now, one];
    }
    const part = (from) => this.history[0].slice(from, from + this.bodies).map((count) => count * this.quantum);
    return { step, key, x: part(0), y: part(this.bodies), angle: part(2 * this.bodies) };
  }
}

export class Viewer {
  constructor(socket) {
    Object.assign(this, { socket, words: [], bytes: [], waiting: [], closed: null });
    socket.on("message", (data, binary) => {
      if (binary) this.bytes.push(data);
      else this.words.push(JSON.parse(data.toString()));
      this.#wake();
    });
    socket.on("close", (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.#wake();
    });
    socket.on("error", () => {});
  }

  // Resolves to the viewer, or to the status of the answer that refused it.
  static open(base, { token, protocols = ["orrery.sim.v1"], headers = {}, ...options } = {}) {
    const url = new URL("/api/v1/simulations/stream", base);
    url.protocol = "ws:";
    const socket = new WebSocket(url, protocols, {
      headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
      ...options,
    });
    const viewer = new Viewer(socket);
    return new Promise((resolve, reject) => {
      socket.on("open", () => resolve(viewer));
      socket.on("unexpected-response", (request, response) => resolve(response.statusCode) || request.destroy());
      socket.on("error", reject);
    });
  }

  #wake() {
    for (const wake of this.waiting.splice(0)) wake();
  }

  async until(what, ask) {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = ask();
      if (found) return found;
      if (performance.now() > deadline) throw new Error(`${what}: it did not come; heard ${JSON.stringify(this.words)}`);
      await new Promise((resolve) => {
        this.waiting.push(resolve);
        setTimeout(resolve, 1000).unref();
      });
    }
  }

  say(type, more = {}) {
    this.socket.send(JSON.stringify({ type, ...more }));
  }

  // The next word of that type that was not taken before.
  hear(type) {
    return this.until(type, () => {
      const at = this.words.findIndex((word) => word.type === type);
      return at >= 0 && this.words.splice(at, 1)[0];
    });
  }

  // Acknowledges what comes until there are as many frames, or the frame of that step is there.
  async watch({ bodies, quantum, last, acks = true }) {
    const reader = new FrameReader(bodies, quantum);
    const frames = [];
    await this.until(`frame ${last}`, () => {
      for (const bytes of this.bytes.splice(0)) {
        frames.push(...reader.read(bytes));
        if (acks) this.say("ack", { step: frames.at(-1).step });
      }
      return frames.length > 0 && frames.at(-1).step >= last;
    });
    return frames;
  }

  gone() {
    return this.until("the end", () => this.closed);
  }

  close() {
    this.socket.close();
    return this.gone();
  }
}
