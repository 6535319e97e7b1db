"""The C that a schema becomes: structs, shapes, tables and the prototypes owed. Data; hand-written code walks it."""
import re

from grammar import ASCII, I64_MAX, I64_MIN

C_TYPES = {"id": "struct id", "text": "struct text", "json": "struct text", "bytes": "struct bytes",
           "hash": "struct hash", "bool": "bool", "u32": "uint32_t", "u64": "uint64_t", "i64": "int64_t",
           "f64": "double", "time": "int64_t"}
KEPT_TEXT_SIZE_MIN = 24  # as commands/kept.h has it
FLAGGED = ["bool", "u32", "u64", "i64", "f64", "time"]  # absent is "has_NAME == false", see eventstore/base/shape.h
C_MARKS = {"optional": "FIELD_OPTIONAL", "stream": "FIELD_STREAM", "erases": "FIELD_ERASES",
           "personal": "FIELD_PERSONAL", "input": "FIELD_INPUT", "server": "FIELD_SERVER", "path": "FIELD_PATH",
           "caller": "FIELD_CALLER", "client_time": "FIELD_SERVER | FIELD_CLIENT_TIME", "secret": "FIELD_SECRET",
           "claims": "FIELD_CLAIM", "fresh": "FIELD_FRESH", "derived": "FIELD_DERIVED"}
HEAD = "/* Written by schema/schemac.py; change the schema instead. */\n"
# ISO C promises only 4095 characters of a string; gcc and clang have no such bound.
LONG_STRINGS = '#pragma GCC diagnostic ignored "-Woverlength-strings"\n'


def header(name, about, body):
    guard = f"ORRERY_SCHEMA_{name.upper()}_H"
    return f"{HEAD[:-4]}\n * {about} */\n#ifndef {guard}\n#define {guard}\n\n{body.strip()}\n\n#endif\n"


def c_string(text):
    """A literal, one source line for each line of the text."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    lines = re.findall(r"[^\n]*\n|[^\n]+", escaped) or [""]
    return "\n\t".join('"' + line.replace("\n", "\\n") + '"' for line in lines)


def enum(name, prefix, words):
    lines = "".join(f"\t{prefix}_{word} = {number},\n" for word, number in words)
    return f"enum {name} {{\n{lines}}};\n"


def table(kind, name, rows):
    """A constant array and its count; an empty one still has an element, since C wants one."""
    body = "".join(f"\t{row},\n" for row in rows) or "\t{0},\n"
    return f"const {kind} {name}s[] = {{\n{body}}};\nconst uint32_t {name}_count = {len(rows)};\n"


# ---- headers --------------------------------------------------------------------------------------------------------

def struct(declaration):
    lines = [f"/* {declaration.doc} */"] if declaration.doc else []
    lines.append(f"struct {declaration.name} {{")
    for field in declaration.fields:
        kind = f"struct list_of_{field.item}" if field.kind == "list" else C_TYPES.get(field.kind, f"enum {field.kind}")
        lines.append(f"\t{kind} {field.name};")
        if "optional" in field.marks and field.kind in FLAGGED:
            lines.append(f"\tbool has_{field.name};")
    if not declaration.fields:
        lines.append("\tchar nothing; /* C wants a member */")
    return "\n".join(lines) + f"\n}};\nextern const struct shape {declaration.name}_shape;\n"


def events_h(schema):
    records = schema.sorted("record")
    parts = ['#include "eventstore/base/shape.h"\n']
    parts += [enum(choice.name, choice.name.upper(), [(word, n) for n, word in enumerate(choice.names, 1)])
              for choice in schema.sorted("choice")]
    claims = [("none", 0)] + [(claim.name, claim.number) for claim in schema.by_number("claim")]
    parts.append("/* Kinds of value that at most one owner holds. */\n" + enum("claim", "CLAIM", claims))
    parts.append(enum("event_number", "EVENT", [(event.name, event.number) for event in schema.by_number("event")]))
    parts += [f"struct {record.name};\nstruct list_of_{record.name} {{\n"
              f"\tconst struct {record.name} *items;\n\tuint32_t count;\n}};\n" for record in records]
    parts += [struct(declaration) for declaration in (*records, *schema.by_number("event"))]
    return header("events", "Choices, claims, records and events.", "\n".join(parts))


def commands_h(schema):
    parts = ['#include "schema/events.h"\n']
    parts += [struct(declaration) for what in ("command", "query") for declaration in schema.sorted(what)]
    return header("commands", "Commands, and what queries ask.", "\n".join(parts))


def refusals_h(schema):
    names = ["none", *sorted(schema.of["refusal"])]
    return header("refusals", "Lawful noes.", enum("refusal", "REFUSAL", list(zip(names, range(len(names))))))


def decide(command):
    """The prototype of a command's decider: the states it loads, the command, the decision."""
    states = [f"const struct {load['noun']} *{name}" for load, name in zip(command.loads, command.loaded())]
    return (f"void {command.loads[0]['noun']}_decide_{command.name}({', '.join(states)}, "
            f"const struct {command.name} *command, struct decision *decision)")


def handlers_h(schema):
    parts = ['#include "schema/commands.h"\n#include "schema/states.h"\n', "struct decision;"]
    for state in schema.sorted("state"):
        parts.append(f"\n/* How the state of a {state.name} follows from its events. */")
        parts += [f"void {state.name}_on_{event}(struct {state.name} *state, const struct {event} *event);"
                  for event in state.names]
    parts.append("\n/* Each refuses once, emits events, or does neither because things already are as wished. */")
    parts += [decide(command) + ";" for command in schema.sorted("command")]
    about = "What hand-written code owes: a forgotten one is a link error that names it."
    return header("handlers", about, "\n".join(parts))


def kept_bytes(field):
    """A kept text's room: for its longest value, and for what may stand in its place (KEPT_TEXT_SIZE_MIN)."""
    return max(field.max * (1 if field.format in ASCII else 4), KEPT_TEXT_SIZE_MIN)


def kept_struct(schema, declaration):
    lines = [f"/* {declaration.doc} */", f"struct {declaration.name} {{"]
    for field in declaration.fields:
        if field.kind == "list":
            lines += [f"\tuint32_t {field.name}_count;", f"\tstruct {field.item} {field.name}[{field.max}];"]
        elif field.kind == "text":
            lines.append(f"\tTEXT_BUFFER({kept_bytes(field)}) {field.name};")
        elif field.kind == "set":
            lines.append(f"\tuint32_t {field.name}; /* 1 << enum {field.noun} */")
        else:
            what = "enum" if field.kind in schema.of["choice"] else "struct"
            lines.append(f"\t{C_TYPES.get(field.kind, f'{what} {field.kind}')} {field.name};")
    return "\n".join(lines) + "\n};\n"


def states_h(schema):
    parts = ['#include "schema/events.h"\n']
    parts += [kept_struct(schema, declaration) for what in ("part", "state") for declaration in schema.sorted(what)]
    return header("states", "What deciders remember: plain values, all zeroes before a stream's first event.",
                  "\n".join(parts))


def openapi_h():
    return header("openapi", "The description of the HTTP interface, OpenAPI 3.1, as JSON.",
                  "#include <stddef.h>\n\n/* Terminated; the size does not count the terminator. */\n"
                  "extern const char   schema_openapi_json[];\nextern const size_t schema_openapi_json_size;")


# ---- tables ---------------------------------------------------------------------------------------------------------

def c_number(number):
    return {I64_MIN: "INT64_MIN", I64_MAX: "INT64_MAX"}.get(number, str(number))


def field_row(schema, declaration, field):
    kind = field.kind.upper() if field.kind in C_TYPES or field.kind == "list" else "CHOICE"
    parts = [f'.name = "{field.name}"', f".kind = KIND_{kind}"]
    if field.marks:
        parts.append(".marks = " + " | ".join(C_MARKS[mark] for mark in C_MARKS if mark in field.marks))
    if "personal" in field.marks:
        person = declaration.field(field.person)
        parts.append(f".person = {declaration.fields.index(person) if person else 'PERSON_UNNAMED'}")
    if field.claim:
        parts.append(f".claim = CLAIM_{field.claim}")
    if field.kind == "text":
        parts.append(f".format = FORMAT_{field.format.upper()}")
    if field.noun:
        parts.append(f'.noun = "{field.noun}"')
    if field.sources:
        places = ", ".join(str(declaration.fields.index(declaration.field(name))) for name in field.sources)
        parts.append(f".sources = {{{places}}}, .source_count = {len(field.sources)}")
    parts.append(f".offset = offsetof(struct {declaration.name}, {field.name})")
    if "optional" in field.marks and field.kind in FLAGGED:
        parts.append(f".has_offset = offsetof(struct {declaration.name}, has_{field.name})")
    if field.max:
        parts.append(f".min = {c_number(field.min)}, .max = {c_number(field.max)}")
    if kind == "CHOICE":
        parts.append(f".choice = &{field.kind}_choice")
    if kind == "LIST":
        parts.append(f".record = &{field.item}_shape")
    return "{" + ", ".join(parts) + "}"


def shape(schema, declaration):
    name = declaration.name
    rows = "".join(f"\t{field_row(schema, declaration, field)},\n" for field in declaration.fields) or "\t{0},\n"
    return (f"static const struct field {name}_fields[] = {{\n{rows}}};\n"
            f'const struct shape {name}_shape = {{.name = "{name}", .fields = {name}_fields, '
            f".count = {len(declaration.fields)}, .size = sizeof(struct {name})}};\n")


def choice_words(choice):
    name, words = choice.name, ", ".join(f'"{word}"' for word in choice.names)
    return (f'static_assert(sizeof(enum {name}) == sizeof(uint32_t), "shapes read a choice as four bytes");\n'
            f"static const char *const {name}_words[] = {{{words}}};\n"
            f'static const struct choice {name}_choice = {{"{name}", {name}_words, {len(choice.names)}}};\n')


def catalog_c(schema):
    parts = [HEAD + '#include "eventstore/base/catalog.h"\n\n#include <assert.h>\n\n'
             '#include "schema/commands.h"\n#include "schema/refusals.h"\n']
    shaped = [one for what in ("record", "event", "command", "query") for one in schema.sorted(what)]
    used = {field.kind for one in shaped for field in one.fields}
    parts += [choice_words(choice) for choice in schema.sorted("choice") if choice.name in used]
    parts += [shape(schema, one) for one in shaped]
    parts.append(table("struct event_type", "event_type", [
        f'{{"{one.name}", {c_string(one.doc)}, {one.number}, &{one.name}_shape}}'
        for one in schema.by_number("event")]))
    parts.append(table("struct command_type", "command_type", [
        f'{{"{one.name}", {c_string(one.doc)}, &{one.name}_shape}}' for one in schema.sorted("command")]))
    parts.append(table("struct query_type", "query_type", [
        f'{{"{one.name}", {c_string(one.doc)}, &{one.name}_shape, {str(one.is_list).lower()}}}'
        for one in schema.sorted("query")]))
    parts.append(table("struct refusal_type", "refusal_type", ['{"none", "Nothing was refused.", 200}'] + [
        f'{{"{one.name}", {c_string(one.doc)}, {one.number}}}' for one in schema.sorted("refusal")]))
    parts.append(table("struct claim_type", "claim_type", ['{"none", REFUSAL_none}'] + [
        f'{{"{one.name}", REFUSAL_{one.names[0]}}}' for one in schema.by_number("claim")]))
    return "\n".join(parts)


def kept_row(schema, declaration, field):
    choice = field.noun if field.kind == "set" else field.kind if field.kind in schema.of["choice"] else None
    part = field.item if field.kind == "list" else field.kind if field.kind in schema.of["part"] else None
    how = {"set": "SET", "list": "LIST"}.get(field.kind, "PART" if part else "VALUE")
    parts = [f'.name = "{field.name}"', f".how = KEPT_{how}",
             f".offset = offsetof(struct {declaration.name}, {field.name})"]
    if how == "VALUE":
        parts.append(f".kind = KIND_{'CHOICE' if choice else field.kind.upper()}")
    if how == "LIST":
        parts.append(f".count_offset = offsetof(struct {declaration.name}, {field.name}_count)")
    parts += [f".choice = &{choice}_choice"] if choice else []
    parts += [f".part = &{part}_kept"] if part else []
    return "{" + ", ".join(parts) + "}"


def kept_shape(schema, declaration):
    name = declaration.name
    rows = "".join(f"\t{kept_row(schema, declaration, field)},\n" for field in declaration.fields)
    return (f"static const struct kept_field {name}_kept_fields[] = {{\n{rows}}};\n"
            f'static const struct kept_shape {name}_kept = {{"{name}", {name}_kept_fields, '
            f"{len(declaration.fields)}, sizeof(struct {name})}};\n")


def kept_choices(schema, declarations):
    """The words of choices that states use, whether or not events do."""
    used = {name for one in declarations for field in one.fields for name in (field.kind, field.noun)}
    return [choice_words(choice) for choice in schema.sorted("choice") if choice.name in used]


def event_nouns(schema, states):
    """Which states take in an event, so that nobody looks for it in all of them."""
    lists, rows = [], []
    for event in schema.by_number("event"):
        places = [str(place) for place, state in enumerate(states) if event.name in state.names]
        name = f"nouns_of_{event.name}"
        lists += [f"static const uint16_t {name}[] = {{{', '.join(places)}}};\n"] if places else []
        rows.append(f"\t{{{name if places else 'NULL'}, {len(places)}}},\n")
    return "".join(lists) + f"const struct noun_list event_nouns[] = {{\n{''.join(rows)}}};\n"


def load_row(nouns, command, load):
    parts = [f".noun = {nouns.index(load['noun'])}"]
    if load["loaded"]:
        index = command.loaded().index(load["loaded"])
        parts.append(f".from = {index + 1}, .offset = offsetof(struct {command.loads[index]['noun']}, {load['field']})")
    else:
        parts.append(f".field = {command.fields.index(command.field(load['field']))}")
    parts += [f".claim = CLAIM_{load['claim']}"] if load["claim"] else []
    return "{" + ", ".join(parts) + "}"


def dispatch_c(schema):
    """The one place with void pointers: a thunk for each fold and decider, and the tables over them."""
    states, kept = schema.sorted("state"), [*schema.sorted("part"), *schema.sorted("state")]
    parts = [HEAD + '#include "commands/decision.h"\n\n#include <assert.h>\n\n#include "schema/handlers.h"\n']
    parts += kept_choices(schema, kept) + [kept_shape(schema, one) for one in kept]
    for state in states:
        events = sorted((schema.of["event"][name] for name in state.names), key=lambda event: event.number)
        parts += [f"static void {state.name}_fold_{event.name}(void *state, const void *event)\n{{\n"
                  f"\t{state.name}_on_{event.name}(state, event);\n}}\n" for event in events]
        rows = "".join(f"\t{{EVENT_{event.name}, {state.name}_fold_{event.name}}},\n" for event in events)
        views = ", ".join(f'"{noun}"' for noun in schema.viewed_nouns(state))
        parts.append(f"static const struct fold {state.name}_folds[] = {{\n{rows}}};\n"
                     f"static const char *const {state.name}_views[] = {{{views}}};\n")
    parts.append(table("struct noun_type", "noun_type", [
        f"{{&{one.name}_kept, {one.name}_folds, {len(one.names)}, {one.name}_views, {len(schema.viewed_nouns(one))}}}"
        for one in states]))
    parts.append(event_nouns(schema, states))
    nouns = [state.name for state in states]
    for command in schema.sorted("command"):
        arguments = ", ".join([f"states[{index}]" for index in range(len(command.loads))] + ["command", "decision"])
        parts.append(f"static void decide_{command.name}(const void *const states[], const void *command, "
                     f"struct decision *decision)\n{{\n"
                     f"\t{command.loads[0]['noun']}_decide_{command.name}({arguments});\n}}\n")
        rows = "".join(f"\t{load_row(nouns, command, load)},\n" for load in command.loads)
        parts.append(f"static const struct load {command.name}_loads[] = {{\n{rows}}};\n")
    rows = "".join(f"\t{{&command_types[{index}], {one.name}_loads, {len(one.loads)}, decide_{one.name}}},\n"
                   for index, one in enumerate(schema.sorted("command")))
    parts.append(f"const struct command_handler command_handlers[] = {{\n{rows}}};\n")
    return "\n".join(parts)


def parameter_list(name, statement):
    """A statement's parameters as an array of their own, and what names it: nothing when there are none."""
    if not statement.parameters:
        return "", "NULL, 0"
    rows = "".join(f'\t{{PARAMETER_{source}, {index}, "{field}"}},\n' for source, index, field in statement.parameters)
    return f"static const struct parameter {name}[] = {{\n{rows}}};\n", f"{name}, {len(statement.parameters)}"


def projection_arrays(schema, projection):
    """The arrays of one projection, and the row that names them."""
    name, parts, counts = projection.name, [], {}
    queries = [query.name for query in schema.sorted("query")]
    heads = {"fold_statement": lambda owner: f"EVENT_{owner.name}",
             "query_statement": lambda owner: f'"{owner.name}", &query_types[{queries.index(owner.name)}]',
             "lookup_statement": lambda owner: f'"{owner.name}"'}
    for kind, many, statements in (("fold_statement", "folds", projection.on),
                                   ("query_statement", "queries", projection.queries),
                                   ("lookup_statement", "lookups", projection.lookups)):
        rows = []
        for index, statement in enumerate(statements):
            array, named = parameter_list(f"{name}_{many}_{index}", statement)
            if many == "lookups":
                array, named = "", str(len(statement.parameters))
            parts.append(array)
            rows.append(f"\t{{{heads[kind](statement.owner)},\n\t{c_string(statement.sql)},\n\t{named}}},\n")
        counts[many] = f"{name}_{many}, {len(rows)}" if rows else "NULL, 0"
        if rows:
            parts.append(f"static const struct {kind} {name}_{many}[] = {{\n{''.join(rows)}}};\n")
    clear = "".join(f'"{table_name}", ' for table_name in sorted(set(projection.clear.values())))
    parts.append(f"static const char *const {name}_clear_tables[] = {{{clear}NULL}};\n")
    parallel = f'"{projection.parallel[0]}"' if projection.parallel else "NULL"
    row = (f'\t{{"{name}", "{projection.fingerprint}",\n\t{c_string(projection.tables)},\n'
           f'\t{name}_clear_tables, {parallel},\n'
           f'\t{counts["folds"]}, {counts["queries"]}, {counts["lookups"]}}},\n')
    return "\n".join(filter(None, parts)), row


def projections_c(schema):
    pairs = [projection_arrays(schema, projection) for projection in schema.projections]
    rows = "".join(row for _, row in pairs) or "\t{0},\n"
    return (f'{HEAD}#include "projections/fold.h"\n#include "schema/events.h"\n\n{LONG_STRINGS}\n'
            + "\n".join(arrays for arrays, _ in pairs)
            + f"\nconst struct projection projections[] = {{\n{rows}}};\n"
            + f"const uint32_t projection_count = {len(pairs)};\n")


def openapi_c(text):
    return (f'{HEAD}#include "schema/openapi.h"\n\n{LONG_STRINGS}\n'
            f"const char schema_openapi_json[] =\n\t{c_string(text)};\n"
            "const size_t schema_openapi_json_size = sizeof(schema_openapi_json) - 1;\n")
