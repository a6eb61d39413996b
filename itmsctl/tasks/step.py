"""What a run does on each computer, as it is kept with the run: later changes of the task do not reach it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from itmsctl.errors import InputError, UsageError
from itmsctl.tasks.codes import code_set
from itmsctl.tasks.typed import ValueType, is_template, type_of
from itmsctl.values.names import did_you_mean

INTERPRETERS = ("sh", "bash", "python", "powershell")
TIME_LIMIT_S = 300.0
PREFIX = "ITMS_"
TEXT = ValueType()
MAX_BODY_BYTES = 1024 * 1024
_PARAMETER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class Step:
    """One action (JOB-1), complete: its kind with text or arguments, its environment, its limits, its exit codes.

    Values of `environment` and `arguments` may be templates, filled in once for each computer; `checks` has the types
    of such variables that are not text.
    """

    name: str  # of the task; `command` or `script` where it was typed at once
    type: str  # the kind: a file of `tasks/actions/`
    body: str = ""
    interpreter: str = "sh"
    environment: Mapping[str, str] = field(default_factory=dict)
    run_as: str | None = None
    time_limit_s: float = TIME_LIMIT_S
    idempotent: bool = False
    destructive: bool = False
    arguments: Mapping[str, str] = field(default_factory=dict)
    success_codes: str = "0"
    reboot_codes: str = ""
    retry_codes: str = ""
    checks: Mapping[str, str] = field(default_factory=dict)

    @property
    def templated(self) -> bool:
        """Tell whether something is to be filled in for each computer."""
        return any(map(is_template, (*self.environment.values(), *self.arguments.values())))

    def may_help(self, exit_status: int | None) -> bool:
        """Tell whether trying again after this exit status may help (none: there was none).

        Where a task names codes that may pass by themselves, any other one will not.
        """
        if exit_status is None or not self.retry_codes:
            return True
        return exit_status in code_set(self.retry_codes)

    def as_dict(self) -> dict[str, Any]:
        """Answer the form in which a run keeps it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Step:
        """Read the form in which a run keeps it."""
        return cls(**{name: kept[name] for name in cls.__slots__ if name in kept})


def check_body(body: str, interpreter: str) -> str:
    """Answer the text of a task if an interpreter can be given it.

    Raises InputError for an empty or too long one, one with a NUL, or an interpreter that is not known.
    """
    if interpreter not in INTERPRETERS:
        hint = did_you_mean(interpreter, INTERPRETERS) or "one of " + ", ".join(INTERPRETERS)
        raise InputError(f"`{interpreter}` is not an interpreter that tasks know", hint=hint)
    if not body.strip():
        raise InputError("the task has no text: there would be nothing to run")
    if "\0" in body:
        raise InputError("the task's text holds a NUL character, which no shell can be given")
    size = len(body.encode("utf-8", "surrogateescape"))
    if size > MAX_BODY_BYTES:
        raise InputError(f"the task's text has {size} bytes; {MAX_BODY_BYTES} are allowed", hint="push a file instead")
    return body


def check_parameter(name: str) -> str:
    """Answer the name of a parameter if it can be part of an environment variable's name; raise InputError."""
    if not _PARAMETER.fullmatch(name):
        raise InputError(
            f"`{name}` is not the name of a parameter", hint="a letter, then up to 63 letters, digits or underscores"
        )
    return name


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter. Without a default, a value must be given."""

    name: str
    type: ValueType = TEXT
    default: str | None = None


def declaration(text: str) -> Parameter:
    """Read `NAME[:TYPE][=DEFAULT]`. Raises InputError for a name, a type, or a default that the type does not take."""
    head, equals, default = text.partition("=")
    name, _, word = head.partition(":")
    parameter = Parameter(check_parameter(name.strip()), type_of(word.strip()) if word else ValueType())
    if not equals:
        return parameter
    return Parameter(parameter.name, parameter.type, _written(parameter, default))


def _written(parameter: Parameter, value: str | Sequence[str]) -> str:
    if isinstance(value, str) and is_template(value):
        return value
    return parameter.type.written(value, f"parameter `{parameter.name}`")


def given_parameters(
    declared: Mapping[str, Parameter], given: Mapping[str, str | Sequence[str]]
) -> tuple[dict[str, str], dict[str, str]]:
    """Answer the environment variables of a run of a task, and the types of those whose values are templates.

    Raises InputError for one that is not declared, one without a value, or a value that its type does not take.
    """
    for name in given:
        if name not in declared:
            hint = did_you_mean(name, declared) or f"declared: {', '.join(sorted(declared)) or 'none'}"
            raise InputError(f"the task has no parameter `{name}`", hint=hint)
    values: dict[str, str] = {}
    checks: dict[str, str] = {}
    for name, parameter in declared.items():
        value = given.get(name, parameter.default)
        if value is None:
            raise InputError(f"parameter `{name}` has no value", hint=f"--param {name}=... ({parameter.type})")
        values[name] = _written(parameter, value)
        if is_template(values[name]) and parameter.type.word != "text":
            checks[PREFIX + name.upper()] = str(parameter.type)
    return environment_of(values), checks


def environment_of(values: Mapping[str, str]) -> dict[str, str]:
    """Answer the environment variables of a run: each parameter as `ITMS_` and its name in capitals.

    A value is only ever handed over as a value: it is not put into the text, so no value is run as code (HE3).
    """
    variables: dict[str, str] = {}
    for name, value in values.items():
        variable = PREFIX + check_parameter(name).upper()
        if variable in variables:
            raise InputError(f"two parameters would be `{variable}`", hint="names must differ by more than case")
        if "\0" in value:
            raise InputError(f"the value of `{name}` holds a NUL character, which no process can be given")
        variables[variable] = value
    return variables


def refuse_windows(step: Step) -> None:
    """Refuse a step that no transport of today can run; raise UsageError."""
    if step.interpreter == "powershell":
        raise UsageError(
            f"`{step.name}` is PowerShell: it can be stored, but not run over SSH",
            hint="Windows computers are reached by SMB, which is not part of this version",
        )


def marker_of(run_guid: str, computer_guid: str, attempt: int, position: int = 0, retry: int = 0) -> str:
    """Answer the name under which a step of an attempt is known on its endpoint (5.9): run, computer and attempt.

    Later steps, and later tries of a step, add their numbers.
    """
    name = f"{run_guid}.{computer_guid}.{attempt}"
    return f"{name}.{position}.{retry}" if position or retry else name
