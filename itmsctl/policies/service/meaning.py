"""What a policy means: its program, its options, its way to computers, and whether that fits together.

It stands apart from the shelf: who lists policies needs none of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader
from itmsctl.errors import FieldError, InputError, ItmsError, UsageError
from itmsctl.policies.events import read_event
from itmsctl.policies.kinds import AGENT
from itmsctl.security.service.credential_shelf import CREDENTIALS
from itmsctl.security.via import Via
from itmsctl.targeting import selector
from itmsctl.targeting.service import names, picking
from itmsctl.targeting.service.targets import named
from itmsctl.tasks import service as tasks
from itmsctl.tasks.options import RunOptions, share
from itmsctl.tasks.program import Program
from itmsctl.values.naming import naming

WAYS = "--profile NAME, --credential NAME, --key FILE, --agent, or --transport openssh"


def checked(reader: Reader, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields as they are stored, each judged by itself; key files become absolute. Raises InputError."""
    from pathlib import Path

    found = dict(fields)
    if found.get("event"):
        with naming("event"):
            found["event"] = read_event(found["event"])
    if found.get("target"):
        with naming("target"):
            _check_target(found["target"])
    if found.get("key_files"):
        found["key_files"] = [str(Path(k).expanduser().absolute()) for k in found["key_files"]]
    if (found.get("payload_kbit") or 0) < 0:
        raise FieldError("a run moves no less than nothing", hint="--payload-kbit 0 or more").about("payload_kbit")
    if found.get("health"):
        with naming("health"):
            tasks.check_health(reader, found["health"])
    return found


def check_whole(reader: Reader, doc: Doc) -> None:
    """Raise where the fields of a policy do not fit together, or name what is not there."""
    f = doc.fields
    if bool(f["task"]) == bool(f["job"]):
        raise FieldError("a policy runs one task or one job", hint="--task NAME or --job NAME").about("job")
    program, _, _ = work_of(reader, doc)
    if program.inside and not reaches(f):
        raise UsageError("a policy keeps how computers are reached, and nothing is named", hint=WAYS)
    check_means(reader, doc)


def check_means(reader: Reader, doc: Doc) -> None:
    """Raise where what says how, whom and by which credentials does not fit, or names what is not there."""
    options_of(doc)
    for position, name in enumerate(via_of(doc).credentials):
        with naming("credentials", position):
            CREDENTIALS.get(reader, name)
    with naming("target"):
        picking.resolve(reader, doc.fields["target"])


def reaches(fields: Mapping[str, Any]) -> bool:
    """Return whether fields say how computers are reached: a policy does not guess."""
    named = (fields[name] for name in ("profile", "key_files", "credentials", "use_agent"))
    return any(named) or fields["transport"] in {"local", "openssh", AGENT}


def work_of(reader: Reader, doc: Doc) -> tuple[Program, int | None, int | None]:
    """Return the program as its task or job is now, and the id of that. Raises InputError for a wrong parameter."""
    f = doc.fields
    given = f["parameters"] or {}
    try:
        if f["job"]:
            program, job_id = tasks.program_of(reader, f["job"], given)
            return program, None, job_id
        step, task_id = tasks.step(reader, tasks.Typed(f["task"], parameters=given))
    except ItmsError as error:
        inside = error.details.get("inside", ())
        is_given = error.details.get("field") == "parameters" and given.keys() & set(inside)
        raise error if is_given else error.about("job" if f["job"] else "task") from None
    return Program.of(step), task_id, None


def options_of(doc: Doc) -> RunOptions:
    """Return how its runs go about their computers: they wait for absent ones, and ticks drive them."""
    f = doc.fields
    with naming("gate_success"):
        success = share(f["gate_success"]) if f.get("gate_success") is not None else None
    return RunOptions(
        batch=f.get("batch"),
        rings=f.get("rings"),
        seed=f.get("seed") or (doc.name if f.get("rings") or f.get("splay_s") else ""),
        max_fail=f.get("max_fail"),
        gate_success=success,
        soak_s=f.get("soak_s") or 0.0,
        health=f.get("health"),
        splay_s=f.get("splay_s") or 0.0,
        deadline_s=f["deadline_s"],
        waits=True,
        background=True,
        ignore_windows=bool(f["ignore_windows"]),
    )


def via_of(doc: Doc) -> Via:
    """Return how its computers are reached."""
    f = doc.fields
    return Via.of_fields(
        f if f["transport"] != AGENT else {**f, "transport": None},
        key_files=tuple(f["key_files"]),
        credentials=tuple(f["credentials"]),
        accept_new=bool(f["accept_new"]),
        profile=f["profile"],
    )


def _check_target(text: str) -> None:
    if text.strip() == picking.STDIN:
        raise InputError("a policy looks its target up each time: standard input is there once", hint="--target NAME")
    _refuse_files(selector.parse(text))


def _refuse_files(node: selector.Selector) -> None:
    if isinstance(node, selector.Joined):
        _refuse_files(node.left)
        _refuse_files(node.right)
    elif isinstance(node, selector.SelectorSource) and ":" not in node.text:
        raise InputError(f"a policy takes no file as its target: `@{node.text}`", hint="add a filter or a target")


def named_by(reader: Reader, node: selector.Selector) -> set[int]:
    """Return the collections that a selector names."""
    if isinstance(node, selector.Joined):
        return named_by(reader, node.left) | named_by(reader, node.right)
    return {named(reader, node, names.ALL_KINDS).id} if isinstance(node, selector.Name) else set()
