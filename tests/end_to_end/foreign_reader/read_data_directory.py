"""Reads a data directory with nothing but docs/formats.md and Python's standard library.

python3 read_data_directory.py DIRECTORY SOURCES: checks every checksum that the document names, and compares what is
stored with the CSV files it was imported from (SOURCES/interactions.csv and items.csv). The server must have ended.
"""

import csv
import json
import math
import pathlib
import sqlite3
import struct
import sys
from collections import Counter

from xxh3 import xxh3

BLOCK = 65536
DOCUMENT = " ".join((pathlib.Path(__file__).parents[3] / "docs/formats.md").read_text().split())


def need(condition, what):
    if not condition:
        sys.exit(f"not as the document says: {what}")


def row_checksum(values):
    text = b""
    for value in values:
        if isinstance(value, int):
            text += b"i" + struct.pack("<q", value)
        else:
            raw = value.encode() if isinstance(value, str) else value
            text += b"t" + struct.pack("<Q", len(raw)) + raw
    return struct.unpack("<q", struct.pack("<Q", xxh3(text)))[0]


def rows(database, table, leave_out=()):
    cursor = database.execute(f"SELECT * FROM {table}")
    names = [column[0] for column in cursor.description]
    for row in cursor:
        values = dict(zip(names, row))
        covered = [value for name, value in values.items() if name != "checksum" and name not in leave_out]
        need(values["checksum"] == row_checksum(covered), f"the checksum of a row of {table}")
        yield values


def length_prefixed(data, count):
    at = 0
    for _ in range(count):
        (length,) = struct.unpack_from("<I", data, at)
        yield data[at + 4 : at + 4 + length]
        at += 4 + length
    need(at == len(data), "a list of texts ends with its last one")


class Segment:
    def __init__(self, path):
        data = path.read_bytes()
        need(data[:8] == b"PROFSEG1" and data[-8:] == b"PROFEND1", f"the ends of {path}")
        offset, length, checksum = struct.unpack("<QQQ", data[-32:-8])
        need(offset + length == len(data) - 32, "the footer lies before the trailer")
        footer = data[offset : offset + length]
        need(xxh3(footer) == checksum, "the footer's checksum")
        self.footer_checksum = f"{checksum:016x}"
        described = json.loads(footer)
        need(described["format"] == 1, "the format of segments")
        self.kind, self.about, self.sections = described["kind"], described["about"], {}
        for section in described["sections"]:
            need(section["offset"] % 64 == 0, "sections begin at multiples of 64")
            content = data[section["offset"] : section["offset"] + section["length"]]
            blocks = (len(content) + BLOCK - 1) // BLOCK
            checks = data[section["checks"] : section["checks"] + 8 * blocks]
            need(xxh3(checks) == section["checksHash"], "the checksum of the checksums")
            for i, check in enumerate(struct.unpack(f"<{blocks}Q", checks)):
                need(xxh3(content[i * BLOCK : (i + 1) * BLOCK]) == check, f"block {i} of {section['name']}")
            self.sections[section["name"]] = content

    def numbers(self, name, letter):
        content = self.sections[name]
        return struct.unpack(f"<{len(content) // struct.calcsize('<' + letter)}{letter}", content)

    def names(self, name):
        (count,) = struct.unpack_from("<I", self.sections[name])
        return [text.decode() for text in length_prefixed(self.sections[name][4:], count)]


def code(letters, width, segment, name):
    values = segment.numbers(name, letters[width])
    null = (1 << 8 * width) - 1
    return [None if value == null else value for value in values]


CODES = {1: "B", 2: "H", 4: "I"}


def interactions_of(segment, users, items):
    about = segment.about
    starts = segment.numbers("starts", "I")
    who = range(len(starts) - 1) if about["dense"] else segment.numbers("users", "I")
    need(len(starts) == len(who) + 1, "one start more than users")
    item = segment.numbers("items", "I")
    if about["timeBytes"] == 4:
        time = [about["timeBase"] + delta for delta in segment.numbers("times", "I")]
    else:
        time = segment.numbers("times", "q")
    types = [None] * about["rows"]
    if about["types"]:
        names = segment.names("typeNames")
        types = [None if c is None else names[c] for c in code(CODES, about["typeBytes"], segment, "types")]
    values = [None] * about["rows"]
    if about["values"]:
        values = [None if math.isnan(value) else value for value in segment.numbers("values", "f")]
    extras = {}
    for i, extra in enumerate(about["extras"]):
        names = segment.names(f"x{i}Names")
        extras[extra["name"]] = [None if c is None else names[c] for c in code(CODES, extra["bytes"], segment, f"x{i}")]
    need(len(item) == len(time) == about["rows"] == starts[-1], "columns have the length of the rows")
    item_set = segment.sections["itemSet"]
    for index, user in enumerate(who):
        before = None
        for row in range(starts[index], starts[index + 1]):
            need(before is None or before <= time[row], "a user's rows are in the order of time")
            need(item_set[item[row] // 8] >> item[row] % 8 & 1, "itemSet knows the item")
            before = time[row]
            yield users[user], items[item[row]], time[row], types[row], values[row], {
                name: column[row] for name, column in extras.items()
            }


def fields_of(body):
    at = 0
    while at < len(body):
        (length,) = struct.unpack_from("<I", body, at + 1)
        need(at + 5 + length <= len(body), "a field of the log lies in its body")
        yield body[at], body[at + 5 : at + 5 + length]
        at += 5 + length


def bodies_in(batch, count):
    at = 0
    for _ in range(count):
        _, _, _, length = struct.unpack_from("<qQQI", batch, at)
        need(at + 28 + length <= len(batch), "a row of a batch lies in it")
        yield batch[at + 28 : at + 28 + length]
        at += 28 + length
    need(at == len(batch), "a batch holds nothing but its rows")


def bodies_of(segment):
    starts, heap = segment.numbers("starts", "Q"), segment.sections["heap"]
    sequences = segment.numbers("sequences", "q")
    need(list(sequences) == sorted(set(sequences)), "sequence numbers rise")
    for begin, end in zip(starts, starts[1:]):
        need(all(1 <= what <= 13 for what, _ in fields_of(heap[begin:end])), "the fields of the log are known")


def table_of(segment, names):
    heap, columns = segment.sections["heap"], [column["name"] for column in segment.about["columns"]]
    entities, starts = segment.numbers("entities", "I"), segment.numbers("starts", "Q")
    need(list(entities) == sorted(set(entities)), "entities rise")
    for entity, start in zip(entities, starts):
        ends = struct.unpack_from(f"<{len(columns)}I", heap, start)
        begin, texts = 0, {}
        for column, end in zip(columns, ends):
            is_null, end = end >> 31, end & 0x7FFFFFFF
            base = start + 4 * len(columns)
            texts[column] = None if is_null else heap[base + begin : base + end].decode()
            begin = end
        yield names[entity], texts


def dictionary(database, kind):
    names = []
    for row in sorted((r for r in rows(database, "dictionary") if r["kind"] == kind), key=lambda r: r["first"]):
        need(row["first"] == len(names), "blocks of names follow each other")
        names += [text.decode() for text in length_prefixed(row["names"], row["count"])]
    need(len(set(names)) == len(names), "names are distinct")
    return names


def read_group(directory, sources):
    database = sqlite3.connect(directory / "data.db")
    need(database.execute("PRAGMA user_version").fetchone()[0] == 3, "the format of data.db")
    need(database.execute("SELECT value FROM meta WHERE key = 'data_version'").fetchone()[0] > 0, "the data version")
    for (sql,) in database.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"):
        need(" ".join(sql.split()) in DOCUMENT, f"data.db has: {sql}")
    users, items = dictionary(database, 0), dictionary(database, 1)
    list(rows(database, "source"))
    for row in rows(database, "log", leave_out=("waiting",)):
        list(fields_of(row["body"]))
    for row in rows(database, "batch"):
        for body in bodies_in(row["rows"], row["count"]):
            list(fields_of(body))
    list(rows(database, "deleted_user"))
    datasets = {row["uid"]: row for row in rows(database, "dataset")}
    stored, catalogue, live = Counter(), {}, set()
    for row in rows(database, "segment", leave_out=("id",)):
        need(row["state"] == 1, "only live segments are left when nothing runs")
        live.add(row["file"])
        segment = Segment(directory / "segments" / row["file"])
        need(row["hash"] == segment.footer_checksum and row["rows"] == segment.about["rows"], "the row of a segment")
        if row["incremental"] == 3:
            need(segment.kind == "log", "the kind of a segment")
            bodies_of(segment)
        elif datasets[row["dataset"]]["type"] == "INTERACTIONS":
            need(segment.kind == "interactions", "the kind of a segment")
            for user, item, time, event, _, _ in interactions_of(segment, users, items):
                stored[user, item, time, event] += 1
        elif datasets[row["dataset"]]["type"] == "ITEMS":
            need(segment.kind == "table", "the kind of a segment")
            catalogue = dict(table_of(segment, items))
    need(live == {path.name for path in (directory / "segments").iterdir()}, "every segment file has its row")
    compare(stored, catalogue, sources)
    print(f"{sum(stored.values())} interactions and {len(catalogue)} items are those of the sources")
    return items


def compare(stored, catalogue, sources):
    with open(sources / "interactions.csv", newline="") as file:
        given = {
            (row["USER_ID"], row["ITEM_ID"], int(row["TIMESTAMP"]), row.get("EVENT_TYPE") or None)
            for row in csv.DictReader(file)
        }
    need(set(stored) == given, "the interactions are those of the file")
    with open(sources / "items.csv", newline="") as file:
        for row in csv.DictReader(file):
            for column, text in catalogue[row["ITEM_ID"]].items():
                need((row.get(column) or None) == text, f"{column} of item {row['ITEM_ID']}")


def read_model(path, items):
    data = path.read_bytes()
    need(data[:8] == b"PROFMODL" and data[-8:] == b"PROFMEND", f"the ends of {path}")
    need(struct.unpack_from("<I", data, 8)[0] == 1, "the format of models")
    offset, size, table_checksum, whole, checksum = struct.unpack("<5Q", data[-64:-24])
    need(xxh3(data[-64:-32]) == checksum and whole == len(data), "the trailer")
    table, at, sections = data[offset : offset + size], 0, {}
    need(xxh3(table) == table_checksum, "the table's checksum")
    while at < len(table):
        (length,) = struct.unpack_from("<I", table, at)
        name = table[at + 4 : at + 4 + length].decode()
        start, length_of_content, check = struct.unpack_from("<3Q", table, at + 4 + length)
        sections[name] = data[start : start + length_of_content]
        need(start % 64 == 0 and xxh3(sections[name]) == check, f"section {name}")
        at += 4 + length + 24
    ids, offsets = sections["items/ids"], sections["items/offsets"]
    offsets = struct.unpack(f"<{len(offsets) // 8}Q", offsets)
    group = struct.unpack(f"<{len(sections['items/group']) // 4}I", sections["items/group"])
    names = [ids[a:b].decode() for a, b in zip(offsets, offsets[1:])]
    need(len(names) == len(group) and names == [items[index] for index in group], "the items of a model")
    need([name.encode() for name in names] == sorted(name.encode() for name in names), "they are in order")
    return names


def main():
    directory, sources = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    control = sqlite3.connect(directory / "control.db")
    need(control.execute("PRAGMA user_version").fetchone()[0] == 1, "the format of control.db")
    for table in ("counter", "queued_resource", "journal", "job", "route", "group_route"):
        list(rows(control, table))
    kinds = Counter(row["kind"] for row in rows(control, "resource"))
    print(f"{sum(kinds.values())} resources of {len(kinds)} kinds")
    (group,) = (directory / "groups").iterdir()
    items = read_group(group, sources)
    models = [row for row in rows(control, "file") if row["path"].endswith(".model")]
    for row in models:
        need(row["state"] == 1 and row["size"] == (directory / row["path"]).stat().st_size, "the row of a model")
        read_model(directory / row["path"], items)
    need(models and {pathlib.Path(row["path"]).name for row in models} == {p.name for p in (directory / "models").iterdir()},
         "every model has its row")
    print(f"{len(models)} models hold items of the group")
    print("all is as the document says")


main()
