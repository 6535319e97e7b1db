#!/usr/bin/env python3
"""A run of the rigid solver has the same bits in a fresh process, run again, after other scenes, beside another thread,
and whatever the C library believes of the processor. Usage: rigid_bits_test.py PROGRAM"""
import os
import subprocess
import sys

MASKS = ["-FMA,-FMA4", "-AVX2,-FMA,-FMA4", "-AVX,-AVX2,-FMA,-FMA4,-SSE4_2"]
SCENES = 4
WAYS = 5  # first, again, last scene first, and two threads


def lines(program, word, mask=""):
    environment = dict(os.environ, GLIBC_TUNABLES=f"glibc.cpu.hwcaps={mask}") if mask else os.environ
    done = subprocess.run([program, word], env=environment, capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        scene, way, digest = line.split("\t")
        yield scene, f"{way}, {mask}" if mask else way, digest


def main(program):
    found = {}
    runs = [*lines(program, "all")] + [line for mask in MASKS for line in lines(program, "once", mask)]
    for scene, way, digest in runs:
        found.setdefault(scene, []).append((digest, way))
    print(f"1..{SCENES}")
    good = len(found) == SCENES
    for number, (scene, digests) in enumerate(found.items(), 1):
        same = len({digest for digest, _ in digests}) == 1 and len(digests) == WAYS + len(MASKS)
        good = good and same
        print("ok" if same else "not ok", number, f"- {scene}: one digest in {len(digests)} ways of running it")
        for digest, way in digests:
            print(f"# {digest} {way}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
