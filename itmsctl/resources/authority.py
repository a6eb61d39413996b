"""Which of several sources is believed about a field of a computer: who is of higher rank, then who told it last.

What a person said of a field always counts, and a locked field no source changes. Otherwise the order in which sources
are heard decides nothing: of what each told last, the one value follows from ranks and moments alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itmsctl.errors import InputError
from itmsctl.resources import identity, record
from itmsctl.resources.kinds import FOLLOWED
from itmsctl.values.addresses import is_loopback

OTHERS = 40  # the priority of a source that is not named
IMPORTS = 30  # that of the source of an import, where its mapping says none
PRIORITIES: Mapping[str, int] = {
    "gatherer": 80,
    "nse": 70,
    "glpi": 60,
    "fusioninventory": 60,
    "osquery": 60,
    "facter": 60,
}
# Kept and shown beside the fields that inventory fills, and never used: a machine id is what later contacts are
# compared with, and a name what people know a computer by.
ONLY_KEPT = ("name", "machine_id")
LEAST_PRIORITY, MOST_PRIORITY = 0, 100


@dataclass(frozen=True)
class ToldOf:
    """What a source told of a field at last.

    `filled`: it was this source that the field was filled from. `in_use`: with this value, which a lock may prevent.
    """

    source: str
    value: Any
    priority: int
    told_at: datetime
    filled: bool = False
    in_use: bool = False

    @property
    def order(self) -> tuple[int, datetime, str, str]:
        """Return what decides between several: the greatest is believed."""
        return self.priority, self.told_at, self.source, str(self.value)


def believed(told: Iterable[ToldOf]) -> ToldOf | None:
    """Return what is believed of a field; None where nobody told anything."""
    return max(told, key=lambda one: one.order, default=None)


def replaces(new: ToldOf, old: ToldOf | None) -> bool:
    """Return whether what a source tells now stands in place of what it told: not where that is of a later moment."""
    return old is None or (new.told_at, str(new.value)) > (old.told_at, str(old.value))


def followed(field: str, value: Any, held: Any) -> Any:
    """Return what a field becomes by what is told of it: an address that a computer has still stays, else its first."""
    if field not in FOLLOWED or not value:
        return value
    return held if held and set(held) <= set(value) else value[:1]


def locked_fields(text: str | None) -> frozenset[str]:
    """Return the fields that a computer's `locked` names."""
    return frozenset(filter(None, (text or "").split(",")))


def priorities(text: str) -> dict[str, int]:
    """Return the priorities of sources, where a text such as `glpi=50, facter=70` says some of them.

    Raises InputError.
    """
    found = dict(PRIORITIES)
    for part in filter(None, (one.strip() for one in text.split(","))):
        source, sign, number = (one.strip() for one in part.partition("="))
        if not sign or not source or not number.isdecimal() or not LEAST_PRIORITY <= int(number) <= MOST_PRIORITY:
            raise InputError(
                f"`{part[:60]}` is no priority of a source",
                hint=f"such as glpi=50, with numbers {LEAST_PRIORITY} to {MOST_PRIORITY}",
            )
        found[source.casefold()] = int(number)
    return found


def value_of(field: str, texts: Iterable[str]) -> Any:
    """Return what a source told of a field in the form in which fields are kept; None for nothing that can be.

    A value that is none of its kind is passed over, and so are MAC addresses that tell nothing of their computer, and
    addresses of the machine that reads them.
    """
    found: list[str] = []
    for text in texts:
        try:
            value = record.checked({field: [text] if field in record.LISTS else text})[field]
        except InputError:
            continue
        if not value:
            continue
        if field not in record.LISTS:
            return value
        if not _says_nothing(field, value[0]):
            found += value
    if not found:
        return None
    return record.checked({field: found[: record.MAX_IDENTITIES]})[field]


def _says_nothing(field: str, text: str) -> bool:
    if field == "mac":
        return identity.identity(field, text).junk
    return field == "address" and (is_loopback(text) or text.casefold().split(".")[0] == "localhost")
