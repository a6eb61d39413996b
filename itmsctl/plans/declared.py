"""What documents declare, once they are read: objects, and tables of many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from itmsctl.documents.located import DocumentPlace, Located
from itmsctl.plans.ordering import Key
from itmsctl.values.kind import Kind
from itmsctl.values.names import name_key


@dataclass(frozen=True)
class DeclaredObject:
    """One object: its fields are typed as its kind declares them; only those that the document says."""

    kind: Kind
    name: str  # as stored
    key: str
    spec: Mapping[str, Any]
    at: Located = field(compare=False)  # the document
    folder: Path = Path()
    absent: bool = False
    groups: tuple[str, ...] = ()  # the apply sets that it belongs to
    was: str | None = None  # the name that it had, as stored
    guid: str | None = None  # the GUID that it has, where it is made again

    def place(self, *path: str) -> DocumentPlace:
        """Return where it begins, or where a part of it stands."""
        return self.at.place(*path)

    @property
    def was_node(self) -> Key | None:
        """Return what it was known by before it was renamed; None where it was not."""
        return None if self.was is None else (self.kind.name, name_key(self.was))

    @property
    def node(self) -> Key:
        """Return what it is known by."""
        return self.kind.name, self.key


@dataclass(frozen=True)
class DeclaredTable:
    """A table of many objects of a kind."""

    kind: Kind
    path: Path
    name: str  # as people know the file
    at: Located = field(compare=False)
    shared: bool = False


@dataclass(frozen=True)
class Batch:
    """All that is applied together."""

    objects: tuple[DeclaredObject, ...] = ()
    tables: tuple[DeclaredTable, ...] = ()

    def __iter__(self) -> Iterator[DeclaredObject | DeclaredTable]:
        yield from self.objects
        yield from self.tables
