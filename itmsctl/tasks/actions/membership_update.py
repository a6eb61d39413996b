"""Membership of filters, groups and targets brought up to date."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.operations import Operation, ServerFunction


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    return (ServerFunction("membership", arguments),)


ACTION = Action(
    "membership-update",
    "Bring the membership of filters, groups and targets up to date (MEMB-1).",
    _operations,
    side="server",
    arguments=(
        Argument(
            "mode",
            "What is looked at: what changed, everything, or targets that changed.",
            "choice(delta,complete,policy)",
            default="delta",
        ),
    ),
    idempotent=True,
    time_limit_s=3600.0,
)
