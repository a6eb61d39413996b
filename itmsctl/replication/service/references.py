"""Names in an object that came, as the same objects are called here: found by their GUIDs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.nouns import of_kind, table_of
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.replication.records import ObjectPut
from itmsctl.values.kind import Field, Kind, Type, house

Names = Mapping[tuple[str, str], str]  # kind and name there: name here, where it is another


def renamed(reader: Reader, puts: Iterable[ObjectPut]) -> dict[tuple[str, str], str]:
    """Return what objects that these name are called here, where it is another name than there."""
    asked: dict[str, dict[str, str]] = {}
    for one in puts:
        for place, guid in one.refs.items():
            kind, _, name = place.partition("/")
            asked.setdefault(kind, {})[guid] = name
    found: dict[tuple[str, str], str] = {}
    for word, names in asked.items():
        kind_ = house().kind(word)
        if kind_ is not None:
            found |= _of_kind(reader, kind_, names)
    return found


def translated(kind: Kind, fields: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Return fields with the names that objects have here."""
    if not names:
        return dict(fields)
    return {name: _value(kind.field(name), value, names) for name, value in fields.items()}


def _of_kind(reader: Reader, kind: Kind, names: Mapping[str, str]) -> dict[tuple[str, str], str]:
    table = table_of(kind)
    statement = sa.select(table.c.guid, table.c.name).where(member_of(reader.connection, table.c.guid, sorted(names)))
    rows = reader.rows(of_kind(kind, statement))
    return {(kind.name, names[row.guid]): row.name for row in rows if row.name != names[row.guid]}


def _value(field: Field | None, value: Any, names: Names) -> Any:
    if field is None or not field.ref:
        return value
    if field.type is Type.REF:
        return names.get((field.ref, value), value)
    if field.type is Type.LIST and isinstance(value, list):
        return [names.get((field.ref, one), one) if isinstance(one, str) else one for one in value]
    return value
