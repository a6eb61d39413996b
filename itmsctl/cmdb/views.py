"""The views of the schema: made as the rooms declare them whenever a database reaches the newest revision.

They are made in the transaction of the last migration, so a database is never without them; where a later version of
the program defines one otherwise without a new revision, `db upgrade` makes them again (`outdated`). A migration that
takes away or changes a column which a view reads begins with `drop`: PostgreSQL refuses it otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.values.kind import house
from itmsctl.values.view import View, every_view

MISSING = "is missing"


def wanted_views(connection: Connection) -> Iterator[View]:
    """Yield every view of the program, and those that follow from what stands in the database."""
    yield from every_view()
    yield from own_views(connection)


def own_views(connection: Connection) -> tuple[View, ...]:
    """Return the documented views that follow from what stands in the database."""
    return tuple(view for own in house().calls("own_views") for view in own(connection))


def renew(connection: Connection, view: View) -> None:
    """Make one view, or make it again."""
    take_away(connection, view.name)
    connection.exec_driver_sql(f"CREATE VIEW {view.name} AS {view.sql}")


def take_away(connection: Connection, name: str) -> None:
    """Take one view away, where it is there."""
    connection.exec_driver_sql(f'DROP VIEW IF EXISTS "{name}"')


def make(connection: Connection) -> None:
    """Make every declared view again."""
    drop(connection)
    for view in wanted_views(connection):
        connection.exec_driver_sql(f"CREATE VIEW {view.name} AS {view.sql}")


def drop(connection: Connection) -> None:
    """Take every view away."""
    for name in sa.inspect(connection).get_view_names():
        connection.exec_driver_sql(f'DROP VIEW "{name}"')


def differences(connection: Connection) -> Iterator[str]:
    """Yield every difference between the declared views and those of the database, in words."""
    wanted = {view.name: view for view in wanted_views(connection)}
    stored = set(sa.inspect(connection).get_view_names())
    yield from (f"view `{name}` is missing" for name in sorted(wanted.keys() - stored))
    yield from (f"view `{name}` is not declared" for name in sorted(stored - wanted.keys()))
    for name in sorted(wanted.keys() & stored):
        # Quoted, and with the name of the view: SQLite takes a bare unknown name in quotes for a text.
        shape = sa.table(name, *(sa.column(sa.quoted_name(c, quote=True)) for c in wanted[name].types))
        columns: list[sa.ColumnElement[Any]] = [*shape.c] or [sa.literal(1)]
        try:
            with connection.begin_nested():
                connection.execute(sa.select(*columns).select_from(shape).limit(0))
        except sa.exc.DBAPIError as error:
            yield f"view `{name}` cannot be read: {str(error.orig).splitlines()[0]}"


# --- whether they are this program's ----------------------------------------------------------------------------------


def outdated(connection: Connection) -> dict[str, str]:
    """Return the views that are not what this program makes, by name, each with what is wrong with it."""
    wanted = {view.name: view.sql for view in wanted_views(connection)}
    stored = set(sa.inspect(connection).get_view_names())
    found = dict.fromkeys(stored - wanted.keys(), "is not ours") | dict.fromkeys(wanted.keys() - stored, MISSING)
    same = _same_on_sqlite if connection.dialect.name == "sqlite" else _same_on_postgres
    for name in sorted(wanted.keys() & stored):
        if not same(connection, name, wanted[name]):
            found[name] = "is defined otherwise"
    return found


def _same_on_sqlite(connection: Connection, name: str, sql: str) -> bool:
    # As bytes: a text that is none is not ours either.
    statement = "SELECT CAST(sql AS BLOB) FROM sqlite_master WHERE type = 'view' AND name = ?"
    return bool(connection.exec_driver_sql(statement, (name,)).scalar() == f"CREATE VIEW {name} AS {sql}".encode())


def _same_on_postgres(connection: Connection, name: str, sql: str) -> bool:
    """Compare a view with the same one just made, in a transaction of which nothing stays."""
    attempt = connection.begin_nested()
    try:
        # A restored view is made of what the server wrote for the dump, with names for columns that had none.
        made = _written(connection, f"itms_again_{name}"[:63], sql)
        restored = _written(connection, f"itms_dump_{name}"[:63], made)
        return _definition(connection, name) in {made, restored}
    except sa.exc.DBAPIError:
        return False  # what it reads is not there
    finally:
        attempt.rollback()


def _definition(connection: Connection, view: str) -> str:
    """Return the definition of a view as the server writes it."""
    return str(connection.execute(sa.text("SELECT pg_get_viewdef(CAST(:view AS regclass))"), {"view": view}).scalar())


def _written(connection: Connection, view: str, sql: str) -> str:
    """Make a view of the session, and return how the server writes it."""
    connection.exec_driver_sql(f'CREATE TEMP VIEW "{view}" AS {sql}')
    return _definition(connection, view)
