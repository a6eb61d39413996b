"""What this room does when computers change (resources/hooks.py)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import InUseError
from itmsctl.sites.rows import computer_site
from itmsctl.sites.service import assignment
from itmsctl.sites.service.shown import server_names
from itmsctl.values.counts import counted
from itmsctl.values.findings import Finding, Severity
from itmsctl.values.untrusted import shell_arg


def addresses_changed(unit: UnitOfWork, computers: Sequence[int]) -> None:
    """Put the computers where their addresses are now."""
    assignment.assign(unit, computers)


def computer_renamed(unit: UnitOfWork, computers: Sequence[int]) -> None:
    """Let servers bear the new names of their computers."""
    if not server_names(unit, computers):
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
    if not server_names(unit, computers):
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
    names = server_names(unit, computers)
    if names:
        raise InUseError(
            f"computer `{names[0]}` is still used",
            why=f"by server `{names[0]}`",
            hint=f"itmsctl server remove {shell_arg(names[0])}",
        )
    rows = member_of(unit.connection, computer_site.c.computer_id, computers)
    unit.connection.execute(sa.delete(computer_site).where(rows))


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
