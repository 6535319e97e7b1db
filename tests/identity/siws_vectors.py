#!/usr/bin/env python3
"""Writes siws-vectors.json as a C table, so that the test needs no JSON parser: siws_vectors.py IN OUT."""
import json
import sys

FIELDS = ["domain", "address", "statement", "uri", "version", "chainId", "nonce", "issuedAt", "expirationTime",
          "notBefore", "requestId"]
RESOURCES_MAX = 8


def c_text(value):
    """A struct text initialiser; bytes outside printable ASCII as octal escapes, which always have three digits."""
    if value is None:
        return "{0}"
    data = value.encode()
    escaped = "".join(chr(b) if 32 <= b < 127 and b not in b'"\\?' else "\\%03o" % b for b in data)
    return '{.data = "%s", .size = %d}' % (escaped, len(data))


def member(field):
    return "".join("_" + c.lower() if c.isupper() else c for c in field)


def row(name, vector):
    wanted = dict(vector["input"])
    wanted.setdefault("address", None)
    resources = wanted.get("resources", [])
    if len(resources) > RESOURCES_MAX:
        sys.exit("%s: more than %d resources" % (name, RESOURCES_MAX))
    lines = ["\t{.name = \"%s\"," % name,
             "\t .signer = %s," % c_text(vector["pubkey_base58"]),
             "\t .text = %s," % c_text(vector["message_utf8"]),
             "\t .signature = %s," % c_text(vector["signature_base58"]),
             "\t .ed25519_valid = %s," % str(vector["ed25519_valid"]).lower(),
             "\t .accepted_with_address = %s," % str(vector["verifySignIn_with_address"]).lower(),
             "\t .resources = {%s}," % (", ".join(c_text(r) for r in resources) or "{0}"),
             "\t .input = {.resource_count = %d," % len(resources)]
    lines += ["\t           .%s = %s," % (member(f), c_text(wanted.get(f))) for f in FIELDS]
    return "\n".join(lines) + "\n\t }},"


def main(source, target):
    with open(source, encoding="utf-8") as file:
        vectors = json.load(file)["siws"]
    with open(target, "w", encoding="ascii") as file:
        file.write("/* Written by siws_vectors.py from siws-vectors.json. */\n")
        file.write("static const struct siws_vector siws_vectors[] = {\n")
        file.write("\n".join(row(name, vector) for name, vector in vectors.items()))
        file.write("\n};\n")


main(*sys.argv[1:])
