"""From a selector to computers with names: what `task run` starts with."""

from __future__ import annotations

from collections.abc import Iterable

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.resources.service.selection import ComputerSelection, ordered_ids
from itmsctl.resources.service.selection import pick as pick_plain
from itmsctl.tasks.service.guarding import picked
from itmsctl.tasks.service.runs import Picked
from itmsctl.values.lean import dataclass


@dataclass(frozen=True)
class Selected:
    """The computers of a selector, and the selector as text, for the record.

    `stale` tells that stored membership lagged behind: the computers are those of the membership as it should be.
    """

    computers: list[Picked]
    selector: str
    stale: bool = False


def select(
    store: Store,
    selection: ComputerSelection,
    target: str | None,
    *,
    stdin: Iterable[str],
    expect: int | None = None,
    maximum: int | None = None,
) -> Selected:
    """Return the computers that a selector picks. Writes nothing: membership that lags is worked out and rolled back.

    Raises SelectorRequiredError, NotFoundError where it picks none, SizeGuardError, and what the selector raises.
    """
    text = text_of(selection, target)
    if target is None:
        with store.read() as reader:
            return Selected(picked(reader, pick_plain(reader, selection, expect=expect, maximum=maximum)), text)
    from itmsctl.targeting.service import picking, update

    def pick(reader: Reader) -> list[Picked]:
        return picking.pick(reader, selection, target=target, stdin=stdin, expect=expect, maximum=maximum)

    with store.read() as reader:
        stale = picking.uses_membership(target) and update.wanted(reader)
        if not stale:
            return Selected(pick(reader), text)

    def fresh(unit: UnitOfWork) -> list[Picked]:
        update.freshen(unit, store.clock)
        return pick(unit)

    return Selected(store.write(fresh, dry_run=True), text, stale=True)


def check_health(reader: Reader, text: str) -> None:
    """Make sure that a health query can be asked; raise ExpressionError."""
    ordered_ids(reader, ComputerSelection(where=text), limit=0)


def freshen(store: Store) -> None:
    """Bring stored membership up to date."""
    from itmsctl.targeting.service import update

    store.write(lambda unit: update.freshen(unit, store.clock))


def text_of(selection: ComputerSelection, target: str | None) -> str:
    """Return a selector as it was typed."""
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
