"""tools/tidy.py finds each thing it is meant to find, and nothing in a tree that is as it should be."""
import contextlib
import io
import pathlib
import sys
import tempfile
import unittest

import tap

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tools"))
import tidy  # noqa: E402

HEADER = "/* A seat. */\n#ifndef ORRERY_SEAT_H\n#define ORRERY_SEAT_H\n%s#endif\n"

GOOD = {
    "eventstore/base/bytes.h": HEADER.replace("SEAT", "BYTES") % "#include <stdint.h>\n",
    "eventstore/disk/kv.c": "#include <lmdb.h>\n",
    "commands/seat.h": HEADER % '#include "eventstore/base/bytes.h"\n',
    "commands/seat.c": '#include "commands/seat.h"\n#include "schema/events.h"\n\nint seat(void)\n{\n\treturn 1;\n}\n',
    "tools/seat.py": "def seat():\n    return 'https://example.org/var/lib'\n",
    "tests/commands/seat_test.c": '#include "commands/seat.h"\n\n#include <cmocka.h>\n',
}


def findings(rule, files=None):
    """Where the rule finds something in the good tree with these files beside or instead."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (GOOD | (files or {})).items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return [(name, line) for name, line, _ in rule(tidy.Tree(pathlib.Path(folder)))]


class Tidy(unittest.TestCase):
    def refuses(self, rule, name, text, line=1):
        self.assertEqual(findings(rule, {name: text}), [(name, line)])

    def test_a_good_tree_passes_every_rule(self):
        for rule in tidy.RULES:
            self.assertEqual(findings(rule), [], rule.__name__)

    def test_an_empty_tree_is_a_failure(self):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as said:
            self.assertEqual(tidy.main(folder), 1)
        self.assertIn("Bail out!", said.getvalue())

    def test_an_upward_include_is_found(self):
        self.refuses(tidy.rule_floors, "eventstore/log/log.c", '\n#include "commands/seat.h"\n', 2)

    def test_a_sideways_include_is_found(self):
        self.refuses(tidy.rule_floors, "projections/fold.c", '#include "commands/seat.h"\n')

    def test_the_arithmetic_of_learning_knows_neither_the_log_nor_deciders(self):
        self.refuses(tidy.rule_floors, "commands/learning/mark.c", '#include "commands/seat.h"\n')
        self.refuses(tidy.rule_floors, "commands/learning/mark.c", '#include "eventstore/log/log.h"\n')
        for floor in ("commands/other.c", "api/mark.c", "subscribers/mark.c"):
            self.assertEqual(findings(tidy.rule_floors, {floor: '#include "commands/learning/mark.h"\n'}), [])

    def test_the_ground_floor_includes_nothing_generated(self):
        self.refuses(tidy.rule_floors, "eventstore/base/arena.c", '#include "schema/events.h"\n')

    def test_an_include_that_is_not_written_from_the_root_is_found(self):
        self.refuses(tidy.rule_floors, "commands/other.c", '#include "seat.h"\n')

    def test_a_vendor_header_outside_its_door_is_found(self):
        self.refuses(tidy.rule_doors, "eventstore/log/log.c", "#include <lmdb.h>\n")

    def test_an_unknown_vendor_header_is_found(self):
        self.refuses(tidy.rule_doors, "eventstore/log/log.c", "#include <wslay/wslay.h>\n")

    def test_a_circle_of_headers_is_found(self):
        there = HEADER % '#include "commands/there.h"\n'
        back = HEADER.replace("SEAT", "THERE") % '#include "commands/seat.h"\n'
        found = findings(tidy.rule_cycles, {"commands/seat.h": there, "commands/there.h": back})
        self.assertEqual(found, [("commands/seat.h", 1), ("commands/there.h", 1)])

    def test_a_long_c_function_is_found_and_one_of_60_lines_is_not(self):
        for body, expected in [(57, []), (58, [("commands/long.c", 2)])]:
            text = "int seat(void)\n{\n" + "\tseat();\n" * body + "}\n"
            self.assertEqual(findings(tidy.rule_lengths, {"commands/long.c": text}), expected)

    def test_a_long_python_function_is_found(self):
        self.refuses(tidy.rule_lengths, "tools/long.py", "def seat():\n" + "    seat()\n" * 60)

    def test_a_file_called_after_nothing_is_found(self):
        self.refuses(tidy.rule_names, "commands/seat_helper.c", "")

    def test_a_folder_called_after_nothing_is_found(self):
        self.refuses(tidy.rule_names, "commands/utils/seat.c", "")

    def test_a_wide_line_is_found_and_tabs_count_eight(self):
        self.refuses(tidy.rule_columns, "commands/wide.c", "\n\t" + "x" * 113 + "\n", 2)
        self.assertEqual(findings(tidy.rule_columns, {"commands/wide.c": "\t" + "x" * 112}), [])

    def test_a_header_without_a_comment_is_found(self):
        self.refuses(tidy.rule_headers, "commands/bare.h", "#ifndef ORRERY_BARE_H\n#define ORRERY_BARE_H\n#endif\n")

    def test_a_header_without_a_guard_is_found(self):
        self.refuses(tidy.rule_headers, "commands/bare.h", "/* Bare. */\n#include <stdio.h>\n")

    def test_a_c_file_whose_own_header_is_not_first_is_found(self):
        self.refuses(tidy.rule_own_header, "commands/seat.c", '#include <stdio.h>\n#include "commands/seat.h"\n')

    def test_a_promise_to_do_it_later_is_found(self):
        for word in ["TO" + "DO", "FIX" + "ME", "X" * 3]:
            self.refuses(tidy.rule_promises, "commands/later.c", f"/* {word}: later */\n")

    def test_code_in_a_comment_is_found(self):
        self.refuses(tidy.rule_dead_code, "commands/dead.c", "\n// seat = 1;\n", 2)
        self.refuses(tidy.rule_dead_code, "commands/dead.c", "#if 0\n")

    def test_a_path_of_one_machine_is_found(self):
        self.refuses(tidy.rule_machine_paths, "NOTES.md", "see /ho" + "me/ada/orrery\n")


if __name__ == "__main__":
    tap.main()
