"""All resources whatever their type, and the hierarchy of their types with how many there are of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.nouns import table_of, typed_table_of
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.errors import NotFoundError
from itmsctl.resources.devices import LEVELS, standing
from itmsctl.resources.own import OWN_RESOURCE, RESOURCE_TYPE, written
from itmsctl.resources.rows import resources
from itmsctl.resources.service.associations import resource_kinds
from itmsctl.resources.service.own_tables import own_types, type_of
from itmsctl.resources.service.scope import scoped
from itmsctl.values.names import name_key, near_or_all

_OWN_ALONE = tuple(field.column_name for field in OWN_RESOURCE.fields if field.name != "type" and field.column_name)


def listed(reader: Reader, names: Sequence[str], type_: str | None, limit: int | None) -> list[dict[str, Any]]:
    """Return resources by type and name: those of some names, or of a type and those below it. Raises NotFoundError."""
    own = typed_table_of(OWN_RESOURCE)
    shown = type_of(resources).label("type")
    every = (resources.c.name, shown, resources.c.changed_at, resources.c.guid.label("id"), resources.c.revision)
    statement = (
        sa.select(*every, resources.c.kind, *(own.c[name] for name in _OWN_ALONE))
        .select_from(resources.outerjoin(own, own.c.id == resources.c.id))
        .order_by(shown, resources.c.name, resources.c.id)
        .limit(limit)
    )  # fmt: skip
    if type_ is not None:
        statement = statement.where(member_of(reader.connection, type_of(resources), sorted(_below(reader, type_))))
    if names:
        known = sa.or_(resources.c.name_key.in_([name_key(name) for name in names]), resources.c.guid.in_(names))
        statement = statement.where(known)
    rows = [_row(dict(row._mapping)) for row in reader.rows(scoped(statement, reader))]  # noqa: SLF001 - its public name
    found = {text for row in rows for text in (name_key(row["name"]), row["id"])}
    _refuse_missing("resource", [name for name in names if not {name_key(name), name} & found])
    return rows


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """Return a resource as a list shows it; fields of a type of one's own stand only in its row."""
    if row.pop("kind") == OWN_RESOURCE.name:
        return row
    return {name: value for name, value in row.items() if name not in _OWN_ALONE} | {"fields": {}}


def _below(reader: Reader, type_: str) -> set[str]:
    """Return a type or level and all types below it. Raises NotFoundError."""
    own = own_types(reader.connection)
    above = {kind.name: standing(kind) for kind in resource_kinds().values() if kind is not OWN_RESOURCE}
    above |= {one.name: frozenset({one.name, *one.above}) for one in own.values()}
    found = {name for name, names in above.items() if type_ in names}
    if not found and type_ not in {level.name for level in LEVELS}:
        known = [*(level.name for level in LEVELS), *above]
        raise NotFoundError(f"no type of resources `{type_}`", hint=near_or_all(type_, known))
    return found


def _refuse_missing(what: str, missing: Sequence[str]) -> None:
    if missing:
        raise NotFoundError(f"no {what} is named {', '.join(missing)}", hint=f"itmsctl {what} list")


def hierarchy(reader: Reader, names: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return every level and type in the order of the tree, each behind the one that it stands under; or some of them.

    Raises NotFoundError for a name that is none.
    """
    own, counts = own_types(reader.connection), _counts(reader)
    described = _described(reader)
    nodes: dict[str, dict[str, Any]] = {
        level.name: {"parent": level.parent, "origin": "level", "fields": [], "description": level.help}
        for level in LEVELS
    }
    for kind in resource_kinds().values():
        if kind is not OWN_RESOURCE:
            nodes[kind.name] = {"parent": kind.parent, "origin": "program", "fields": [], "description": kind.help}
    for one in own.values():
        fields = [written(field) for field in one.fields]
        nodes[one.name] = {
            "parent": one.parent, "origin": "own", "fields": fields, "description": described.get(one.name)
        }  # fmt: skip
    _refuse_missing("resource-type", [name for name in names if name not in nodes])
    return [row for row in _walk(nodes, counts, "", 0) if not names or row["name"] in names]


def _walk(
    nodes: Mapping[str, Mapping[str, Any]], counts: Mapping[str, int], parent: str, depth: int
) -> Iterator[dict[str, Any]]:
    for name, node in nodes.items():
        if node["parent"] == parent:
            below = list(_walk(nodes, counts, name, depth + 1))
            total = counts.get(name, 0) + sum(row["own"] for row in below)
            yield {"name": name, "tree": "  " * depth + name, **node, "own": counts.get(name, 0), "resources": total}
            yield from below


def _counts(reader: Reader) -> dict[str, int]:
    shown = type_of(resources).label("type")
    columns: list[sa.ColumnElement[Any]] = [shown, sa.func.count()]
    statement = sa.select(*columns).select_from(resources).group_by(shown)
    return {row[0]: row[1] for row in reader.connection.execute(scoped(statement, reader))}


def _described(reader: Reader) -> dict[str, str]:
    table = table_of(RESOURCE_TYPE)
    rows = reader.connection.execute(sa.select(table.c.name, table.c.description))
    return {row.name: row.description for row in rows}
