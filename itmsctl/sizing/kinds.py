"""What the room `sizing` offers: one group, and exceptions from what it finds."""

from __future__ import annotations

from itmsctl.values.kind import Field, Group, Kind
from itmsctl.values.replicated import never

GROUPS = (Group("sizing", "Say whether a design will carry: numbers, rules, simulation.", "sizing_app", part="plan"),)

EXCEPTION = Kind(
    name="sizing-exception",
    table="sizing_exception",
    help="A finding of `sizing check` that is to be lived with until a day; named ID or ID:OBJECT.",
    shelf="itmsctl.sizing.service.exceptions:EXCEPTIONS",
    replication=never("it excuses a finding of the design of this server"),
    fields=(
        Field("until", "Last day on which it counts: 2026-12-31.", required=True),
        Field("why", "Why it may be lived with.", required=True),
    ),
)

VERBS = {
    "inventory": "itmsctl.sizing.commands.lint:register",
    "package": "itmsctl.sizing.commands.arrival:register",
}

KINDS = (EXCEPTION,)
