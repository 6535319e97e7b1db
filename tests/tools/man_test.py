"""The man pages say what the verbs' manuals say, and troff has nothing to say against them.

Usage: man_test.py ORRERY ORRERY.1 ORRERY-AUDIT.1"""
import pathlib
import re
import subprocess
import sys
import unittest

import tap

ORRERY, PAGES = sys.argv[1], {"orrery": sys.argv[2], "orrery audit": sys.argv[3]}


def rendered(page):
    """As it is read, on very long lines and without overstriking."""
    done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-rLL=9000n", page], capture_output=True, text=True,
                          check=True)
    return re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout), done.stderr


def listed(command):
    text = subprocess.run([*command.split(), "help"], executable=ORRERY, capture_output=True, text=True).stdout
    return re.findall(r"(?m)^  (\S+) +(\S.*)$", text.split("\nPrograms")[0])


def words(text):
    return " ".join(text.replace("`", "").split())


class Pages(unittest.TestCase):
    def test_troff_renders_them_without_a_warning(self):
        for page in PAGES.values():
            text, complaints = rendered(page)
            self.assertEqual(complaints, "")
            self.assertGreater(len(text), 5000)

    def test_they_are_ascii_so_that_any_troff_takes_them(self):
        for page in PAGES.values():
            self.assertTrue(pathlib.Path(page).read_bytes().isascii())

    def test_every_manual_is_there_word_for_word(self):
        for command, page in PAGES.items():
            text = words(rendered(page)[0])
            verbs = [(name, sentence) for name, sentence in listed(command) if name != "help"]
            self.assertGreater(len(verbs), 10)
            for name, sentence in verbs:
                manual = subprocess.run([*command.split(), "help", name], executable=ORRERY, capture_output=True,
                                        text=True).stdout
                self.assertIn(words(sentence), text)
                for line in manual.splitlines():
                    self.assertIn(words(line.removeprefix("Usage: ")), text, f"{command} {name}")


if __name__ == "__main__":
    tap.main()
