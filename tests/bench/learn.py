#!/usr/bin/env python3
"""Learning: joining courses, saving answers at 64 clients, a gradebook of 50,000 grades, a catalogue of 10,000 courses.

Joining is a published race: 10 students and 10 courses are made and all join all, 120 operations, one after the other,
each durable before the next. Answers are saved over HTTP against Node servers that insert the answer and update the
attempt in one transaction of the same PostgreSQL. The others are reads of one client."""
import http.client
import json
import os
import random
import time
from urllib.parse import quote, urlsplit

import peer_postgres
import rounds
import stage
from append import Writer
from house import Wrk, versions
from rounds import Cell, Measure
from school import CLIENTS, COURSES, ITEMS, LEARNERS, WORDS, School

# Figures that others published, of other machines: the aggregates and the fastest of them, with a flush each.
PUBLISHED = [("eventsourcing for Python, aggregates in PostgreSQL", 3138), ("the same on UmaDB", 3904)]
PAGE = 4096
TABLES = """
CREATE SCHEMA bench;
CREATE TABLE bench.event (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id uuid NOT NULL,
                          body jsonb NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE bench.attempt (attempt_id uuid PRIMARY KEY, user_id uuid NOT NULL, answers integer NOT NULL DEFAULT 0,
                            answered_at timestamptz, submitted boolean NOT NULL DEFAULT false);
CREATE TABLE bench.answer (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, attempt_id uuid NOT NULL,
                           slot integer NOT NULL, body jsonb NOT NULL, answered_at timestamptz NOT NULL DEFAULT now());
"""


def measured(latencies, seconds):
    ordered = sorted(latencies)
    return Measure(len(ordered) / seconds, len(ordered), peer_postgres.percentile(ordered, 0.5) * 1000,
                   peer_postgres.percentile(ordered, 0.99) * 1000)


def repeat(seconds, work):
    """Does it over and over for that long, one after the other."""
    latencies, began = [], time.monotonic()
    while time.monotonic() < began + seconds:
        start = time.monotonic()
        work()
        latencies.append(time.monotonic() - start)
    return measured(latencies, time.monotonic() - began)


def syncing(place):
    """What the disk can do: one page written in place and made durable, in a file that does not grow."""
    file = os.open(place.folder / "page", os.O_RDWR | os.O_CREAT)
    os.pwrite(file, bytes(PAGE * 256), 0)
    os.fsync(file)

    def sync():
        os.pwrite(file, os.urandom(PAGE), 0)
        os.fdatasync(file)

    return lambda seconds: repeat(seconds, sync)


def joining(school, writer=None):
    """With a writer of its own: without read models that fold, on the same disk, what was just decided."""
    def run(seconds):
        operations, took, said = 0, 0, None
        while took < seconds:
            wishes, counted = school.speedrun()
            said = school.wish(wishes, depth=1, socket=writer and writer.socket)
            operations, took = operations + counted, took + said["seconds"]
        if not writer:
            school.folded("enrolment", said["position"])
        return Measure(operations / took, operations, said["p50_us"] / 1000, said["p99_us"] / 1000)

    return run


class Reader:
    """One client on one connection that reads as the teacher."""

    def __init__(self, school):
        self.place = urlsplit(school.house.origin)
        self.headers = {"Authorization": f"Bearer {school.house.people[0][1]}"}
        self.size = {}

    def get(self, connection, path):
        connection.request("GET", "/api/v1" + path, headers=self.headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise stage.Failure(f"GET {path} was answered with {answer.status}: {body[:200]}")
        return body

    def reading(self, name, paths, full):
        """`full` is what the first answer must hold so many times, so that an empty one is no figure."""
        def run(seconds):
            connection = http.client.HTTPConnection(self.place.netloc)
            word, times = full
            body = self.get(connection, paths[0])
            if body.count(word.encode()) < times:
                raise stage.Failure(f"GET {paths[0]} does not have {times} times {word}")
            self.size[name] = len(body)
            chance = random.Random(3)
            result = repeat(seconds, lambda: self.get(connection, chance.choice(paths)))
            connection.close()
            return result

        return run


def searches(language):
    chance = random.Random(language)
    words = [" ".join(chance.sample(WORDS[language], 1 + number % 2)) for number in range(40)]
    return [f"/courses?search={quote(search)}" for search in words]


def prepare(place):
    global school, reader
    school = School(place)
    writer = Writer(place, "alone")
    house, attempts = school.house, school.attempts()
    rows = ", ".join(f"('{attempt}', '{house.people[number][0]}')" for attempt, number in attempts)
    peer_postgres.query(house.connection, f"{TABLES} INSERT INTO bench.attempt (attempt_id, user_id) VALUES {rows}")
    course = school.gradebook()
    school.catalogue()
    typical, typical_process = house.peer("typical")
    tuned, tuned_process = house.peer("tuned")
    ours, postmaster = [house.process.pid], house.postmaster()
    wrk = Wrk(place, "answers", [(f"/api/v1/attempts/{attempt}/answers/1", house.people[number][1])
                                 for attempt, number in attempts], "PUT", {"chosen": [{"key": "b"}]})
    reader = Reader(school)
    book = f"/courses/{course}/gradebook"
    page = min(200, LEARNERS)

    def settled():
        attempt, number = attempts[0]
        school.folded("attempt", school.wish([school.answer(attempt, number)])["position"])

    def read(load, paths, full):
        return Cell(load, "Orrery, 1 client", reader.reading(load, paths, full), ours, ours=True)

    return [
        Cell("joining, 1 client", "Orrery", joining(school), ours, ours=True),
        Cell("joining, 1 client", "Orrery, its writer alone", joining(school, writer), [writer.process.pid]),
        Cell("joining, 1 client", "fdatasync of one page, alone", syncing(place), []),
        Cell("answers, 64 clients", "Orrery", wrk.at(house.origin, settled), ours, ours=True),
        Cell("answers, 64 clients", "Fastify + pg, pool of 10", wrk.at(typical), [typical_process.pid, postmaster]),
        Cell("answers, 64 clients", "Fastify + postgres.js, tuned", wrk.at(tuned), [tuned_process.pid, postmaster]),
        read(f"gradebook, page of {page}", [f"{book}?limit={page}"], ('"share"', page * ITEMS)),
        read("gradebook, CSV, all", [f"{book}.csv"], (",", LEARNERS * ITEMS)),
        read("catalogue, English", searches("en"), ('"course"', 1)),
        read("catalogue, German", searches("de"), ('"course"', 1)),
    ]


def notes(place):
    joined = rounds_of("joining, 1 client", "Orrery")
    beside = ", ".join(f"{name} {rate:,}/s (ours {joined / rate:.2f} times that)" for name, rate in PUBLISHED)
    sizes = ", ".join(f"{name} {size / 1e6:.2f} MB" for name, size in reader.size.items())
    return [
        f"Joining: published, on other machines: {beside}. Ours takes five commands to open a course for joining, so "
        "that the 120 operations are 160 durable commands.",
        f"{CLIENTS} connections, each with an attempt of its own; one event loop of orrery-api against one Node "
        "process. The peers do an INSERT and an UPDATE in one transaction; ours also folds each answer into the read "
        "models before its CPU is counted.",
        f"The gradebook has {LEARNERS:,} learners and {ITEMS} items, the catalogue {COURSES:,} courses, half of them in"
        f" German; most of both was written into the read model's tables. Answers: {sizes}.",
        "Sync: LMDB with its default fsync, once a group commit; PostgreSQL fsync and synchronous_commit on.",
    ] + school.notes + versions("fastify", "pg", "postgres", "jose", "@fastify/jwt")


def rounds_of(load, engine):
    return next(cell for cell in cells if (cell.load, cell.engine) == (load, engine)).median("rate")


def prepared(place):
    global cells
    cells = prepare(place)
    return cells


if __name__ == "__main__":
    rounds.main("learn", "a second", prepared, notes)
