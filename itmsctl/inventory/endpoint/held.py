"""What the CMDB holds of a class, as it says in a request, and what of it is no longer so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.delta import diff, report


class Held:
    """The rows of a class here and now, by the digests of their keys."""

    def __init__(self, one: DataClass, reported: list[dict[str, Any]]) -> None:
        self.report = report(one, reported)
        self.faults = self.report.faults
        self.rows = self.report.rows

    @property
    def digest(self) -> str:
        """Return the digest of the class."""
        return self.report.digest

    def since(self, packed: bytes) -> Mapping[str, Any]:
        """Return what makes these rows of those that were packed: added and changed rows, keys of rows that went."""
        found = diff(packed, self.report.packed)
        return {
            "added": [row for key, row in self.rows.items() if key in found.added],
            "changed": [row for key, row in self.rows.items() if key in found.changed],
            "removed": sorted(int.from_bytes(key, "big", signed=True) for key in found.removed),
        }
