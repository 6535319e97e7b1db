"""The writer's disk fills up under load. It is noticed before it bites: commands are refused with a sentence, reading
goes on, and with room everything goes on by itself. Needs to mount a tmpfs; skipped, and seen to be, where that is not
allowed."""
import json
import os
import subprocess
import tempfile
import time
import unittest

import crash
import tap

SMALL_MIB, LARGE_MIB, RESERVE_MIB = 24, 512, 8
FULL_STARTS = 5


def mount(folder, *options):
    return subprocess.run(["mount", *options, "tmpfs", folder], capture_output=True).returncode == 0


class DiskFull(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="orrery-small-")
        if not mount(self.folder, "-t", "tmpfs", "-o", f"size={SMALL_MIB}m"):
            os.rmdir(self.folder)
            self.skipTest("mounting a tmpfs is not allowed here")
        self.addCleanup(lambda: (subprocess.run(["umount", self.folder], check=True), os.rmdir(self.folder)))
        os.mkdir(self.folder + "/site")
        self.site = crash.Site(self.folder + "/site", ORRERY_DISK_RESERVE_MB=str(RESERVE_MIB))
        self.addCleanup(self.site.clear)

    def orrery(self, *words):
        return subprocess.run([crash.BUILD / "tools/orrery", *words], capture_output=True, text=True,
                              env={**os.environ, **self.site.settings})

    def stats(self):
        return json.loads(self.orrery("status", "--json").stdout)["stats"]

    def is_short(self):
        return self.stats()["disk_short"]

    def free_mib(self):
        stats = os.statvfs(self.folder)
        return stats.f_bavail * stats.f_frsize >> 20

    def fill(self):
        """Somebody else takes the rest."""
        with open(self.folder + "/others", "wb") as file:
            try:
                while True:
                    file.write(bytes(1 << 16))
                    file.flush()
            except OSError:
                pass

    def make_room(self):
        if os.path.exists(self.folder + "/others"):
            os.remove(self.folder + "/others")
        self.assertTrue(mount(self.folder, "-o", f"remount,size={LARGE_MIB}m"))

    def finish(self, load, writer):
        """Everything goes on by itself, and what was promised is there."""
        head = self.stats()["head"]
        crash.wait_for(lambda: self.stats()["head"] > head, "commands are taken again")
        self.assertFalse(self.is_short())
        print("#", self.site.finish_load(load))
        self.assertEqual(self.site.end(writer), 0, self.site.said())
        print("#", self.site.check(), flush=True)

    def test_commands_are_refused_before_the_disk_is_full_and_taken_again_when_there_is_room(self):
        writer = self.site.start_writer()
        load = self.site.start_load(connections=4, window=64)
        crash.wait_for(self.is_short, "the disk is short of room")
        self.assertGreater(self.free_mib(), 0)
        head = self.stats()["head"]
        turned_away = self.stats()["turned_away_full"]
        crash.wait_for(lambda: self.stats()["turned_away_full"] > turned_away + 100, "commands are turned away")
        self.assertEqual(self.stats()["head"], head)
        self.assertIsNone(writer.poll(), self.site.said())
        self.assertIn("commands are refused", self.orrery("status").stdout)
        self.assertEqual(self.orrery("audit", "verify").returncode, 0)
        self.make_room()
        self.finish(load, writer)

    def test_a_writer_that_starts_on_a_full_disk_refuses_and_stays(self):
        writer = self.site.start_writer()
        load = self.site.start_load(connections=4, window=64)
        crash.wait_for(self.is_short, "the disk is short of room")
        self.fill()
        for _ in range(FULL_STARTS):
            writer.kill()
            writer.wait()
            writer = self.site.start_writer()
            self.assertTrue(self.is_short())
        self.assertEqual(self.free_mib(), 0)
        self.assertEqual(self.orrery("audit", "verify").returncode, 0)
        self.make_room()
        self.finish(load, writer)

    def test_a_commit_that_finds_no_room_ends_the_writer_and_breaks_no_promise(self):
        """Without a reserve nothing warns."""
        self.site.settings["ORRERY_DISK_RESERVE_MB"] = "0"
        writer = self.site.start_writer()
        load = self.site.start_load(connections=4, window=64)
        crash.wait_for(lambda: writer.poll() is not None, "the end of the writer")
        self.assertEqual(writer.returncode, 1, self.site.said())
        self.assertIn("_failed", self.site.said())
        self.site.settings["ORRERY_DISK_RESERVE_MB"] = str(RESERVE_MIB)
        writer = self.site.start_writer()
        self.assertTrue(self.is_short())
        self.make_room()
        self.finish(load, writer)


if __name__ == "__main__":
    tap.main()
