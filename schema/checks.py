"""What must hold of a schema beyond its grammar. Each check says its own sentence."""
import hashlib
import json

from grammar import BOUNDS, FORMATS, KEPT, KINDS, MARKS, NOT_FROM_BODY, article

# As eventstore/base/shape.h, commands/decision.h and eventstore/log/record.h have them.
FIELDS_MAX, DEPTH_MAX, LOADS_MAX, EVENT_NUMBER_MAX = 64, 4, 8, 65535
SET_WORDS_MAX = 31  # bits 1 to 31 of 32; commands/kept.h


def check_schema(schema, mistakes):
    check_numbers(schema, mistakes)
    for event in schema.of["event"].values():
        if not any("stream" in field.marks for field in event.fields):
            mistakes.say(event.where, f'{event.name} belongs to no stream; mark an id with "stream"')
    for what in MARKS:
        for declaration in schema.of[what].values():
            check_fields(schema, declaration, mistakes)
    for what in ("part", "state"):
        for declaration in schema.of[what].values():
            check_kept(schema, declaration, mistakes)
    for what in ("event", "command", "query", "refusal"):
        for declaration in schema.of[what].values():
            if not declaration.doc:
                mistakes.say(declaration.where, f'{declaration.name} has no sentence that says what it is')
    for record in schema.of["record"].values():
        if depth(schema, record, DEPTH_MAX) > DEPTH_MAX:
            mistakes.say(record.where, f"records lie at most {DEPTH_MAX} deep in one another")
    for command in schema.of["command"].values():
        check_command(schema, command, mistakes)
        check_privacy(schema, command, mistakes)
    check_references(schema, mistakes)


def check_numbers(schema, mistakes):
    """Numbers that lie on disk: they are names there."""
    for what, most in (("event", EVENT_NUMBER_MAX), ("claim", len(schema.of["claim"]))):
        numbers = {}
        for one in schema.of[what].values():
            twin = numbers.setdefault(one.number, one)
            if twin is not one:
                mistakes.say(one.where, f"number {one.number} is {twin.name}'s already, at {twin.where}")
            elif not 1 <= one.number <= most:
                gaps = ", without gaps" if what == "claim" else ""
                mistakes.say(one.where, f"the number of {what} {one.name} is from 1 to {most}{gaps}")


def depth(schema, record, budget):
    items = [schema.of["record"][field.item] for field in record.fields if field.item in schema.of["record"]]
    return 1 + max((depth(schema, item, budget - 1) for item in items), default=0) if budget >= 0 else 1


def check_fields(schema, declaration, mistakes):
    view = declaration.what == "view"
    if len(declaration.fields) > FIELDS_MAX:
        mistakes.say(declaration.where, f"{declaration.name} has more than {FIELDS_MAX} fields")
    for field in declaration.fields:
        kinds = KINDS + list(schema.of["choice"]) + (list(schema.of["view"]) if view else [])
        items = list(schema.of["view"]) + list(schema.of["choice"]) if view else list(schema.of["record"])
        if field.kind != "list" and field.kind not in kinds:
            mistakes.say(field.where, f'no kind "{field.kind}" (there are: {" ".join(kinds)} list)')
        elif field.kind == "list" and field.item not in items:
            mistakes.say(field.where, f'no list of "{field.item}" (there are: {" ".join(items)})')
        else:
            check_bounds(field, view, mistakes)
            check_marks(schema, declaration, field, mistakes)


def check_bounds(field, view, mistakes):
    bounded = field.kind in ("text", "bytes", "list") or field.kind == "json" and not view
    if bounded and field.max is None:
        how = f'"list of {field.item} max N"' if field.kind == "list" else f'"{field.kind} MIN..MAX"'
        mistakes.say(field.where, f"{field.name} needs a maximum: {how}")
    elif field.max is not None and field.kind not in ("text", "bytes", "list", *BOUNDS):
        mistakes.say(field.where, f'a field of kind "{field.kind}" has no bounds')
    elif field.max is not None and field.min > field.max:
        mistakes.say(field.where, f"the least, {field.min}, is above the most, {field.max}")
    elif field.kind in ("u32", "u64") and (field.min or 0) < 0:
        mistakes.say(field.where, f"a {field.kind} is never below 0")
    if field.max is None:
        field.min, field.max = BOUNDS.get(field.kind, (0, 0))


def check_kept(schema, declaration, mistakes):
    """What a state, or a part of one, keeps by value."""
    if not declaration.fields or not declaration.doc:
        mistakes.say(declaration.where, f"{declaration.name} needs a sentence, and after it the fields that are kept")
    for field in declaration.fields:
        choices, parts = list(schema.of["choice"]), list(schema.of["part"]) if declaration.what == "state" else []
        if field.kind == "set" and field.noun not in choices:
            mistakes.say(field.where, f'no set of "{field.noun}" (there are: {" ".join(choices)})')
        elif field.kind == "set" and len(schema.of["choice"][field.noun].names) > SET_WORDS_MAX:
            mistakes.say(field.where, f"a set is of a choice with at most {SET_WORDS_MAX} words")
        elif field.kind == "list" and field.item not in parts:
            mistakes.say(field.where, f'{declaration.name} keeps no list of "{field.item}" (there are: '
                                      f'{" ".join(parts)})')
        elif field.kind not in (*KEPT, *choices, *parts, "set", "list"):
            kinds = " ".join([*KEPT, *choices, *parts])
            mistakes.say(field.where, f'{declaration.name} keeps no "{field.kind}" (there are: {kinds} set list)')
        elif field.kind in ("text", "list") and field.max is None:
            check_bounds(field, False, mistakes)
        elif field.format not in FORMATS:
            mistakes.say(field.where, f'no format "{field.format}" (there are: {" ".join(FORMATS)})')


def check_marks(schema, declaration, field, mistakes):
    if field.noun and field.kind != "id":
        mistakes.say(field.where, f'only an id is of a noun, not a field of kind "{field.kind}"')
    if field.format not in FORMATS:
        mistakes.say(field.where, f'no format "{field.format}" (there are: {" ".join(FORMATS)})')
    elif field.format != "line" and field.kind != "text":
        mistakes.say(field.where, f"only a text has a format, not {field.name}")
    for mark in ("personal", "claims"):
        if mark in field.marks and field.kind != "text":
            mistakes.say(field.where, f'only a text can be marked "{mark}", not {field.name}')
    for mark, what in (("stream", "a stream"), ("erases", "a person to erase")):
        if mark in field.marks and field.kind != "id":
            mistakes.say(field.where, f"only an id names {what}, not {field.name}")
    if "fresh" in field.marks and field.kind != "id":
        mistakes.say(field.where, f"only an id can be fresh, not {field.name}")
    if "client_time" in field.marks and (field.kind != "time" or field.marks != {"client_time", "optional"}):
        mistakes.say(field.where, f'the client\'s time is written "time optional client_time", not so {field.name}')
    if "personal" in field.marks and not field.person and declaration.what == "event":
        mistakes.say(field.where, f'an event says whose {field.name} is: "personal of FIELD"')
    if declaration.what == "command" and "secret" in field.marks and field.kind not in ("text", "bytes", "hash"):
        mistakes.say(field.where, f'only a text, bytes or a hash can be "secret" in a command, not {field.name}')
    person = declaration.field(field.person)
    if field.person and (not person or person.kind != "id"):
        mistakes.say(field.where,
                     f"{declaration.name} has no id field {field.person} for {field.name} to be personal of")
    if "derived" in field.marks:
        check_derived(declaration, field, mistakes)
    if field.claim and field.claim not in schema.of["claim"]:
        mistakes.say(field.where, f'no claim "{field.claim}" (there are: {" ".join(schema.of["claim"])})')


def check_derived(declaration, field, mistakes):
    """An id that follows from one or two others, which stand before it."""
    if field.kind != "id" or not field.noun:
        mistakes.say(field.where, f'what is derived is an "id of NOUN", not {field.name}')
    if field.marks & (NOT_FROM_BODY | {"input"}) != {"derived"}:
        mistakes.say(field.where, f"{field.name} is derived, so it comes from nowhere else")
    earlier = declaration.fields[:declaration.fields.index(field)]
    for name in field.sources:
        source = next((one for one in earlier if one.name == name), None)
        if not source or source.kind != "id" or "input" in source.marks:
            mistakes.say(field.where, f"{declaration.name} has no id {name} before {field.name} to derive it from")
        elif "optional" in source.marks - field.marks and "fresh" not in source.marks:
            mistakes.say(field.where, f"{field.name} is optional, since {name} is, from which it is derived")


def check_privacy(schema, command, mistakes):
    """The journal keeps commands: what events seal of a person, it must seal or leave out, unless the command's own
    events hold it in clear."""
    personal = {field.name: event for event in schema.of["event"].values() for field in event.fields
                if "personal" in field.marks}
    own = [field for event in filter(None, map(schema.of["event"].get, command.names)) for field in event.fields]
    clear = {field.name for field in own} - {field.name for field in own if "personal" in field.marks}
    for field in command.fields:
        if field.kind in ("text", "json", "bytes") and field.name in personal.keys() - clear \
                and not field.marks & {"input", "personal", "secret"}:
            mistakes.say(field.where, f"{field.name} is personal in {personal[field.name].name}; mark it "
                                      '"personal of FIELD", "personal" or "secret"')


def check_command(schema, command, mistakes):
    names = command.loaded()
    if not command.loads:
        mistakes.say(command.where, f'{command.name} loads nothing; write "loads NOUN by FIELD"')
    elif len(names) > LOADS_MAX or len(set(names)) < len(names):
        mistakes.say(command.where,
                     f'{command.name} loads at most {LOADS_MAX} nouns, each of another name (use "as ALIAS")')
    for index, load in enumerate(command.loads):
        if load["noun"] not in schema.of["state"]:
            states = " ".join(schema.of["state"])
            mistakes.say(command.where, f'no state "{load["noun"]}" to load (there are: {states})')
        elif load["claim"] and load["claim"] not in schema.of["claim"]:
            mistakes.say(command.where, f'no claim "{load["claim"]}" (there are: {" ".join(schema.of["claim"])})')
        elif load["loaded"]:
            check_load_by_state(schema, command, index, mistakes)
        else:
            check_load(schema, command, load, mistakes)
    if len([field for field in command.fields if "client_time" in field.marks]) > 1:
        mistakes.say(command.where, f"{command.name} has the client's time twice; there is but one of a request")
    if command.answers is None:
        mistakes.say(command.where, f'{command.name} answers nothing; write "answers VIEW"')


def check_load(schema, command, load, mistakes):
    """By a field of the command."""
    field, kind = command.field(load["field"]), "text" if load["claim"] else "id"
    if not field or field.kind != kind:
        mistakes.say(command.where, f'{command.name} has no {kind} field {load["field"]} to load {load["noun"]} by')
    elif not load["claim"]:
        check_viewed(schema, command, load, field, mistakes)


def check_load_by_state(schema, command, index, mistakes):
    """By an id that a state remembers which was loaded before it."""
    load = command.loads[index]
    if load["loaded"] not in command.loaded()[:index]:
        mistakes.say(command.where,
                     f'{command.name} loads no {load["loaded"]} before the {load["noun"]} that is to be loaded by it')
        return
    state = schema.of["state"].get(command.loads[command.loaded().index(load["loaded"])]["noun"])
    field = state and state.field(load["field"])
    if state and (not field or field.kind != "id"):
        mistakes.say(command.where, f'the state of {article(state.name)} keeps no id {load["field"]} to load '
                                    f'{load["noun"]} by')
    elif field:
        check_viewed(schema, command, load, field, mistakes)


def check_viewed(schema, command, load, field, mistakes):
    """Of a stream one may load any noun that folds events of such streams."""
    nouns = schema.viewed_nouns(schema.of["state"][load["noun"]])
    if field.noun and nouns and field.noun not in nouns:
        mistakes.say(command.where, f'{load["noun"]} is loaded by the id of {article(nouns[0])}, not of '
                                    f'{article(field.noun)}')


def check_references(schema, mistakes):
    """Names that one declaration mentions of others."""
    def check(declaration, names, what):
        for name in names:
            if name not in schema.of[what]:
                mistakes.say(declaration.where, f'no {what} "{name}", which {declaration.name} mentions')
    for claim in schema.of["claim"].values():
        check(claim, claim.names, "refusal")
    for command in schema.of["command"].values():
        check(command, command.names, "event")
        check(command, command.refuses, "refusal")
        check(command, filter(None, [command.answers]), "view")
    for query in schema.of["query"].values():
        check(query, query.names, "view")
        check(query, query.refuses, "refusal")
        check(query, filter(None, [query.lines]), "record")
        check_lines(schema, query, mistakes)
        check(query, query.refuses, "refusal")
    for state in schema.of["state"].values():
        check(state, state.names, "event")
        viewed = schema.viewed_nouns(state)
        if not viewed and all(name in schema.of["event"] for name in state.names):
            mistakes.say(state.where, f"no noun has streams that bear every event of the state {state.name}")
        for event in filter(None, map(schema.of["event"].get, state.names)):
            if viewed == [state.name] and state.name not in event.stream_nouns():
                mistakes.say(state.where,
                             f"{event.name} is in no stream of a {state.name}, so its state cannot fold it")


def check_lines(schema, query, mistakes):
    """Lines in, lines out: the answer is a view of one list, an item for each line."""
    views = [schema.of["view"].get(name) for name in query.names]
    if query.lines and not (query.by_api and all(view and [field.kind for field in view.fields] == ["list"]
                                                 for view in views)):
        mistakes.say(query.where, f'{query.name} takes lines, so it is "by api" and its view is one list')


def check_routes(schema, mistakes):
    seen = {}
    for route in schema.routes:
        for key in (route.target.name, f"{route.method} {route.path}"):
            twin = seen.setdefault(key, route)
            if twin is not route:
                mistakes.say(route.where, f"{key} has a route already, at {twin.where}")
    for route in schema.routes:
        marked = [field.name for field in route.target.fields if "path" in field.marks]
        for name in set(route.parameters()) - set(marked):
            mistakes.say(route.where, f'{route.target.name} has no field {name} marked "path"')
        for name in set(marked) - set(route.parameters()):
            mistakes.say(route.where,
                         f"{route.target.name}'s field {name} is marked \"path\", but {route.path} does not name it")
    for declaration in (*schema.of["command"].values(), *schema.of["query"].values()):
        if not declaration.internal and not any(route.target is declaration for route in schema.routes):
            remedy = ' (a command that no route sends is marked "internal")' if declaration.what == "command" else ""
            mistakes.say(declaration.where,
                         f"{declaration.what} {declaration.name} has no route in api/routes.def{remedy}")


def spell(schema, declaration, choices):
    """What of a declaration lies on disk; the choices it uses are added to `choices`."""
    out = []
    for field in declaration.fields:
        marks = sorted(field.marks - {"claims", "personal", "secret"})
        out.append([field.name, field.kind, field.noun, field.min, field.max, field.format, field.person, field.claim,
                    marks])
        if field.kind in schema.of["choice"]:
            choices[field.kind] = schema.of["choice"][field.kind]
        if field.item in schema.of["record"]:
            out.append(spell(schema, schema.of["record"][field.item], choices))
    return out


def ledger_lines(schema):
    """What a release fixes, each with its place: events and claims by number, the words of choices that events use."""
    lines, choices = {}, {}
    for event in schema.by_number("event"):
        text = json.dumps([event.name, event.number, spell(schema, event, choices)])
        fingerprint = hashlib.sha256(text.encode()).hexdigest()[:16]
        lines[f"event {event.number}"] = (f"event {event.number} {event.name} {fingerprint}", event.where)
    for claim in schema.by_number("claim"):
        lines[f"claim {claim.number}"] = (f"claim {claim.number} {claim.name}", claim.where)
    for name in sorted(choices):
        lines[f"choice {name}"] = (f"choice {name} {' '.join(choices[name].names)}", choices[name].where)
    return lines


def check_ledger_line(line, now, mistakes):
    """Is what was released still there, and still the same? `now` is what the schema says of it today, and where."""
    words = line.split()
    name = words[1] if words[0] == "choice" else words[2]
    text, where = now
    if words[0] == "choice":
        if text.split()[:len(words)] != words:
            mistakes.say(where,
                         f'choice {name} was released with "{" ".join(words[2:])}"; words are only added, at the end')
    elif text != line:
        remedy = "give the new shape a new number" if words[0] == "event" else "a number is never given again"
        mistakes.say(where, f"{words[0]} {words[1]} was released as {name} and has changed; {remedy}")


def check_ledger(schema, path, shown, mistakes, adding=False):
    """Returns the ledger's lines as they should be; without `adding`, what is not in it yet is a mistake too."""
    kept = path.read_text().splitlines() if path.exists() else []
    now, seen = ledger_lines(schema), set()
    for index, line in enumerate(kept):
        if line.startswith("#") or not line.split():
            continue
        key = " ".join(line.split()[:2])
        seen.add(key)
        if key in now:
            check_ledger_line(line, now[key], mistakes)
            kept[index] = now[key][0]
        else:
            mistakes.say(f"{shown}:{index + 1}",
                         f'"{line}" was released and is gone from the schema, where it must stay for ever')
    for key in [key for key in now if key not in seen]:
        text, where = now[key]
        kept.append(text)
        if not adding:
            mistakes.say(where, f'{key} is not in {shown} yet; run "schema/schemac.py ledger" to release it')
    return kept
