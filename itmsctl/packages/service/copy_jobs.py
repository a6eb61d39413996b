"""What is to be done with packages on servers, read from the CMDB before a server is contacted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.errors import ItmsError
from itmsctl.packages.copies import USABLE, Copied, CopyState
from itmsctl.packages.copy_tasks import EVERY
from itmsctl.packages.kinds import AWAITED
from itmsctl.packages.manifest import PackageManifest
from itmsctl.packages.pulling import SCHEMES
from itmsctl.packages.rows import copies, packages
from itmsctl.packages.service import stale_copies
from itmsctl.packages.service.library import library_of
from itmsctl.packages.service.packages import PACKAGES
from itmsctl.packages.service.trusted import TrustGate
from itmsctl.sites.estate import PACKAGE, Estate
from itmsctl.sites.package_places import FOLDER
from itmsctl.sites.rows import server as servers
from itmsctl.sites.service.estate import estate_of
from itmsctl.sites.service.server import SERVERS


@dataclass(frozen=True, slots=True)
class Feeder:
    """A server that another may take a package from."""

    server: str
    url: str


@dataclass(frozen=True, slots=True)
class CopyJob:
    """One package for one server. `refused` says why it cannot be copied at all."""

    server_id: int
    package_id: int
    package: str
    digest: str
    manifest: PackageManifest | None
    failures: int = 0
    feeders: tuple[Feeder, ...] = ()
    refused: ItmsError | None = None


@dataclass(frozen=True, slots=True)
class CopyNews:
    """What became of a job, for the CMDB."""

    job: CopyJob
    copied: Copied


@dataclass(frozen=True, slots=True)
class CopyQuestion:
    """What is to be done on one computer. Without a server it is none that keeps packages."""

    library: Path
    root: str = FOLDER
    rate_kbit: int | None = None
    jobs: tuple[CopyJob, ...] = ()
    unfed: str = ""  # the site in which a constrained server has no unconstrained one
    is_server: bool = True
    server_id: int = 0
    stale: tuple[str, ...] = ()  # digests of contents that are to be removed there


@dataclass
class _Known:
    """What is read once for all servers."""

    reader: Reader
    wanted: list[Doc]
    estate: Estate
    states: dict[tuple[int, int], Any]
    names: dict[int, str]
    urls: dict[str, list[str]]
    gated: bool  # only what is published goes to servers
    manifests: dict[str, PackageManifest | ItmsError] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.gate = TrustGate(self.reader, self.reader.now)

    def manifest(self, package: Doc) -> PackageManifest | ItmsError:
        """Return the manifest of a package as it is now, or why it may not be sent."""
        digest = package.fields["manifest"]
        if digest not in self.manifests:
            try:
                read = self.gate.manifest(package) if self.gated else library_of(self.reader).manifest(digest)
                self.manifests[digest] = read
            except ItmsError as error:
                self.manifests[digest] = error
        return self.manifests[digest]


def wanted_packages(reader: Reader, name: str | None) -> list[Doc]:
    """Return the packages of a name, or all that are enabled, as far as their files are here. Raises NotFoundError."""
    if name is not None and name != EVERY:
        return [PACKAGES.get(reader, name)]
    found = PACKAGES.list(reader, where=packages.c.enabled)
    return [doc for doc in found if doc.fields["manifest"] and doc.fields["state"] != AWAITED]


def package_servers(reader: Reader) -> list[Doc]:
    """Return the servers that host packages, unconstrained ones first, by name."""
    found = [doc for doc in SERVERS.list(reader) if PACKAGE in doc.fields["services"]]
    return sorted(found, key=lambda doc: (doc.fields["constrained"], doc.name))


def questions(
    reader: Reader, ids: Sequence[int], options: Mapping[str, Any], *, due: bool = False, there: bool = False
) -> dict[int, CopyQuestion]:
    """Return what is to be done on these computers.

    `due` leaves out what is as it should be or waits, `there` what is not on the server as far as the CMDB knows.
    """
    wanted = [] if options.get("prune") else wanted_packages(reader, options.get("package"))
    known = _known(reader, wanted, gated=not (there or options.get("remove")))
    old = {} if there else stale_copies.on_servers(reader)
    on_computers = SERVERS.on_computers(reader, ids)
    root = library_of(reader).root
    found = {}
    for computer in ids:
        doc = on_computers.get(computer)
        if doc is None or PACKAGE not in doc.fields["services"]:
            found[computer] = CopyQuestion(root, is_server=False)
            continue
        rates = [rate for rate in (options.get("rate_kbit"), doc.fields["rate_kbit"]) if rate]
        jobs = tuple(job for one in known.wanted if (job := _job(known, doc, one, due=due, there=there)) is not None)
        found[computer] = CopyQuestion(
            root, doc.fields["folder"] or FOLDER, min(rates, default=None), jobs, _unfed(known.estate, doc),
            server_id=doc.id, stale=old.get(doc.id, ()),
        )  # fmt: skip
    return found


def _known(reader: Reader, wanted: list[Doc], *, gated: bool) -> _Known:
    rows = reader.connection.execute(
        sa.select(copies).where(member_of(reader.connection, copies.c.package_id, [doc.id for doc in wanted]))
    )
    states = {(row.server_id, row.package_id): row for row in rows}
    named = list(reader.connection.execute(sa.select(servers.c.id, servers.c.name, servers.c.urls)))
    return _Known(
        reader, wanted, estate_of(reader), states,
        {row.id: row.name for row in named}, {row.name: row.urls or [] for row in named}, gated,
    )  # fmt: skip


def _job(known: _Known, server: Doc, package: Doc, *, due: bool, there: bool) -> CopyJob | None:
    digest = package.fields["manifest"]
    row = known.states.get((server.id, package.id))
    if there and (row is None or row.manifest != digest or row.state not in USABLE):
        return None
    if not digest or (due and not _is_due(row, digest, known)):
        return None
    read = known.manifest(package)
    failures = row.failures if row is not None and row.manifest == digest else 0
    if isinstance(read, ItmsError):
        return CopyJob(server.id, package.id, package.name, digest, None, failures, refused=read)
    return CopyJob(
        server.id, package.id, package.name, digest, read, failures, _feeders(known, server, package.id, digest)
    )


def _is_due(row: Any, digest: str, known: _Known) -> bool:
    if row is None or row.manifest != digest:
        return True
    if row.state == CopyState.DOUBTED:
        return True  # it is read back
    if row.state in USABLE or row.state == CopyState.REMOVED:
        return False
    return row.next_at is None or row.next_at <= known.reader.now


def _feeders(known: _Known, server: Doc, package: int, digest: str) -> tuple[Feeder, ...]:
    """Return the unconstrained servers of the sites of a constrained one that have the package (PKG-8)."""
    if not server.fields["constrained"]:
        return ()
    own = set(_sites(known.estate, server.guid))
    found = []
    for other in known.estate.hosting(PACKAGE):
        if other.constrained or not own & set(_sites(known.estate, other.guid)):
            continue
        row = next((r for (s, p), r in known.states.items() if p == package and known.names[s] == other.name), None)
        if row is not None and row.manifest == digest and row.state in USABLE:
            found += [Feeder(other.name, url) for url in known.urls[other.name] if url.startswith(SCHEMES)]
    return tuple(found)


def _unfed(estate: Estate, server: Doc) -> str:
    """Return a site of a constrained server where none has an unconstrained one; empty where it works (PKG-9)."""
    if not server.fields["constrained"]:
        return ""
    sites = _sites(estate, server.guid)
    return "" if set(sites) & estate.fed_sites else next(iter(sites), "none")


def _sites(estate: Estate, guid: str) -> Sequence[str]:
    place = estate.server_places.get(guid)
    return tuple(place.sites) if place is not None else ()
