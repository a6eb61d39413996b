"""What a run needs of each computer to reach it: one join, plain tuples, no row objects."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.resources.rows import addresses, computers, resources
from itmsctl.resources.service.scope import scoped
from itmsctl.targeting import selector
from itmsctl.targeting.rows import members
from itmsctl.targeting.service import names, picking
from itmsctl.targeting.service.scope import members_of
from itmsctl.targeting.service.targets import named


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
_PAGE = 500
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


_JOINED = computers.join(resources, resources.c.id == computers.c.id).outerjoin(
    addresses, addresses.c.computer_id == computers.c.id
)


def connection_rows(reader: Reader, ids: Collection[int]) -> list[ConnectionRow]:
    """Return the rows of computers in the order of their ids; those that are gone are left out."""
    return _rows(reader, _statement(_JOINED).where(member_of(reader.connection, computers.c.id, ids))) if ids else []


def target_rows(reader: Reader, text: str) -> list[ConnectionRow]:
    """Return the rows of the computers that a selector means, in the order of their ids.

    A single name is one join inside the database. Raises as `picking.resolve` does.
    """
    node = selector.parse(text)
    if not isinstance(node, selector.Name):
        return connection_rows(reader, picking.resolve(reader, text))
    held = picking.collections_of(reader, named(reader, node, names.ALL_KINDS))
    if len(held) != 1:
        return _rows(reader, _statement(_JOINED).where(computers.c.id.in_(members_of(held))))
    (only,) = held
    inside = members.join(_JOINED, computers.c.id == members.c.resource_id)
    return _rows(reader, _statement(inside).where(members.c.collection_id == only))


def _statement(source: sa.FromClause) -> sa.Select[Any]:
    return sa.select(*_OWN, addresses.c.text).select_from(source).order_by(computers.c.id, addresses.c.ord)


def _rows(reader: Reader, statement: sa.Select[Any]) -> list[ConnectionRow]:
    result = reader.connection.execute(scoped(statement, reader))
    # The driver's own tuples, each let go as soon as ours is made: rows as objects would double the price, and so would
    # the garbage collector. Text and numbers are the same on both engines, so nothing has to be converted.
    found: list[ConnectionRow] = []
    last, new = -1, tuple.__new__
    while page := result.cursor.fetchmany(_PAGE):
        for row in page:
            if row[0] == last:  # a further address of the same computer
                found[-1] = found[-1]._replace(listed=f"{found[-1].listed}{_BETWEEN}{row[8]}")
            else:
                found.append(new(ConnectionRow, row))
                last = row[0]
    result.close()
    return found
