"""What `doctor` says of agents: who passes for two, and that somebody asks or tells more than is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from itmsctl.agents.kinds import PENDING, SUSPENDED
from itmsctl.agents.service import registry
from itmsctl.agents.service.quarantines import held
from itmsctl.agents.service.settings import local_inboxes
from itmsctl.agents.service.taking import MOST_WAITING
from itmsctl.cmdb.work import Reader
from itmsctl.inventory.inbox import QUARANTINE
from itmsctl.values.counts import counted
from itmsctl.values.findings import Finding, Severity
from itmsctl.values.untrusted import shell_arg

_NAMED = 10


def findings(reader: Reader) -> Iterator[Finding]:
    """Yield what somebody should look at (hook `doctor`)."""
    waiting = registry.count(reader, PENDING)
    if waiting >= MOST_WAITING:
        yield Finding(
            "AGENT-REGISTRATIONS",
            Severity.ERROR,
            f"{waiting} agents wait for approval: no other one is heard before some were approved or rejected",
            "they are more than one looks at; or somebody who may write into an inbox asks in made-up names",
            "itmsctl agent list --state pending",
            {"pending": waiting},
        )
    if registry.count(reader, SUSPENDED):
        names = [one.name for one in registry.listed(reader, (SUSPENDED,))]
        yield Finding(
            "AGENT-CLONED",
            Severity.WARNING,
            f"{counted(len(names), 'agent')} suspended: {', '.join(names[:_NAMED])}",
            "two computers told in the name of one agent; which is the right one, nobody knows",
            f"itmsctl agent show {shell_arg(names[0])}",
            {"agents": names[:_NAMED]},
        )
    for place in local_inboxes(reader):
        yield from _quarantine(place)


def _quarantine(inbox: Path) -> Iterator[Finding]:
    there = held(inbox)
    if there.is_full:
        yield Finding(
            "AGENT-QUARANTINE",
            Severity.ERROR,
            f"the quarantine of {inbox} is full: {counted(there.files, 'file')}; others are not kept any more",
            "agents that are not trusted tell, or somebody writes into the inbox what no agent wrote",
            f"look into it, then empty it: {shell_arg(str(inbox / QUARANTINE))}",
            {"files": there.files, "bytes": there.size},
        )
