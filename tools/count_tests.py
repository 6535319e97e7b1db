#!/usr/bin/env python3
"""Adds up test results. Usage: count_tests.py FILE…

A file is meson's testlog.json or a TAP stream (*.tap). Subtests count one by one; a test without any counts as one. The
last line is "N passed, N failed" (and how many were skipped); exit code 1 when anything failed, or nothing ran."""
import json
import pathlib
import re
import sys

TAP_LINE = re.compile(r"^(not )?ok\b[^#]*(#\s*(skip|to" + r"do)\b)?", re.I)
SKIPPED_RESULTS = {"SKIP"}
GOOD_RESULTS = {"OK", "EXPECTEDFAIL"}


def count_tap(text):
    """(passed, failed, skipped) of the lines at the left margin; nested ones are summed up by their parent."""
    passed = failed = skipped = 0
    for line in text.splitlines():
        found = TAP_LINE.match(line)
        if not found:
            continue
        if found[2]:
            skipped += 1
        elif found[1]:
            failed += 1
        else:
            passed += 1
    return passed, failed, skipped


def count_test(test):
    """One line of testlog.json. A test that crashed after its last good subtest has failed once more."""
    good, bad = test["result"] in GOOD_RESULTS, test["result"] not in GOOD_RESULTS | SKIPPED_RESULTS
    passed, failed, skipped = count_tap(test.get("stdout", ""))
    if passed + failed + skipped == 0:
        return int(good), int(bad), int(not good and not bad)
    return passed, failed or int(bad), skipped


def count_file(path):
    if not path.exists():
        print(f"{path}: missing, so its tests count as one that failed.")
        return 0, 1, 0
    text = path.read_text()
    if path.suffix == ".tap":
        passed, failed, skipped = count_tap(text)
        return passed, failed or int(passed + skipped == 0), skipped
    rows = [count_test(json.loads(line)) for line in text.splitlines()]
    return tuple(sum(column) for column in zip(*rows)) if rows else (0, 1, 0)


def main(*names):
    passed, failed, skipped = (sum(column) for column in zip(*(count_file(pathlib.Path(name)) for name in names)))
    if skipped:
        print(f"{skipped} skipped")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
