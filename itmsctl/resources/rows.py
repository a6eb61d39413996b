"""The tables of the room `resources`, as statements use them."""

from __future__ import annotations

from itmsctl.cmdb.nouns import table, table_of, typed_table_of, view
from itmsctl.resources.kinds import COMPUTER
from itmsctl.values.column import TableColumn, keys
from itmsctl.values.kind import Type

resources = table_of(COMPUTER)
computers = typed_table_of(COMPUTER)
addresses = table(
    "computer_address",
    TableColumn("computer_id", "int", key=True, ref="computer.id", cascade=True),
    *keys("ord"),
    TableColumn("text"),
    TableColumn("address", "bytes", null=True),
)
identities = table(
    "computer_identity",
    TableColumn("computer_id", "int", key=True, ref="computer.id", cascade=True),
    *keys("kind", "value_key", sql="text"),
    TableColumn("value"),
    TableColumn("junk", "bool", default=False),
    TableColumn("source"),
    TableColumn("first_seen", "time"),
)
told_values = table(
    "computer_told",
    TableColumn("computer_id", "int", key=True, ref="computer.id", cascade=True),
    *keys("source", "field", sql="text"),
    TableColumn("value", "json"),
    TableColumn("priority", "int"),
    TableColumn("told_at", "time"),
    TableColumn("filled", "bool", default=False),
    TableColumn("in_use", "bool", default=False),
)
tags = table(
    "resource_tag",
    TableColumn("resource_id", "int", key=True, ref="resource.id", cascade=True),
    *keys("key", sql="text"),
    TableColumn("value"),
)
merges = table(
    "resource_merge",
    *keys("loser_guid", sql="text"),
    TableColumn("loser_name"),
    TableColumn("winner_guid"),
    TableColumn("loser_document", "json"),
    TableColumn("winner_document", "json"),
    TableColumn("change_set", "int"),
    TableColumn("at", "time"),
    TableColumn("split_at", "time", null=True),
)
association_types = table(
    "association_type",
    *keys("id"),
    TableColumn("name"),
    TableColumn("from_kind"),
    TableColumn("to_kind"),
    TableColumn("many", "bool", default=True),
)
associations = table(
    "association",
    TableColumn("type_id", "int", key=True, ref="association_type.id"),
    TableColumn("from_id", "int", key=True, ref="resource.id", cascade=True),
    TableColumn("to_id", "int", key=True, ref="resource.id", cascade=True),
    TableColumn("source"),
    TableColumn("since", "time"),
)

# A computer as filters see it: the class `computer` of the filter language.
v_computer = view(
    "v_computer",
    *("id", "guid", "name", "name_key", "revision", "profile_id"),
    *(field.column_name for field in COMPUTER.fields if field.column_name and field.type is not Type.TIME),
    moments=("created_at", "changed_at", *(field.column_name for field in COMPUTER.fields if field.type is Type.TIME)),
)
