"""Documents that name other objects: where one is renamed, those that name it change too, and history says so.

So the last document that history keeps of an object is always the object as it is: looking back and undoing rest on it.
Their change is recorded before the change that caused it: undone in reverse, the cause goes first, and they follow.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from itmsctl.values.kind import Kind, house

if TYPE_CHECKING:
    from itmsctl.cmdb.doc import Doc
    from itmsctl.cmdb.work import Reader, UnitOfWork

Named = Mapping[str, Collection[int]]  # kind -> ids of its objects


def followers(reader: Reader, named: Named) -> Iterator[tuple[Any, Sequence[Doc]]]:
    """Yield, by shelf, the objects whose documents name some of these."""
    for kind in house().kinds():
        wanted = [(other, ids) for other, ids in named.items() if ids and _may_name(kind, other)]
        if wanted:
            shelf = kind.load_shelf()
            ids = {i for other, among in wanted for i in shelf.naming(reader, other, among)}
            if ids:
                yield shelf, shelf.docs(reader, sorted(ids))


@contextmanager
def following(unit: UnitOfWork, named: Named) -> Iterator[None]:
    """Record what a change of these objects changes in the documents that name them."""
    found = followers(unit, named) if any(named.values()) else ()
    watched = [(shelf, docs, shelf.meanings(unit, docs)) for shelf, docs in found]
    yield
    for shelf, docs, meant in watched:
        shelf.follow(unit, docs, meant)


def _may_name(kind: Kind, other: str) -> bool:
    fields = [*kind.fields, *(part for field in kind.fields for part in field.parts)]
    return any(other == field.ref or other in field.selects for field in fields)
