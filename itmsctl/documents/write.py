"""Lists of flat objects, written as CSV, TSV, NDJSON, JSON or YAML, one at a time, in the order they come.

Every form holds the same values: text, numbers, booleans, none, lists and maps of text; moments as RFC 3339 UTC.
A closed pipe raises BrokenPipeError, which is the caller's to end quietly on. Each form imports what it is made of
when it is asked for: a list in a pipe is TSV and pays for no other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TextIO

from itmsctl.documents.cells import cell_text
from itmsctl.values.untrusted import csv_cell

Object = Mapping[str, Any]

_TSV_SPECIAL = re.compile(r"[\\\t\n\r]")
_TSV_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def write_csv(
    rows: Iterable[Object], stream: TextIO, fields: Sequence[str], *, header: bool = True, raw: bool = False
) -> int:
    """Write CSV (RFC 4180, LF); return how many rows.

    Text that a spreadsheet would run gets a leading `'` unless `raw`; numbers never do (HE11).
    """
    from itmsctl.documents.csv_text import row_writer

    write = row_writer(stream)
    if header:
        write(fields)
    guard: Callable[[object], object] = (lambda value: value) if raw else csv_cell
    count = 0
    for row in rows:
        write([_csv_value(row.get(field), guard) for field in fields])
        count += 1
    return count


def _csv_value(value: Any, guard: Callable[[object], object]) -> object:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    return guard(cell_text(value))


def write_tsv(rows: Iterable[Object], stream: TextIO, fields: Sequence[str], *, header: bool = False) -> int:
    r"""Write TSV, one row one line: tab, LF, CR and backslash stand as `\t`, `\n`, `\r`, `\\`; return how many rows."""
    if header:
        stream.write("\t".join(fields) + "\n")
    count = 0
    for row in rows:
        stream.write("\t".join(tsv_cell(row.get(field)) for field in fields) + "\n")
        count += 1
    return count


def tsv_cell(value: Any) -> str:
    """Return a value as one TSV cell."""
    return _TSV_SPECIAL.sub(lambda match: _TSV_ESCAPES[match[0]], cell_text(value))


def write_ndjson(rows: Iterable[Object], stream: TextIO) -> int:
    """Write one JSON object a line; return how many."""
    from itmsctl.documents.json_text import json_text

    count = 0
    for row in rows:
        stream.write(json_text(row) + "\n")
        count += 1
    return count


def write_json(rows: Iterable[Object], stream: TextIO) -> int:
    """Write a JSON array, one object a line, `[]` for none; return how many."""
    from itmsctl.documents.json_text import json_text

    count = 0
    for row in rows:
        stream.write(("[\n" if count == 0 else ",\n") + json_text(row))
        count += 1
    stream.write("\n]\n" if count else "[]\n")
    return count


def write_rows(form: str, rows: Iterable[Object], stream: TextIO, fields: Sequence[str], *, header: bool = True) -> int:
    """Write a list as `csv`, `tsv`, `json`, `ndjson` or `yaml`; return how many rows.

    `fields` and `header` are of CSV and TSV alone: the others write every field that a row has.
    """
    if form in {"csv", "tsv"}:
        return (write_csv if form == "csv" else write_tsv)(rows, stream, fields, header=header)
    return {"json": write_json, "ndjson": write_ndjson, "yaml": write_yaml}[form](rows, stream)


def write_json_object(row: Object, stream: TextIO) -> None:
    """Write one JSON object, indented for people."""
    from itmsctl.documents.json_text import json_text

    stream.write(json_text(row, indent=2) + "\n")


def write_yaml(rows: Iterable[Object], stream: TextIO) -> int:
    """Write a YAML list of maps, `[]` for none; return how many."""
    from itmsctl.documents.yaml_text import lines_of

    count = 0
    for row in rows:
        for line in lines_of([row]):
            stream.write(line + "\n")
        count += 1
    if not count:
        stream.write("[]\n")
    return count


def write_yaml_documents(rows: Iterable[Object], stream: TextIO) -> int:
    """Write a stream of YAML documents, each a map; return how many."""
    from itmsctl.documents.yaml_text import lines_of

    count = 0
    for row in rows:
        if count:
            stream.write("---\n")
        stream.write("\n".join(lines_of(row)) + "\n")
        count += 1
    return count


def write_yaml_object(row: Object, stream: TextIO) -> None:
    """Write one YAML map."""
    from itmsctl.documents.yaml_text import lines_of

    if not row:
        stream.write("{}\n")
    for line in lines_of(row):
        stream.write(line + "\n")
