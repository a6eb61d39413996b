"""What a run does on each computer, as it is kept with the run: later changes of the task do not reach it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from itmsctl.errors import InputError, UsageError
from itmsctl.values.names import did_you_mean

TYPES = ("command", "script")
INTERPRETERS = ("sh", "bash", "python", "powershell")
TIME_LIMIT_S = 300.0
PREFIX = "ITMS_"
MAX_BODY_BYTES = 1024 * 1024
_PARAMETER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class Step:
    """One action on a client (JOB-1), complete: the text, what runs it, its environment, and its limits."""

    name: str  # of the task; `command` or `script` where it was typed at once
    type: str
    body: str
    interpreter: str = "sh"
    environment: Mapping[str, str] = field(default_factory=dict)
    run_as: str | None = None
    time_limit_s: float = TIME_LIMIT_S
    idempotent: bool = False
    destructive: bool = False

    def may_help(self, exit_status: int | None) -> bool:
        """Tell whether trying again after this exit status may help (none: it passed its time limit)."""
        del exit_status
        return True

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


def environment_of(defaults: Mapping[str, str], given: Mapping[str, str], *, declared_only: bool) -> dict[str, str]:
    """Answer the environment variables of a run: each parameter as `ITMS_` and its name in capitals.

    A value is only ever handed over as a value: it is not put into the text, so no value is run as code (HE3). With
    `declared_only`, a parameter that the task does not declare is a mistake: InputError offers a near one.
    """
    for name in given:
        check_parameter(name)
        if declared_only and name not in defaults:
            hint = did_you_mean(name, defaults) or f"declared: {', '.join(sorted(defaults)) or 'none'}"
            raise InputError(f"the task has no parameter `{name}`", hint=hint)
    merged = {**defaults, **given}
    variables: dict[str, str] = {}
    for name, value in merged.items():
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
