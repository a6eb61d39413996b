"""Verbs of `hierarchy` that look at its links: whether they could work, and how they do."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.options import verb
from itmsctl.replication import columns

Neighbour = Annotated[str | None, typer.Argument(metavar="[SERVER]", help="Only this neighbour.")]


def register(app: Any) -> None:
    """Add the verbs to `hierarchy`."""
    verb(app, "preflight", columns=columns.REQUIREMENT)(preflight)
    verb(app, "status", columns=columns.LINK)(status)


def preflight(context: Context, name: Neighbour = None) -> int:
    """Check what links of the hierarchy need, one by one: keys, names, SSH, versions, clocks, sites.

    Neighbours are contacted, and nothing is changed. Exit 20 where something fails; each row says what to do.

    Example: itmsctl hierarchy preflight -o table
    """
    from itmsctl.errors import FindingsError
    from itmsctl.replication.service import preflight as checks

    found = list(checks.checked(context.store, name))
    context.out.list(columns.REQUIREMENT, (one.as_dict() for one in found))
    return FindingsError.exit_status if any(one.verdict == checks.FAIL for one in found) else 0


def status(context: Context) -> int:
    """Show how each link does: last success, last failure and why, what waits, missed cycles, sizes, clocks.

    A cycle is a time at which the schedule of the rule was due: a warning from 12 missed ones on, a failure from 24.
    What was refused for what it is is a failure, else what went wrong last is a warning until it goes again. Exit 20
    where there is a warning or a failure.

    Example: itmsctl hierarchy status -o table
    """
    from itmsctl.errors import FindingsError
    from itmsctl.replication import standing
    from itmsctl.replication.service import statusing

    now = context.store.clock()
    found = context.read(statusing.standings)
    context.out.list(columns.LINK, (one.as_dict(now) for one in found), empty="no server is linked")
    wrong = any(one.judged()[0] != standing.OK for one in found)
    return FindingsError.exit_status if wrong else 0
