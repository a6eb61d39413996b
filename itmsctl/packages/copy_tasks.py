"""The kinds of task that look after package servers: `package-copy` and `package-verify`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.errors import InputError
from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.operations import Interview, Operation

EVERY = "all"
LIMIT_S = 6 * 3600.0


def _copying(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    if arguments["rate_kbit"] is not None and arguments["rate_kbit"] < 1:
        raise InputError(f"`{arguments['rate_kbit']}` kbit/s move nothing", hint="--rate 2000").about("rate_kbit")
    if arguments["remove"] and arguments["claimed"]:
        raise InputError("what is removed is not checked", hint="leave `claimed` out").about("claimed")
    return (Interview(arguments),)


def _reading(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    return (Interview(arguments),)


_PACKAGE = Argument("package", f"Name of the package; `{EVERY}`: all that are enabled.", required=True)
_RATE = Argument("rate_kbit", "Most kbit/s for each server.", "int")

COPY = Action(
    "package-copy",
    "Copy packages to the package server that the computer is: what is missing is sent, all is read back.",
    _copying,
    arguments=(
        _PACKAGE,
        _RATE,
        Argument("claimed", "Be content with the server's own digests: nothing is read back.", "bool", default="no"),
        Argument("due", "Only what is not there yet, and what failed where its time has come.", "bool", default="no"),
        Argument("remove", "Remove the package from the server instead.", "bool", default="no"),
        Argument(
            "prune",
            "Copy nothing: only remove what no package needs any more, as each copying does.",
            "bool",
            default="no",
        ),
    ),
    idempotent=True,
    time_limit_s=LIMIT_S,
)
VERIFY = Action(
    "package-verify",
    "Check the packages on the package server that the computer is; what is wrong is taken out of sight.",
    _reading,
    arguments=(
        _PACKAGE,
        _RATE,
        Argument("read_back", "Have every byte come back; else the server's digests count.", "bool", default="yes"),
    ),
    idempotent=True,
    time_limit_s=LIMIT_S,
)
