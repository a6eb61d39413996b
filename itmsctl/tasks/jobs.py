"""What people write of a job: its steps as texts and numbers, checked and made whole (JOB-2, JOB-3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from itmsctl.errors import InputError
from itmsctl.tasks.program import BACKOFF_S
from itmsctl.values.kind import Type
from itmsctl.values.names import did_you_mean
from itmsctl.values.times import seconds
from itmsctl.values.types import meaning


def label_of(task: str) -> str:
    """Return the name of a step that was given none: that of its task, as far as it can be one."""
    label = re.sub(r"[^a-z0-9]+", "_", task.casefold()).strip("_")
    return label if label[:1].isalpha() else f"step_{label}"


def step_document(given: Any, where: str, *position: int) -> dict[str, Any]:
    """Return one step with every field, as a job keeps it; `where` says in an error which step it is.

    Raises InputError for a field that steps do not have, or a value that it does not take.
    """
    if isinstance(given, str):
        given = {"task": given}
    if not isinstance(given, Mapping):
        hint = "- {task: NAME, on_error: continue}"
        raise InputError(f"{where}: a step is a task's name, or fields", hint=hint).about("steps", *position)
    kept_names = {kept for kept, _, _ in _FIELDS.values()}  # a job that is stored may be given again
    for name in given:
        if name not in _FIELDS and name not in kept_names:
            error = InputError(f"{where}: a step has no field `{name}`", hint=did_you_mean(str(name), _FIELDS))
            raise error.about("steps", *position, name, key=True)
    if not isinstance(given.get("task"), str):
        raise InputError(f"{where}: which task?", hint="task: NAME; itmsctl task list").about("steps", *position)
    document: dict[str, Any] = {}
    for name, (kept, read, default) in _FIELDS.items():
        value = given.get(name, given.get(kept))
        try:
            document[kept] = default if value is None else read(value)
        except (InputError, ValueError, TypeError) as error:
            what = f"{where}: `{value}` is no value for `{name}`"
            raise InputError(what, why=str(error)).about("steps", *position, name) from None
    document["name"] = document["name"] or label_of(document["task"])
    return document


def steps_of(given: Any) -> list[dict[str, Any]]:
    """Return the steps of a job. Raises InputError that names the step."""
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise InputError("the steps of a job are a list", hint="steps: [{task: NAME}, ...]").about("steps")
    return [step_document(step, f"step {n + 1}", n) for n, step in enumerate(given)]


def written(step: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored step as a file says it: its task, and what it would not have by itself."""
    alone = step_document(step["task"], "")
    said = {name: step[kept] for name, (kept, _, _) in _FIELDS.items() if step[kept] != alone[kept]}
    return {name: step["task"] if name == "task" else said[name] for name in _FIELDS if name == "task" or name in said}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a text is expected")
    return value


def _span(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else seconds(str(value))


def _parameters(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ValueError("names and values are wanted")
    return {str(k): "" if v is None else _text(v) for k, v in value.items()}


# What people write -> (what is kept, how it is read, what it is when nothing was written).
_FIELDS: dict[str, tuple[str, Callable[[Any], Any], Any]] = {
    "name": ("name", _text, None),
    "task": ("task", _text, None),
    "parameters": ("parameters", _parameters, {}),
    "when": ("when", _text, None),
    "on_error": ("on_error", _text, "stop"),
    "role": ("role", _text, "normal"),
    "retries": ("retries", meaning(Type.INT).value, 0),
    "backoff": ("backoff_s", _span, BACKOFF_S),
    "time_limit": ("time_limit_s", _span, None),
    "once": ("once", meaning(Type.BOOL).value, False),
}
