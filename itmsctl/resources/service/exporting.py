"""`computer export`: the table that `computer import` reads, as CSV or NDJSON."""

from __future__ import annotations

from typing import Any, Literal, TextIO

from itmsctl.documents.write import write_csv, write_ndjson
from itmsctl.resources.record import FIELDS
from itmsctl.resources.service.listing import Open, stream
from itmsctl.resources.service.selection import ComputerSelection

Form = Literal["csv", "ndjson"]
EXPORTED = ("name", *FIELDS)


def export_computers(read: Open, selection: ComputerSelection, sink: TextIO, form: Form) -> int:
    """Write the computers of a selection, ordered by name; return how many.

    CSV cells that a spreadsheet would run are protected; import knows the header and undoes it.
    """
    rows = (_row(doc.name, doc.fields) for doc in stream(read, selection))
    return write_csv(rows, sink, EXPORTED) if form == "csv" else write_ndjson(rows, sink)


def _row(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"name": name} | {field: fields[field] for field in FIELDS}
