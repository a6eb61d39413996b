"""`event collect`: what agents told, taken in from their inboxes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from itmsctl.agents import columns
from itmsctl.cli.context import Context
from itmsctl.cli.options import verb
from itmsctl.values.counts import counted

Folders = Annotated[
    list[str] | None,
    typer.Argument(metavar="DIR", help="Inboxes. Default: those of agent settings."),
]


def register(app: typer.Typer) -> None:
    """Add the verb to its group."""

    @verb(app, "collect", columns=columns.EVENT)
    def collect(context: Context, given: Folders = None) -> int:
        """Take in what agents told: registrations, inventories, results. Each is signed by its agent, and numbered.

        An event is believed only as of the computer of its agent. What was changed, or told by an agent that is not
        trusted, goes into `quarantine` of its inbox, with the reason. Two computers that tell in the name of one agent
        are noticed, and the agent is suspended. Other files of the inbox are left to `event load`.

        Example: itmsctl event collect /srv/itms/inbox
        """
        from itmsctl.agents.service import collecting

        folders = collecting.inboxes(context.store, given or [])
        states = Counter[str]()

        def told() -> Iterator[dict[str, Any]]:
            for one in collecting.collect(context.store, folders):
                states[one.taken.state] += 1
                yield one.as_dict()

        context.out.list(columns.EVENT, told(), empty="no event to collect")
        said = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        context.say(f"{counted(states.total(), 'event')}: {said}" if said else "no event to collect")
        return 7 if states["refused"] else 0
