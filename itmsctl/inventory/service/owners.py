"""Whose the rows of data classes are: on PostgreSQL this room keeps it, since a foreign key would cost each row a look.

A foreign key takes the server as long for a row as all the rest of writing it. So whoever stores holds the computers of
a batch, once, until its rows are committed (`states.computers_there`), and whoever removes one waits for that and takes
its rows first. Ids are never given twice, so that a row that lost its computer could never show as another's; a sweep
takes such rows away (`db maintain`). SQLite has the key: it costs little there.
"""

from __future__ import annotations

from collections.abc import Sequence

from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.inventory.asking import table_of_class
from itmsctl.inventory.service.classes import classes_in
from itmsctl.values.leftover import Leftover


def resource_removed(unit: UnitOfWork, ids: Sequence[int]) -> None:
    """Take the rows of resources that are about to go (event)."""
    if not _keeps(unit):
        return
    connection, wanted = unit.connection, (list(ids),)
    connection.exec_driver_sql("SELECT id FROM resource WHERE id = ANY(%s) ORDER BY id FOR UPDATE", wanted)
    asked = "SELECT DISTINCT class_name FROM inventory_state WHERE computer_id = ANY(%s)"
    for name in sorted({row[0] for row in connection.exec_driver_sql(asked, wanted)} & classes_in(unit).keys()):
        connection.exec_driver_sql(f'DELETE FROM "{table_of_class(name)}" WHERE computer_id = ANY(%s)', wanted)  # noqa: S608 - ours


def ownerless() -> Leftover:
    """Return what sweeps rows of computers that are not there: nothing of ours leaves any."""
    return Leftover("rows of inventory", "of computers that are not there", _sweep)


def _sweep(unit: UnitOfWork, cursor: int | None) -> tuple[int, int | None]:
    """Sweep the rows of one class; the cursor is the place of the next."""
    names, place = sorted(classes_in(unit)), cursor or 0
    if not _keeps(unit) or place >= len(names):
        return 0, None
    gone = unit.connection.exec_driver_sql(
        f'DELETE FROM "{table_of_class(names[place])}" r'  # noqa: S608 - ours
        " WHERE NOT EXISTS (SELECT 1 FROM inventory_computer c WHERE c.computer_id = r.computer_id)"
    ).rowcount
    if gone:
        unit.note("inventory", rows_removed=gone)
    return gone, place + 1


def _keeps(reader: Reader) -> bool:
    return reader.connection.dialect.name == "postgresql"
