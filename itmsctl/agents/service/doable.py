"""Which programs an agent can carry out, and how policy says their steps."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from itmsctl.agents.form import canonical, digest
from itmsctl.errors import InputError
from itmsctl.tasks.catalogue import is_server, operations_of
from itmsctl.tasks.codes import codes
from itmsctl.tasks.operations import Script
from itmsctl.tasks.options import RunOptions
from itmsctl.tasks.program import JobStep, Program
from itmsctl.tasks.service.executing import command_of
from itmsctl.transports.marker import launcher_of
from itmsctl.transports.outcome import Command

WHY = "computers with an agent are reached as others are for it"
"""Why what agents cannot do is done all the same."""


def check_doable(program: Program, options: RunOptions) -> None:
    """Raise InputError where agents cannot carry a program out by themselves."""
    check_alone(options)
    for part in program.steps:
        _check_step(part)


def check_alone(options: RunOptions) -> None:
    """Raise InputError where somebody has to look at all computers of a run together."""
    if options.is_cut or options.max_fail is not None:
        raise InputError("waves, gates and limits of failures need somebody who looks at all computers", why=WHY)


def steps_said(program: Program) -> list[dict[str, Any]]:
    """Return the steps of a program as policy says them. Raises InputError for what cannot be said."""
    return [_said(part) for part in program.steps]


def place_said(part: JobStep) -> dict[str, Any]:
    """Return how a step stands among the others, as policy says it: its name, and what follows where it fails."""
    return {name: getattr(part, name) for name in ("label", "role", "on_error", "retries", "backoff_s")}


def script_said(command: Command) -> dict[str, str]:
    """Return the programs of a step, as policy says them: what runs, and what begins it."""
    programs = {"launcher": launcher_of(command), "script": command.script}
    return {name: base64.b64encode(program).decode() for name, program in programs.items()}


def steps_id(said: list[dict[str, Any]]) -> str:
    """Return what steps are known by: an agent tells which it carried out."""
    return digest(canonical(said))[:32]


def _check_step(part: JobStep) -> None:
    step = part.step
    what = next(_undoable(part), "")
    if what:
        raise InputError(f"step `{part.label}` {what}", why=WHY)
    if step.interpreter == "powershell":
        raise InputError(f"step `{part.label}` is for Windows", why=WHY)
    _script(part)


def _undoable(part: JobStep) -> Iterator[str]:
    if is_server(part.step):
        yield "runs on the machine of the CMDB"
    if part.when:
        yield "has a condition"
    if part.outside or part.not_before:
        yield "begins outside of windows"
    if part.step.templated:
        yield "is filled in for each computer"


def _script(part: JobStep) -> Script:
    """Return the one script that a step is. Raises InputError."""
    found = operations_of(part.step)
    if len(found) != 1 or not isinstance(found[0], Script):
        raise InputError(f"step `{part.label}` is more than a script: it needs a connection", why=WHY)
    return found[0]


def _said(part: JobStep) -> dict[str, Any]:
    step = part.step
    command = command_of(step, _script(part), "agent", None, step.time_limit_s)
    known = codes(step.success_codes, step.reboot_codes, step.retry_codes)
    return {
        **place_said(part),
        "once": part.once,
        "idempotent": step.idempotent,
        "interpreter": command.interpreter,
        **script_said(command),
        "run_as": command.run_as,
        "limit_s": command.time_limit_s,
        "success": [list(one) for one in (*known.success.ranges, *known.reboot.ranges)],
        "retry": [list(one) for one in known.retry.ranges],
    }
