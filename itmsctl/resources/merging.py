"""What a merge gives to the winner, and what a split takes back (PLAT-11).

The winner keeps its own values; it gains the addresses, identities and tags that it did not have, and the loser's value
where its own field was empty. A split takes away what came from the loser and is still as it came: what was changed
since is the administrator's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.resources.record import FIELDS, LISTS, empty

Fields = Mapping[str, Any]


def merged(winner: Fields, loser: Fields) -> dict[str, Any]:
    """Return the winner's fields after the merge."""
    found: dict[str, Any] = {}
    for name in FIELDS:
        own, other = winner.get(name) or empty(name), loser.get(name) or empty(name)
        if name == "address":
            found[name] = list(dict.fromkeys([*own, *other]))
        elif name in LISTS:
            found[name] = sorted({*own, *other})
        elif name == "tags":
            found[name] = {**other, **own}
        else:
            found[name] = other if own is None else own
    return found


def split(now: Fields, winner_before: Fields, loser: Fields) -> dict[str, Any]:
    """Return the winner's fields after the split: as they are now, less what the loser had given."""
    found: dict[str, Any] = {}
    for name in FIELDS:
        value = now.get(name) or empty(name)
        before, other = winner_before.get(name) or empty(name), loser.get(name) or empty(name)
        if name in LISTS:
            given = set(other) - set(before)
            found[name] = [v for v in value if v not in given]
        elif name == "tags":
            found[name] = {k: v for k, v in value.items() if k in before or other.get(k) != v}
        else:
            found[name] = None if before is None and value == other else value
    return found
