"""Who stands above whom among management servers (HIER-2, HIER-3)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

_K = TypeVar("_K", bound=Hashable)


def cycle_through(start: _K, parents: Mapping[_K, _K | None]) -> tuple[_K, ...]:
    """Return the way up from a server back to itself; empty where there is none. Other cycles are passed over."""
    way = [start]
    above = parents.get(start)
    while above is not None and above not in way:
        way.append(above)
        above = parents.get(above)
    return (*way, start) if above == start else ()
