"""The writer's disk fills up under load, and is made larger again. Needs to mount a tmpfs; skipped, and seen to be,
where that is not allowed."""
import os
import subprocess
import tempfile
import time
import unittest

import crash
import tap

SMALL_MIB, LARGE_MIB = 12, 512
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
        self.site = crash.Site(self.folder + "/site")
        self.addCleanup(self.site.clear)

    def used(self):
        stats = os.statvfs(self.folder)
        return 1 - stats.f_bavail / stats.f_blocks

    def test_a_full_disk_stops_the_writer_and_breaks_no_promise(self):
        load = self.site.start_load(connections=4, window=64)
        writer = self.site.start_writer()
        crash.wait_for(lambda: writer.poll() is not None, "the end of the writer")
        self.assertEqual(writer.returncode, 1, self.site.said())
        self.assertGreater(self.used(), 0.95)
        self.assertIn("_failed", self.site.said())
        # Starting again on a full disk helps nobody and harms nobody.
        for _ in range(FULL_STARTS):
            writer = self.site.start("writer")
            crash.wait_for(lambda: writer.poll() is not None, "the end of the writer")
            self.assertEqual(writer.returncode, 1, self.site.said())
        self.assertIsNone(load.poll())
        self.assertTrue(mount(self.folder, "-o", f"remount,size={LARGE_MIB}m"))
        writer = self.site.start_writer()
        time.sleep(0.5)
        print("#", self.site.finish_load(load))
        self.assertEqual(self.site.end(writer), 0)
        print("#", self.site.check(), flush=True)


if __name__ == "__main__":
    tap.main()
