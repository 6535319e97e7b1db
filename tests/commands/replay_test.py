"""History decided again: by this build, of which nothing must change, and by one with other rules, of which it is known
beforehand what changes.

Usage: replay_test.py DECIDED_HISTORY ORRERY_REPLAY ORRERY_REPLAY_STRICTER ORRERY"""
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from collections import Counter

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
import tap

HISTORY, REPLAY, STRICTER, ORRERY = (str(pathlib.Path(word).resolve()) for word in sys.argv[1:5])
COMMANDS = 5000
ROOMY = 1 << 30
FREE_FAILURES, LONGEST_WAIT_S = 2, 900


def folder(case):
    path = tempfile.mkdtemp(prefix="orrery-replay-")
    case.addCleanup(shutil.rmtree, path)
    return path


def run(program, data, *words):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ORRERY_")}
    return subprocess.run([program, *words], env={**environment, "ORRERY_DATA": data, "TZ": "UTC"},
                          capture_output=True, text=True)


def make_history(data, *lives):
    """Lets the writer live so often, for so many commands with so large a journal; what it noted, by entry."""
    words = [str(number) for life in lives for number in life]
    result = subprocess.run([HISTORY, data, *words], capture_output=True, text=True)
    if result.returncode != 0:
        raise AssertionError(result.stderr)
    seed, *lines = result.stdout.splitlines()
    print(seed, flush=True)
    return [json.loads(line) for line in lines]


def replayed(program, data, *words):
    """The first line, the decisions and the last one."""
    result = run(program, data, *words)
    if result.returncode != 0:
        raise AssertionError(f"code {result.returncode}: {result.stderr}")
    first, *decisions, last = map(json.loads, result.stdout.splitlines())
    return first, decisions, last


def wait_s(failures, free):
    return 0 if failures <= free else min(2 ** (failures - free - 1), LONGEST_WAIT_S)


def expected(note):
    """What the rules of stricter_session.c make of it."""
    command, outcome, what = note["command"], note["outcome"], note["what"]
    if command == "fail_login" and outcome == "refused":
        return "refused_to_accepted"
    if command == "fail_login":
        other = wait_s(note["failures"], FREE_FAILURES) != wait_s(note["failures"], FREE_FAILURES - 1)
        return "other_events" if other else "same"
    if command == "start_session" and outcome == "accepted" and note["shown"]:
        return "accepted_to_refused"
    if command == "refresh_session" and what == "session_revoked":
        return "accepted_to_refused"
    if command == "log_out" and outcome == "refused":
        return "refused_to_nothing"
    if command == "revoke_sessions" and outcome == "nothing":
        return "nothing_to_refused"
    if command == "start_wallet_session" and note["shown"]:
        return "unknown"
    return "same"


def bytes_of(data):
    """Every file but LMDB's tables of readers, in which a reader enters itself."""
    files = (path for path in pathlib.Path(data).rglob("*") if path.is_file() and path.name != "lock.mdb")
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


class History(unittest.TestCase):
    """One history for all that only look at it."""

    @classmethod
    def setUpClass(cls):
        cls.data = tempfile.mkdtemp(prefix="orrery-replay-")
        cls.addClassCleanup(shutil.rmtree, cls.data)
        cls.notes = make_history(cls.data, (COMMANDS, ROOMY))
        cls.again = replayed(REPLAY, cls.data)
        cls.stricter = replayed(STRICTER, cls.data)

    def test_the_history_has_something_of_everything(self):
        seen = Counter((note["command"], note["outcome"]) for note in self.notes)
        for command in ("fail_login", "refresh_session", "link_wallet", "start_session", "verify_email", "log_out",
                        "change_profile", "erase_user", "reset_password", "confirm_email_change"):
            self.assertGreater(seen[command, "accepted"], 0, command)
        for command in ("fail_login", "refresh_session", "link_wallet", "start_session", "grant_role", "log_out"):
            self.assertGreater(seen[command, "refused"], 0, command)
        self.assertGreater(sum(note["what"] == "session_revoked" for note in self.notes), 10)
        self.assertGreater(sum(note["what"] == "registration_repeated" for note in self.notes), 0)

    def test_every_decision_is_in_the_journal_once(self):
        _, decisions, last = self.again
        self.assertEqual([line["entry"] for line in decisions], list(range(1, len(self.notes) + 1)))
        self.assertEqual([line["command"] for line in decisions], [note["command"] for note in self.notes])
        self.assertEqual((last["decided"], last["not_journaled"]), (len(self.notes), 0))

    def test_deciding_again_says_the_same(self):
        _, decisions, _ = self.again
        unknown = 0
        for line, note in zip(decisions, self.notes):
            self.assertIn(line["change"], ("same", "unknown"), line)
            unknown += line["change"] == "unknown"
        self.assertLess(unknown, len(decisions) / 4)
        print(f"# {len(decisions)} decisions, {unknown} of them about somebody who was erased since", flush=True)

    def test_only_what_an_erased_person_said_cannot_be_decided_again(self):
        _, decisions, _ = self.again
        for line in decisions:
            if line["change"] == "unknown":
                self.assertIn("somebody who was erased", line["now_sentence"])

    def test_other_rules_change_exactly_what_they_say(self):
        _, decisions, _ = self.stricter
        seen = Counter()
        for line, note in zip(decisions, self.notes):
            wanted = expected(note)
            if line["change"] == "unknown" and re.search("erased|may depend on a hash", line["now_sentence"]):
                continue
            self.assertEqual(line["change"], wanted, (line, note))
            seen[wanted] += 1
        for change in ("accepted_to_refused", "refused_to_accepted", "other_events", "refused_to_nothing",
                       "nothing_to_refused", "unknown", "same"):
            self.assertGreater(seen[change], 3, change)

    def test_a_difference_names_its_field_and_both_values(self):
        _, decisions, _ = self.stricter
        for line in decisions:
            if line["change"] == "other_events":
                [difference] = line["differs"]
                [was], [now] = line["was_events"], line["now_events"]
                self.assertEqual(difference, {
                    "event": "login_failed", "was": {"locked_until": was["fields"]["locked_until"]},
                    "now": {"locked_until": now["fields"]["locked_until"]}})
                self.assertLess(was["fields"]["locked_until"], now["fields"]["locked_until"])

    def test_who_looks_at_what_is_withheld_is_caught(self):
        _, decisions, _ = self.stricter
        sentences = [line["now_sentence"] for line, note in zip(decisions, self.notes)
                     if note["command"] == "start_wallet_session" and note["shown"] and "now_sentence" in line]
        self.assertIn("The decider looks at device, which the journal does not hold.", sentences)

    def test_what_follows_from_a_withheld_hash_is_believed_only_when_it_is_the_same(self):
        """Both stand-ins would be answered with a mail, where the recorded wish came too soon for one."""
        _, decisions, _ = self.stricter
        seen = Counter()
        for line, note in zip(decisions, self.notes):
            if "may depend on a hash" in line.get("now_sentence", ""):
                self.assertIn(note["command"], ("request_password_reset", "request_email_verification"))
                self.assertEqual(note["outcome"], "nothing")
            if note["command"].startswith("request_") and note["what"].endswith("_requested"):
                seen[line["change"]] += 1
        self.assertGreater(seen["same"], 20, "those that led to a mail do so again, with another token")
        self.assertGreater(sum("may depend on a hash" in line.get("now_sentence", "") for line in decisions), 0)

    def test_nothing_personal_or_secret_is_printed(self):
        for program in (REPLAY, STRICTER):
            out = run(program, self.data).stdout
            self.assertEqual('"device":"digest:' in out, program == STRICTER, "some of it is among what changes")
            for text in ("example.org", "argon2id", "a few words", "a laptop", "a reason of ours", "4Nd1mBQ"):
                self.assertNotIn(text, out)

    def test_bounds_and_a_command_choose(self):
        _, every, last = self.again
        head = last["last_position"]
        since, until = head // 3, head // 2
        _, some, _ = replayed(REPLAY, self.data, "--since", str(since), "--until", str(until))
        self.assertEqual(some, [line for line in every if since <= line["head"] + 1 <= until])
        moment = every[len(every) // 2]["time"]
        _, late, _ = replayed(REPLAY, self.data, "--since", moment)
        self.assertEqual(late, [line for line in every if line["time"] >= moment])
        _, early, _ = replayed(REPLAY, self.data, "--until", moment, "--command", "fail_login")
        self.assertEqual(early, [line for line in every
                                 if line["time"] <= moment and line["command"] == "fail_login"])
        self.assertTrue(some and late and early)

    def test_nothing_is_written(self):
        before = bytes_of(self.data)
        for program, words in ((REPLAY, []), (STRICTER, []), (ORRERY, ["audit", "replay", "--handler", STRICTER])):
            run(program, self.data, *words)
            self.assertEqual(bytes_of(self.data), before)
        self.assertTrue(any("journal" in path for path in before))

    # ---- orrery audit replay

    def audit(self, *words):
        return run(ORRERY, self.data, "audit", "replay", *words)

    def test_the_audit_says_that_nothing_would_change(self):
        result = self.audit()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"\n[\d,]+ decisions were made again by \S+: 0 would change, [\d,]+ cannot ")
        self.assertNotIn(" -> ", result.stdout)

    def test_the_audit_lists_what_would_change_and_counts_it(self):
        result = self.audit("--handler", STRICTER)
        self.assertEqual(result.returncode, 1, result.stderr)
        _, decisions, _ = self.stricter
        changed = [line for line in decisions if line["change"] not in ("same", "unknown")]
        self.assertEqual(result.stdout.count("entry "), len(changed))
        self.assertIn(f" {len(changed):,} would change", result.stdout)
        counts = Counter((line["command"], line["change"].replace("_to_", " -> ").replace("_", " "))
                         for line in changed)
        for (command, change), count in counts.items():
            self.assertRegex(result.stdout, rf"\n{command} +{count:,}  {change}\n")

    def test_the_audit_prints_lines_of_json_when_asked(self):
        result = self.audit("--handler", STRICTER, "--json", "--command", "fail_login")
        self.assertEqual(result.returncode, 1)
        _, *decisions, last = map(json.loads, result.stdout.splitlines())
        _, wanted, _ = replayed(STRICTER, self.data, "--command", "fail_login")
        self.assertEqual(decisions, [line for line in wanted if line["change"] != "same"])
        self.assertEqual(last["decided"], len(wanted))

    def test_the_audit_takes_moments_and_positions(self):
        result = self.audit("--since", "2026-01-02T03:10:00Z", "--until", "2026-01-02T03:20:00Z", "--json")
        _, decisions, _ = replayed(REPLAY, self.data, "--since", "2026-01-02T03:10:00Z", "--until",
                                   "2026-01-02T03:20:00Z")
        self.assertEqual(json.loads(result.stdout.splitlines()[-1])["decided"], len(decisions))

    def test_what_is_not_understood_is_said_in_a_sentence(self):
        for words, code, sentence in (
                (["--since", "yesterday"], 2, '"yesterday" is neither a position nor a time.'),
                (["--since"], 2, ""),
                (["--everything"], 2, ""),
                (["--handler", "/nonexistent"], 4, "/nonexistent cannot be run."),
                (["--handler", "/bin/false"], 4, "it did not come to its end (code 1).")):
            result = self.audit(*words)
            self.assertEqual(result.returncode, code, words)
            self.assertIn(sentence, result.stderr)
            self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertEqual(run(REPLAY, self.data, "--since", "yesterday").returncode, 2)

    def test_a_build_that_speaks_another_protocol_is_refused(self):
        other = pathlib.Path(folder(self), "orrery-replay")
        for first, sentence in (('{"protocol":2,"news":[]}', "that build speaks another protocol than 1"),
                                ("hello", "what it printed is not understood")):
            other.write_text(f"#!/bin/sh\necho '{first}'\n")
            other.chmod(0o755)
            result = self.audit("--handler", str(other))
            self.assertEqual(result.returncode, 4)
            self.assertIn(sentence, result.stderr)


class Journal(unittest.TestCase):
    """What is told of a journal that does not hold all."""

    def setUp(self):
        self.data = folder(self)

    def test_without_a_journal_it_is_said_so(self):
        make_history(self.data, (300, ROOMY))
        shutil.rmtree(pathlib.Path(self.data, "journal"))
        first, decisions, last = replayed(REPLAY, self.data)
        self.assertNotIn("first_entry", first)
        self.assertEqual((decisions, last["decided"]), ([], 0))
        result = run(ORRERY, self.data, "audit", "replay")
        self.assertEqual(result.returncode, 4)
        self.assertIn("the journal holds nothing", result.stderr)

    def test_a_trimmed_journal_tells_where_it_begins(self):
        notes = make_history(self.data, (2000, 64 << 10))
        first, decisions, last = replayed(REPLAY, self.data)
        self.assertGreater(first["first_entry"], 1)
        self.assertEqual(first["first_position"], decisions[0]["head"] + 1)
        self.assertEqual([line["entry"] for line in decisions], list(range(first["first_entry"], len(notes) + 1)))
        self.assertEqual(last["not_journaled"], 0)
        self.assertTrue(all(line["change"] in ("same", "unknown") for line in decisions))
        result = run(ORRERY, self.data, "audit", "replay")
        self.assertEqual(result.returncode, 0)
        self.assertIn(f"The journal begins behind position {first['first_position'] - 1} (", result.stdout)

    def test_what_was_decided_without_it_is_counted_and_its_events_still_count(self):
        make_history(self.data, (400, ROOMY), (400, 0), (400, ROOMY))
        _, decisions, last = replayed(REPLAY, self.data)
        self.assertTrue(all(line["change"] in ("same", "unknown") for line in decisions))
        heads = [line["head"] for line in decisions]
        gap, head = max((after - before, before) for before, after in zip(heads, heads[1:]))
        self.assertGreater(last["not_journaled"], 50)
        self.assertGreaterEqual(gap, last["not_journaled"])
        self.assertIn(last["first_not_journaled"] - head, (1, 2, 3), "right behind the last entry and its events")
        result = run(ORRERY, self.data, "audit", "replay")
        self.assertIn(f"{last['not_journaled']} commands in the log, the first at position "
                      f"{last['first_not_journaled']}, are not in the journal", result.stdout)

    def test_an_entry_that_is_none_is_damage(self):
        make_history(self.data, (300, ROOMY))
        file = pathlib.Path(self.data, "journal/data.mdb")
        whole = file.read_bytes()
        file.write_bytes(whole.replace(b"\xaacommand_id", b"\xaacommand_ID"))
        self.assertNotEqual(file.read_bytes(), whole)
        self.assertEqual(run(REPLAY, self.data).returncode, 3)
        self.assertEqual(run(ORRERY, self.data, "audit", "replay").returncode, 3)

    def test_an_entry_that_the_log_contradicts_is_damage(self):
        make_history(self.data, (300, ROOMY))
        _, decisions, _ = replayed(REPLAY, self.data)
        file = pathlib.Path(self.data, "journal/data.mdb")
        accepted = next(line for line in decisions if line["command"] == "register_user")
        known = bytes.fromhex(accepted["command_id"].replace("-", ""))
        file.write_bytes(file.read_bytes().replace(known, bytes(reversed(known))))
        result = run(REPLAY, self.data)
        self.assertEqual(result.returncode, 3, result.stdout)

    def test_a_journal_of_another_log_is_refused(self):
        make_history(self.data, (300, ROOMY))
        other = folder(self)
        make_history(other, (300, ROOMY))
        shutil.rmtree(pathlib.Path(self.data, "journal"))
        shutil.copytree(pathlib.Path(other, "journal"), pathlib.Path(self.data, "journal"))
        result = run(REPLAY, self.data)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("journal_foreign", result.stderr)
        self.assertEqual(run(ORRERY, self.data, "audit", "replay").returncode, 4)


if __name__ == "__main__":
    tap.main()
