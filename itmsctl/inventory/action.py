"""The kind of task `inventory`: what a computer is made of and what is on it, as a step of any job (INV-1, INV-40)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.errors import InputError
from itmsctl.inventory import portions
from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.operations import Interview, Operation

NICE = 10
_MOST_NICE = 19


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    portions.wanted(arguments["collect"], arguments["classes"])
    if not 0 <= arguments["nice"] <= _MOST_NICE:
        raise InputError(f"a priority of {arguments['nice']}", hint=f"0 is the usual one, {_MOST_NICE} the lowest")
    return (Interview(arguments),)


ACTION = Action(
    "inventory",
    "Read what the computer is made of and what is on it; only what has changed is sent. Nothing is left there.",
    _operations,
    arguments=(
        Argument(
            "collect",
            f"What is read: {', '.join(portions.PORTIONS)}. Else all but files and processes.",
            "list",
        ),
        Argument("classes", "Data classes that are read, by name.", "list"),
        Argument("whole", "Have everything sent again, whatever has changed.", "bool", default="no"),
        Argument("nice", f"Its priority there: 0 is the usual one, {_MOST_NICE} the lowest.", "int", default=str(NICE)),
        Argument("folders", "Folders whose files are read; else all local drives.", "list"),
        Argument("without", "Folders that are left out.", "list"),
        Argument(
            "patterns",
            "Names of files that are read, such as *.exe; else programs. A name behind ! is left out: !*.tmp.",
            "list",
        ),
        Argument("hash", "Have a digest made of each file.", "bool", default="no"),
        Argument("remote", "Read drives of the network too.", "bool", default="no"),
    ),
    idempotent=True,
    time_limit_s=900.0,
)
