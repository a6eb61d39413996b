"""Contents on package servers that no package needs: noted when they become so, removed by the next copying."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from operator import attrgetter

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.packages.copies import CopyState
from itmsctl.packages.rows import copies, packages, stale
from itmsctl.sites.rows import server as servers
from itmsctl.values.counts import counted
from itmsctl.values.findings import Finding, Severity

PRUNE = "itmsctl package distribute --prune"
_NAMED = 10  # findings
_NEVER_THERE = (str(CopyState.PENDING), str(CopyState.REMOVED))


def note_removed(unit: UnitOfWork, package_id: int, name: str) -> None:
    """Note what package servers hold of a package that is removed."""
    mine = sa.select(copies).where(copies.c.package_id == package_id, copies.c.state.not_in(_NEVER_THERE))
    note(unit, ((row.server_id, row.manifest, name) for row in unit.connection.execute(mine)))


def note(unit: UnitOfWork, found: Iterable[tuple[int, str, str]]) -> None:
    """Note contents by server, digest and the name of their package; one that is noted already stays as it is."""
    at = bulk.moment(unit.connection, unit.now)
    rows = [(*one, at) for one in found]
    bulk.insert(unit.connection, stale.name, ("server_id", "manifest", "package", "since"), rows, ignore=True)
    if rows:
        unit.note("package_copy", stale=len(rows))


def forget(unit: UnitOfWork, gone: Sequence[tuple[int, str]]) -> None:
    """Forget contents that were removed."""
    for server_id, digest in gone:
        unit.connection.execute(sa.delete(stale).where(stale.c.server_id == server_id, stale.c.manifest == digest))
    if gone:
        unit.note("package_copy", pruned=len(gone))


def on_servers(reader: Reader) -> Mapping[int, tuple[str, ...]]:
    """Return the digests that are to be removed, by the id of the server; what a package needs again stays."""
    needed = sa.select(packages.c.manifest).where(packages.c.manifest.is_not(None))
    statement = sa.select(stale.c.server_id, stale.c.manifest).where(stale.c.manifest.not_in(needed))
    rows = reader.connection.execute(statement.order_by(stale.c.server_id, stale.c.manifest))
    return {
        server_id: tuple(row.manifest for row in some) for server_id, some in groupby(rows, attrgetter("server_id"))
    }


def findings(reader: Reader) -> Iterator[Finding]:
    """Yield a finding for each server that holds what no package needs (hook `doctor`)."""
    held = dict(islice(on_servers(reader).items(), _NAMED))
    hosts = sa.select(servers.c.id, servers.c.name).where(servers.c.id.in_(list(held))).order_by(servers.c.id)
    for server_id, name in reader.connection.execute(hosts):
        digests = held[server_id]
        what = f"server `{name}` holds {counted(len(digests), 'content')} that no package needs any more"
        yield Finding("PACKAGE-STALE", Severity.INFO, what, "packages were removed, or have other contents now", PRUNE)
