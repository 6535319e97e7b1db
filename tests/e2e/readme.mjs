// The walk that the README shows: the shell between the markers, word for word.
import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const file = path.resolve(import.meta.dirname, "../../README.md");

// The script, or undefined when there is no README. A README without a walk is a mistake.
export function readWalk() {
  if (!fs.existsSync(file)) return undefined;
  const found = /^<!-- walk -->\n```(?:bash|sh)\n([\s\S]*?)^```\n<!-- walk -->$/m.exec(fs.readFileSync(file, "utf8"));
  if (!found) throw new Error("README.md has no walk between its markers");
  return found[1];
}

// { code, out, err } of running it as somebody would who pastes it, against the service at `base`.
export function runWalk(script, { base, mail }) {
  return new Promise((resolve) => {
    const env = { ...process.env, URL: base, MAIL: mail };
    const child = execFile("bash", ["-eu"], { env, maxBuffer: 16 * 1024 * 1024 }, (error, out, err) =>
      resolve({ code: error ? error.code : 0, out, err }),
    );
    child.stdin.end(script);
  });
}
