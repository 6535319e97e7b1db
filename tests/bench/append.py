#!/usr/bin/env python3
"""Durable appends through the writer's socket, against Redis Streams and PostgreSQL.

Ours is whole: a real command is decoded, checked, decided, sealed, hashed, appended and indexed, and the answer comes
after the sync. The peers append 300 bytes; their writes too are answered only after a sync. Connections times depth is
what is in flight: our load and redis-benchmark pipeline, pgbench opens as many connections."""
import json

import machine
import peer_postgres
import peer_redis
import rounds
import stage
from rounds import Cell, Measure

PEOPLE = 1000
SHAPES = [(1, 1), (4, 4), (8, 8), (16, 16)]
PIPELINED_FROM = 64  # beyond so many connections PostgreSQL does better with fewer, four appends in each transaction

# What ours / the peer is to be at so many in flight.
TARGETS = {
    "script": {1: ">= 0.6, aim 1.0", 64: ">= 1.5, aim 2.5", 256: ">= 3, aim 4"},
    "XADD": {64: ">= 0.6, aim 1.0", 256: ">= 1.0, aim 1.4"},
    "function": {1: ">= 0.5", 64: ">= 8", 256: ">= 20"},
}


class Writer:
    """orrery-writer alone, with people in its log."""

    def __init__(self, place, folder="orrery"):
        self.folder = place.place(folder)
        self.socket = self.folder / "writer.sock"
        self.load = place.built("tests/bench/append_load")
        self.process = place.start_and_wait(
            place.built("commands/orrery-writer"), ready=lambda: stage.accepts(self.socket),
            environment={"ORRERY_DATA": str(self.folder), "ORRERY_LOG_LEVEL": "warn"})
        stage.output_of(self.load, self.socket, "people", PEOPLE)
        self.notes = {}
        self.growth = stage.Growth([self.process.pid], "orrery-writer")

    def append(self, connections, depth):
        def run(seconds):
            said = json.loads(stage.output_of(self.load, self.socket, "load", PEOPLE, connections, depth,
                                              round(seconds * 1000)))
            self.notes[connections * depth] = said
            self.growth.note(said["count"])
            return Measure(said["rate"], said["count"], said["p50_us"] / 1000, said["p99_us"] / 1000)

        return run


def prepare(place):
    global writer
    writer, redis, postgres = Writer(place), peer_redis.Redis(place), peer_postgres.Cluster(place).prepare()
    cells = []
    for connections, depth in SHAPES:
        in_flight = connections * depth
        load = f"{in_flight} ({connections}x{depth})"

        def peer(engine, kind, process, run):
            return Cell(load, engine, run, [process.pid], target=TARGETS[kind].get(in_flight, ""))

        cells += [
            Cell(load, "Orrery", writer.append(connections, depth), [writer.process.pid], ours=True),
            peer("Redis, script with checks", "script", redis.process, redis.append(connections, depth)),
            peer("Redis, XADD without checks", "XADD", redis.process, redis.add(connections, depth)),
            peer("PostgreSQL, function with checks", "function", postgres.process, postgres.append(in_flight)),
        ]
        if in_flight > PIPELINED_FROM:
            cells.append(peer(f"PostgreSQL, the same, {in_flight // 4}x4", "function", postgres.process,
                              postgres.append(in_flight // 4, each=4)))
    return cells


def notes(place):
    body = next(iter(writer.notes.values()))["body_bytes"]
    batches = ", ".join(f"{said['per_commit']:.0f} at {in_flight}" for in_flight, said in writer.notes.items())
    return ["Sync: LMDB with its default fsync, once a group commit; Redis appendonly with appendfsync always; "
            "PostgreSQL fsync and synchronous_commit on.",
            f"Payload: ours {body} bytes beside its header, the peers' {peer_redis.BODY_SIZE}. "
            f"Events a commit in the last round: {batches}.",
            writer.growth.sentence("events"),
            f"Versions: {machine.version('redis-server', '--version').split(' sha')[0]}; "
            f"{machine.version(str(peer_postgres.program('postgres')), '--version')}"]


if __name__ == "__main__":
    rounds.main("append", "events/s", prepare, notes)
