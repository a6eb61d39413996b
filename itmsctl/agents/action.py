"""The kind of task that agent settings stand for when the tick runs them: `agents`, on the machine of the CMDB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.operations import Operation, ServerFunction


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    return (ServerFunction("agents", arguments),)


ACTION = Action(
    "agents",
    "Take in what agents told, and publish their policy, as agent settings say.",
    _operations,
    side="server",
    arguments=(Argument("settings", "Name of the settings.", required=True),),
    idempotent=True,
    time_limit_s=3600.0,
)
