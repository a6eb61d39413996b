"""The kind of task `discovery`: what is in networks, looked up as a step of a job or by a policy (DISC-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.discovery.area import MOST_UNASKED
from itmsctl.discovery.found import ADDED, IDENTIFIED
from itmsctl.discovery.way import METHODS, methods_of
from itmsctl.errors import InputError
from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.operations import Operation, ServerFunction
from itmsctl.values.naming import naming

FUNCTION = "discovery"


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    if not (arguments["subnets"] or arguments["sites"] or arguments["hosts"]):
        raise InputError("where is to be looked?", hint="--arg subnets=CIDR, --arg sites=NAME or --arg hosts=NAME")
    with naming("methods"):
        methods_of(arguments["methods"] or METHODS)
    return (ServerFunction(FUNCTION, arguments),)


ACTION = Action(
    "discovery",
    "Look at every address of some subnets: who is there, what is it, is it known. Nothing else is contacted.",
    _operations,
    side="server",
    arguments=(
        Argument("subnets", "Subnets that are looked at.", "list"),
        Argument("sites", "Sites whose subnets are looked at.", "list"),
        Argument("hosts", "Single addresses or names that are looked at.", "list"),
        Argument("exclude", "Subnets, addresses and names that are left out.", "list"),
        Argument("max", f"Look at up to so many addresses. Else {MOST_UNASKED}.", "int"),
        Argument("profile", "Discovery profile."),
        Argument("methods", f"{', '.join(METHODS)}. Else what the profile says, or all.", "list"),
        Argument("credentials", "Credentials of SNMP. Else those of the profile.", "list"),
        Argument("passphrase_file", "File with the passphrase of the vault. Else the credential of systemd."),
        Argument(
            "add",
            "What becomes a resource: who tells by SNMP what it is, everything that answers, nothing.",
            f"choice({','.join(ADDED)})",
            default=IDENTIFIED,
        ),
    ),
    idempotent=True,
    time_limit_s=3600.0,
)
