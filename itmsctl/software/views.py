"""Documented views of software."""

from __future__ import annotations

from itmsctl.software.kinds import SOFTWARE
from itmsctl.values.kind import Type
from itmsctl.values.view import View, ViewColumn, view_of

USE = View(
    "v_software_use",
    "one row a computer and managed software that is installed there: since when its use is metered, and the last use",
    """SELECT r.guid AS computer_guid, r.name AS computer, s.name AS software, m.metered_since, u.last_used, u.last_user
       FROM software_state x JOIN software s ON s.id = x.software_id JOIN resource r ON r.id = x.computer_id
       LEFT JOIN (
         SELECT computer_id, min(begun_at) AS metered_since FROM metering_state GROUP BY computer_id
       ) m ON m.computer_id = x.computer_id
       LEFT JOIN (
         SELECT g.software_id, e.computer_id, max(e.last_used) AS last_used, max(e.last_user) AS last_user
         FROM (
           SELECT o.id AS software_id, p.program_id
           FROM software o JOIN metering_program p ON lower(p.product) = lower(o.name) OR p.program = lower(o.name)
             OR replace(lower(o.discovered), '"' || lower(p.product) || '"', '') <> lower(o.discovered)
         ) g JOIN metering_usage e ON e.program_id = g.program_id
         GROUP BY g.software_id, e.computer_id
       ) u ON u.software_id = x.software_id AND u.computer_id = x.computer_id
       WHERE x.state = 'compliant' AND NOT s.unmanaged""",
    (
        ViewColumn("computer_guid", "GUID of the computer", Type.GUID),
        ViewColumn("computer", "name of the computer"),
        ViewColumn("software", "name of the software"),
        ViewColumn("metered_since", "since when use of programs is known there; empty where it is not", Type.TIME),
        ViewColumn("last_used", "when a program of it was last used: product or program of its name", Type.TIME),
        ViewColumn("last_user", "who used it"),
    ),
    computer="computer_guid",
)

VIEWS = (
    view_of(SOFTWARE),
    USE,
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
