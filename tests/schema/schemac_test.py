"""Every mistake a schema can hold is told in one sentence, and what is right becomes C that compiles.

tests/schema/good is a whole small project. Each file in tests/schema/bad is put into a copy of it, and says in its
first line what schemac must say: "# says LINE: sentence" (of itself) or "# says FILE:LINE: sentence".
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "schema"))

import schemac

# Where a bad file goes: beside the good one, or in its place.
PLACES = {".schema": "schema/test.schema", ".sql": "projections/test.sql", ".def": "api/routes.def",
          ".ledger": "schema/ledger.txt"}
C_OPTIONS = ["-std=gnu11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wno-missing-field-initializers"]
SAYS = re.compile(r"^(?:#|--|/\*) says (\S+): (.*?)(?: \*/)?\n")


class Project(unittest.TestCase):
    """Each test has a copy of the good project of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name) / "project"
        self.out = Path(folder.name) / "schema"
        shutil.copytree(HERE / "good", self.root)

    def schemac(self, *words):
        return subprocess.run([sys.executable, ROOT / "schema/schemac.py", "--root", self.root, *words],
                              capture_output=True, text=True)

    def build(self):
        return self.schemac("build", self.out)

    def change(self, name, old, new):
        path = self.root / name
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new))


class Mistakes(Project):
    def test_each_mistake_is_one_sentence_with_its_place(self):
        fixtures = sorted((HERE / "bad").iterdir())
        self.assertGreater(len(fixtures), 70)
        for fixture in fixtures:
            with self.subTest(fixture.name):
                self.setUp()
                place = PLACES[fixture.suffix]
                shutil.copy(fixture, self.root / place)
                where, sentence = SAYS.match(fixture.read_text()).groups()
                with self.assertRaises(SystemExit) as end:
                    schemac.main(["--root", str(self.root), "build", str(self.out)])
                expected = f"{where}: {sentence}" if ":" in where else f"{place}:{where}: {sentence}"
                self.assertEqual(end.exception.code, expected)
                self.assertFalse(self.out.exists(), "nothing is written of a schema that is wrong")

    def test_every_mistake_is_told_at_once_on_lines_of_their_own(self):
        (self.root / "schema/test.schema").write_text("evnt book_read 4\nchoice mood\n")
        result = self.build()
        self.assertEqual(result.returncode, 1)
        places = [line.split(": ")[0] for line in result.stderr.splitlines()]
        self.assertEqual(places, ["schema/test.schema:1", "schema/test.schema:2"])

    def test_a_projection_whose_name_is_no_name_is_told(self):
        shutil.copy(self.root / "projections/shelf.sql", self.root / "projections/Top-shelf.sql")
        sentence = ("projections/Top-shelf.sql:1: a projection's file is called NAME.sql, in small letters and "
                    "without __\n")
        self.assertIn(sentence, self.build().stderr)

    def test_a_query_that_nothing_answers_is_told(self):
        self.change("projections/shelf.sql", "-- query books", "-- lookup books_of (shelf, cursor)")
        self.assertRegex(self.build().stderr, r"^schema/book\.schema:\d+: no projection answers query books ")

    def test_a_place_is_asked_of_one_stream_whose_events_alone_matter(self):
        self.change("schema/book.schema", "query books -> list of book\n  All books.\n",
                    "query books -> list of book\n  All books.\n  as_of    text 1..40 optional format place\n")
        said = self.build().stderr
        self.assertRegex(said, r"schema/book\.schema:\d+: books has a place, so it asks a projection about one stream")
        self.assertRegex(said, r"projections/shelf\.sql:\d+: books has a place, but shelf is not parallel by a stream")


class Ledger(Project):
    def test_ledger_appends_what_is_new_and_keeps_what_was(self):
        before = (self.root / "schema/ledger.txt").read_text()
        (self.root / "schema/test.schema").write_text("event book_read 4\n  It was read.\n  book id of book stream\n")
        self.assertEqual(self.build().returncode, 1)
        self.assertEqual(self.schemac("ledger").returncode, 0)
        after = (self.root / "schema/ledger.txt").read_text()
        self.assertTrue(after.startswith(before))
        self.assertRegex(after[len(before):], r"^event 4 book_read [0-9a-f]{16}\n$")
        self.assertEqual(self.build().returncode, 0)

    def test_ledger_does_not_take_a_changed_event(self):
        before = (self.root / "schema/ledger.txt").read_text()
        for old, new in (("note     text 0..200", "note     text 0..300"), ("due_at   time\n", ""),
                         ("pages u32 1..2000", "pages u32 0..2000"),
                         ("optional  format multiline  personal", "optional  personal")):
            with self.subTest(new):
                self.setUp()
                self.change("schema/book.schema", old, new)
                for verb in (["ledger"], ["build", self.out]):
                    self.assertRegex(self.schemac(*verb).stderr,
                                     r"^schema/book\.schema:\d+: event \d was released as \w+ and has changed")
                self.assertEqual((self.root / "schema/ledger.txt").read_text(), before)

    def test_ledger_lets_a_sentence_change_and_a_word_be_added(self):
        self.change("schema/book.schema", "A book came to the library.", "A book came.")
        self.assertEqual(self.build().returncode, 0)
        self.change("schema/book.schema", "fiction science", "fiction science poetry")
        self.assertEqual(self.build().returncode, 0)
        self.assertEqual(self.schemac("ledger").returncode, 0)
        self.assertIn("choice shelf fiction science poetry\n", (self.root / "schema/ledger.txt").read_text())


class Outputs(Project):
    def read(self, name):
        self.assertEqual(self.build().stderr, "")
        return (self.out / name).read_text()

    def test_c_compiles(self):
        self.read("catalog.c")
        (self.out / "handlers_alone.c").write_text('#include "schema/handlers.h"\n')
        for name in ("catalog.c", "dispatch.c", "projections.c", "openapi.c", "handlers_alone.c"):
            compiler = [os.environ.get("CC", "cc"), *C_OPTIONS, "-fsyntax-only", f"-I{ROOT}", f"-I{self.out.parent}"]
            subprocess.run([*compiler, self.out / name], check=True)

    def test_sql_parameters_are_numbered_but_not_in_literals_casts_and_comments(self):
        sql = self.read("projections.c").replace('\\"', '"')
        self.assertIn("INSERT INTO book (book_id, shelf, version) VALUES ($1, $2, $3)", sql)
        self.assertIn("\"INSERT INTO lent VALUES ($1::uuid, coalesce($2, 'it''s; :none' || $tag$; :none$tag$))\",", sql)
        self.assertIn(r"""UPDATE book SET "a:b" = $1, note = E'\\';:book', seen = $2, by = $3 WHERE book_id""", sql)
        self.assertIn("SELECT document, book_id FROM book WHERE $1::text IS NULL OR shelf = $1 ORDER BY $2::uuid", sql)

    def test_lookup_parameters_stand_in_the_order_they_are_declared(self):
        self.assertIn('"SELECT shelf FROM book WHERE book_id = $2 AND version = $1",\n\t2}', self.read("projections.c"))

    def test_statements_are_sorted_by_event_and_keep_their_order(self):
        rows = re.findall(r"\{EVENT_(\w+),\n\t\"(\w+)", self.read("projections.c"))
        self.assertEqual(rows, [("book_added", "INSERT"), ("book_added", "DELETE"), ("book_lent", "INSERT"),
                                ("book_lent", "UPDATE"), ("book_lost", "DELETE")])

    def test_what_the_api_fills_in_is_not_asked_of_the_client(self):
        contract = self.read("contract.ts")
        self.assertIn("interface AddBookBody {\n  isbn: string;\n  shelf: Shelf;\n  chapters: Chapter[];\n}", contract)
        self.assertNotIn("LoseBookBody", contract)
        self.assertIn("interface LendBookBody {\n  note?: string | null;\n}", contract)
        self.assertIn("type StocktakingQuery = Record<string, never>;", contract)

    def test_a_derived_id_knows_what_it_follows_from(self):
        self.assertRegex(self.read("catalog.c"), r'\.name = "loan", .*FIELD_DERIVED, .*\.sources = {0, 1}, '
                                                 r"\.source_count = 2")

    def test_the_clients_time_comes_in_a_header_and_in_no_body(self):
        self.assertIn("interface LendBookBody {\n  note?: string | null;\n}", self.read("contract.ts"))
        paths = json.loads(self.read("openapi.json"))["paths"]
        named = {"$ref": "#/components/parameters/Client-Time"}
        self.assertIn(named, paths["/api/v1/books/{book}/loans"]["post"]["parameters"])
        self.assertNotIn(named, paths["/api/v1/books"]["post"]["parameters"])
        self.assertIn(".marks = FIELD_OPTIONAL | FIELD_SERVER | FIELD_CLIENT_TIME", self.read("catalog.c"))

    def test_an_unchanged_output_is_not_written_again(self):
        self.read("events.h")
        os.utime(self.out / "events.h", (1, 1))
        self.build()
        self.assertEqual((self.out / "events.h").stat().st_mtime, 1)


if __name__ == "__main__":
    unittest.main()
