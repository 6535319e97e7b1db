"""orrery up: the real supervisor and a real private PostgreSQL, around programs that only pretend.

Usage: up_test.py PATH-OF-ORRERY"""
import glob
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import tap

ORRERY = sys.argv[1]
PATIENCE_SECONDS = 60
PARTS = ["orrery-writer", "orrery-projector", "orrery-simulator", "orrery-subscriber", "orrery-api"]

# Notes its birth and its end in a journal, and does what up waits for: the writer's socket, the API's /readyz.
PRETENDER = """#!{python}
import http.server, os, signal, socket, sys, threading
name, data = os.path.basename(sys.argv[0]), os.environ["ORRERY_DATA"]
def note(word):
    with open(data + "/journal", "a") as journal:
        journal.write(f"{{word}} {{name}} {{os.getpid()}}\\n")
def leave(number, frame):
    note("end")
    os._exit(0)
signal.signal(signal.SIGTERM, leave)
signal.signal(signal.SIGHUP, lambda number, frame: note("hup"))
note("start")
if name == "orrery-writer":
    path = data + "/writer.sock"
    if os.path.exists(path):
        os.unlink(path)
    door = socket.socket(socket.AF_UNIX)
    door.bind(path)
    door.listen()
if name == "orrery-api":
    with open(data + "/pg", "w") as file:
        file.write(os.environ["ORRERY_PG"])
    class Ready(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def do_GET(self):
            self.send_response(200 if self.path == "/readyz" else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()
        def log_message(self, *words):
            pass
    host, port = os.environ["ORRERY_LISTEN"].split(":")
    server = http.server.ThreadingHTTPServer((host, int(port)), Ready)
    threading.Thread(target=server.serve_forever, daemon=True).start()
{extra}
while True:
    signal.pause()
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def alive(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_for(happened, what):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {PATIENCE_SECONDS} s")
        time.sleep(0.02)


class Stage:
    """A folder with `orrery`, pretenders beside it, and a data folder."""

    def __init__(self, mode=0o711):
        self.folder = tempfile.mkdtemp(prefix="orrery-up-")
        os.chmod(self.folder, mode)
        self.bin, self.data = self.folder + "/bin", self.folder + "/data"
        os.mkdir(self.bin)
        shutil.copy(ORRERY, self.bin + "/orrery")
        for name in PARTS:
            self.pretend(name)
        self.port = free_port()
        self.process = None

    def pretend(self, name, extra=""):
        path = pathlib.Path(self.bin, name)
        path.write_text(PRETENDER.format(python=sys.executable, extra=extra))
        path.chmod(0o755)

    def start(self, **settings):
        variables = {key: value for key, value in os.environ.items() if not key.startswith("ORRERY_")}
        variables |= {"ORRERY_DATA": self.data, "ORRERY_LISTEN": f"127.0.0.1:{self.port}", **settings}
        self.errors = open(self.folder + "/stderr", "ab")
        self.process = subprocess.Popen([self.bin + "/orrery", "up"], env=variables, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=self.errors)
        return self.process

    def start_and_wait(self, **settings):
        line = self.start(**settings).stdout.readline().decode()
        if not line.startswith("Orrery is ready: http://127.0.0.1:"):
            raise AssertionError(f"up said {line!r} and: {self.said()}")
        for name in PARTS:
            self.first_pid(name)

    def said(self):
        return pathlib.Path(self.folder, "stderr").read_text()

    def journal(self):
        path = pathlib.Path(self.data, "journal")
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def came_up(self):
        lines = [json.loads(line) for line in self.said().splitlines()]
        return [line["detail"] for line in lines if line["what"] == "member_up"]

    def pids(self, name):
        return [int(pid) for word, who, pid in self.journal() if who == name and word == "start"]

    def first_pid(self, program):
        """A pretended program is up before it has noted down that it is."""
        wait_for(lambda: self.pids(program), f"{program}'s note")
        return self.pids(program)[0]

    def postmaster(self):
        return int(pathlib.Path(self.data, "postgres/data/postmaster.pid").read_text().split()[0])

    def stop(self):
        self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)

    def clear(self):
        pids = [int(pid) for word, _, pid in self.journal() if word == "start"]
        if os.path.exists(self.data + "/postgres/data/postmaster.pid"):
            pids.append(self.postmaster())
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        wait_for(lambda: not any(alive(pid) for pid in pids), "the end of all children")
        if self.process:
            self.process.stdout.close()
            self.errors.close()
        shutil.rmtree(self.folder)


class Up(unittest.TestCase):
    def setUp(self):
        self.stage = Stage()
        self.addCleanup(lambda: self.stage.clear())

    def psql(self, role, *statements):
        address = f"host={os.path.realpath(self.stage.data)}/postgres/run dbname=orrery user={role}"
        words = ["psql", address, "-XAtq", *(f"-c{one}" for one in statements)]
        done = subprocess.run(words, capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 0 else done.stderr.strip()

    def test_starts_in_order_and_stops_in_the_reverse_order(self):
        self.stage.start_and_wait()
        postmaster = self.stage.postmaster()
        self.assertEqual(self.stage.came_up(), ["postgres"] + PARTS)
        self.assertEqual(self.stage.stop(), 0)
        self.assertEqual([who for word, who, _ in self.stage.journal() if word == "end"], PARTS[::-1])
        self.assertFalse(alive(postmaster))

    def test_private_postgres_lets_the_api_read_only_and_logs_no_value(self):
        self.stage.start_and_wait()
        self.assertIn("user=orrery_read", pathlib.Path(self.stage.data, "pg").read_text())
        self.psql("orrery", "CREATE SCHEMA p_one; CREATE TABLE p_one.seat (n int); INSERT INTO p_one.seat VALUES (7)")
        self.assertEqual(self.psql("orrery_read", "SELECT n FROM p_one.seat"), "7")
        self.assertEqual(self.psql("orrery_read", "SHOW statement_timeout"), "2s")
        self.assertIn("read-only", self.psql("orrery_read", "INSERT INTO p_one.seat VALUES (8)"))
        write = ["SET default_transaction_read_only = off", "INSERT INTO p_one.seat VALUES (8)"]
        self.assertIn("permission denied", self.psql("orrery_read", *write))
        self.assertEqual(self.psql("orrery", "SHOW listen_addresses"), "")
        self.psql("orrery", "SELECT 'ada@example.org'::int")
        log = pathlib.Path(self.stage.data, "postgres/server.log").read_text()
        self.assertNotIn("SELECT", log)
        self.assertEqual(os.stat(self.stage.data + "/postgres").st_mode & 0o077, 0)

    def test_a_killed_program_is_started_again(self):
        self.stage.start_and_wait()
        os.kill(self.stage.first_pid("orrery-projector"), signal.SIGKILL)
        wait_for(lambda: len(self.stage.pids("orrery-projector")) == 2, "a second projector")
        self.assertEqual(len(self.stage.pids("orrery-writer")), 1)
        self.assertEqual(self.stage.stop(), 0)

    def test_a_killed_supervisor_leaves_no_strays_and_a_next_one_starts(self):
        self.stage.start_and_wait()
        pids = [self.stage.postmaster()] + [self.stage.first_pid(name) for name in PARTS]
        self.stage.process.kill()
        self.stage.process.wait()
        wait_for(lambda: not any(alive(pid) for pid in pids), "the end of all children")
        self.stage.process.stdout.close()
        self.stage.start_and_wait()
        self.assertEqual(self.stage.stop(), 0)

    def test_hangup_is_passed_on(self):
        self.stage.start_and_wait()
        self.stage.process.send_signal(signal.SIGHUP)
        wait_for(lambda: sum(word == "hup" for word, _, _ in self.stage.journal()) == len(PARTS), "four hups")
        self.assertEqual(self.stage.stop(), 0)


class WithoutPostgres(unittest.TestCase):
    """What has nothing to do with the cluster runs without one."""

    def setUp(self):
        self.stage = Stage()
        self.addCleanup(lambda: self.stage.clear())
        self.elsewhere = {"ORRERY_PG": "host=elsewhere password=hush"}

    def test_a_given_postgres_is_handed_on_and_none_is_made(self):
        self.stage.start_and_wait(**self.elsewhere)
        self.assertEqual(pathlib.Path(self.stage.data, "pg").read_text(), self.elsewhere["ORRERY_PG"])
        self.assertFalse(os.path.exists(self.stage.data + "/postgres"))

    def test_code_3_while_starting_stops_everything(self):
        self.stage.pretend("orrery-writer", "sys.exit(3)")  # the others wait for it, so that it ends while starting
        self.assertEqual(self.stage.start(**self.elsewhere).wait(PATIENCE_SECONDS), 3)
        self.assertEqual(len(self.stage.pids("orrery-writer")), 1)
        self.assertIn("member_gave_up", self.stage.said())

    def test_a_simulator_that_does_not_come_up_keeps_nobody_from_it(self):
        self.stage.pretend("orrery-simulator", "sys.exit(1)")
        self.stage.start_and_wait(**self.elsewhere)
        self.assertEqual(len(self.stage.pids("orrery-api")), 1)
        self.assertIn("orrery-simulator ended with code 1", self.stage.said())

    def test_code_3_later_leaves_that_program_down_and_the_others_up(self):
        self.stage.pretend("orrery-subscriber", "signal.signal(signal.SIGUSR1, lambda *_: os._exit(3))")
        self.stage.start_and_wait(**self.elsewhere)
        os.kill(self.stage.first_pid("orrery-subscriber"), signal.SIGUSR1)
        wait_for(lambda: "member_gave_up" in self.stage.said(), "giving up")
        os.kill(self.stage.first_pid("orrery-projector"), signal.SIGKILL)
        wait_for(lambda: len(self.stage.pids("orrery-projector")) == 2, "a second projector")
        self.assertEqual(len(self.stage.pids("orrery-subscriber")), 1)

    def test_who_does_not_drain_is_killed(self):
        self.stage.pretend("orrery-projector", "signal.signal(signal.SIGTERM, signal.SIG_IGN)")
        self.stage.start_and_wait(ORRERY_DRAIN_SECONDS="1", **self.elsewhere)
        self.assertEqual(self.stage.stop(), 0)
        self.assertFalse(alive(self.stage.first_pid("orrery-projector")))
        self.assertIn("member_killed", self.stage.said())

    def test_a_second_supervisor_on_the_same_data_is_refused(self):
        self.stage.start_and_wait(**self.elsewhere)
        second = subprocess.run([self.stage.bin + "/orrery", "up"], capture_output=True, text=True,
                                env={**os.environ, "ORRERY_DATA": self.stage.data})
        self.assertEqual(second.returncode, 3)
        self.assertIn("Another `orrery up` runs", second.stderr)
        self.assertIsNone(self.stage.process.poll())

    def test_a_missing_program_is_named_before_anything_starts(self):
        os.unlink(self.stage.bin + "/orrery-api")
        self.assertEqual(self.stage.start(**self.elsewhere).wait(PATIENCE_SECONDS), 3)
        self.assertIn("orrery-api is missing", self.stage.said())
        self.assertEqual(self.stage.journal(), [])

    def test_logs_go_to_a_folder_when_asked(self):
        self.stage.pretend("orrery-writer", "print('{}', flush=True)")
        logs = self.stage.folder + "/logs"
        variables = {**os.environ, "ORRERY_DATA": self.stage.data, "ORRERY_LISTEN": f"127.0.0.1:{self.stage.port}"}
        self.stage.errors = open(self.stage.folder + "/stderr", "ab")
        self.stage.process = subprocess.Popen([self.stage.bin + "/orrery", "up", "--logs", logs],
                                              env={**variables, **self.elsewhere}, stdout=subprocess.PIPE,
                                              stdin=subprocess.DEVNULL, stderr=self.stage.errors)
        self.stage.process.stdout.readline()
        self.assertEqual(pathlib.Path(logs, "orrery-writer.log").read_text(), "{}\n")


@unittest.skipUnless(os.geteuid() == 0, "only root runs PostgreSQL under another account")
class Unreachable(unittest.TestCase):
    def test_a_data_folder_that_postgres_cannot_reach_gets_its_cluster_elsewhere(self):
        stage = Stage(mode=0o700)
        before = set(glob.glob("/var/lib/orrery/*"))
        made = lambda: set(glob.glob("/var/lib/orrery/*")) - before
        self.addCleanup(lambda: [shutil.rmtree(path) for path in made()])
        self.addCleanup(stage.clear)
        stage.start_and_wait()
        self.assertEqual([os.readlink(stage.data + "/postgres")], list(made()))
        self.assertEqual(stage.stop(), 0)


if __name__ == "__main__":
    tap.main()
