"""Deliveries as people see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader
from itmsctl.errors import ItmsError
from itmsctl.policies.service.listing import with_last
from itmsctl.software.service.deliveries import DELIVERIES


def rows(reader: Reader, docs: Sequence[Doc], *, last: bool = True) -> Iterator[dict[str, Any]]:
    """Return deliveries with what triggers them and the last time."""
    return with_last(reader, docs, lambda doc: {"trigger": _trigger(doc)}, last=last)


def _trigger(doc: Doc) -> str:
    fetch, run = doc.fields["schedule"], doc.fields["run_schedule"]
    if fetch and run:
        return f"fetched by {fetch}, run by {run}"
    return f"schedule {fetch or run}" if fetch or run else "at once"


def steps(reader: Reader, doc: Doc) -> list[dict[str, Any]]:
    """Return its steps in their order, each with why; that they cannot be is one row that says so."""
    try:
        planned = DELIVERIES.planned(reader, doc)
    except ItmsError as error:
        return [{"software": "", "action": "", "because": error.message}]
    return [{"software": one.software, "action": one.action, "because": one.because} for one in planned]
