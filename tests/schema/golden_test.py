"""What outsiders see is kept in the repository, so that a change of it is reviewed.

Usage: golden_test.py KEPT BUILT [KEPT BUILT ...]
"""
import difflib
import sys
from pathlib import Path


def difference(kept, built):
    old = kept.read_text().splitlines(keepends=True) if kept.exists() else []
    return "".join(difflib.unified_diff(old, built.read_text().splitlines(keepends=True), str(kept), str(built)))


def main():
    pairs = [Path(word) for word in sys.argv[1:]]
    assert pairs and len(pairs) % 2 == 0, __doc__
    differences = [difference(kept, built) for kept, built in zip(pairs[::2], pairs[1::2])]
    if any(differences):
        sys.exit("".join(differences) + '\nIf this is wanted, run "tools/dev golden" and commit the files too.')


main()
