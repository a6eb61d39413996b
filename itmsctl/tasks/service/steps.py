"""From what was typed to the step of a run: a stored task with its parameters, or a command or script typed at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from itmsctl.cmdb.work import Reader
from itmsctl.errors import InputError, NotFoundError, UsageError
from itmsctl.tasks.service.tasks import TASKS, check_time_limit, step_of
from itmsctl.tasks.step import MAX_BODY_BYTES, TIME_LIMIT_S, Step, check_body, environment_of, refuse_windows

_SUFFIXES = {".py": "python", ".ps1": "powershell", ".bash": "bash"}


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed of a task: a name, or a text."""

    name: str | None = None
    command: str | None = None
    script: str | None = None
    interpreter: str | None = None
    parameters: Mapping[str, str] | None = None
    time_limit_s: float | None = None
    run_as: str | None = None

    def text(self) -> dict[str, Any]:
        """Answer the fields `type`, `body` and `interpreter` that the text makes; empty where none was typed.

        Raises UsageError where both kinds of text were typed, NotFoundError or InputError for a file.
        """
        if self.command is not None and self.script is not None:
            raise UsageError("--command and --script are both given", hint="one task has one text")
        if self.command is not None:
            found: dict[str, Any] = {"type": "command", "body": self.command, "interpreter": self.interpreter or "sh"}
        elif self.script is not None:
            interpreter = self.interpreter or _SUFFIXES.get(Path(self.script).suffix, "sh")
            found = {"type": "script", "body": read_script(self.script), "interpreter": interpreter}
        else:
            return {} if self.interpreter is None else {"interpreter": self.interpreter}
        check_body(found["body"], found["interpreter"])
        return found


def read_script(path: str) -> str:
    """Answer the text of a script file, which is UTF-8. Raises NotFoundError, InputError."""
    try:
        with Path(path).expanduser().open("rb") as file:
            data = file.read(MAX_BODY_BYTES + 1)
        return data.decode("utf-8")
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {path}") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read", why=error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text", why=str(error)) from None


def step(reader: Reader, typed: Typed) -> tuple[Step, int | None]:
    """Answer the step to run, and the id of its task where it is a stored one.

    Raises UsageError, NotFoundError, InputError.
    """
    text = typed.text()
    given = typed.parameters or {}
    if typed.name is not None:
        if text:
            raise UsageError(
                "a task and a text are both given", hint="itmsctl task run NAME, or task run --command TEXT"
            )
        doc = TASKS.get(reader, typed.name)
        made, task_id = step_of(doc, given), doc.id
    elif "body" not in text:
        raise UsageError("what is to be run?", hint="itmsctl task run NAME, or --command TEXT, or --script FILE")
    else:
        environment = environment_of({}, given, declared_only=False)
        made = Step(text["type"], text["type"], text["body"], text["interpreter"], environment)
        task_id = None
    refuse_windows(made)
    return _limited(made, typed), task_id


def _limited(made: Step, typed: Typed) -> Step:
    limit = made.time_limit_s if typed.time_limit_s is None else check_time_limit(typed.time_limit_s)
    return replace(made, time_limit_s=limit or TIME_LIMIT_S, run_as=typed.run_as or made.run_as)
