"""What each computer has to do by its agent: basic inventory, and what inventory policies say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from itmsctl.agents.content import gathering, part_of
from itmsctl.agents.service.duty_source import DutySource
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader
from itmsctl.inventory import wanted
from itmsctl.inventory.service.policies import INVENTORY_POLICIES

_USUAL_S = 86_400.0


def sources(reader: Reader, settings: Mapping[int, Doc]) -> Iterator[DutySource]:  # noqa: ARG001 - whom there are
    """Yield the parts of policy beside basic inventory, each with whom it is for, of computers with these settings."""
    yield from _inventories(reader)


def _inventories(reader: Reader) -> Iterator[DutySource]:
    for doc in INVENTORY_POLICIES.list(reader, where=INVENTORY_POLICIES.table.c.enabled):
        duty = gathering(doc.guid, wanted.classes_of(doc.fields), doc.fields["every_s"] or _USUAL_S)
        yield DutySource(doc.guid, part_of({"inventory": [duty]}), partial(INVENTORY_POLICIES.members, reader, doc))
