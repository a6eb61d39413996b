"""The kind of task that a rule stands for when the tick runs it: `replication`, on the machine of the CMDB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.operations import Operation, ServerFunction


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    return (ServerFunction("replication", arguments),)


ACTION = Action(
    "replication",
    "Give neighbours what a replication rule says.",
    _operations,
    side="server",
    arguments=(
        Argument("rule", "Name of the rule.", required=True),
        Argument("complete", "Everything, not only what has changed.", "bool", default="no"),
    ),
    idempotent=True,
    time_limit_s=6 * 3600.0,
)
