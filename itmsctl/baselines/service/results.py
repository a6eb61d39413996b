"""What comparisons found, to be looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa

from itmsctl.baselines.comparing import ItemRow
from itmsctl.baselines.kinds import STATES
from itmsctl.baselines.rows import baselines, deviations, results
from itmsctl.baselines.service.baselines import BASELINES
from itmsctl.baselines.service.scanning import loaded
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.expressions.dialects import code_point
from itmsctl.resources.rows import resources
from itmsctl.resources.service.scope import scoped

Object = dict[str, Any]


def id_of(reader: Reader, name: str) -> int:
    """Return the id of a baseline. Raises NotFoundError."""
    return BASELINES.get(reader, name).id


def listed(reader: Reader, docs: Sequence[Doc], *, now: bool) -> Iterator[Object]:
    """Yield baselines with how many rows they have, and how many computers are in each state now."""
    found = _counts(reader, [doc.id for doc in docs]) if now else {}
    for doc in docs:
        yield doc.as_dict() | {"rows": doc.fields["rows"].count("\n")} | found.get(doc.id, {})


def _counts(reader: Reader, ids: Sequence[int]) -> dict[int, Object]:
    columns = results.c
    statement = sa.select(
        *(columns.baseline_id, columns.state, sa.func.count()),
        *(sa.func.sum(columns.compliance), sa.func.max(columns.compared_at)),
    )
    mine = member_of(reader.connection, columns.baseline_id, ids)
    found: dict[int, Object] = {}
    for id_, state, count, compliance, last in reader.connection.execute(
        statement.where(mine).group_by(columns.baseline_id, columns.state)
    ):
        of = found.setdefault(id_, dict.fromkeys(STATES, 0) | {"compliance": 0.0, "compared_at": last})
        of[state] = count
        of["compliance"] += compliance or 0
        of["compared_at"] = max(of["compared_at"], last)
    for of in found.values():
        known = of["compliant"] + of["deviating"]
        of["compliance"] = of["compliance"] / known if known else None
    return found


def deviating(reader: Reader, baseline: int, computers: Sequence[int] | None, limit: int | None) -> list[Object]:
    """Return the deviations that were found at last, by computer and item; of some computers, or of all."""
    of = deviations.c
    statement = (
        sa.select(resources.c.name, of.item, of.deviation, of.column_name, of.expected, of.found)
        .join(resources, resources.c.id == of.computer_id)
        .where(of.baseline_id == baseline)
        .order_by(code_point(resources.c.name), of.ord)
        .limit(limit)
    )
    if computers is not None:
        statement = statement.where(member_of(reader.connection, of.computer_id, computers))
    names = ("computer", "item", "deviation", "column", "expected", "found")
    return [dict(zip(names, row, strict=True)) for row in reader.connection.execute(scoped(statement, reader))]


def by_items(reader: Reader, baseline: int, computers: Sequence[int] | None, limit: int | None) -> list[Object]:
    """Return in what computers deviate: each item with how many do, the most first, and the first of them by name."""
    of = deviations.c
    how_many = sa.func.count(of.computer_id.distinct())
    statement = (
        sa.select(of.item, of.deviation, how_many, sa.func.min(resources.c.name))
        .join(resources, resources.c.id == of.computer_id)
        .where(of.baseline_id == baseline)
        .group_by(of.item, of.deviation)
        .order_by(how_many.desc(), code_point(of.item), of.deviation)
        .limit(limit)
    )
    if computers is not None:
        statement = statement.where(member_of(reader.connection, of.computer_id, computers))
    names = ("item", "deviation", "computers", "first")
    return [dict(zip(names, row, strict=True)) for row in reader.connection.execute(scoped(statement, reader))]


def items(reader: Reader, name: str, limit: int | None) -> list[Object]:
    """Return the rows of a baseline as they should be. Raises NotFoundError."""
    baseline = loaded(reader, name)
    found = ({"item": item, "values": _values(row, baseline.of.key)} for item, row in sorted(baseline.rows.items()))
    return list(islice(found, limit))


def _values(row: ItemRow, key: Sequence[str]) -> Object:
    return {name: value for name, value in row.items() if name not in key}


def computer_sections(reader: Reader, computers: Sequence[int]) -> dict[int, Object]:
    """Return what was found of each computer by each baseline (hook)."""
    of = results.c
    told = (of.state, of.compliance, of.changed, of.missing, of.extra, of.compared_at)
    statement = (
        sa.select(of.computer_id, baselines.c.name, *told)
        .join(baselines, baselines.c.id == of.baseline_id)
        .where(member_of(reader.connection, of.computer_id, computers))
        .order_by(baselines.c.name)
    )
    names = ("baseline", "state", "compliance", "changed", "missing", "extra", "compared_at")
    found: dict[int, Object] = {}
    for id_, *row in reader.connection.execute(statement):
        found.setdefault(id_, {"baselines": []})["baselines"].append(dict(zip(names, row, strict=True)))
    return found
