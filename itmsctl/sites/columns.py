"""What a person sees of sites, subnets and site servers."""

from __future__ import annotations

from itmsctl.cli.noun_columns import columns_of, wide
from itmsctl.cli.output import Column
from itmsctl.cli.style import BAD, ODD
from itmsctl.sites import kinds

SITE = columns_of(kinds.SITE, "description", "region", "time_zone")

SUBNET = columns_of(
    kinds.SUBNET,
    Column("name", header="SUBNET"),
    "site",
    "parent",
    Column("depth", right=True),
    Column("computers", right=True),
    "description",
)

LOOKUP = (Column("name", header="ADDRESS"), Column("subnet"), Column("site"), Column("why"))

SERVER = columns_of(
    kinds.SERVER,
    "services",
    "serves",
    "constrained",
    Column("sites", header="SITES BY HAND", wide=True),
    *wide("subnets"),
)

CHOICE = (
    Column("name"),
    Column("why"),
    Column("rule"),
    Column("near", wide=True),
    Column("also", wide=True),
    Column("id", wide=True),
)

_COLOURS = {"error": BAD, "warning": ODD}

FINDING = (
    Column("severity", style=lambda value: _COLOURS.get(str(value), "")),
    Column("id"),
    Column("object"),
    Column("what", keep=True),
    Column("why", wide=True),
    Column("source"),
    Column("fix", keep=True),
)
