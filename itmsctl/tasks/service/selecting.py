"""From a selector to computers with names: what `task run` starts with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TextIO

from itmsctl.cmdb.store import Store
from itmsctl.resources.service.selection import Selection, pick
from itmsctl.tasks.service.picking import picked
from itmsctl.tasks.service.runs import Picked


@dataclass(frozen=True, slots=True)
class Selected:
    """The computers of a selector, and the selector as text, for the record."""

    computers: list[Picked]
    selector: str


def select(
    store: Store, selection: Selection, target: str | None, *, stdin: TextIO, expect: int | None, maximum: int | None
) -> Selected:
    """Answer the computers that a selector picks.

    Raises SelectorRequiredError, NotFoundError where it picks none, SizeGuardError, and what the selector raises.
    """
    del target, stdin
    with store.read() as reader:
        ids = pick(reader, selection, expect=expect, maximum=maximum)
        return Selected(picked(reader, ids), text_of(selection, None))


def text_of(selection: Selection, target: str | None) -> str:
    """Answer a selector as it was typed."""
    parts = [
        f"--{name} {value}"
        for name, value in (
            ("target", target),
            ("where", selection.where),
            ("labels", selection.labels),
            ("site", selection.site),
            ("subnet", selection.subnet),
        )
        if value is not None
    ]
    return " ".join([*parts, *(["--all"] if selection.all else [])])
