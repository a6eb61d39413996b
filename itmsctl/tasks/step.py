"""What a run does on each computer, as it is kept with the run: later changes of the task do not reach it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, field
from typing import Any

from itmsctl.errors import InputError
from itmsctl.tasks.codes import code_set
from itmsctl.values.lean import dataclass
from itmsctl.values.names import near_or_all
from itmsctl.values.parameters import Given, Parameter, check_parameter, values_of
from itmsctl.values.typed import is_template

INTERPRETERS = ("sh", "bash", "python", "powershell")
TIME_LIMIT_S = 300.0
PREFIX = "ITMS_"
MAX_BODY_BYTES = 1024 * 1024


@dataclass(frozen=True)
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
        """Return whether something is to be filled in for each computer."""
        return any(map(is_template, (*self.environment.values(), *self.arguments.values())))

    def may_help(self, exit_status: int | None) -> bool:
        """Return whether trying again after this exit status may help (none: there was none).

        Where a task names codes that may pass by themselves, any other one will not.
        """
        if exit_status is None or not self.retry_codes:
            return True
        return exit_status in code_set(self.retry_codes)

    def as_dict(self) -> dict[str, Any]:
        """Return the form in which a run keeps it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Step:
        """Read the form in which a run keeps it."""
        return cls(**{name: kept[name] for name in cls.__dataclass_fields__ if name in kept})


def check_body(body: str, interpreter: str) -> str:
    """Return the text of a task if an interpreter can be given it.

    Raises InputError for an empty or too long one, one with a NUL, or an interpreter that is not known.
    """
    if interpreter not in INTERPRETERS:
        hint = near_or_all(interpreter, INTERPRETERS)
        raise InputError(f"`{interpreter}` is not an interpreter that tasks know", hint=hint).about("interpreter")
    if not body.strip():
        raise InputError("the task has no text: there would be nothing to run").about("body")
    if "\0" in body:
        raise InputError("the task's text holds a NUL character, which no shell can be given").about("body")
    size = len(body.encode("utf-8", "surrogateescape"))
    if size > MAX_BODY_BYTES:
        what = f"the task's text has {size} bytes; {MAX_BODY_BYTES} are allowed"
        raise InputError(what, hint="push a file instead").about("body")
    return body


def given_parameters(declared: Mapping[str, Parameter], given: Given) -> tuple[dict[str, str], dict[str, str]]:
    """Return the environment variables of a run of a task, and the types of those whose values are templates.

    Raises InputError for one that is not declared, one without a value, or a value that its type does not take.
    """
    values = values_of(declared, given, "the task")
    typed = {name: declared[name].type for name, value in values.items() if is_template(value)}
    checks = {PREFIX + name.upper(): str(kind) for name, kind in typed.items() if kind.word != "text"}
    return environment_of(values), checks


def environment_of(values: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables of a run: each parameter as `ITMS_` and its name in capitals.

    A value is only ever handed over as a value: it is not put into the text, so no value is run as code (HE3).
    """
    variables: dict[str, str] = {}
    for name, value in values.items():
        variable = PREFIX + check_parameter(name).upper()
        if variable in variables:
            what = f"two parameters would be `{variable}`"
            raise InputError(what, hint="names must differ by more than case").about("parameters", name, key=True)
        if "\0" in value:
            what = f"the value of `{name}` holds a NUL character, which no process can be given"
            raise InputError(what).about("parameters", name)
        variables[variable] = value
    return variables


def marker_of(run_guid: str, computer_guid: str, attempt: int, position: int = 0, retry: int = 0) -> str:
    """Return the name under which a step of an attempt is known on its endpoint: run, computer and attempt.

    Later steps, and later tries of a step, add their numbers.
    """
    name = f"{run_guid}.{computer_guid}.{attempt}"
    return f"{name}.{position}.{retry}" if position or retry else name
