"""TASKS: the shelf of tasks (JOB-1), and what a run takes from one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.nature import AskedChange
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import InputError
from itmsctl.tasks.action import Action
from itmsctl.tasks.catalogue import action
from itmsctl.tasks.codes import code_set, codes
from itmsctl.tasks.kinds import TASK
from itmsctl.tasks.rows import job_steps, jobs
from itmsctl.tasks.shebang import named_interpreter
from itmsctl.tasks.step import Step, check_body, environment_of, given_parameters
from itmsctl.values.naming import naming
from itmsctl.values.parameters import declared
from itmsctl.values.times import seconds

MAX_TIME_LIMIT_S = 7 * 86400.0
_CODES = ("success_codes", "reboot_codes", "retry_codes")


class Tasks(Shelf):
    """All tasks."""

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Check kind, text or arguments, parameters, limits and codes. Raises InputError."""
        existing = self.find(reader, name)
        checked = dict(fields)
        if checked.get("type") and existing is None:
            kind = action(checked["type"])
            checked.setdefault("idempotent", kind.idempotent)
            checked.setdefault("destructive", kind.destructive)
        whole = (existing.fields if existing is not None else {}) | checked
        checked |= _content(whole, checked, new=existing is None)
        checked |= _codes(whole, checked)
        if checked.get("time_limit_s") is not None:
            with naming("time_limit_s"):
                check_time_limit(checked["time_limit_s"])
        if "parameters" in checked or "parameter_types" in checked:
            environment_of(dict.fromkeys(declared(whole), ""))
        return checked

    def changing(self, unit: UnitOfWork, before: Doc, asked: AskedChange) -> Mapping[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the changes; of the arguments too, those that are not named are left alone, an empty one goes."""
        if asked.whole or not asked.changes.get("arguments") or "type" in asked.changes:
            return asked.changes
        merged = (before.fields["arguments"] or {}) | at_home(before.fields["type"], asked.changes["arguments"])
        return {**asked.changes, "arguments": {key: value for key, value in merged.items() if value}}

    def fields_of(self, spec: Mapping[str, Any], folder: Path) -> dict[str, Any]:
        """Return the fields that a document says; paths of this machine count from where it stands."""
        kind, arguments = spec.get("type"), spec.get("arguments")
        if not arguments or kind is None:
            return dict(spec)
        return {**spec, "arguments": at_home(kind, arguments, folder)}

    def before_remove(self, unit: UnitOfWork, doc: Doc) -> None:
        """Refuse where a job has it as a step. Raises InUseError."""
        using = sa.select(jobs.c.name).join(job_steps, job_steps.c.job_id == jobs.c.id)
        names = unit.connection.execute(
            using.where(job_steps.c.task_id == doc.id).distinct().order_by(jobs.c.name).limit(6)
        ).scalars()
        self.refuse_while(doc, [f"job `{name}`" for name in names])


def at_home(kind: str, arguments: Mapping[str, str], folder: Path = Path()) -> dict[str, str]:
    """Return arguments with paths of this machine made whole: they count from where the task was typed, or stands."""
    local = {a.name for a in action(kind).arguments if a.type == "local"}
    return {
        name: str((folder / Path(value).expanduser()).absolute()) if name in local and value else value
        for name, value in arguments.items()
    }


def _content(whole: Mapping[str, Any], checked: Mapping[str, Any], *, new: bool) -> dict[str, Any]:
    """Return the fields that say what is done, as they are stored: a text with its interpreter, or arguments."""
    kind = action(whole["type"])
    if kind.has_text:
        if checked.get("arguments"):
            raise InputError(
                f"a {kind.name} takes no arguments", hint="--parameter declares what its text is given"
            ).about("arguments")
        said = checked.get("interpreter") or named_interpreter(checked.get("body") or "")
        interpreter = said or whole.get("interpreter") or "sh"
        if new or checked.keys() & {"type", "body", "interpreter"}:
            check_body(whole.get("body") or "", interpreter)
            return {"interpreter": interpreter, "arguments": {}}
        return {}
    if checked.get("body") or checked.get("interpreter"):
        text = "body" if checked.get("body") else "interpreter"
        hint = "itmsctl task kinds shows its arguments"
        raise InputError(f"a task of kind {kind.name} has no text", hint=hint).about(text)
    if whole.get("run_as") and (kind.side == "server" or kind.name in {"copy", "copy-tree", "fetch"}):
        who = "the user who runs the job" if kind.side == "server" else "the login user"
        raise InputError(f"a task of kind {kind.name} is done by {who}", hint="leave out --run-as").about("run_as")
    return {"arguments": kind.written(whole.get("arguments") or {}), "body": None, "interpreter": None}


def _codes(whole: Mapping[str, Any], checked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sets of exit codes in their one form."""
    if not any(checked.get(name) is not None for name in _CODES):
        return {}
    said = {name: whole.get(name) or default for name, default in zip(_CODES, ("0", "", ""), strict=True)}
    for name, text in said.items():
        with naming(name):
            code_set(text)
    with naming("retry_codes"):
        found = codes(*said.values())
    texts = (str(found.success), str(found.reboot), str(found.retry))
    return {name: text or None for name, text in zip(_CODES, texts, strict=True) if checked.get(name) is not None}


def check_time_limit(limit_s: float) -> float:
    """Return a time limit that makes sense; raise InputError for another."""
    if not 0 < limit_s <= MAX_TIME_LIMIT_S:
        raise InputError(f"a time limit of {limit_s:g} s", hint="more than nothing, at most a week: 30s, 15m, 2h")
    return limit_s


TASKS = Tasks(TASK)


def step_of_kind(kind: Action, given: Mapping[str, str], *, timeout: str | None, run_as: str | None) -> Step:
    """Return the step of a kind of task that is no stored one; arguments that say nothing count as not given.

    Raises InputError.
    """
    return Step(
        kind.name,
        kind.name,
        arguments=kind.written({name: value for name, value in given.items() if value}),
        run_as=run_as,
        time_limit_s=kind.time_limit_s if timeout is None else check_time_limit(seconds(timeout)),
        idempotent=kind.idempotent,
    )


def step_of(doc: Doc, given: Mapping[str, str | Sequence[str]]) -> Step:
    """Return the step that a task makes with these parameters. Raises InputError for what it does not declare."""
    f = doc.fields
    kind = action(f["type"])
    environment, checks = given_parameters(declared(f), given)
    return Step(
        name=doc.name,
        type=f["type"],
        body=f["body"] or "",
        interpreter=f["interpreter"] or "sh",
        environment=environment,
        run_as=f["run_as"],
        time_limit_s=f["time_limit_s"] or kind.time_limit_s,
        idempotent=bool(f["idempotent"]),
        destructive=bool(f["destructive"]),
        arguments=dict(f["arguments"] or {}),
        success_codes=f["success_codes"] or "0",
        reboot_codes=f["reboot_codes"] or "",
        retry_codes=f["retry_codes"] or "",
        checks=checks,
    )
