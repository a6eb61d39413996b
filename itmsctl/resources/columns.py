"""What a person sees of computers."""

from __future__ import annotations

from itmsctl.cli.noun_columns import columns_of, wide
from itmsctl.cli.output import Column
from itmsctl.resources import kinds

COMPUTER = columns_of(
    kinds.COMPUTER,
    "address",
    Column("os_family", header="OS"),
    "site",  # filled by the room of sites
    *wide("subnet"),  # and this
    *("tags", "description"),
    *wide("device_kind", "port", "user", "management_address", "time_zone", "locked"),
)

MERGED = (Column("action"), Column("name"), Column("id"), Column("other_name"), Column("other"))
