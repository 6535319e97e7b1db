#!/usr/bin/env python3
"""Following a log over TCP: how fast a copy catches up, and how far it lags behind a writer under load.

The log has half a million events, or as many as EVENTS says. Beside the catching up stands a backup of the same log,
which reads, hashes and writes the same records without a feed, encryption and an index. The lag of an event is counted
from its decision in the writer until it is on the copy's disk: two syncs lie in it, the writer's and the follower's."""
import json
import os
import shutil
import subprocess
import time

import rounds
import stage
from rounds import Cell, Measure

EVENTS = int(os.environ.get("EVENTS", "500000"))
PEOPLE = 1000
SHAPES = [(1, 1), (8, 8)]


class Feed:
    """A writer and a feed on a long log."""

    def __init__(self, place):
        self.place, self.folder = place, place.place("log")
        self.orrery, self.load = place.built("tools/orrery"), place.built("tests/bench/append_load")
        self.scan = place.built("tests/bench/log_load")
        self.made = json.loads(stage.output_of(self.scan, "make", self.folder, EVENTS))
        self.port, self.socket = stage.free_port(), self.folder / "writer.sock"
        self.settings = {"ORRERY_DATA": str(self.folder), "ORRERY_FEED_LISTEN": f"127.0.0.1:{self.port}",
                         "ORRERY_LOG_LEVEL": "warn"}
        place.start_and_wait(place.built("commands/orrery-writer"), environment=self.settings,
                             ready=lambda: stage.accepts(self.socket))
        self.process = place.start_and_wait(place.built("eventstore/feed/orrery-feed"), environment=self.settings,
                                            ready=lambda: stage.accepts(("127.0.0.1", self.port)))
        self.key, self.log_key = (self.say("keys", word).split()[0] for word in ("feed", "log"))
        self.copy = place.place("copy")
        self.say("keys", "feed-add", "copy", self.say("follow", self.copy, "--show-key").strip())

    def say(self, *words):
        return stage.output_of(self.orrery, *words, env={**os.environ, **self.settings})

    def follow(self):
        return subprocess.Popen([self.orrery, "follow", self.copy, "--from", f"127.0.0.1:{self.port}", "--key",
                                 self.key, "--log-key", self.log_key, "--json"], stdout=subprocess.PIPE, text=True)

    def until(self, follower, reached):
        """The news that says so, and the seconds it took."""
        began = time.monotonic()
        for line in follower.stdout:
            news = json.loads(line)
            if reached(news):
                return news, time.monotonic() - began
        raise stage.Failure("The follower ended.")

    def catch_up(self, seconds):
        for name in ("log", "index", "checkpoint"):
            path = self.copy / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        follower = self.follow()
        news, took = self.until(follower, lambda news: news["event"] == "live")
        self.until(follower, lambda news: news["verified"] >= news["position"])
        self.place.stop(follower)
        return Measure(news["position"] / took, news["position"], cpu_us=0)

    def backup(self, seconds):
        target, began = self.folder.parent / "backup", time.monotonic()
        self.say("backup", target)
        took = time.monotonic() - began
        shutil.rmtree(target)
        return Measure(EVENTS / took, EVENTS, cpu_us=0)

    def live(self, connections, depth):
        def run(seconds):
            follower = self.follow()
            self.until(follower, lambda news: news["event"] == "live")
            milliseconds = round(seconds * 1000)
            watch = subprocess.Popen([self.scan, "lag", self.copy, str(milliseconds)], stdout=subprocess.PIPE)
            stage.output_of(self.load, self.socket, "load", PEOPLE, connections, depth, milliseconds)
            said = json.loads(watch.communicate()[0])
            self.place.stop(follower)
            return Measure(said["rate"], said["count"], said["p50_us"] / 1000, said["p99_us"] / 1000)

        return run


def prepare(place):
    global feed
    feed = Feed(place)
    stage.output_of(feed.load, feed.socket, "people", PEOPLE)
    return [Cell("catch up", "Orrery, follow from nothing", feed.catch_up, [], ours=True),
            Cell("catch up", "Orrery, backup of the same log", feed.backup, []),
            *(Cell(f"live, {connections * depth} in flight", "Orrery, lag of the copy",
                   feed.live(connections, depth), [feed.process.pid], ours=True) for connections, depth in SHAPES)]


def notes(place):
    return [f"The log: {feed.made['count']:,} events, made at {feed.made['rate']:,} a second. Writer, feed, follower "
            "and load share the machine and its disk. CPU µs: the feed's for one event."]


if __name__ == "__main__":
    rounds.main("follow", "per second", prepare, notes)
