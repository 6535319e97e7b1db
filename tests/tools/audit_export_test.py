"""orrery audit export: the whole log as a file, whatever happens meanwhile.

Usage: audit_export_test.py ORRERY HISTORY"""
import gzip
import hashlib
import json
import pathlib
import resource
import signal
import subprocess
import tempfile
import unittest

import tap
from audit_stage import Log, ORRERY


class Exports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.log = Log("40000")
        cls.whole = cls.log.audit("export").stdout

    @classmethod
    def tearDownClass(cls):
        cls.log.remove()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def export(self, words, size_max=None):
        """With a limit, the process dies at the write that would make a file larger."""
        limit = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size_max, size_max))) if size_max else None
        return subprocess.run([ORRERY, "audit", "export", *words.split()], env=self.log.settings, capture_output=True,
                              text=True, preexec_fn=limit)

    def test_an_export_has_every_line_of_the_log_and_a_manifest_that_fits(self):
        self.assertEqual(self.whole, self.log.audit("log --json").stdout)
        self.assertEqual(self.export(f"--to {self.folder}").returncode, 0)
        data = (self.folder / "events.jsonl").read_bytes()
        manifest = json.loads((self.folder / "events.jsonl.manifest.json").read_text())
        self.assertEqual(data.decode(), self.whole)
        self.assertEqual(manifest["sha256"], hashlib.sha256(data).hexdigest())
        self.assertEqual((manifest["bytes"], manifest["count"], manifest["position"]),
                         (len(data), data.count(b"\n"), data.count(b"\n")))
        verified = json.loads(self.log.audit("verify --full --json").stdout.splitlines()[-1])
        self.assertEqual(manifest["root"], verified["root"])
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()),
                         ["events.jsonl", "events.jsonl.manifest.json"])

    def test_an_export_ends_where_it_is_told_to(self):
        said = self.export("--at 7 --format cloudevents").stdout
        self.assertEqual(said, "".join(self.log.audit("log --format cloudevents --to 7").stdout))
        self.assertEqual(self.export("--at 50000").returncode, 1)

    def test_a_compressed_export_says_the_same(self):
        self.assertEqual(self.export(f"--gzip --to {self.folder}/all.gz").returncode, 0)
        self.assertEqual(gzip.decompress((self.folder / "all.gz").read_bytes()).decode(), self.whole)

    def test_a_killed_export_that_goes_on_has_the_bytes_of_one_that_was_not(self):
        for words in ("", "--gzip", "--gzip --format cloudevents"):
            whole, broken = self.folder / "whole", self.folder / "broken"
            self.assertEqual(self.export(f"--to {whole} {words}").returncode, 0)
            size = whole.stat().st_size
            for limit in (2048, size // 3, size // 2, size - 1):
                killed = self.export(f"--to {broken} {words}", size_max=limit)
                self.assertEqual(killed.returncode, -signal.SIGXFSZ)
                self.assertFalse(broken.exists())
                again = self.export(f"--to {broken} --resume {words}", size_max=max(limit, size * 2 // 3))
                if again.returncode:
                    self.assertEqual(again.returncode, -signal.SIGXFSZ)
                    again = self.export(f"--to {broken} --resume {words}")
                self.assertEqual((again.returncode, again.stderr), (0, ""))
                self.assertEqual(broken.read_bytes(), whole.read_bytes())
                manifest = (self.folder / "broken.manifest.json").read_text()
                self.assertEqual(manifest, (self.folder / "whole.manifest.json").read_text())
                broken.unlink()

    def test_going_on_reads_only_what_was_not_written_yet(self):
        words = f"--to {self.folder}/some"
        self.export(words, size_max=len(self.whole) // 2)
        part = self.folder / "some.part"
        noted = int((self.folder / "some.resume").read_text().split("bytes ")[1].split()[0])
        self.assertTrue(0 < noted <= part.stat().st_size)
        with part.open("r+b") as file:  # what goes on must not look at this again
            file.write(b"X")
        self.assertEqual(self.export(words + " --resume").returncode, 0)
        self.assertEqual((self.folder / "some").read_text(), "X" + self.whole[1:])

    def test_an_unfinished_export_is_neither_overwritten_nor_continued_as_another(self):
        words = f"--to {self.folder}/some"
        self.export(words, size_max=4096)
        for wrong in (words, words + " --resume --gzip", words + " --resume --at 3",
                      f"--to {self.folder}/other --resume"):
            done = self.export(wrong)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1), wrong)
        self.assertEqual(self.export(words + " --resume").returncode, 0)

    def test_a_full_disk_is_a_failure(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([ORRERY, "audit", "export"], env=self.log.settings, stdout=full,
                                  stderr=subprocess.PIPE, text=True)
        self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1))


if __name__ == "__main__":
    tap.main()
