"""Objects that come with a new database: what each is, and the GUID by which it is known everywhere.

Rooms name them in their `kinds.HOOKS`: {"predefined": "itmsctl.inventory.predefined:predefined"}, a function that
returns them in the order in which they are made. `cmdb.predefined` puts them into a database once.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from itmsctl.values.kind import house

_SPACE = uuid.UUID("0b8a5c52-6f0e-5d0b-9a35-6a4d4e0c1f73")


@dataclass(frozen=True)
class PredefinedObject:
    """An object that comes with a new database: its kind, its name, and the fields that it has there."""

    kind: str
    name: str
    fields: Mapping[str, Any]

    @property
    def guid(self) -> str:
        """Return its GUID: the same in every database, so that it is one object wherever two of them meet."""
        return str(uuid.uuid5(_SPACE, f"{self.kind}/{self.name}"))


@cache
def every_predefined() -> tuple[PredefinedObject, ...]:
    """Return all that come with a new database, in the order in which they are made."""
    return tuple(one for call in house().calls("predefined") for one in call())


@cache
def guids() -> frozenset[str]:
    """Return the GUIDs of all of them."""
    return frozenset(one.guid for one in every_predefined())
