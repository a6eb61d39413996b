"""The kinds of tasks there are: each is a file of `tasks/actions/`, whose name is the kind's with `_` for `-`.

A later room has its own kinds: it registers `task_kind:NAME` among its hooks (`values.kind`).
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Any

from itmsctl.errors import InputError
from itmsctl.tasks.action import Action
from itmsctl.tasks.operations import Errand, Operation, Script, ServerFunction, ViaNeighbour
from itmsctl.tasks.step import Step
from itmsctl.values.kind import house
from itmsctl.values.names import did_you_mean

_PACKAGE = "itmsctl.tasks.actions"


@cache
def names() -> tuple[str, ...]:
    """Return the names of all kinds; none of their files is imported."""
    return tuple(sorted({*_own(), *house().words("task_kind")}))


@cache
def _own() -> tuple[str, ...]:
    package = importlib.import_module(_PACKAGE)
    return tuple(module.name.replace("_", "-") for module in pkgutil.iter_modules(package.__path__))


@cache
def action(name: str) -> Action:
    """Return a kind by its name, importing only its own file. Raises InputError that offers a near name."""
    if name not in names():
        hint = did_you_mean(name, names()) or "itmsctl task kinds lists them"
        raise InputError(f"`{name}` is not a kind of task", hint=hint).about("type")
    if name not in _own():
        return _registered(name)
    module = importlib.import_module(f"{_PACKAGE}.{name.replace('-', '_')}")
    found: Action = module.ACTION
    return found


def _registered(name: str) -> Action:
    found: Any = next(house().calls(f"task_kind:{name}"))
    assert isinstance(found, Action), name
    return found


def every_action() -> tuple[Action, ...]:
    """Return all kinds."""
    return tuple(action(name) for name in names())


def operations_of(step: Step) -> tuple[Operation, ...]:
    """Return what a step asks of a computer; its templates must have been filled in. Raises InputError."""
    kind = action(step.type)
    if kind.has_text:
        return kind.operations({"body": step.body, "interpreter": step.interpreter})
    return kind.operations(kind.typed(step.arguments))


def is_server(step: Step) -> bool:
    """Return whether a step runs on the machine of the CMDB."""
    return action(step.type).side == "server"


def leaves_marker(step: Step) -> bool:
    """Return whether a step acts on the computer itself under its marker, which can be asked what became of it."""
    kind = action(step.type)
    if kind.has_text:
        return True
    if step.templated:
        return kind.side == "client"
    return any(isinstance(operation, (Script, Errand)) for operation in operations_of(step))


def needs_neighbour(step: Step) -> bool:
    """Return whether a step may need another computer of the same subnet."""
    kind = action(step.type)
    if kind.has_text or kind.side == "server":
        return False
    if step.templated:
        return any(argument.name == "action" and "wake" in argument.type for argument in kind.arguments)
    return any(isinstance(operation, ViaNeighbour) for operation in operations_of(step))


def is_interview(step: Step) -> bool:
    """Return whether a step is that of a later room, which registered `interviewer:NAME` for its kind."""
    return step.type not in _own() and bool(house().hooks(f"interviewer:{step.type}"))


def is_errand(step: Step) -> bool:
    """Return whether a later room acts in a step, and settles what its marker answers."""
    if step.templated or not is_interview(step):
        return False
    return any(isinstance(operation, Errand) for operation in operations_of(step))


def server_call(step: Step) -> ServerFunction:
    """Return the function that a server step calls. Raises InputError for a step of another kind."""
    for operation in operations_of(step):
        if isinstance(operation, ServerFunction):
            return operation
    raise InputError(f"`{step.name}` does not run on the machine of the CMDB")
