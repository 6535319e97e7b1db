"""orrery audit --unseal: what is opened, and what is noted of it.

Usage: audit_look_test.py ORRERY HISTORY"""
import json
import pathlib
import subprocess
import unittest

import tap
from audit_stage import ADA, BOB, EVE, Log, ORRERY

log = Log("small")


def tearDownModule():
    log.remove()


class Looks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.log = Log("small")
        writer = pathlib.Path(ORRERY).parent.parent / "commands/orrery-writer"
        cls.writer = subprocess.Popen([writer], env=cls.log.settings, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.PIPE, text=True)
        while "writer_ready" not in cls.writer.stderr.readline():
            assert cls.writer.poll() is None, "the writer ended"

    @classmethod
    def tearDownClass(cls):
        cls.writer.terminate()
        cls.writer.communicate(timeout=60)
        cls.log.remove()

    def unsealed(self, words, reason="Complaint 7"):
        done = self.log.run("audit", *words.split(), "--unseal", "--reason", reason)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def looks(self, *options):
        done = self.log.run("audit", "log", "--json", "--type", "log_unsealed", "personal_data_viewed", *options)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def new_looks(self, words):
        """What a look leaves in the log, opened."""
        before = len(self.looks())
        said = self.unsealed(words)
        return said, self.looks("--unseal", "--offline")[before:]

    def test_what_names_a_person_is_opened(self):
        said = self.unsealed(f"log --json --stream user:{ADA}")
        for name in ("Ada Lovelace", "ada@example.org", "countess@example.org"):
            self.assertIn(name, said)
        self.assertIn('"Two lines of reasons"', self.unsealed("show 8"))
        self.assertIn('"ada@example.org" -> "countess@example.org"', self.unsealed(f"stream user:{ADA}"))

    def test_an_erased_person_stays_forgotten_and_secrets_unsaid(self):
        said = self.unsealed(f"log --json --stream user:{EVE}")
        self.assertNotIn("eve@example.org", said)
        self.assertIn('"email":null', said)
        self.assertNotIn("argon2id", self.unsealed("log --json"))

    def test_a_look_at_few_is_noted_in_the_history_of_each_with_its_reason(self):
        _, looks = self.new_looks(f"stream user:{BOB}")
        self.assertEqual([look["event"] for look in looks], ["log_unsealed", "personal_data_viewed"])
        head, viewed = looks
        self.assertEqual((viewed["fields"]["user"], viewed["fields"]["reason"], viewed["fields"]["verb"]),
                         (BOB, "Complaint 7", "stream"))
        self.assertEqual(viewed["fields"]["operator"], head["fields"]["operator"])
        self.assertEqual((head["fields"]["persons"], head["fields"]["selection"]), (1, f"stream={BOB}"))
        self.assertNotIn("reason", head["fields"])
        self.assertTrue(head["fields"]["operator_name"])
        sealed = json.dumps(self.looks())
        self.assertNotIn("Complaint", sealed)
        self.assertNotIn(f'"{head["fields"]["operator_name"]}"', sealed)

    def test_who_tells_who_looked(self):
        before = json.loads(self.log.audit(f"who {BOB} --json").stdout.splitlines()[0])["looked"]
        self.unsealed(f"state user:{BOB}")
        lines = [json.loads(line) for line in self.log.audit(f"who {BOB} --json").stdout.splitlines()]
        self.assertEqual(lines[0]["looked"], before + 1)
        self.assertEqual(sum(line.get("section") == "looked" and line["streams"][0]["id"] == BOB for line in lines),
                         before + 1)

    def test_where_nobody_is_to_be_seen_nothing_is_noted(self):
        said, looks = self.new_looks("show 3")
        self.assertIn("role_granted", said)
        self.assertEqual(looks, [])

    def test_a_look_that_may_show_anybody_is_noted_as_one(self):
        words = "audit log --json --follow --limit 1 --unseal --reason Watching".split()
        self.log.run(*words)
        look = self.looks("--unseal", "--offline")[-1]
        self.assertEqual((look["event"], look["fields"]["persons"], look["fields"]["reason"]),
                         ("log_unsealed", 0, "Watching"))
        last = json.loads(self.log.audit(f"who {BOB} --json").stdout.splitlines()[-1])
        self.assertEqual(last["fields"]["persons"], 0, "it may have shown Bob")

    def test_a_reason_is_required_and_what_goes_with_it_understood(self):
        for words in ("log --unseal", "show 1 --unseal --reason", "log --reason x", "log --offline"):
            self.assertEqual(self.log.audit(words).returncode, 2, words)
        self.assertEqual(self.log.run("audit", "log", "--unseal", "--reason", "").returncode, 2)
        self.assertEqual(self.log.run("audit", "log", "--unseal", "--reason", "x" * 501).returncode, 2)

    def test_without_the_writer_nothing_is_shown_unless_it_is_said_to_be_offline(self):
        before = log.events()
        done = log.run("audit", "log", "--unseal", "--reason", "x")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("could not be noted", done.stderr)
        done = log.run("audit", "log", "--json", "--unseal", "--offline")
        self.assertEqual(done.returncode, 0)
        self.assertIn("Ada Lovelace", done.stdout)
        self.assertIn("noted nowhere", done.stderr)
        self.assertEqual(log.events(), before)

    def test_without_the_master_key_nothing_is_opened(self):
        done = subprocess.run([ORRERY, "audit", "log", "--unseal", "--offline"], capture_output=True, text=True,
                              env=log.settings | {"ORRERY_MASTER_KEY_FILE": "absent.key"})
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("vault cannot be opened", done.stderr)


if __name__ == "__main__":
    tap.main()
