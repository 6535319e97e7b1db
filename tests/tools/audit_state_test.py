"""orrery audit: what became of streams, who did it, and how much there is.

Usage: audit_state_test.py ORRERY HISTORY"""
import json
import unittest

import tap
from audit_stage import ADA, BOB, EVE, Log, SESSION, in_stream

log = Log("small")


def tearDownModule():
    log.remove()


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
        return [event for event in log.lines(f"who {person} --json") if "position" in event]

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

    def test_what_was_refused_comes_from_the_journal(self):
        [refused] = [line for line in log.lines(f"who {ADA} --json") if line.get("section") == "refused"]
        self.assertEqual((refused["command_name"], refused["refusal"], refused["head"]),
                         ("suspend_user", "self_suspension", len(log.events())))
        self.assertNotIn("refused", [line.get("section") for line in log.lines(f"who {BOB} --json")])

    def test_an_id_in_a_field_alone_names_the_person_too(self):
        refreshed = [event for event in self.told(ADA) if event["event"] == "session_refreshed"]
        self.assertEqual([in_stream(event, ADA) for event in refreshed], [False])


class Statistics(unittest.TestCase):
    def lines_of(self, what, name):
        return {line[name]: line["events"] for line in log.lines("stats --json") if line["of"] == what}

    def counted(self, keys):
        counts = {}
        for key in keys:
            counts[key] = counts.get(key, 0) + 1
        return counts

    def test_they_count_what_there_is(self):
        events = log.events()
        self.assertEqual(self.lines_of("type", "event"), self.counted(event["event"] for event in events))
        self.assertEqual(self.lines_of("day", "day"), self.counted(event["time"][:10] for event in events))
        streams = [(one["noun"], one["id"]) for event in events for one in event["streams"]]
        self.assertEqual(self.lines_of("noun", "noun"), self.counted(noun for noun, _ in streams))
        self.assertEqual(self.lines_of("stream", "id"), self.counted(stream for _, stream in streams))
        nouns = {line["noun"]: line["streams"] for line in log.lines("stats --json") if line["of"] == "noun"}
        self.assertEqual(nouns, self.counted(noun for noun, _ in set(streams)))
        [total] = [line for line in log.lines("stats --json") if line["of"] == "all"]
        self.assertEqual((total["events"], total["first"], total["last"]),
                         (len(events), min(event["time"] for event in events), max(event["time"] for event in events)))

    def test_bytes_of_types_add_up(self):
        lines = log.lines("stats --json")
        self.assertEqual(sum(line["bytes"] for line in lines if line["of"] == "type"), lines[0]["bytes"])
        self.assertTrue(0 < lines[0]["payload_bytes"] < lines[0]["bytes"])


if __name__ == "__main__":
    tap.main()
