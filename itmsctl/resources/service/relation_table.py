"""`association import`: a table of relations, one a row: subject, type, object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from itmsctl.cmdb.work import UnitOfWork
from itmsctl.documents.rows import Columns, RowProblem, Rows
from itmsctl.errors import ItmsError
from itmsctl.resources.service.importing import ImportTable, See, Summary, import_table, row_problem
from itmsctl.resources.service.relations import relate
from itmsctl.values.untrusted import from_csv_cell

__all__ = ["RelationTable", "import_table"]

_HEADERS = ("subject", "type", "object")
_KINDS = ("subject_kind", "object_kind")  # which of several resources of one name is meant, as a listing tells it
_TOLD = ("source", "since")


class RelationTable(ImportTable):
    """The relations of a CSV or NDJSON file."""

    noun = "association"
    columns = Columns.of(*_HEADERS, *_KINDS, required=_HEADERS, ignored=_TOLD, flags=True)

    def checked(self, rows: Rows) -> Iterator[tuple[Any, ...] | RowProblem]:
        """Yield every row with its three texts, or what is wrong with it."""
        for row in rows:
            if isinstance(row, RowProblem):
                yield row
                continue
            texts = {name: _text(value, unguard=rows.form == "csv") for name, value in row.values.items()}
            missing = next((header for header in _HEADERS if not texts.get(header)), "")
            if missing:
                yield RowProblem(row.line, missing, f"{missing} is required", row.raw)
            else:
                subject, object_ = (_named(texts, end) for end in ("subject", "object"))
                yield row.line, row.raw, subject, texts["type"], object_

    def write(self, unit: UnitOfWork, done: Summary, see: See | None) -> Sequence[RowProblem]:
        """Relate row by row; what cannot be related changes nothing."""
        del see  # a relation has no fields that could differ
        problems: list[RowProblem] = []
        for line, raw, *texts in (row for rows in self.spool.chunks() for row in rows):
            try:
                related = relate(unit, *texts)
            except ItmsError as error:
                problems.append(row_problem(line, raw, error))
                if self.options.on_error == "abort":
                    break
                continue
            done.created += related.is_new
            done.unchanged += not related.is_new
        return problems


def _named(texts: Mapping[str, str], end: str) -> str:
    kind = texts.get(f"{end}_kind")
    return f"{kind}:{texts[end]}" if kind else texts[end]


def _text(value: Any, *, unguard: bool) -> str:
    text = "" if value is None else str(value)
    return (from_csv_cell(text) if unguard else text).strip()
