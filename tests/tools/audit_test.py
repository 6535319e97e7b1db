"""orrery audit: which events it lists and shows, in which form, and what it makes of what is wrong.

Usage: audit_test.py ORRERY HISTORY"""
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import tap
from audit_stage import ADA, BOB, CLEAN, EVE, HISTORY, Log, ORRERY, SESSION, TRACE, in_stream, on_terminal

log = Log("small")


def tearDownModule():
    log.remove()


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

    def test_a_moment_may_be_a_day_or_how_long_ago(self):
        everything = log.events()
        for since in ("2026-01-02", "200000h", "9000d", "1200w"):
            self.assertEqual(log.lines(f"log --json --since {since}"), everything, since)
        for since in ("2026-01-03", "1s", "2m"):
            self.assertEqual(log.lines(f"log --json --since {since}"), [], since)

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
        said = on_terminal(log, "log --no-pager", columns=130)
        self.assertIn("\033[", said)
        plain = on_terminal(log, "log --no-pager", columns=130, NO_COLOR="1")
        self.assertNotIn("\033", plain)
        self.assertIn("…", plain)
        self.assertEqual(len(plain.splitlines()), 1 + len(log.events()))
        self.assertLessEqual(max(map(len, plain.splitlines())), 130)

    def test_a_table_fits_any_terminal_and_is_cut_no_more_than_it_must(self):
        wide = on_terminal(log, "log --no-pager", columns=400, NO_COLOR="1")
        self.assertEqual(wide.splitlines(), log.audit("log").stdout.splitlines())
        for columns in (60, 80, 100, 123, 124, 159, 160, 200):
            lines = on_terminal(log, "log --no-pager", columns=columns, NO_COLOR="1").splitlines()
            self.assertEqual(len(lines), 1 + len(log.events()))
            self.assertLessEqual(max(map(len, lines)), columns)
            self.assertIn("…", "".join(lines))
            self.assertEqual("ACTOR" in lines[0], columns >= 124)
            for line, event in zip(lines[1:], log.events()):
                self.assertIn(event["event"][:7], line)
                self.assertIn(event["streams"][0]["id"][-12:], line)

    def test_on_a_terminal_a_pager_is_used_unless_told_not_to(self):
        pager = "sed 's/^/paged: /'"
        self.assertTrue(on_terminal(log, "log", PAGER=pager).startswith("paged: "))
        self.assertNotIn("paged: ", on_terminal(log, "log --no-pager", PAGER=pager))
        self.assertNotIn("paged: ", on_terminal(log, "log", PAGER=""))
        self.assertNotIn("paged: ", on_terminal(log, "log --json", PAGER=pager))

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


class Names(unittest.TestCase):
    """Of commands: the log keeps ids, the journal knows names."""

    def test_the_name_of_a_command_comes_from_the_journal(self):
        names = {event["position"]: log.lines(f"show {event['position']} --json")[0]["command_name"]
                 for event in log.events()}
        self.assertEqual([names[position] for position in (1, 2, 8, 9, 19)],
                         ["register_user", "verify_email", "suspend_user", "suspend_user", "unlink_wallet"])
        self.assertEqual(len(names), 19)

    def test_without_a_journal_everything_else_is_told(self):
        bare = Log("small")
        try:
            named = bare.lines("show 8 --json")[0]
            shutil.rmtree(pathlib.Path(bare.folder, "journal"))
            [told] = bare.lines("show 8 --json")
            self.assertEqual(told, {name: value for name, value in named.items() if name != "command_name"})
            self.assertEqual(bare.audit(f"who {ADA} --json").returncode, 0)
        finally:
            bare.remove()

    def test_among_many_decisions_the_right_one_is_found(self):
        many = Log("3000")
        try:
            for position in (1, 19, 20, 1500, 3019):
                [told] = many.lines(f"show {position} --json")
                expected = {1: "register_user", 19: "unlink_wallet"}.get(position, "change_profile")
                self.assertEqual(told["command_name"], expected)
        finally:
            many.remove()


class WrongInput(unittest.TestCase):
    def test_it_gets_one_sentence_and_code_2(self):
        for words in ("dance", "log now", "log --from 0", "log --from ten", "log --limit", "log --frm 1", "log --type",
                      "log --type dancing", "log --stream user", "log --stream planet:" + ADA, "log --stream user:x",
                      "log --actor Ada", "log --command 7", "log --since yesterday", "log --until 99x",
                      "log --format xml", "log --reverse --follow", "show", "show 0", "show one", "show 1 2",
                      "stats now", "export now", "export --format xml", "export --at 0", "export --resume",
                      "export --json",
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

    def test_a_damaged_record_is_left_out_of_an_export_and_missed_in_its_manifest(self):
        with tempfile.TemporaryDirectory() as folder:
            done = self.log.audit(f"export --to {folder}")
            self.assertEqual(done.returncode, 3)
            self.assertIn("position 12 is damaged", done.stderr)
            manifest = json.loads(pathlib.Path(folder, "events.jsonl.manifest.json").read_text())
            self.assertEqual((manifest["position"], manifest["count"]), (19, 18))


class BrokenFile(unittest.TestCase):
    def test_a_file_that_is_cut_short_is_told(self):
        short = Log("20000")
        try:
            path = pathlib.Path(short.folder, "log", "data.mdb")
            whole = path.read_bytes()
            path.write_bytes(whole[:256 * 1024])
            for words in ("log --json", "stats", f"who {ADA}", "export"):
                done = short.audit(words)
                self.assertEqual(done.returncode, 3, words)
                self.assertIn("cut short", done.stderr, words)
        finally:
            short.remove()


class BrokenHeader(unittest.TestCase):
    def test_a_record_that_cannot_be_read_is_named_by_what_reads_everything(self):
        broken = Log("small")
        try:
            # The format byte of the record in front of the fixed command id of position 12.
            path = pathlib.Path(broken.folder, "log", "data.mdb")
            data = bytearray(path.read_bytes())
            command = bytes.fromhex("019b000000007c00000000000000c00b")
            at = data.index(command) - 40
            self.assertEqual(data[at], 1)
            data[at] = 99
            path.write_bytes(data)
            for words in ("stats", f"who {ADA}", "log --json", "log --json --reverse",
                          f"log --json --stream user:{ADA}"):
                done = broken.audit(words)
                self.assertEqual(done.returncode, 3, words)
                self.assertIn("osition 12", done.stderr, words)
            self.assertEqual(json.loads(broken.audit("stats --json").stdout.splitlines()[0])["events"], 18)
        finally:
            broken.remove()


if __name__ == "__main__":
    tap.main()
