"""What an endpoint is asked: which classes, and what the CMDB holds of them, so that only what differs comes back."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.delta import SIZE
from itmsctl.inventory.endpoint.brief import PROTOCOL

MOST_ROWS_SENT = 4000  # digests of more rows are not sent: such a class comes whole where it changed


@dataclass(frozen=True, slots=True)
class HeldClass:
    """What the CMDB holds of a class of a computer: its digest, and those of its rows; empty where it holds none."""

    digest: str = ""
    packed: bytes = b""


@dataclass(frozen=True, slots=True)
class InventoryQuestion:
    """What a worker is given to ask one computer.

    `at` is when the CMDB was read, `family` that of its system, `own` are classes of this CMDB.
    """

    at: datetime
    held: Mapping[str, HeldClass] = field(default_factory=dict)
    family: str = ""
    own: Mapping[str, DataClass] = field(default_factory=dict)


def request_of(
    token: str, names: Iterable[str], held: Mapping[str, HeldClass], options: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the request for these classes; one of which nothing is held is asked whole."""
    classes = {}
    for name in names:
        one = held.get(name, HeldClass())
        rows = one.packed if len(one.packed) <= MOST_ROWS_SENT * SIZE else None
        classes[name] = {
            "digest": one.digest or None,
            "rows": base64.b64encode(rows).decode("ascii") if one.digest and rows is not None else None,
        }
    return {"protocol": PROTOCOL, "token": token, "classes": classes, "options": dict(options)}
