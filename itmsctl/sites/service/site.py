"""SITES: the shelf of sites (SITE-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.sites.kinds import SITE
from itmsctl.sites.quantities import refuse_below
from itmsctl.sites.service.rows import computer_site, table_of
from itmsctl.sites.tables.site import Site


class Sites(Shelf):
    """All sites. Computers are in a site by its subnets, so only the name of a site matters to them."""

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the shelf's
        """Answer the fields; raise FieldError for a link without bandwidth or fewer computers than none."""
        refuse_below(fields, 1, ("link_kbit",))
        refuse_below(fields, 0, ("endpoints",))
        return dict(fields)

    def after_write(self, unit: UnitOfWork, before: Doc | None, doc: Doc | None) -> None:
        """Have filters look again at the computers of a site that has another name now."""
        if before is not None and doc is not None and before.name != doc.name:
            inside = sa.select(computer_site.c.computer_id).where(computer_site.c.site_id == doc.id).distinct()
            unit.touch("sites", unit.connection.execute(inside).scalars().all())


SITES = Sites(SITE, table_of(Site))
