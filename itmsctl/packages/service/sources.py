"""Where children take the content of a package from: kept with the package, so that replication tells them (PKG-15)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.packages.copies import USABLE, CopyState
from itmsctl.packages.rows import copies, packages
from itmsctl.packages.service.packages import PACKAGES
from itmsctl.sites.rows import server as servers

MOST = 8  # places that are told of a package: a child needs one, and another where that is away
LONGEST = 500  # characters of an address


def renew_sources(unit: UnitOfWork, ids: Collection[int] | None = None) -> int:
    """Say of packages, or of all, where their content is now; return how many of them had it said otherwise."""
    wrong = list(_wrong(unit, ids))
    for guid, found in wrong:
        PACKAGES.set(unit, guid, {"sources": found})
    return len(wrong)


def is_renewed(reader: Reader) -> bool:
    """Return whether every package says where its content is now."""
    return next(_wrong(reader, None), None) is None


def _wrong(reader: Reader, ids: Collection[int] | None) -> Iterator[tuple[str, list[str]]]:
    """Yield the GUIDs of packages that say otherwise than it is, and what it is."""
    mine = sa.true() if ids is None else member_of(reader.connection, packages.c.id, sorted(ids))
    some = packages.c.sources.is_not(None) | packages.c.id.in_(sa.select(copies.c.package_id))
    docs = {
        row.id: row
        for row in reader.rows(
            sa.select(packages.c.id, packages.c.guid, packages.c.manifest, packages.c.sources).where(mine, some)
        )
    }
    held: dict[int, list[Any]] = {id_: [] for id_ in docs}
    for row in reader.rows(_usable(reader, sorted(docs))):
        if row.manifest == docs[row.package_id].manifest:
            held[row.package_id].append(row)
    for id_, doc in docs.items():
        now = _places(held[id_])
        if now != list(doc.sources or ()):
            yield doc.guid, now


def _usable(reader: Reader, ids: list[int]) -> sa.Select[Any]:
    which = member_of(reader.connection, copies.c.package_id, ids)
    joined = copies.join(servers, servers.c.id == copies.c.server_id)
    chosen = (copies.c.package_id, copies.c.manifest, copies.c.state, servers.c.name, servers.c.constrained,
              servers.c.urls)  # fmt: skip
    usable = copies.c.state.in_([str(state) for state in USABLE])
    return sa.select(*chosen).select_from(joined).where(which, usable)


def _places(rows: list[Any]) -> list[str]:
    """Return the addresses of servers: unconstrained ones first, then those whose copy is proven best."""
    rows.sort(key=lambda row: (bool(row.constrained), USABLE.index(CopyState(row.state)), row.name))
    found = [url for row in rows for url in row.urls or () if len(url) <= LONGEST]
    return list(dict.fromkeys(found))[:MOST]
