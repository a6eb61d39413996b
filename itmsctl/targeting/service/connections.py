"""What a run needs of each computer to reach it: one join, plain tuples, no row objects."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.sets import among, ids_of
from itmsctl.cmdb.work import Reader
from itmsctl.resources.rows import addresses, computers, resources
from itmsctl.resources.service.scope import scoped


class ConnectionRow(NamedTuple):
    """A computer as a transport takes it."""

    id: int
    guid: str
    name: str
    os_family: str | None
    port: int | None
    user: str | None
    management_address: str | None
    profile_id: int | None
    listed: str | None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return its addresses in the order of preference."""
        return tuple(self.listed.split(_BETWEEN)) if self.listed else ()


NEAR = 2  # ids of a range for each that is asked for, up to which the whole of it is read
_JOINED = computers.join(resources, resources.c.id == computers.c.id)
_new = tuple.__new__
_BETWEEN = ";"  # stands in no address and no host name
_OWN = (
    resources.c.id,
    resources.c.guid,
    resources.c.name,
    computers.c.os_family,
    computers.c.port,
    computers.c.user,
    computers.c.management_address,
    computers.c.profile_id,
)


def connection_rows(reader: Reader, ids: Collection[int]) -> list[ConnectionRow]:
    """Return the rows of computers in the order of their ids; those that are gone are left out."""
    if not ids:
        return []
    dialect, among_them = reader.connection.dialect.name, frozenset(ids)
    if dialect == "postgresql" and max(ids) - min(ids) < NEAR * len(among_them):
        return _in_range(reader, among_them)
    found: list[ConnectionRow] = []
    last = -1
    for page in bulk.pages(reader.connection, scoped(_statement(dialect), reader), {"ids": ids_of(dialect, ids)}):
        for row in page:
            if row[0] == last:  # a further address of the same computer
                found[-1] = found[-1]._replace(listed=f"{found[-1].listed}{_BETWEEN}{row[8]}")
            else:
                found.append(_new(ConnectionRow, row))
                last = row[0]
    return found


def _in_range(reader: Reader, ids: Collection[int]) -> list[ConnectionRow]:
    """Return what `connection_rows` does, from all rows between the first id and the last.

    For a page of ids PostgreSQL looks each of them up in each table; of a range it reads each table in one go.
    """
    listed: dict[int, str] = {}
    own, theirs = _ranges()
    values = {"least": min(ids), "most": max(ids)}
    for page in bulk.pages(reader.connection, theirs, values):
        for id_, text in page:
            listed[id_] = f"{listed[id_]}{_BETWEEN}{text}" if id_ in listed else text
    pages = bulk.pages(reader.connection, scoped(own, reader), values)
    return [_new(ConnectionRow, (*row, listed.get(row[0]))) for page in pages for row in page if row[0] in ids]


# A run asks for a page after the other, so the statements are built once.


@cache
def _statement(dialect: str) -> sa.Select[Any]:
    joined = _JOINED.outerjoin(addresses, addresses.c.computer_id == computers.c.id)
    statement = sa.select(*_OWN, addresses.c.text).select_from(joined)
    return statement.where(among(dialect, computers.c.id, "ids")).order_by(computers.c.id, addresses.c.ord)


@cache
def _ranges() -> tuple[sa.Select[Any], sa.Select[Any]]:
    """Return the SELECT of computers, and of addresses. It says the range of each table: one does not follow for it."""
    least: sa.BindParameter[int] = sa.bindparam("least")
    most: sa.BindParameter[int] = sa.bindparam("most")
    both = [column.between(least, most) for column in (computers.c.id, resources.c.id)]
    theirs = sa.select(addresses.c.computer_id, addresses.c.text).where(addresses.c.computer_id.between(least, most))
    return (
        sa.select(*_OWN).select_from(_JOINED).where(*both).order_by(computers.c.id),
        theirs.order_by(addresses.c.computer_id, addresses.c.ord),
    )
