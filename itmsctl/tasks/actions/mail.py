"""A mail from the machine of the CMDB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.mails import SERVER, check_mail
from itmsctl.tasks.operations import Operation, ServerFunction


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    check_mail(arguments)
    return (ServerFunction("mail", arguments),)


ACTION = Action(
    "mail",
    "Send a mail from the machine of the CMDB.",
    _operations,
    side="server",
    arguments=(
        *SERVER,
        Argument("from", "The sender.", required=True),
        Argument("to", "The receivers, between commas.", "list", required=True),
        Argument("subject", "The subject.", required=True),
        Argument("body", "The text.", default=""),
    ),
    time_limit_s=120.0,
)
