#!/usr/bin/env python3
"""Writes controller/wire/service.model, the compact table of the service's operations, members, limits and errors, from
the service models that botocore ships.

    python3 scripts/service_model.py DIRECTORY      DIRECTORY/personalize/2018-05-22/service-2.json[.gz] and so on
    python3 scripts/service_model.py --check        says what the table lacks, of the botocore that python3 imports
"""
import gzip
import json
import pathlib
import sys

SERVICES = ["personalize/2018-05-22", "personalize-runtime/2018-05-22", "personalize-events/2018-03-22"]
# Patterns are checked by code of ours under these names.
PATTERNS = {
    r"arn:([a-z\d-]+):personalize:.*:.*:.+": "arn",
    r"[A-Za-z_][A-Za-z\d_]*": "column",
    r"^[A-Za-z_]+$": "letters",
    r"arn:aws.*:kms:.*:[0-9]{12}:key/.*": "kmsKey",
    r"^[a-zA-Z0-9][a-zA-Z0-9\-_]*": "name",
    r"\p{ASCII}{0,1500}": "ascii1500",
    r"arn:([a-z\d-]+):iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+": "role",
    r"(s3|http|https)://.+": "location",
    r"rate\(\d+ days?\)": "days",
    r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$": "tag",
    r"[A-Za-z0-9_]+": "word",
    r"[A-Za-z\d_]+": "word",
    r"^[\x20-\x7E]*[\x21-\x7E]+[\x20-\x7E]*$": "printable",
}
SHORT = {
    "InvalidInputException": "INV", "ResourceNotFoundException": "NF", "ResourceAlreadyExistsException": "EX",
    "LimitExceededException": "LIM", "ResourceInUseException": "USE", "TooManyTagsException": "TMT",
    "TooManyTagKeysException": "TMK", "InvalidNextTokenException": "NXT"}
OUT = pathlib.Path(__file__).parent.parent / "controller/wire/service.model"


def read(directory, name):
    path = pathlib.Path(directory) / name / "service-2.json"
    if path.exists():
        return json.loads(path.read_text())
    return json.loads(gzip.open(str(path) + ".gz").read())


def bounds(shape):
    return "{}..{}".format(shape.get("min", ""), shape.get("max", ""))


def line(name, shape):
    kind = shape["type"]
    if kind == "structure":
        required = set(shape.get("required", []))
        members = ["{}{}:{}".format(m, "!" if m in required else "", s["shape"]) for m, s in shape["members"].items()]
        return " ".join(["struct", name] + members)
    if kind == "list":
        return " ".join(["list", name, shape["member"]["shape"], bounds(shape)])
    if kind == "map":
        return " ".join(["map", name, shape["key"]["shape"], shape["value"]["shape"], bounds(shape)])
    parts = [kind, name, bounds(shape)]
    if "enum" in shape:
        parts.append("enum=" + "|".join(shape["enum"]))
    if "pattern" in shape:
        parts.append("pattern=" + PATTERNS[shape["pattern"]])
    return " ".join(parts)


def compact(directory):
    out = ["# The service's operations, members, limits and errors, from scripts/service_model.py. Members with ! are required."]
    for service in SERVICES:
        model = read(directory, service)
        shapes = model["shapes"]
        out.append("")
        out.append("service " + service.split("/")[0])
        used, order = set(), []

        def use(name):
            if name in used:
                return
            used.add(name)
            shape = shapes[name]
            for inner in [s["shape"] for s in shape.get("members", {}).values()] + [
                    shape[k]["shape"] for k in ("member", "key", "value") if k in shape]:
                use(inner)
            order.append(name)

        ops = []
        for name, op in sorted(model["operations"].items()):
            parts = ["op", name]
            for side in ("input", "output"):
                shape = op.get(side, {}).get("shape", "-")
                if shape != "-":
                    use(shape)
                parts.append(shape)
            parts.append(op["http"]["requestUri"])
            parts.append(",".join(SHORT[e["shape"]] for e in op.get("errors", [])))
            ops.append(" ".join(parts))
        out += [line(name, shapes[name]) for name in order]
        out += ops
    return "\n".join(out) + "\n"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if sys.argv[1] != "--check":
        OUT.write_text(compact(sys.argv[1]))
        return
    import botocore
    wanted = set(compact(pathlib.Path(botocore.__file__).parent / "data").splitlines())
    lacking = sorted(wanted - set(OUT.read_text().splitlines()))
    print("botocore {}: {} lines that the table does not have".format(botocore.__version__, len(lacking)))
    for each in lacking:
        print("  " + each)
    sys.exit(1 if lacking else 0)


main()
