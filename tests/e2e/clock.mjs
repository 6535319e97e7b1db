// Settings under which a process believes that it is later than it is.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

export function clockAhead(folder, seconds) {
  const library = path.join(folder, "late_clock.so");
  if (!fs.existsSync(library)) {
    const source = path.join(import.meta.dirname, "late_clock.c");
    execFileSync("cc", ["-shared", "-fPIC", "-D_GNU_SOURCE", "-O1", "-o", `${library}.new`, source]);
    fs.chmodSync(`${library}.new`, 0o755);
    fs.renameSync(`${library}.new`, library);
  }
  return { LD_PRELOAD: library, LATE_CLOCK_SECONDS: String(seconds) };
}
