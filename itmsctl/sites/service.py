"""Use cases of the room `sites`."""

from __future__ import annotations

import sqlalchemy as sa

from itmsctl.cmdb.shelf import Shelf
from itmsctl.sites.kinds import SITE
from itmsctl.sites.tables import Site


def table_of(row_class: type) -> sa.Table:
    """Answer the table of a row class."""
    table: sa.Table = row_class.__table__  # type: ignore[attr-defined]  # SQLModel adds it
    return table


SITES = Shelf(SITE, table_of(Site))
