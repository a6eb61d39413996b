"""SITES: the shelf of sites (SITE-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader
from itmsctl.sites.kinds import SITE
from itmsctl.sites.quantities import refuse_below


class Sites(Shelf):
    """All sites. Computers are in a site by its subnets."""

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the fields; raise FieldError for a link without bandwidth or fewer computers than none."""
        refuse_below(fields, 1, ("link_kbit",))
        refuse_below(fields, 0, ("endpoints",))
        return dict(fields)


SITES = Sites(SITE)
