"""Read models: projections/*.sql, checked against the schema and cut into statements with parameters $1, $2, ..."""
import hashlib
import re
from dataclasses import dataclass, field as member

import folds
from grammar import NAME, Declaration, Field

HEADING = re.compile(r"^-- (on|query|lookup) ([^\n]*(?:(?<=,)\n--[^\n]*)*)$", re.M)  # after a comma it goes on
CLEAR = re.compile(rf"^-- clear ({NAME}) in ({NAME}): (?=\S)", re.M)
# Comments, literals and casts are taken whole, so that what looks like a parameter inside them is none.
TOKEN = re.compile(r"(?P<comment>--[^\n]*\n?|/\*.*?\*/)|(?P<literal>(?<!\w)[eE]'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'"
                   r"|\"[^\"]*\"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|::|:=)"
                   rf"|:(?P<name>{NAME})(?:\.(?P<suffix>\w+))?|(?P<end>;)|(?P<other>.)", re.S)
SUFFIXES = {None: "FIELD", "clear": "CLEAR", "claim": "CLAIM", "version": "VERSION"}
ALWAYS = {"position": "POSITION", "recorded_at": "TIME", "actor": "ACTOR", "trace": "TRACE"}


@dataclass
class Statement:
    owner: Declaration      # the event, query or lookup
    where: str
    sql: str
    parameters: list        # (source, index of the field, name), $1 first


@dataclass
class Projection:
    name: str
    fingerprint: str
    tables: str
    clear: dict             # field: table that holds it in clear
    parallel: tuple = None  # (field, column) of "-- parallel by FIELD in COLUMN"
    on: list = member(default_factory=list)
    queries: list = member(default_factory=list)
    lookups: list = member(default_factory=list)


class Reader:
    """One SQL file on its way to a Projection."""

    def __init__(self, schema, path, shown, mistakes):
        self.schema, self.shown, self.mistakes = schema, shown, mistakes
        self.text = path.read_text()
        first = HEADING.search(self.text)
        self.projection = Projection(path.stem, hashlib.sha256(path.read_bytes()).hexdigest()[:16],
                                     self.text[:first.start() if first else None].strip(),
                                     {match[1]: match[2] for match in CLEAR.finditer(self.text)})

    def where(self, offset):
        return f"{self.shown}:{self.text.count(chr(10), 0, offset) + 1}"

    def say(self, offset, sentence):
        self.mistakes.say(self.where(offset), sentence)

    def read(self):
        tables = re.sub(r"--.*", "", self.projection.tables)
        for match in CLEAR.finditer(self.text):
            if not re.search(rf"\bTABLE (IF NOT EXISTS )?{match[2]}\b", tables, re.I):
                self.say(match.start(), f"no table {match[2]} is made in this file to hold {match[1]} in clear")
        headings = list(HEADING.finditer(self.text))
        for heading, after in zip(headings, headings[1:] + [None]):
            section = (heading.start(), heading.end(), after.start() if after else len(self.text))
            read = {"on": self.read_on, "query": self.read_query, "lookup": self.read_lookup}[heading[1]]
            read(heading[2].strip(), section)
        self.check_folds()
        self.projection.on.sort(key=lambda statement: statement.owner.number)
        return self.projection

    def check_folds(self):
        folds.check_steady(self.projection, self.where(0), self.mistakes)
        parallel = folds.PARALLEL.search(self.text)
        if parallel:
            self.projection.parallel = parallel.groups()
            folds.check_parallel(self.projection, self.where(parallel.start()), self.mistakes)

    def read_on(self, names, section):
        for name in re.split(r"\s*,\s*", names.replace("\n--", " ")):
            event = self.schema.of["event"].get(name)
            if event:
                self.projection.on += self.statements(event, section)
            else:
                self.say(section[0], f'no event "{name}"')

    def read_query(self, name, section):
        query = self.schema.of["query"].get(name)
        if query:
            self.projection.queries += self.one_statement(query, section)
        else:
            self.say(section[0], f'no query "{name}" in the schema (a question of our own C code is a lookup)')

    def read_lookup(self, text, section):
        match = re.fullmatch(rf"({NAME}) \(({NAME}(?:, {NAME})*)?\)", text)
        if not match:
            return self.say(section[0], 'a lookup is written "-- lookup NAME (PARAMETER, ...)"')
        asked = re.findall(NAME, match[2] or "")
        lookup = Declaration("lookup", match[1], "", fields=[Field(name, "text", "") for name in asked])
        parameters = [("FIELD", index, name) for index, name in enumerate(asked)]
        self.projection.lookups += self.one_statement(lookup, section, parameters)

    def one_statement(self, owner, section, parameters=()):
        statements = self.statements(owner, section, parameters)
        if len(statements) != 1:
            self.say(section[0], f"{owner.name} is answered by one SELECT, not by {len(statements)}")
        return statements[:1]

    def statements(self, owner, section, given=()):
        """The ';'-terminated statements of a section; equal parameters share a number."""
        out, sql, parameters, where = [], "", list(given), self.where(section[0])
        for token in TOKEN.finditer(self.text, section[1], section[2]):
            if token["name"]:
                parameter = self.parameter(owner, token)
                if parameter not in parameters:
                    parameters.append(parameter)
                sql += f"${parameters.index(parameter) + 1}"
            elif token["end"]:
                out.append(Statement(owner, where, sql.strip(), parameters))
                sql, parameters = "", list(given)
            elif token["comment"]:
                sql += "\n" if token["comment"].endswith("\n") else " "
            else:
                sql += token[0]
        if sql.strip():
            self.say(section[0], f"a statement of {owner.name} does not end with ';'")
        return out

    def parameter(self, owner, token):
        name, suffix = token["name"], token["suffix"]
        if owner.what == "event" and name in ALWAYS and not suffix:
            return (ALWAYS[name], 0, name)
        field = owner.field(name)
        if not field:
            self.say(token.start(), f"{owner.name} has no field {name}")
        elif suffix and (suffix not in SUFFIXES or owner.what != "event"):
            self.say(token.start(),
                     f"there is no :{name}.{suffix} (of an event's fields there are .clear .claim .version)")
        elif suffix:
            self.check_suffix(owner, field, suffix, token.start())
        return (SUFFIXES.get(suffix), owner.fields.index(field) if field else 0, name)

    def check_suffix(self, event, field, suffix, offset):
        claimed = {other.name for one in self.schema.of["event"].values() for other in one.fields if other.claim}
        if suffix == "clear" and not field.person:
            self.say(offset, f"{event.name}.{field.name} is not personal, so it needs no .clear")
        elif suffix == "clear" and field.name not in self.projection.clear:
            self.say(offset, f"{event.name}.{field.name} is kept in clear; "
                             f'say why: "-- clear {field.name} in TABLE: reason"')
        elif suffix == "claim" and field.name not in claimed:
            self.say(offset, f"no event claims a field {field.name}, so it has no .claim")
        elif suffix == "version" and "stream" not in field.marks:
            self.say(offset, f"{event.name}.{field.name} names no stream, so it has no .version")


def read_projections(schema, paths, root, mistakes):
    for path in paths:
        schema.projections.append(Reader(schema, path, path.relative_to(root).as_posix(), mistakes).read())
        if not re.fullmatch(NAME, path.stem) or "__" in path.stem:
            mistakes.say(f"{path.relative_to(root).as_posix()}:1",
                         "a projection's file is called NAME.sql, in small letters and without __")
    answered = {}
    for projection in schema.projections:
        for statement in projection.queries + projection.lookups:
            twin = answered.setdefault(statement.owner.name, statement)
            if twin is not statement:
                mistakes.say(statement.where, f"{statement.owner.name} is answered at {twin.where} already")
    folds.check_places(schema, mistakes)
    for query in schema.of["query"].values():
        if not query.by_api and query.name not in answered:
            mistakes.say(query.where, f"no projection answers query {query.name} "
                                      '(what the API answers itself is marked "by api")')
