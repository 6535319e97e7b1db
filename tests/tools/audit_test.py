"""orrery audit: that it shows what is there, all of it, and nothing else.

Usage: audit_test.py ORRERY HISTORY"""
import json
import os
import pathlib
import pty
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import tap

ORRERY, HISTORY = sys.argv[1:3]
ADA, BOB, EVE = (f"019b0000-0000-7000-8000-00000000{name}" for name in ("ada0", "b0b0", "eee0"))
SESSION = "019b0000-0000-7000-8000-000000005e55"
TRACE = "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"
CLEAN = {key: value for key, value in os.environ.items() if not key.startswith("ORRERY_")}


class Log:
    """A history in a folder of its own."""

    def __init__(self, what):
        self.folder = tempfile.mkdtemp(prefix="orrery-audit-")
        subprocess.run([HISTORY, self.folder, what], check=True)
        self.settings = CLEAN | {"ORRERY_DATA": self.folder, "TZ": "UTC"}

    def run(self, *words):
        return subprocess.run([ORRERY, *words], env=self.settings, capture_output=True, text=True)

    def audit(self, words):
        return self.run("audit", *words.split())

    def lines(self, words):
        done = self.audit(words)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def events(self):
        return [json.loads(line) for line in self.run("events").stdout.splitlines()]

    def damage(self, words):
        """Flips a bit of these bytes in the log's file, wherever they lie."""
        path = pathlib.Path(self.folder, "log", "data.mdb")
        data = path.read_bytes()
        assert words in data
        path.write_bytes(data.replace(words, bytes([words[0] ^ 1]) + words[1:]))

    def remove(self):
        shutil.rmtree(self.folder)


log = Log("small")


def tearDownModule():
    log.remove()


def on_terminal(words, columns=100, **settings):
    """What the verb prints on a terminal that wide."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe("sh", ["sh", "-c", f'stty cols {columns}; exec "$0" audit {words}', ORRERY],
                   log.settings | {"TERM": "xterm"} | settings)
    said = b""
    try:
        while True:
            piece = os.read(terminal, 65536)
            if not piece:
                break
            said += piece
    except OSError:  # the other side is closed
        pass
    os.close(terminal)
    os.waitpid(pid, 0)
    return said.decode().replace("\r\n", "\n")


def in_stream(event, stream):
    return any(one["id"] == stream for one in event["streams"])


class Filters(unittest.TestCase):
    def assert_lists(self, words, wanted):
        """The verb lists exactly those events that `wanted` picks from all, in either order."""
        expected = [event for event in log.events() if wanted(event)]
        self.assertTrue(0 < len(expected) < len(log.events()), "the filter picks some and not all")
        self.assertEqual(log.lines(f"log --json {words}"), expected)
        self.assertEqual(log.lines(f"log --json --reverse {words}"), expected[::-1])

    def test_without_a_filter_every_event_is_listed(self):
        self.assertEqual(log.lines("log --json"), log.events())
        self.assertEqual(log.lines("log --json --reverse"), log.events()[::-1])

    def test_stream_narrows(self):
        self.assert_lists(f"--stream session:{SESSION}", lambda event: in_stream(event, SESSION))
        self.assert_lists("--stream user:bob@example.org", lambda event: in_stream(event, BOB))

    def test_type_narrows(self):
        self.assert_lists("--type user_registered", lambda event: event["event"] == "user_registered")
        self.assert_lists("--type user_erased role_granted",
                          lambda event: event["event"] in ("user_erased", "role_granted"))

    def test_actor_command_and_trace_narrow(self):
        self.assert_lists(f"--actor {ADA}", lambda event: event.get("actor") == ADA)
        self.assert_lists(f"--trace {TRACE}", lambda event: event.get("trace") == TRACE)
        command = next(event["command"] for event in log.events() if event["event"] == "user_suspended")
        self.assert_lists(f"--command {command}", lambda event: event["command"] == command)

    def test_times_narrow_though_the_clock_was_set_back(self):
        since, until = "2026-01-02T02:17:00Z", "2026-01-02T03:07:05Z"
        times = [event["time"] for event in log.events()]
        self.assertNotEqual(times, sorted(times))
        self.assert_lists(f"--since {since}", lambda event: event["time"] >= "2026-01-02T02:17:00")
        self.assert_lists(f"--since {since} --until {until}",
                          lambda event: "2026-01-02T02:17:00" <= event["time"] <= "2026-01-02T03:07:05.000000Z")

    def test_positions_narrow(self):
        self.assert_lists("--from 5 --to 9", lambda event: 5 <= event["position"] <= 9)

    def test_filters_narrow_together(self):
        self.assert_lists(f"--stream user:{ADA} --type email_changed profile_changed --from 12",
                          lambda event: in_stream(event, ADA) and event["event"] in ("email_changed", "profile_changed")
                          and event["position"] >= 12)

    def test_limit_counts_what_is_listed(self):
        erased_last = [event for event in log.events() if in_stream(event, EVE)][::-1]
        self.assertEqual(log.lines(f"log --json --stream user:{EVE} --reverse --limit 2"), erased_last[:2])

    def test_what_nobody_did_is_an_empty_list(self):
        self.assertEqual(log.lines(f"log --json --actor {SESSION}"), [])
        self.assertEqual(log.lines(f"log --json --command {SESSION}"), [])

    def test_long_histories_are_walked_in_either_direction(self):
        long = Log("5000")
        try:
            forward = long.lines("log --json --type profile_changed")
            self.assertEqual([one["position"] for one in forward], [11, *range(20, 5020)])
            self.assertEqual(long.lines("log --json --type profile_changed --reverse"), forward[::-1])
            self.assertEqual([one["position"] for one in long.lines("log --json --reverse --limit 3")],
                             [5019, 5018, 5017])
        finally:
            long.remove()

    def test_follow_lists_what_comes_later_too(self):
        growing = Log("empty")
        try:
            words = "audit log --json --follow --limit 2 --type role_granted email_changed".split()
            with subprocess.Popen([ORRERY, *words], env=growing.settings, stdout=subprocess.PIPE,
                                  text=True) as follower:
                subprocess.run([HISTORY, growing.folder, "small"], check=True)
                said, _ = follower.communicate(timeout=60)
            self.assertEqual([json.loads(line)["position"] for line in said.splitlines()], [3, 14])
        finally:
            growing.remove()


class Forms(unittest.TestCase):
    def test_cloud_events_have_what_the_format_requires(self):
        events, clouds = log.events(), log.lines("log --format cloudevents")
        self.assertEqual(len(clouds), len(events))
        self.assertEqual(len({(one["source"], one["id"]) for one in clouds}), len(events), "source and id are unique")
        for event, cloud in zip(events, clouds):
            self.assertEqual((cloud["specversion"], cloud["type"]), ("1.0", "orrery." + event["event"]))
            self.assertEqual((cloud["time"], cloud["data"]), (event["time"], event["fields"]))
            self.assertEqual(int(cloud["sequence"]), event["position"])
            self.assertEqual(cloud["datacontenttype"], "application/json")
            self.assertTrue(cloud["source"].startswith("urn:uuid:"))
            self.assertTrue(all(name.isalnum() and name == name.lower() for name in cloud))
        traced = [one["traceparent"] for one in clouds if "traceparent" in one]
        self.assertTrue(traced and all(one.startswith(f"00-{TRACE.replace('-', '')}-") for one in traced))

    def test_personal_texts_stay_sealed_and_secrets_unsaid(self):
        for words in ("log", "log --json", "log --format cloudevents", "show 1", "show 1 --json"):
            said = log.audit(words).stdout
            self.assertIn("ealed" if "--" not in words else "\\u0001", said)
            for name in ("Lovelace", "ada@example.org", "argon2id", "0123456789"):
                self.assertNotIn(name, said, words)

    def test_away_from_a_terminal_there_is_no_colour_no_pager_and_no_cut(self):
        done = subprocess.run([ORRERY, "audit", "log"], env=log.settings | {"PAGER": "false", "TERM": "xterm"},
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0)
        self.assertNotIn("\033", done.stdout)
        self.assertNotIn("…", done.stdout)
        self.assertEqual(len(done.stdout.splitlines()), 1 + len(log.events()))

    def test_on_a_terminal_the_table_has_colour_and_fits(self):
        said = on_terminal("log --no-pager", columns=130)
        self.assertIn("\033[", said)
        plain = on_terminal("log --no-pager", columns=130, NO_COLOR="1")
        self.assertNotIn("\033", plain)
        self.assertIn("…", plain)
        self.assertEqual(len(plain.splitlines()), 1 + len(log.events()))
        self.assertLessEqual(max(map(len, plain.splitlines())), 130)

    def test_on_a_terminal_a_pager_is_used_unless_told_not_to(self):
        pager = "sed 's/^/paged: /'"
        self.assertTrue(on_terminal("log", PAGER=pager).startswith("paged: "))
        self.assertNotIn("paged: ", on_terminal("log --no-pager", PAGER=pager))
        self.assertNotIn("paged: ", on_terminal("log", PAGER=""))
        self.assertNotIn("paged: ", on_terminal("log --json", PAGER=pager))

    def test_times_for_people_are_local_and_those_for_programs_utc(self):
        settings = log.settings | {"TZ": "America/New_York"}
        words = [ORRERY, "audit", "log", "--limit", "1"]
        said = subprocess.run(words, env=settings, capture_output=True, text=True).stdout
        self.assertIn("2026-01-01 22:04:05 EST", said)
        said = subprocess.run([*words, "--json"], env=settings, capture_output=True, text=True).stdout
        self.assertIn("2026-01-02T03:04:05.000000Z", said)

    def test_a_reader_that_leaves_early_is_no_failure_to_talk_about(self):
        piped = subprocess.run(f"'{ORRERY}' audit log --json | head -1 >/dev/null", shell=True, env=log.settings,
                               capture_output=True, text=True)
        self.assertEqual(piped.stderr, "")


class States(unittest.TestCase):
    STREAMS = (f"user:{ADA}", f"user:{BOB}", f"user:{EVE}", f"session:{SESSION}")

    def accumulated(self, history, version):
        """What the changes up to a version add up to."""
        state = {}
        for change in (change for event in history[:version] for change in event["changes"]):
            state[change["field"]] = change["after"]
        return {field: value for field, value in state.items() if value}

    def test_a_stream_has_its_events_and_versions_in_order(self):
        for stream in self.STREAMS:
            history = log.lines(f"stream {stream} --json")
            self.assertEqual([event["version"] for event in history], [*range(1, len(history) + 1)])
            without = [{name: value for name, value in event.items() if name not in ("version", "changes")}
                       for event in history]
            self.assertEqual(without, log.lines(f"log --json --stream {stream}"))

    def test_a_state_is_what_the_changes_before_it_add_up_to(self):
        for stream in self.STREAMS:
            history = log.lines(f"stream {stream} --json")
            for event in history:
                [told] = log.lines(f"state {stream} --at {event['position']} --json")
                self.assertEqual((told["version"], told["position"], told["time"]),
                                 (event["version"], event["position"], event["time"]))
                present = {field: value for field, value in told["state"].items() if value}
                self.assertEqual(present, self.accumulated(history, event["version"]))

    def test_a_difference_leads_from_one_state_to_the_other(self):
        nothing = {"state": {}, "version": 0}
        for first, second in ((1, 9), (7, 7), (6, 7), (2, 10)):
            [diff] = log.lines(f"diff user:{BOB} {first} {second} --json")
            [before] = log.lines(f"state user:{BOB} --at {first} --json") if first >= 6 else [nothing]
            [after] = log.lines(f"state user:{BOB} --at {second} --json")
            self.assertEqual(diff["from"]["version"], before["version"])
            self.assertEqual(diff["to"]["version"], after["version"])
            changed = {change["field"]: (change["before"] or None, change["after"] or None)
                       for change in diff["changes"]}
            expected = {field: (before["state"].get(field) or None, value or None)
                        for field, value in after["state"].items()
                        if (before["state"].get(field) or None) != (value or None)}
            self.assertEqual(changed, expected)
            self.assertEqual([event["version"] for event in diff["events"]],
                             [*range(before["version"] + 1, after["version"] + 1)])

    def test_a_place_may_be_a_moment(self):
        [at] = log.lines(f"state user:{BOB} --at 2026-01-02T03:11:05Z --json")
        self.assertEqual((at["position"], at["state"]["suspended"]), (9, True))
        [at] = log.lines(f"state user:{BOB} --at 2026-01-02T03:11:04Z --json")
        self.assertEqual((at["position"], at["state"]["suspended"]), (7, False))

    def test_an_erased_person_leaves_a_state_without_a_name(self):
        [now] = log.lines(f"state user:{EVE} --json")
        self.assertEqual((now["state"]["erased"], now["state"]["email"]), (True, None))

    def test_a_state_ends_before_a_damaged_record(self):
        broken = Log("small")
        try:
            broken.damage(b"nonce-of-ada")
            done = broken.audit(f"state user:{ADA} --json")
            self.assertEqual(done.returncode, 3)
            self.assertIn("position 12 is damaged", done.stderr)
            self.assertEqual(json.loads(done.stdout)["position"], 11)
            done = broken.audit(f"stream user:{ADA} --json")
            self.assertEqual(done.returncode, 3)
            self.assertEqual(len(done.stdout.splitlines()), 5)
        finally:
            broken.remove()


class People(unittest.TestCase):
    def told(self, person):
        return [event for event in log.lines(f"who {person} --json") if "section" in event]

    def test_everything_that_a_person_did_or_that_names_them_is_told_once(self):
        for person in (ADA, BOB, EVE):
            told = self.told(person)
            expected = [event["position"] for event in log.events()
                        if event.get("actor") == person or person in json.dumps([event["streams"], event["fields"]])]
            self.assertEqual(sorted(event["position"] for event in told), expected)
            did = [event["position"] for event in told if event["section"] == "did"]
            self.assertEqual(did, [event["position"] for event in log.events() if event.get("actor") == person])

    def test_a_summary_counts_each_section(self):
        summary = log.lines(f"who {ADA} --json")[0]
        told = [event["section"] for event in self.told(ADA)]
        self.assertEqual((summary["person"], summary["head"]), (ADA, len(log.events())))
        self.assertEqual([summary[name] for name in ("did", "named", "sessions", "looked")],
                         [told.count(name) for name in ("did", "named", "session", "looked")])
        self.assertTrue(summary["did"] and summary["named"] and summary["sessions"] == 1)

    def test_an_id_in_a_field_alone_names_the_person_too(self):
        refreshed = [event for event in self.told(ADA) if event["event"] == "session_refreshed"]
        self.assertEqual([in_stream(event, ADA) for event in refreshed], [False])


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


class WrongInput(unittest.TestCase):
    def test_it_gets_one_sentence_and_code_2(self):
        for words in ("dance", "log now", "log --from 0", "log --from ten", "log --limit", "log --frm 1", "log --type",
                      "log --type dancing", "log --stream user", "log --stream planet:" + ADA, "log --stream user:x",
                      "log --actor Ada", "log --command 7", "log --since yesterday", "log --until 99x",
                      "log --format xml", "log --reverse --follow", "show", "show 0", "show one", "show 1 2",
                      "who", "who Ada", f"who {ADA} {BOB}",
                      "stream", "stream user:", "stream user:1 2", f"state user:{ADA} --at 0",
                      f"state user:{ADA} --at x",
                      "state planet:1", f"diff user:{ADA} 1", f"diff user:{ADA} 1 x", f"diff user:{ADA} 1 2 3"):
            done = log.audit(words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertRegex(done.stderr, r"\Aorrery [^\n]+\.\n\Z", words)

    def test_what_is_not_there_is_code_1(self):
        for words in ("show 99", "log --stream user:nobody@example.org", "log --actor nobody@example.org",
                      f"who {TRACE}", f"stream user:{SESSION}", f"state session:{ADA}", f"state user:{BOB} --at 2",
                      f"diff user:{BOB} 1 2", f"stream login:{TRACE}"):
            done = log.audit(words)
            self.assertEqual((done.returncode, done.stdout), (1, ""), words)
            self.assertEqual(done.stderr.count("\n"), 1, words)

    def test_without_a_log_there_is_one_sentence(self):
        with tempfile.TemporaryDirectory() as folder:
            for words in (["log"], ["show", "1"]):
                done = subprocess.run([ORRERY, "audit", *words], env=CLEAN | {"ORRERY_DATA": folder},
                                      capture_output=True, text=True)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertRegex(done.stderr, r"\Aorrery audit \w+: There is no log in [^\n]+\n\Z")

    def test_an_empty_log_has_no_events(self):
        empty = Log("empty")
        try:
            self.assertEqual(empty.audit("log --json").stdout, "")
            self.assertEqual(len(empty.audit("log").stdout.splitlines()), 1, "the titles alone")
            self.assertEqual(empty.audit("show 1").returncode, 1)
        finally:
            empty.remove()

    def test_each_verb_has_a_manual_that_tells_its_exit_codes(self):
        for line in log.audit("help").stdout.splitlines():
            if line.startswith("  "):
                manual = log.audit(f"help {line.split()[0]}").stdout
                self.assertIn(f"Usage: orrery audit {line.split()[0]}", manual)
                self.assertIn("Exit codes: 0 ", manual.replace("\n", " "))
                self.assertEqual(log.audit(f"{line.split()[0]} --help").stdout, manual)


class Damage(unittest.TestCase):
    def setUp(self):
        self.log = Log("small")
        self.addCleanup(self.log.remove)
        self.log.damage(b"nonce-of-ada")

    def test_a_damaged_record_is_named_and_the_others_are_listed(self):
        for words in ("log --json", "log --json --reverse", f"log --json --stream user:{ADA}"):
            done = self.log.audit(words)
            self.assertEqual(done.returncode, 3, words)
            self.assertIn("The record at position 12 is damaged", done.stderr)
            listed = [json.loads(line)["position"] for line in done.stdout.splitlines()]
            self.assertIn(13, listed)
            self.assertNotIn(12, listed)

    def test_a_damaged_record_is_not_shown(self):
        done = self.log.audit("show 12")
        self.assertEqual((done.returncode, done.stdout), (3, ""))
        self.assertIn("position 12 is damaged", done.stderr)


if __name__ == "__main__":
    tap.main()
