"""Which deliveries agents can carry out by themselves, and how policy says their steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from itmsctl.agents.form import canonical, digest
from itmsctl.agents.service.doable import WHY, check_alone, place_said, script_said
from itmsctl.cmdb.work import Reader
from itmsctl.errors import InputError
from itmsctl.packages.detection.probing import LINUX, probe
from itmsctl.packages.detection.reading import parse
from itmsctl.packages.fetching import want_lines
from itmsctl.packages.manifest import PackageManifest
from itmsctl.packages.service.running import program_of, run_environment, run_names, run_text
from itmsctl.packages.stock import known_by, listing, needed, piece_listing
from itmsctl.software.action import TASK_KIND
from itmsctl.software.delivering import DeliveryItem, DeliveryQuestion
from itmsctl.software.service.asked import questions_of
from itmsctl.tasks.catalogue import operations_of
from itmsctl.tasks.operations import Errand
from itmsctl.tasks.options import RunOptions
from itmsctl.tasks.program import JobStep, Program
from itmsctl.transports.outcome import Command

_MOST_TOLD = 2 << 20  # bytes of what is told of the files of one package


def check_deliverable(program: Program, options: RunOptions) -> None:
    """Raise InputError where agents cannot carry out the steps of a delivery by themselves."""
    check_alone(options)
    for part in program.steps:
        if part.step.type != TASK_KIND or part.when:
            raise InputError(f"step `{part.label}` follows from what others came to", why=WHY)
        if _arguments(part)["defer"]:
            raise InputError("users may put it off, and agents ask nobody", why=WHY)


def questions(reader: Reader, ids: Sequence[int], part: JobStep) -> Mapping[int, DeliveryQuestion]:
    """Return what a step asks of each computer. Raises what refuses it."""
    found = questions_of(reader, ids, _arguments(part))
    for one in found.values():
        if one.refused is not None:
            raise one.refused
    return found


def delivery_steps_id(program: Program) -> str:
    """Return what the steps of a delivery are known by, whoever carries them out, and from wherever packages come."""
    said = [{"label": part.label, "run_as": part.step.run_as, **part.step.arguments} for part in program.steps]
    return digest(canonical(said))[:32]


def is_of_delivery(program: Program) -> bool:
    """Return whether a program is that of a delivery."""
    return bool(program.steps) and all(part.step.type == TASK_KIND for part in program.steps)


def named_by(part: JobStep) -> Sequence[str]:
    """Return the software that a step is about; of other steps none."""
    return list(_arguments(part)["software"]) if part.step.type == TASK_KIND else []


def step_said(part: JobStep, question: DeliveryQuestion) -> dict[str, Any]:
    """Return a step as policy says it to computers with a question. Raises InputError for what cannot be said."""
    arguments, system = _arguments(part), question.family or LINUX
    if system not in {LINUX, "macos"}:
        raise InputError("it is for Windows too", why=WHY)
    items = [_item(one, arguments, question, system) for one in question.items]
    command = _command(part, question.items[0], arguments, system) if not arguments["stage"] else None
    return {
        **place_said(part),
        "once": True,
        "idempotent": False,
        "interpreter": "sh",
        **(script_said(command) if command else {"launcher": "", "script": ""}),
        "run_as": command.run_as if command else part.step.run_as,
        "limit_s": command.time_limit_s if command else part.step.time_limit_s,
        "success": [[0, 0]],
        "retry": [],
        "outside": part.outside,
        "later": part.not_before is not None,
        "delivery": {
            "action": arguments["action"],
            "stage": arguments["stage"],
            "reboot": arguments["reboot"],
            "cache": arguments["cache"] or "",
            "fetch_s": part.step.time_limit_s,
            "items": items,
        },
    }


def _arguments(part: JobStep) -> Mapping[str, Any]:
    (found,) = operations_of(part.step)
    assert isinstance(found, Errand)
    return found.options


def _item(item: DeliveryItem, arguments: Mapping[str, Any], question: DeliveryQuestion, system: str) -> dict[str, Any]:
    manifest = item.manifest
    program = program_of(manifest, item.program, system) if manifest is not None else None
    servers = question.servers.get(manifest.digest, ()) if manifest is not None else ()
    return {
        "software": item.software,
        "rule": item.rule,
        "probe": probe([parse(item.rule)], system) if item.rule else "",
        "inapplicable": question.inapplicable.get(item.software),
        "package": _package(manifest) if manifest is not None else None,
        "program": item.program,
        "codes": {str(code): said for code, said in program.codes.items()} if program is not None else {},
        "reboot": arguments["reboot"] or (program.reboot if program is not None else None),
        "sources": [one.url for one in servers],
    }


def _package(manifest: PackageManifest) -> dict[str, Any]:
    said = {
        **known_by(manifest),
        "name": manifest.name,
        "size": manifest.size,
        "files": listing(manifest).decode(),
        "pieces": piece_listing(manifest).decode(),
        "wants": want_lines(manifest).decode(),
        "manifest": manifest.canonical().decode(),
        "need": needed(manifest),
    }
    if sum(len(one) for one in said.values() if isinstance(one, str)) > _MOST_TOLD:
        raise InputError(f"{manifest.name} has too many files for an agent's policy", why=WHY)
    return said


def _command(part: JobStep, item: DeliveryItem, arguments: Mapping[str, Any], system: str) -> Command | None:
    manifest = item.manifest
    if manifest is None:
        return None
    program = program_of(manifest, item.program, system)
    names = run_names(manifest, program, system, None, arguments["reboot"])
    return Command(
        "agent",
        run_text(names, arguments["cache"] or ""),
        environment=run_environment(manifest),
        run_as=part.step.run_as or program.run_as,
        time_limit_s=min(part.step.time_limit_s, program.limit_s),
    )
