"""GATEWAYS: the shelf of internet gateways (CEM-3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader
from itmsctl.hierarchy.kinds import GATEWAY
from itmsctl.sites.quantities import refuse_below


class Gateways(Shelf):
    """All internet gateways."""

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the fields. Raises FieldError for a quantity that cannot be."""
        refuse_below(fields, 1, ("cores", "ram_gb", "disk_gb", "nics"))
        refuse_below(fields, 0, ("agents", "concurrent"))
        return dict(fields)


GATEWAYS = Gateways(GATEWAY)
