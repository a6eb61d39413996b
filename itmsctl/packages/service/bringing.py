"""A package brought into the cache of one endpoint: from servers in their order, and what is lacking then by us."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from itmsctl.packages.fetching import SourceLeft
from itmsctl.packages.manifest import PackageManifest
from itmsctl.packages.service.fetch import take_from_sources
from itmsctl.packages.service.stocking import Stocked, Stocking
from itmsctl.transports.base import Transport


@dataclass(frozen=True, slots=True)
class BroughtPackage:
    """How a package came: what was pushed, bytes by number of the source, and which sources were left out and why."""

    stocked: Stocked
    taken: dict[int, int]
    left: tuple[SourceLeft, ...] = ()

    @property
    def corrupt(self) -> tuple[SourceLeft, ...]:
        """Return the sources that sent other bytes than the package has."""
        return tuple(one for one in self.left if one.is_corrupt)

    def sentence(self, manifest: PackageManifest) -> str:
        """Say it in one line."""
        if self.stocked.was_there:
            return f"{self.stocked.folder} is complete already"
        said = [f"{self.stocked.folder} is complete: {len(manifest.files)} files"]
        said += [f"{size} bytes from source {number}" for number, size in sorted(self.taken.items())]
        said += [f"{self.stocked.sent} bytes sent"]
        said += [f"source {one.number} left out: {one.word} {one.path} {one.why}" for one in self.left]
        return ", ".join(said)


def bring(
    transport: Transport,
    manifest: PackageManifest,
    source: Callable[[str], Path],
    *,
    bases: Sequence[str] = (),
    run_as: str | None = None,
    cache: str = "",
    limit_s: float = 3600.0,
) -> BroughtPackage:
    """Bring a package to an endpoint, and return how it came; all of it was checked there.

    `source` leads from the digest of a file to where it stands here, `bases` are addresses of folders that have the
    package's folder. Nothing runs, and it may be done again without harm. Raises ItmsError (PackageHashError where what
    was sent did not hold), and StopRequestedError where a person ended it.
    """
    stocking = Stocking(transport, manifest, source, run_as, cache, limit_s)
    if not bases:
        return BroughtPackage(stocking.put(), {})
    found = take_from_sources(stocking, bases)
    return BroughtPackage(stocking.put(), found.taken, found.left)
