"""What is known of a computer before a step is done on it, read by the slice, since a worker never asks the CMDB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.transports.endpoint import Endpoint
from itmsctl.values.lean import dataclass


@dataclass(frozen=True)
class Waker:
    """How to wake a computer: its hardware addresses, where a broadcast reaches it, and who may send it.

    `neighbours` are other computers of its subnet, those seen last first.
    """

    macs: tuple[str, ...] = ()
    broadcast: str = "255.255.255.255"
    neighbours: tuple[Endpoint, ...] = ()


@dataclass(frozen=True)
class Surroundings:
    """What a step is given of one computer. `computer` is none where nothing was read: a template then fails.

    `question` is what a later room's interview asks this computer.
    """

    computer: Mapping[str, Any] | None = None
    waker: Waker | None = None
    question: Any = None
