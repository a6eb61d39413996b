"""Documented views of schedules and windows. When something is due next is not in the database: `schedule next`."""

from __future__ import annotations

from itmsctl.values.kind import Type
from itmsctl.values.view import View, ViewColumn

# How a timing is stated; the same nine columns in both tables.
_TIMING = 's.at, s.daily, s.weekly, s.monthly, s.every_s, s.cron, s.rrule, s."start", s.time_zone'
_STATED = (
    ViewColumn("at", "once, at this time"),
    ViewColumn("daily", "every day at this time"),
    ViewColumn("weekly", "on these weekdays"),
    ViewColumn("monthly", "in every month"),
    ViewColumn("every_s", "again after so many seconds", Type.INT),
    ViewColumn("cron", "by this cron expression"),
    ViewColumn("rrule", "by this rule of RFC 5545"),
    ViewColumn("start", 'where repeated ones begin; written "start"'),
    ViewColumn("time_zone", "whose clock counts: server, utc, computer or a zone"),
    ViewColumn("not_before", "never due before"),
    ViewColumn("not_after", "never due after"),
)
_DESCRIPTION = ViewColumn("description", "free text")
_WINDOW = ViewColumn("window", 'name of the window; written "window"')

VIEWS = (
    View(
        "v_schedule",
        "one row a schedule",
        f"""SELECT s.guid, s.name, {_TIMING}, s.not_before, s.not_after, s.asap, s.event, s.missed, s.overlap,
                   s.description
            FROM schedule s""",  # noqa: S608 - ours
        (
            ViewColumn("guid", "GUID of the schedule", Type.GUID),
            ViewColumn("name", "name of the schedule"),
            *_STATED,
            ViewColumn("asap", "once, when it is put to use", Type.BOOL),
            ViewColumn("event", "when this event happens"),
            ViewColumn("missed", "skip or queue-one"),
            ViewColumn("overlap", "skip, queue-one or replace"),
            _DESCRIPTION,
        ),
    ),
    View(
        "v_window",
        "one row a maintenance window or blockout period",
        f"""SELECT s.guid, s.name, s.type, {_TIMING}, s.not_before, s.not_after, s.duration_s, s.everywhere, s.enabled,
                   s.description
            FROM window_period s""",  # noqa: S608 - ours
        (
            ViewColumn("guid", "GUID of the window", Type.GUID),
            ViewColumn("name", "name of the window"),
            ViewColumn("type", "maintenance or blockout"),
            *_STATED,
            ViewColumn("duration_s", "how long it lasts, in seconds", Type.INT),
            ViewColumn("everywhere", "it applies to every computer", Type.BOOL),
            ViewColumn("enabled", "it applies", Type.BOOL),
            _DESCRIPTION,
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
