"""What a shelf is asked by documents: how its objects are written there, and how many are changed at once.

Most nouns need nothing of it. One whose stored form is not what people write overrides `document_of` and `fields_of`;
one whose maps are changed key by key overrides `replace`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from itmsctl.cmdb.fields import empty
from itmsctl.values.kind import Kind

if TYPE_CHECKING:
    from itmsctl.cmdb.doc import Doc, Outcome
    from itmsctl.cmdb.work import UnitOfWork


# ruff: noqa: ARG002 - their arguments are for those that override them


class Declared:
    """The part of a shelf that documents see."""

    kind: Kind

    def add(self, unit: UnitOfWork, name: str, fields: Mapping[str, Any], *, guid: str | None = None) -> Outcome:
        """Add an object."""
        raise NotImplementedError

    def set(
        self,
        unit: UnitOfWork,
        name: str,
        changes: Mapping[str, Any],
        *,
        rename: str | None = None,
        revision: int | None = None,
    ) -> Outcome:
        """Change an object."""
        raise NotImplementedError

    def document_of(self, doc: Doc) -> dict[str, Any]:
        """Return the fields of an object that its document says: an administrator's, where they are not empty."""
        return {
            field.name: doc.fields[field.name]
            for field in self.kind.admin_fields
            if field.kept or doc.fields[field.name] != empty(field)
        }

    def fields_of(self, spec: Mapping[str, Any], folder: Path) -> dict[str, Any]:
        """Return the fields that a document says, as `declare` and `replace` take them; it stands in this folder."""
        return dict(spec)

    def declare(
        self, unit: UnitOfWork, name: str, fields: Mapping[str, Any], *, by: str, guid: str | None = None
    ) -> Outcome:
        """Add an object that a document declares, with its GUID where it says one; `by` is who applies it.

        Raises as `add` does.
        """
        return self.add(unit, name, fields, guid=guid)

    def replace(self, unit: UnitOfWork, name: str, changes: Mapping[str, Any]) -> Outcome:
        """Change some fields, each as a whole: maps too. Raises as `set` does."""
        return self.set(unit, name, changes)

    def for_many(self) -> Declared:
        """Return the shelf for many changes in one unit of work, which ends with `settle`."""
        return self

    def settle(self, unit: UnitOfWork) -> None:
        """Do what was put off. Nothing by default."""


class Loss(NamedTuple):
    """A computer that is no longer in what held it: a filter, a target, a site."""

    kind: str
    name: str
    computer: str


class Memberships(Protocol):
    """Who was in what at one moment of a unit of work (hook `memberships`, called with the unit)."""

    def lost(self, unit: UnitOfWork, gone: Mapping[int, str]) -> Iterator[Loss]:
        """Yield the computers that are in less than they were; `gone` names removed computers by id."""
