"""Inventory policies as people see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader
from itmsctl.inventory import wanted
from itmsctl.policies.service.gathering import trigger
from itmsctl.policies.service.listing import with_last
from itmsctl.values.predefined import guids


def rows(reader: Reader, docs: Sequence[Doc], *, last: bool = True) -> Iterator[dict[str, Any]]:
    """Return policies with what they collect, what triggers them, whether they are predefined, and the last time."""

    def meant(doc: Doc) -> dict[str, Any]:
        collects = list(wanted.collected(doc.fields))
        return {"collects": collects, "trigger": trigger(doc), "predefined": doc.guid in guids()}

    return with_last(reader, docs, meant, last=last)
