"""What a batch came to where it arrived: the answer that its sender gets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_NAMED = 100  # objects of each list that an answer names
MOST_HELD = 3000  # objects that the parts of an answer name, each in about 105 bytes
_LONGEST = 200


@dataclass
class Applied:
    """What was done with each record; names are those of the sender."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[str, str, str]] = field(default_factory=list)  # kind, GUID, why: waits as a conflict here
    overwritten: list[tuple[str, str, str]] = field(default_factory=list)  # kind, name, fields that were changed here
    renamed: list[tuple[str, str, str]] = field(default_factory=list)  # kind, name, what it is called here
    survivors: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # GUID: kind, surviving GUID, its owner
    differing: list[tuple[str, int, int, dict[str, str] | None]] = field(
        default_factory=list
    )  # kind, part, parts, held
    _held: int = 0  # objects that these parts name

    def differ(self, kind: str, part: int, parts: int, held: dict[str, str]) -> None:
        """Have the sender told what is held of a part that differs; beyond what an answer holds, only that it does."""
        named = self._held + len(held) <= MOST_HELD
        self._held += len(held) if named else 0
        self.differing.append((kind, part, parts, held if named else None))

    def as_dict(self) -> dict[str, Any]:
        """Return the plain object that answers a batch."""
        lists: Mapping[str, list[Any]] = {
            "refused": [[kind, guid, why[:_LONGEST]] for kind, guid, why in self.refused[:MOST_NAMED]],
            "overwritten": [list(one) for one in self.overwritten[:MOST_NAMED]],
            "renamed": [list(one) for one in self.renamed[:MOST_NAMED]],
            "differing": [list(one) for one in self.differing],
        }
        return {
            "applied": dict(sorted(self.counts.items())),
            "survivors": {guid: list(one) for guid, one in self.survivors.items()},
            **({"refused_beyond": beyond} if (beyond := len(self.refused) - MOST_NAMED) > 0 else {}),
            **{name: found for name, found in lists.items() if found},
        }
