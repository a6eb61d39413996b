"""What a person sees of agents."""

from __future__ import annotations

from typing import Any

from itmsctl.agents import kinds
from itmsctl.cli.noun_columns import ID, columns_of, wide
from itmsctl.cli.output import Column
from itmsctl.cli.style import BAD, GOOD, ODD


def _how(state: Any) -> str:
    return {kinds.APPROVED: GOOD, kinds.SUSPENDED: BAD, kinds.REVOKED: BAD, "refused": BAD, "taken": GOOD}.get(
        state, ODD
    )


AGENT_SETTINGS = columns_of(
    kinds.AGENT_SETTINGS,
    *("enabled", "target", "site", "folder", "source", "inbox", "interval_s", "schedule"),
    Column("last", of=("last_due", "last_state")),
    *wide("inventory_s", "splay_s", "lasts_s", "self_update", "collected", "description"),
    *ID,
)

REGISTRATION_RULE = columns_of(
    kinds.REGISTRATION_RULE, *("rank", "enabled", "action", "where", "target"), *wide("owner", "description"), *ID
)

JUDGED_RULE = (
    Column("rank", right=True),
    Column("rule", keep=True),
    Column("action"),
    Column("fits", style=lambda state: {"yes": GOOD, "no": "", "unknown": ODD}.get(state, "")),
    Column("decides"),
    Column("why"),
)
"""A rule, and whether it fits an agent."""

AGENT = (
    Column("name", keep=True),
    Column("state", style=_how),
    Column("computer"),
    Column("version"),
    Column("stage"),
    Column("seen_at", "SEEN"),
    *wide("system", "policy", "taken", "expires_at", "events", "why", "registered_at", "decided_at"),
    Column("id"),
)
"""An agent."""

_COUNTS = ("agents", *kinds.STATES, "current", "behind", "without_policy", "silent", "complaining")
STATUS = (*(Column(name, right=True) for name in _COUNTS), Column("versions"), Column("silent_after_s", right=True))
"""How all agents are."""

EVENT = (
    Column("file", keep=True),
    Column("agent"),
    Column("kind"),
    Column("number", right=True),
    Column("state", style=_how),
    Column("why"),
)
"""What became of an event."""

PUBLISHED = (
    Column("written", right=True),
    Column("kept", right=True),
    Column("removed", right=True),
    Column("folders"),
    Column("missing"),
)
"""What a publishing did."""
