"""Inventory policies as people see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader
from itmsctl.inventory import wanted
from itmsctl.policies.service.listing import NEVER_DUE, last_of
from itmsctl.schedules.timing import span
from itmsctl.values.predefined import guids


def rows(reader: Reader, docs: Sequence[Doc], *, last: bool = True) -> Iterator[dict[str, Any]]:
    """Yield policies with what they collect, what triggers them, whether they came with the database, the last time."""
    latest = last_of(reader, docs) if last else {}
    for doc in docs:
        f = doc.fields
        every = f"every {span(f['every_s'])}" if f["every_s"] else "at once"
        yield doc.as_dict() | {
            "collects": list(wanted.collected(f)),
            "trigger": f"schedule {f['schedule']}" if f["schedule"] else every,
            "predefined": doc.guid in guids(),
            **latest.get(doc.id, NEVER_DUE),
        }
