"""The tables of the room `schedules`, as statements use them."""

from __future__ import annotations

from itmsctl.cmdb.nouns import table, table_of
from itmsctl.schedules.kinds import SCHEDULE, WINDOW
from itmsctl.values.column import TableColumn, keys

schedules = table_of(SCHEDULE)
windows = table_of(WINDOW)
window_targets = table(
    "window_target",
    TableColumn("window_id", "int", key=True, ref="window_period.id", cascade=True),
    *keys("collection_id"),
)
