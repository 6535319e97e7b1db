"""A school that loses its disk: Orrery brought back from yesterday's backups, as the manuals say.

Usage: restore_test.py PATH-OF-ORRERY"""
import os
import pathlib
import shutil
import tempfile
import unittest

import tap
from system import PATIENCE_SECONDS, System, eventually

# What belongs to the log that is replaced, or is made again.
NOT_MOVED = {"log", "index", "journal", "checkpoint", "verified", "writer.lock", "writer.sock", "members.lock"}


class Restored(unittest.TestCase):
    def setUp(self):
        self.system = System()
        self.system.start()
        self.addCleanup(self.system.stop)
        self.backup = tempfile.mkdtemp(prefix="orrery-backup-")
        self.addCleanup(shutil.rmtree, self.backup)

    def mails(self):
        return sorted(name for name in os.listdir(self.system.data + "/mail") if name.endswith(".eml"))

    def end(self):
        self.system.process.terminate()
        self.system.process.wait(PATIENCE_SECONDS)
        self.system.process.stdout.close()
        self.system.errors.close()

    def replace_log(self):
        """The data folder with the log of the backup in it, and everything else as it was."""
        restored = self.system.data + ".restored"
        done = self.system.orrery("restore", self.backup + "/log", restored)
        self.assertEqual(done.returncode, 0, done.stderr)
        for name in os.listdir(self.system.data):
            if name not in NOT_MOVED:
                os.rename(os.path.join(self.system.data, name), os.path.join(restored, name))
        shutil.rmtree(self.system.data)
        os.rename(restored, self.system.data)
        os.chmod(self.system.data, 0o711)

    def said(self):
        return pathlib.Path(self.system.data, "stderr").read_text()

    def test_who_is_ahead_of_the_restored_log_refuses_and_goes_on_when_rebuilt(self):
        early = self.system.register()
        self.system.settle()
        eventually(lambda: len(self.mails()) >= 1, "the first mail")
        self.assertEqual(self.system.orrery("backup", self.backup + "/log").returncode, 0)
        self.system.register()
        self.system.settle()
        eventually(lambda: len(self.mails()) >= 2, "the second mail")
        mails = self.mails()
        self.end()
        self.replace_log()
        self.system.start()
        eventually(lambda: self.said().count("projection_refused") == 2, "the refusals")
        eventually(lambda: "subscription_in_doubt" in self.said(), "the subscription's step back")
        self.assertIn("run `orrery rebuild run account`, then start the projector again", self.said())
        rebuilt = self.system.orrery("rebuild", "run", "--all")
        self.assertEqual(rebuilt.returncode, 0, rebuilt.stderr)
        self.end()
        self.system.start()
        self.assertEqual(len(self.system.events("user_registered")), 1)
        self.system.settle()
        self.assertEqual(self.mails(), mails, "no mail is written again")
        self.assertEqual(self.system.orrery("grant", "admin", early).returncode, 0)
        self.system.settle()


if __name__ == "__main__":
    tap.main()
