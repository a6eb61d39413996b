"""What this room does when computers change, and what it says of them when they are shown (resources/hooks.py)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import InUseError
from itmsctl.sites.rows import computer_site, server, site, subnet
from itmsctl.sites.service import assignment
from itmsctl.values.counts import counted
from itmsctl.values.findings import Finding, Severity
from itmsctl.values.untrusted import shell_arg


def addresses_changed(unit: UnitOfWork, computers: Sequence[int]) -> None:
    """Put the computers where their addresses are now."""
    assignment.assign(unit, computers)


def computer_renamed(unit: UnitOfWork, computers: Sequence[int]) -> None:
    """Let servers bear the new names of their computers."""
    if not _are_servers(unit, computers):
        return
    from itmsctl.resources.service.computers import COMPUTERS
    from itmsctl.sites.service.server import SERVERS

    names = {doc.id: doc.name for doc in COMPUTERS.docs(unit, computers)}
    for computer, doc in SERVERS.on_computers(unit, computers).items():
        if doc.name != names[computer]:
            SERVERS.move(unit, doc, computer, names[computer])


def computers_merged(unit: UnitOfWork, computers: Sequence[int]) -> None:
    """Give the loser's role as a server to the winner.

    Raises InUseError where both are servers: nobody but a person can say which services the one has.
    """
    if not _are_servers(unit, computers):
        return
    from itmsctl.resources.service.computers import COMPUTERS
    from itmsctl.sites.service.server import SERVERS

    winner, loser = computers
    found = SERVERS.on_computers(unit, computers)
    if len(found) == 2:
        raise InUseError(
            f"`{found[loser].name}` and `{found[winner].name}` are both site servers",
            hint=f"itmsctl server remove {shell_arg(found[loser].name)}",
        )
    if loser in found:
        (kept,) = COMPUTERS.docs(unit, [winner])
        SERVERS.move(unit, found[loser], winner, kept.name)


def computer_removed(unit: UnitOfWork, computers: Sequence[int]) -> None:
    """Release where the computers are.

    Raises InUseError where one is a site server.
    """
    names = _are_servers(unit, computers)
    if names:
        raise InUseError(
            f"computer `{names[0]}` is still used",
            why=f"by server `{names[0]}`",
            hint=f"itmsctl server remove {shell_arg(names[0])}",
        )
    rows = member_of(unit.connection, computer_site.c.computer_id, computers)
    unit.connection.execute(sa.delete(computer_site).where(rows))


def computer_fields(reader: Reader, computers: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return sites and subnets of computers, each by name."""
    found: dict[int, dict[str, Any]] = {i: {"site": [], "subnet": []} for i in computers}
    for row in reader.connection.execute(_places(reader, computers)):
        fields = found[row.computer_id]
        fields["subnet"].append(row.subnet)
        if row.site is not None and row.site not in fields["site"]:
            fields["site"].append(row.site)
    for fields in found.values():
        fields["site"].sort()
    return found


def computer_sections(reader: Reader, computers: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return the role as a site server, for those that have one."""
    if not _are_servers(reader, computers):
        return {}
    from itmsctl.sites.service.server import SERVERS

    return {
        computer: {"server": [{"services": doc.fields["services"], "sites": doc.fields["sites"], "id": doc.guid}]}
        for computer, doc in SERVERS.on_computers(reader, computers).items()
    }


def doctor(reader: Reader) -> Iterator[Finding]:
    """Check that computers are where their addresses say."""
    missing, wrong = assignment.differences(reader)
    computers = {row.computer for row in missing | wrong}
    yield Finding(
        "SITES-ASSIGNMENT",
        Severity.ERROR if computers else Severity.OK,
        counted(len(computers), "computer is", "computers are")
        + " recorded in a site or subnet that their addresses are not in"
        if computers
        else "computers are recorded in the sites and subnets of their addresses",
        cause="rows were changed past this program" if computers else "",
        mend="itmsctl site check --repair" if computers else "",
    )


def _places(reader: Reader, computers: Sequence[int]) -> sa.Select[Any]:
    joined = computer_site.join(subnet, subnet.c.id == computer_site.c.subnet_id)
    joined = joined.outerjoin(site, site.c.id == computer_site.c.site_id)
    statement = sa.select(computer_site.c.computer_id, subnet.c.name.label("subnet"), site.c.name.label("site"))
    statement = statement.select_from(joined).order_by(subnet.c.start, subnet.c.end.desc())
    return statement.where(member_of(reader.connection, computer_site.c.computer_id, computers))


def _are_servers(reader: Reader, computers: Sequence[int]) -> list[str]:
    statement = sa.select(server.c.name).where(member_of(reader.connection, server.c.computer_id, computers))
    return list(reader.connection.execute(statement.order_by(server.c.name).limit(5)).scalars())
