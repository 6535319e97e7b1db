"""What the tests of `orrery audit` stand on: histories in folders of their own, and the verbs over them.

A test that imports it is called with ORRERY HISTORY: the program, and the one that writes a history."""
import json
import os
import pathlib
import pty
import shutil
import subprocess
import sys
import tempfile

ORRERY, HISTORY = sys.argv[1:3]
ADA, BOB, EVE = (f"019b0000-0000-7000-8000-00000000{name}" for name in ("ada0", "b0b0", "eee0"))
SESSION = "019b0000-0000-7000-8000-000000005e55"
TRACE = "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"
CLEAN = {key: value for key, value in os.environ.items() if not key.startswith("ORRERY_")}


class Log:
    """A history in a folder of its own."""

    def __init__(self, what):
        self.folder = tempfile.mkdtemp(prefix="orrery-audit-")
        subprocess.run([HISTORY, self.folder, what], check=True)
        self.settings = CLEAN | {"ORRERY_DATA": self.folder, "TZ": "UTC"}

    def run(self, *words):
        return subprocess.run([ORRERY, *words], env=self.settings, capture_output=True, text=True)

    def audit(self, words):
        return self.run("audit", *words.split())

    def lines(self, words):
        done = self.audit(words)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def events(self):
        return [json.loads(line) for line in self.run("events").stdout.splitlines()]

    def damage(self, words):
        """Flips a bit of these bytes in the log's file, wherever they lie."""
        path = pathlib.Path(self.folder, "log", "data.mdb")
        data = path.read_bytes()
        assert words in data
        path.write_bytes(data.replace(words, bytes([words[0] ^ 1]) + words[1:]))

    def remove(self):
        shutil.rmtree(self.folder)


def on_terminal(log, words, columns=100, **settings):
    """What the verb prints on a terminal that wide."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe("sh", ["sh", "-c", f'stty cols {columns}; exec "$0" audit {words}', ORRERY],
                   log.settings | {"TERM": "xterm"} | settings)
    said = b""
    try:
        while True:
            piece = os.read(terminal, 65536)
            if not piece:
                break
            said += piece
    except OSError:  # the other side is closed
        pass
    os.close(terminal)
    os.waitpid(pid, 0)
    return said.decode().replace("\r\n", "\n")


def in_stream(event, stream):
    return any(one["id"] == stream for one in event["streams"])
