"""Steps with templates, filled in for one computer: once, and never from what a computer says of itself (HE3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from itmsctl.documents import template
from itmsctl.errors import InputError, TemplateError
from itmsctl.tasks.step import PREFIX, Step
from itmsctl.values.typed import TYPES, is_template, type_of


def check_templates(step: Step) -> None:
    """Refuse what is not a template before anything begins; raise TemplateError."""
    for value in (*step.environment.values(), *step.arguments.values()):
        if is_template(value):
            template.check(value)


def rendered(step: Step, computer: Mapping[str, Any] | None) -> Step:
    """Return a step with its templates filled in: parameters from `computer`, arguments from `computer` and `param`.

    Raises TemplateError for what is not known, InputError for a value that the parameter's type does not take.
    """
    if not step.templated:
        return step
    if computer is None:
        raise TemplateError(f"`{step.name}` names fields of the computer, and none were read")
    environment = {}
    for variable, value in step.environment.items():
        environment[variable] = _filled(value, {"computer": computer})
        if variable in step.checks:
            kind = type_of(step.checks[variable], TYPES)
            environment[variable] = kind.written(environment[variable], f"parameter `{_plain(variable)}`")
    known = {"computer": computer, "param": {_plain(name): value for name, value in environment.items()}}
    arguments = {name: _filled(value, known) for name, value in step.arguments.items()}
    return replace(step, environment=environment, arguments=arguments, checks={})


def _plain(variable: str) -> str:
    return variable.removeprefix(PREFIX).lower()


def _filled(value: str, known: Mapping[str, Mapping[str, Any]]) -> str:
    found = template.render(value, known) if is_template(value) else value
    if "\0" in found:
        raise InputError("a value holds a NUL character, which no process can be given")
    return found
