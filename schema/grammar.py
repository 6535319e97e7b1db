"""What a schema is made of, and how the files that declare it are read: *.schema and api/routes.def."""
import re
import sys
from dataclasses import dataclass, field as member

KINDS = ["id", "text", "bytes", "hash", "bool", "u32", "u64", "i64", "f64", "time", "json"]
I64_MIN, I64_MAX, U32_MAX = -2**63, 2**63 - 1, 2**32 - 1
BOUNDS = {"u32": (0, U32_MAX), "u64": (0, I64_MAX), "i64": (I64_MIN, I64_MAX), "f64": (I64_MIN, I64_MAX),
          "time": (I64_MIN, I64_MAX), "json": (0, U32_MAX)}
FORMATS = {"line": {}, "multiline": {}, "email": {"format": "email"}, "url": {"pattern": "^(https://.*)?$"},
           "language": {"pattern": "^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*$"}, "region": {"pattern": "^[A-Z]{2}$"},
           "time_zone": {"pattern": "^[A-Za-z0-9+_/-]*$"}, "base58": {"pattern": "^[1-9A-HJ-NP-Za-km-z]*$"},
           "token": {"pattern": "^[A-Za-z0-9_-]*$"},
           "place": {"pattern": "^([1-9][0-9]*|[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:.]+([Zz]|[+-][0-9:]+))$"}}
ASCII = ["email", "language", "region", "time_zone", "base58", "token"]  # formats whose characters are one byte each
MARKS = {"record": ["optional"], "event": ["optional", "stream", "personal", "claims", "erases", "secret"],
         "command": ["optional", "input", "server", "path", "caller", "fresh", "derived", "client_time", "personal",
                     "secret"],
         "query": ["optional", "path", "caller", "derived"], "view": ["optional"]}
# Marks of what the API fills in: no client sends it.
NOT_FROM_BODY = {"server", "path", "caller", "derived", "client_time"}
# A state keeps values of these kinds, sets, parts and lists of parts; nothing that points elsewhere.
KEPT = ["id", "text", "hash", "bool", "u32", "u64", "i64", "time"]
C_WORDS = """auto break case char const continue default do double else enum extern float for goto if inline int long
register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while bool true
false""".split()

NAME = "[a-z][a-z0-9_]*"
HEADS = {
    "choice": ("choice NAME WORD...", rf"(?P<name>{NAME})(?P<names>( {NAME})+)"),
    "claim": ("claim NAME NUMBER REFUSAL", rf"(?P<name>{NAME}) (?P<number>\d+)(?P<names> {NAME})"),
    "record": ("record NAME", rf"(?P<name>{NAME})"),
    "event": ("event NAME NUMBER", rf"(?P<name>{NAME}) (?P<number>\d+)"),
    "command": ("command NAME -> EVENT...", rf"(?P<name>{NAME}) ->(?P<names>( {NAME})+)"),
    "refusal": ("refusal NAME HTTP", rf"(?P<name>{NAME}) (?P<number>[45]\d\d)"),
    "part": ("part NAME", rf"(?P<name>{NAME})"),
    "state": ("state NOUN <- EVENT...", rf"(?P<name>{NAME}) <-(?P<names>( {NAME})+)"),
    "view": ("view NAME", rf"(?P<name>{NAME})"),
    "query": ("query NAME -> [list of] VIEW", rf"(?P<name>{NAME}) -> (?P<list>list of )?(?P<names>{NAME})"),
}
FIELD = re.compile(rf"(?P<name>{NAME}) (?:list of (?P<item>{NAME})(?: max (?P<most>\d+))?"
                   rf"|(?P<kind>{NAME})(?: of (?P<noun>{NAME}))?)"
                   r"(?: (?P<min>-?\d+)\.\.(?P<max>-?\d+))?(?P<rest>( .*)?)")
MARK = r"(?:optional|stream|erases|input|server|path|caller|fresh|client_time|secret|personal(?! of))(?= |$)"
REST = re.compile(rf" (?:(?P<mark>{MARK})"
                  rf"|format (?P<format>{NAME})|personal of (?P<person>{NAME})|claims (?P<claim>{NAME})"
                  rf"|derived from (?P<sources>{NAME}(?: (?!{MARK}){NAME})?)"
                  r"|(?P<other>\S+))")
LOAD = re.compile(rf"(?P<noun>{NAME}) by (?:claim (?P<claim>{NAME}) |(?P<loaded>{NAME})\.)?(?P<field>{NAME})"
                  rf"(?: as (?P<alias>{NAME}))?")
ROUTE = re.compile(r'ROUTE\((\w+),\s*"([^"]+)",\s*(\w+),\s*(\w+),\s*(\d+),\s*(\w+)\)')
# Declarations whose names meet in C's tags, and those whose names meet among the types of OpenAPI and TypeScript.
TAGS = ["choice", "record", "event", "command", "query", "part", "state"]
TYPES = ["choice", "record", "view"]


class Mistakes(list):
    """Sentences. Checks go in phases; a phase with a mistake ends the run, so that one slip is not told five times."""

    def say(self, where, sentence):
        self.append(f"{where}: {sentence}")

    def stop(self):
        if self:
            sys.exit("\n".join(self))


@dataclass
class Field:
    name: str
    kind: str
    where: str
    item: str = None      # of a list
    noun: str = None      # of an id
    min: int = None
    max: int = None
    format: str = "line"
    person: str = None
    claim: str = None
    sources: list = member(default_factory=list)  # of a derived id: names of fields
    marks: set = member(default_factory=set)


@dataclass
class Declaration:
    what: str
    name: str
    where: str
    names: list = member(default_factory=list)   # words, events, the view or the refusal
    number: int = 0
    is_list: bool = False
    doc: str = ""
    fields: list = member(default_factory=list)
    loads: list = member(default_factory=list)   # dictionaries of LOAD's groups
    answers: str = None
    refuses: list = member(default_factory=list)
    internal: bool = False                       # command: no route sends it
    lines: str = None                            # query: its body is a list of this record, as JSON or as JSON lines
    lines_max: int = 0
    by_api: bool = False                         # query: the API answers it, no SQL does
    media: str = None                            # and this is what it answers; None: JSON
    takes_bytes: bool = False                    # command, query: its body is a file
    gives_bytes: bool = False                    # query: the answer is a file

    def field(self, name):
        return next((field for field in self.fields if field.name == name), None)

    def loaded(self):
        """The names under which the states lie, in the order of the loads."""
        return [load["alias"] or load["noun"] for load in self.loads]

    def stream_nouns(self):
        return [field.noun for field in self.fields if "stream" in field.marks and field.noun]

    def body(self):
        return [field for field in self.fields if not field.marks & NOT_FROM_BODY]


@dataclass
class Route:
    method: str
    path: str
    target: Declaration
    access: str
    status: int
    how: str      # the API prepares it
    where: str

    def parameters(self):
        return re.findall(r"\{(\w+)\}", self.path)

    def has_body(self):
        body = self.target.body() or self.target.lines or self.target.takes_bytes
        return self.method in ("POST", "PUT", "PATCH") and bool(body)


@dataclass
class Schema:
    """Everything declared: by what it is, then by name, in the order of the files."""
    of: dict = member(default_factory=lambda: {what: {} for what in HEADS})
    abouts: dict = member(default_factory=dict)  # file: its first comment
    routes: list = member(default_factory=list)
    projections: list = member(default_factory=list)

    def sorted(self, what):
        return [self.of[what][name] for name in sorted(self.of[what])]

    def by_number(self, what):
        return sorted(self.of[what].values(), key=lambda declaration: declaration.number)

    def viewed_nouns(self, state):
        """The nouns whose streams a state folds: that of its name, if there are such streams; else those whose streams
        bear each of its events."""
        events = self.of["event"]
        if any(state.name in event.stream_nouns() for event in events.values()):
            return [state.name]
        streams = [events[name].stream_nouns() for name in state.names if name in events]
        return [noun for noun in streams[0] if all(noun in others for others in streams)] if streams else []

    def file(self, declaration):
        return declaration.where.rsplit(":", 1)[0]


def article(noun):
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def read_schema(schema, path, shown, mistakes):
    current = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        where = f"{shown}:{number}"
        if line.startswith("#") and shown not in schema.abouts:
            schema.abouts[shown] = line.lstrip("# ")
        words = re.sub(r"(^|\s)#.*", "", line).split()
        if not words:
            continue
        if not line[0].isspace():
            current = read_head(schema, words, where, mistakes)
        elif current:
            read_line(current, " ".join(words), where, mistakes)


def read_head(schema, words, where, mistakes):
    what = words[0]
    if what not in HEADS:
        return mistakes.say(where, f'no declaration begins with "{what}" (there are: {" ".join(HEADS)})')
    usage, pattern = HEADS[what]
    match = re.fullmatch(pattern, " ".join(words[1:]))
    if not match:
        return mistakes.say(where, f'{article(what)} is written "{usage}"')
    part = match.groupdict()
    declaration = Declaration(what, part["name"], where, (part.get("names") or "").split(),
                              int(part.get("number") or 0), bool(part.get("list")))
    others = [kind for group in (TAGS, TYPES) if what in group for kind in group] or [what]
    for other in others:
        twin = schema.of[other].get(declaration.name)
        if twin:
            mistakes.say(where, f'the name "{declaration.name}" is taken by the {other} at {twin.where}')
            break
    schema.of[what].setdefault(declaration.name, declaration)
    return declaration


def read_line(current, line, where, mistakes):
    """A line under a head: its sentence, a clause, or a field."""
    keyword, _, rest = line.partition(" ")
    if line[0].isupper():
        current.doc = f"{current.doc} {line}".strip()
    elif current.what == "command" and keyword == "loads":
        for load in rest.split(","):
            match = LOAD.fullmatch(load.strip())
            if match:
                current.loads.append(match.groupdict())
            else:
                mistakes.say(where, 'a load is "NOUN by FIELD", by LOADED.FIELD or by claim CLAIM FIELD [as ALIAS], '
                                    f'not "{load.strip()}"')
    elif current.what == "command" and keyword == "answers":
        current.answers = rest
    elif current.what in ("command", "query") and keyword == "refuses":
        current.refuses += rest.split()
    elif current.what == "command" and line == "internal":
        current.internal = True
    elif current.what == "query" and line == "by api":
        current.by_api = True
    elif current.what == "query" and re.fullmatch(r"by api as [a-z]+/[a-z+.-]+", line):
        current.by_api, current.media = True, line.removeprefix("by api as ")
    elif current.what in ("command", "query") and line == "takes bytes":
        current.takes_bytes = True
    elif current.what == "query" and keyword == "takes":
        read_takes(current, rest, where, mistakes)
    elif current.what == "query" and line == "gives bytes":
        current.gives_bytes = True
    elif current.what == "state" and not current.doc and re.fullmatch(rf"{NAME}( {NAME})*", line):
        current.names += line.split()
    elif current.what not in (*MARKS, "part", "state"):
        mistakes.say(where, f"{article(current.what)} has no fields")
    else:
        read_field(current, line, where, mistakes)


def read_takes(current, rest, where, mistakes):
    match = re.fullmatch(rf"lines of ({NAME}) max (\d+)", rest)
    if not match:
        return mistakes.say(where, 'what a query takes is written "takes lines of RECORD max N" or "takes bytes"')
    current.lines, current.lines_max = match[1], int(match[2])


def read_field(current, line, where, mistakes):
    match = FIELD.fullmatch(line)
    if not match:
        return mistakes.say(where, 'a field is written "name kind [MIN..MAX] [optional] [format WORD] [marks]"')
    part = match.groupdict()
    field = Field(part["name"], "list" if part["item"] else part["kind"], where, part["item"], part["noun"])
    if part["min"]:
        field.min, field.max = int(part["min"]), int(part["max"])
    elif part["most"]:
        field.min, field.max = 0, int(part["most"])
    for rest in REST.finditer(part["rest"]):
        mark = rest["mark"] or (rest["person"] and "personal") or (rest["claim"] and "claims") \
            or (rest["sources"] and "derived")
        if rest["format"]:
            field.format = rest["format"]
        elif mark in MARKS.get(current.what, []):
            field.marks |= {mark, "optional"} if mark == "fresh" else {mark}
        else:
            mistakes.say(where, f'"{mark or rest["other"]}" has no meaning in {article(current.what)} '
                                f'(there are: {" ".join([*MARKS.get(current.what, []), "format"])})')
        field.person, field.claim = rest["person"] or field.person, rest["claim"] or field.claim
        field.sources = (rest["sources"] or "").split() or field.sources
    if current.field(field.name):
        mistakes.say(where, f'{current.name} has a field "{field.name}" already, at {current.field(field.name).where}')
    if field.name in C_WORDS:
        mistakes.say(where, f'"{field.name}" is a word of C; call the field otherwise')
    current.fields.append(field)


def read_routes(schema, path, shown, mistakes):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = ROUTE.match(line)
        if line.startswith("ROUTE(") and not match:
            mistakes.say(f"{shown}:{number}", 'a route is written ROUTE(METHOD, "path", NAME, WHO, STATUS, HOW)')
        elif match:
            method, route_path, name, access, status, how = match.groups()
            target = schema.of["command"].get(name) or schema.of["query"].get(name)
            if target:
                schema.routes.append(Route(method, route_path, target, access, int(status), how, f"{shown}:{number}"))
            else:
                mistakes.say(f"{shown}:{number}", f'no command or query "{name}"')
