"""What the nouns of `schedules` are.

Hooks that later rooms fill: `schedule_uses(reader, ids)` answers {schedule id: what uses it, as people name it}.
"""

from __future__ import annotations

from itmsctl.values.column import TableColumn
from itmsctl.values.kind import Danger, Field, Group, Kind, Type
from itmsctl.values.replicated import item

SERVER, UTC, COMPUTER = "server", "utc", "computer"  # time bases; any IANA zone is one too
BASES = (SERVER, UTC, COMPUTER)

GROUPS = (
    Group("schedule", "Say when things are done: shared schedules.", "schedule_app", "commands.schedule", part="run"),
    Group(
        "window",
        "Say when maintenance may run, and when nobody is contacted.",
        "window_app",
        "commands.window",
        part="run",
    ),
)

_CLOCK = (
    Field("at", "Once, at a time: 2026-03-29T18:00, or with an offset."),
    Field("daily", "Every day at a time: 18:00."),
    Field("weekly", "On weekdays: 'monday,thursday 18:00'."),
    Field(
        "monthly",
        "In every month: 'first monday 18:00', 'second tuesday +3d 18:00', 'last weekday 22:00', '15 03:00', "
        "'last day 23:00'.",
    ),
    Field("every_s", "Again and again after this long, counted in UTC: 1h.", Type.DURATION, option="every", sql="int"),
    Field("cron", "By a cron expression: '0 18 * * mon'."),
    Field("rrule", "By a rule of RFC 5545: 'FREQ=WEEKLY;BYDAY=MO;BYHOUR=18;BYMINUTE=0'."),
)
_BOUNDS = (
    Field("start", "Where --every and --rrule begin. Default: when it is added; a rule at midnight before."),
    Field(
        "time_zone",
        "Whose clock counts: server, utc, computer, or a zone. Default: server.",
        option="timezone",
        null=False,
    ),
    Field("not_before", "Never due before this time."),
    Field("not_after", "Never due after this time."),
)
_DESCRIPTION = Field("description", "What people should know about it.")

SCHEDULE = Kind(
    name="schedule",
    table="schedule",
    help="A schedule: when something is done; many items may share one (SCHED-1, SCHED-2).",
    shelf="itmsctl.schedules.service.schedules:SCHEDULES",
    danger=Danger.MODERATE,
    replication=item("time_zone", "not_before", "not_after", "missed", "overlap"),
    fields=(
        *_CLOCK,
        Field("asap", "Once, at the moment it is put to use.", Type.BOOL),
        Field("event", "When this event happens, never by the clock.", option="on"),
        *_BOUNDS,
        Field(
            "missed",
            "What is done about missed ones: none, or the latest is made up. Default: queue-one.",
            choices=("skip", "queue-one"),
            null=False,
        ),
        Field(
            "overlap",
            "What is done while the one before still runs. Default: skip.",
            choices=("skip", "queue-one", "replace"),
            null=False,
        ),
        _DESCRIPTION,
    ),
)

WINDOW = Kind(
    name="window",
    table="window_period",
    help="A maintenance window or a blockout period (SCHED-5, SCHED-6).",
    shelf="itmsctl.schedules.service.windows:WINDOWS",
    own=(TableColumn("everywhere", "bool", default=False),),
    danger=Danger.MODERATE,
    replication=item("time_zone", "not_before", "not_after", "duration_s", "targets", "enabled"),
    fields=(
        Field(
            "type",
            "Maintenance (the default) waits for a window; a blockout forbids all contact.",
            choices=("maintenance", "blockout"),
            required=True,
        ),
        *_CLOCK,
        *_BOUNDS,
        Field(
            "duration_s",
            "How long it lasts, in real time: 2h.",
            Type.DURATION,
            required=True,
            option="duration",
            sql="int",
        ),
        Field(
            "targets",
            "Target, filter, group or view whose computers it applies to, or `all`.",
            Type.LIST,
            required=True,
            option="target",
            selects=("target", "filter", "group", "view"),
            apart=True,
        ),
        Field("enabled", "It applies. Default: yes.", Type.BOOL, kept=True, default=True, negative="disabled"),
        _DESCRIPTION,
    ),
)

KINDS = (SCHEDULE, WINDOW)

HOOKS = {
    "collection_users": "itmsctl.schedules.service.windows:collection_users",
    "contact_forbidden": "itmsctl.schedules.service.blockouts:forbidden",
}
