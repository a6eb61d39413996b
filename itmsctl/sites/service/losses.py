"""Who leaves a site by a change: the sites of computers before and after it, in one unit of work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from itmsctl.cmdb.losses import Loss
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.resources.rows import resources
from itmsctl.resources.service.scope import scoped
from itmsctl.sites.rows import computer_site, site

_before = sa.table("site_before", sa.column("computer_id", sa.Integer), sa.column("site_id", sa.Integer))


class Places:
    """The sites that every computer is in at this moment."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._names = {row.id: row.name for row in unit.connection.execute(sa.select(site.c.id, site.c.name))}
        unit.connection.exec_driver_sql("DROP TABLE IF EXISTS site_before")
        unit.connection.exec_driver_sql(
            "CREATE TEMP TABLE site_before AS"
            " SELECT DISTINCT computer_id, site_id FROM computer_site WHERE site_id IS NOT NULL"
        )

    def lost(self, unit: UnitOfWork, gone: Mapping[int, str]) -> Iterator[Loss]:
        """Yield those who were in a site and are no longer."""
        still = sa.exists().where(
            computer_site.c.computer_id == _before.c.computer_id, computer_site.c.site_id == _before.c.site_id
        )
        statement = (
            sa.select(_before.c.site_id, _before.c.computer_id, resources.c.name)
            .select_from(_before.outerjoin(resources, resources.c.id == _before.c.computer_id))
            .where(~still)
            .order_by(_before.c.site_id, resources.c.name)
        )
        for place, computer, name in unit.connection.execute(scoped(statement, unit)):
            yield Loss("site", self._names[place], name or gone.get(computer, str(computer)))
