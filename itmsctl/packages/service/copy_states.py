"""The state of packages on servers, as the CMDB holds it: claimed while a copy goes on, then what came of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.packages.copies import USABLE, CopyState, retry_wait
from itmsctl.packages.rows import copies, packages
from itmsctl.packages.service import stale_copies
from itmsctl.packages.service.copy_jobs import CopyNews
from itmsctl.packages.service.sources import renew_sources
from itmsctl.sites.rows import server as servers
from itmsctl.tasks.owner import is_dead, parse
from itmsctl.tasks.service.processes import start_of, this_process
from itmsctl.values.findings import Finding, Severity
from itmsctl.values.untrusted import shell_arg

_NAMED = 10  # findings of copies
MESSAGE = 500  # characters of a message that are kept
_NEW = SimpleNamespace(
    failures=0, state="", sent_bytes=0, pulled_bytes=0, read_at=None, arrived_at=None, source=None, next_at=None
)
INTERRUPTED = "the process that copied it ended; what arrived is gone on with"


def store_news(unit: UnitOfWork, news: Sequence[CopyNews]) -> None:
    """Store what became of copies; those of a server or a package that was removed meanwhile are dropped."""
    there = _pairs_that_stand(unit, news)
    for one in news:
        key = (one.job.server_id, one.job.package_id)
        if key not in there:
            continue
        before = unit.connection.execute(sa.select(copies).where(_is(*key))).first()
        same = before is not None and before.manifest == one.job.digest
        _note_former(unit, key[0], before, one.job.digest, one.job.package)
        _put(unit, key, before, _values(unit, one, before if same and before is not None else _NEW))
    if there:
        unit.note("package_copy", copied=len(there))
        renew_sources(unit, {package for _, package in there})


def _pairs_that_stand(reader: Reader, news: Sequence[CopyNews]) -> set[tuple[int, int]]:
    run, jobs = reader.connection.execute, [one.job for one in news]
    hosts = set(run(sa.select(servers.c.id).where(servers.c.id.in_({job.server_id for job in jobs}))).scalars())
    kept = set(run(sa.select(packages.c.id).where(packages.c.id.in_({job.package_id for job in jobs}))).scalars())
    return {(j.server_id, j.package_id) for j in jobs if j.server_id in hosts and j.package_id in kept}


def _values(unit: UnitOfWork, one: CopyNews, before: Any) -> dict[str, Any]:
    copied = one.copied
    failed = copied.state in {CopyState.FAILED, CopyState.CORRUPT}
    failures = before.failures + 1 if failed else 0
    # A server that only says that it is right stays one that was read back, as long as nothing else is known.
    state = copied.state
    # One that a computer doubts stays so until its bytes came back, and remembers which computer it was.
    doubted = state is CopyState.CLAIMED and before.state == CopyState.DOUBTED
    if doubted or (state is CopyState.CLAIMED and before.state == CopyState.READY):
        state = CopyState(before.state)
    return {
        "manifest": one.job.digest,
        "state": str(state),
        "failures": failures,
        "next_at": unit.now + retry_wait(failures) if failed else None,
        "sent_bytes": copied.sent or before.sent_bytes,
        "pulled_bytes": copied.pulled or before.pulled_bytes,
        "total_bytes": one.job.manifest.size if one.job.manifest is not None else copied.total,
        "read_at": unit.now if copied.read_back else before.read_at,
        "arrived_at": before.arrived_at or (unit.now if state in USABLE else None),
        "checked_at": unit.now,
        "source": copied.source or before.source,
        "message": before.message if doubted else copied.message[:MESSAGE],
        "owner": None,
        "changed_at": unit.now,
    }


def _put(unit: UnitOfWork, key: tuple[int, int], before: Any, values: Mapping[str, Any]) -> None:
    if before is None:
        unit.connection.execute(sa.insert(copies).values(server_id=key[0], package_id=key[1], **values))
    else:
        unit.connection.execute(sa.update(copies).where(_is(*key)).values(**values))


def _note_former(unit: UnitOfWork, server: int, before: Any, digest: str, package: str) -> None:
    """Note the content that was on a server before, to be removed there once the new one is; it may be both."""
    if before is not None and before.manifest != digest and before.state != CopyState.REMOVED:
        stale_copies.note(unit, [(server, before.manifest, package)])


def _is(server: int, package: int) -> sa.ColumnElement[bool]:
    return sa.and_(copies.c.server_id == server, copies.c.package_id == package)


def told_corrupt(unit: UnitOfWork, names: Collection[str], digest: str, message: str) -> None:
    """Say of the copies of servers that they handed out other bytes, as `message` tells, which names the computer.

    The word of one computer only has them doubted, for it may lie: they are read back (`package verify --read-back`,
    or a task of the kind `package-copy` that does what is due), or another computer says the same.
    """
    hosts = sa.select(servers.c.id).where(servers.c.name.in_(sorted(names)))
    doubted, said = str(CopyState.DOUBTED), message[:MESSAGE]
    theirs = sa.and_(copies.c.server_id.in_(hosts), copies.c.manifest == digest)
    twice = sa.and_(copies.c.state == doubted, copies.c.message != said)
    once = copies.c.state.in_((str(CopyState.READY), str(CopyState.CLAIMED)))
    for which, state in ((twice, str(CopyState.CORRUPT)), (once, doubted)):
        told = sa.update(copies).where(theirs, which)
        unit.connection.execute(told.values(state=state, message=said, checked_at=unit.now, changed_at=unit.now))


# --- leases -----------------------------------------------------------------------------------------------------------


def claim(unit: UnitOfWork, package: Doc, wanted: Sequence[Doc]) -> tuple[list[Doc], list[Doc]]:
    """Mark a package as being copied to servers; return those that are ours now, and those that others copy to."""
    rows = {row.server_id: row for row in _rows(unit, [package.id])}
    ours, others = [], []
    for server in wanted:
        row = rows.get(server.id)
        if row is not None and row.state == CopyState.COPYING and not _is_over(unit, row):
            others.append(server)
            continue
        same = row is not None and row.manifest == package.fields["manifest"]
        _note_former(unit, server.id, row, package.fields["manifest"], package.name)
        values = {
            "manifest": package.fields["manifest"],
            "state": str(CopyState.COPYING),
            "owner": str(this_process()),
            "changed_at": unit.now,
            "message": None,
        }
        fresh = {"failures": 0, "sent_bytes": 0, "pulled_bytes": 0, "total_bytes": package.fields["size_bytes"] or 0}
        _put(
            unit,
            (server.id, package.id),
            row,
            values if same else {**values, **fresh, "read_at": None, "arrived_at": None},
        )
        ours.append(server)
    if ours:
        unit.note("package_copy", copying=len(ours))
    return ours, others


def settle(unit: UnitOfWork, package: Doc, wanted: Sequence[Doc], said: Mapping[int, str]) -> None:
    """Say of copies that are still marked as ours, though nobody copies any more, that they failed, and why."""
    me = str(this_process())
    for row in _rows(unit, [package.id]):
        if row.state == CopyState.COPYING and row.owner == me and row.server_id in {doc.id for doc in wanted}:
            failures = row.failures + 1
            values = {
                "state": str(CopyState.FAILED), "owner": None, "failures": failures,
                "next_at": unit.now + retry_wait(failures), "changed_at": unit.now,
                "message": (said.get(row.server_id) or "it was not begun")[:MESSAGE],
            }  # fmt: skip
            unit.connection.execute(sa.update(copies).where(_is(row.server_id, package.id)).values(**values))


def _is_over(reader: Reader, row: Any) -> bool:
    """Return whether the process that copies is gone."""
    owner = parse(row.owner or "")
    start = start_of(owner.pid) if owner is not None else None
    until = row.changed_at + timedelta(hours=6)
    return is_dead(owner, this_process(), start_of_pid=start, lease_until=until, now=reader.now)


# --- looking ----------------------------------------------------------------------------------------------------------


def _rows(reader: Reader, ids: Sequence[int]) -> list[Any]:
    return list(
        reader.connection.execute(sa.select(copies).where(member_of(reader.connection, copies.c.package_id, ids)))
    )


def state_of(reader: Reader, row: Any, digest: str | None) -> tuple[CopyState, str]:
    """Return the state of a copy now, and what is said of it: one whose process died, or of a former content, waits."""
    if row is None:
        return CopyState.PENDING, ""
    if row.manifest != digest and row.state != CopyState.REMOVED:
        return CopyState.PENDING, "a former content is there"
    if row.state == CopyState.COPYING and _is_over(reader, row):
        return CopyState.PENDING, INTERRUPTED
    return CopyState(row.state), row.message or ""


def having(reader: Reader, package: Doc) -> set[int]:
    """Return the ids of the servers that have a package as it is now."""
    digest = package.fields["manifest"]
    return {row.server_id for row in _rows(reader, [package.id]) if row.manifest == digest and row.state in USABLE}


def first_arrival(reader: Reader, package: Doc) -> datetime | None:
    """Return when the content that a package has now was first whole on one of this server's package servers."""
    mine = sa.and_(copies.c.package_id == package.id, copies.c.manifest == package.fields["manifest"])
    return min((row.arrived_at for row in reader.rows(sa.select(copies.c.arrived_at).where(mine)) if row.arrived_at),
               default=None)  # fmt: skip


def has_corrupt(reader: Reader, package: Doc, hosts: Sequence[Doc]) -> bool:
    """Return whether a package was found wrong on one of these servers, and is still."""
    ids = {doc.id for doc in hosts}
    return any(row.server_id in ids and row.state == CopyState.CORRUPT for row in _rows(reader, [package.id]))


def server_rows(reader: Reader, package: Doc, hosts: Sequence[Doc]) -> Iterator[dict[str, Any]]:
    """Yield how a package stands on each package server, as flat objects."""
    known = {row.server_id: row for row in _rows(reader, [package.id])}
    for server in hosts:
        row = known.get(server.id)
        state, message = state_of(reader, row, package.fields["manifest"])
        held: Any = row if row is not None and row.manifest == package.fields["manifest"] else _NEW
        yield {
            "id": server.guid,
            "server": server.name,
            "state": str(state),
            "constrained": server.fields["constrained"],
            "urls": server.fields["urls"],
            "total_bytes": package.fields["size_bytes"],
            "sent_bytes": held.sent_bytes,
            "pulled_bytes": held.pulled_bytes,
            "source": held.source,
            "read_at": held.read_at,
            "arrived_at": held.arrived_at,
            "checked_at": row.checked_at if row is not None else None,
            "failures": held.failures,
            "next_at": held.next_at if state not in USABLE else None,
            "message": message,
        }


def findings(reader: Reader) -> Iterator[Finding]:
    """Yield a finding for each package whose copy on a server is wrong, or doubted (hook `doctor`)."""
    wrong = sa.select(
        packages.c.name.label("package"), servers.c.name.label("server"), copies.c.message, copies.c.state
    )
    wrong = wrong.select_from(
        copies.join(packages, packages.c.id == copies.c.package_id).join(servers, servers.c.id == copies.c.server_id)
    )
    states = (str(CopyState.CORRUPT), str(CopyState.DOUBTED))
    wrong = wrong.where(copies.c.state.in_(states)).order_by(copies.c.state, packages.c.name, servers.c.name)
    for row in reader.connection.execute(wrong.limit(_NAMED)):
        where, name = f"package `{row.package}` is {row.state} on server `{row.server}`", shell_arg(row.package)
        if row.state == CopyState.CORRUPT:
            hint = f"itmsctl package distribute {name} --to {shell_arg(row.server)}"
            yield Finding("PACKAGE-COPY", Severity.ERROR, f"{where}: it is not handed out", row.message or "", hint)
        else:
            hint = f"itmsctl package verify {name} --read-back"
            yield Finding("PACKAGE-COPY", Severity.WARNING, f"{where}: one computer says so", row.message or "", hint)
