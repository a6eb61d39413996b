"""What a person sees of sites, subnets and site servers."""

from __future__ import annotations

from itmsctl.cli.output import Column

SITE = (
    Column("name"),
    Column("description"),
    Column("region"),
    Column("time_zone"),
    Column("facility", wide=True),
    Column("status", wide=True),
    Column("id", wide=True),
    Column("revision", wide=True, right=True),
)
