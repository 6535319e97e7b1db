#!/usr/bin/env python3
"""The elementary functions give the same bits whatever the C library believes of the processor.
Usage: elementary_masks_test.py PROGRAM"""
import os
import subprocess
import sys

MASKS = ["", "-AVX512F,-AVX512VL", "-FMA,-FMA4", "-AVX2,-FMA,-FMA4", "-AVX,-AVX2,-FMA,-FMA4,-SSE4_2"]
# What they gave when ELEMENTARY_VERSION was given its number; whoever changes a bit raises it.
RECORDED = "cfb34f5803f7d271"


def digest(program, mask):
    environment = dict(os.environ, GLIBC_TUNABLES=f"glibc.cpu.hwcaps={mask}") if mask else os.environ
    return subprocess.run([program], env=environment, capture_output=True, text=True, check=True).stdout.strip()


def main(program):
    print("1..2")
    found = {mask: digest(program, mask) for mask in MASKS}
    print("ok 1" if len(set(found.values())) == 1 else "not ok 1", "- the bits are the same under every mask")
    print("ok 2" if found[""] == RECORDED else "not ok 2", "- the bits are those of this version")
    for mask, value in found.items():
        print(f"# {mask or 'no mask'}: {value}")
    return 0 if set(found.values()) == {RECORDED} else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
