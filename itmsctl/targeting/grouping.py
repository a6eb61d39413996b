"""Groups inside groups inside views: what each one holds (ORG-1, ORG-2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple


class GroupPlace(NamedTuple):
    """Where a group stands: its view, and the group that it lies in."""

    id: int
    view_id: int
    parent_id: int | None


def parts_of(places: Iterable[GroupPlace]) -> dict[int, frozenset[int]]:
    """Return, for each group and each view that has groups, the groups whose members it holds; a group holds itself.

    A chain of parents that never ends (it cannot be stored) is cut.
    """
    by_id = {place.id: place for place in places}
    found: dict[int, set[int]] = defaultdict(set)
    for place in by_id.values():
        found[place.view_id].add(place.id)
        for above in (place.id, *ancestors(place.id, by_id)):
            found[above].add(place.id)
    return {holder: frozenset(held) for holder, held in found.items()}


def ancestors(group: int, places: Mapping[int, GroupPlace]) -> list[int]:
    """Return the groups that a group lies in, nearest first."""
    chain: list[int] = []
    seen = {group}
    above = places[group].parent_id if group in places else None
    while above is not None and above not in seen and above in places:
        chain.append(above)
        seen.add(above)
        above = places[above].parent_id
    return chain
