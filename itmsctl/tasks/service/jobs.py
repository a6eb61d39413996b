"""JOBS: the shelf of jobs (JOB-2), and the program that a run takes from one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import InputError, NotFoundError
from itmsctl.tasks.jobs import steps_of, written
from itmsctl.tasks.kinds import JOB
from itmsctl.tasks.program import JobStep, Program, checked
from itmsctl.tasks.rows import job_steps, tasks
from itmsctl.tasks.service.tasks import TASKS, check_time_limit, step_of
from itmsctl.tasks.step import TIME_LIMIT_S
from itmsctl.tasks.walk import conditions
from itmsctl.values.names import did_you_mean
from itmsctl.values.naming import naming
from itmsctl.values.parameters import declared

MAX_FILE_BYTES = 1 << 20


Given = Mapping[str, str | Sequence[str]]


class Jobs(Shelf):
    """All jobs. Their steps are rows of their own, so that a task in use is not removed."""

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Check the steps as a whole: tasks, parameters, conditions, roles. Raises InputError, NotFoundError."""
        found = dict(fields)
        if "steps" in found:
            found["steps"] = steps_of(found["steps"])
            program = _program(reader, name, found["steps"], {})
            conditions(program)
        return found

    def naming(self, reader: Reader, kind: str, ids: Collection[int]) -> list[int]:
        """Return the jobs whose documents name some of these: tasks that are their steps."""
        found = super().naming(reader, kind, ids)
        if kind == "task":
            mine = member_of(reader.connection, job_steps.c.task_id, ids)
            found += reader.connection.execute(sa.select(job_steps.c.job_id).where(mine)).scalars()
        return found

    def read_extra(self, reader: Reader, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return the steps of jobs."""
        statement = (
            sa.select(job_steps, tasks.c.name.label("task"))
            .join(tasks, tasks.c.id == job_steps.c.task_id)
            .where(job_steps.c.job_id.in_(list(ids)))
            .order_by(job_steps.c.job_id, job_steps.c.position)
        )
        found: dict[int, dict[str, Any]] = {id_: {"steps": []} for id_ in ids}
        for row in reader.connection.execute(statement) if ids else ():
            kept = {name: getattr(row, name) for name in _KEPT}
            found[row.job_id]["steps"].append(
                {"name": row.label, "task": row.task, "parameters": row.parameters or {}, **kept}
            )
        return found

    def write_extra(self, unit: UnitOfWork, before: Doc | None, doc: Doc) -> None:
        """Store the steps of a job."""
        if before is not None and before.fields["steps"] == doc.fields["steps"]:
            return
        unit.connection.execute(sa.delete(job_steps).where(job_steps.c.job_id == doc.id))
        for position, step in enumerate(doc.fields["steps"]):
            task = TASKS.get(unit, step["task"])
            values = {name: step[name] for name in _KEPT}
            unit.connection.execute(
                sa.insert(job_steps).values(
                    job_id=doc.id,
                    position=position,
                    label=step["name"],
                    task_id=task.id,
                    parameters=step["parameters"] or None,
                    **values,
                )
            )

    def before_remove(self, unit: UnitOfWork, doc: Doc) -> None:
        """Take the steps away."""
        unit.connection.execute(sa.delete(job_steps).where(job_steps.c.job_id == doc.id))

    def document_of(self, doc: Doc) -> dict[str, Any]:
        """Return the fields of a document: of each step what it would not have by itself."""
        return super().document_of(doc) | {"steps": [written(step) for step in doc.fields["steps"]]}


_KEPT = ("when", "on_error", "role", "retries", "backoff_s", "time_limit_s", "once")
JOBS = Jobs(JOB)


def job_file(path: str, stdin: BinaryIO) -> dict[str, Any]:
    """Read a job from a YAML file: `steps`, and perhaps `description`. Raises InputError with file, line and column."""
    from itmsctl.documents.yaml_reader import read_yaml

    documents = list(read_yaml(_bytes(path, stdin), path))
    if len(documents) != 1 or not isinstance(documents[0].value, Mapping):
        raise InputError(f"{path} does not hold one job", hint="steps: [{task: NAME}, ...]")
    document = documents[0]
    for name in document.value:
        if name not in {"steps", "description"}:
            hint = did_you_mean(str(name), ("steps", "description")) or "steps and description"
            raise InputError(f"{document.place(name)}: a job has no field `{name}`", hint=hint)
    found = {k: v for k, v in document.value.items() if k == "description" and v is not None}
    try:
        return found | {"steps": steps_of(document.value.get("steps"))}
    except InputError as error:
        place = document.root.blamed(error.details)
        error.message = f"{place}: {error.message}"
        error.details |= place.as_dict()
        raise


def _bytes(path: str, stdin: BinaryIO) -> bytes:
    if path == "-":
        return stdin.read(MAX_FILE_BYTES)
    try:
        with Path(path).expanduser().open("rb") as file:
            return file.read(MAX_FILE_BYTES)
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {path}") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read", why=error.strerror or str(error)) from error


def program_of(reader: Reader, name: str, given: Given) -> tuple[Program, int]:
    """Return the program of a job as its tasks are now, and its id.

    A parameter given goes to every step whose task declares it. Raises NotFoundError, InputError.
    """
    doc = JOBS.get(reader, name)
    return _program(reader, doc.name, doc.fields["steps"], given), doc.id


def _program(reader: Reader, name: str, documents: Sequence[Mapping[str, Any]], given: Given) -> Program:
    used: set[str] = set()
    known: set[str] = set()
    parts = []
    for position, document in enumerate(documents):
        with naming("steps", position, "task"):
            task = TASKS.get(reader, document["task"])
        own = set(declared(task.fields))
        known |= own
        mine = {k: v for k, v in given.items() if k in own}
        used |= mine.keys()
        parts.append(_step(task, position, document, mine))
    unknown = sorted(given.keys() - used)
    if unknown:
        hint = did_you_mean(unknown[0], known) or f"declared: {', '.join(sorted(known)) or 'none'}"
        error = InputError(f"no task of job `{name}` has a parameter `{unknown[0]}`", hint=hint)
        raise error.about("parameters", unknown[0], key=True)
    return Program(name, checked(parts), "job")


def _step(task: Doc, position: int, document: Mapping[str, Any], given: Given) -> JobStep:
    try:
        made = step_of(task, {**document["parameters"], **given})
    except InputError as error:
        error.message = f"step `{document['name']}`: {error.message}"
        inside = error.details.get("inside", ())
        if not given.keys() & set(inside):  # which are not the job's
            error.about("steps", position, "parameters", *inside, key=error.details.get("key", False))
        raise
    limit = document["time_limit_s"]
    with naming("steps", position, "time_limit"):
        limit = check_time_limit(limit) if limit is not None else made.time_limit_s or TIME_LIMIT_S
    made = replace(made, time_limit_s=limit)
    return JobStep(
        document["name"], made, document["when"], document["on_error"], document["role"], document["retries"],
        document["backoff_s"], document["once"],
    )  # fmt: skip
