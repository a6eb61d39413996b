"""Computers that a selection picks, changed alike or removed: all or none, in one change-set, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from itmsctl.cmdb.bulk import no_collector
from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.guards import refuse_guarded
from itmsctl.cmdb.lists import Adjustment, adjusted
from itmsctl.cmdb.several import set_one, would_change
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.stored import PAGE
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import FieldError
from itmsctl.resources.service.computers import COMPUTERS, retagged, tell_odd
from itmsctl.resources.service.plan import ImportPlan
from itmsctl.resources.service.selection import AskedSelectors, ComputerSelection, pick, selected
from itmsctl.resources.service.write import write_import
from itmsctl.values.counts import one_only
from itmsctl.values.kind import house


@dataclass(frozen=True)
class ComputerChange:
    """What `computer set` was told. A new name and an expected revision go with one computer."""

    fields: Mapping[str, Any]
    adjust: Mapping[str, Adjustment] = field(default_factory=dict)
    untag: Sequence[str] = ()
    rename: str | None = None
    revision: int | None = None


class AskedToAct(AskedSelectors, Protocol):
    """Selectors of a verb that acts, as they were typed."""

    @property
    def everything(self) -> bool:
        """Return whether `--all` was given."""

    @property
    def expect(self) -> int | None:
        """Return how many there must be."""

    @property
    def maximum(self) -> int | None:
        """Return how many there may be."""


@dataclass(frozen=True)
class PickedComputers:
    """A selection, and the size that it must have."""

    selection: ComputerSelection
    expect: int | None = None
    maximum: int | None = None

    def ids(self, reader: Reader) -> Sequence[int]:
        """Return the ids, ordered by name. Raises as `pick` does."""
        return pick(reader, self.selection, expect=self.expect, maximum=self.maximum)


def picked(
    store: Store, asked: AskedToAct, names: Sequence[str], stdin: Iterable[str], warn: Callable[[str], None]
) -> PickedComputers:
    """Return what a verb that acts was told to act on. Raises SelectorRequiredError, and as `selected` does."""
    selection = selected(store, asked, names, stdin, warn, everything=asked.everything)
    selection.require(by_name=True)
    return PickedComputers(selection, asked.expect, asked.maximum)


def set_picked(unit: UnitOfWork, picked: PickedComputers, change: ComputerChange, *, whole: bool) -> list[Outcome]:
    """Change the computers that are picked; outcomes hold their fields where `whole` is asked for.

    Raises UsageError for a name of several, FieldError for a tag that none of them has, and as the shelf's `set` does.
    """
    ids = picked.ids(unit)
    if len(ids) == 1:
        (doc,) = COMPUTERS.docs(unit, ids)
        more: Any = {"rename": change.rename, "revision": change.revision, "untag": change.untag}
        return [set_one(unit, COMPUTERS, doc.name, change.fields, change.adjust, **more)]
    one_only("computer", len(ids), rename=change.rename, revision=change.revision)
    with no_collector():
        return _set_many(unit, ids, change, whole=whole)


def _set_many(unit: UnitOfWork, ids: Sequence[int], change: ComputerChange, *, whole: bool) -> list[Outcome]:
    alike = COMPUTERS.stored(unit, change.fields)
    tags = alike.pop("tags", None) or {}
    retag = bool(tags or change.untag)
    unseen, said, found = set(change.untag), len(unit.told), list[Outcome]()
    for start in range(0, len(ids), PAGE):
        plan = ImportPlan()
        for before in COMPUTERS.docs(unit, ids[start : start + PAGE]):
            own = adjusted(COMPUTERS, unit, before, change.adjust)
            if retag:
                unseen -= before.fields["tags"].keys()
                own["tags"] = retagged(before.fields["tags"], tags, change.untag)
            elif "tags" in change.fields:
                own["tags"] = {}
            fields = before.fields | alike | (COMPUTERS.stored(unit, own) if own else {})
            found.append(_planned(unit, plan, before, fields, whole=whole))
        refuse_guarded(unit, COMPUTERS.kind, plan.changed)
        write_import(unit, plan)
    if unseen:
        raise FieldError(f"none of {len(ids)} computers has the tag `{min(unseen)}`", hint="itmsctl computer list")
    if found:  # what is said of many is said once
        found[-1] = replace(found[-1], notes=(*found[-1].notes, *dict.fromkeys(unit.told[said:])))
    return found


def _planned(unit: UnitOfWork, plan: ImportPlan, before: Doc, fields: dict[str, Any], *, whole: bool) -> Outcome:
    if fields == before.fields:
        outcome = Outcome("unchanged", before, before)
    else:
        after = Doc(before.id, before.guid, before.name, before.revision + 1, fields)
        tell_odd(unit, before, after)
        plan.changed.append((before, after))
        outcome = Outcome("updated", after, before)
        outcome = replace(outcome, notes=would_change(unit, outcome))
    return outcome if whole else replace(outcome, before=None, doc=replace(outcome.doc, fields={}))


@dataclass(frozen=True)
class ComputerRemoval:
    """Computers that are to be removed, and why that has to be confirmed by their number."""

    docs: Sequence[Doc]
    reasons: Sequence[str]

    @property
    def guids(self) -> list[str]:
        """Return their GUIDs."""
        return [doc.guid for doc in self.docs]


def to_remove(reader: Reader, picked: PickedComputers, guard_max: int) -> ComputerRemoval:
    """Return the computers that are picked, to be confirmed. Raises as `pick` does."""
    ids = picked.ids(reader)
    reasons = [text for call in house().calls("removal_guard") for text in call(reader, ids, guard_max)]
    return ComputerRemoval(COMPUTERS.docs(reader, ids), reasons if len(ids) > 1 else [])


def remove_all(unit: UnitOfWork, removal: ComputerRemoval) -> list[Outcome]:
    """Remove computers. Raises NotFoundError where one is gone meanwhile, InUseError where one is used."""
    said = len(unit.told)
    COMPUTERS.remove_all(unit, [(doc.guid, doc.name, {}) for doc in removal.docs])
    found = [Outcome("removed", doc, doc) for doc in removal.docs]
    if found:
        found[-1] = replace(found[-1], notes=tuple(dict.fromkeys(unit.told[said:])))
    return found
