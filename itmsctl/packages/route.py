"""From where a computer takes a package, in which order, and why (PKG-3, PKG-4, SITE-6 to SITE-9, SITE-24).

The servers that the rules of sites offer, in their order, as far as the package is on them and they have a URL: near
ones first, among equally near ones those where every byte was read back. The machine of the CMDB is the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from itmsctl.packages.copies import USABLE, CopyState
from itmsctl.sites.selection import Candidate, ServerSelection
from itmsctl.values.names import name_key
from itmsctl.values.untrusted import shell_arg

HERE = "itmsctl"  # what the machine of the CMDB is called where a server is named
_NEAR = ("subnet", "site", "")
_SAID = {
    CopyState.READY: "ready, every byte read back",
    CopyState.CLAIMED: "there by the server's own word",
    CopyState.DOUBTED: "there, though a computer says that it was handed other bytes",
}


@dataclass(frozen=True, slots=True)
class PackageSource:
    """A place to take a package from. Without a URL it is the machine of the CMDB, over the connection that stands."""

    server: str
    url: str
    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A server that the rules offer and that cannot be used for this package."""

    server: str
    why: str


@dataclass(frozen=True, slots=True)
class Route:
    """Ordered sources, and who was passed over."""

    sources: tuple[PackageSource, ...]
    passed: tuple[PassedOver, ...] = ()


@dataclass(frozen=True, slots=True)
class Outlet:
    """What a package server has: its URLs, and the state of the package there (None: nothing is known of it)."""

    urls: Sequence[str] = ()
    state: CopyState | None = None


@dataclass(frozen=True, slots=True)
class RouteAsked:
    """One question: whom the rules of sites offer, and what each of them has. `digest` names the package, if one."""

    selection: ServerSelection
    outlets: Mapping[str, Outlet] = field(default_factory=dict)
    digest: str | None = None


def route(asked: RouteAsked) -> Route:
    """Return the sources of a computer, in the order in which it tries them."""
    passed: list[PassedOver] = [PassedOver(one.name, f"{one.why} ({one.rule})") for one in asked.selection.excluded]
    usable: list[tuple[tuple[int, int, str], Candidate, Outlet]] = []
    for candidate in asked.selection.candidates:
        outlet = asked.outlets.get(candidate.name, Outlet())
        why = _unusable(candidate.name, outlet, asked.digest)
        if why:
            passed.append(PassedOver(candidate.name, why))
        else:
            proven = USABLE.index(outlet.state) if asked.digest is not None and outlet.state in USABLE else 0
            usable.append(((_NEAR.index(candidate.near), proven, name_key(candidate.name)), candidate, outlet))
    usable.sort(key=lambda one: one[0])
    sources = [source for _, candidate, outlet in usable for source in _sources(candidate, outlet, asked.digest)]
    return Route((*sources, _last(asked, bool(sources))), tuple(passed))


def file_url(base: str, digest: str, path: str) -> str:
    """Return the URL of a file of a package under the URL of a server."""
    return f"{base.rstrip('/')}/{digest}/{quote(path)}"


def _unusable(server: str, outlet: Outlet, digest: str | None) -> str:
    if digest is not None and outlet.state not in USABLE:
        return "the package was never copied there" if outlet.state is None else f"its copy is {outlet.state}"
    return "" if outlet.urls else f"it has no URL: itmsctl server set {shell_arg(server)} --url ..."


def _sources(candidate: Candidate, outlet: Outlet, digest: str | None) -> Iterator[PackageSource]:
    why = candidate.why
    if digest is not None and outlet.state is not None:
        why += f"; {_SAID[outlet.state]}"
    for url in outlet.urls:
        yield PackageSource(candidate.name, url.rstrip("/"), candidate.rule, why)


def _last(asked: RouteAsked, is_last: bool) -> PackageSource:
    if is_last:
        return PackageSource(HERE, "", "SITE-27", "where no server gives it: over the connection that stands")
    if asked.selection.candidates:
        return PackageSource(HERE, "", "PKG-12", "no server that is offered has the package yet")
    return PackageSource(HERE, "", "SITE-27", asked.selection.fallback or "no server is offered")
