"""What a run needs of each computer to reach it: one join, plain tuples, no row objects (performance.md)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.targeting.service.scope import addresses, computers, resources, scoped


class ConnectionRow(NamedTuple):
    """A computer as a transport wants it: its addresses are in the order of preference."""

    id: int
    guid: str
    name: str
    os_family: str | None
    port: int | None
    user: str | None
    management_address: str | None
    profile_id: int | None
    addresses: tuple[str, ...]


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
    """Answer the rows of computers in the order of their ids; those that are gone are left out."""
    if not ids:
        return []
    joined = computers.join(resources, resources.c.id == computers.c.id).outerjoin(
        addresses, addresses.c.computer_id == computers.c.id
    )
    statement = (
        sa.select(*_OWN, addresses.c.text)
        .select_from(joined)
        .where(member_of(reader.connection, computers.c.id, ids))
        .order_by(computers.c.id, addresses.c.ord)
    )
    found: list[ConnectionRow] = []
    last, texts = -1, list[str]()
    own: tuple[Any, ...] | None = None
    for row in reader.connection.execute(scoped(statement, reader)):
        if row[0] == last:
            texts.append(row[8])
            continue
        if own is not None:
            found.append(ConnectionRow._make((*own, tuple(texts))))
        last, own = row[0], tuple(row[:8])
        texts = [] if row[8] is None else [row[8]]
    if own is not None:
        found.append(ConnectionRow._make((*own, tuple(texts))))
    return found
