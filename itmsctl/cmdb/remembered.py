"""What history asks of a shelf: who names whom, what was, and to make it so again (`undo`, `--as-of`)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from itmsctl.cmdb import derived, links
from itmsctl.cmdb.audit import Grave
from itmsctl.cmdb.declared import Declared
from itmsctl.cmdb.fields import empty
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import NameTakenError
from itmsctl.values.kind import Field, Owner, Type
from itmsctl.values.names import name_key
from itmsctl.values.sources import STAMPS
from itmsctl.values.times import from_text

if TYPE_CHECKING:
    from itmsctl.cmdb.doc import Doc, Outcome

Wanted = Sequence[tuple[str, str, Mapping[str, Any]]]  # GUID, name and fields of each

# ruff: noqa: ARG002 - their arguments are for those that override them


class Remembered(Declared):
    """The part of a shelf that history sees."""

    table: sa.Table

    if TYPE_CHECKING:  # what the shelf itself gives

        def find(self, reader: Reader, name: str) -> Doc | None: ...  # noqa: D102 - said there
        def remove(self, unit: UnitOfWork, name: str) -> Outcome: ...  # noqa: D102 - said there
        def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]: ...  # noqa: D102 - said there
        def columns_of(self, reader: Reader, doc: Doc) -> dict[str, Any]: ...  # noqa: D102 - said there
        def _checked(self, fields: Mapping[str, Any]) -> dict[str, Any]: ...
        def _create(self, unit: UnitOfWork, name: str, fields: dict[str, Any], guid: str | None) -> Outcome: ...
        def _change(self, unit: UnitOfWork, before: Doc, name: str, fields: dict[str, Any]) -> Outcome: ...
        def _select(self) -> sa.Select[Any]: ...
        def _docs(self, reader: Reader, rows: Sequence[sa.Row[Any]]) -> Sequence[Doc]: ...
        def _references(self) -> Sequence[Field]: ...

    def naming(self, reader: Reader, kind: str, ids: Collection[int]) -> list[int]:
        """Return the objects here whose documents name some objects of a kind. By default: by their references."""
        found = links.owners(reader, self.kind, kind, ids)
        for field in self._references():
            if field.ref == kind:
                where = member_of(reader.connection, self.table.c[field.column], ids)
                found += reader.connection.execute(sa.select(self.table.c.id).where(where)).scalars()
        return found

    def namesakes(self, reader: Reader, names: Collection[str]) -> dict[str, list[int]]:
        """Return the objects of other kinds that are written otherwise where one here has their name: none here."""
        return {}

    def check_restored(self, reader: Reader, before: Doc | None, name: str, fields: Mapping[str, Any]) -> None:
        """Raise where a document of the past no longer holds. By default it is checked as one that is given."""
        given = {f.name: fields[f.name] for f in self.kind.fields if f.owner is not Owner.REPORTED}
        self.check(reader, before.name if before else name, self._checked(given))

    def docs(self, reader: Reader, ids: Sequence[int]) -> Sequence[Doc]:
        """Return the objects of these ids; those that are gone are left out."""
        where = member_of(reader.connection, self.table.c.id, ids)
        return self._docs(reader, reader.connection.execute(self._select().where(where)).all())

    def of_guids(self, reader: Reader, guids: Sequence[str]) -> dict[str, Doc]:
        """Return the objects of these GUIDs; those that are gone are left out."""
        where = member_of(reader.connection, self.table.c.guid, guids)
        ids = reader.connection.execute(sa.select(self.table.c.id).where(where)).scalars().all()
        return {doc.guid: doc for doc in self.docs(reader, ids)}

    def present(self, reader: Reader, documents: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        """Return the documents of those that exist, by GUID; each is given with one that it had once."""
        return {guid: doc.document() for guid, doc in self.of_guids(reader, list(documents)).items()}

    def derived(self, reader: Reader, doc: Doc) -> dict[str, Any]:
        """Return the columns that follow from a document, as they must be stored. By default `columns_of`."""
        return {"name_key": name_key(doc.name), **self.columns_of(reader, doc)}

    def strays(self, reader: Reader, docs: Sequence[Doc]) -> Iterator[tuple[Doc, str]]:
        """Yield the objects whose rows in other tables are not what follows from their documents, and what of them."""
        return iter(())

    def meanings(self, reader: Reader, docs: Sequence[Doc]) -> Any:
        """Return what `follow` has to know of these before something they name gets another name: here nothing."""
        return None

    def follow(self, unit: UnitOfWork, docs: Sequence[Doc], meant: Any) -> None:
        """Record those that read otherwise than these do, because what they name has another name, or is gone."""
        now = {doc.id: doc for doc in self.docs(unit, [doc.id for doc in docs])}
        pairs = [(doc, now[doc.id]) for doc in docs if doc.id in now]
        changed = [(before, after) for before, after in pairs if before.document() != after.document()]
        if changed:
            values = {"revision": self.table.c.revision + 1, "changed_by": unit.change_set_id, "changed_at": unit.now}
            where = member_of(unit.connection, self.table.c.id, [after.id for _, after in changed])
            unit.connection.execute(sa.update(self.table).where(where).values(**values))
        # A class that shows the other name declares it as a source: here only the row itself is another one.
        derived.changed(unit, self.kind, ((after.id, STAMPS) for _, after in changed))
        for before, after in changed:
            unit.record("updated", self.kind.name, after.guid, after.name, before.document(), after.document())

    def graves(self, reader: Reader, docs: Sequence[Doc]) -> dict[str, Grave]:
        """Return what the tombstones of these objects are to keep, by GUID."""
        columns = [self.table.c[name] for name in ("guid", "id", "revision", "origin", "created_at")]
        where = member_of(reader.connection, self.table.c.id, [doc.id for doc in docs])
        return {row[0]: Grave(*row[1:]) for row in reader.connection.execute(sa.select(*columns).where(where))}

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
            raise NameTakenError(f"a {self.kind.name} `{name}` exists already")
        if before is None:
            return self._create(unit, name, full, guid)
        return self._change(unit, before, name, full)

    def restore_all(self, unit: UnitOfWork, wanted: Wanted) -> None:
        """Restore many. One by one by default."""
        shelf: Any = self.for_many()
        for guid, name, fields in wanted:
            shelf.restore(unit, guid, name, fields)
        shelf.settle(unit)

    def remove_all(self, unit: UnitOfWork, wanted: Wanted) -> None:
        """Remove many. One by one by default."""
        shelf: Any = self.for_many()
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
