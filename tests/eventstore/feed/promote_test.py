"""orrery promote: a follower's copy takes over, and the old writer is refused. The real programs on one machine, each
host a folder of its own."""
import json
import os
import shutil
import signal
import unittest
import urllib.error
import urllib.request

import crash
import place
import tap

BEFORE, LOST, AFTER = 300, 100, 200


class Promoting(unittest.TestCase):
    def host(self):
        host = place.Host()
        self.addCleanup(host.clear)
        return host

    def followed(self, *more):
        """A writer with a feed, and a copy that has all of it."""
        old, new = self.host(), self.host()
        old.start_writer()
        old.let_in(new, keys=bool(more))
        old.start_feed()
        follower = new.follow(old, *more)
        follower.wait_until(old.grow(BEFORE))
        self.assertEqual(follower.end(), 0)
        return old, new

    def lose(self, host):
        """The machine is gone in the midst of things."""
        for process in host.running:
            if process.poll() is None:
                host.end(process, signal.SIGKILL)

    def promoted(self):
        """The old writer goes on a while unseen, is lost, and the copy takes over."""
        old, new = self.followed()
        parting = len(new.events())
        old.grow(LOST)
        self.lose(old)
        new.copy_of(old, "keys", "master.key")
        said = new.orrery("promote", new.data)
        self.assertIn(f"Epoch 2 begins at position {parting + 1}.", said)
        return old, new, parting

    def test_the_copy_goes_on_where_it_was_and_all_of_it_verifies(self):
        old, new, parting = self.promoted()
        head = new.write(AFTER)
        self.assertGreaterEqual(head, parting + AFTER)
        self.assertEqual(new.events()[:parting], old.events()[:parting])
        self.assertIn("No findings", new.orrery("audit", "verify", "--full"))
        self.assertIn("/log/2+", new.log_key())
        new.start_writer()
        opened = new.orrery("audit", "log", "--type", "user_registered", "--limit", "1", "--json", "--unseal",
                            "--reason", "to see that the vault came along")
        self.assertEqual(json.loads(opened)["fields"]["name"], "Person under load")

    def test_a_stand_by_with_keys_needs_the_master_key_alone(self):
        old, new = self.followed("--with-keys")
        self.lose(old)
        shutil.copy(old.data + "/master.key", new.data)
        new.orrery("promote", new.data)
        new.write(AFTER)
        self.assertEqual(set(new.names()) - {None}, {"Person under load"})
        self.assertIn("No findings", new.orrery("audit", "verify", "--full"))

    def test_a_vault_that_was_copied_in_part_is_not_promoted(self):
        old, new = self.host(), self.host()
        old.start_writer()
        old.let_in(new, keys=True)
        head = old.grow(8000)
        old.start_feed()
        follower = new.follow(old)
        follower.wait_until(head)
        follower.end()
        passed = []

        def cut_among_the_keys(piece):
            passed.append(len(piece))
            return piece if sum(passed) < 140_000 else None

        proxy = place.Proxy(old.port, cut_among_the_keys)
        self.addCleanup(proxy.close)
        follower = new.follow(old, "--with-keys", port=proxy.port)
        follower.wait_for("lost")
        follower.end()
        shutil.copy(old.data + "/master.key", new.data)
        self.assertIn("was not copied to its end", new.orrery("promote", new.data, code=1))
        follower = new.follow(old, "--with-keys")
        follower.wait_until(old.grow(10))
        follower.end()
        new.orrery("promote", new.data)

    def test_followers_go_over_and_refuse_the_old_writer_from_then_on(self):
        old, new, parting = self.promoted()
        other = self.host()
        other.copy_of(new, "log")
        for host in (old, new):
            host.let_in(other, "other")
        head = new.write(AFTER)
        feed = new.start_feed()
        follower = other.follow(new)
        follower.wait_until(head)
        self.assertEqual((follower.news[-1]["epoch"], follower.end()), (2, 0))
        self.assertEqual(other.events(), new.events())
        old.start_writer()
        old.start_feed()
        code, news = other.follow(old).refusal()
        self.assertEqual(code, 3)
        self.assertIn("epoch 1 and the copy has seen epoch 2: another writer has taken over", news["sentence"])
        self.assertTrue(old.told("epoch_is_over"))
        self.assertEqual(other.events(), new.events())
        code, news = other.follow(new, log_key=old.log_key()).refusal()
        self.assertEqual(code, 3)
        self.assertIn("none of the keys", news["sentence"])

    def test_the_old_writers_folder_is_told_where_it_parts(self):
        old, new, parting = self.promoted()
        new.let_in(old, "old", keys=True)
        new.write(AFTER)
        new.start_feed()
        code, news = old.follow(new, "--with-keys").refusal()
        self.assertEqual(code, 3)
        self.assertIn(f"the same up to position {parting} and differ from {parting + 1} on", news["sentence"])

    def test_the_api_does_not_speak_to_the_old_writer(self):
        old, new, parting = self.promoted()
        old.start_writer()
        for host, expected in ((old, 202), (new, 503)):
            address = f"127.0.0.1:{crash.free_port()}"
            api = host.start("api", ORRERY_LISTEN=address, ORRERY_SOCKET=old.socket, ORRERY_PG="host=/nowhere")
            self.assertEqual(self.register(address), expected)
            self.assertEqual(host.told("writer_distrusted"), expected == 503)
            host.end(api)

    def register(self, address):
        body = json.dumps({"email": "ada@example.org", "password": "a long enough password", "name": "Ada",
                           "locale": "en", "region": "GB"}).encode()
        request = urllib.request.Request(f"http://{address}/api/v1/users", body,
                                         {"Content-Type": "application/json", "Idempotency-Key": "1" * 16})
        codes = []

        def answered():
            try:
                codes.append(urllib.request.urlopen(request, timeout=10).status)
            except urllib.error.HTTPError as error:
                codes.append(error.code)
            except OSError:
                return False
            return True

        crash.wait_for(answered, "the API answers")
        return codes[-1]

    def end_writer(self, host):
        self.assertEqual(host.end(host.start_writer()), 0)

    def test_what_is_not_ready_is_not_promoted(self):
        old, new = self.followed()
        before = new.events()
        follower = new.follow(old)
        follower.wait_for("live")
        self.assertIn("runs on", new.orrery("promote", new.data, code=1))
        follower.end()
        self.assertIn("holds no vault", new.orrery("promote", new.data, code=1))
        self.assertIn("There is no log", new.orrery("promote", self.host().data, code=1))
        empty = self.host()
        self.end_writer(empty)
        self.assertIn("holds no event", empty.orrery("promote", empty.data, code=1))
        new.copy_of(old, "keys", "master.key")
        other = self.host()
        other.write(BEFORE + 200)
        shutil.copy(other.data + "/checkpoint", new.data)
        self.assertIn("another past", new.orrery("promote", new.data, code=1))
        self.assertEqual(new.events(), before)

    def test_orrery_up_serves_the_promoted_copy(self):
        old, new, parting = self.promoted()
        os.chmod(new.folder, 0o711)
        os.chmod(new.data, 0o711)
        address = f"127.0.0.1:{crash.free_port()}"
        up = new.start("orrery", "up", ORRERY_LISTEN=address)
        self.assertTrue(up.stdout.readline().startswith(b"Orrery is ready"), new.said())
        self.assertEqual(self.register(address), 202)
        crash.wait_for(lambda: not any(json.loads(new.orrery("status", "--json"))["lag"].values()), "the read models")
        self.assertTrue(new.answers(), "the feed runs too")
        self.assertEqual(new.end(up), 0)
        link = new.data + "/postgres"
        if os.path.islink(link):
            shutil.rmtree(os.readlink(link))
        self.assertIn("No findings", new.orrery("audit", "verify", "--full"))


if __name__ == "__main__":
    tap.main()
