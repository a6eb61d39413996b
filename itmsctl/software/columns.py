"""What a person sees of software."""

from __future__ import annotations

from typing import Any

from itmsctl.cli.noun_columns import ID, columns_of, wide
from itmsctl.cli.output import Column
from itmsctl.cli.style import BAD, GOOD, ODD
from itmsctl.software import kinds, licensing


def _how(state: Any) -> str:
    return {kinds.COMPLIANT: GOOD, kinds.NOT_COMPLIANT: BAD}.get(state, ODD)


def _stands(standing: Any) -> str:
    return {licensing.OVER: BAD, licensing.EXPIRED: BAD, licensing.NOT_COUNTED: ODD}.get(standing, GOOD)


SOFTWARE = columns_of(
    kinds.SOFTWARE,
    "version",
    "package",
    "detect",
    *wide(
        "vendor", "scheme", "applies", "depends", "conflicts", "supersedes", "deliverable", "unmanaged", "discovered"
    ),
    *wide("licenses", "license_until", "owner", "description"),
    *ID,
)

DELIVERY = columns_of(
    kinds.DELIVERY,
    *("enabled", "software", "action", "target", "trigger"),
    Column("last", of=("last_due", "last_state")),
    *wide("description", "rings", "batch", "profile", "run_as"),
    *ID,
)

STEP = (
    Column("computer"),
    Column("order", right=True),
    Column("software"),
    Column("action", keep=True),
    Column("because"),
)
"""What is to be done, in its order."""

COUNTS = (
    Column("software"),
    *(Column(state, right=True) for state in kinds.STATES),
    Column("wanted", right=True),
    *(Column(f"wanted_{state}", right=True, wide=state != kinds.COMPLIANT) for state in kinds.STATES),
    Column("oldest", wide=True),
    Column("judged", wide=True),
)
"""On how many computers software is in each state, of all and of those that should have it."""

ON_COMPUTER = (
    Column("computer"),
    Column("state", style=_how, keep=True),
    Column("reason"),
    Column("source"),
    Column("since"),
    Column("told_at", wide=True),
    Column("wanted", wide=True),
)
"""The state of software on a computer."""

LICENCES = (
    Column("software", keep=True),
    Column("license_type", wide=True),
    *(Column(name, right=True) for name in ("licenses", "needed", "balance", "installed")),
    Column("metered", right=True, wide=True),
    *(Column(name, right=True) for name in ("used", "idle")),
    Column("license_until"),
    Column("days_left", right=True, wide=True),
    Column("standing", style=_stands, keep=True),
)
"""Licences of software against what is installed and used."""

TRIED = (Column("computer"), Column("holds", keep=True), Column("because"))
"""Whether a rule holds on a computer."""

FOUND = (
    Column("name", keep=True),
    Column("publisher"),
    Column("source"),
    Column("computers", right=True),
    Column("versions", right=True),
    Column("newest"),
)
"""Software that inventory finds."""
