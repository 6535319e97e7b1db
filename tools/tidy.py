#!/usr/bin/env python3
"""Checks that the code reads as STYLE.md says. Usage: tidy.py ROOT [RULE]

Prints one sentence with file and line for each thing found; exit code 1 when there is any. Each rule is a function from
the tree to findings, listed in RULES; meson runs them as one test that counts each rule."""
import ast
import fnmatch
import pathlib
import re
import sys

LINES_PER_FUNCTION_MAX = 60
COLUMNS_MAX = 120
TAB_COLUMNS = 8

SKIPPED_FOLDERS = {".git", "var", "node_modules", "__pycache__", "vectors", "corpus"}
CODE = {".c", ".h", ".def", ".py", ".sql", ".schema", ".sh"}
TEXTS = CODE | {".md", ".build", ".txt", ".scn", ".json", ".yml", ".ts", ".tsx", ".mjs", ".js", ""}

# The rooms of the eventstore stand on one another: disk, codec and wire, the log, the vault, the writer. Subscriptions,
# backups and the feed do not know one another.
ROOMS_OF_THE_LOG = [f"eventstore/{room}/*" for room in ("base", "disk", "codec", "wire")]
ROOMS_OF_THE_WRITER = [*ROOMS_OF_THE_LOG, *(f"eventstore/{room}/*" for room in ("log", "vault", "writer"))]

# Which folders a folder may include from, beside itself. The schema's generated headers stand on no floor.
FLOORS = {
    "eventstore/base": [],
    "physics": ["physics/elementary/*", "eventstore/base/*", "eventstore/codec/*"],
    "physics/elementary": [],
    "physics/service": ["physics/*", *ROOMS_OF_THE_LOG, "schema/*"],
    "schema": ["eventstore/base/*"],
    "eventstore/disk": ["eventstore/base/*", "schema/*"],
    "eventstore/codec": ["eventstore/base/*", "schema/*"],
    "eventstore/wire": ["eventstore/base/*", "eventstore/codec/*", "schema/*"],
    "eventstore/log": [*ROOMS_OF_THE_LOG, "schema/*"],
    "eventstore/vault": [*ROOMS_OF_THE_LOG, "eventstore/log/*", "schema/*"],
    "eventstore/writer": [*ROOMS_OF_THE_LOG, "eventstore/log/*", "eventstore/vault/*", "schema/*"],
    "eventstore/subscription": [*ROOMS_OF_THE_LOG, "eventstore/log/*", "schema/*"],
    "eventstore/backup": [*ROOMS_OF_THE_WRITER, "schema/*"],
    "eventstore/feed": [*ROOMS_OF_THE_WRITER, "schema/*"],
    "commands/learning": ["eventstore/base/*", "schema/*"],
    "commands/grading": ["commands/learning/*", "eventstore/*", "schema/*"],
    "commands/merging": ["commands/learning/*", "eventstore/*", "schema/*"],
    "commands": ["commands/grading/*", "commands/learning/*", "commands/merging/*", "eventstore/*", "schema/*"],
    "projections": ["eventstore/*", "schema/*"],
    "chain": ["eventstore/*", "schema/*"],
    "subscribers": ["commands/achievement_*.h", "commands/grading/*", "commands/learning/*", "eventstore/*",
                    "physics/*.h", "physics/service/client.h", "physics/service/wire.h", "schema/*"],
    "api/credentials": ["eventstore/base/*", "eventstore/codec/*", "api/signing.h"],
    "api": ["api/credentials/*", "commands/achievement_*.h", "commands/grading/*", "commands/learning/*",
            "commands/merging/*", "commands/rehearsal.h", "eventstore/*", "schema/*", "projections/past.h",
            "projections/query.h", "physics/*.h", "physics/service/wire.h"],
    "tools": ["*"],
    "tests": ["*"],
}

# A vendor's header, and the only files that may name it.
DOORS = {
    "lmdb.h": ["eventstore/disk/kv.c"],
    "libpq*": ["projections/pg*.[ch]"],
    "h2o*": ["api/engine_*.[ch]"],
    "sodium*": ["eventstore/base/*.c", "api/engine_*.[ch]"],
    "openssl/*": ["eventstore/base/*.c", "api/engine_*.[ch]"],
    "jansson.h": ["eventstore/codec/codec_json.c"],
    "msgpack*": ["eventstore/codec/codec_msgpack.c", "eventstore/wire/frame.c", "eventstore/wire/message.c"],
    "uv.h": ["eventstore/writer/writer*.[ch]", "physics/service/*.[ch]"],
    "cmark-gfm*": ["api/markdown*.[ch]"],
    "utf8proc.h": ["commands/learning/folding.c"],
    "zlib.h": ["eventstore/base/deflate.c"],
    "curl/*": ["chain/rpc.c", "subscribers/*.c"],
    "chipmunk/*": ["physics/rigid/*.[ch]"],
    "cmocka.h": ["tests/*"],
}

# What the C library and the kernel bring. Any other header in angle brackets is a vendor's and needs a door.
LIBRARY_HEADERS = re.compile(
    r"(alloca|assert|ctype|dirent|dlfcn|endian|errno|fcntl|fenv|float|fnmatch|ftw|getopt|glob|grp|inttypes|limits"
    r"|locale|malloc|math|netdb|poll|pthread|pwd|regex|sched|search|semaphore|setjmp|signal|spawn|stdalign|stdarg"
    r"|stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|strings|syslog|termios|threads|time|unistd"
    r"|wchar"
    r"|immintrin)\.h"
    r"|(sys|net|netinet|arpa|linux|sanitizer|valgrind)/\w+\.h")

BANNED_NAMES = {"util", "utils", "common", "helper", "helpers", "misc", "manager"}

# Put together from pieces, so that this file does not contain them.
BANNED_WORDS = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + r")\b")
MACHINE_FOLDERS = ["ho" + "me/", "ro" + "ot/", "wo" + "rk/", "Us" + "ers/", "tmp/scr" + "atch"]
MACHINE_PATHS = re.compile(r"(?<![\w./$}])/(" + "|".join(MACHINE_FOLDERS) + r")|\.\./sha" + "red")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


class Tree:
    """The texts of a folder, by path from its root."""

    def __init__(self, root):
        self.files = {}
        for path in sorted(root.rglob("*")):
            name = path.relative_to(root)
            if path.is_file() and not skipped(name) and path.suffix in TEXTS:
                self.files[str(name)] = read_text(path)

    def lines(self, suffixes=frozenset(CODE), under=""):
        for name, text in self.files.items():
            if pathlib.PurePath(name).suffix in suffixes and name.startswith(under):
                for number, line in enumerate(text.splitlines(), 1):
                    yield name, number, line

    def includes(self):
        for name, number, line in self.lines({".c", ".h", ".def"}):
            found = INCLUDE.match(line)
            if found:
                yield name, number, found[1] == "<", found[2]


def skipped(name):
    """What nobody wrote; in a work tree of its own .git is a file that names a path."""
    return name.name == ".git" or any(part in SKIPPED_FOLDERS or part.startswith("build") for part in name.parts[:-1])


def read_text(path):
    return path.read_bytes().decode("utf-8", "replace")


def floor_of(name):
    folder = str(pathlib.PurePath(name).parent)
    while folder not in FLOORS and folder != ".":
        folder = str(pathlib.PurePath(folder).parent)
    return folder


def rule_floors(tree):
    """Includes go downwards only, and are written from the root."""
    for name, number, angle, header in tree.includes():
        floor = floor_of(name)
        if angle or floor == ".":
            continue
        if "/" not in header:
            yield name, number, f'"{header}" is not written from the root'
        elif floor_of(header) != floor and not any(fnmatch.fnmatch(header, allowed) for allowed in FLOORS[floor]):
            yield name, number, f"{floor} may not include {header}"


def rule_doors(tree):
    """A vendor's header is named behind its door only."""
    for name, number, angle, header in tree.includes():
        if not angle or LIBRARY_HEADERS.fullmatch(header):
            continue
        doors = [doors for pattern, doors in DOORS.items() if fnmatch.fnmatch(header, pattern)]
        if not doors:
            yield name, number, f"<{header}> has no door: add one to tools/tidy.py"
        elif not any(fnmatch.fnmatch(name, door) for door in doors[0]):
            yield name, number, f"<{header}> may be named only in {', '.join(doors[0])}"


def rule_cycles(tree):
    """No header includes itself, however far around."""
    edges = {}
    for name, _, angle, header in tree.includes():
        if not angle and name.endswith(".h"):
            edges.setdefault(name, []).append(header)
    for start in edges:
        reached, waiting = set(), list(edges[start])
        while waiting:
            header = waiting.pop()
            if header not in reached:
                reached.add(header)
                waiting.extend(edges.get(header, []))
        if start in reached:
            yield start, 1, "it includes itself through others"


def c_functions(text):
    """The line of each opening brace, and how many lines there are from the line above it to the closing brace.
    Definitions stand at the left margin."""
    start = None
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if line == "{" and number > 1 and lines[number - 2].rstrip().endswith(")"):
            start = number
        elif line == "}" and start:
            yield start, number - start + 2
            start = None


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno + 1


def rule_lengths(tree):
    """No function is longer than 60 lines."""
    for name, text in tree.files.items():
        finder = {".c": c_functions, ".h": c_functions, ".py": python_functions}.get(pathlib.PurePath(name).suffix)
        for number, size in finder(text) if finder else []:
            if size > LINES_PER_FUNCTION_MAX:
                yield name, number, f"a function of {size} lines; at most {LINES_PER_FUNCTION_MAX}"


def rule_names(tree):
    """No file is called after nothing."""
    for name in tree.files:
        for part in pathlib.PurePath(name).parts:
            for word in BANNED_NAMES & set(re.split(r"[._-]", part.lower())):
                yield name, 1, f'"{word}" says nothing about what is inside'


def rule_columns(tree):
    """No line of code is wider than 120 columns."""
    for name, number, line in tree.lines():
        if len(line.expandtabs(TAB_COLUMNS)) > COLUMNS_MAX:
            yield name, number, f"the line has more than {COLUMNS_MAX} columns"


def rule_headers(tree):
    """Every header begins with a comment that says what it is, then its guard."""
    for name, text in tree.files.items():
        if not name.endswith(".h"):
            continue
        guard = re.search(r"^\s*#\s*(\w+)\s*(\w*)", text, re.M)
        if not text.startswith("/*"):
            yield name, 1, "a header begins with a comment that says what it is"
        if not guard or guard[1] != "ifndef" or not re.search(rf"^#define {guard[2]}$", text, re.M):
            yield name, 1, "a header has a guard: #ifndef ORRERY_…_H"


def rule_own_header(tree):
    """A .c includes its own header first."""
    first = {}
    for name, number, _, header in tree.includes():
        first.setdefault(name, (number, header))
    for name in tree.files:
        own = name[:-1] + "h"
        if name.endswith(".c") and own in tree.files and first.get(name, (1, ""))[1] != own:
            yield name, first.get(name, (1, ""))[0], f"{own} comes first"


def rule_promises(tree):
    """What is to be done later stands in an issue, not in the code."""
    for name, number, line in tree.lines(TEXTS):
        found = BANNED_WORDS.search(line)
        if found and name != "LICENSE":
            yield name, number, f"{found[0]}: do it, or open an issue"


def rule_dead_code(tree):
    """No code is kept in comments."""
    for name, number, line in tree.lines({".c", ".h", ".def"}):
        if re.match(r"\s*#\s*if\s+0\b", line) or re.match(r"\s*//.*[;{}]\s*$", line):
            yield name, number, "code in a comment: git remembers it"


def rule_machine_paths(tree):
    """Nothing names a path of the machine it was written on."""
    for name, number, line in tree.lines(TEXTS):
        if MACHINE_PATHS.search(line):
            yield name, number, "a path of one machine"


RULES = [rule_floors, rule_doors, rule_cycles, rule_lengths, rule_names, rule_columns, rule_headers, rule_own_header,
         rule_promises, rule_dead_code, rule_machine_paths]


def main(root, only=None):
    tree = Tree(pathlib.Path(root))
    if not tree.files:
        print(f"Bail out! There is nothing to read in {root}")
        return 1
    rules = [rule for rule in RULES if only in (None, rule.__name__)]
    found = False
    print(f"1..{len(rules)}")
    for number, rule in enumerate(rules, 1):
        findings = list(rule(tree))
        found = found or bool(findings)
        print(f"{'not ok' if findings else 'ok'} {number} - {rule.__doc__.rstrip('.').replace('#', '')}")
        for name, line, sentence in findings:
            print(f"# {name}:{line}: {sentence}.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
