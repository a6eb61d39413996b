"""What the room `inventory` offers."""

from __future__ import annotations

from itmsctl.values.kind import Group

GROUPS = (
    Group(
        "data-class",
        "See which classes of inventory data there are, and what each holds.",
        "data_class_app",
        "commands.data_class",
        part="know",
    ),
)

HOOKS = {"defined_tables": "itmsctl.inventory.service.class_tables:defined_tables"}
