#!/usr/bin/env python3
"""Reading a long log: headers, events, everything verified, proofs, and how long a writer takes to start on it.

The log has a million events, or as many as EVENTS says. The limit beside the scans is LMDB's cursor alone, which
touches one byte of each record. All of it is read from the page cache unless the log is larger than memory."""
import json
import os

import rounds
import stage
from rounds import Cell, Measure

EVENTS = int(os.environ.get("EVENTS", "1000000"))


def prepare(place):
    global made, folder
    folder = place.place("log")
    load, orrery = place.built("tests/bench/log_load"), place.built("tools/orrery")
    made = json.loads(stage.output_of(load, "make", folder, EVENTS))

    def run(what):
        def measure(seconds):
            said = json.loads(stage.output_of(load, what, folder, round(seconds * 1000)))
            times = [said[name] / 1000 if name in said else None for name in ("p50_us", "p99_us")]
            return Measure(said["rate"], said["count"], *times, cpu_us=0)

        return measure

    def verify(seconds):
        environment = {**os.environ, "ORRERY_DATA": str(folder)}
        lines = stage.output_of(orrery, "audit", "verify", "--full", "--json", env=environment).splitlines()
        said = json.loads(lines[-1])
        assert said["findings"] == 0 and said["read"] == EVENTS
        return Measure(said["read"] / said["seconds"], said["read"], cpu_us=0)

    return [
        Cell("scan", "Orrery, headers", run("headers"), [], ours=True),
        Cell("scan", "LMDB's cursor alone", run("cursor"), []),
        Cell("decode", "Orrery, events decoded", run("decode"), [], ours=True),
        Cell("decode", "LMDB's cursor alone", run("cursor"), []),
        Cell("verify", "Orrery, hashes and index", verify, [], ours=True),
        Cell("prove", "Orrery, inclusion", run("prove"), [], ours=True),
        Cell("start", "Orrery, writer", run("start"), [], ours=True),
    ]


def notes(place):
    size = sum(path.stat().st_blocks * 512 for path in folder.rglob("data.mdb")) / 2**30
    return [f"The log: {made['count']:,} events, {size:.1f} GiB with its index and vault, made at {made['rate']:,} a "
            "second in commits of 10,000. Verifying runs on all cores, the rest on one."]


if __name__ == "__main__":
    rounds.main("scan", "per second", prepare, notes)
