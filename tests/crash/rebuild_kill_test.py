#!/usr/bin/env python3
"""kill -9 of whoever rebuilds a read model, and of the PostgreSQL below: what is read stays as it is, and the next run
goes on. cluster.py runs it."""
import json
import os
import shlex
import signal
import subprocess
import time
import unittest

import crash
import tap

KILLS, STOPS, LIFE_SECONDS_MAX, EVENTS_MIN, WORKERS = 12, 3, 0.35, 8000, 3
RATE = 8000  # so that one takes longer than it lives


def sql(statement):
    words = ["psql", os.environ["ORRERY_PG"], "-XAtq", "-c", statement]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def cluster(verb):
    control = shlex.split(os.environ["ORRERY_TEST_CLUSTER_CONTROL"])
    subprocess.run([*control, verb, os.environ["ORRERY_TEST_CLUSTER"]], check=True)


def position():
    names = "', '".join(crash.MODELS)
    try:
        found = sql("SELECT min(position), count(*) FROM orrery.checkpoint "
                    f"WHERE purge_due = 0 AND schema IN ('{names}')").split("|")
    except subprocess.CalledProcessError:
        return -1
    return int(found[0]) if found[1] == str(len(crash.MODELS)) else -1


class Rebuilds(unittest.TestCase):
    def setUp(self):
        self.chance, self.site = crash.seeded(), crash.Site(ORRERY_PG=os.environ["ORRERY_PG"])
        self.addCleanup(self.site.clear)
        sql("DO $$ DECLARE s text; BEGIN FOR s IN SELECT nspname FROM pg_namespace WHERE nspname ~ "
            f"'^(orrery|{'|'.join(crash.MODELS)})' LOOP EXECUTE format('DROP SCHEMA %I CASCADE', s); END LOOP; END $$")

    def make_log(self):
        writer = self.site.start_writer()
        load = self.site.start_load(connections=2, window=32)
        crash.wait_for(lambda: self.head() >= EVENTS_MIN, "the load")
        self.site.finish_load(load)
        self.assertEqual(self.site.end(writer), 0)

    def head(self):
        environment = {**os.environ, "ORRERY_DATA": self.site.data}
        said = subprocess.run([crash.BUILD / "tools/orrery", "status", "--json"], env=environment, capture_output=True)
        stats = json.loads(said.stdout or b"{}").get("stats", {})
        return stats.get("head", 0)

    def fold(self):
        projector = self.site.start("projector")
        crash.wait_for(lambda: position() == self.head(), "the projector", 120)
        self.assertEqual(self.site.end(projector), 0)

    def orrery(self, *words):
        """Exit code and what it printed."""
        done = subprocess.run([crash.BUILD / "tools/orrery", *words], capture_output=True, text=True,
                              env={**os.environ, **self.site.settings})
        return done.returncode, done.stdout + done.stderr

    def rows(self):
        return sql("SELECT count(*), sum(hashtext(a::text)::bigint) FROM account.account AS a")

    def kill_some(self, turn, stops):
        rebuild = self.site.start("orrery", "rebuild", "run", "account", "--workers", str(WORKERS), "--limit-rate",
                                  str(RATE))
        time.sleep(self.chance.uniform(0.02, LIFE_SECONDS_MAX))
        if turn in stops:
            cluster("stop")
            rebuild.wait(crash.PATIENCE_SECONDS)
            cluster("start")
        elif rebuild.poll() is None:
            self.site.end(rebuild, signal.SIGKILL)
        return rebuild.returncode == 0

    def test_what_is_read_stays_and_the_next_run_goes_on(self):
        self.make_log()
        self.fold()
        before, made = self.rows(), sql("SELECT made FROM orrery.checkpoint WHERE schema = 'account'")
        stops = set(self.chance.sample(range(KILLS), STOPS))
        done = 0
        for turn in range(KILLS):
            done += self.kill_some(turn, stops)
            self.assertEqual(self.rows(), before)
        self.assertLess(done, KILLS / 2)
        code, said = self.orrery("rebuild", "run", "account", "--workers", "2", "--json")
        self.assertEqual(code, 0, said)
        report = json.loads(said.splitlines()[-1] if said.splitlines()[-1][0] == "{" else said.splitlines()[0])
        self.assertTrue(report["compared"], said)
        self.assertEqual(self.rows(), before)
        self.assertNotEqual(sql("SELECT made FROM orrery.checkpoint WHERE schema = 'account'"), made)
        self.assertEqual(sql("SELECT schema FROM orrery.checkpoint WHERE schema ~ '__next|/'"), "")
        print(f"# {KILLS} kills, {STOPS} of them of PostgreSQL; {done} rebuilds were done before they were killed; "
              f"{before.split('|')[0]} accounts", flush=True)
        self.check_views()

    def lines(self, *words):
        """What a verb that must succeed prints for machines."""
        code, said = self.orrery("rebuild", *words, "--json")
        self.assertEqual(code, 0, said)
        return [json.loads(line) for line in said.splitlines() if line.startswith("{")]

    def copies(self):
        return {one["copy"]: one for one in self.lines("list")}

    def refused(self, code, *words):
        got, said = self.orrery("rebuild", *words)
        self.assertEqual(got, code, said)
        return said

    def interrupt(self):
        """A slow rebuild, stopped as Ctrl-C does it once it has begun to fold."""
        rebuild = self.site.start("orrery", "rebuild", "run", "account", "--limit-rate", "300")
        crash.wait_for(lambda: sql("SELECT max(position) FROM orrery.checkpoint WHERE schema ~ 'account__next/'")
                       not in ("", "0"), "the first rows")
        self.assertEqual(self.copies()["account__next"]["building"], True)
        self.assertIn("somebody else builds it", self.refused(1, "verify", "account"))
        self.assertEqual(self.site.end(rebuild, signal.SIGINT), 1)

    def test_the_verbs_as_an_operator_uses_them(self):
        self.make_log()
        self.fold()
        head = self.head()
        self.assertEqual({name: one["behind"] for name, one in self.copies().items()}, dict.fromkeys(crash.MODELS, 0))
        plans = self.lines("plan")
        self.assertEqual([one["model"] for one in plans], crash.MODELS)
        self.assertTrue(all(one["events"] == head and one["measured_by"] == "probe" for one in plans), plans)
        self.interrupt()
        self.assertTrue(self.copies()["account__next"]["state"].startswith("half built"))
        self.assertEqual(self.lines("run", "account")[0]["digest_position"], head)
        self.assertEqual(self.lines("plan", "credential")[0]["measured_by"], "probe")
        self.lines("run", "credential")
        self.assertEqual(self.lines("plan", "credential")[0]["measured_by"], "last rebuild")
        self.check_copies(head)

    def check_copies(self, head):
        self.lines("run", "account", "--at", str(head // 2))
        copies, past = self.copies(), f"account__at_{head // 2}"
        self.assertEqual(copies[past]["position"], head // 2)
        self.assertEqual(copies["account__previous"]["digest"], copies["account"]["digest"])
        self.assertLess(int(sql(f"SELECT count(*) FROM {past}.account")), int(self.rows().split("|")[0]))
        for words in (["drop", past], ["rollback", "account"], ["drop", "account__previous"]):
            code, said = self.orrery("rebuild", *words)
            self.assertEqual(code, 0, said)
        self.refused(1, "rollback", "account")
        self.refused(1, "cancel", "account")
        self.refused(1, "run", "account", "--at", str(head + 1))
        self.refused(1, "run", "nothing")
        for words in ("dance", "run", "run account session", "run account --workers 17", "drop account__next",
                      "drop x"):
            self.refused(2, *words.split())
        self.assertEqual(sorted(self.copies()), sorted([*crash.MODELS, "credential__previous"]))

    def check_views(self):
        code, said = self.orrery("audit", "views", "--json")
        self.assertEqual(code, 0, said)
        models = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        self.assertEqual([(one["model"], one["same"]) for one in models], [(name, True) for name in crash.MODELS])
        sql("UPDATE credential.credential SET epoch = 77 WHERE user_id = (SELECT user_id FROM credential.credential "
            "LIMIT 1)")
        code, said = self.orrery("audit", "views", "--json", "credential")
        self.assertEqual(code, 3, said)
        self.assertIn('"same":false', said)
        self.assertIn('"table":"credential"', said)


if __name__ == "__main__":
    tap.main()
