"""Whether an event goes on from what an agent told before: each follows one other, so a copied agent is noticed."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

KEPT = 64  # digests of events that are remembered of an agent


class Following(Enum):
    """How an event stands to those that came before it."""

    NEXT = "next"
    DUPLICATE = "duplicate"  # it came before
    GAP = "gap"  # others stand between it and the last one, and did not come yet
    FORK = "fork"  # two computers tell in the name of one agent


def following(last: int, recent: Mapping[str, str], number: int, before: str, digest: str) -> Following:
    """Return how an event stands; `recent` are digests of events by number, `before` the one that this follows."""
    if number <= last:
        known = recent.get(str(number))
        return Following.DUPLICATE if known in {None, digest} else Following.FORK
    if number > last + 1:
        return Following.GAP
    known = recent.get(str(last))
    return Following.NEXT if known in {None, before} else Following.FORK


def remembered(recent: Mapping[str, str], number: int, digest: str) -> dict[str, str]:
    """Return the digests that are remembered after an event."""
    kept = {**recent, str(number): digest}
    return {key: kept[key] for key in sorted(kept, key=int)[-KEPT:]}
