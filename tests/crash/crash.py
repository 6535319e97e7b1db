"""The real programs on a data folder of their own, made to be killed. They are in the build folder that ORRERY_BUILD
names. Every process that was started here is gone at the end, whatever happens."""
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

BUILD = pathlib.Path(os.environ["ORRERY_BUILD"])
MODELS = sorted(path.stem for path in pathlib.Path(__file__).resolve().parents[2].glob("projections/*.sql"))
PATIENCE_SECONDS = 60
PROGRAMS = {"writer": "commands/orrery-writer", "projector": "projections/orrery-projector",
            "subscriber": "subscribers/orrery-subscriber", "api": "api/orrery-api",
            "feed": "eventstore/feed/orrery-feed", "orrery": "tools/orrery", "replay": "commands/orrery-replay",
            "load": "tests/crash/load", "poisoned": "tests/crash/poisoned", "check": "tests/crash/check"}

SPEAKERS = ("load", "check", "orrery", "replay")  # what they print is read


def seeded():
    """A source of chance whose seed is printed; CRASH_SEED repeats a run as far as the machine allows."""
    seed = int(os.environ.get("CRASH_SEED", time.time_ns()))
    print(f"# CRASH_SEED={seed}", flush=True)
    return random.Random(seed)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(happened, what, seconds=PATIENCE_SECONDS):
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.005)


class Site:
    """A data folder and what runs on it."""

    def __init__(self, folder=None, **settings):
        self.folder = folder or tempfile.mkdtemp(prefix="orrery-crash-")
        self.data = self.folder + "/data"
        self.socket = self.data + "/writer.sock"
        # What the test writes down must not fill the disk that the programs use.
        self.aside = tempfile.mkdtemp(prefix="orrery-aside-")
        self.promises = self.aside + "/promises"
        self.settings = {"ORRERY_DATA": self.data, "ORRERY_LOG_LEVEL": "warn", **settings}
        self.running = []
        self.log = open(self.aside + "/log", "ab")

    def start(self, name, *words, **settings):
        variables = {key: value for key, value in os.environ.items() if not key.startswith("ORRERY_")}
        process = subprocess.Popen([BUILD / PROGRAMS[name], *words], env={**variables, **self.settings, **settings},
                                   stdin=subprocess.DEVNULL, stderr=self.log,
                                   stdout=subprocess.PIPE if name in SPEAKERS else self.log)
        self.running.append(process)
        return process

    def listens(self):
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(self.socket) == 0

    def start_writer(self):
        """Returns once it takes connections."""
        writer = self.start("writer")
        wait_for(lambda: writer.poll() is not None or self.listens(), "the writer")
        if writer.poll() is not None:
            raise AssertionError(f"the writer ended with {writer.returncode}: {self.said()}")
        return writer

    def start_load(self, connections=4, window=32, name="person"):
        """A second one on the same log needs another name."""
        load = self.start("load", self.socket, self.promises, str(connections), str(window), name)
        if load.stdout.readline() != b"loading\n":
            raise AssertionError("the load did not start")
        return load

    def head(self):
        status = self.start("orrery", "status", "--json").communicate(timeout=PATIENCE_SECONDS)[0]
        return json.loads(status)["stats"]["head"]

    def let_log_grow(self, events):
        """Returns once so many more are in it; the writer must be there."""
        before = self.head()
        wait_for(lambda: self.head() >= before + events, "further events")

    def finish_load(self, load):
        """Lets it take its last answers; the writer must be there. What it says."""
        load.send_signal(signal.SIGTERM)
        return self.expect_success(load)

    def expect_success(self, process):
        said = process.communicate(timeout=PATIENCE_SECONDS)[0].decode().strip()
        if process.returncode != 0:
            raise AssertionError(f"ended with {process.returncode}: {said or self.said()}")
        return said

    def check(self):
        """Were all promises kept? The writer must have ended in peace."""
        scratch = tempfile.mkdtemp(prefix="orrery-check-")
        try:
            words = [self.data, self.data + "/master.key", self.promises, scratch]
            return self.expect_success(self.start("check", *words))
        finally:
            shutil.rmtree(scratch)

    def decide_again(self):
        """Does each decision that the journal holds come out the same, unless it was about somebody who was erased
        since? How many there are, and how many commands it lost with the last second before a kill."""
        said = [json.loads(line) for line in self.expect_success(self.start("replay")).splitlines()]
        changed = [line for line in said[1:-1] if line["change"] not in ("same", "unknown")]
        if changed:
            raise AssertionError(f"{len(changed)} are decided otherwise now, such as {changed[0]}")
        return said[-1]["decided"], said[-1]["not_journaled"]

    def end(self, process, number=signal.SIGTERM):
        """The exit code."""
        process.send_signal(number)
        return process.wait(PATIENCE_SECONDS)

    def said(self):
        return pathlib.Path(self.aside, "log").read_text()[-2000:]

    def clear(self):
        for process in self.running:
            if process.poll() is None:
                process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()
        self.log.close()
        shutil.rmtree(self.aside)
        shutil.rmtree(self.folder)
