"""The tables and views of the types of resources that administrators added, as they follow from the types of a CMDB."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeEngine

from itmsctl.cmdb.nouns import table_of, typed_table_of
from itmsctl.cmdb.types import Json, Text
from itmsctl.resources.devices import DEVICE, RESOURCE
from itmsctl.resources.own import OWN_RESOURCE, RESOURCE_TYPE, OwnType, resolved
from itmsctl.resources.rows import resources
from itmsctl.values.kind import Field, Type
from itmsctl.values.types import meaning
from itmsctl.values.view import View, ViewColumn

_SQL: Mapping[Type, TypeEngine[Any]] = {
    Type.INT: sa.Integer(),
    Type.REAL: sa.Float(),
    Type.BOOL: sa.Boolean(),
    Type.LIST: Json(),
}
_FIRST = (
    ViewColumn("guid", "GUID of the resource", Type.GUID),
    ViewColumn("name", "name of the resource"),
    ViewColumn("type", "its type: this one, or one below it"),
)
_LAST = (
    ViewColumn("created_at", "when it was added", Type.TIME),
    ViewColumn("changed_at", "when it was last changed", Type.TIME),
    ViewColumn("revision", "how often it was changed, from 1", Type.INT),
)


def own_types(connection: Connection) -> dict[str, OwnType]:
    """Return the types of a CMDB by name."""
    table = table_of(RESOURCE_TYPE)
    rows = connection.execute(sa.select(table.c.name, table.c.parent, table.c.fields).order_by(table.c.name))
    return resolved((name, parent, fields or ()) for name, parent, fields in rows)


def _types_there(connection: Connection) -> dict[str, OwnType]:
    """Return the types of a CMDB; none where it is at a revision that knows none."""
    return own_types(connection) if sa.inspect(connection).has_table(RESOURCE_TYPE.table) else {}


def type_of(table: sa.FromClause) -> sa.ColumnElement[str]:
    """Return the type of each row of `resource`: its kind, or the type that an administrator added."""
    own, types = typed_table_of(OWN_RESOURCE), table_of(RESOURCE_TYPE)
    named = sa.select(types.c.name).join(own, own.c.type_id == types.c.id).where(own.c.id == table.c.id)
    return sa.func.coalesce(named.scalar_subquery(), table.c.kind)


def table_of_type(one: OwnType) -> sa.Table:
    """Return the table with the fields of a type as columns; its resources have a row each."""
    return sa.Table(
        one.table,
        sa.MetaData(),
        sa.Column("id", sa.ForeignKey(resources.c.id, ondelete="CASCADE"), primary_key=True, autoincrement=False),
        *(sa.Column(field.name, _SQL.get(field.type, Text()), nullable=True) for field in one.fields),
    )


def defined_tables(connection: Connection) -> Iterator[sa.Table]:
    """Yield the tables of all types (hook `defined_tables`)."""
    return map(table_of_type, _types_there(connection).values())


def views(connection: Connection) -> tuple[View, ...]:
    """Return the documented views of all types (hook `own_views`)."""
    types = _types_there(connection)
    return tuple(view_of_type(one, types) for one in types.values())


def view_of_type(one: OwnType, types: Mapping[str, OwnType]) -> View:
    """Return the view of a type: one row each resource of it, and of the types below it."""
    level = DEVICE if one.level == DEVICE.name else RESOURCE
    shared = [*level.fields]
    branches = [_branch(each, shared, one.fields) for each in types.values() if each is one or one.name in each.above]
    columns = map(_column, (*shared, *one.fields))
    help_ = f"one row a {one.name.replace('-', ' ')}, types below it among them"
    return View(one.view, help_, " UNION ALL ".join(branches), (*_FIRST, *columns, *_LAST))


def _branch(one: OwnType, shared: list[Field], fields: tuple[Field, ...]) -> str:
    columns = ", ".join([*(f't."{f.name}"' for f in shared), *(f'x."{f.name}"' for f in fields)])
    return (
        f"SELECT o.guid, o.name, '{one.name}' AS type, {columns}, o.created_at, o.changed_at, o.revision "  # noqa: S608 - ours
        f"FROM resource o JOIN resource_own t ON t.id = o.id JOIN {one.table} x ON x.id = o.id"
    )


def _column(field: Field) -> ViewColumn:
    text = field.help.rstrip(".")
    text = text if text[1:2].isupper() else text[:1].lower() + text[1:]
    return ViewColumn(field.name, text + meaning(field.type).unit, meaning(field.type).shown)
