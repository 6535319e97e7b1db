"""A host of its own, as far as a data folder makes one: a log that is written and fed, or a copy that follows."""
import contextlib
import itertools
import json
import os
import pathlib
import shutil
import socket
import subprocess
import threading

import crash

names = itertools.count()
ORRERY = crash.BUILD / crash.PROGRAMS["orrery"]


class Follower:
    """`orrery follow`, and what it has told."""

    def __init__(self, host, process):
        self.host, self.process, self.news = host, process, []
        self.reading = threading.Thread(target=self.read)
        self.reading.start()

    def read(self):
        for line in self.process.stdout:
            self.news.append(json.loads(line))

    def last(self, name):
        return next((one for one in reversed(self.news) if one["event"] == name), None)

    def position(self):
        return self.news[-1]["position"] if self.news else 0

    def wait_for(self, name):
        crash.wait_for(lambda: self.last(name) or self.process.poll() is not None, f"the follower says {name}")
        return self.last(name)

    def wait_until(self, position, verified=True):
        def there():
            return self.news and self.news[-1]["verified" if verified else "position"] >= position

        crash.wait_for(lambda: there() or self.process.poll() is not None, f"the copy reaches {position}")
        if not there():
            raise AssertionError(f"{self.news[-3:]} {self.host.said()}")

    def end(self, number=15):
        code = self.host.end(self.process, number)
        self.reading.join()
        return code

    def refusal(self):
        """It ends by itself, with a sentence."""
        code = self.process.wait(crash.PATIENCE_SECONDS)
        self.reading.join()
        return code, self.last("refused")


class Host(crash.Site):
    def __init__(self, folder=None):
        super().__init__(folder)
        os.makedirs(self.data, exist_ok=True)
        self.port = crash.free_port()
        self.settings["ORRERY_FEED_LISTEN"] = f"127.0.0.1:{self.port}"

    def orrery(self, *words, code=0):
        clean = {key: value for key, value in os.environ.items() if not key.startswith("ORRERY_")}
        done = subprocess.run([ORRERY, *words], env={**clean, **self.settings}, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL)
        if done.returncode != code:
            raise AssertionError(f"{words} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout if code == 0 else done.stdout + done.stderr

    def told(self, what):
        """Did any of its programs say this?"""
        return f'"what":"{what}"' in pathlib.Path(self.aside, "log").read_text()

    def events(self):
        return self.orrery("events").splitlines()

    def names(self):
        """What each registration says, opened as far as the vault here goes."""
        lines = self.orrery("audit", "log", "--type", "user_registered", "--json", "--unseal", "--reason", "a test",
                            "--offline").splitlines()
        return [json.loads(line)["fields"]["name"] for line in lines]

    # A log that is fed ----------------------------------------------------------------------------------------------

    def start_feed(self):
        feed = self.start("feed")
        crash.wait_for(lambda: feed.poll() is not None or self.answers(), "the feed")
        if feed.poll() is not None:
            raise AssertionError(f"the feed ended with {feed.returncode}: {self.said()}")
        return feed

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def let_in(self, follower, name="stand-by", keys=False):
        self.orrery("keys", "feed-add-keys" if keys else "feed-add", name,
                    follower.orrery("follow", follower.data, "--show-key").strip())

    def feed_key(self):
        return self.orrery("keys", "feed").split()[0]

    def log_key(self):
        return self.orrery("keys", "log").split()[0]

    def grow(self, events):
        """So many more events at least, from a writer that runs; the head."""
        goal = self.head() + events
        load = self.start_load(name=f"p{next(names)}")
        crash.wait_for(lambda: self.head() >= goal, "events")
        self.finish_load(load)
        os.unlink(self.promises)
        return self.head()

    def head(self):
        return json.loads(self.orrery("status", "--json"))["stats"]["head"]

    def write(self, events):
        """The same from a writer of its own."""
        writer = self.start_writer()
        head = self.grow(events)
        if self.end(writer) != 0:
            raise AssertionError(self.said())
        return head

    # A copy ---------------------------------------------------------------------------------------------------------

    def follow(self, source, *more, port=None, key=None, log_key=None):
        words = ["--from", f"127.0.0.1:{port or source.port}", "--key", key or source.feed_key(),
                 "--log-key", log_key or source.log_key(), "--json", *more]
        return Follower(self, self.start("orrery", "follow", self.data, *words))

    def copy_of(self, other, *names):
        """As from a backup: these folders and files of another host's data, whose writer has ended."""
        for name in names:
            path = pathlib.Path(other.data, name)
            (shutil.copytree if path.is_dir() else shutil.copy)(path, pathlib.Path(self.data, name))


class Proxy:
    """A bad network between a follower and its feed: `harm(bytes)` may change or shorten what passes, wait, or give
    None to cut the line."""

    def __init__(self, port, harm):
        self.target, self.harm = port, harm
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                near = self.door.accept()[0]
                try:
                    far = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    near.close()
                    continue
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self.carry, args=(one, other), daemon=True).start()

    def carry(self, one, other):
        with contextlib.suppress(OSError):
            while piece := one.recv(65536):
                piece = self.harm(piece)
                if piece is None:
                    break
                other.sendall(piece)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.door.shutdown(socket.SHUT_RDWR)
        self.door.close()
