"""From what was typed to the step of a run: a stored task with its parameters, or a command or script typed at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from itmsctl.cmdb.work import Reader
from itmsctl.documents.files import read_text
from itmsctl.errors import InputError, NotFoundError, UsageError
from itmsctl.tasks.catalogue import action, every_action
from itmsctl.tasks.service.tasks import TASKS, at_home, check_time_limit, step_of
from itmsctl.tasks.shebang import named_interpreter
from itmsctl.tasks.step import (
    MAX_BODY_BYTES,
    TIME_LIMIT_S,
    Step,
    check_body,
    environment_of,
)
from itmsctl.values.lean import dataclass
from itmsctl.values.typed import ValueType

_SUFFIXES = {".py": "python", ".ps1": "powershell", ".bash": "bash"}


@dataclass(frozen=True)
class Typed:
    """What was typed of a task: a name, a text, or a kind with arguments. Values of parameters may be lists."""

    name: str | None = None
    command: str | None = None
    script: str | None = None
    interpreter: str | None = None
    parameters: Mapping[str, str | Sequence[str]] | None = None
    time_limit_s: float | None = None
    run_as: str | None = None
    kind: str | None = None
    arguments: Mapping[str, str] | None = None

    def text(self) -> dict[str, Any]:
        """Return the fields `type`, `body`, `interpreter` and `arguments` that were typed; empty where none was.

        Raises UsageError where a text was typed twice or with a kind, NotFoundError or InputError for a file.
        """
        if self.command is not None and self.script is not None:
            raise UsageError("--command and --script are both given", hint="one task has one text")
        if self.kind is not None or self.arguments:
            return self._of_kind()
        if self.command is not None:
            found: dict[str, Any] = {"type": "command", "body": self.command}
            interpreter = self.interpreter or named_interpreter(self.command) or "sh"
        elif self.script is not None:
            found = {"type": "script", "body": read_text(self.script, MAX_BODY_BYTES)}
            by_name = _SUFFIXES.get(Path(self.script).suffix, "sh")
            interpreter = self.interpreter or named_interpreter(found["body"]) or by_name
        else:
            return {} if self.interpreter is None else {"interpreter": self.interpreter}
        check_body(found["body"], interpreter)
        return found | {"interpreter": interpreter}

    def _of_kind(self) -> dict[str, Any]:
        given = "--command" if self.command is not None else "--script" if self.script is not None else ""
        if given or self.interpreter:
            raise UsageError(
                f"{given or '--interpreter'} and a kind or its arguments are both given",
                hint="--command and --script are kinds themselves; --kind names another",
            )
        if self.kind is None:
            return {"arguments": dict(self.arguments or {})}
        if action(self.kind).has_text:
            raise UsageError(f"a {self.kind} needs its text", hint=f"--{self.kind} instead of --kind {self.kind}")
        return {"type": self.kind, "arguments": at_home(self.kind, self.arguments or {})}


def read_parameters(path: str) -> dict[str, str | list[str]]:
    """Return the values of parameters that a YAML file gives: a map of names to texts, or to lists of texts.

    Raises NotFoundError, InputError, FileFormatError.
    """
    from itmsctl.documents.yaml_reader import read_yaml

    try:
        data = Path(path).expanduser().read_bytes()
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {path}") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read", why=error.strerror or str(error)) from error
    found: dict[str, str | list[str]] = {}
    for document in read_yaml(data, path):
        if not isinstance(document.value, dict):
            raise InputError(f"{document.place()}: a map of parameters is expected", hint="write it as NAME: VALUE")
        for name, value in document.value.items():
            whole = isinstance(value, str) or (isinstance(value, list) and all(isinstance(v, str) for v in value))
            if not whole:
                raise InputError(f"{document.place(name)}: `{name}` is no text and no list of texts")
            found[name] = value
    return found


def kinds() -> Iterator[dict[str, Any]]:
    """Yield every kind of task as a flat object; an argument that is needed stands without brackets."""
    for kind in every_action():
        shown = [f"{a.name}={a.type}" if a.required else f"[{a.name}={a.type}]" for a in kind.arguments]
        yield {
            "name": kind.name,
            "side": kind.side,
            "arguments": shown,
            "help": kind.help,
            "idempotent": kind.idempotent,
            "destructive": kind.destructive,
            "time_limit_s": kind.time_limit_s,
        }


def step(reader: Reader, typed: Typed) -> tuple[Step, int | None]:
    """Return the step to run, and the id of its task where it is a stored one.

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
        made = Step(text["type"], text["type"], text["body"], text["interpreter"], _undeclared(given))
        task_id = None
    return _limited(made, typed), task_id


def _undeclared(given: Mapping[str, str | Sequence[str]]) -> dict[str, str]:
    """Return the environment of a text typed at once: whatever is given is text, or a list of texts."""
    kinds = {name: ValueType("text" if isinstance(value, str) else "list") for name, value in given.items()}
    return environment_of({name: kinds[name].written(value, f"parameter `{name}`") for name, value in given.items()})


def _limited(made: Step, typed: Typed) -> Step:
    limit = made.time_limit_s if typed.time_limit_s is None else check_time_limit(typed.time_limit_s)
    return replace(made, time_limit_s=limit or TIME_LIMIT_S, run_as=typed.run_as or made.run_as)
