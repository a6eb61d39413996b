"""The shelf of a noun: its objects as they are (`cmdb.stored`), as documents declare and as history restores them.

What a room may say of its noun stands in `cmdb.nature`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Self

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.fields import empty
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.stored import StoredObjects
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import NameTakenError
from itmsctl.values.kind import Kind, Owner, Type
from itmsctl.values.names import name_key
from itmsctl.values.times import from_text

Wanted = Sequence[tuple[str, str, Mapping[str, Any]]]  # GUID, name and fields of each


class Shelf(StoredObjects):
    """All objects of one kind."""

    # --- documents --------------------------------------------------------------------------------------------------

    def declare(
        self,
        unit: UnitOfWork,
        name: str,
        fields: Mapping[str, Any],
        *,
        by: str,  # noqa: ARG002 - for those that override it
        guid: str | None = None,
    ) -> Outcome:
        """Add an object that a document declares, with its GUID where it says one; `by` is who applies it.

        Raises as `add` does.
        """
        return self.add(unit, name, fields, guid=guid)

    def replace(self, unit: UnitOfWork, name: str, changes: Mapping[str, Any]) -> Outcome:
        """Change some fields, each as a whole: maps too. Raises as `set` does."""
        return self.set(unit, name, changes, whole=True)

    def for_many(self) -> Self:
        """Return the shelf for many changes in one unit of work, which ends with `settle`."""
        return self

    # --- history ----------------------------------------------------------------------------------------------------

    def of_guids(self, reader: Reader, guids: Sequence[str]) -> dict[str, Doc]:
        """Return the objects of these GUIDs; those that are gone are left out."""
        where = member_of(reader.connection, self.table.c.guid, guids)
        ids = reader.connection.execute(sa.select(self.table.c.id).where(where)).scalars().all()
        return {doc.guid: doc for doc in self.docs(reader, ids)}

    def present(self, reader: Reader, documents: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        """Return the documents of those that exist, by GUID; each is given with one that it had once."""
        return {guid: doc.document() for guid, doc in self.of_guids(reader, list(documents)).items()}

    def check_restored(self, reader: Reader, before: Doc | None, name: str, fields: Mapping[str, Any]) -> None:
        """Raise where a document of the past no longer holds. By default it is checked as one that is given."""
        given = {f.name: fields[f.name] for f in self.kind.fields if f.owner is not Owner.REPORTED}
        self.check(reader, before.name if before else name, self._checked(given))

    def restore(self, unit: UnitOfWork, guid: str, name: str, fields: Mapping[str, Any]) -> Outcome | None:
        """Make the object of this GUID what a document of the past says; one that is gone comes back.

        Returns None where it was so already. Reported fields of one that lives are left alone. Raises NameTakenError,
        NotFoundError for what it refers to, and what checks of its kind raise.
        """
        before = self.of_guids(unit, [guid]).get(guid)
        full = self.revived(fields, before)
        if before is not None and (before.name, before.fields) == (name, full):
            return None
        self.check_restored(unit, before, name, full)
        if (before is None or name_key(before.name) != name_key(name)) and self.find(unit, name) is not None:
            raise NameTakenError(f"{self.kind.one} `{name}` exists already")
        if before is None:
            return self._create(unit, name, full, guid)
        return self._change(unit, before, name, full)

    def restore_all(self, unit: UnitOfWork, wanted: Wanted) -> None:
        """Restore many. One by one by default."""
        shelf = self.for_many()
        for guid, name, fields in wanted:
            shelf.restore(unit, guid, name, fields)
        shelf.settle(unit)

    def remove_all(self, unit: UnitOfWork, wanted: Wanted) -> None:
        """Remove many. One by one by default."""
        shelf = self.for_many()
        for guid, _, _ in wanted:
            shelf.remove(unit, guid)
        shelf.settle(unit)

    def revived(self, fields: Mapping[str, Any], before: Doc | None) -> dict[str, Any]:
        """Return the fields of a document as they are held; reported ones as they are `before`."""
        found: dict[str, Any] = {}
        for field in self.kind.fields:
            value = fields.get(field.name)
            if before is not None and field.owner is Owner.REPORTED:
                value = before.fields[field.name]
            elif field.type is Type.TIME and isinstance(value, str):
                value = from_text(value)
            found[field.name] = empty(field) if value is None else value
        return found


@cache
def plain_shelf(kind: Kind) -> Shelf:
    """Return the shelf of a kind that needs no other."""
    return Shelf(kind)
