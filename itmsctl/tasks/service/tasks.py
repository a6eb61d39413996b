"""TASKS: the shelf of tasks (JOB-1), and what a run takes from one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.cmdb.shelf import Doc, Outcome, Shelf
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import InputError
from itmsctl.tasks.kinds import TASK
from itmsctl.tasks.service.rows import tasks
from itmsctl.tasks.step import TIME_LIMIT_S, Step, check_body, environment_of

MAX_TIME_LIMIT_S = 7 * 86400.0


class Tasks(Shelf):
    """All tasks."""

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Check text, parameters and limits. Raises InputError."""
        existing = self.find(reader, name)
        checked = dict(fields)
        if existing is None or "interpreter" in checked:
            checked["interpreter"] = checked.get("interpreter") or "sh"
        if checked.get("body") or existing is None:
            known = existing.fields if existing is not None else {}
            check_body(checked.get("body") or "", checked.get("interpreter") or known["interpreter"])
        if checked.get("time_limit_s") is not None:
            check_time_limit(checked["time_limit_s"])
        environment_of(checked.get("parameters") or {}, {}, declared_only=False)
        return checked

    def clone(self, unit: UnitOfWork, name: str, new_name: str) -> Outcome:
        """Add a copy under another name, with a GUID of its own (JOB-4). Raises NotFoundError, NameTakenError."""
        return self.add(unit, new_name, self.get(unit, name).fields)


def check_time_limit(seconds: float) -> float:
    """Answer a time limit that makes sense; raise InputError for another."""
    if not 0 < seconds <= MAX_TIME_LIMIT_S:
        raise InputError(f"a time limit of {seconds:g} s", hint="more than nothing, at most a week: 30s, 15m, 2h")
    return seconds


TASKS = Tasks(TASK, tasks)


def step_of(doc: Doc, given: Mapping[str, str]) -> Step:
    """Answer the step that a task makes with these parameters. Raises InputError for one that it does not declare."""
    f = doc.fields
    return Step(
        name=doc.name,
        type=f["type"],
        body=f["body"],
        interpreter=f["interpreter"],
        environment=environment_of(f["parameters"] or {}, given, declared_only=True),
        run_as=f["run_as"],
        time_limit_s=f["time_limit_s"] or TIME_LIMIT_S,
        idempotent=bool(f["idempotent"]),
        destructive=bool(f["destructive"]),
    )
