"""What a delivery asks of one computer, and what it came to there: plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from itmsctl.errors import ItmsError
from itmsctl.packages.copies import CorruptCopies
from itmsctl.packages.kinds import UNINSTALL
from itmsctl.packages.manifest import PackageManifest
from itmsctl.packages.route import PackageSource
from itmsctl.software.kinds import COMPLIANT, NOT_APPLICABLE, NOT_COMPLIANT, UNKNOWN

SOURCE = "delivery"
"""Who said a state, where the computer was asked in a delivery."""


@dataclass(frozen=True, slots=True)
class DeliveryItem:
    """One software resource: its rule, and the package and program that do what is asked."""

    software: str
    id: int
    action: str
    program: str
    rule: str | None = None
    manifest: PackageManifest | None = None


@dataclass(frozen=True, slots=True)
class RestartAsked:
    """A program asked for a restart: in which boot of the computer, and what it was for."""

    boot: str
    action: str


@dataclass(frozen=True, slots=True)
class DeliveryQuestion:
    """What a computer is to be given: items, where files stand here, and servers by the digest of a package.

    `inapplicable` says of what does not apply to it why; `restarts`, by the id of software, what waits for a restart.
    `refused` is why nothing may be done at all.
    """

    at: datetime
    items: tuple[DeliveryItem, ...] = ()
    source: Callable[[str], Path] = Path
    servers: Mapping[str, tuple[PackageSource, ...]] = field(default_factory=dict)
    family: str = ""
    inapplicable: Mapping[str, str] = field(default_factory=dict)
    restarts: Mapping[int, RestartAsked] = field(default_factory=dict)
    refused: ItmsError | None = None


@dataclass(frozen=True, slots=True)
class SoftwareSeen:
    """What a computer showed of software."""

    software_id: int
    state: str
    reason: str
    restart: RestartAsked | None = None


@dataclass(frozen=True, slots=True)
class DeliveryBrought:
    """What is stored with the result of a step: what was seen, and copies on servers that are damaged."""

    at: datetime
    seen: tuple[SoftwareSeen, ...]
    corrupt: tuple[CorruptCopies, ...] = ()

    @property
    def size(self) -> int:
        """Return about how many bytes will be stored."""
        return 600 * len(self.seen) + sum(one.size for one in self.corrupt)


def state_of(truth: bool | None) -> str:
    """Return the state of software whose rule holds, or does not; None is unknown."""
    return {True: COMPLIANT, False: NOT_COMPLIANT, None: UNKNOWN}[truth]


def is_as_wanted(action: str, state: str) -> bool:
    """Return whether software is as an action would leave it."""
    return state in ({NOT_COMPLIANT, NOT_APPLICABLE} if action == UNINSTALL else {COMPLIANT, NOT_APPLICABLE})
