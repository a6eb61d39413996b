"""A package brought into the cache of one endpoint: from servers in their order, and what is lacking then by us."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from itmsctl.packages.fetching import SourceLeft
from itmsctl.packages.manifest import PackageManifest
from itmsctl.packages.route import PackageSource
from itmsctl.packages.service.fetch import take_from_sources
from itmsctl.packages.service.stocking import Stocked, Stocking
from itmsctl.transports.base import Transport
from itmsctl.transports.failures import shown


@dataclass(frozen=True, slots=True)
class BroughtPackage:
    """How a package came: what was pushed, bytes by server, and which servers were left out and why."""

    stocked: Stocked
    taken: Mapping[str, int] = field(default_factory=dict)
    left: tuple[tuple[str, SourceLeft], ...] = ()

    def sentence(self, manifest: PackageManifest) -> str:
        """Say it in one line."""
        if self.stocked.was_there:
            return f"{self.stocked.folder} is complete already"
        said = [f"{self.stocked.folder} is complete: {len(manifest.files)} files"]
        said += [f"{size} bytes from {server}" for server, size in sorted(self.taken.items())]
        said += [f"{self.stocked.sent} bytes sent", *self.warnings()]
        return ", ".join(said)

    def warnings(self) -> list[str]:
        """Return which servers were left out, and why."""
        return [shown(f"{server} was left out: {one.word} {one.path}: {one.why}") for server, one in self.left]


def bring(
    transport: Transport,
    manifest: PackageManifest,
    source: Callable[[str], Path],
    *,
    servers: Sequence[PackageSource] = (),
    run_as: str | None = None,
    cache: str = "",
    limit_s: float = 3600.0,
) -> BroughtPackage:
    """Bring a package to an endpoint, and return how it came; all of it was checked there.

    `source` leads from the digest of a file to where it stands here; `servers` are tried in their order. Nothing runs,
    and it may be done again without harm. Raises ItmsError (PackageHashError where what was sent did not hold), and
    StopRequestedError where a person ended it.
    """
    if transport.endpoint.windows:  # which takes nothing from servers by itself
        from itmsctl.packages.service.windows_stock import WindowsStocking

        return BroughtPackage(WindowsStocking(transport, manifest, source, run_as, cache, limit_s).put())
    stocking = Stocking(transport, manifest, source, run_as, cache, limit_s)
    if not servers:
        return BroughtPackage(stocking.put())
    found = take_from_sources(stocking, [one.url for one in servers])
    taken = {servers[number - 1].server: size for number, size in found.taken.items() if 0 < number <= len(servers)}
    left = tuple((servers[one.number - 1].server, one) for one in found.left if 0 < one.number <= len(servers))
    return BroughtPackage(stocking.put(), taken, left)
