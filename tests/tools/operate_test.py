"""The verbs with which one looks after a running Orrery, tools/demo, and the walk in README.md, on the real programs.

Usage: operate_test.py PATH-OF-ORRERY ROOT-OF-THE-SOURCE"""
import json
import os
import pathlib
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.request

import tap
from system import ORRERY, PATIENCE_SECONDS, System, eventually

ROOT = pathlib.Path(sys.argv[2])

system = System()


def setUpModule():
    system.start()


def tearDownModule():
    system.stop()


class Running(unittest.TestCase):
    def test_status_tells_the_head_and_that_read_models_follow(self):
        system.register()
        system.settle()
        status = system.status()
        self.assertTrue(status["writer"])
        self.assertEqual({one["position"] for one in status["stats"]["projections"]}, {status["stats"]["head"]})
        told = system.orrery("status")
        self.assertEqual(told.returncode, 0)
        self.assertRegex(told.stdout, rf"(?m)^log +{status['stats']['head']} events")
        self.assertRegex(told.stdout, r"(?m)^ +\w+ at \d+, 0 behind$")
        self.assertRegex(told.stdout, r"(?m)^(subscriptions)? +mail at \d+, \d+ behind, 0 parked$")

    def test_a_mail_that_cannot_be_written_is_seen_and_stops_no_other(self):
        email = system.register()
        person = system.events("user_registered")[-1]["streams"][0]["id"]
        position = system.status()["stats"]["head"] + 1
        block = pathlib.Path(system.data, "mail", f"{position:012}-{person}.eml")
        block.mkdir()
        system.register(email)
        other = system.register()
        eventually(lambda: any(other in mail.read_text() for mail in block.parent.glob("*.eml") if mail.is_file()),
                   "the other one's mail")
        shown = json.loads(system.orrery("subscriptions", "show", "mail", str(position), "--json").stdout)["held"][0]
        self.assertEqual((shown["event"], shown["state"]), ("registration_repeated", "retrying"))
        with urllib.request.urlopen(f"http://{system.address}/metrics", timeout=PATIENCE_SECONDS) as metrics:
            self.assertIn('orrery_subscription_held{subscription="mail"} 1', metrics.read().decode())
        block.rmdir()
        eventually(block.is_file, "the mail")
        eventually(lambda: not json.loads(system.orrery("subscriptions", "show", "mail", "--json").stdout)["held"],
                   "nothing is held")

    def test_what_is_not_parked_is_neither_retried_nor_discarded(self):
        for words, sentence in [(["retry", "mail", "1"], "mail has not parked position 1."),
                                (["discard", "mail", "1", "--reason", "why"], "mail has not parked position 1."),
                                (["show", "nothing"], 'There is no subscription "nothing"')]:
            done = system.orrery("subscriptions", *words)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(sentence, done.stderr)
        self.assertEqual(system.orrery("subscriptions", "discard", "mail", "1").returncode, 2)
        self.assertEqual(system.orrery("subscriptions", "retry", "mail", "--all").stdout, "mail has parked nothing\n")

    def test_a_role_is_granted_by_email_at_once_and_revoked_by_id_later(self):
        email = system.register()
        granted = system.orrery("grant", "admin", email.upper())  # within the second that the index takes
        self.assertEqual(granted.returncode, 0, granted.stderr)
        person = granted.stdout.split()[0]
        self.assertRegex(granted.stdout, rf"^{person} role_granted admin at position \d+$")
        self.assertNotIn("actor", system.events("role_granted")[-1])
        self.assertEqual(system.orrery("grant", "admin", email).stdout, f"{person}: nothing to change about admin\n")
        eventually(lambda: system.status()["stats"]["index_lag"] == 0, "the index has followed")
        self.assertIn(person, system.orrery("grant", "instructor", email).stdout)
        self.assertIn("role_revoked", system.orrery("revoke", "admin", person).stdout)

    def test_what_cannot_be_granted_is_said_with_code_1(self):
        for words, sentence in [(["boss", "a@b.org"], "There is no role \"boss\"; the roles are learner"),
                                (["admin", "nobody@example.org"], "Nobody here has the e-mail address"),
                                (["admin", "nobody"], "neither an e-mail address nor an id"),
                                (["admin", "01890000-0000-7000-8000-000000000000"], "There is no such person.")]:
            done = system.orrery("grant", *words)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(sentence, done.stderr)
        self.assertIn("cannot be taken away", system.orrery("revoke", "learner", system.register()).stderr)

    def test_erase_needs_a_yes(self):
        email = system.register()
        self.assertEqual(system.orrery("erase", email).returncode, 2)
        terminal, end = pty.openpty()
        with subprocess.Popen([ORRERY, "erase", email], env=system.settings, stdin=end, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as asked:
            os.write(terminal, b"no\n")
            said, complaint = asked.communicate(timeout=PATIENCE_SECONDS)
        os.close(terminal)
        os.close(end)
        self.assertEqual(asked.returncode, 1)
        self.assertIn("Type yes to go on", said)
        self.assertIn("Nobody was erased.", complaint)
        self.assertTrue(system.orrery("grant", "instructor", email).returncode == 0, "still there")

    def test_an_erased_person_is_nobody_any_more(self):
        email = system.register()
        erased = system.orrery("erase", email, "--yes")
        self.assertEqual(erased.returncode, 0, erased.stderr)
        self.assertRegex(erased.stdout, r"erased at position \d+; read models and mails have followed$")
        person = erased.stdout.split()[0]
        registered = [event for event in map(json.loads, system.orrery("audit", "log", "--json", "--unseal",
                                                                         "--offline").stdout.splitlines())
                      if event["event"] == "user_registered" and event["streams"][0]["id"] == person]
        self.assertEqual([registered[0]["fields"][name] for name in ["email", "name"]], [None, None])
        self.assertIn("Nobody here has", system.orrery("erase", email, "--yes").stderr)
        self.assertEqual(system.orrery("erase", person, "--yes").stdout, f"{person} was erased before\n")
        eventually(lambda: not list(pathlib.Path(system.data, "mail").glob(f"*{person}*")), "the mails are gone")

    def test_a_rotated_key_is_published_at_once_and_every_program_goes_on(self):
        before, pids = system.keys(), system.pids()
        rotated = system.orrery("keys", "rotate")
        self.assertEqual((rotated.returncode, rotated.stderr), (0, ""))
        self.assertIn("the API was told (1 process)", rotated.stdout)
        eventually(lambda: system.keys()[1:] == before, "a new key in front of the old ones")
        self.assertEqual(system.pids(), pids)

    def test_the_demonstration_is_made_once_and_everybody_in_it_can_log_in(self):
        first = subprocess.run([ROOT / "tools/demo", ORRERY], env=system.settings, capture_output=True, text=True)
        self.assertEqual((first.returncode, first.stderr), (0, ""))
        registered = len(system.events("user_registered"))
        again = subprocess.run([ROOT / "tools/demo", ORRERY], env=system.settings, capture_output=True, text=True)
        self.assertEqual((again.returncode, again.stdout), (0, first.stdout))
        self.assertEqual(len(system.events("user_registered")), registered)
        people = [line.split() for line in first.stdout.splitlines()[1:]]
        self.assertEqual([role for role, _, _ in people], ["admin", "instructor", "learner", "learner"])
        position = str(system.status()["stats"]["head"])
        for role, email, password in people:
            session = system.ask("POST", "/api/v1/sessions", {"email": email, "password": password},
                                 X_Min_Position=position)
            account = system.ask("GET", "/api/v1/users/me", Authorization="Bearer " + session["access_token"],
                                 X_Min_Position=str(session["position"]))
            self.assertIn(role, account["roles"])
            self.assertTrue(account["bio"])
        self.assertEqual(os.stat(system.data + "/demo-accounts").st_mode & 0o777, 0o600)
        catalogue = system.ask("GET", "/api/v1/courses", X_Min_Position=position)["data"]
        self.assertEqual([course["title"] for course in catalogue], ["Mechanics: how things move"])
        self.assertIn(catalogue[0]["course"], first.stdout)

    def test_the_walk_in_the_readme_works_word_for_word(self):
        walk = re.search(r"<!-- walk -->\n```bash\n(.*?)```\n<!-- walk -->", (ROOT / "README.md").read_text(), re.S)
        done = subprocess.run(["bash", "-e", "-c", walk[1]], capture_output=True, text=True, cwd=system.data,
                              env=system.settings | {"URL": f"http://{system.address}", "MAIL": system.data + "/mail"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn('"bio":"Wrote the first program."', done.stdout)
        self.assertIn('"event": "email_verified"', done.stdout)
        self.assertIn('"status":401', done.stdout.splitlines()[-1])


class WithoutAWriter(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def orrery(self, *words):
        return subprocess.run([ORRERY, *words], env=os.environ | {"ORRERY_DATA": self.folder}, capture_output=True,
                              stdin=subprocess.DEVNULL, text=True)

    def test_status_says_so_with_code_1_and_reads_the_head_from_disk(self):
        empty = self.orrery("status", "--json")
        self.assertEqual((empty.returncode, json.loads(empty.stdout)), (1, {"writer": False}))
        self.assertIn("does not answer at", self.orrery("status").stdout)
        system.register()
        shutil.copytree(system.data + "/log", self.folder + "/log")
        self.assertGreater(json.loads(self.orrery("status", "--json").stdout)["stats"]["head"], 0)

    def test_what_needs_one_says_where_it_was_looked_for(self):
        for words in [["grant", "admin", "a@b.org"], ["revoke", "admin", "a@b.org"], ["erase", "a@b.org", "--yes"]]:
            done = self.orrery(*words)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"orrery {words[0]}: The writer does not answer at {self.folder}/writer.sock", done.stderr)

    def test_there_is_nothing_to_rotate_before_the_api_made_a_key(self):
        done = self.orrery("keys", "rotate")
        self.assertEqual(done.returncode, 1)
        self.assertIn("There are no signing keys", done.stderr)


if __name__ == "__main__":
    tap.main()
