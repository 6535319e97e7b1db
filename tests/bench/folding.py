"""What the benches of fold and rebuild share: a log of people's lives, a private PostgreSQL, and its limit."""
import json
import os
import time

import peer_postgres
import stage
from rounds import Measure

EVENTS = int(os.environ.get("EVENTS", "100000"))
ROW = "{number:08x}-0000-7000-8000-000000000000\t{number}\t" + "e" * 100 + "\t" + "d" * 160 + "\n"


class Fold:
    def __init__(self, place):
        self.place, self.folder = place, place.place("log")
        self.load, self.orrery = place.built("tests/bench/fold_load"), place.built("tools/orrery")
        self.made = json.loads(stage.output_of(self.load, "make", self.folder, EVENTS))
        self.cluster = peer_postgres.Cluster(place)
        self.server = self.cluster.process.pid
        self.environment = {**os.environ, "ORRERY_DATA": str(self.folder), "ORRERY_PG": self.cluster.connection}
        self.rows = place.folder / "rows"
        with open(self.rows, "w") as out:
            out.writelines(ROW.format(number=number) for number in range(EVENTS))

    def sql(self, text):
        return peer_postgres.query(self.cluster.connection, text)

    def fold(self, model, connection=None):
        """The projector's own path."""
        environment = {**self.environment, "ORRERY_PG": connection or self.cluster.connection}
        return json.loads(stage.output_of(self.load, "fold", self.folder, model, env=environment))

    def live(self, model):
        """From an empty database of its own."""
        def measure(seconds):
            self.sql("DROP DATABASE IF EXISTS live")
            self.sql("CREATE DATABASE live")
            said = self.fold(model, self.cluster.connection.replace("dbname=postgres", "dbname=live"))
            return Measure(said["rate"], said["count"])

        return measure

    def rebuild(self, model, workers, events=EVENTS):
        """The rate of the folding alone: comparing and swapping come after it."""
        def measure(seconds):
            words = ["rebuild", "run", model, "--workers", workers, "--json"]
            said = json.loads(stage.output_of(self.orrery, *words, env=self.environment).splitlines()[-1])
            if not said["compared"] or said["events"] < events:
                raise stage.Failure(f"{model} was not built from the beginning and compared: {said}")
            return Measure(said["rate"], said["events"])

        return measure

    def verify(self, model):
        """Rows hashed a second, both copies."""
        def measure(seconds):
            table = self.sql(f"SELECT count(*) FROM {model}.{model}").strip()
            began = time.monotonic()
            self.sql(f"SELECT count(*), sum(('x' || encode(substr(hash, 1, 8), 'hex'))::bit(64)::bigint), "
                     "sum(('x' || encode(substr(hash, 9, 8), 'hex'))::bit(64)::bigint) FROM (SELECT "
                     f"sha256(convert_to(one::text, 'UTF8')) AS hash FROM {model}.{model} AS one OFFSET 0) AS hashed")
            return Measure(int(table) / (time.monotonic() - began), int(table))

        return measure

    def copy(self, seconds):
        """As many rows of 300 bytes as there are events, into a table without an index."""
        self.sql("DROP TABLE IF EXISTS raw; CREATE TABLE raw (id uuid, version bigint, email text, document text)")
        began = time.monotonic()
        self.sql(f"\\copy raw FROM '{self.rows}'")
        return Measure(EVENTS / (time.monotonic() - began), EVENTS)
