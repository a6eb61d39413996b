"""Upkeep of the database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.tasks.action import Action
from itmsctl.tasks.operations import Operation, ServerFunction


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    return (ServerFunction("maintenance", arguments),)


ACTION = Action(
    "database-maintenance",
    "Sweep the database and put its indexes and statistics in order, as `db maintain` does.",
    _operations,
    side="server",
    idempotent=True,
    time_limit_s=3600.0,
)
