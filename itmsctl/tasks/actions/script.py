"""A script from a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.tasks.action import Action
from itmsctl.tasks.operations import Operation, Script


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    return (Script(arguments["body"], arguments["interpreter"]),)


ACTION = Action("script", "A script on each computer (`--script`).", _operations, has_text=True)
