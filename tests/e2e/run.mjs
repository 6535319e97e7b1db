// Runs every *.test.mjs here against one shared service, and prints TAP. Files named on the command line run alone.
import fs from "node:fs";
import path from "node:path";
import { run } from "node:test";
import { tap } from "node:test/reporters";
import { System } from "./system.mjs";

const CONCURRENCY = 3; // a little more than two cores: much of it is waiting
const FILE_TIMEOUT_MS = 600_000; // of what hangs; machines may be busy

// The longest first, so that none of them is left over at the end.
const first = ["class", "outage", "permission", "erasure", "discretion", "session"].map((name) => `${name}.test.mjs`);

function testFiles() {
  if (process.argv.length > 2) return process.argv.slice(2).map((name) => path.resolve(name));
  const names = fs.readdirSync(import.meta.dirname).filter((name) => name.endsWith(".test.mjs"));
  const rank = (name) => (first.includes(name) ? first.indexOf(name) : first.length);
  return names.sort((a, b) => rank(a) - rank(b)).map((name) => path.join(import.meta.dirname, name));
}

function runAll(files) {
  return new Promise((resolve) => {
    let failed = 0;
    const stream = run({ files, concurrency: CONCURRENCY, timeout: FILE_TIMEOUT_MS });
    stream.on("test:fail", () => failed++);
    stream.on("end", () => resolve(failed));
    stream.compose(tap).pipe(process.stdout);
  });
}

async function startOrSay() {
  try {
    return await System.start();
  } catch (error) {
    console.log(`TAP version 13\n1..1\nnot ok 1 - the service starts\n  ---\n  ${error.message}\n  ...`);
    process.exit(1);
  }
}

// Whatever all the tests had decided is decided again, and must come out the same: deciders are pure. The last second
// is not in the journal while the writer runs, so it is stopped first.
async function decidedAlike(system) {
  await system.down();
  const { code, out, err } = await system.orrery("audit", "replay", "--no-pager");
  for (const line of (out + err).trimEnd().split("\n")) console.log(`# decided again: ${line}`);
  return code === 0;
}

// A process that dies is started again, and its clients may not notice; here somebody does. Nobody stops or kills what
// all tests share.
function nobodyDied(system) {
  const deaths = system.log().filter(({ what }) => /^member_(ended|gave_up|not_started)$/.test(what));
  for (const { time, detail } of deaths) console.log(`# died: ${time} ${detail}`);
  return deaths.length === 0;
}

const system = await startOrSay();
Object.assign(process.env, system.environment());
process.exitCode = (await runAll(testFiles())) > 0 ? 1 : 0;
if (!nobodyDied(system)) process.exitCode = 1;
if (!(await decidedAlike(system))) process.exitCode = 1;
await system.release();
