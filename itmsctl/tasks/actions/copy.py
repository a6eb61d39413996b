"""A file of this machine onto each computer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.operations import Operation, Put


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    return (Put(arguments["source"], arguments["path"], arguments["mode"]),)


ACTION = Action(
    "copy",
    "Copy a file of this machine to each computer. Equal content is not sent again; a cut leaves the old file.",
    _operations,
    arguments=(
        Argument("source", "The file on this machine.", "local", required=True),
        Argument("path", "Where it goes: a file in a folder that is there.", "path", required=True),
        Argument("mode", "Its mode, such as 0644. Without: that of the source.", "mode"),
    ),
    idempotent=True,
)
