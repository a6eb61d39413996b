"""The kind of task `metering`: which programs were used since the last time, as a step of any job."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from itmsctl.errors import InputError
from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.operations import Interview, Operation

ACCOUNTING = ("/var/log/account/pacct*", "/var/account/pacct*")
AUDIT = ("/var/log/audit/audit.log*",)
_PATTERN = re.compile(r"/[A-Za-z0-9._*/-]{1,200}")  # it stands in a script as it is


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    for name in ("accounting", "audit"):
        for pattern in arguments[name] or ():
            if not _PATTERN.fullmatch(pattern):
                raise InputError(f"`{pattern[:80]}` is not a path of logs", hint="/var/log/account/pacct*")
    return (Interview(arguments),)


ACTION = Action(
    "metering",
    "Read which programs were used since the last time, from process accounting or audit. Nothing is left there.",
    _operations,
    arguments=(
        Argument("accounting", f"Files of process accounting. Default: {' '.join(ACCOUNTING)}.", "list"),
        Argument("audit", f"Logs of auditd. Default: {' '.join(AUDIT)}.", "list"),
    ),
    idempotent=True,
    time_limit_s=300.0,
)
