"""Records: what is known of a computer, in values that no engine has touched. Loaded by id, in chunks, by index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.expressions import tree as t
from itmsctl.expressions.evaluate import Record, Row
from itmsctl.expressions.registry import COMPUTER, Registry
from itmsctl.expressions.rowsql import class_table, stated, states
from itmsctl.values.kind import Type

CHUNK = 500

Needs = Mapping[str, frozenset[str]]


def needs(trees: Iterable[t.Node], registry: Registry | None = None) -> Needs:
    """Return the fields, by class, that must be loaded to evaluate filters; a class may need rows and no field."""
    registry = registry or Registry.default()
    found: dict[str, set[str]] = defaultdict(set)
    for tree in trees:
        for cls, name in t.fields_used(tree):
            found[cls].add(name)
        for cls in t.classes_used(tree):
            found[cls].update()
    for cls, names in found.items():
        declared = registry.cls(cls)
        if declared.map_key:
            names.add(registry.map_key(declared).name)
    return {cls: frozenset(names) for cls, names in found.items()}


def load(
    connection: Connection, ids: Iterable[int], wanted: Needs, registry: Registry | None = None
) -> Iterator[dict[int, Record]]:
    """Yield the records of resources, by id, at most 500 at a time; a resource without rows has an empty record."""
    registry = registry or Registry.default()
    remaining = iter(ids)
    while chunk := list(islice(remaining, CHUNK)):
        yield _chunk(connection, chunk, wanted, registry)


def _chunk(connection: Connection, ids: list[int], wanted: Needs, registry: Registry) -> dict[int, Record]:
    rows: dict[int, dict[str, list[Row]]] = {id_: {} for id_ in ids}
    for cls, names in sorted(wanted.items()):
        for id_, row in _rows(connection, ids, cls, sorted(names), registry):
            rows[id_].setdefault(cls, []).append(row)
    collected = _collected(connection, ids, wanted, registry)
    for id_, cls in _stated(connection, ids, wanted, registry):
        collected[id_] = collected.get(id_, frozenset()) | {cls}
    return {id_: Record(found, collected.get(id_, frozenset())) for id_, found in rows.items()}


def _rows(
    connection: Connection, ids: list[int], cls: str, names: list[str], registry: Registry
) -> Iterator[tuple[int, Row]]:
    table, declared = class_table(registry, cls), registry.cls(cls)
    key = table.c[declared.key]
    fields = [registry.field(cls, name) for name in names]
    query = sa.select(key, *(table.c[f.column_name] for f in fields)).where(_among(key, ids))
    for found in connection.execute(query):
        yield found[0], {f.name: _neutral(f.type, value) for f, value in zip(fields, found[1:], strict=True)}


def _collected(connection: Connection, ids: list[int], wanted: Needs, registry: Registry) -> dict[int, frozenset[str]]:
    markers = {cls: registry.cls(cls).collected for cls in sorted(wanted) if registry.cls(cls).collected}
    if not markers:
        return {}
    table = class_table(registry, COMPUTER)
    key = table.c[registry.cls(COMPUTER).key]
    query = sa.select(key, *(table.c[name].is_not(None) for name in markers.values())).where(_among(key, ids))
    return {
        found[0]: frozenset(cls for cls, known in zip(markers, found[1:], strict=True) if known)
        for found in connection.execute(query)
    }


def _stated(connection: Connection, ids: list[int], wanted: Needs, registry: Registry) -> Iterator[tuple[int, str]]:
    """Yield the computers and classes of which a table of states says that they were collected."""
    by_table: dict[str, list[str]] = defaultdict(list)
    for cls in sorted(wanted):
        if registry.cls(cls).collected_in:
            by_table[registry.cls(cls).collected_in].append(cls)
    for name, classes in by_table.items():
        table = states(name)
        query = sa.select(table.c.computer_id, table.c.class_name).where(*stated(table, *classes))
        yield from (tuple(found) for found in connection.execute(query.where(_among(table.c.computer_id, ids))))


def _among(key: sa.ColumnElement[Any], ids: list[int]) -> sa.ColumnElement[bool]:
    return key.in_(sa.bindparam("ids", ids, type_=sa.BigInteger(), expanding=True))


def _neutral(type_: Type, value: Any) -> Any:
    if type_ is Type.ADDRESS and value is not None:
        return bytes(value)
    if type_ is Type.REAL and value is not None:
        return float(value)
    return value
