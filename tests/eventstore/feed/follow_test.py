"""orrery-feed, orrery follow and orrery promote: the real programs on one machine, each host a folder of its own."""
import json
import os
import pathlib
import shutil
import signal
import threading
import time
import unittest

import crash
import place
import tap

KILLS = 24
LIFE_SECONDS_MAX = 0.4
ANON_GROWTH_MAX_KB = 6 * 1024


class Feeding(unittest.TestCase):
    def host(self):
        host = place.Host()
        self.addCleanup(host.clear)
        return host

    def fed(self, keys=False):
        """A writer and a feed that lets a follower in, and that follower's host."""
        source, copy = self.host(), self.host()
        writer = source.start_writer()
        source.let_in(copy, keys=keys)
        return source, copy, writer, source.start_feed()

    def assert_same(self, source, copy):
        self.assertEqual(source.events(), copy.events())
        self.assertIn("No findings", copy.orrery("audit", "verify", "--full"))


    def assert_same_vault(self, source, copy):
        """With the master key the copy's vault opens what the source's does, and no more."""
        shutil.copy(source.data + "/master.key", copy.data)
        names = source.names()
        self.assertEqual(copy.names(), names)
        self.assertTrue(None in names and "Person under load" in names, "some were erased and some not")


class Following(Feeding):
    def test_a_copy_catches_up_from_nothing_and_stays_close(self):
        source, copy, writer, feed = self.fed()
        source.grow(3000)
        follower = copy.follow(source)
        self.assertGreaterEqual(follower.wait_for("live")["position"], 3000)
        head = source.grow(3000)
        follower.wait_until(head)
        self.assertEqual(follower.end(), 0)
        self.assert_same(source, copy)

    def test_a_copy_goes_on_from_a_copy_of_the_files(self):
        source, copy = self.host(), self.host()
        head = source.write(500)
        copy.copy_of(source, "log")
        source.start_writer()
        source.let_in(copy)
        source.start_feed()
        goal = source.grow(500)
        follower = copy.follow(source)
        self.assertEqual(follower.wait_for("found")["position"], head)
        follower.wait_until(goal)
        self.assertEqual(follower.end(), 0)
        self.assert_same(source, copy)

    def test_read_models_and_tools_read_the_copy_while_it_grows(self):
        source, copy, writer, feed = self.fed()
        follower = copy.follow(source)
        follower.wait_until(source.grow(500))
        first = json.loads(copy.events()[0])
        stream = first["streams"][0]["id"]
        crash.wait_for(lambda: stream in copy.orrery("audit", "log", "--stream", f"user:{stream}", "--no-pager"),
                       "the stream is found through the copy's own index")

    def test_the_vault_comes_along_and_who_is_erased_is_forgotten_there_too(self):
        source, copy, writer, feed = self.fed(keys=True)
        source.grow(800)
        follower = copy.follow(source, "--with-keys")
        follower.wait_for("live")
        follower.wait_until(source.grow(800))
        self.assertEqual(follower.end(), 0)
        self.assertIn(source.orrery("keys", "feed").splitlines()[1].split()[0],
                      copy.orrery("follow", copy.data, "--show-key"))
        head = source.grow(800)
        follower = copy.follow(source, "--with-keys")
        follower.wait_until(head)
        self.assertEqual((follower.end(), source.end(writer)), (0, 0))
        self.assert_same_vault(source, copy)

    def test_kills_of_feed_and_follower_lose_nothing(self):
        chance = crash.seeded()
        source, copy, writer, feed = self.fed(keys=True)
        load = source.start_load(connections=2, window=16)
        key, log_key, follower = source.feed_key(), source.log_key(), None
        for _ in range(KILLS):
            follower = follower or copy.follow(source, "--with-keys", key=key, log_key=log_key)
            time.sleep(chance.uniform(0, LIFE_SECONDS_MAX))
            if chance.random() < 0.5:
                self.assertEqual(source.end(feed, signal.SIGKILL), -signal.SIGKILL)
                feed = source.start_feed()
            else:
                self.assertEqual(follower.end(signal.SIGKILL), -signal.SIGKILL)
                follower = None
        source.finish_load(load)
        follower = follower or copy.follow(source, "--with-keys", key=key, log_key=log_key)
        follower.wait_until(source.head())
        print(f"# {KILLS} kills, {source.head()} events", flush=True)
        self.assertEqual((follower.end(), source.end(writer)), (0, 0))
        self.assert_same(source, copy)
        self.assert_same_vault(source, copy)

    def test_a_network_that_cuts_delays_and_changes_costs_time_alone(self):
        chance, lock = crash.seeded(), threading.Lock()
        fates = dict.fromkeys(["cut", "shortened", "changed", "late"], 0)

        def harm(piece):
            with lock:
                fate, at = chance.choices([*fates, "none"], [3, 3, 3, 6, 85])[0], chance.randrange(len(piece))
                if fate != "none":
                    fates[fate] += 1
            if fate == "late":
                time.sleep(0.02)
            changed = piece[:at] + bytes([piece[at] ^ 1]) + piece[at + 1:]
            return {"cut": None, "shortened": piece[:at], "changed": changed}.get(fate, piece)

        source, copy, writer, feed = self.fed()
        proxy = place.Proxy(source.port, harm)
        self.addCleanup(proxy.close)
        follower = copy.follow(source, port=proxy.port)
        for _ in range(20):
            head = source.grow(100)
        proxy.harm = lambda piece: piece
        follower.wait_until(head)
        print(f"# {fates}, and {sum(one['event'] == 'lost' for one in follower.news)} lines lost", flush=True)
        self.assertGreater(fates["cut"] + fates["shortened"] + fates["changed"], 0)
        self.assertEqual(follower.end(), 0)
        self.assert_same(source, copy)

    def test_a_slow_follower_costs_the_feed_no_memory(self):
        def anon_kb(process):
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            return int(next(line for line in status.splitlines() if line.startswith("RssAnon")).split()[1])

        source, copy, writer, feed = self.fed()
        follower = copy.follow(source)
        follower.wait_until(source.grow(200))
        before = anon_kb(feed)
        follower.process.send_signal(signal.SIGSTOP)
        head = source.grow(40000)
        after = anon_kb(feed)
        follower.process.send_signal(signal.SIGCONT)
        follower.wait_until(head)
        print(f"# the feed held {before} KiB, and {after} KiB with a follower that took nothing", flush=True)
        self.assertLess(after - before, ANON_GROWTH_MAX_KB)
        self.assertEqual(follower.end(), 0)

    def test_a_second_call_of_the_same_follower_ends_the_first(self):
        source, copy, writer, feed = self.fed()
        first = copy.follow(source)
        first.wait_for("live")
        other = self.host()
        shutil.copy(copy.data + "/follower.key", other.data)
        second = other.follow(source)
        second.wait_for("live")
        self.assertIn("connection was lost", first.wait_for("lost")["sentence"])


class Refusing(Feeding):
    def test_who_is_not_listed_gets_nothing(self):
        source, copy, writer, feed = self.fed()
        source.grow(50)
        stranger = self.host()
        follower = stranger.follow(source)
        self.assertIn("hangs up", follower.wait_for("lost")["sentence"])
        self.assertEqual(follower.position(), 0)
        source.let_in(stranger, "late")
        follower.wait_for("live")
        source.orrery("keys", "feed-remove", "late")
        crash.wait_for(lambda: follower.news[-1]["event"] == "lost", "it is shut out again")
        self.assertEqual(follower.end(), 0)
        self.assertIn("no follower of that name", source.orrery("keys", "feed-remove", "late", code=1))

    def test_keys_are_for_those_alone_who_may_have_them(self):
        source, copy, writer, feed = self.fed()
        source.grow(50)
        code, news = copy.follow(source, "--with-keys").refusal()
        self.assertEqual(code, 3)
        self.assertIn("may not have the keys", news["sentence"])
        follower = copy.follow(source)
        self.assertEqual(follower.process.wait(crash.PATIENCE_SECONDS), 3)
        self.assertTrue(copy.told("vault_would_age"), "a vault that is there must be kept up")

    def test_a_feed_with_another_key_is_not_talked_to(self):
        source, copy, writer, feed = self.fed()
        follower = copy.follow(source, key=self.host().feed_key())
        self.assertIn("hangs up", follower.wait_for("lost")["sentence"])
        self.assertEqual((follower.end(), follower.position()), (0, 0))

    def test_checkpoints_by_another_key_are_refused(self):
        source, copy, writer, feed = self.fed()
        other = self.host()
        other.write(1)
        source.grow(10)
        code, news = copy.follow(source, log_key=other.log_key()).refusal()
        self.assertEqual(code, 3)
        self.assertIn("none of the keys", news["sentence"])

    def forked(self, before, after):
        """Two hosts with one past and the same keys, which went on differently, and where they part."""
        source, twin = self.host(), self.host()
        source.orrery("keys", "feed")
        parting = source.write(before)
        shutil.rmtree(twin.data)
        shutil.copytree(source.data, twin.data)
        source.write(after)
        twin.write(after)
        return source, twin, parting

    def test_a_feed_with_another_past_is_refused_and_the_first_difference_named(self):
        source, twin, parting = self.forked(300, 300)
        copy = self.host()
        for host in (source, twin):
            host.let_in(copy)
        feed = source.start_feed()
        follower = copy.follow(source)
        follower.wait_until(parting + 1)
        follower.end()
        source.end(feed)
        head = len(copy.events())
        twin.start_feed()
        code, news = copy.follow(twin).refusal()
        self.assertEqual(code, 3)
        self.assertIn(f"the same up to position {parting} and differ from {parting + 1} on", news["sentence"])
        self.assertEqual(len(copy.events()), head)

    def test_another_signed_root_for_the_records_that_came_is_a_fork(self):
        source, twin, parting = self.forked(100, 100)
        copy = self.host()
        source.let_in(copy)
        goal = min(len(source.events()), len(twin.events()))
        lie = (twin if len(twin.events()) <= len(source.events()) else source).data + "/checkpoint"
        truth = source if lie.startswith(twin.data) else twin
        if truth is twin:
            twin.let_in(copy)
        shutil.copy(lie, truth.data + "/checkpoint")
        truth.start_feed()
        code, news = copy.follow(truth).refusal()
        self.assertEqual(code, 3)
        self.assertIn(f"checkpoint of {goal} events has another root", news["sentence"])
        self.assertEqual(pathlib.Path(copy.data, "checkpoint.contradiction").read_bytes(),
                         pathlib.Path(lie).read_bytes())

    def test_a_copy_whose_files_were_changed_is_refused(self):
        source, copy, writer, feed = self.fed()
        follower = copy.follow(source)
        follower.wait_until(source.grow(50))
        follower.end()
        other = self.host()
        other.write(60)
        for name in ("log", "index"):
            shutil.rmtree(f"{copy.data}/{name}")
        copy.copy_of(other, "log")
        code, news = copy.follow(source).refusal()
        self.assertEqual(code, 3)
        self.assertIn("contradicts the checkpoint", news["sentence"])


if __name__ == "__main__":
    tap.main()
