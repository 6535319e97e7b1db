"""What `orrery audit` says of a history that is always the same, as a transcript that is kept and reviewed.

Usage: audit_golden.py ORRERY HISTORY KEPT [--write]   compares with the kept transcript, or writes it anew
"""
import difflib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

COMMANDS = """
log
log --type user_suspended user_restored --reverse
log --stream user:bob@example.org --limit 2 --json
log --command 019b0000-0000-7c00-0000-00000000c008 --format cloudevents
log --since 2026-01-02T03:00:00Z --until 2026-01-02T03:05:05Z --json
show 8
show 12 --json
show 20
stats
export --at 2
who 019b0000-0000-7000-8000-00000000ada0
who 019b0000-0000-7000-8000-00000000b0b0 --json
stream user:019b0000-0000-7000-8000-00000000ada0
stream session:019b0000-0000-7000-8000-000000005e55 --json
stream user:019b0000-0000-7000-8000-00000000eee0
state user:countess@example.org --at 12
state login:019b0000-0000-7000-8000-000000007091 --json
diff user:019b0000-0000-7000-8000-00000000ada0 3 14
diff user:019b0000-0000-7000-8000-00000000b0b0 2026-01-02T03:10:05Z 2026-01-02T03:12:05Z --json
"""

# What chance makes of keys, seals and hashes.
CHANCE = [(r"\\u0001[\w.-]+", "SEALED"), (r"[A-Za-z0-9+/]{43}=", "HASH"),
          (r"\burn:uuid:[0-9a-f-]{36}", "urn:uuid:STORE")]


def steady(text):
    for pattern, word in CHANCE:
        text = re.sub(pattern, word, text)
    return text


def transcript(orrery, folder):
    clean = {key: value for key, value in os.environ.items() if not key.startswith("ORRERY_")}
    settings = clean | {"ORRERY_DATA": folder, "TZ": "Europe/Berlin", "PAGER": "false"}
    for words in COMMANDS.split("\n")[1:-1]:
        done = subprocess.run([orrery, "audit", *words.split()], env=settings, capture_output=True, text=True)
        yield f"$ orrery audit {words}\n{steady(done.stdout)}{steady(done.stderr)}"
        yield f"(exit code {done.returncode})\n\n" if done.returncode else "\n"


def main(orrery, history, kept, option=None):
    kept = Path(kept)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([history, folder, "small"], check=True)
        said = "".join(transcript(orrery, folder))
    if option == "--write":
        kept.write_text(said)
        return
    old = kept.read_text() if kept.exists() else ""
    if old != said:
        sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), said.splitlines(True), str(kept), "now"))
        sys.exit('\nIf this is wanted, run "tools/dev golden" and commit the file too.')


main(*sys.argv[1:])
