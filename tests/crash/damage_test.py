"""Every file of a data folder is damaged, bit by bit in each of its pages, and cut off at each. `orrery audit verify`
names the damage, or the bytes meant nothing and everything reads as before; it never falls, hangs, or calls intact what
reads otherwise. The writer goes on behind no damage: it says why not, with the code after which nobody starts it again.
CRASH_SEED repeats a run."""
import concurrent.futures
import os
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile
import unittest

import crash
import tap

PAGE = 4096
BITS_A_PAGE, BITS_A_SMALL_FILE, BITS_FOR_THE_WRITER = 5, 24, 60
COPIES = 2
PATIENCE_SECONDS = 60
DAMAGED = HOPELESS = 3
ENVIRONMENTS = ["log/data.mdb", "index/data.mdb", "keys/data.mdb"]


def crash_folder():
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class Copy:
    """A data folder of its own, of which one file at a time is damaged."""

    def __init__(self, original):
        self.original = original
        self.folder = tempfile.mkdtemp(prefix="orrery-damage-", dir=crash_folder())
        self.heal()

    @property
    def data(self):
        return pathlib.Path(self.folder, "data")

    def heal(self):
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.copytree(self.original, self.data)

    def run(self, program, *words):
        """The exit code, or minus the signal; None when it did not end."""
        variables = {key: value for key, value in os.environ.items() if not key.startswith("ORRERY_")}
        variables.update(ORRERY_DATA=str(self.data), ORRERY_LOG_LEVEL="error")
        try:
            done = subprocess.run([crash.BUILD / program, *words], env=variables, capture_output=True, text=True,
                                  errors="replace", timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            return None, ""
        return done.returncode, done.stdout + done.stderr

    def verify(self):
        return self.run("tools/orrery", "audit", "verify", "--full", "--threads", "1")

    def read(self):
        code, said = self.run("tests/crash/full_read", self.data, self.data / "master.key")
        return said if code == 0 else f"ended with {code}"

    def flip(self, name, offset, bit):
        with open(self.data / name, "r+b") as file:
            file.seek(offset)
            byte = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([byte ^ 1 << bit]))


class Damage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.chance = crash.seeded()
        cls.folder = tempfile.mkdtemp(prefix="orrery-damage-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.data = pathlib.Path(cls.folder, "data")
        subprocess.run([crash.BUILD / "tests/crash/small_log", cls.data], check=True)
        cls.start_once()
        cls.copies = [Copy(cls.data) for _ in range(COPIES)]
        for copy in cls.copies:
            cls.addClassCleanup(shutil.rmtree, copy.folder)
        cls.expected = cls.copies[0].read()
        assert cls.copies[0].verify()[0] == 0, cls.copies[0].verify()

    @classmethod
    def start_once(cls):
        """So that there are a signed checkpoint, keys of the log and a note of what was verified."""
        site = crash.Site(cls.folder)
        writer = site.start_writer()
        crash.wait_for((cls.data / "verified").exists, "the auditor's first look")
        assert site.end(writer) == 0, site.said()
        site.log.close()
        shutil.rmtree(site.aside)

    def used_pages(self, name):
        """Up to the last that either of the first two pages knows."""
        first = (self.data / name).read_bytes()[:2 * PAGE]
        return 1 + max(struct.unpack_from("<Q", first, page * PAGE + 136)[0] for page in (0, 1))

    def bits_of_pages(self, name):
        """A few bits of each page: of its header, of its list of nodes, and anywhere."""
        for page in range(self.used_pages(name) + 1):
            offsets = [self.chance.randrange(16), self.chance.randrange(16, 48)]
            offsets += [self.chance.randrange(PAGE) for _ in range(BITS_A_PAGE - 2)]
            for offset in offsets:
                yield name, page * PAGE + offset, self.chance.randrange(8)

    def bits_of_file(self, name):
        size = (self.data / name).stat().st_size
        return [(name, self.chance.randrange(size), self.chance.randrange(8)) for _ in range(BITS_A_SMALL_FILE)]

    def each(self, cases, damage, judge):
        """Damages a copy for each case, judges and heals it; two at a time."""
        free = list(self.copies)

        def try_one(case):
            copy = free.pop()
            try:
                damage(copy, *case)
                return judge(copy), case
            finally:
                copy.heal()
                free.append(copy)

        with concurrent.futures.ThreadPoolExecutor(len(free)) as pool:
            results = list(pool.map(try_one, cases))
        broken = [f"{case}: {complaint}" for (complaint, _), case in results if complaint]
        named = sum(1 for (_, was_named), _ in results if was_named)
        print(f"# {len(results)} tried, {named} named, the others meant nothing", flush=True)
        self.assertEqual(broken, [])
        return named

    def judge(self, copy):
        """What is wrong with the verdict, and whether it named damage."""
        code, said = copy.verify()
        if code == DAMAGED:
            return (None if self.names_a_place(said) else f"names nothing: {said[-300:]}"), True
        if code != 0:
            return f"ended with {code}: {said[-300:]}", False
        read = copy.read()
        return (None if read == self.expected else f"is called intact and reads {read!r}"), False

    def names_a_place(self, said):
        """An event, a page of a file, a person's key, or what is wrong with the checkpoint or the log's keys."""
        places = (r"position \d+: |: page \d+, at byte|^vault: |^checkpoint +(is of another past|what lies there)"
                  r"|but its signature is wrong|but a key of the log is damaged")
        return re.search(places, said, re.M) is not None

    def test_a_damaged_bit_in_the_log_its_index_or_the_vault_is_named_or_meant_nothing(self):
        for name in ENVIRONMENTS:
            print("#", name, self.used_pages(name), "pages")
            self.assertGreater(self.each(list(self.bits_of_pages(name)), Copy.flip, self.judge), 0)

    def test_a_damaged_bit_in_a_small_file_is_named_or_meant_nothing(self):
        keys = [str(path.relative_to(self.data)) for path in (self.data / "log-keys").rglob("*") if path.is_file()]
        self.assertTrue(keys)
        for name in ["keys/wrapped", "checkpoint", "verified", "master.key", *keys]:
            print("#", name)
            self.each(self.bits_of_file(name), Copy.flip, self.judge)

    def test_a_file_that_is_cut_off_is_named_or_lacks_nothing(self):
        cases = [(name, page * PAGE) for name in ENVIRONMENTS for page in range(self.used_pages(name) + 2)]
        cases += [(name, (self.data / name).stat().st_size // 2) for name in ["keys/wrapped", "checkpoint"]]
        self.assertGreater(self.each(cases, lambda copy, name, size: os.truncate(copy.data / name, size),
                                     self.judge), 0)

    def judge_writer(self, copy):
        """On its way to serve it must have found the damage, or there is none that concerns it."""
        code, said = self.start_writer(copy)
        if code == HOPELESS:
            return (None if '"detail":"' in said else f"says nothing: {said!r}"), True
        if code != 0:
            return f"ended with {code}: {said[-300:]}", False
        copy_read = copy.read()
        return (None if copy_read == self.expected else f"serves what reads {copy_read!r}"), False

    def start_writer(self, copy):
        """The exit code; one that serves is told to end."""
        site = crash.Site(copy.folder, ORRERY_LOG_LEVEL="error")
        try:
            writer = site.start("writer")
            crash.wait_for(lambda: writer.poll() is not None or site.listens(), "the writer")
            return writer.returncode if writer.poll() is not None else site.end(writer), site.said()
        finally:
            site.log.close()
            shutil.rmtree(site.aside)

    def test_the_writer_does_not_go_on_behind_a_damaged_log(self):
        cases = list(self.bits_of_pages("log/data.mdb"))
        self.chance.shuffle(cases)
        self.assertGreater(self.each(cases[:BITS_FOR_THE_WRITER], Copy.flip, self.judge_writer), 0)

    def test_the_writer_does_not_go_on_behind_a_log_that_is_cut_off(self):
        cases = [("log/data.mdb", page * PAGE) for page in range(self.used_pages("log/data.mdb") + 1)]
        self.assertGreater(self.each(cases, lambda copy, name, size: os.truncate(copy.data / name, size),
                                     self.judge_writer), 0)


if __name__ == "__main__":
    tap.main()
