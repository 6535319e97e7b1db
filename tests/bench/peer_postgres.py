"""PostgreSQL: a private cluster that keeps its promises, and what pgbench makes of it."""
import math
import re
import threading
import time
from pathlib import Path

import stage
from rounds import Measure

BODY_SIZE = 300
STREAMS = 1000
WARM_UPS_MAX = 4
TRACE_EVERY_S = 0.2
SETTINGS = ["listen_addresses=", "fsync=on", "synchronous_commit=on", "full_page_writes=on", "max_connections=300",
            "shared_buffers=256MB", "max_wal_size=8GB", "jit=off"]

# An event store in one function, after message-db's write_message: the head of the stream is compared and moved, the
# event and the command's id are kept, in one transaction. Returns the position, of the first try when it was repeated.
STORE = f"""
CREATE TABLE head (stream bigint PRIMARY KEY, version bigint NOT NULL) WITH (fillfactor = 50);
CREATE TABLE event (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stream bigint NOT NULL,
                    version bigint NOT NULL, body bytea NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(),
                    UNIQUE (stream, version));
CREATE TABLE command (id uuid PRIMARY KEY, position bigint NOT NULL);
INSERT INTO head SELECT n, 0 FROM generate_series(1, {STREAMS}) AS n;
CREATE FUNCTION append(of_stream bigint, expected bigint, command_id uuid, event_body bytea) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    at bigint;
    new_version bigint;
BEGIN
    SELECT position INTO at FROM command WHERE id = command_id;
    IF found THEN
        RETURN at;
    END IF;
    UPDATE head SET version = version + 1 WHERE stream = of_stream AND version = coalesce(expected, version)
    RETURNING version INTO new_version;
    IF NOT found THEN
        RAISE EXCEPTION 'another version was expected';
    END IF;
    INSERT INTO event (stream, version, body) VALUES (of_stream, new_version, event_body) RETURNING position INTO at;
    INSERT INTO command VALUES (command_id, at);
    RETURN at;
END $$;
"""

def append_script(each):
    """Several in one go are one transaction to PostgreSQL: less than we promise, and cheaper. Their streams stand in
    ascending order, so that no two transactions wait for each other."""
    calls = [f"SELECT append(:stream + {number}, NULL, gen_random_uuid(), '{'x' * BODY_SIZE}'::bytea);\n"
             for number in range(each)]
    if each > 1:
        calls = ["\\startpipeline\n", *calls, "\\endpipeline\n"]
    return f"\\set stream random(1, {STREAMS - each + 1})\n" + "".join(calls)


def program(name):
    """From the newest Debian version."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    if not found:
        raise stage.Failure(f"There is no {name} in /usr/lib/postgresql.")
    return found[-1]


def query(connection, sql):
    return stage.output_of("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", connection, "-c", sql)


def percentile(values, part):
    return values[min(len(values) - 1, int(len(values) * part))]


class CpuTrace(threading.Thread):
    """Notes from time to time what the servers have used, so that one can ask afterwards what it was since a moment."""

    def __init__(self, servers):
        super().__init__(daemon=True)
        self.servers, self.notes, self.over = servers, [], threading.Event()

    def note(self):
        self.notes.append((time.time(), stage.cpu_seconds(self.servers)))

    def run(self):
        while not self.over.wait(TRACE_EVERY_S):
            self.note()

    def __enter__(self):
        self.note()
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()
        self.note()

    def since(self, moment):
        """Seconds of CPU from the first note after the moment on, and how long before the end that note is."""
        at, used = next(note for note in self.notes if note[0] >= moment or note is self.notes[-1])
        return self.notes[-1][1] - used, self.notes[-1][0] - at


class Pgbench:
    """pgbench -M prepared, each client with one transaction under way, of `each` counted things.

    Connecting takes a while, and so does a fresh connection's first transaction: what is measured begins when every
    client has ended one, by pgbench's log of each. pgbench reads its clock so seldom that the log says 0 of what
    takes less than one of its rounds through the clients: only what waits for the disk has latencies worth telling."""

    def __init__(self, place, connection, script, clients, server, *more, each=1, waits_for_disk=True):
        self.logs = place.folder / f"pgbench-{script.stem}-{clients}"
        self.logs.mkdir()
        self.server, self.clients, self.each, self.waits_for_disk = server, clients, each, waits_for_disk
        threads = 1 if clients <= 16 else 2
        self.command = [program("pgbench"), "-n", "-M", "prepared", "-c", clients, "-j", threads, "-f", script, *more,
                        connection]
        began = time.monotonic()
        stage.output_of(*self.command, "-t", 1)
        self.warm_up_s = math.ceil(time.monotonic() - began)

    def once(self, seconds):
        """When each transaction ended and how long it took, in seconds and milliseconds."""
        text = stage.output_of(*self.command, "-T", seconds, "-l", f"--log-prefix={self.logs}/log")
        failed = re.search(r"number of failed transactions: (\d+)", text)
        if failed and int(failed[1]) > 0:
            raise stage.Failure(f"{failed[1]} transactions of pgbench failed.")
        entries, first = [], {}
        for log in self.logs.glob("log.*"):
            for words in map(str.split, log.read_text().splitlines()):
                ended = int(words[4]) + int(words[5]) / 1e6
                first.setdefault((log.name, words[0]), ended)
                entries.append((ended, int(words[2]) / 1000))
            log.unlink()
        return entries, max(first.values()) if len(first) == self.clients else None

    def measure(self, seconds):
        """None when the clients did not get going early enough."""
        with CpuTrace([self.server]) as trace:
            entries, begun = self.once(self.warm_up_s + max(1, round(seconds)))
        if begun is None:
            return None
        ended = max(entries)[0]
        times = sorted(took for at, took in entries if at > begun)
        used, traced_s = trace.since(begun)
        if ended - begun < seconds / 2:
            return None
        rate = len(times) * self.each / (ended - begun)
        return Measure(rate=rate, count=len(times) * self.each, cpu_us=used * 1e6 / (rate * traced_s),
                       p50=percentile(times, 0.5) if self.waits_for_disk else None,
                       p99=percentile(times, 0.99) if self.waits_for_disk else None)

    def __call__(self, seconds):
        """On a machine that is busy otherwise, getting going may take longer than it did at first."""
        for _ in range(WARM_UPS_MAX):
            result = self.measure(seconds)
            if result:
                return result
            self.warm_up_s = self.warm_up_s * 2 + 1
        raise stage.Failure(f"PostgreSQL did not get {self.clients} clients going: the machine is too busy.")


class Cluster:
    """Only a Unix socket leads to it."""

    def __init__(self, place):
        account = stage.unprivileged()
        self.place = place
        self.folder = place.place("postgres", **account)
        self.connection = f"host={self.folder} dbname=postgres user=bench"
        stage.output_of(program("initdb"), "-D", self.folder / "data", "-U", "bench", "-A", "trust", "--no-locale",
                        "-E", "UTF8", cwd="/", **account)
        settings = [word for setting in SETTINGS for word in ("-c", setting)]
        self.process = place.start_and_wait(program("postgres"), "-D", self.folder / "data", "-k", self.folder,
                                            *settings, ready=self.ready, **account)

    def ready(self):
        try:
            return query(self.connection, "SELECT 1").strip() == "1"
        except stage.Failure:
            return False

    def prepare(self):
        query(self.connection, STORE)
        return self

    def append(self, clients, each=1):
        script = self.place.folder / f"append-{each}.pgbench"
        script.write_text(append_script(each))
        return Pgbench(self.place, self.connection, script, clients, self.process.pid, each=each)
