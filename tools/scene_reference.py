#!/usr/bin/env python3
"""Writes the tables of physics/README.md from what the reader of scenes is built from. Usage:
scene_reference.py ROOT [--write]

Without --write it only compares, as one test: exit code 1 when the tables are not those of today."""
import pathlib
import re
import sys

BEGIN, END = "<!-- tables: tools/scene_reference.py -->", "<!-- end of tables -->"
PARTS = {
    "scene": "The scene", "solver": "`solver`", "material": "`materials`, each", "body": "`bodies`, each",
    "outline": "`shapes`, each", "joint": "`joints`, each", "field": "`fields`, each", "event": "`events`, each",
    "measure": "`measure`, each", "parameter": "`params`, each", "expectation": "`expect`, each",
    "polar": "A point by distance and angle"}
TYPES = {
    "NUMBER": "number", "AMOUNT": "number from 0", "SIGNED": "number", "COUNT": "whole number", "POINT": "point",
    "FLAG": "true or false", "NAME": "name", "TITLE": "text", "MODE": "word", "AXIS": "word", "BODY": "body's id",
    "BODY_OR_WORLD": "body's id", "JOINT": "joint's id", "MEASURE": "measure's id", "CODE": ""}


def arguments(text):
    """The arguments of one row of a .def, commas inside parentheses and quotes left alone."""
    found, depth, quoted, current, escaped = [], 0, False, "", False
    for c in text:
        if c == "," and depth == 0 and not quoted:
            found.append(current.strip())
            current = ""
            continue
        if c == '"' and not escaped:
            quoted = not quoted
        elif not quoted:
            depth += (c == "(") - (c == ")")
        escaped = quoted and c == "\\" and not escaped
        current += c
    return [*found, current.strip()]


def rows(path, macro):
    """Every row MACRO(…) of a .def, as its arguments; macro is a pattern."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
    for start in re.finditer(rf"^{macro}\(", text, re.M):
        depth, quoted, at = 1, False, start.end()
        while depth:
            c = text[at]
            quoted ^= c == '"' and text[at - 1] != "\\"
            depth += 0 if quoted else (c == "(") - (c == ")")
            at += 1
        yield arguments(text[start.end():at - 1])


def plain(quoted):
    return quoted[1:-1].replace('\\"', '"')


def words(root):
    """Words by the constants that stand for them."""
    return {value: (list_, plain(word)) for list_, word, value in rows(root / "physics/scene/scene_word.def", "WORD")}


def kinds_of(expression, part, known):
    """Which of the part's kinds have a member."""
    named = [known[name][1] for name in re.findall(r"BIT\((\w+)\)", expression)]
    if expression.startswith("~"):
        return [word for list_, word in known.values() if list_ == part and word not in named]
    return named


def bounds(least, most, type_):
    if least != "NONE" and most != "NONE":
        return f"{least} … {most}"
    return {"NONE": ""}.get(most, f"± {most}" if type_ in ("SIGNED", "POINT") else f"… {most}")


def member_line(row, part, known):
    _, kinds, name, type_, _, presence, fallback, least, most, sentence = row
    of = ", ".join(kinds_of(kinds, part, known))
    usual = {"NAN": "", "SOLVER_AUTO": "auto", "AXIS_MAGNITUDE": "magnitude"}.get(fallback, fallback)
    if presence == "REQUIRED":
        usual = "*required*"
    elif type_ in ("CODE", "NAME", "TITLE", "BODY", "BODY_OR_WORLD", "JOINT", "MEASURE"):
        usual = ""
    elif type_ == "POINT":
        usual = f"[0, {usual}]"
    return f"| `{plain(name)}` | {of} | {TYPES[type_]} | {usual} | {bounds(least, most, type_)} | {plain(sentence)} |"


def member_tables(root):
    known = words(root)
    members = list(rows(root / "physics/scene/scene_member.def", "MEMBER"))
    for part, title in PARTS.items():
        kinds = [word for list_, word in known.values() if list_ == part and part != "scene"]
        yield f"### {title}\n"
        if kinds:
            yield "Kinds: " + ", ".join(f"`{word}`" for word in kinds) + ".\n"
        yield "| member | of | type | usual | bounds | |\n|---|---|---|---|---|---|"
        for row in members:
            if row[0] == part:
                yield member_line(row, part, known)
        yield ""


def limit_table(root):
    yield "### Limits\n\n| name | learners | teachers | unit | why |\n|---|---|---|---|---|"
    for name, unit, learner, teacher, why in rows(root / "physics/scene/limits.def", "LIMIT"):
        yield f"| {name} | {learner} | {teacher if teacher != learner else ''} | {plain(unit)} | {plain(why)} |"
    yield ""


def law_table(root):
    yield "### Formulas\n\n| name | unit | arguments | |\n|---|---|---|---|"
    for row in rows(root / "physics/law.def", r"LAW\d"):
        given = row[2:-2]
        names = ", ".join(f"{given[i]} {plain(given[i + 1])}".strip() for i in range(0, len(given), 2))
        yield f"| `{row[0]}` | {plain(row[1])} | {names} | {plain(row[-1])} |"
    yield ""


def main(root, write):
    path = root / "physics/README.md"
    text = path.read_text(encoding="utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    tables = "\n".join([*member_tables(root), *limit_table(root), *law_table(root)])
    today = f"{before}{BEGIN}\n\n{tables}\n{END}{after}"
    if write:
        path.write_text(today, encoding="utf-8")
        return 0
    print("1..1")
    print("ok 1" if today == text else "not ok 1", "- the README has the tables of today (--write writes them)")
    return today != text


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), "--write" in sys.argv))
