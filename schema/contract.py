"""What outsiders read: OpenAPI 3.1, TypeScript types, and the event catalogue for people."""
import json

from grammar import FORMATS, I64_MAX, I64_MIN, U32_MAX

WHO = {"INSTRUCTOR": "For instructors and administrators.", "ADMIN": "For administrators."}
FAULTS = {
    400: "The request is not well formed.",
    401: "The access token is missing, over or not ours.",
    403: "The caller may not do this.",
    404: "There is no such thing.",
    406: "The answer cannot be given in a form that is accepted.",
    409: "Things are not as the request needs them.",
    412: "The version in If-Match is not the present one.",
    413: "The body is too large.",
    415: "The body is of no type that is taken here.",
    422: "A value is not allowed; `errors` says which.",
    429: "Too many requests; Retry-After says when to try again.",
    503: "Overloaded, or not there yet; Retry-After says when to try again.",
    507: "The disk has no room for anything new; Retry-After says when to try again."}
PASSING = (429, 503, 507)  # statuses that go away by themselves
TEXT = {"type": "string"}
UUID = {"type": "string", "format": "uuid"}
REFERENCE = {"type": "string", "format": "uri-reference"}
KEY = "[A-Za-z0-9_.:-]{8,128}"
POSITION = {"type": "integer", "format": "int64", "minimum": 0}
HEADERS = {
    "X-Position": ("Position in the log of the command's last event, for X-Min-Position of later reads.", POSITION),
    "ETag": ("Version of what is answered.", TEXT),
    "Retry-After": ("Seconds until another try makes sense.", {"type": "integer", "minimum": 0})}
JSON_KINDS = {
    "id": UUID, "bool": {"type": "boolean"}, "time": {"type": "string", "format": "date-time"}, "json": {},
    "hash": {"type": "string", "contentEncoding": "base64url", "minLength": 43, "maxLength": 43},
    "bytes": {"type": "string", "contentEncoding": "base64url"}}
PARAMETERS = {
    "Idempotency-Key": ("The command's id, made by the client: the same key with the same request gets the same "
                        "answer, however often it is sent. A UUID will do.",
                        {**TEXT, "pattern": f'^({KEY}|"{KEY}")$'}),
    "If-Match": ("Only if the account still has this version.", TEXT),
    "If-None-Match": ("Answer 304 while the version is still this one.", TEXT),
    "Client-Time": ("When the caller did it, by the caller's own clock, where it was done before it could be sent.",
                    JSON_KINDS["time"]),
    "Prefer": ("dry-run (RFC 7240): say what would happen, and keep nothing. The answer is then 200, "
               "Preference-Applied: dry-run, and {\"dry_run\": true, \"events\": [their names]}.", TEXT),
    "If-Range": ("Range counts only while this is still the ETag.", TEXT),
    "Range": ("The part that is wanted, as in bytes=0-499; of several parts all is sent.", TEXT),
    "Slug": ("What the file is called: UTF-8, percent-encoded.", TEXT),
    "X-Min-Position": ("Wait, within bounds, until what is read shows everything up to this position.", POSITION)}
LINES = {"type": "object", "required": ["line", "count", "text"],
         "properties": {"line": {"type": "integer"}, "count": {"type": "integer"}, "text": TEXT}}
PROBLEM = {
    "type": "object", "description": "A problem (RFC 9457).", "required": ["type", "title", "status"],
    "properties": {
        "type": REFERENCE, "title": TEXT, "status": {"type": "integer"}, "detail": TEXT, "instance": REFERENCE,
        "errors": {"type": "array", "items": {
            "type": "object", "required": ["pointer", "detail"],
            "properties": {"pointer": {**TEXT, "description": "Where in the body (RFC 6901), or the parameter's name."},
                           "detail": TEXT}}},
        "revision": {"type": "integer", "description": "Of an edit that conflicts: the latest."},
        "conflicts": {"type": "array", "description": "Values that both sides changed; what is not there is left out.",
                      "items": {"type": "object", "required": ["pointer"],
                                "properties": {"pointer": TEXT, "base": {}, "ours": {}, "theirs": {}}}},
        "line_conflicts": {"type": "array", "description": "Lines that both sides changed.", "items": {
            "type": "object", "required": ["base", "ours", "theirs"],
            "properties": {side: LINES for side in ("base", "ours", "theirs")}}}}}
NUMBERS = {"u32": "integer", "u64": "integer", "i64": "integer", "f64": "number"}
TS_KINDS = {"id": "Id", "time": "Time", "bool": "boolean", "json": "unknown", "text": "string", "hash": "string",
            "bytes": "string", **dict.fromkeys(NUMBERS, "number")}


def pascal(name):
    return "".join(part.capitalize() for part in name.split("_"))


# ---- OpenAPI --------------------------------------------------------------------------------------------------------

def reference(place, name):
    return {"$ref": f"#/components/{place}/{name}"}


def json_type(field):
    if field.kind == "list":
        items = reference("schemas", pascal(field.item))
        return {"type": "array", "items": items, "minItems": field.min, "maxItems": field.max}
    if field.kind == "text":
        form = FORMATS[field.format] if field.min or "pattern" in FORMATS[field.format] else {}
        return {"type": "string", "minLength": field.min, "maxLength": field.max, **form}
    if field.kind in NUMBERS:
        out = {"type": NUMBERS[field.kind]}
        out.update({"format": "int64"} if out["type"] == "integer" and field.max > U32_MAX else {})
        out.update({"minimum": field.min} if field.min != I64_MIN else {})
        return {**out, "maximum": field.max} if field.max != I64_MAX else out
    return dict(JSON_KINDS[field.kind]) if field.kind in JSON_KINDS else reference("schemas", pascal(field.kind))


def json_lines(item):
    """As application/x-ndjson; OpenAPI 3.1 has no word for what stands in each line, so it is the item's schema."""
    return {"application/x-ndjson": {"schema": reference("schemas", pascal(item))}}


def request_body(target):
    if target.lines:
        items = {"type": "array", "maxItems": target.lines_max, "items": reference("schemas", pascal(target.lines))}
        return {"required": True, "content": {"application/json": {"schema": items}, **json_lines(target.lines)}}
    if target.takes_bytes:
        return {"required": True, "content": {"*/*": {}}}
    needed = any("optional" not in field.marks for field in target.body())
    return {"required": needed, "content": {"application/json": {"schema": json_object(target.body())}}}


def nullable(kind):
    """An optional member may be left out, or be null."""
    if "type" in kind:
        return {**kind, "type": [kind["type"], "null"]}
    return {"anyOf": [kind, {"type": "null"}]} if kind else kind


def json_object(fields, doc=""):
    members = {field.name: json_type(field) for field in fields}
    members.update({field.name: nullable(members[field.name]) for field in fields if "optional" in field.marks})
    required = [field.name for field in fields if "optional" not in field.marks]
    return {"type": "object", **({"description": doc} if doc else {}), "additionalProperties": False,
            **({"required": required} if required else {}), "properties": members}


def guarded(route):
    """Does it make sense to change this only while the account has a certain version?"""
    return route.method in ("PATCH", "PUT") and route.path.startswith("/api/v1/users/me/")


def versioned(route):
    """Has the answer a version that a client may hold against a later one?"""
    target = route.target
    return route.method == "GET" and (target.gives_bytes or not target.is_list and not target.by_api)


def carried_out(route):
    """May events come of it? A course is made by many commands at once."""
    return route.target.what == "command" or route.how in ("course_import", "course_clone")


def tried_out(route):
    """May it be asked for with Prefer: dry-run? What the API prepares, only if its preparation decides alone."""
    return carried_out(route) and route.how in ("plain", "lesson_text", "course_publish", "course_import",
                                                "course_clone")


def parameters(route):
    target = route.target
    out = [{"name": name, "in": "path", "required": True, "schema": json_type(target.field(name))}
           for name in route.parameters()]
    for field in [] if route.has_body() and not target.lines else target.body():
        required = "optional" not in field.marks
        out.append({"name": field.name, "in": "query", "required": required, "schema": json_type(field)})
    timed = any("client_time" in field.marks for field in target.fields)
    headers = {"Idempotency-Key": carried_out(route), "Client-Time": timed, "Prefer": tried_out(route),
               "If-Match": guarded(route),
               "If-None-Match": versioned(route), "Range": target.gives_bytes, "If-Range": target.gives_bytes,
               "Slug": target.takes_bytes and target.what == "command", "X-Min-Position": True}
    return out + [reference("parameters", name) for name in headers if headers[name]]


def common_refusals(schema):
    """What no command, no query and no claim mentions may befall any command."""
    sources = [one for what in ("command", "query", "claim") for one in schema.of[what].values()]
    mentioned = {name for one in sources for name in one.refuses + one.names}
    return [name for name in schema.of["refusal"] if name not in mentioned]


def faults(schema, route):
    """The statuses that may come instead, each with the refusals that it stands for."""
    command, closed = route.target.what == "command", route.access != "ANYONE"
    may = {400: True, 401: closed or not command, 403: route.access in WHO, 404: bool(route.parameters()), 406: True,
           412: guarded(route), 413: route.has_body(), 415: route.has_body(), 422: True, 429: True, 503: True,
           507: command}
    out = {str(status): reference("responses", f"Problem{status}") for status in may if may[status]}
    names = route.target.refuses + (common_refusals(schema) if command else [])
    refusals = [schema.of["refusal"][name] for name in names]
    for status in sorted({refusal.number for refusal in refusals}):
        lines = [f"- `{refusal.name}`: {refusal.doc}" for refusal in refusals if refusal.number == status]
        general = [FAULTS[status]] if may.get(status) else []
        out[str(status)] = problem("\n".join(general + lines), status in PASSING)
    return {**dict(sorted(out.items())), "default": reference("responses", "Problem")}


def problem(text, passing=False):
    headers = {"headers": {"Retry-After": reference("headers", "Retry-After")}} if passing else {}
    content = {"application/problem+json": {"schema": reference("schemas", "Problem")}}
    return {"description": text, **headers, "content": content}


def file_content(media):
    """What stands in a file is for its own format to say."""
    texts = {"type": "string"} if media.startswith("text/") else {"contentMediaType": media}
    return {media: {"schema": {"type": "object"} if media.endswith("json") else texts}}


# Not a second entry under `content`: clients made from the document would have to tell the two apart at every list.
WHOLE_LIST = "Accepted as application/x-ndjson: the whole list, or what limit says of it, one of its members a line."


UPGRADED = 101  # what follows is no HTTP any more, so it has no content


def answer(schema, route):
    view = schema.of["view"][route.target.answers or route.target.names[0]]
    kind = reference("schemas", pascal(view.name))
    if route.target.is_list:
        following = {"type": ["string", "null"], "description": "The cursor of the next page; null on the last."}
        kind = {"type": "object", "additionalProperties": False, "required": ["data", "next"],
                "properties": {"data": {"type": "array", "items": kind}, "next": following}}
    header = "X-Position" if carried_out(route) and view.fields else "ETag" if versioned(route) else None
    lines = json_lines(view.fields[0].item) if route.target.lines else {}
    content = {"*/*": {}} if route.target.gives_bytes else {"application/json": {"schema": kind}, **lines}
    if route.target.media:
        content = file_content(route.target.media)
    doc = view.doc or f"What was asked: {view.name.replace('_', ' ')}."
    paged = route.target.is_list and any(field.name == "limit" for field in route.target.fields)
    if route.status == UPGRADED:
        return {"description": doc}
    return {"description": f"{doc} {WHOLE_LIST}" if paged else doc,
            **({"x-json-lines": reference("schemas", pascal(view.name))} if paged else {}),
            **({"headers": {header: reference("headers", header)}} if header else {}),
            "content": content}


def security(route):
    """A question that anyone may ask can be answered more fully to whoever says who they are."""
    if route.access != "ANYONE":
        return [{"bearer": []}]
    return [{}, {"bearer": []}] if route.target.what == "query" and route.method == "GET" else []


def operation(schema, route):
    target = route.target
    summary, _, rest = target.doc.partition(". ")
    description = " ".join(filter(None, [rest, WHO.get(route.access)]))
    out = {"operationId": target.name, "tags": [tag_of(route)], "summary": summary.rstrip("."),
           **({"description": description} if description else {}), "security": security(route)}
    if parameters(route):
        out["parameters"] = parameters(route)
    if route.has_body():
        out["requestBody"] = request_body(target)
    out["responses"] = {str(route.status): answer(schema, route)}
    if target.gives_bytes:
        out["responses"].update({"206": {**answer(schema, route), "description": "The part that Range names."},
                                 "416": problem("There is nothing in the range.")})
    if versioned(route):
        out["responses"]["304"] = {"description": "The version is still the one in If-None-Match."}
    out["responses"].update(faults(schema, route))
    return out


def tag_of(route):
    return route.path.split("/")[3]


def tags(schema):
    """One for each first segment of a path; the file that declares its first route says what it is about."""
    first = {}
    for route in schema.routes:
        first.setdefault(tag_of(route), route.target)
    return [{"name": name, "description": schema.abouts.get(schema.file(one), name)} for name, one in first.items()]


def component_schemas(schema, text):
    """Problem, and whatever views, choices and records the text mentions, and what these mention in turn."""
    named = {pascal(one.name): one for what in ("view", "choice", "record") for one in schema.of[what].values()}
    out = {"Problem": PROBLEM}
    while found := [name for name in named if name not in out and f'"#/components/schemas/{name}"' in text]:
        for name in found:
            one = named[name]
            out[name] = {**TEXT, "enum": one.names} if one.what == "choice" else json_object(one.fields, one.doc)
            text += json.dumps(out[name])
    return dict(sorted(out.items()))


def components(schema, paths):
    """Whatever the paths mention."""
    text = json.dumps(paths)
    responses = {f"Problem{status}": problem(sentence, status in PASSING) for status, sentence in FAULTS.items()
                 if f'responses/Problem{status}"' in text}
    text += json.dumps(responses)
    return {
        "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        "parameters": {name: {"name": name, "in": "header", "description": doc, "schema": kind}
                       for name, (doc, kind) in PARAMETERS.items() if f'parameters/{name}"' in text},
        "headers": {name: {"description": doc, "schema": kind}
                    for name, (doc, kind) in HEADERS.items() if f'headers/{name}"' in text},
        "responses": {"Problem": problem("Something else went wrong."), **responses},
        "schemas": component_schemas(schema, text)}


def openapi_json(schema):
    paths = {}
    for route in schema.routes:
        paths.setdefault(route.path, {})[route.method.lower()] = operation(schema, route)
    about = "The core of a platform for learning physics. A command is answered once its events are on disk."
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Orrery", "version": "1", "description": about,
                 "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": "/"}],
        "tags": tags(schema),
        "paths": paths,
        "components": components(schema, paths)}
    return json.dumps(document, indent=2) + "\n"


# ---- TypeScript -----------------------------------------------------------------------------------------------------

TS_HEAD = """\
// Written by schema/schemac.py from schema/*.schema and api/routes.def; change those instead.

/** A UUID in its text form. */
export type Id = string;

/** A moment as RFC 3339 writes it, in UTC. */
export type Time = string;

/** A problem (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  instance?: string;
  errors?: { pointer: string; detail: string }[];
}

/** What a command with Prefer: dry-run would have led to; nothing was kept. */
export interface DryRun {
  dry_run: true;
  events: string[];
}

/** A page of a list; `next` is the cursor of the next one, null on the last. */
export interface Page<T> {
  data: T[];
  next: string | null;
}
"""


def ts_members(fields, indent="  ", sealed=False):
    """Of what is sealed, a personal text is null once its person is erased."""
    lines = []
    for field in fields:
        kind = f"{pascal(field.item)}[]" if field.kind == "list" else TS_KINDS.get(field.kind) or pascal(field.kind)
        optional = "optional" in field.marks
        unset = " | null" if optional or sealed and field.person else ""
        lines.append(f"{indent}{field.name}{'?' if optional else ''}: {kind}{unset};\n")
    return "".join(lines)


def ts_interface(name, fields, doc):
    comment = f"/** {doc} */\n" if doc else ""
    if not fields:
        return f"{comment}export type {name} = Record<string, never>;\n"
    return f"{comment}export interface {name} {{\n{ts_members(fields)}}}\n"


def ts_file(name, doc):
    return f"/** {doc} */\nexport type {name} = Blob;\n"


def ts_map(name, doc, rows):
    return f"/** {doc} */\nexport interface {name} {{\n{''.join(rows)}}}\n"


def ts_words(name, words, doc=""):
    return f"{doc}export type {name} =" + "".join(f'\n  | "{word}"' for word in words) + ";\n"


def ts_asks(target):
    return pascal(target.name) + ("Body" if target.what == "command" else "Query")


def ts_answer(target):
    view = pascal(target.answers or target.names[0])
    return f"Page<{view}>" if target.is_list else view


def ts_events(schema):
    rows = [f"  /** {event.doc} */\n  {event.name}: {{\n{ts_members(event.fields, '    ', sealed=True)}  }};\n"
            for event in schema.by_number("event")]
    return ts_map("Events", "What each event says; what named an erased person is null.", rows)


def contract_ts(schema):
    targets = [route.target for route in schema.routes]
    parts = [TS_HEAD, ts_words("Refusal", sorted(schema.of["refusal"]), "/** Lawful noes. */\n")]
    parts += [ts_words(pascal(choice.name), choice.names) for choice in schema.sorted("choice")]
    files = {target.names[0] for target in targets if target.gives_bytes}
    parts += [ts_file(pascal(one.name), one.doc) if one.name in files
              else ts_interface(pascal(one.name), one.fields, one.doc)
              for what in ("record", "view") for one in schema.sorted(what)]
    parts += [ts_file(ts_asks(one), one.doc) if one.takes_bytes else ts_interface(ts_asks(one), one.body(), one.doc)
              for one in targets]
    parts.append(ts_events(schema))
    rows = "".join(f'  {one.target.name}: {{ method: "{one.method}", path: "{one.path}", status: {one.status} }},\n'
                   for one in schema.routes)
    parts.append("/** Where each command and query is sent, and the status of success. */\n"
                 f"export const routes = {{\n{rows}}} as const;\n")
    parts.append(ts_map("Asks", "What goes into the body or the query string, beside what the path names.",
                        [f"  {one.name}: {ts_asks(one)};\n" for one in targets]))
    parts.append(ts_map("Answers", "What comes back.", [f"  {one.name}: {ts_answer(one)};\n" for one in targets]))
    return "\n".join(parts)


# ---- the event catalogue --------------------------------------------------------------------------------------------

EVENTS_HEAD = """\
# Events

Written by schema/schemac.py from schema/*.schema. An event's number is its name in the log and is never given again.
"""


def field_words(field):
    """A field's kind as the schema writes it."""
    kind = f"list of {field.item}" if field.kind == "list" else field.kind + (f" of {field.noun}" if field.noun else "")
    bounds = f" {field.min}..{field.max}" if field.kind in ("text", "bytes", "list") else ""
    return kind + bounds + (f", {field.format}" if field.format != "line" else "")


def field_notes(field):
    notes = [note for mark, note in (("optional", "optional"), ("stream", "names a stream"),
                                     ("erases", "whose key is destroyed")) if mark in field.marks]
    notes += [f"sealed under the key of `{field.person}`"] if field.person else []
    notes += [f"claims `{field.claim}`"] if field.claim else []
    return ", ".join(notes)


def field_table(fields):
    rows = "".join(f"| `{field.name}` | {field_words(field)} | {field_notes(field)} |\n" for field in fields)
    return f"| field | kind | |\n| --- | --- | --- |\n{rows}"


def event_section(schema, event):
    causes = ", ".join(f"`{one.name}`" for one in schema.sorted("command") if event.name in one.names)
    states = ", ".join(one.name for one in schema.sorted("state") if event.name in one.names)
    tail = " ".join(filter(None, [f"Follows from {causes}." if causes else "",
                                  f"Remembered by the state of: {states}." if states else ""]))
    head = f"## {event.number} {event.name}\n\n{event.doc}\n"
    return "\n".join(filter(None, [head, field_table(event.fields), f"{tail}\n" if tail else ""]))


def events_md(schema):
    parts = [EVENTS_HEAD] + [event_section(schema, event) for event in schema.by_number("event")]
    told = [*schema.of["event"].values(), *schema.of["record"].values()]
    items = {field.item for one in told for field in one.fields if field.kind == "list"}
    parts += [f"## List item {name}\n\n{field_table(schema.of['record'][name].fields)}" for name in sorted(items)]
    kinds = {field.kind for one in told for field in one.fields}
    rows = "".join(f"| `{choice.name}` | {' '.join(choice.names)} |\n"
                   for choice in schema.sorted("choice") if choice.name in kinds)
    return "\n".join([*parts, f"## Choices\n\n| choice | words |\n| --- | --- |\n{rows}"])
