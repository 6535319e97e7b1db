"""What must hold of a read model's fold, so that the same events make the same rows: whenever they are folded, in any
batches, and where "-- parallel by FIELD in COLUMN" promises it, by many workers at once.

The promise: each row belongs to one id, which stands in COLUMN of every table, and an event touches the rows of the id
in its FIELD alone. What is checked of it is textual and strict: a statement that cannot be seen to keep it is
refused."""
import re

# What gives another value at another time, in another session or after another order of events.
UNSTEADY = re.compile(r"\b(?:now|random|setseed|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|age"
                      r"|gen_random_uuid|uuid_generate_\w+|nextval|currval|lastval|txid_current|pg_current_xact_id"
                      r"|pg_backend_pid|pg_\w*sleep\w*)(?=\s*\()"
                      r"|\b(?:current_timestamp|current_date|current_time|localtime|localtimestamp|(?:small|big)?serial"
                      r"|ctid|xmin|xmax|tableoid)\b|\bAS\s+IDENTITY\b|\bTABLESAMPLE\b", re.I)
PARALLEL = re.compile(r"^-- parallel by (\w+) in (\w+)$", re.M)
QUOTED = re.compile(r"--[^\n]*|'(?:[^']|'')*'")
TABLE = re.compile(r"\bCREATE\s+TABLE\s+(\w+)\s*\((.*?)\n\)", re.S | re.I)
UNIQUE = re.compile(r"\b(?:PRIMARY\s+KEY|UNIQUE)\b\s*(\([^)]*\))?", re.I)
UNIQUE_INDEX = re.compile(r"\bCREATE\s+UNIQUE\s+INDEX\b[^;]*?\(([^;]*)\)", re.I)
ELSEWHERE = re.compile(r"\b(?:REFERENCES|EXCLUDE|TRIGGER|RULE)\b", re.I)
HEAD = re.compile(r"\s*(?:INSERT\s+INTO\s+(?P<into>\w+)\s*\((?P<columns>[^)]*)\)\s*"
                  r"(?:VALUES\s*\((?P<values>.*?)\)\s*(?P<tail>ON\s+CONFLICT\b.*)?$|SELECT\s+(?P<first>[^,]*),)"
                  r"|UPDATE\s+\w+\s+SET\b|DELETE\s+FROM\s+\w+)", re.I | re.S)


def plain(sql):
    """Without comments, and with literals emptied."""
    return QUOTED.sub(lambda match: "''" if match[0][0] == "'" else "", sql)


def check_steady(projection, tables_where, mistakes):
    """Columns and folds must not depend on when or by whom they are made."""
    for where, sql in [(tables_where, projection.tables), *((one.where, one.sql) for one in projection.on)]:
        found = UNSTEADY.search(plain(sql))
        if found:
            mistakes.say(where, f'"{found[0]}" would give other rows when the events are folded again')


def check_parallel(projection, where, mistakes):
    field, column = projection.parallel
    check_tables(projection, column, where, mistakes)
    tables = [match[1] for match in TABLE.finditer(plain(projection.tables))]
    for statement in projection.on:
        event, key = statement.owner, statement.owner.field(field)
        if not key or key.kind != "id" or "optional" in key.marks:
            mistakes.say(statement.where, f"{event.name} has no id that is always there in a field {field}, by which "
                                          f"{projection.name} is parallel")
            continue
        number = next((index for index, parameter in enumerate(statement.parameters, 1)
                       if parameter[0] == "FIELD" and parameter[2] == field), 0)
        if not keeps_to(plain(statement.sql), f"${number}", column, tables):
            mistakes.say(statement.where, f"a statement of {event.name} may touch rows of another {field}: "
                                          f"each table needs {column} = :{field}, and no OR")


def check_tables(projection, column, where, mistakes):
    sql = plain(projection.tables)
    if len(re.findall(r"\bCREATE\b[^;(]*\bTABLE\b", sql, re.I)) != len(TABLE.findall(sql)):
        mistakes.say(where, "of what is parallel each table is written CREATE TABLE NAME (, a column a line, and )")
    if ELSEWHERE.search(sql):
        mistakes.say(where, "what is parallel has no references, exclusions, triggers or rules between its rows")
    for match in TABLE.finditer(sql):
        lines = [line.split() for line in match[2].split("\n") if line.split()]
        own = next((line for line in lines if line[0] == column), None)
        if not own:
            mistakes.say(where, f"table {match[1]} has no column {column}, by which it is parallel")
            continue
        for line in lines:
            for unique in UNIQUE.finditer(" ".join(line)):
                if column not in re.findall(r"\w+", unique[1] or line[0]):
                    mistakes.say(where, f"a key of {match[1]} is without {column}, by which it is parallel")
    for match in UNIQUE_INDEX.finditer(sql):
        if column not in re.findall(r"\w+", match[1]):
            mistakes.say(where, f"a unique index is without {column}, by which it is parallel")


def keeps_to(sql, parameter, column, tables):
    """Every table that is read, changed or emptied is narrowed to the rows of the one id, and new rows are its own."""
    head = HEAD.match(sql)
    if not head or re.search(r"\b(?:UNION|WITH)\b", sql, re.I):
        return False
    narrowed = len(re.findall(rf"(?:\b\w+\.)?\b{column} = {re.escape(parameter)}(?!\d)", sql))
    if head["into"]:
        if head["into"] not in tables:
            return False
        columns = [name.strip() for name in head["columns"].split(",")]
        first = head["first"] or (head["values"] or "").split(",")[0]
        if columns[0] != column or first.strip() != parameter:
            return False
    if re.search(rf"\bSET\b[^;]*\b{column}\s*=(?! {re.escape(parameter)}(?!\d))", sql, re.I):
        return False
    mentions = sum(len(re.findall(rf"\b(?:FROM|JOIN|UPDATE|USING|,)\s+{table}\b", sql, re.I)) for table in tables)
    if mentions == 0:
        return head["into"] is not None
    return narrowed >= mentions and not re.search(r"\bOR\b", sql, re.I)


def check_places(schema, mistakes):
    """A query about the past is answered from the events of one stream, so no other event may matter."""
    asked = {name: query for name, query in schema.of["query"].items()
             if any(field.format == "place" for field in query.fields)}
    for query in asked.values():
        if query.is_list or query.by_api or len([field for field in query.fields if field.kind == "id"]) != 1:
            mistakes.say(query.where,
                         f"{query.name} has a place, so it asks a projection about one stream by its only id")
    for projection in schema.projections:
        for statement in projection.queries:
            if statement.owner.name in asked and not is_of_one_stream(projection):
                mistakes.say(statement.where, f"{statement.owner.name} has a place, but {projection.name} is not "
                                              "parallel by a stream that each of its events names")


def is_of_one_stream(projection):
    events = [statement.owner for statement in projection.on]
    return projection.parallel and all("stream" in event.field(projection.parallel[0]).marks for event in events
                                       if event.field(projection.parallel[0]))
