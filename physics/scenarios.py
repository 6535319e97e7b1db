#!/usr/bin/env python3
"""Writes the table of scenarios (physics/scenarios.h) as C. Usage: scenarios.py OUT.c NN-NAME.json…

A file is an object of title, explanation (a list of lines) and scene. What a scene may be, its reader decides, and the
scenarios' test finds out; here only the frame is checked."""
import json
import pathlib
import re
import sys

FILE_NAME = re.compile(r"(\d\d)-([a-z][a-z0-9-]*)\.json")


def fail(path, sentence):
    sys.exit(f"{path}: {sentence}")


def c_bytes(name, text):
    """An array: texts may be longer than compilers must take string literals."""
    numbers = [str(byte) for byte in text.encode()]
    lines = [", ".join(numbers[start:start + 24]) for start in range(0, len(numbers), 24)]
    return f"static const unsigned char {name}[] = {{\n\t" + ",\n\t".join(lines) + "};\n"


def read(path):
    named = FILE_NAME.fullmatch(path.name)
    if not named:
        fail(path, "is not named NN-NAME.json")
    try:
        scenario = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        fail(path, error)
    if not isinstance(scenario, dict) or set(scenario) != {"title", "explanation", "scene"}:
        fail(path, "must have title, explanation and scene, and nothing else")
    return int(named[1]), named[2], scenario


def texts(name, scenario):
    return {"name": name, "title": scenario["title"], "explanation": "\n".join(scenario["explanation"]) + "\n",
            "scene": json.dumps(scenario["scene"], ensure_ascii=False, separators=(",", ":"))}


def main(out, *paths):
    found = sorted((read(pathlib.Path(path)) for path in paths), key=lambda scenario: scenario[0])
    numbers = [number for number, _, _ in found]
    if len(set(numbers)) < len(numbers):
        fail(out, f"a number is given twice: {numbers}")
    code, table = '#include "physics/scenarios.h"\n\n', "const struct scenario scenarios[] = {\n"
    for number, name, scenario in found:
        table += f"\t{{.number = {number},\n"
        for member, text in texts(name, scenario).items():
            code += c_bytes(f"{member}_{number}", text)
            table += f"\t .{member} = {{(const char *){member}_{number}, sizeof({member}_{number})}},\n"
        table += "\t},\n"
    pathlib.Path(out).write_text(f"{code}\n{table}}};\n\nconst uint32_t scenario_count = {len(found)};\n")


main(*sys.argv[1:])
