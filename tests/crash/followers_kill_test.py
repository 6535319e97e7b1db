#!/usr/bin/env python3
"""kill -9 of those who follow the log, and of the PostgreSQL below them, while the log grows. cluster.py runs it."""
import http.client
import json
import os
import pathlib
import shlex
import signal
import subprocess
import threading
import time
import unittest
import uuid

import crash
import tap

PROJECTOR_KILLS, CLUSTER_STOPS, LIFE_SECONDS_MAX = 24, 3, 0.4
SUBSCRIBER_KILLS, SUBSCRIBER_LIFE_SECONDS_MAX = 8, 0.6
API_KILLS, API_LIFE_SECONDS, REGISTRATIONS = 5, 0.5, 12
POISON_ATTEMPTS = 3  # as poisoned.c has it
MAILED = ("user_registered", "registration_repeated", "password_changed")


def address(database):
    return os.environ["ORRERY_PG"].replace("dbname=postgres", f"dbname={database}")


def sql(database, statement):
    words = ["psql", address(database), "-XAtq", "-c", statement]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def cluster(verb):
    control = shlex.split(os.environ["ORRERY_TEST_CLUSTER_CONTROL"])
    subprocess.run([*control, verb, os.environ["ORRERY_TEST_CLUSTER"]], check=True)


def rows(database):
    """What the read models show: each table's rows, sorted."""
    names = "', '".join(crash.MODELS)
    tables = sql(database, "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables "
                           f"WHERE schemaname IN ('{names}') ORDER BY 1").split()
    return {table: sorted(sql(database, f"SELECT t::text FROM {table} t").splitlines()) for table in tables}


def position(database):
    """How far every read model has come."""
    try:
        names = "', '".join(crash.MODELS)
        found = sql(database, "SELECT min(position), count(*) FROM orrery.checkpoint "
                              f"WHERE purge_due = 0 AND schema IN ('{names}')").strip().split("|")
    except subprocess.CalledProcessError:
        return -1
    return int(found[0]) if found[1] == str(len(crash.MODELS)) else -1


class Followers(unittest.TestCase):
    def setUp(self):
        self.chance, self.site = crash.seeded(), crash.Site()
        self.addCleanup(self.site.clear)

    def orrery(self, *words):
        done = subprocess.run([crash.BUILD / "tools/orrery", *words], check=True, capture_output=True, text=True,
                              env={**os.environ, "ORRERY_DATA": self.site.data})
        return done.stdout

    def events(self):
        return [json.loads(line) for line in self.orrery("events").splitlines()]

    def kill_soon(self, process, seconds):
        time.sleep(seconds)
        self.assertIsNone(process.poll(), self.site.said())
        self.assertEqual(self.site.end(process, signal.SIGKILL), -signal.SIGKILL)

    def end_load(self, load, writer):
        """How many events there are; all promises were kept."""
        print("#", self.site.finish_load(load))
        self.assertEqual(self.site.end(writer), 0)
        said = self.site.check()
        print("#", said, flush=True)
        return int(said.split()[0])

    def fold(self, database, head):
        """Until it shows everything; the projector then ends in peace."""
        projector = self.site.start("projector", ORRERY_PG=address(database))
        crash.wait_for(lambda: projector.poll() is not None or position(database) >= head, "the projector")
        self.assertIsNone(projector.poll(), self.site.said())
        self.assertEqual(position(database), head)
        self.assertEqual(self.site.end(projector), 0)

    def test_killed_projectors_and_a_stopped_postgres_leave_rows_as_a_fresh_fold_makes_them(self):
        sql("postgres", "CREATE DATABASE killed")
        sql("postgres", "CREATE DATABASE fresh")
        writer = self.site.start_writer()
        load = self.site.start_load(connections=2, window=16)
        stops = set(self.chance.sample(range(1, PROJECTOR_KILLS), CLUSTER_STOPS))
        for turn in range(PROJECTOR_KILLS):
            projector = self.site.start("projector", ORRERY_PG=address("killed"))
            if turn in stops:
                time.sleep(self.chance.uniform(0, LIFE_SECONDS_MAX))
                cluster("stop")
                time.sleep(self.chance.uniform(0, LIFE_SECONDS_MAX))
                cluster("start")
            self.kill_soon(projector, self.chance.uniform(0, LIFE_SECONDS_MAX))
        head = self.end_load(load, writer)
        self.fold("killed", head)
        self.fold("fresh", head)
        killed, fresh = rows("killed"), rows("fresh")
        self.assertEqual(killed.keys(), fresh.keys())
        for table in fresh:
            self.assertEqual(len(killed[table]), len(fresh[table]), table)
            self.assertEqual(killed[table], fresh[table], table)
        print(f"# {sum(map(len, fresh.values()))} rows in {len(fresh)} tables", flush=True)
        self.assertGreater(sum(map(len, fresh.values())), 100)

    def subscription(self, name):
        """How it stands; None before it ran."""
        listed = json.loads(self.orrery("subscriptions", "list", "--json"))["subscriptions"]
        return next((one for one in listed if one["name"] == name), None)

    def all_is_done(self, name, head):
        found = self.subscription(name)
        return found and found["position"] >= head and found["retrying"] == 0

    def held(self, name, position):
        """What is held of the event, or None."""
        found = json.loads(self.orrery("subscriptions", "show", name, str(position), "--json"))["held"]
        return found[0] if found else None

    def test_killed_subscribers_write_each_mail_once(self):
        writer = self.site.start_writer()
        load = self.site.start_load(connections=1, window=2)
        for _ in range(SUBSCRIBER_KILLS):
            self.kill_soon(self.site.start("subscriber"), self.chance.uniform(0, SUBSCRIBER_LIFE_SECONDS_MAX))
        head = self.end_load(load, writer)
        subscriber = self.site.start("subscriber")
        crash.wait_for(lambda: subscriber.poll() is not None or self.all_is_done("mail", head), "the subscriber", 180)
        self.assertIsNone(subscriber.poll(), self.site.said())
        self.assertEqual(self.site.end(subscriber), 0)
        events = self.events()
        erased = {event["streams"][0]["id"] for event in events if event["event"] == "user_erased"}
        expected = {f"{event['position']:012}-{event['streams'][0]['id']}.eml" for event in events
                    if event["event"] in MAILED and event["streams"][0]["id"] not in erased}
        found = os.listdir(self.site.data + "/mail")
        self.assertEqual(sorted(found), sorted(expected))
        print(f"# {len(found)} mails, {len(erased)} persons erased", flush=True)

    def run_poisoned(self, poison, head):
        """Starts it again and again until it stays alive and has done everything. How often it ended by itself."""
        deaths = 0
        while True:
            process = self.site.start("poisoned", self.site.data, self.site.socket, str(poison), self.site.delivered)
            crash.wait_for(lambda: process.poll() is not None or self.all_is_done("poisoned", head), "the poisoned one")
            if process.poll() is None:
                self.assertEqual(self.site.end(process), 0)
                return deaths
            self.assertEqual(process.returncode, -signal.SIGKILL, self.site.said())
            deaths += 1
            self.assertLess(deaths, 50)

    def check_words(self, poison):
        """What a person reads of it."""
        self.assertRegex(self.orrery("subscriptions", "list"), r"(?m)^poisoned +\d+ +\d+ +1 +0 +\d+ +\d{4}-")
        row = rf"(?m)^ *{poison} +user_registered +parked +{POISON_ATTEMPTS} +crashed"
        self.assertRegex(self.orrery("subscriptions", "show", "poisoned"), row)
        self.assertRegex(self.orrery("subscriptions", "show", "poisoned", str(poison)), row)
        would = self.orrery("subscriptions", "retry", "poisoned", "--all", "--dry-run")
        self.assertEqual(would, f"poisoned {poison}: would be retried\n")
        self.assertNotIn("delivery_retried", [event["event"] for event in self.events()])

    def test_what_kills_its_subscriber_is_parked_and_its_neighbours_are_delivered(self):
        self.site.start_writer()
        load = self.site.start_load(connections=1, window=4)
        crash.wait_for(lambda: len(self.events()) > 200, "some events")
        self.site.finish_load(load)
        self.site.delivered = self.site.aside + "/delivered"
        wanted = [event["position"] for event in self.events() if event["event"] == "user_registered"]
        poison = self.chance.choice(wanted[:-1])
        self.assertEqual(self.run_poisoned(poison, wanted[-1]), POISON_ATTEMPTS)
        held = self.held("poisoned", poison)
        self.assertEqual((held["state"], held["cause"], held["attempts"]), ("parked", "crashed", POISON_ATTEMPTS))
        delivered = [int(line) for line in pathlib.Path(self.site.delivered).read_text().split()]
        self.assertEqual(sorted(set(delivered)), [position for position in wanted if position != poison])
        self.check_words(poison)
        self.orrery("subscriptions", "retry", "poisoned", "--all", "--limit", "5")
        head = self.events()[-1]["position"]
        self.assertEqual(self.run_poisoned(poison, head), POISON_ATTEMPTS)
        self.assertEqual(self.held("poisoned", poison)["parkings"], 2)
        self.orrery("subscriptions", "discard", "poisoned", str(poison), "--reason", "it kills")
        self.assertEqual(self.run_poisoned(poison, self.events()[-1]["position"]), 0)
        self.assertIsNone(self.held("poisoned", poison))
        told = [event["event"] for event in self.events() if event["event"].startswith("delivery_")]
        self.assertEqual(told, ["delivery_parked", "delivery_retried", "delivery_parked", "delivery_discarded"])

    def test_a_killed_api_keeps_each_request_once(self):
        sql("postgres", "CREATE DATABASE api")
        port = crash.free_port()
        settings = {"ORRERY_PG": address("api"), "ORRERY_LISTEN": f"127.0.0.1:{port}", "ORRERY_RATE_PER_ADDRESS": "0",
                    "ORRERY_RATE_PER_ACCOUNT": "0", "ORRERY_RATE_LOGIN": "0"}
        self.site.start_writer()
        self.site.start("projector", ORRERY_PG=address("api"))
        answers, done = [], threading.Event()
        client = threading.Thread(target=register_all, args=(port, answers, done))
        client.start()
        self.addCleanup(lambda: (done.set(), client.join()))
        for _ in range(API_KILLS):
            self.kill_soon(self.site.start("api", **settings), API_LIFE_SECONDS + self.chance.uniform(0, 0.3))
        self.site.start("api", **settings)
        crash.wait_for(lambda: len(answers) == REGISTRATIONS, "the last registration")
        events = self.events()
        self.assertEqual([event["event"] for event in events], ["user_registered"] * REGISTRATIONS)
        self.assertEqual(sorted(answers), [event["position"] for event in events])


def register_all(port, positions, done):
    """One after the other, each again and again under its key until it is answered with success, and then once more."""
    for number in range(REGISTRATIONS):
        body = json.dumps({"email": f"person-{number}@example.org", "password": "a long enough password",
                           "name": "Somebody", "locale": "en", "region": "GB"})
        key = str(uuid.uuid4())
        first = register(port, body, key, done)
        again = register(port, body, key, done)
        if first is None or again is None or first != again:
            return
        positions.append(first)


def register(port, body, key, done):
    while not done.is_set():
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("POST", "/api/v1/users", body,
                               {"Content-Type": "application/json", "Idempotency-Key": key})
            answer = connection.getresponse()
            said = answer.read()
            if answer.status == 202:
                return json.loads(said)["position"]
            if answer.status < 500:
                print(f"# {answer.status} {said}", flush=True)
                return None
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(0.02)
    return None


if __name__ == "__main__":
    tap.main()
