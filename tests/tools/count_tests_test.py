"""tools/count_tests.py: the sum that stands in the last line of `tools/dev test`."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import tap

SCRIPT = pathlib.Path(__file__).parents[2] / "tools/count_tests.py"


def count(**files):
    """The last line and the exit code for files with these texts; None is a file that does not exist."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder, name.replace("_", ".")) for name in files]
        for path, text in zip(paths, files.values()):
            if text is not None:
                path.write_text(text)
        done = subprocess.run([sys.executable, SCRIPT, *paths], capture_output=True, text=True)
    return done.stdout.splitlines()[-1], done.returncode


def meson_test(result, stdout=""):
    return json.dumps({"name": "one", "result": result, "stdout": stdout}) + "\n"


class CountTests(unittest.TestCase):
    def test_subtests_count_one_by_one_and_plain_tests_as_one(self):
        log = meson_test("OK", "1..2\nok 1 - a\nok 2 - b\n") + meson_test("OK", "any words")
        self.assertEqual(count(log_json=log), ("3 passed, 0 failed", 0))

    def test_a_failed_subtest_fails_the_sum(self):
        log = meson_test("FAIL", "1..2\nok 1 - a\nnot ok 2 - b\n")
        self.assertEqual(count(log_json=log), ("1 passed, 1 failed", 1))

    def test_a_crash_after_good_subtests_is_a_failure(self):
        for result in ["FAIL", "ERROR", "TIMEOUT"]:
            self.assertEqual(count(log_json=meson_test(result, "1..2\nok 1 - a\n")), ("1 passed, 1 failed", 1))

    def test_what_is_skipped_is_neither(self):
        log = meson_test("OK", "1..2\nok 1 - a\nok 2 - b # SKIP no root\n") + meson_test("SKIP")
        self.assertEqual(count(log_json=log), ("1 passed, 0 failed", 0))

    def test_files_are_added_up_and_a_missing_one_fails(self):
        log = meson_test("OK")
        self.assertEqual(count(log_json=log, more_tap="ok 1 - a\n    not ok 1 - inside\n"), ("2 passed, 0 failed", 0))
        self.assertEqual(count(log_json=log, more_tap=None), ("1 passed, 1 failed", 1))
        self.assertEqual(count(log_json=log, more_tap="no test ran\n"), ("1 passed, 1 failed", 1))

    def test_nothing_at_all_is_a_failure(self):
        self.assertEqual(count(log_json=""), ("0 passed, 1 failed", 1))


if __name__ == "__main__":
    tap.main()
