"""The rows of a class as they are now, of many computers: columns by name, values of their types."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.rows import inventory_computers
from itmsctl.inventory.service.class_tables import tables_of

SINCE = "since"


def current_rows(
    reader: Reader, one: DataClass, computers: Collection[int], *, until: Any = None
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows of computers, each with the id of its computer and, beside its columns, `since`.

    With `until` only those that are as they are since that moment or longer.
    """
    tables = tables_of(one)
    source: sa.FromClause = tables.rows.join(
        inventory_computers, inventory_computers.c.computer_id == tables.rows.c.computer_id
    )
    if tables.entries is not None:
        source = source.join(tables.entries, tables.entries.c.entry_id == tables.rows.c.entry_id)
    held = {column.name: (tables.entries if column.is_shared else tables.rows) for column in one.columns}
    columns = [table.c[name] for name, table in held.items() if table is not None]
    since = sa.func.coalesce(tables.rows.c.since, inventory_computers.c.first_at).label(SINCE)
    statement = sa.select(tables.rows.c.computer_id, since, *columns).select_from(source)
    statement = statement.where(member_of(reader.connection, tables.rows.c.computer_id, computers))
    if until is not None:
        statement = statement.where(since <= until)
    for id_, at, *values in reader.connection.execute(statement):
        yield id_, {SINCE: at, **dict(zip(held, values, strict=True))}
