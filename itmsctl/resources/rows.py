"""The tables of the room `resources`, as statements use them."""

from __future__ import annotations

from itmsctl.cmdb.nouns import table, table_of, typed_table_of, view
from itmsctl.resources.kinds import COMPUTER
from itmsctl.values.column import Column, keys

resources = table_of(COMPUTER)
computers = typed_table_of(COMPUTER)
addresses = table(
    "computer_address",
    Column("computer_id", "int", key=True, ref="computer.id", cascade=True),
    *keys("ord"),
    Column("text"),
    Column("address", "bytes", null=True),
)
identities = table(
    "computer_identity",
    Column("computer_id", "int", key=True, ref="computer.id", cascade=True),
    *keys("kind", "value_key", sql="text"),
    Column("value"),
    Column("junk", "bool", default=False),
    Column("source"),
    Column("first_seen", "time"),
)
tags = table(
    "resource_tag",
    Column("resource_id", "int", key=True, ref="resource.id", cascade=True),
    *keys("key", sql="text"),
    Column("value"),
)
merges = table(
    "resource_merge",
    *keys("loser_guid", sql="text"),
    Column("loser_name"),
    Column("winner_guid"),
    Column("loser_document", "json"),
    Column("winner_document", "json"),
    Column("change_set", "int"),
    Column("at", "time"),
    Column("split_at", "time", null=True),
)
association_types = table(
    "association_type",
    *keys("id"),
    Column("name"),
    Column("from_kind"),
    Column("to_kind"),
    Column("many", "bool", default=True),
)
associations = table(
    "association",
    Column("type_id", "int", key=True, ref="association_type.id"),
    Column("from_id", "int", key=True, ref="resource.id", cascade=True),
    Column("to_id", "int", key=True, ref="resource.id", cascade=True),
    Column("source"),
    Column("since", "time"),
)

# A computer as filters see it: the class `computer` of the filter language.
v_computer = view(
    "v_computer",
    *("id", "guid", "name", "name_key", "revision", "os_family", "description", "port"),
    *("user", "management_address", "time_zone", "profile_id"),
    moments=("created_at", "changed_at", "last_seen"),
)
