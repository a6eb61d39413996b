"""Documented views of software."""

from __future__ import annotations

from itmsctl.software.kinds import SOFTWARE
from itmsctl.values.kind import Type
from itmsctl.values.view import View, ViewColumn, view_of

VIEWS = (
    view_of(SOFTWARE),
    View(
        "v_computer_compliance",
        "whether software is on computers as it should be, by the id of the computer",
        """SELECT x.computer_id, s.name, x.state, x.source, x.since
           FROM software_state x JOIN software s ON s.id = x.software_id""",
    ),
    View(
        "v_software_state",
        "one row a computer and software: whether it is there as it should be, and why",
        """SELECT r.guid AS computer_guid, r.name AS computer, s.name AS software, x.state, x.reason, x.source,
                  x.since, x.told_at
           FROM software_state x JOIN software s ON s.id = x.software_id JOIN resource r ON r.id = x.computer_id""",
        (
            ViewColumn("computer_guid", "GUID of the computer", Type.GUID),
            ViewColumn("computer", "name of the computer"),
            ViewColumn("software", "name of the software"),
            ViewColumn("state", "compliant, not_compliant, not_applicable or unknown"),
            ViewColumn("reason", "why"),
            ViewColumn("source", "who said so: inventory, delivery ..."),
            ViewColumn("since", "since when it is so", Type.TIME),
            ViewColumn("told_at", "when it was said last", Type.TIME),
        ),
        computer="computer_guid",
    ),
)
