"""What the CMDB holds of a class, as it says in a request, and what of it is no longer so."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from itmsctl.inventory.canonical import Row, canonical, key_of, row_digest
from itmsctl.inventory.definition import DataClass

_HALF = 8


class Held:
    """The rows of a class here and now, by the digests of their keys."""

    def __init__(self, one: DataClass, reported: list[dict[str, Any]]) -> None:
        found = canonical(one, reported)
        self.faults = found.faults
        self.rows: dict[bytes, Row] = {}
        self.digests: dict[bytes, bytes] = {}
        for row in found.rows.values():
            text = key_of(one, row)
            key = hashlib.sha256(text.encode()).digest()[:_HALF] if text else bytes(_HALF)
            self.rows[key] = row
            self.digests[key] = bytes.fromhex(row_digest(one, row))[:_HALF]

    @property
    def digest(self) -> str:
        """Return the digest of the class."""
        packed = b"".join(sorted(key + digest for key, digest in self.digests.items()))
        return hashlib.sha256(packed).hexdigest()[:32]

    def since(self, packed: bytes) -> Mapping[str, Any]:
        """Return what makes these rows of those that were packed: added and changed rows, keys of rows that went."""
        before = {packed[n : n + _HALF]: packed[n + _HALF : n + 2 * _HALF] for n in range(0, len(packed), 2 * _HALF)}
        return {
            "added": [row for key, row in self.rows.items() if key not in before],
            "changed": [
                row for key, row in self.rows.items() if before.get(key, self.digests[key]) != self.digests[key]
            ],
            "removed": sorted(int.from_bytes(key, "big", signed=True) for key in before if key not in self.rows),
        }
