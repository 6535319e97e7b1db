#!/usr/bin/env python3
"""A whole durable command over HTTP, against two Node servers that insert a row into PostgreSQL.

The command is PATCH /api/v1/users/me/preferences with an access token: like registering, but without the password hash,
whose slowness is wanted. Ours goes through the writer with all its checks, and its projector folds each event into
PostgreSQL meanwhile; the peers do one durable INSERT and no more."""
import peer_postgres
import rounds
import stage
from house import CONNECTIONS, PREFERENCES, House, Wrk, versions
from rounds import Cell

EVENTS = """
CREATE SCHEMA bench;
CREATE TABLE bench.event (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id uuid NOT NULL,
                          body jsonb NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now());
"""


def prepare(place):
    global growth
    house = House(place)
    growth = stage.Growth([house.process.pid], "orrery-writer", "orrery-projector", "orrery-api", "orrery-subscriber")
    peer_postgres.query(house.connection, EVENTS)
    typical, typical_process = house.peer("typical")
    tuned, tuned_process = house.peer("tuned")
    postmaster = house.postmaster()
    wrk = Wrk(place, "preferences", [("/api/v1/users/me/preferences", token) for _, token in house.people], "PATCH",
              PREFERENCES)
    ours = wrk.at(house.origin, house.settle)

    def watched(seconds):
        measure = ours(seconds)
        growth.note(measure.count)
        return measure

    return [
        Cell("preferences, token", "Orrery", watched, [house.process.pid], ours=True),
        Cell("preferences, token", "Fastify + pg, pool of 10", wrk.at(typical), [typical_process.pid, postmaster]),
        Cell("preferences, token", "Fastify + postgres.js, tuned", wrk.at(tuned), [tuned_process.pid, postmaster]),
    ]


def notes(place):
    return [f"{CONNECTIONS} connections; one event loop of orrery-api against one Node process; PostgreSQL with fsync "
            "and synchronous_commit on. Ours also folds each event into the read models before its CPU is counted.",
            growth.sentence("commands")] + versions("fastify", "pg", "postgres", "jose", "@fastify/jwt")


if __name__ == "__main__":
    rounds.main("register", "commands/s", prepare, notes)
