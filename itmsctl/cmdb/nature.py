"""What a noun may say of itself beside its declaration: all that a room can change about its shelf, in one place.

Each has a default, so a noun whose fields are columns says nothing here. None writes the object's own row: that is the
shelf's work (`cmdb.stored`), which asks these in the order in which they stand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb import links
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.fields import empty
from itmsctl.cmdb.nouns import fields_table_of, table_of
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.values.kind import Field, Kind, Type
from itmsctl.values.names import check_name, name_key

# ruff: noqa: ARG002 - their arguments are for those that override them


class AskedChange(NamedTuple):
    """What is to become of an object: new values of some fields, another name."""

    changes: Mapping[str, Any]
    rename: str | None = None
    whole: bool = False  # a document says maps as a whole, a person changes single keys of them


class Nature:
    """A kind, and what its room says of its objects."""

    own_alone: frozenset[str] = frozenset()  # fields that say which object it is: a copy has none of them

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.table = table_of(kind)
        self.fields_table = fields_table_of(kind)

    # --- what is given ----------------------------------------------------------------------------------------------

    def name_of(self, text: str) -> str:
        """Return the stored form of a name; raise InputError. A subnet's is its canonical prefix."""
        return check_name(text, f"{self.kind.name} name")

    def adding(self, unit: UnitOfWork, name: str, fields: Mapping[str, Any], existing: Doc | None) -> Mapping[str, Any]:
        """Return the fields of an object that is added, with what follows from them; raise InputError.

        `name` is its stored form. One that is there already is `existing`: it is only compared.
        """
        return fields

    def changing(self, unit: UnitOfWork, before: Doc, asked: AskedChange) -> Mapping[str, Any]:
        """Return the changes of an object, with what follows from them; raise InputError."""
        return asked.changes

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields, checked and normalised; raise InputError. The declaration's own checks come before it.

        An object that is there already is found under this name, also where it gets another one.
        """
        return dict(fields)

    def remarks(self, reader: Reader, doc: Doc) -> Sequence[str]:
        """Return what a person should hear of an object that was saved. None by default."""
        return ()

    # --- what is kept in other tables -------------------------------------------------------------------------------

    def columns_of(self, reader: Reader, doc: Doc) -> dict[str, Any]:
        """Return the values of columns that are no field, such as the range of a subnet. None by default."""
        return {}

    def write_extra(self, unit: UnitOfWork, before: Doc | None, doc: Doc) -> None:
        """Store the fields that are kept in other tables. Nothing by default."""

    def read_extra(self, reader: Reader, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return the fields that are kept in other tables, by id. None by default."""
        return {}

    def before_remove(self, unit: UnitOfWork, doc: Doc) -> None:
        """Remove rows that belong to the object alone. Nothing by default."""

    def after_write(self, unit: UnitOfWork, before: Doc | None, doc: Doc | None) -> None:
        """Keep derived rows true after a change; `doc` is None after a removal. Nothing by default."""

    def settle(self, unit: UnitOfWork) -> None:
        """Do what was put off while many were changed. Nothing by default."""

    # --- how it is written in documents -----------------------------------------------------------------------------

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

    # --- what history asks ------------------------------------------------------------------------------------------

    def naming(self, reader: Reader, kind: str, ids: Collection[int]) -> list[int]:
        """Return the objects here whose documents name some objects of a kind. By default: by their references."""
        found = links.owners(reader, self.kind, kind, ids)
        for field in self._references():
            if field.ref == kind:
                where = member_of(reader.connection, self.fields_table.c[field.column_name], ids)
                found += reader.connection.execute(sa.select(self.fields_table.c.id).where(where)).scalars()
        return found

    def namesakes(self, reader: Reader, names: Collection[str]) -> dict[str, list[int]]:
        """Return the objects of other kinds that are written otherwise where one here has their name: none here."""
        return {}

    def meanings(self, reader: Reader, docs: Sequence[Doc]) -> Any:
        """Return what `follow` has to know of these before something they name gets another name: here nothing."""
        return None

    def derived(self, reader: Reader, doc: Doc) -> dict[str, Any]:
        """Return the columns that follow from a document, as they must be stored. By default `columns_of`."""
        return {"name_key": name_key(doc.name), **self.columns_of(reader, doc)}

    def strays(self, reader: Reader, docs: Sequence[Doc]) -> Iterator[tuple[Doc, str]]:
        """Yield the objects whose rows in other tables are not what follows from their documents, and what of them."""
        return iter(())

    def _references(self) -> Sequence[Field]:
        return [f for f in self.kind.fields if f.type is Type.REF]
