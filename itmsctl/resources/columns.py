"""What a person sees of computers."""

from __future__ import annotations

import re

from itmsctl.cli.noun_columns import columns_of, wide
from itmsctl.cli.output import Column
from itmsctl.resources import devices, kinds, own

COMPUTER = columns_of(
    kinds.COMPUTER,
    "address",
    Column("os_family", header="OS"),
    "site",  # filled by the room of sites
    *wide("subnet"),  # and this
    *("tags", "description"),
    *wide("device_kind", "port", "user", "management_address", "time_zone", "locked"),
)

_EQUAL_TEXT = r"=\s*'((?:[^']|'')*[A-Za-z*?](?:[^']|'')*)'"


def nothing_found(where: str | None) -> str:
    """Return what a person hears where a list is empty: `=` of a text that was asked knows no wildcard, nor case."""
    text = re.search(_EQUAL_TEXT, where or "")
    if text is None:
        return "nothing found"
    return f"nothing found; = compares letter by letter: ilike '{text[1].replace('*', '%').replace('?', '_')}' is wider"


USER = columns_of(kinds.USER, "full_name", "email", "department", "description")

NETWORK_DEVICE = columns_of(devices.NETWORK_DEVICE, "device_type", "address", "vendor", "model", "location", "status")

PRINTER = columns_of(devices.PRINTER, "address", "vendor", "model", "location", "status")

VIRTUAL_MACHINE = columns_of(devices.VIRTUAL_MACHINE, "state", "cpus", "memory_mb", "hypervisor", "guest_os")

APPLICATION = columns_of(devices.APPLICATION, "vendor", "product", "version", "owner", "criticality")

OWN_RESOURCE = columns_of(own.OWN_RESOURCE, "type", "address", "fields", "location", "status")

RESOURCE = columns_of(own.OWN_RESOURCE, "type", "fields")

RESOURCE_TYPE = (
    Column("tree", header="TYPE"),
    Column("resources", right=True),
    Column("fields"),
    Column("description"),
    *wide("name", "parent", "origin", "own"),
)

ASSOCIATION = (
    Column("subject"),
    Column("type"),
    Column("object"),
    Column("source"),
    Column("since", wide=True),
    Column("subject_kind", wide=True),
    Column("object_kind", wide=True),
)

ASSOCIATION_TYPE = (Column("name"), Column("subject"), Column("object"), Column("several"), Column("help"))

MERGED = (Column("action"), Column("name"), Column("id"), Column("other_name"), Column("other"))
