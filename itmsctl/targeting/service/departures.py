"""Computers that go: their membership ends in the log, and the log can still name them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.followers import following
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.rows import resources
from itmsctl.resources.service.scope import scoped
from itmsctl.targeting.rows import members, static_members
from itmsctl.targeting.rules import BY_HAND
from itmsctl.targeting.service.ledger import MembershipLedger


def forget(unit: UnitOfWork, ids: Sequence[int]) -> None:
    """Take computers that are about to go out of every collection (event `computer_removed`)."""
    connection = unit.connection
    wanted = member_of(connection, resources.c.id, ids)
    rows = connection.execute(scoped(sa.select(resources.c.id, resources.c.guid, resources.c.name).where(wanted), unit))
    bulk.insert(connection, "former_member", ("resource_id", "guid", "name"), [tuple(row) for row in rows], ignore=True)
    with following(unit, {COMPUTER.name: ids}):
        connection.execute(sa.delete(static_members).where(member_of(connection, static_members.c.resource_id, ids)))
    held = connection.execute(
        sa.select(members.c.collection_id, members.c.resource_id).where(
            member_of(connection, members.c.resource_id, ids)
        )
    ).all()
    if not held:
        return
    ledger = MembershipLedger(unit, "departure")
    ledger.computers = len(ids)
    for collection, resource in held:
        ledger.write(collection, (), (resource,))
    ledger.close()


def merge(unit: UnitOfWork, pair: Sequence[int]) -> None:
    """Hand what was put in by hand over from the loser of a merge to the winner (event `computers_merged`)."""
    winner, loser = pair
    connection = unit.connection
    mine = connection.execute(
        sa.select(static_members.c.collection_id).where(static_members.c.resource_id == loser)
    ).scalars()
    rows = [(collection, winner) for collection in mine]
    if rows:
        with following(unit, {COMPUTER.name: [loser]}):
            bulk.insert(connection, "static_member", ("collection_id", "resource_id"), rows, ignore=True)
        unit.touch(BY_HAND, [winner])  # no field asks who is in it by hand: there is no source to name
