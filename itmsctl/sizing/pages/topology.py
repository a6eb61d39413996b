"""The boxes of the topology's drawing, for 1 to 600 sites: as much detail as still reads at a glance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from itmsctl.sizing.brief import number
from itmsctl.sizing.drawing.tree import Box
from itmsctl.sizing.pages.sites import CLASSES
from itmsctl.sizing.request import SERVICES, Request
from itmsctl.sizing.snapshot import DesignManagementServer, DesignSite, Snapshot

ROWS = 20  # so many leaves fit on a printed page
_ALONE = 4  # the largest sites that are drawn beside classes
_LETTERS = {"task": "task", "package": "pkg", "boot": "boot"}

_Group = tuple[str, str, Sequence[DesignSite]]  # its name, the size of its sites, and these
_Grouping = Callable[[Sequence[DesignSite]], list[_Group]]


@dataclass(frozen=True)
class Topology:
    """The boxes, a sentence that says them, and how sites are put together."""

    roots: Sequence[Box]
    text: str
    note: str


def topology(snapshot: Snapshot, requests: Sequence[Request]) -> Topology:
    """Return the boxes of a design with as many of its sites alone as fit, the others in classes of size."""
    few = len(snapshot.sites) <= ROWS
    for grouping, note in _GROUPINGS if few else _GROUPINGS[1:]:
        found = Topology(_Drawer(snapshot, grouping).roots(), said(snapshot, requests), note)
        if _leaves(found.roots) <= ROWS:
            break
    return found


def said(snapshot: Snapshot, requests: Sequence[Request]) -> str:
    """Say the topology in a sentence."""
    servers = max(len(snapshot.servers), len(requests), 1)
    parts = [_several(servers, "management server"), _several(len(snapshot.sites), "site")]
    parts += [_several(len(snapshot.hosting(one)), f"{one} server") for one in SERVICES]
    parts.append(_several(len(snapshot.gateways), "internet gateway"))
    return f"{number(snapshot.computers)} computers: " + ", ".join(part for part in parts if not part.startswith("0 "))


def _several(count: int, what: str) -> str:
    return f"{number(count)} {what}" if count == 1 else f"{number(count)} {what}s"


def _leaves(roots: Iterable[Box]) -> int:
    return sum(_leaves(box.below) if box.below else 1 for box in roots)


class _Drawer:
    def __init__(self, snapshot: Snapshot, grouping: _Grouping) -> None:
        self.snapshot = snapshot
        self.grouping = grouping
        self.servers = snapshot.servers or (DesignManagementServer("management server", snapshot.computers),)
        self.most = max((server.computers for server in self.servers), default=0) or 1

    def roots(self) -> list[Box]:
        tops = [server for server in self.servers if server.parent not in self.snapshot.server]
        found = [self._server(server, frozenset()) for server in tops]
        if len(found) > ROWS:
            rest = found[ROWS - 1 :]
            found = [*found[: ROWS - 1], Box(f"{len(rest)} more management servers", kind="group")]
        return found

    def _server(self, server: DesignManagementServer, seen: frozenset[str]) -> Box:
        below = self.snapshot.children.get(server.name, ())
        children = [self.snapshot.server[name] for name in below if name not in seen]
        where = "with its database" if server.database == "on-box" else ""
        text = " · ".join(part for part in (f"{number(server.computers)} computers", where) if part)
        return Box(
            server.name,
            text,
            "parent" if children else "server",
            server.computers / self.most,
            below=(
                *self._gateways(server),
                *self._sites(server),
                *(self._server(child, seen | {server.name}) for child in children),
            ),
        )

    def _gateways(self, server: DesignManagementServer) -> Iterator[Box]:
        mine = [one for one in self.snapshot.gateways if server.name in one.servers]
        if mine:
            agents = sum(one.agents or 0 for one in mine)
            text = "over the internet" + (f" · {number(agents)} agents" if agents else "")
            yield Box(_several(len(mine), "gateway"), text, "gateway")

    def _sites(self, server: DesignManagementServer) -> Iterator[Box]:
        mine = self.snapshot.sites_of(server) if self.snapshot.servers else self.snapshot.sites
        if not mine:
            yield from self._servers_without_sites()
        for name, size, sites in self.grouping(sorted(mine, key=lambda site: (-site.computers, site.name))):
            computers = sum(site.computers for site in sites)
            kind = "site" if len(sites) == 1 and name == sites[0].name else "group"
            text = f"{number(computers)} computers" + (f", {size}" if size else "")
            yield Box(name, text, kind, computers / self.most, self._badges(sites))

    def _servers_without_sites(self) -> Iterator[Box]:
        for service in SERVICES:
            count = len(self.snapshot.hosting(service))
            if count and not self.snapshot.sites:
                yield Box(_several(count, f"{service} server"), "for every computer", "site")

    def _badges(self, sites: Sequence[DesignSite]) -> tuple[tuple[str, str], ...]:
        names = {site.name for site in sites}
        found = []
        for service in SERVICES:
            count = sum(1 for one in self.snapshot.hosting(service) if names & one.sites)
            if count:
                found.append((service, _LETTERS[service] if count == 1 else f"{number(count)} {_LETTERS[service]}"))
        return tuple(found)


def _each(sites: Sequence[DesignSite]) -> list[_Group]:
    return [(site.name, "", [site]) for site in sites]


def _largest_and_classes(sites: Sequence[DesignSite]) -> list[_Group]:
    alone = sites[:_ALONE] if len(sites) > _ALONE + 1 else sites
    return [*_each(alone), *_in_classes(sites[len(alone) :])]


def _in_classes(sites: Sequence[DesignSite]) -> list[_Group]:
    found: list[_Group] = []
    floor = 0
    for end, name in CLASSES:
        inside = [site for site in sites if floor <= site.computers and (end is None or site.computers < end)]
        floor = end or 0
        if len(inside) == 1:
            found += _each(inside)
        elif inside:
            found.append((f"{number(len(inside))} sites", f"{name} each", inside))
    return found[::-1]


def _all_in_one(sites: Sequence[DesignSite]) -> list[_Group]:
    return [(f"{number(len(sites))} sites", "", sites)] if len(sites) > 1 else _each(sites)


_GROUPINGS: tuple[tuple[_Grouping, str], ...] = (
    (_each, ""),
    (_largest_and_classes, "The largest sites stand alone, the others in classes of size."),
    (_in_classes, "Sites stand in classes of size."),
    (_all_in_one, "The sites of a management server stand together."),
)
