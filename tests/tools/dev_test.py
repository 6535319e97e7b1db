"""tools/dev: what it says, and its set-up, with a pretended apt-get in a bare folder of programs."""
import os
import pathlib
import subprocess
import tempfile
import unittest

import tap

DEV = pathlib.Path(__file__).parents[2] / "tools/dev"


class Dev(unittest.TestCase):
    def dev(self, *words, **variables):
        return subprocess.run([DEV, *words], capture_output=True, text=True, env={**os.environ, **variables})

    def bare_machine(self, *programs):
        """A PATH with a shell's own needs and nothing to build with."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name in ["bash", "env", "sort", "dirname", "sed", "expand", *programs]:
            os.symlink(f"/usr/bin/{name}", f"{folder.name}/{name}")
        return folder.name

    def pretend(self, folder, name, script):
        path = pathlib.Path(folder, name)
        path.write_text("#!/bin/bash\n" + script)
        path.chmod(0o755)

    def test_without_a_word_it_lists_its_verbs(self):
        done = self.dev()
        self.assertEqual(done.returncode, 0)
        for verb in ["run", "build", "test", "bench", "golden", "fmt", "tidy", "fuzz", "sim", "clean"]:
            self.assertRegex(done.stdout, rf"(?m)^  {verb} +\w")

    def test_an_unknown_word_is_a_failure(self):
        self.assertNotEqual(self.dev("dance").returncode, 0)

    def test_missing_packages_are_installed_by_their_debian_names(self):
        folder = self.bare_machine()
        self.pretend(folder, "id", "echo 0\n")
        self.pretend(folder, "apt-get", 'echo "apt-get $*"; [ "$1" = update ]\n')
        done = self.dev("build", PATH=folder)
        self.assertNotEqual(done.returncode, 0)  # the pretended install fails, and nothing goes on from there
        self.assertIn("apt-get update", done.stdout)
        line = [line for line in done.stdout.splitlines() if line.startswith("apt-get install")][0]
        for package in ["gcc", "meson", "ninja-build", "liblmdb-dev", "libh2o-evloop-dev", "libmsgpack-dev"]:
            self.assertIn(package, line.split())
        self.assertNotIn("clang", line.split())

    def test_without_root_and_sudo_it_says_what_to_install(self):
        folder = self.bare_machine()
        self.pretend(folder, "id", "echo 1000\n")
        self.pretend(folder, "apt-get", "echo must not run; exit 1\n")
        done = self.dev("build", PATH=folder)
        self.assertEqual(done.returncode, 1)
        self.assertIn("As root: apt-get install", done.stderr)
        self.assertNotIn("must not run", done.stdout)

    def test_with_sudo_it_asks_sudo(self):
        folder = self.bare_machine()
        self.pretend(folder, "id", "echo 1000\n")
        self.pretend(folder, "apt-get", "exit 1\n")
        self.pretend(folder, "sudo", 'echo "sudo $*"; exit 1\n')
        self.assertIn("sudo apt-get update", self.dev("build", PATH=folder).stdout)


if __name__ == "__main__":
    tap.main()
