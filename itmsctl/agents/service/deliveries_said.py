"""What deliveries have agents do: what is looked at, fetched from where, and run when (SW-16, SW-19, AGENT-20)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from itmsctl.agents.content import PackageContent
from itmsctl.agents.form import canonical, digest
from itmsctl.agents.service.deliverable import check_deliverable, delivery_steps_id, questions, step_said
from itmsctl.agents.service.duty_source import DutySource, suffix_of_delivery
from itmsctl.agents.service.horizon import TimesAhead
from itmsctl.agents.service.tasks_said import WhomTimed, said_of, timed_sources, times_within
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader
from itmsctl.errors import ItmsError
from itmsctl.schedules.service.schedules import SCHEDULES
from itmsctl.schedules.service.schedules import timing as timing_of
from itmsctl.schedules.service.zones import zone_of
from itmsctl.software.delivering import DeliveryQuestion
from itmsctl.software.service.deliveries import DELIVERIES
from itmsctl.tasks.service import switch


def delivery_sources(reader: Reader, computers: Collection[int], until: TimesAhead) -> Iterator[DutySource]:
    """Yield what deliveries have agents of computers do; nothing while the STOP switch is on.

    Computers that take packages from the same places, and to which the same applies, share a source.
    """
    if switch.is_on(reader):
        return
    for doc in DELIVERIES.list(reader, where=DELIVERIES.table.c.enabled):
        try:
            yield from _sources(reader, doc, computers, until)
        except ItmsError:
            continue  # `policy explain` says what is wrong with it


def _sources(reader: Reader, doc: Doc, computers: Collection[int], until: TimesAhead) -> Iterator[DutySource]:
    schedule = DELIVERIES.schedule_of(reader, doc)
    if schedule is None:
        return
    program, _, _ = DELIVERIES.work_of(reader, doc)
    check_deliverable(program, DELIVERIES.options_of(doc))
    ids = sorted(DELIVERIES.members(reader, doc).intersection(computers))
    asked = [questions(reader, ids, part) for part in program.steps]
    same = said_of(DELIVERIES, doc, schedule, delivery_steps_id(program)) | _later(reader, doc, until)
    alike: dict[str, tuple[list[dict[str, Any]], list[int], Sequence[DeliveryQuestion]]] = {}
    for computer in ids:
        mine = [one[computer] for one in asked]
        steps = [step_said(part, question) for part, question in zip(program.steps, mine, strict=True)]
        alike.setdefault(digest(canonical(steps)), (steps, [], mine))[1].append(computer)
    for key, (steps, members, first) in sorted(alike.items()):
        whom = WhomTimed(frozenset(members), suffix_of_delivery(key), _contents(steps, first))
        yield from timed_sources(reader, DELIVERIES, doc, schedule, until, partial(_duties, same, steps), whom)


def _duties(same: Mapping[str, Any], steps: Sequence[Any], times: Mapping[str, Any]) -> dict[str, Any]:
    return {"tasks": [{**same, "steps": steps, **times}]}


def _later(reader: Reader, doc: Doc, until: TimesAhead) -> dict[str, Any]:
    """Return when what is fetched by the schedule is run, where that has a schedule of its own."""
    if not (doc.fields["schedule"] and doc.fields["run_schedule"]):
        return {}
    schedule = SCHEDULES.get(reader, doc.fields["run_schedule"])
    zone = zone_of(schedule.fields["time_zone"], reader.server_zone)
    return {"later": times_within(timing_of(schedule), zone, until.begin, until)}


def _contents(steps: Sequence[Mapping[str, Any]], asked: Sequence[DeliveryQuestion]) -> tuple[PackageContent, ...]:
    """Return the packages whose files stand in the published folder: those that no server gives."""
    alone = {
        one["package"]["digest"]
        for step in steps
        for one in step["delivery"]["items"]
        if one["package"] and not one["sources"]
    }
    items = ((question, item) for question in asked for item in question.items if item.manifest is not None)
    found = {
        item.manifest.digest: PackageContent(
            item.manifest.digest,
            tuple((file.path, str(question.source(file.sha256)), file.mode) for file in item.manifest.files),
        )
        for question, item in items
        if item.manifest is not None and item.manifest.digest in alone
    }
    return tuple(found[key] for key in sorted(found))
