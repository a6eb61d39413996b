"""What a person sees of sites, subnets and site servers."""

from __future__ import annotations

from itmsctl.cli.output import Column
from itmsctl.cli.style import BAD, ODD

_ID = (Column("id", wide=True), Column("revision", wide=True, right=True))

SITE = (
    Column("name"),
    Column("description"),
    Column("region"),
    Column("time_zone"),
    Column("facility", wide=True),
    Column("status", wide=True),
    Column("management_server", wide=True),
    Column("force_task_servers", wide=True),
    Column("link_kbit", wide=True, right=True),
    Column("endpoints", wide=True, right=True),
    *_ID,
)

SUBNET = (
    Column("name", header="SUBNET"),
    Column("site"),
    Column("parent"),
    Column("depth", right=True),
    Column("computers", right=True),
    Column("description"),
    Column("status", wide=True),
    Column("boot_relay", wide=True),
    *_ID,
)

LOOKUP = (Column("name", header="ADDRESS"), Column("subnet"), Column("site"), Column("why"))

SERVER = (
    Column("name"),
    Column("services"),
    Column("serves"),
    Column("constrained"),
    Column("sites", header="SITES BY HAND", wide=True),
    Column("subnets", wide=True),
    Column("desktop_os", wide=True),
    Column("max_sessions", wide=True, right=True),
    Column("cores", wide=True, right=True),
    Column("ram_gb", wide=True, right=True),
    Column("disk_gb", wide=True, right=True),
    Column("virtual", wide=True),
    Column("description", wide=True),
    *_ID,
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
