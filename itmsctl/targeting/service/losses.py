"""Who leaves a filter, group or target by a change: membership before and after it, in one unit of work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.losses import Loss
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.resources.rows import resources
from itmsctl.resources.service.scope import scoped
from itmsctl.targeting.rows import TABLES, members
from itmsctl.targeting.service import update

_before = sa.table("member_before", sa.column("collection_id", sa.Integer), sa.column("resource_id", sa.Integer))


class Members:
    """The members of every collection at this moment, brought up to date."""

    def __init__(self, unit: UnitOfWork) -> None:
        update.freshen(unit)
        self._names: dict[int, tuple[str, str]] = {}
        for kind, table in TABLES.items():
            rows = unit.connection.execute(sa.select(table.c.id, table.c.name))
            self._names |= {id_: (kind, name) for id_, name in rows}
        unit.connection.exec_driver_sql("DROP TABLE IF EXISTS member_before")
        unit.connection.exec_driver_sql(
            "CREATE TEMP TABLE member_before AS SELECT collection_id, resource_id FROM member"
        )

    def lost(self, unit: UnitOfWork, gone: Mapping[int, str]) -> Iterator[Loss]:
        """Yield those who were in a collection and are no longer, as an update of membership would find now."""
        update.freshen(unit)
        same = sa.and_(
            members.c.collection_id == _before.c.collection_id, members.c.resource_id == _before.c.resource_id
        )
        statement: sa.Select[Any] = (
            sa.select(_before.c.collection_id, _before.c.resource_id, resources.c.name)
            .select_from(_before.outerjoin(members, same).outerjoin(resources, resources.c.id == _before.c.resource_id))
            .where(members.c.resource_id.is_(None))
            .order_by(_before.c.collection_id, resources.c.name)
        )
        for collection, computer, name in unit.connection.execute(scoped(statement, unit)):
            kind, held_by = self._names[collection]
            yield Loss(kind, held_by, name or gone.get(computer, str(computer)))
