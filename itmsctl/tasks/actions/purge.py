"""What is old, removed from the CMDB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.admin import retention
from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.operations import Operation, ServerFunction

# Class of what is purged -> the argument that says how long it is kept.
KEEP = {
    "runs": "keep",
    "outputs": "keep_output",
    "events": "keep_events",
    "memberships": "keep_memberships",
    "inventory": "keep_inventory",
    "metering": "keep_metering",
    "files": "keep_files",
    "merged": "keep_merged",
    "tombstones": "keep_tombstones",
    "changes": "keep_changes",
}

_OTHERS = ("events", "memberships", "inventory", "metering", "files", "merged", "tombstones", "changes")


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    retention.check({name: arguments[a] for name, a in KEEP.items() if arguments[a] is not None})
    return (ServerFunction("purge", arguments),)


def _more(name: str) -> Argument:
    return Argument(KEEP[name], f"How long to keep {retention.CLASSES[name]}. Without: for good.", "duration")


ACTION = Action(
    "purge",
    "Remove runs that ended long ago, with their results, output and local markers, and what else is told.",
    _operations,
    side="server",
    arguments=(
        Argument("keep", "How long a run is kept after its end.", "duration", default="30d"),
        Argument("keep_output", "How long what its commands printed is kept. Without: as long as the run.", "duration"),
        *(
            _more(name)
            for name in ("events", "memberships", "inventory", "metering", "files", "merged", "tombstones", "changes")
        ),
        Argument("dry_run", "Only count.", "bool", default="false"),
    ),
    idempotent=True,
    time_limit_s=3600.0,
)
