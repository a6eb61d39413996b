"""The shelf of a kind of resource: what all resources share lies in `resource`, told apart by its `kind` (PLAT-9).

A later room that adds a kind declares it with `table="resource"` in its `kinds.py`, names the table of its fields as
`typed`, whose `id` is the resource's, and derives its shelf from this one.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import faults
from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.nature import AskedChange
from itmsctl.cmdb.nouns import typed_table_of
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.stored import PAGE
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import InUseError, NameTakenError, NameTooSimilarError
from itmsctl.resources import hooks
from itmsctl.resources.rows import resources
from itmsctl.resources.service.scope import scoped
from itmsctl.values import twins
from itmsctl.values.kind import Kind
from itmsctl.values.names import did_you_mean, is_guid, name_key


class ResourceShelf(Shelf):
    """All resources of one kind. `typed` is the table of what only this kind has; its `id` is the resource's."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(kind)
        self.typed = typed_table_of(kind)
        self.typed_columns = tuple(field.column_name for field in kind.fields if field.column_name)

    # --- reading --------------------------------------------------------------------------------------------------

    def select(self, reader: Reader) -> sa.Select[Any]:
        """Return the SELECT of whole rows that this reader may see."""
        return scoped(self._select(), reader)

    def find(self, reader: Reader, name: str) -> Doc | None:
        """Return the resource of this name or GUID, or None."""
        column, value = (
            (resources.c.guid, name.lower())
            if is_guid(name)
            else (resources.c.name_key, name_key(self._name_or_text(name)))
        )
        row = reader.connection.execute(self.select(reader).where(column == value)).first()
        return None if row is None else self._docs(reader, [row])[0]

    def docs(self, reader: Reader, ids: Sequence[int]) -> Sequence[Doc]:
        """Return the resources of these ids, in their order; those that are gone are left out."""
        wanted = member_of(reader.connection, resources.c.id, ids)
        rows = reader.connection.execute(self.select(reader).where(wanted)).all()
        place = {i: n for n, i in enumerate(ids)}
        return self._docs(reader, sorted(rows, key=lambda row: place[row.id]))

    def list(
        self,
        reader: Reader,
        *,
        where: sa.ColumnElement[bool] | None = None,
        sort: str = "name",
        descending: bool = False,
        limit: int | None = None,
    ) -> Iterator[Doc]:
        """Yield resources in the order of a field, page by page."""
        joined = resources.join(self.typed, self.typed.c.id == resources.c.id)
        statement = sa.select(resources.c.id).select_from(joined).where(resources.c.kind == self.kind.name)
        if where is not None:
            statement = statement.where(where)
        statement = in_order(statement, self._sort_column(sort), resources.c.id, descending=descending).limit(limit)
        ids = array("q", reader.connection.execute(scoped(statement, reader)).scalars())
        for start in range(0, len(ids), PAGE):
            yield from self.docs(reader, ids[start : start + PAGE])

    def count(self, reader: Reader) -> int:
        """Return how many there are."""
        statement = sa.select(sa.func.count()).select_from(resources).where(resources.c.kind == self.kind.name)
        return int(reader.connection.execute(scoped(statement, reader)).scalar_one())

    def _select(self) -> sa.Select[Any]:
        joined = resources.join(self.typed, self.typed.c.id == resources.c.id)
        own = [self.typed.c[name] for name in self.typed_columns]
        statement = self._with_references(sa.select(*resources.c, *own), joined)
        return statement.where(resources.c.kind == self.kind.name)

    def _near(self, reader: Reader, name: str) -> str:
        statement = sa.select(resources.c.name).where(resources.c.kind == self.kind.name).limit(20000)
        names = reader.connection.execute(scoped(statement, reader)).scalars()
        return did_you_mean(name, names) or f"itmsctl {self.kind.name} list"

    # --- writing --------------------------------------------------------------------------------------------------

    def adding(self, unit: UnitOfWork, name: str, fields: Mapping[str, Any], existing: Doc | None) -> Mapping[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the fields. Raises NameTooSimilarError."""
        self.refuse_twin(unit, name)
        return fields

    def changing(self, unit: UnitOfWork, before: Doc, asked: AskedChange) -> Mapping[str, Any]:
        """Return the changes. Raises NameTooSimilarError."""
        if asked.rename is not None:
            stored = self.name_of(asked.rename)
            if twins.skeleton(before.name) != twins.skeleton(stored):
                self.refuse_twin(unit, stored)
        return asked.changes

    def refuse_twin(self, reader: Reader, name: str) -> None:
        """Raise NameTooSimilarError where another resource of the kind bears a name that reads like this one."""
        existing = self._named(reader, {name_key(name), twins.skeleton(name)})
        for other in existing:
            if not twins.same_spelling(other, name):
                raise NameTooSimilarError(
                    f"`{name}` reads like the {self.kind.name} `{other}`",
                    hint="give it a name that people can tell apart",
                )

    def _named(self, reader: Reader, keys: Collection[str]) -> Sequence[str]:
        statement = sa.select(resources.c.name).where(
            resources.c.kind == self.kind.name, resources.c.name_key.in_(sorted(keys))
        )
        return reader.connection.execute(scoped(statement, reader)).scalars().all()

    def columns_of(self, reader: Reader, doc: Doc) -> dict[str, Any]:  # noqa: ARG002 - the shelf's signature
        """Return the kind, which tells resources apart."""
        return {"kind": self.kind.name}

    def write_extra(self, unit: UnitOfWork, before: Doc | None, doc: Doc) -> None:
        """Store the typed row."""
        values = self._field_values(unit, doc)
        if before is None:
            unit.connection.execute(sa.insert(self.typed).values(id=doc.id, **values))
        else:
            unit.connection.execute(sa.update(self.typed).where(self.typed.c.id == doc.id).values(**values))

    def of_guids(self, reader: Reader, guids: Sequence[str]) -> dict[str, Doc]:
        """Return the resources of these GUIDs; those that are gone are left out."""
        wanted = member_of(reader.connection, resources.c.guid, guids)
        rows = reader.connection.execute(self.select(reader).where(wanted)).all()
        return {doc.guid: doc for doc in self._docs(reader, rows)}

    def check_restored(self, reader: Reader, before: Doc | None, name: str, fields: Mapping[str, Any]) -> None:
        """Check the name too, as one that is given."""
        super().check_restored(reader, before, name, fields)
        if before is None or twins.skeleton(before.name) != twins.skeleton(name):
            self.refuse_twin(reader, name)

    def before_remove(self, unit: UnitOfWork, doc: Doc) -> None:
        """Remove the typed row and the relations.

        Raises InUseError where rows of other rooms still refer to it.
        """
        from itmsctl.resources.service.associations import forget

        hooks.fire("resource_removed", unit, [doc.id])
        forget(unit, [doc.id])
        try:
            unit.connection.execute(sa.delete(self.typed).where(self.typed.c.id == doc.id))
        except (sa.exc.IntegrityError, faults.ConstraintError) as error:
            raise InUseError(f"{self.kind.name} `{doc.name}` is still used", why=str(error)) from error

    def _same_or_taken(self, existing: Doc, wanted: Mapping[str, Any]) -> Outcome:
        try:
            return super()._same_or_taken(existing, wanted)
        except NameTakenError as error:
            host = existing.name.partition("@")[0]
            error.hint = f"{error.hint}; is it another one? name it {host}@SITE"
            raise


def in_order(
    statement: sa.Select[Any], by: sa.ColumnElement[Any], then: sa.ColumnElement[Any], *, descending: bool
) -> sa.Select[Any]:
    """Return the statement ordered by a column, empty values last on both engines, and by id where those are equal."""
    first = by.desc() if descending else by.asc()
    if getattr(by, "nullable", True):
        return statement.order_by(by.is_(None), first, then)
    return statement.order_by(first, then)
