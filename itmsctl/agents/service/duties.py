"""What each computer has to do by its agent: basic inventory, what policies say, and when nothing may begin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from itmsctl.agents.content import gathering, part_of
from itmsctl.agents.service.deliveries_said import delivery_sources
from itmsctl.agents.service.duty_source import DutySource, key_of
from itmsctl.agents.service.horizon import TimesAhead, horizon
from itmsctl.agents.service.tasks_said import task_sources, timed_sources
from itmsctl.agents.service.windows_said import window_sources
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader
from itmsctl.inventory import wanted
from itmsctl.inventory.service.policies import INVENTORY_POLICIES

_USUAL_S = 86_400.0


def sources(reader: Reader, settings: Mapping[int, Doc], *, steady: bool = True) -> Iterator[DutySource]:
    """Yield the parts of policy beside basic inventory, each with whom it is for, of computers with these settings.

    Without `steady` those are left out that follow from more than documents of policies.
    """
    until = horizon(reader.now, settings.values())
    yield from _inventories(reader, until)
    yield from task_sources(reader, until)
    if steady:
        yield from delivery_sources(reader, settings.keys(), until)
        yield from window_sources(reader, settings.keys(), until)


def _inventories(reader: Reader, until: TimesAhead) -> Iterator[DutySource]:
    for doc in INVENTORY_POLICIES.list(reader, where=INVENTORY_POLICIES.table.c.enabled):
        duty = gathering(doc.guid, wanted.classes_of(doc.fields), doc.fields["every_s"] or _USUAL_S)
        if doc.fields["ignore_windows"]:
            duty["ignore_windows"] = True
        if not doc.fields["schedule"]:
            members = partial(INVENTORY_POLICIES.members, reader, doc)
            yield DutySource(key_of(doc.guid), part_of({"inventory": [duty]}), members)
            continue
        schedule = INVENTORY_POLICIES.schedule_of(reader, doc)
        assert schedule is not None
        yield from timed_sources(reader, INVENTORY_POLICIES, doc, schedule, until, partial(_timed, duty))


def _timed(duty: Mapping[str, Any], times: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of an inventory that is gathered at certain times, not after so long."""
    steady = {"every_s": times.get("every_s", 0)}
    return {"inventory": [{**duty, **times, **steady}]}
