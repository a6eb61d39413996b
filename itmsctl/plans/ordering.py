"""In which order documents are applied: each behind those that it names, else by kind and name."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Key = tuple[str, str]  # kind, and the name as a key


@dataclass(frozen=True)
class DocumentNode:
    """A document: its place among kinds, and what it names."""

    key: Key
    rank: int
    needs: frozenset[Key] = frozenset()


class CycleError(Exception):
    """Documents name each other in a circle, in this order."""

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__(" -> ".join("/".join(key) for key in keys))
        self.keys = tuple(keys)


def ordered(nodes: Mapping[Key, DocumentNode]) -> list[Key]:
    """Return the keys in an order in which each stands behind those that it needs; what is not among them is there.

    Kinds in their order, names by code points where nothing else decides: the same documents give the same order.
    Raises CycleError.
    """
    needs = {key: {need for need in node.needs if need in nodes} for key, node in nodes.items()}
    needed_by: dict[Key, list[Key]] = {}
    for key, wanted in needs.items():
        for need in wanted:
            needed_by.setdefault(need, []).append(key)
    ready = [(nodes[key].rank, key) for key, wanted in needs.items() if not wanted]
    heapq.heapify(ready)
    found: list[Key] = []
    while ready:
        _, key = heapq.heappop(ready)
        found.append(key)
        for user in needed_by.get(key, ()):
            needs[user].discard(key)
            if not needs[user]:
                heapq.heappush(ready, (nodes[user].rank, user))
    if len(found) < len(nodes):
        raise CycleError(_circle({key: wanted for key, wanted in needs.items() if wanted}))
    return found


def _circle(needs: Mapping[Key, set[Key]]) -> list[Key]:
    """Return one circle, closed: its first key comes again at the end."""
    path: list[Key] = [min(needs)]
    while True:
        following = min(need for need in needs[path[-1]] if need in needs)
        if following in path:
            return [*path[path.index(following) :], following]
        path.append(following)
