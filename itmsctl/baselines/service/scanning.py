"""Computers held against a baseline: read and compared a page at a time, then stored in one short unit of work each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.baselines.comparing import Comparison, ItemRows, PickedRows, by_item, compared
from itmsctl.baselines.kinds import UNKNOWN
from itmsctl.baselines.rows import deviations, results
from itmsctl.baselines.service.baselines import BASELINES
from itmsctl.baselines.written import plain_row, rows_in
from itmsctl.cmdb import bulk, derived
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ConflictError
from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.service.classes import class_in
from itmsctl.inventory.service.looking import class_rows
from itmsctl.resources.rows import resources
from itmsctl.resources.service.scope import scoped

PAGE = 100  # computers
_STORED = 1000  # deviations of a computer that are kept; all are counted
_LONGEST = 400  # characters of a value that are kept
_RESULT = ("baseline_id", "computer_id", "state", "expected", "matching", "changed", "missing", "extra", "compliance",
           "collected_at", "compared_at")  # fmt: skip
_DEVIATION = ("baseline_id", "computer_id", "ord", "item", "deviation", "column_name", "expected", "found")


class LoadedBaseline(NamedTuple):
    """A baseline that is compared: its object, its class, its columns and rows."""

    doc: Doc
    of: DataClass
    picked: PickedRows
    columns: Sequence[str]
    rows: ItemRows


class ComparedComputer(NamedTuple):
    """What was found of a computer; no comparison where nothing was collected."""

    computer_id: int
    name: str
    comparison: Comparison | None
    collected_at: datetime | None


def loaded(reader: Reader, name: str) -> LoadedBaseline:
    """Return a baseline, ready to compare. Raises NotFoundError for it or its class."""
    doc = BASELINES.get(reader, name)
    fields = doc.fields
    one = class_in(reader, fields["data_class"])
    picked = PickedRows(fields["include"] or (), fields["exclude"] or ())
    columns = fields["columns"] or one.lasting
    return LoadedBaseline(doc, one, picked, columns, picked.of(rows_in(fields["rows"], one.key, one.by_name)))


def compare(reader: Reader, baseline: LoadedBaseline, computers: Sequence[int]) -> list[ComparedComputer]:
    """Return what a page of computers deviates in; those that are gone are left out."""
    named = sa.select(resources.c.id, resources.c.name).where(member_of(reader.connection, resources.c.id, computers))
    names: dict[int, str] = {row[0]: row[1] for row in reader.connection.execute(scoped(named, reader))}
    return [_compared(reader, baseline, id_, names[id_]) for id_ in computers if id_ in names]


def _compared(reader: Reader, baseline: LoadedBaseline, computer: int, name: str) -> ComparedComputer:
    held = class_rows(reader, computer, baseline.of)
    if held["collected_at"] is None:
        return ComparedComputer(computer, name, None, None)
    wanted = (*baseline.of.key, *baseline.columns)
    rows = by_item(baseline.of.key, (plain_row({n: row[n] for n in wanted}) for row in held["rows"]))
    allow_extra = bool(baseline.doc.fields["allow_extra"])
    found = compared(baseline.rows, baseline.picked.of(rows), baseline.columns, allow_extra=allow_extra)
    return ComparedComputer(computer, name, found, held["collected_at"])


def store(unit: UnitOfWork, baseline: LoadedBaseline, found: Sequence[ComparedComputer]) -> None:
    """Store what a page of computers deviates in, in place of what was found before.

    Raises ConflictError where the baseline was changed meanwhile, NotFoundError where it is gone.
    """
    doc = BASELINES.get(unit, baseline.doc.guid)
    if doc.revision != baseline.doc.revision:
        raise ConflictError(f"baseline `{doc.name}` was changed meanwhile", hint="compare again")
    there = sa.select(resources.c.id).where(member_of(unit.connection, resources.c.id, [c.computer_id for c in found]))
    ids = set(unit.connection.execute(scoped(there, unit)).scalars())
    kept = [one for one in found if one.computer_id in ids]
    for table in (deviations, results):
        bulk.delete(
            unit.connection, table.name, ("baseline_id", "computer_id"), [(doc.id, one.computer_id) for one in kept]
        )
    at = bulk.moment(unit.connection, unit.now)
    bulk.insert(unit.connection, results.name, _RESULT, [_result(unit, doc.id, one, at) for one in kept])
    rows = [row for one in kept if one.comparison for row in _deviations(doc.id, one.computer_id, one.comparison)]
    bulk.insert(unit.connection, deviations.name, _DEVIATION, rows)
    derived.rows_changed(unit, results.name, [one.computer_id for one in kept])
    unit.note("baseline", compared=len(kept))


def result_row(one: ComparedComputer) -> dict[str, Any]:
    """Return what was found of a computer, to be shown."""
    found = one.comparison
    counts: Mapping[str, int | None] = found.counts if found else {"changed": None, "missing": None, "extra": None}
    return {
        "computer": one.name,
        "state": found.state if found else UNKNOWN,
        "compliance": found.compliance if found else None,
        **counts,
        "expected": found.expected if found else None,
        "collected_at": one.collected_at,
    }


def _result(unit: UnitOfWork, baseline: int, one: ComparedComputer, at: Any) -> tuple[Any, ...]:
    found = one.comparison
    if found is None:
        return (baseline, one.computer_id, UNKNOWN, 0, 0, 0, 0, 0, None, None, at)
    counts = found.counts
    return (
        *(baseline, one.computer_id, found.state, found.expected, found.matching),
        *(counts["changed"], counts["missing"], counts["extra"], found.compliance),
        *(bulk.moment(unit.connection, one.collected_at), at),
    )


def _deviations(baseline: int, computer: int, found: Comparison) -> list[tuple[Any, ...]]:
    return [
        (
            baseline,
            computer,
            place,
            one.item[:_LONGEST],
            one.deviation,
            one.column,
            _said(one.expected),
            _said(one.found),
        )
        for place, one in enumerate(found.deviations[:_STORED])
    ]


def _said(value: Any) -> str | None:
    return None if value is None else str(value)[:_LONGEST]
