"""What a person sees of software."""

from __future__ import annotations

from typing import Any

from itmsctl.cli.noun_columns import ID, columns_of, wide
from itmsctl.cli.output import Column
from itmsctl.cli.style import BAD, GOOD, ODD
from itmsctl.software import kinds


def _how(state: Any) -> str:
    return {kinds.COMPLIANT: GOOD, kinds.NOT_COMPLIANT: BAD}.get(state, ODD)


SOFTWARE = columns_of(
    kinds.SOFTWARE,
    "version",
    "package",
    "detect",
    *wide("vendor", "scheme", "applies", "depends", "conflicts", "supersedes", "deliverable", "discovered"),
    *wide("licenses", "license_until", "owner", "description"),
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
