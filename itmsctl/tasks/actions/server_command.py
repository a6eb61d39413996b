"""A command on the machine of the CMDB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.operations import Operation, ServerFunction


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    return (ServerFunction("command", arguments),)


ACTION = Action(
    "server-command",
    "Run a command line on the machine of the CMDB, as the user who runs the job.",
    _operations,
    side="server",
    arguments=(
        Argument("command", "The command line. It is no template; parameters are in its environment.", required=True),
        Argument("interpreter", "What runs it.", "choice(sh,bash,python)", default="sh"),
    ),
)
