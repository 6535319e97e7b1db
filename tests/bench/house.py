"""The whole house under load over HTTP: `orrery up` with people in it, the peers beside it on the same PostgreSQL, and
wrk."""
import json
import re
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import machine
import peer_postgres
import stage
from rounds import Measure

PEOPLE = 1000
FRIENDS = 4  # who confirmed their e-mail address, and whom everyone may see
CONNECTIONS = 64
PASSWORD = "correct horse battery staple"
SETTINGS = {"ORRERY_RATE_PER_ADDRESS": "0", "ORRERY_RATE_PER_ACCOUNT": "0", "ORRERY_RATE_LOGIN": "0",
            "ORRERY_CONNECTIONS_PER_ADDRESS": "1000", "ORRERY_LOOPS": "1", "ORRERY_LOG_LEVEL": "warn"}

# A command of an ordinary size; its event has about 300 bytes.
PREFERENCES = {"theme": "dark", "notifications": [
    {"kind": "account", "channel": "mail", "on": True}, {"kind": "course", "channel": "mail", "on": False},
    {"kind": "course", "channel": "push", "on": True}, {"kind": "assessment", "channel": "mail", "on": True},
    {"kind": "assessment", "channel": "push", "on": False}, {"kind": "project", "channel": "in_app", "on": True},
    {"kind": "project", "channel": "mail", "on": False}]}


def ask(url, method="GET", body=None, **headers):
    """The body and the headers of an answer."""
    request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode(),
                                     headers={name.replace("_", "-"): value for name, value in headers.items()})
    if body is not None:
        request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read() or b"null"), answer.headers


def answers(url):
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except (OSError, urllib.error.URLError):
        return False
    return True


class House:
    def __init__(self, place):
        self.place = place
        self.data = place.place("orrery")
        self.data.chmod(0o711)
        port = stage.free_port()
        self.origin = f"http://127.0.0.1:{port}"
        settings = dict(SETTINGS, ORRERY_DATA=str(self.data), ORRERY_LISTEN=f"127.0.0.1:{port}",
                        ORRERY_ORIGIN=self.origin)
        self.process = place.start_and_wait(place.built("tools/orrery"), "up", environment=settings,
                                            ready=lambda: answers(f"{self.origin}/readyz"))
        self.pg = (self.data / "postgres").resolve() / "run"
        self.connection = f"host={self.pg} dbname=orrery user=orrery"
        self.people = self.register_people()
        with ThreadPoolExecutor(FRIENDS) as pool:
            self.friends = list(pool.map(self.welcome, range(FRIENDS)))
        stage.wait_until(lambda: len(list((self.data / "mail").glob("*.eml"))) >= PEOPLE + FRIENDS,
                         "The sending of all mails")
        self.settle()

    def register_people(self):
        """(user, token) of each. They come through the writer's socket, as hashing their passwords would take minutes,
        with the ids that append_load gives them."""
        stage.output_of(self.place.built("tests/bench/append_load"), self.data / "writer.sock", "people", PEOPLE)
        users = [f"01940000-0000-7000-8000-0000{number:08x}" for number in range(PEOPLE)]
        tokens = stage.output_of("node", Path(__file__).parent / "mint.mjs", self.data / "signing", self.origin, *users)
        return list(zip(users, tokens.split()))

    def welcome(self, number):
        """Registers, confirms the e-mail address, logs in and shows the profile to everyone: the user's id."""
        email, users = f"friend-{number}@example.edu", f"{self.origin}/api/v1/users"
        ask(users, "POST", {"email": email, "password": PASSWORD, "name": f"Friend {number}", "locale": "en",
                            "region": "GB"})
        _, headers = ask(f"{users}/verification", "POST", {"token": self.mailed_token(email)})
        session, _ = ask(f"{self.origin}/api/v1/sessions", "POST", {"email": email, "password": PASSWORD},
                         X_Min_Position=headers["X-Position"])
        token = {"Authorization": f"Bearer {session['access_token']}"}
        _, headers = ask(f"{users}/me/privacy", "PUT", {"audience": "everyone"}, **token)
        return ask(f"{users}/me", X_Min_Position=headers["X-Position"], **token)[0]["user"]

    def mailed_token(self, email):
        found = []

        def look():
            for mail in Path(self.data / "mail").glob("*.eml"):
                text = mail.read_text()
                token = re.search(r"^Token: (\S+)", text, re.M)
                if token and re.search(rf"^To:.*\b{re.escape(email)}", text, re.M):
                    found.append(token[1])
            return bool(found)

        stage.wait_until(look, f"A mail to {email}")
        return found[0]

    def settle(self):
        """Waits until the read models have folded all that there is."""
        token = {"Authorization": f"Bearer {self.people[0][1]}"}
        _, headers = ask(f"{self.origin}/api/v1/users/me/preferences", "PATCH", {"theme": "dark"}, **token)

        def folded():
            try:
                ask(f"{self.origin}/api/v1/users/me", X_Min_Position=headers["X-Position"], **token)
            except urllib.error.HTTPError as error:
                if error.code != 503:
                    raise
                return False
            return True

        stage.wait_until(folded, "The read models' catching up")

    def postmaster(self):
        return int((self.pg.parent / "data/postmaster.pid").read_text().split()[0])

    def peer(self, style):
        """A Node server beside ours: (origin, process)."""
        port = stage.free_port()
        keys, _ = ask(f"{self.origin}/.well-known/jwks.json")
        folder = Path(__file__).parent
        settings = {"PEER_STYLE": style, "PEER_PORT": str(port), "PEER_PG": str(self.pg), "PEER_ORIGIN": self.origin,
                    "PEER_JWK": json.dumps(keys["keys"][0]), "NODE_ENV": "production"}
        process = self.place.start_and_wait("node", folder / "peer.mjs", environment=settings,
                                            ready=lambda: stage.accepts(("127.0.0.1", port)))
        return f"http://127.0.0.1:{port}", process


class Wrk:
    """wrk with one thread, over a list of (path, token)."""

    def __init__(self, place, name, requests, method="GET", body=None):
        self.file = place.folder / name
        self.file.write_text("".join(f"{path} {token or '-'}\n" for path, token in requests))
        if body is not None:
            Path(f"{self.file}.body").write_text(json.dumps(body))
        self.method = method

    def at(self, origin, after=lambda: None):
        def run(seconds):
            text = stage.output_of("wrk", "-t", 1, "-c", CONNECTIONS, "-d", max(1, round(seconds)), "-s",
                                   Path(__file__).parent / "load.lua", origin, "--", self.file, self.method)
            said = json.loads(text.splitlines()[-1])
            if said["bad"] > 0:
                raise stage.Failure(f"{said['bad']} of {said['count']} answers from {origin} were bad.")
            after()
            return Measure(said["count"] / said["seconds"], said["count"], said["p50_us"] / 1000, said["p99_us"] / 1000)

        return run


def node_versions(*packages):
    found = [f"Node {machine.version('node', '--version')}"]
    for package in packages:
        manifest = Path(__file__).parent / "node_modules" / package / "package.json"
        found.append(f"{package} {json.loads(manifest.read_text())['version']}")
    return ", ".join(found)


def versions(*packages):
    return [f"Versions: {node_versions(*packages)}; "
            f"{machine.version(str(peer_postgres.program('postgres')), '--version')}; "
            f"{machine.version('wrk', '--version').split(' Copyright')[0]}"]
