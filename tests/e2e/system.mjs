// The real processes: `orrery up` on a data folder of its own, API processes beside it, and the operator's verbs.
import { execFile, spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const PATIENCE_MS = 60_000;
const POLL_MS = 20;
const repository = path.resolve(import.meta.dirname, "../..");
const build = path.resolve(process.env.ORRERY_BUILD ?? path.join(repository, "build"));

// Each test says itself where limits matter; elsewhere a suite from one address would only meet them.
const unlimited = {
  ORRERY_RATE_PER_ADDRESS: "0",
  ORRERY_RATE_PER_ACCOUNT: "0",
  ORRERY_RATE_LOGIN: "0",
  ORRERY_CONNECTIONS_PER_ADDRESS: "1000",
};

// Asks again until there is an answer that is neither false nor absent: for what another process does in its own time.
export async function eventually(what, ask, patience_ms = PATIENCE_MS) {
  const deadline = performance.now() + patience_ms;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${patience_ms} ms`);
    await pause(POLL_MS);
  }
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function withoutOrrery(environment) {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("ORRERY_")));
}

async function answers(base) {
  try {
    return (await fetch(`${base}/readyz`)).ok;
  } catch {
    return false;
  }
}

// A child that is ended with its test, whatever happens to the test.
class Process {
  constructor(program, words, settings, log) {
    const output = fs.openSync(log, "a");
    this.log = log;
    this.child = spawn(program, words, {
      env: { ...withoutOrrery(process.env), ...settings },
      stdio: ["ignore", output, output],
    });
    fs.closeSync(output);
    this.ended = new Promise((resolve) => this.child.on("exit", (code, signal) => resolve(code ?? signal)));
    this.child.on("exit", () => (this.over = true));
    this.onExit = () => this.child.kill("SIGTERM");
    process.on("exit", this.onExit);
  }

  async ready(base) {
    await eventually(`${base} gets ready`, async () => {
      if (this.over) throw new Error(`it ended while starting:\n${fs.readFileSync(this.log, "utf8")}`);
      return answers(base);
    });
  }

  async stop(signal = "SIGTERM") {
    if (!this.over) this.child.kill(signal);
    const result = await this.ended;
    process.off("exit", this.onExit);
    return result;
  }
}

function childrenOf(pid) {
  const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return children.split(/\s+/).filter(Boolean).map(Number);
}

export class System {
  // `shared` is what another process of this run told by environment(); it is used and not stopped.
  constructor({ data, base, settings, shared = false }) {
    Object.assign(this, { data, base, settings, shared, apis: [] });
  }

  static async start(settings = {}) {
    const data = fs.mkdtempSync(path.join(os.tmpdir(), "orrery-e2e-"));
    fs.chmodSync(data, 0o711); // PostgreSQL's account passes through
    const port = await freePort();
    const base = `http://127.0.0.1:${port}`;
    const system = new System({
      data,
      base,
      settings: {
        ...unlimited,
        ORRERY_DATA: data,
        ORRERY_LISTEN: `127.0.0.1:${port}`,
        ORRERY_ORIGIN: base,
        ...settings,
      },
    });
    await system.up();
    return system;
  }

  // The one that the whole run shares, or, when a file is run alone, one for this file.
  static async attach() {
    const told = process.env.ORRERY_E2E_SYSTEM;
    return told ? new System({ ...JSON.parse(told), shared: true }) : System.start();
  }

  environment() {
    const { data, base, settings } = this;
    return { ORRERY_E2E_SYSTEM: JSON.stringify({ data, base, settings }) };
  }

  async up(settings = {}) {
    this.process = new Process(
      path.join(build, "tools/orrery"),
      ["up", "--logs", path.join(this.data, "logs")],
      { ...this.settings, ...settings },
      path.join(this.data, "up.log"),
    );
    await this.process.ready(this.base);
  }

  async down() {
    return this.process.stop();
  }

  // What the supervisor told so far.
  log() {
    const lines = fs.readFileSync(path.join(this.data, "up.log"), "utf8").split("\n");
    return lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  }

  // Another API process on the same data, with other settings.
  async api(settings = {}) {
    const port = await freePort();
    const base = `http://127.0.0.1:${port}`;
    const folder = fs.realpathSync(path.join(this.data, "postgres/run"));
    const api = new Process(
      path.join(build, "api/orrery-api"),
      [],
      {
        ...this.settings,
        ORRERY_PG: `host='${folder}' dbname=orrery user=orrery_read`,
        ORRERY_LISTEN: `127.0.0.1:${port}`,
        ...settings,
      },
      path.join(this.data, `api-${port}.log`),
    );
    this.apis.push(api);
    await api.ready(base);
    return { base, child: api.child, stop: () => api.stop() };
  }

  // Ends what this test started; the data folder goes with the system.
  async release() {
    for (const api of this.apis) await api.stop();
    if (this.shared) return;
    await this.down();
    fs.rmSync(this.data, { recursive: true, force: true });
  }

  // `orrery WORD…`, as an operator would type it.
  orrery(...words) {
    return new Promise((resolve) => {
      execFile(
        path.join(build, "tools/orrery"),
        words,
        { env: { ...withoutOrrery(process.env), ...this.settings }, maxBuffer: 256 * 1024 * 1024 },
        (error, out, err) => resolve({ code: error ? error.code : 0, out, err }),
      );
    });
  }

  async events(from = 1) {
    const { code, out, err } = await this.orrery("events", "--from", String(from));
    if (code !== 0) throw new Error(`orrery events: ${err}`);
    return out
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }

  // The process of this system that has the name; supervised ones change when they are started again.
  pid(name) {
    return childrenOf(this.process.child.pid).find(
      (pid) => fs.readFileSync(`/proc/${pid}/comm`, "utf8").trim() === name.slice(0, 15),
    );
  }

  // A process of PostgreSQL's own, as it calls itself.
  postgresPid(name) {
    return childrenOf(this.pid("postgres")).find((pid) => fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(name));
  }

  // Every file below the data folder and below where its links lead; those that go meanwhile may be left out.
  files(folder = this.data) {
    return fs.readdirSync(folder).flatMap((name) => {
      const file = path.join(folder, name);
      const stat = fs.statSync(file, { throwIfNoEntry: false });
      if (stat?.isDirectory()) return this.files(file);
      return stat?.isFile() ? [file] : [];
    });
  }

  mails(to) {
    const folder = path.join(this.data, "mail");
    return fs
      .readdirSync(folder)
      .filter((name) => name.endsWith(".eml"))
      .sort()
      .map((name) => readMail(path.join(folder, name)))
      .filter((mail) => mail && mail.to === to);
  }

  // The mail that the event at a position called for, once it is there.
  mailOf(position) {
    const folder = path.join(this.data, "mail");
    const begin = String(position).padStart(12, "0") + "-";
    return eventually(`the mail of position ${position}`, () => {
      const name = fs.readdirSync(folder).find((name) => name.startsWith(begin) && name.endsWith(".eml"));
      return name && readMail(path.join(folder, name));
    });
  }

  // The mail number `count` to that address, once it is there.
  mail(to, count = 1) {
    return eventually(`mail ${count} to ${to}`, () => this.mails(to)[count - 1]);
  }
}

function readMail(file) {
  let text;
  try {
    text = fs.readFileSync(file, "utf8");
  } catch {
    return undefined; // it went with an erased person meanwhile
  }
  return {
    to: /^To: <(.*)>\r$/m.exec(text)?.[1],
    subject: /^Subject: (.*)\r$/m.exec(text)?.[1],
    token: /^Token: (\S+)\r$/m.exec(text)?.[1],
    text,
  };
}
