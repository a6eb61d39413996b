"""Several objects in one unit of work: found by their names, added, changed and removed, all or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from itmsctl.cmdb.doc import Doc, Outcome, difference
from itmsctl.cmdb.lists import Adjustment, adjusted
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import InUseError, NotFoundError
from itmsctl.values.counts import listed
from itmsctl.values.kind import Kind

if TYPE_CHECKING:
    from itmsctl.cmdb.shelf import Shelf

_T = TypeVar("_T")


class Findable(Protocol):
    """A kind as it is, or as it was."""

    kind: Kind

    def find(self, reader: Reader, name: str) -> Doc | None:
        """Return the object of this name or GUID, or None."""

    def get(self, reader: Reader, name: str) -> Doc:
        """Return the object of this name or GUID; raise NotFoundError that offers a near name."""


def named(reader: Reader, shelf: Findable, names: Sequence[str]) -> list[Doc]:
    """Return the objects of names and GUIDs in their order, each once. Raises NotFoundError for all not there."""
    found = {name: shelf.find(reader, name) for name in names}
    refuse_missing(reader, shelf, [name for name, doc in found.items() if doc is None])
    return list({doc.guid: doc for doc in found.values() if doc is not None}.values())


def only_named(reader: Reader, shelf: Findable, docs: Iterable[Doc], names: Sequence[str]) -> list[Doc]:
    """Return those of a list that are named, in its order; all where none is. Raises NotFoundError as `named` does."""
    guids = {doc.guid for doc in named(reader, shelf, names)}
    return [doc for doc in docs if not names or doc.guid in guids]


def refuse_missing(reader: Reader, shelf: Findable, missing: Sequence[str]) -> None:
    """Raise NotFoundError that lists names that are not there, unless there are none."""
    if len(missing) == 1:
        shelf.get(reader, missing[0])  # says it, with a near name
    if missing:
        kind = shelf.kind.name
        raise NotFoundError(
            f"no {kind} is named {listed(missing)}",
            hint=f"itmsctl {kind} list",
            details={"kind": kind, "missing": list(missing)},
        )


def add_all(
    unit: UnitOfWork, shelf: Any, names: Sequence[str], fields: Mapping[str, Any], **more: Any
) -> list[Outcome]:
    """Add objects of the same fields, and keep what is to be said of each."""
    found = []
    for name in names:
        before = len(unit.told)
        outcome = shelf.add(unit, name, fields, **more)
        found.append(replace(outcome, notes=tuple(unit.told[before:])))
    return found


def set_one(
    unit: UnitOfWork,
    shelf: Shelf,
    name: str,
    changes: Mapping[str, Any],
    adjust: Mapping[str, Adjustment],
    **more: Any,
) -> Outcome:
    """Change an object, and members of its lists: what the others are is read in the same unit of work."""
    before = len(unit.told)
    lists = adjusted(shelf, unit, shelf.get(unit, name), adjust) if adjust else {}
    found = shelf.set(unit, name, {**changes, **lists}, **more)
    return replace(found, notes=(*would_change(unit, found), *unit.told[before:]))


def would_change(unit: UnitOfWork, outcome: Outcome) -> tuple[str, ...]:
    """Return what a dry run tells of an object that would be changed."""
    if not unit.dry_run or outcome.action != "updated" or outcome.before is None:
        return ()
    return (difference(outcome.before.name, outcome.before.document(), outcome.doc.document()),)


def set_all(
    unit: UnitOfWork,
    shelf: Any,
    names: Sequence[str],
    changes: Mapping[str, Any],
    adjust: Mapping[str, Adjustment],
    **more: Any,
) -> list[Outcome]:
    """Change objects in the same way. Raises NotFoundError, and what the shelf's `set` raises."""
    if len(names) == 1:
        return [set_one(unit, shelf, names[0], changes, adjust, **more)]
    return [set_one(unit, shelf, doc.guid, changes, adjust, **more) for doc in named(unit, shelf, names)]


def remove_all(unit: UnitOfWork, shelf: Any, names: Sequence[str]) -> list[Outcome]:
    """Remove objects, those that others of them use behind their users, and keep what that does beside it.

    Raises NotFoundError, InUseError.
    """
    docs = named(unit, shelf, names)
    found: dict[str, Outcome] = {}
    left = docs
    while left:
        refused: list[tuple[Doc, InUseError]] = []
        for doc in left:
            before = len(unit.told)
            try:
                with unit.connection.begin_nested():
                    outcome = shelf.remove(unit, doc.guid)
            except InUseError as error:
                del unit.told[before:]
                refused.append((doc, error))
            else:
                found[doc.guid] = replace(outcome, notes=tuple(unit.told[before:]))
        if len(refused) == len(left):
            raise _told(shelf.kind, refused)
        left = [doc for doc, _ in refused]
    return [found[doc.guid] for doc in docs]


def _told(kind: Kind, refused: Sequence[tuple[Doc, InUseError]]) -> InUseError:
    """Return the refusal to tell: of one that is used from outside rather than by another of them."""
    own = {f"{kind.name} `{doc.name}`" for doc, _ in refused}
    return next((error for _, error in refused if own.isdisjoint(error.users)), refused[0][1])


def each(unit: UnitOfWork, use: Callable[..., _T], shelf: Findable, names: Sequence[str], *args: Any) -> list[_T]:
    """Return what a use case says of each of the objects that are named."""
    return [use(unit, doc.name, *args) for doc in named(unit, shelf, names)]
