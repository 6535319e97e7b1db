"""orrery VERB: help, settings and the way to programs beside it.

Usage: orrery_test.py PATH-OF-ORRERY"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import tap

ORRERY = sys.argv[1]


def orrery(*words, program=ORRERY, **variables):
    clean = {key: value for key, value in os.environ.items() if not key.startswith("ORRERY_")}
    return subprocess.run([program, *words], capture_output=True, text=True, env=clean | variables)


class Orrery(unittest.TestCase):
    def test_help_lists_every_verb_and_each_has_a_page(self):
        listed = orrery("help").stdout
        for verb in ["up", "status", "grant", "revoke", "erase", "keys", "events", "follow", "promote", "config",
                     "man", "openapi", "version"]:
            self.assertRegex(listed, rf"(?m)^  {verb} +[A-Z].*\.$")
            self.assertIn(f"Usage: orrery {verb}", orrery("help", verb).stdout)
            self.assertEqual(orrery(verb, "--help").stdout, orrery("help", verb).stdout)

    def test_wrong_use_is_told_apart_from_failure(self):
        for words in ["", "dance", "help dance", "version now", "config now", "events --from 0", "up now", "status now",
                      "grant admin", "revoke", "erase", "erase a@b.org --no", "keys", "keys turn",
                      "keys feed-add one", "follow", "follow folder", "follow folder --key short", "promote",
                      "man now"]:
            self.assertEqual(orrery(*words.split()).returncode, 2, words)

    def test_a_verb_of_its_own_comes_from_a_program_beside_it(self):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(ORRERY, folder + "/orrery")
            path = pathlib.Path(folder, "orrery-dance")
            path.write_text('#!/bin/sh\necho "dancing $*"\nexit 7\n')
            path.chmod(0o755)
            done = orrery("dance", "a", "waltz", program=folder + "/orrery")
        self.assertEqual((done.stdout, done.returncode), ("dancing a waltz\n", 7))

    def test_a_path_is_no_verb(self):
        self.assertEqual(orrery("/../../bin/true").returncode, 2)

    def test_settings_are_printed_with_their_source_and_secrets_are_not(self):
        done = orrery("config", "--json", ORRERY_PG="password=hush", ORRERY_CORS='https://"a"\n', ORRERY_LOOPS="2")
        rows = {row["name"]: row for row in json.loads(done.stdout)}
        self.assertEqual((rows["ORRERY_LOOPS"]["value"], rows["ORRERY_LOOPS"]["source"]), ("2", "environment"))
        self.assertEqual(rows["ORRERY_CORS"]["value"], 'https://"a"\n')
        self.assertEqual(rows["ORRERY_LISTEN"]["source"], "default")
        self.assertNotIn("hush", done.stdout + orrery("config", ORRERY_PG="password=hush").stdout)
        self.assertTrue(all(row["sentence"].endswith(".") for row in rows.values()))

    def test_a_wrong_setting_ends_with_code_3_and_a_sentence(self):
        done = orrery("config", ORRERY_LOOPS="many")
        self.assertEqual(done.returncode, 3)
        self.assertIn("ORRERY_LOOPS", json.loads(done.stderr)["detail"])

    def test_openapi_is_a_document_of_version_3_1(self):
        self.assertTrue(json.loads(orrery("openapi").stdout)["openapi"].startswith("3.1"))

    def test_events_without_a_log_is_a_failure(self):
        with tempfile.TemporaryDirectory() as folder:
            done = orrery("events", ORRERY_DATA=folder)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("log_not_opened", done.stderr)


if __name__ == "__main__":
    tap.main()
