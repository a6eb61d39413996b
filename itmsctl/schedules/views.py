"""Documented views of schedules and windows. When something is due next is not in the database: `schedule next`."""

from __future__ import annotations

from itmsctl.schedules.kinds import WINDOW
from itmsctl.values.kind import Type
from itmsctl.values.view import View, ViewColumn, view_of

_WINDOW = ViewColumn("window", 'name of the window; written "window"')

VIEWS = (
    view_of(WINDOW, ViewColumn("everywhere", "it applies to every computer", Type.BOOL)),
    View(
        "v_window_target",
        "one row a target, filter, group or view that a window names; `all` is v_window.everywhere",
        """SELECT w.name AS "window", COALESCE(t.name, f.name, g.name, v.name) AS target,
                  CASE WHEN t.id IS NOT NULL THEN 'target' WHEN f.id IS NOT NULL THEN 'filter'
                       WHEN g.id IS NOT NULL THEN 'group' ELSE 'view' END AS kind
           FROM window_target p JOIN window_period w ON w.id = p.window_id
           LEFT JOIN target t ON t.id = p.collection_id LEFT JOIN filter f ON f.id = p.collection_id
           LEFT JOIN org_group g ON g.id = p.collection_id LEFT JOIN org_view v ON v.id = p.collection_id""",
        (
            _WINDOW,
            ViewColumn("target", "its name", of=("window.targets",)),
            ViewColumn("kind", "target, filter, group or view"),
        ),
    ),
    View(
        "v_window_member",
        "one row a computer that a window applies to, by stored membership",
        """SELECT w.name AS "window", w.type, w.enabled, r.guid, r.name
           FROM window_period w CROSS JOIN resource r
           WHERE w.everywhere AND r.kind = 'computer'
           UNION
           SELECT w.name, w.type, w.enabled, r.guid, r.name
           FROM window_target t JOIN window_period w ON w.id = t.window_id
           JOIN member m ON m.collection_id = t.collection_id JOIN resource r ON r.id = m.resource_id
           UNION
           SELECT w.name, w.type, w.enabled, r.guid, r.name
           FROM window_target t JOIN window_period w ON w.id = t.window_id
           JOIN org_group g ON g.view_id = t.collection_id
           JOIN member m ON m.collection_id = g.id JOIN resource r ON r.id = m.resource_id""",
        (
            _WINDOW,
            ViewColumn("type", "maintenance or blockout"),
            ViewColumn("enabled", "the window applies", Type.BOOL),
            ViewColumn("guid", "GUID of the computer", Type.GUID),
            ViewColumn("name", "name of the computer"),
        ),
        computer="guid",
    ),
)
