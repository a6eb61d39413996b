"""What each computer has to do by its agent: basic inventory, what policies say, and when nothing may begin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from itmsctl.agents.content import gathering, part_of
from itmsctl.agents.service.duty_source import DutySource
from itmsctl.agents.service.horizon import horizon
from itmsctl.agents.service.tasks_said import task_sources
from itmsctl.agents.service.windows_said import window_sources
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader
from itmsctl.inventory import wanted
from itmsctl.inventory.service.policies import INVENTORY_POLICIES

_USUAL_S = 86_400.0


def sources(reader: Reader, settings: Mapping[int, Doc]) -> Iterator[DutySource]:
    """Yield the parts of policy beside basic inventory, each with whom it is for, of computers with these settings."""
    until = horizon(reader.now, settings.values())
    yield from _inventories(reader)
    yield from task_sources(reader, until)
    yield from window_sources(reader, settings.keys(), until)


def _inventories(reader: Reader) -> Iterator[DutySource]:
    for doc in INVENTORY_POLICIES.list(reader, where=INVENTORY_POLICIES.table.c.enabled):
        duty = gathering(doc.guid, wanted.classes_of(doc.fields), doc.fields["every_s"] or _USUAL_S)
        if doc.fields["ignore_windows"]:
            duty["ignore_windows"] = True
        yield DutySource(doc.guid, part_of({"inventory": [duty]}), partial(INVENTORY_POLICIES.members, reader, doc))
