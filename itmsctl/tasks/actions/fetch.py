"""A file of each computer onto this machine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from itmsctl.errors import InputError
from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.operations import Get, Operation

_NAME = re.compile(r"\.?[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_MOST = 256 << 20


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    name = arguments["path"].rsplit("/", 1)[-1]
    if not _NAME.fullmatch(name):
        raise InputError(
            f"`{name}` cannot name a file here", hint="letters, digits, `.`, `_` and `-`, a hundred at most"
        )
    if not 0 < arguments["limit"] <= _MOST:
        raise InputError(f"a limit of {arguments['limit']} bytes", hint=f"more than nothing, at most {_MOST >> 20}M")
    return (Get(arguments["path"], arguments["into"], name, arguments["limit"]),)


ACTION = Action(
    "fetch",
    "Fetch a file of each computer into INTO/COMPUTER/FILE on this machine. An equal one is not sent again.",
    _operations,
    arguments=(
        Argument("path", "The file on the computer.", "path", required=True),
        Argument("into", "The folder on this machine.", "local", required=True),
        Argument("limit", "A longer file is not fetched.", "size", default="16M"),
    ),
    idempotent=True,
)
