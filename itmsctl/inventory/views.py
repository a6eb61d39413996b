"""Documented views of inventory: of the data classes that come with the program, and of what was collected when."""

from __future__ import annotations

from itmsctl.inventory.asking import data_views
from itmsctl.values.kind import Type
from itmsctl.values.view import View, ViewColumn

VIEWS = (
    *data_views(),
    View(
        "v_inventory_state",
        "one row a computer and class of inventory data: when it was collected, and why it could not be",
        """SELECT r.guid AS computer_guid, r.name AS computer, s.class_name AS "class", s.source, s.row_count,
                  s.collected_at, s.changed_at, s.unread, s.unread_at
           FROM inventory_state s JOIN resource r ON r.id = s.computer_id""",
        (
            ViewColumn("computer_guid", "GUID of the computer", Type.GUID),
            ViewColumn("computer", "name of the computer"),
            ViewColumn("class", "name of the data class"),
            ViewColumn("source", "who collected it"),
            ViewColumn("row_count", "rows that are held", Type.INT),
            ViewColumn("collected_at", "when it was collected; empty where it never was", Type.TIME),
            ViewColumn("changed_at", "when it was last another", Type.TIME),
            ViewColumn("unread", "why it could not be read last"),
            ViewColumn("unread_at", "when it could not be read", Type.TIME),
        ),
        computer="computer_guid",
    ),
)
