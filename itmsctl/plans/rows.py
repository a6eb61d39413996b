"""The tables of the room `plans`, as statements use them."""

from __future__ import annotations

from itmsctl.cmdb.nouns import table
from itmsctl.values.column import TableColumn, keys

set_names = table("apply_set", *keys("set_key", sql="text"), TableColumn("name"))
set_members = table("apply_set_member", *keys("set_key", "kind", "guid", sql="text"))
