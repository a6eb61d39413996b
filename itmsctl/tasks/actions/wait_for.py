"""Waiting: for a port, a file, or a reboot that somebody else causes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.errors import InputError
from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.operations import AwaitPort, AwaitReturn, Operation, Script

_FILE = """
while ! [ -e "$ITMS_ARG_PATH" ]; do sleep 1; done
ls -ld "$ITMS_ARG_PATH"
"""


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    event, port, path = arguments["event"], arguments["port"], arguments["path"]
    if event == "reboot":
        return (AwaitReturn(),)
    if event == "file":
        if path is None:
            raise InputError("waiting for a file needs `path`", hint="--arg path=/a/file")
        return (Script(_FILE, environment={"ITMS_ARG_PATH": path}),)
    if port is not None and not 1 <= port <= 65535:
        raise InputError(f"{port} is not a port", hint="between 1 and 65535")
    return (AwaitPort(port),)


ACTION = Action(
    "wait-for",
    "Wait until a port of the computer takes connections from here, a file is there, or it was rebooted. The time "
    "limit of the task ends it.",
    _operations,
    arguments=(
        Argument("event", "What to wait for.", "choice(port,file,reboot)", required=True),
        Argument("port", "The TCP port. Without: the one by which the computer is managed.", "int"),
        Argument("path", "The file on the computer.", "path"),
    ),
    idempotent=True,
    time_limit_s=900.0,
)
