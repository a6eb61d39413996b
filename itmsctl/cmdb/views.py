"""The views of the schema: made as the rooms declare them whenever a database reaches the newest revision.

They are made in the transaction of the last migration, so a database is never without them. A migration that takes away
or changes a column which a view reads begins with `drop`: PostgreSQL refuses it otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.values.view import every_view


def make(connection: Connection) -> None:
    """Make every declared view anew."""
    drop(connection)
    for view in every_view():
        connection.exec_driver_sql(f"CREATE VIEW {view.name} AS {view.sql}")


def drop(connection: Connection) -> None:
    """Take every view away."""
    for name in sa.inspect(connection).get_view_names():
        connection.exec_driver_sql(f'DROP VIEW "{name}"')


def differences(connection: Connection) -> Iterator[str]:
    """Give every difference between the declared views and those of the database, in words."""
    wanted = {view.name: view for view in every_view()}
    stored = set(sa.inspect(connection).get_view_names())
    yield from (f"view `{name}` is missing" for name in sorted(wanted.keys() - stored))
    yield from (f"view `{name}` is not declared" for name in sorted(stored - wanted.keys()))
    for name in sorted(wanted.keys() & stored):
        columns: list[sa.ColumnElement[Any]] = [sa.column(c) for c in wanted[name].types] or [sa.literal(1)]
        try:
            with connection.begin_nested():
                connection.execute(sa.select(*columns).select_from(sa.table(name)).limit(0))
        except sa.exc.DBAPIError as error:
            yield f"view `{name}` cannot be read: {str(error.orig).splitlines()[0]}"
