#!/usr/bin/env python3
"""Reads schema/*.schema, api/routes.def and projections/*.sql; writes tables, prototypes and descriptions, never logic.

    schemac.py [--root ROOT] build FOLDER [--depfile FILE]    check everything and write what is generated
    schemac.py [--root ROOT] ledger                           note what is new in schema/ledger.txt, for ever

Every mistake is one sentence, "file:line: ...". The grammar is in schema/README.md.
"""
import argparse
import sys
from pathlib import Path

LEDGER = "schema/ledger.txt"

sys.dont_write_bytecode = True  # the source tree stays as it is

import c_tables
import checks
import contract
import grammar
import sql


def load(root):
    """Reads and checks everything but the ledger; a phase with a mistake ends the run."""
    schema, mistakes = grammar.Schema(), grammar.Mistakes()
    for path in sorted((root / "schema").glob("*.schema")):
        grammar.read_schema(schema, path, path.relative_to(root).as_posix(), mistakes)
    mistakes.stop()
    checks.check_schema(schema, mistakes)
    mistakes.stop()
    grammar.read_routes(schema, root / "api/routes.def", "api/routes.def", mistakes)
    checks.check_routes(schema, mistakes)
    mistakes.stop()
    sql.read_projections(schema, sorted((root / "projections").glob("*.sql")), root, mistakes)
    mistakes.stop()
    return schema


def outputs(schema):
    openapi = contract.openapi_json(schema)
    return {
        "events.h": c_tables.events_h(schema),
        "commands.h": c_tables.commands_h(schema),
        "refusals.h": c_tables.refusals_h(schema),
        "handlers.h": c_tables.handlers_h(schema),
        "states.h": c_tables.states_h(schema),
        "openapi.h": c_tables.openapi_h(),
        "catalog.c": c_tables.catalog_c(schema),
        "dispatch.c": c_tables.dispatch_c(schema),
        "projections.c": c_tables.projections_c(schema),
        "openapi.c": c_tables.openapi_c(openapi),
        "openapi.json": openapi,
        "contract.ts": contract.contract_ts(schema),
        "events.md": contract.events_md(schema),
    }


def write(path, text):
    """Leaves a file that would not change alone, so that nothing is compiled again for its sake."""
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def write_depfile(path, folder, root):
    """What ninja is to watch: every input, and the folders, so that a new file counts too."""
    folders = [root / "schema", root / "projections"]
    files = [*folders[0].glob("*.schema"), *folders[0].glob("*.py"), folders[0] / "ledger.txt",
             root / "api/routes.def", *folders[1].glob("*.sql")]
    inputs = " ".join(path.as_posix().replace(" ", "\\ ") for path in [*folders, *sorted(files)])
    path.write_text(f"{folder.as_posix()}/events.h: {inputs}\n")


def build(schema, options):
    mistakes = grammar.Mistakes()
    checks.check_ledger(schema, options.root / LEDGER, LEDGER, mistakes)
    mistakes.stop()
    options.folder.mkdir(parents=True, exist_ok=True)
    for name, text in outputs(schema).items():
        write(options.folder / name, text)
    if options.depfile:
        write_depfile(options.depfile, options.folder, options.root)


def release(schema, options):
    mistakes = grammar.Mistakes()
    lines = checks.check_ledger(schema, options.root / LEDGER, LEDGER, mistakes, adding=True)
    mistakes.stop()
    write(options.root / LEDGER, "\n".join(lines) + "\n")


def main(words=None):
    parser = argparse.ArgumentParser(description="Checks the schema and writes what follows from it.")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent,
                        help="where schema/, api/ and projections/ are")
    verbs = parser.add_subparsers(dest="verb", required=True)
    building = verbs.add_parser("build", help="check everything and write what is generated")
    building.add_argument("folder", type=Path)
    building.add_argument("--depfile", type=Path)
    verbs.add_parser("ledger", help="release what is new: note it in schema/ledger.txt, for ever")
    options = parser.parse_args(words)
    {"build": build, "ledger": release}[options.verb](load(options.root), options)


if __name__ == "__main__":
    main()
