"""`orrery up` on a data folder of its own, for the tests of the verbs. Their first argument is the path of orrery."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ORRERY = sys.argv[1]
PATIENCE_SECONDS = 60
PASSWORD = "correct horse battery"
READ_MODELS = len(list(pathlib.Path(__file__).resolve().parents[2].glob("projections/*.sql")))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(happened, what):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {PATIENCE_SECONDS} s")
        time.sleep(0.02)


class System:
    """`orrery up` on a data folder of its own."""

    def __init__(self):
        self.data = tempfile.mkdtemp(prefix="orrery-operate-")
        os.chmod(self.data, 0o711)
        self.address = f"127.0.0.1:{free_port()}"
        clean = {key: value for key, value in os.environ.items() if not key.startswith("ORRERY_")}
        self.settings = clean | {"ORRERY_DATA": self.data, "ORRERY_LISTEN": self.address, "ORRERY_RATE_LOGIN": "0"}
        self.people = 0

    def start(self):
        self.errors = open(self.data + "/stderr", "ab")
        self.process = subprocess.Popen([ORRERY, "up"], env=self.settings, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=self.errors, text=True)
        if not self.process.stdout.readline().startswith("Orrery is ready"):
            self.process.kill()
            raise AssertionError(pathlib.Path(self.data, "stderr").read_text())

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE_SECONDS)
        self.process.stdout.close()
        self.errors.close()
        if os.path.islink(self.data + "/postgres"):
            shutil.rmtree(os.readlink(self.data + "/postgres"))
        shutil.rmtree(self.data)

    def orrery(self, *words):
        return subprocess.run([ORRERY, *words], env=self.settings, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True)

    def status(self):
        return json.loads(self.orrery("status", "--json").stdout)

    def settle(self):
        """Waits until every read model that there is has come to the head."""
        def follow():
            lag = self.status()["lag"]
            return len(lag) == READ_MODELS and not any(lag.values())
        eventually(follow, "all read models follow")

    def ask(self, method, path, body=None, **headers):
        data = None if body is None else json.dumps(body).encode()
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(f"http://{self.address}{path}", data,
                                         {"Content-Type": "application/json", **headers}, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return json.load(answer)

    def register(self, email=None):
        """The e-mail address, of somebody new if it is not told."""
        self.people += 1
        email = email or f"person{self.people}@example.org"
        self.ask("POST", "/api/v1/users", {"email": email, "password": PASSWORD, "name": "Ada Lovelace",
                                           "locale": "en", "region": "GB"})
        return email

    def keys(self):
        return [key["kid"] for key in self.ask("GET", "/.well-known/jwks.json")["keys"]]

    def events(self, name):
        lines = map(json.loads, self.orrery("events").stdout.splitlines())
        return [line for line in lines if line["event"] == name]

    def pids(self):
        """The processes that up runs."""
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return sorted(tasks.split())
