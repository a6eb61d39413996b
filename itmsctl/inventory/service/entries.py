"""The dictionaries of what rows share: who relies on an entry keeps it, and entries that no row points at are swept.

No foreign key holds an entry: it would cost each of many millions of rows a look. On SQLite one unit of work writes at
a time. On PostgreSQL whoever looks an entry up holds a lock with others who do, until the rows are committed, and
whoever sweeps holds it alone.
"""

from __future__ import annotations

from sqlalchemy.engine import Connection

from itmsctl.cmdb.work import UnitOfWork
from itmsctl.inventory.asking import dictionary_of, table_of_class
from itmsctl.inventory.service.classes import classes_in
from itmsctl.inventory.service.owners import ownerless
from itmsctl.values.leftover import Leftover

_LOCK = 0x17_35_C7_04
_ROWS = 20_000
_FIRST, _LAST = -(2**63), 2**63 - 1


def rely_on_entries(connection: Connection) -> None:
    """Have no entry swept until this transaction ends; call it before entries are looked up."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock_shared({_LOCK})")


def leftovers() -> tuple[Leftover, ...]:
    """Return what this room leaves behind (hook)."""
    return ownerless(), Leftover("dictionary entries", "of inventory that no row points at", _sweep)


def _sweep(unit: UnitOfWork, cursor: tuple[int, int] | None) -> tuple[int, tuple[int, int] | None]:
    """Remove what nothing points at among the next entries; the cursor is the place of a class, and its last entry."""
    names = sorted(one.name for one in classes_in(unit).values() if one.shared)
    place, last = cursor or (0, _FIRST)
    if place >= len(names):
        return 0, None
    connection = unit.connection
    is_postgres = connection.dialect.name == "postgresql"
    if is_postgres:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    entries, rows = dictionary_of(names[place]), table_of_class(names[place])
    mark = "%s" if is_postgres else "?"
    page = f'SELECT entry_id FROM "{entries}" WHERE entry_id >= {mark} ORDER BY entry_id LIMIT {_ROWS}'  # noqa: S608 - ours
    end = connection.exec_driver_sql(f"SELECT max(entry_id) FROM ({page}) p", (last,)).scalar()  # noqa: S608 - ours
    if end is None:
        return 0, (place + 1, _FIRST)
    unused = f'NOT EXISTS (SELECT 1 FROM "{rows}" i WHERE i.entry_id = "{entries}".entry_id)'  # noqa: S608 - ours
    gone = connection.exec_driver_sql(
        f'DELETE FROM "{entries}" WHERE entry_id BETWEEN {mark} AND {mark} AND {unused}',  # noqa: S608 - ours
        (last, end),
    ).rowcount
    if gone:
        unit.note("inventory", entries_removed=gone)
    return gone, (place, end + 1) if end < _LAST else (place + 1, _FIRST)
