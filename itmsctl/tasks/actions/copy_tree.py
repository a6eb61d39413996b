"""A folder of this machine, with all that is in it, onto each computer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.errors import InputError
from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.operations import Operation, PutTree


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    path = arguments["path"].rstrip("/")
    if not path:
        raise InputError("a tree cannot take the place of `/`", hint="--arg path=/a/folder")
    return (PutTree(arguments["source"], path),)


ACTION = Action(
    "copy-tree",
    "Copy a folder of this machine to each computer, in the place of the one there. An equal one is not sent again; a "
    "cut leaves the old one.",
    _operations,
    arguments=(
        Argument("source", "The folder on this machine.", "local", required=True),
        Argument("path", "The folder that it becomes: its parent is there. What is in it now goes.", "path", True),
    ),
    idempotent=True,
)
