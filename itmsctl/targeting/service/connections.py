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
    """A computer as a transport wants it."""

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
    dialect = reader.connection.dialect.name
    values = {"ids": ids_of(dialect, ids), "least": min(ids), "most": max(ids)}
    found: list[ConnectionRow] = []
    last, new = -1, tuple.__new__
    for page in bulk.pages(reader.connection, scoped(_statement(dialect), reader), values):
        for row in page:
            if row[0] == last:  # a further address of the same computer
                found[-1] = found[-1]._replace(listed=f"{found[-1].listed}{_BETWEEN}{row[8]}")
            else:
                found.append(new(ConnectionRow, row))
                last = row[0]
    return found


@cache
def _statement(dialect: str) -> sa.Select[Any]:
    """Return the SELECT of the rows of `ids`: a run asks for a page after the other, so it is built once.

    A queue is read in the order of ids, so a page of it lies close together. PostgreSQL does not see that from the ids:
    for 500 of 35,000 it would read whole tables, for every page.
    """
    least: sa.BindParameter[int] = sa.bindparam("least")
    most: sa.BindParameter[int] = sa.bindparam("most")
    own, theirs = addresses.c.computer_id == computers.c.id, addresses.c.computer_id.between(least, most)
    joined = computers.join(resources, resources.c.id == computers.c.id).outerjoin(addresses, sa.and_(own, theirs))
    near = [column.between(least, most) for column in (computers.c.id, resources.c.id)]
    statement = sa.select(*_OWN, addresses.c.text).select_from(joined)
    return statement.where(among(dialect, computers.c.id, "ids"), *near).order_by(computers.c.id, addresses.c.ord)
