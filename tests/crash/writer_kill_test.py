"""kill -9 of the writer under load, and at any moment of its first start."""
import signal
import sys
import time
import unittest

import crash
import tap

CONNECTIONS, WINDOW = 6, 32
KILLS = 110
LIFE_SECONDS_MAX = 0.25
FIRST_STARTS = 25
FIRST_LIFE_SECONDS_MAX = 0.03


class WriterKill(unittest.TestCase):
    def site(self):
        site = crash.Site()
        self.addCleanup(site.clear)
        return site

    def kill_soon(self, site, writer, seconds):
        """It must have lived until then, or it ended by itself."""
        time.sleep(seconds)
        self.assertIsNone(writer.poll(), site.said())
        self.assertEqual(site.end(writer, signal.SIGKILL), -signal.SIGKILL)

    def test_a_killed_writer_breaks_no_promise_and_keeps_nothing_twice(self):
        chance, site = crash.seeded(), self.site()
        began = time.monotonic()
        load = site.start_load(CONNECTIONS, WINDOW)
        for _ in range(KILLS):
            self.kill_soon(site, site.start("writer"), chance.uniform(0, LIFE_SECONDS_MAX))
            self.assertIsNone(load.poll(), "the load found a broken promise")
        writer = site.start_writer()
        # What was in flight may only bring first answers again; the journal is to hold something new.
        site.let_log_grow(2 * CONNECTIONS * WINDOW)
        print("#", site.finish_load(load))
        self.assertEqual(site.end(writer), 0)
        print("#", site.check())
        decided, lost = site.decide_again()
        self.assertGreater(decided, 0)
        print(f"# {decided} decisions are in the journal and come out the same, {lost} commands were lost from it")
        print(f"# {KILLS} kills in {time.monotonic() - began:.1f} s", flush=True)

    def test_a_first_start_may_be_killed_at_any_moment(self):
        chance = crash.seeded()
        for _ in range(FIRST_STARTS):
            site = crash.Site()
            try:
                self.kill_soon(site, site.start("writer"), chance.uniform(0, FIRST_LIFE_SECONDS_MAX))
                self.kill_soon(site, site.start("writer"), chance.uniform(0, FIRST_LIFE_SECONDS_MAX))
                load = site.start_load(connections=1, window=4)
                writer = site.start_writer()
                site.finish_load(load)
                self.assertEqual(site.end(writer), 0)
                site.check()
            finally:
                site.clear()


if __name__ == "__main__":
    tap.main()
