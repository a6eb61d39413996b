"""Old runs removed from the CMDB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.errors import InputError
from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.operations import Operation, Server

_LEAST_S = 3600.0


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    output = arguments["keep_output"]
    if arguments["keep"] < _LEAST_S or (output is not None and output < _LEAST_S):
        raise InputError("runs are kept for an hour at least", hint="--arg keep=30d")
    return (Server("purge", arguments),)


ACTION = Action(
    "purge",
    "Remove runs that ended long ago, with their results, output and local markers. The audit trail stays whole.",
    _operations,
    side="server",
    arguments=(
        Argument("keep", "How long a run is kept after its end.", "duration", default="30d"),
        Argument("keep_output", "How long what its commands printed is kept. Without: as long as the run.", "duration"),
        Argument("dry_run", "Only count.", "bool", default="false"),
    ),
    idempotent=True,
    time_limit_s=3600.0,
)
