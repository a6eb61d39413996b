"""What inventory finds under which no software is managed: names, patterns, and the rule that is proposed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from itmsctl.packages.detection import text_of
from itmsctl.packages.detection.rule import MANAGERS, PackageLeaf
from itmsctl.values.schemes import SCHEMES, scheme_of


@dataclass(frozen=True, slots=True)
class FoundSoftware:
    """What inventory finds under one name: its versions by how many computers have each, and who told of it."""

    name: str
    publisher: str | None
    source: str
    computers: int
    versions: Mapping[str, int]

    @property
    def newest(self) -> str | None:
        """Return the newest version, in the order of whoever numbered it."""
        return max(self.versions, key=scheme_of(self.source).key, default=None)


class NamePatterns:
    """Names with `*` for anything, capitals alike: whether one of many names is meant is one match."""

    def __init__(self, patterns: Iterable[str]) -> None:
        texts = [".*".join(map(re.escape, one.casefold().split("*"))) for one in patterns if one]
        self._pattern = re.compile("|".join(f"(?:{text})" for text in texts), re.DOTALL) if texts else None

    def match(self, name: str) -> bool:
        """Return whether one of the patterns is of this name."""
        return self._pattern is not None and self._pattern.fullmatch(name.casefold()) is not None


def proposed(found: Sequence[FoundSoftware]) -> tuple[str, str | None, str]:
    """Return the rule, version and scheme of software that is found under one name, by one or more sources."""
    known = next((one for one in found if one.source in MANAGERS), found[0])
    manager = known.source if len(found) == 1 and known.source in MANAGERS else ""
    scheme = scheme_of(known.source)
    newest = max((one.newest for one in found if one.newest), key=SCHEMES[scheme.name].key, default=None)
    return text_of(PackageLeaf(known.name, manager=manager)), newest, scheme.name
