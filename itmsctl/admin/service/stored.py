"""Values in the database that their fields would not take today: written past this program, or by an older one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.fields import accepts
from itmsctl.cmdb.predefined import missing
from itmsctl.cmdb.work import Reader
from itmsctl.errors import InputError
from itmsctl.values.counts import counted
from itmsctl.values.findings import Finding, Severity
from itmsctl.values.kind import Field, Kind, Type, house
from itmsctl.values.untrusted import shell_arg

NAMED = 10


def check(reader: Reader) -> Iterator[Finding]:
    """Yield a finding for each stored value that is not a time zone, or none of the words that its field knows."""
    sound = True
    for kind in house().kinds():
        for field in kind.admin_fields:
            if field.type is Type.TEXT and (field.form or field.choices):
                for value, error in _bad(reader, kind, field):
                    sound = False
                    yield _finding(reader, kind, field, value, error)
    if sound:
        yield Finding("STORED-VALUES", Severity.OK, "time zones and statuses are ones that this program knows")


def predefined(reader: Reader) -> Iterator[Finding]:
    """Yield a finding where what comes with a new database was never put into this one (hook `doctor`)."""
    wanted = missing(reader)
    if not wanted:
        yield Finding("PREDEFINED", Severity.OK, "what comes with a new database was put into this one")
        return
    names = ", ".join(f"{one.kind} {one.name}" for one in wanted[:NAMED])
    yield Finding(
        "PREDEFINED",
        Severity.INFO,
        f"{counted(len(wanted), 'object')} that a new database has was never put into this one: {names}",
        "it was made by an older version, or who made it was stopped in between",
        "itmsctl db upgrade",
    )


def _bad(reader: Reader, kind: Kind, field: Field) -> Iterator[tuple[str, InputError]]:
    column = _column(kind, field)
    if column is None:
        return
    values = reader.connection.execute(sa.select(column).where(column.is_not(None)).distinct().order_by(column))
    for value in values.scalars().all():
        error = accepts(kind, field, value)
        if error is not None:
            yield value, error


def _column(kind: Kind, field: Field) -> sa.ColumnElement[Any] | None:
    """Return the column that holds a field; a kind of resource has a table of its own beside the shared one."""
    shelf = kind.load_shelf()
    name = field.column_name
    tables = (shelf.table, getattr(shelf, "typed", None))
    return next((table.c[name] for table in tables if table is not None and name in table.c), None)


def _finding(reader: Reader, kind: Kind, field: Field, value: str, error: InputError) -> Finding:
    base, column = kind.load_shelf().table, _column(kind, field)
    assert column is not None
    rows = base if column.table is base else base.join(column.table, column.table.c.id == base.c.id)
    statement = sa.select(base.c.name).select_from(rows).where(column == value).order_by(base.c.name)
    names = list(reader.connection.execute(statement.limit(NAMED + 1)).scalars())
    more = ", ..." if len(names) > NAMED else ""
    return Finding(
        "STORED-VALUES",
        Severity.WARNING,
        f"{field.name} of {kind.name} {', '.join(f'`{name}`' for name in names[:NAMED])}{more}: {error.message}",
        cause=f"it counts as if it were empty; {error.hint}" if field.form else error.hint,
        mend=f"itmsctl {kind.name} set {shell_arg(names[0])} {field.flag} ...",
        details={"kind": kind.name, "field": field.name, "value": value, "names": names[:NAMED]},
    )
