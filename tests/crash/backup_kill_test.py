"""Backups of a log that is being written, brought back; killed in the midst, and onto a disk that is too small."""
import json
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import time
import unittest
import uuid

import crash
import disk_full_test
import tap

EVENTS = 3000
KILLS = 25
LIFE_SECONDS_MAX = 0.12
SMALL_KIB = 512
PROMISE = struct.Struct("=16s16xQ16x")  # promise.h


class Backup(unittest.TestCase):
    def setUp(self):
        self.site = crash.Site()
        self.addCleanup(self.site.clear)
        self.folder = tempfile.mkdtemp(prefix="orrery-backups-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def variables(self, **settings):
        clean = {key: value for key, value in os.environ.items() if not key.startswith("ORRERY_")}
        return clean | self.site.settings | settings

    def command(self, *words):
        return [crash.BUILD / "tools/orrery", *words]

    def orrery(self, *words, code=0, **settings):
        """What it printed, on stdout and stderr."""
        done = subprocess.run(self.command(*words), env=self.variables(**settings), capture_output=True,
                              stdin=subprocess.DEVNULL, text=True, timeout=crash.PATIENCE_SECONDS)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def head(self):
        return json.loads(self.orrery("status", "--json"))["stats"]["head"]

    def grow(self):
        """A log of some thousand events; the writer has ended."""
        load = self.site.start_load(connections=4, window=32)
        writer = self.site.start_writer()
        crash.wait_for(lambda: self.head() >= EVENTS, "events")
        self.site.finish_load(load)
        self.assertEqual(self.site.end(writer), 0)

    def events(self, data):
        return self.orrery("events", ORRERY_DATA=data).splitlines()

    def take_over(self, data):
        """Lets the site be the restored folder."""
        shutil.rmtree(self.site.data)
        os.rename(data, self.site.data)

    def promises(self):
        """Position and command id of everything that was answered."""
        data = pathlib.Path(self.site.promises).read_bytes()
        return [(position, str(uuid.UUID(bytes=command))) for command, position in PROMISE.iter_unpack(data)]

    def test_what_was_answered_before_a_backup_began_is_in_it(self):
        load = self.site.start_load(connections=4, window=32)
        writer = self.site.start_writer()
        crash.wait_for(lambda: os.path.exists(self.site.data + "/checkpoint"), "a signed checkpoint")
        before = self.head()
        self.orrery("backup", self.path("log"))
        self.assertIsNone(load.poll(), "the load went on")
        self.site.finish_load(load)
        self.assertEqual(self.site.end(writer), 0)
        key = self.orrery("keys", "log").strip()
        self.orrery("restore", self.path("log"), self.path("restored"), "--log-key", key)
        living, restored = self.events(self.site.data), self.events(self.path("restored"))
        self.assertEqual(restored, living[:len(restored)])
        self.assertLess(len(restored), len(living), "the writer went on")
        self.assertGreaterEqual(len(restored), before)
        there = {(event["position"], event["command"]) for event in map(json.loads, restored)}
        answered = [promise for promise in self.promises() if promise[0] <= before]
        self.assertFalse([promise for promise in answered if promise not in there])
        self.assertGreater(len(answered), 0)
        print(f"# {len(restored)} of {len(living)} events", flush=True)

    def test_a_stream_is_the_same_backup(self):
        self.grow()
        with open(self.path("stream"), "wb") as stream:
            subprocess.run(self.command("backup", "-"), env=self.variables(), stdout=stream, check=True,
                           stderr=subprocess.DEVNULL)
        with open(self.path("stream"), "rb") as stream:
            subprocess.run(self.command("restore", "-", self.path("restored")), env=self.variables(), stdin=stream,
                           check=True, stdout=subprocess.DEVNULL)
        self.assertEqual(self.events(self.path("restored")), self.events(self.site.data))
        self.assertFalse([name for name in os.listdir(self.site.data) if name.startswith("backup.")], "scratch")
        with open(self.path("stream"), "r+b") as stream:
            stream.truncate(os.path.getsize(self.path("stream")) // 2)
        with open(self.path("stream"), "rb") as stream:
            half = subprocess.run(self.command("restore", "-", self.path("half")), env=self.variables(), stdin=stream,
                                  capture_output=True)
        self.assertEqual(half.returncode, 1)
        self.assertEqual(sorted(os.listdir(self.folder)), ["restored", "stream"])

    def test_a_restored_log_is_signed_anew_and_its_past_stays_proved(self):
        self.grow()
        old_key = self.orrery("keys", "log").strip()
        pathlib.Path(self.path("proof")).write_text(self.orrery("audit", "prove", "7"))
        self.orrery("backup", self.path("log"))
        self.orrery("restore", self.path("log"), self.path("restored"))
        for name in ["keys", "master.key", "log-keys"]:
            os.rename(os.path.join(self.site.data, name), os.path.join(self.path("restored"), name))
        self.take_over(self.path("restored"))
        self.assertEqual(self.site.end(self.site.start_writer()), 0)
        new_key = self.orrery("keys", "log").strip()
        self.assertEqual(new_key.split("+")[0], old_key.split("+")[0] + "/2")
        self.assertIn("signed by the log's key", self.orrery("audit", "verify", "--full"))
        self.assertIn("The event is in the log.", self.orrery("audit", "check", self.path("proof"), "--key", old_key))
        pathlib.Path(self.path("proof")).write_text(self.orrery("audit", "prove", "7"))
        self.assertIn("The event is in the log.", self.orrery("audit", "check", self.path("proof"), "--key", new_key))
        self.assertIn("not signed", self.orrery("audit", "check", self.path("proof"), "--key", old_key, code=3))
        # Restored once more it must not become epoch 2 again, whose keys have signed another log by now.
        self.assertIn("epoch 3", self.orrery("restore", self.path("log"), self.path("again")))

    def kill_soon(self, chance, *words):
        process = subprocess.Popen(self.command(*words), env=self.variables(), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0, LIFE_SECONDS_MAX))
        process.kill()
        process.wait()

    def test_killed_in_the_midst_it_leaves_nothing_or_all(self):
        chance, whole = crash.seeded(), 0
        self.grow()
        events = self.events(self.site.data)
        self.orrery("backup", self.path("good"))
        for _ in range(KILLS):
            self.kill_soon(chance, "backup", self.path("log"))
            if os.path.exists(self.path("log")):
                self.orrery("backup", "--verify", self.path("log"))
                shutil.rmtree(self.path("log"))
                whole += 1
            self.kill_soon(chance, "restore", self.path("good"), self.path("restored"))
            for name in ["restored.part", "restored"]:  # under the name that a writer opens there is a whole log
                if os.path.exists(self.path(name) + "/log"):
                    self.assertEqual(self.events(self.path(name)), events)
                    shutil.rmtree(self.path(name))
                    whole += 1
        print(f"# {whole} of {2 * KILLS} were whole", flush=True)
        self.orrery("backup", self.path("log"))
        self.orrery("restore", self.path("log"), self.path("restored"))
        self.assertEqual(sorted(os.listdir(self.folder)), ["good", "log", "restored"])

    def test_a_full_disk_is_said_and_leaves_nothing(self):
        small = self.path("small")
        os.mkdir(small)
        if not disk_full_test.mount(small, "-t", "tmpfs", "-o", f"size={SMALL_KIB}k"):
            self.skipTest("mounting a tmpfs is not allowed here")
        self.addCleanup(subprocess.run, ["umount", small], check=True)
        self.grow()
        self.orrery("backup", self.path("log"))
        self.assertIn("Nothing was backed up", self.orrery("backup", small + "/log", code=1))
        self.orrery("restore", self.path("log"), small + "/restored", code=1)
        self.assertEqual(os.listdir(small), [])


if __name__ == "__main__":
    tap.main()
