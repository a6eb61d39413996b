"""What a person sees of computers."""

from __future__ import annotations

from itmsctl.cli.output import Column

COMPUTER = (
    Column("name"),
    Column("address"),
    Column("os_family", header="OS"),
    Column("site"),  # filled by the room of sites
    Column("subnet", wide=True),  # and this
    Column("tags"),
    Column("description"),
    Column("port", wide=True, right=True),
    Column("user", wide=True),
    Column("management_address", wide=True),
    Column("time_zone", wide=True),
    Column("serial", wide=True),
    Column("uuid", wide=True),
    Column("machine_id", wide=True),
    Column("mac", wide=True),
    Column("fqdn", wide=True),
    Column("last_seen", wide=True),
    Column("id", wide=True),
    Column("revision", wide=True, right=True),
)

MERGED = (Column("action"), Column("name"), Column("id"), Column("other_name"), Column("other"))
