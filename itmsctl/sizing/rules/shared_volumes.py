"""Database files that share a volume.

Operating system, data, log and temporary tables want volumes of their own. Up to 1,000 computers table 4-1 puts data,
log and temporary tables on one volume, apart from the operating system.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from string import ascii_uppercase

from itmsctl.hierarchy.kinds import ON_BOX
from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule, number_at, setting
from itmsctl.sizing.snapshot import Snapshot


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look for uses with one volume, as far as the row of the computers keeps them apart."""
    for server in (one for one in snapshot.servers if one.database != ON_BOX):
        apart = ["os", "data"]
        if number_at(numbers, "database_hardware", server.computers, "capacity_gb.logs") is not None:
            apart += ["log", "tempdb"]
        by_volume: dict[str, list[str]] = {}
        for use in apart:
            if use in server.volumes:
                by_volume.setdefault(server.volumes[use].casefold(), []).append(use)
        shared = [uses for uses in by_volume.values() if len(uses) > 1]
        if shared:
            said = "; ".join(f"{', '.join(uses)} share volume {server.volumes[uses[0]]}" for uses in shared)
            moved = [use for uses in shared for use in uses[1:]]
            fixed = {**server.volumes, **dict(zip(moved, _free(server.volumes.values()), strict=False))}
            yield Hit(server.name, f"of `{server.name}` {said}", setting(server.name, "volume", fixed))


def _free(taken: Iterable[str]) -> Iterator[str]:
    """Yield names of volumes that are not taken: letters of drives."""
    known = {name.casefold().rstrip(":\\/") for name in taken}
    return (f"{letter}:" for letter in ascii_uppercase[3:] if letter.casefold() not in known)


RULE = Rule(
    "SZ-207",
    SiteSeverity.WARNING,
    "DB-8, table 4-1, C-27",
    "each is read and written in its own way; on one volume they wait for each other",
    __doc__,
    check,
)
