"""Findings about sites (SITE-7, 14, 16, 22; PKG-9; TASK-6; NBS-4), and whether the assignment of computers is true."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.resources.rows import addresses as address
from itmsctl.resources.rows import computers
from itmsctl.resources.service.scope import scoped
from itmsctl.sites.computer_lints import grouped
from itmsctl.sites.findings import SiteFinding, SiteSeverity
from itmsctl.sites.lints import lint
from itmsctl.sites.rows import computer_site, server, site
from itmsctl.sites.service import assignment
from itmsctl.sites.service.estate import estate_of
from itmsctl.sites.snapshot import NO_SITE, CountedEstate


def findings(reader: Reader, ignored: Collection[str] = ()) -> list[SiteFinding]:
    """Return what is found, the worst first, without those whose id is ignored."""
    found = [*drift(reader), *lint(snapshot_of(reader))]
    return [finding for finding in found if finding.id not in ignored]


def needs_mending(found: Collection[SiteFinding]) -> bool:
    """Return whether something is to be fixed: notes are not."""
    return any(finding.severity is not SiteSeverity.INFO for finding in found)


def snapshot_of(reader: Reader) -> CountedEstate:
    """Return the estate with its computers counted."""
    run = reader.connection.execute
    flags = sa.select(site.c.id, site.c.name, site.c.management_server, site.c.force_task_servers)
    sites = run(flags).all()
    counted = sa.func.count(sa.distinct(computer_site.c.computer_id))
    by_id: dict[int | None, int] = dict(
        run(sa.select(computer_site.c.site_id, counted).group_by(computer_site.c.site_id)).all()
    )
    total = int(run(scoped(sa.select(sa.func.count()).select_from(computers), reader)).scalar_one())
    placed = int(run(sa.select(counted).where(computer_site.c.site_id.is_not(None))).scalar_one())
    families = sa.select(server.c.guid, computers.c.os_family).join_from(
        server, computers, computers.c.id == server.c.computer_id
    )
    return CountedEstate(
        estate_of(reader),
        {row.name: by_id.get(row.id, 0) for row in sites} | {NO_SITE: total - placed},
        total,
        frozenset(row.name for row in sites if row.management_server),
        frozenset(row.name for row in sites if row.force_task_servers),
        {guid: family for guid, family in run(scoped(families, reader)) if family},
        grouped(_unplaced(reader)),
        total - int(run(sa.select(_distinct).where(address.c.address.is_not(None))).scalar_one()),
    )


_distinct = sa.func.count(sa.distinct(address.c.computer_id))


def _unplaced(reader: Reader) -> Iterator[bytes]:
    """Yield the first IP address of every computer that is in no subnet."""
    placed = sa.select(computer_site.c.computer_id).where(computer_site.c.computer_id == address.c.computer_id)
    statement = sa.select(address.c.computer_id, address.c.address)
    statement = statement.where(address.c.address.is_not(None), ~placed.exists())
    last = None
    for computer, data in reader.connection.execute(statement.order_by(address.c.computer_id, address.c.ord)).all():
        if computer != last:
            yield bytes(data)
        last = computer


def verify_assignment(reader: Reader) -> list[int]:
    """Return the computers whose rows are not what subnets and addresses say, computed from nothing: none is right."""
    missing, wrong = assignment.differences(reader)
    return sorted({row.computer for row in missing | wrong})


def repair(unit: UnitOfWork) -> int:
    """Make the assignment of every computer true; return how many were not."""
    changed = assignment.assign_all(unit)
    if changed:
        unit.note("computer_site", repaired=changed)
    return changed


def drift(reader: Reader) -> list[SiteFinding]:
    """Return a finding where computers are recorded in sites or subnets that their addresses are not in."""
    drifted = len(verify_assignment(reader))
    if not drifted:
        return []
    return [
        SiteFinding(
            "assignment-drift",
            SiteSeverity.ERROR,
            "estate",
            f"{drifted} computers are recorded in a site or subnet that their addresses are not in",
            "rows were changed past this program",
            "SITE-13",
            "itmsctl site check --repair",
        )
    ]
