"""SITES: the shelf of sites (SITE-1)."""

from __future__ import annotations

import sqlalchemy as sa

from itmsctl.cmdb.shelf import Doc, Shelf
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import InUseError
from itmsctl.sites.kinds import SITE
from itmsctl.sites.service.rows import computer_site, server, server_site, table_of
from itmsctl.sites.tables.site import Site

_NAMED = 5


class Sites(Shelf):
    """All sites. Computers are in a site by its subnets, so only the name of a site matters to them."""

    def before_remove(self, unit: UnitOfWork, doc: Doc) -> None:
        """Raise InUseError where servers are assigned to the site by hand; subnets are seen by their declaration."""
        joined = server_site.join(server, server.c.id == server_site.c.server_id)
        statement = sa.select(server.c.name).select_from(joined).where(server_site.c.site_id == doc.id)
        names = unit.connection.execute(statement.order_by(server.c.name).limit(_NAMED + 1)).scalars().all()
        if names:
            more = " and more" if len(names) > _NAMED else ""
            raise InUseError(
                f"site `{doc.name}` is still used",
                why="by " + ", ".join(f"server `{name}`" for name in names[:_NAMED]) + more,
                hint="assign those to other sites first: itmsctl server set NAME --site OTHER",
            )

    def after_write(self, unit: UnitOfWork, before: Doc | None, doc: Doc | None) -> None:
        """Have filters look again at the computers of a site that has another name now."""
        if before is not None and doc is not None and before.name != doc.name:
            inside = sa.select(computer_site.c.computer_id).where(computer_site.c.site_id == doc.id).distinct()
            unit.touch("sites", unit.connection.execute(inside).scalars().all())


SITES = Sites(SITE, table_of(Site))
