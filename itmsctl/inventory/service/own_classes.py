"""OWN_CLASSES: the shelf of the data classes that administrators added; its tables and view follow each of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TextIO

import sqlalchemy as sa

from itmsctl.cmdb import defined, derived, views
from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.nature import AskedChange
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.documents.files import typed_text
from itmsctl.errors import ExpressionError, FieldError, InUseError, NameTakenError
from itmsctl.expressions.parse import parse
from itmsctl.expressions.registry import Registry
from itmsctl.inventory.asking import filter_class_of, is_keyed, table_of_class, views_of
from itmsctl.inventory.catalogue import definitions
from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.kinds import DATA_CLASS
from itmsctl.inventory.packed import packed
from itmsctl.inventory.rows import inventory_closed, inventory_digests, inventory_states
from itmsctl.inventory.service.class_tables import tables_of
from itmsctl.inventory.service.classes import plain_name, read_class
from itmsctl.inventory.widening import hindrances
from itmsctl.values.kind import Type, house
from itmsctl.values.naming import naming

_LONGEST = 256 * 1024
_HELD = (inventory_states, inventory_digests, inventory_closed)


class OwnClasses(Shelf):
    """All data classes of this CMDB. A definition may grow; what is stored keeps its meaning."""

    def __init__(self) -> None:
        super().__init__(DATA_CLASS)

    def declared(self, unit: UnitOfWork, text: str, file: str) -> Outcome:
        """Add the class that a file defines, or let the one that is there grow. Raises InputError."""
        one = read_class(text.encode(), file)
        if self.find(unit, one.name) is None:
            return self.add(unit, one.name, {"definition": text})
        return self.set(unit, one.name, {"definition": text})

    def name_of(self, text: str) -> str:
        """Return the name of a class; raise NameTakenError for one of the program."""
        name = plain_name(super().name_of(text))
        if name in definitions():
            raise NameTakenError(f"`{name}` is a data class of the program", hint="give yours another name")
        return name

    def changing(self, unit: UnitOfWork, before: Doc, asked: AskedChange) -> Mapping[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the changes; a class keeps its name, as its tables do."""
        if asked.rename is not None:
            raise FieldError("a data class keeps its name: its tables bear it", hint="add one of the other name")
        return asked.changes

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Check the definition, and what it would change. Raises InputError."""
        checked = dict(fields)
        if "definition" in checked:
            with naming("definition"):
                one = read_class(checked["definition"].encode(), f"{name}.yaml")
                if one.name != self.name_of(name):
                    raise FieldError(f"it defines `{one.name}`, not `{name}`", hint=f"name: {name}")
                _refuse_unaskable(one)
                existing = self.find(reader, name)
                if existing is not None:
                    self._refuse_narrowed(reader, read_class(existing.fields["definition"].encode(), name), one)
        return checked

    def columns_of(self, reader: Reader, doc: Doc) -> dict[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the definition in the form in which it is read without parsing."""
        return {"packed": packed(read_class(doc.fields["definition"].encode(), f"{doc.name}.yaml"))}

    def after_write(self, unit: UnitOfWork, before: Doc | None, doc: Doc | None) -> None:  # noqa: ARG002 - the shelf's
        """Make its tables and its view, or widen them."""
        if doc is None:
            return
        defined.make(unit.connection)
        one = read_class(doc.fields["definition"].encode(), doc.name)
        for text in defined.differences(unit.connection):
            if f"`{table_of_class(one.name)}`" in text:
                raise FieldError(text, why="it was of another type once", hint="name the column otherwise")
        for view in views_of(one):
            views.renew(unit.connection, view)

    def before_remove(self, unit: UnitOfWork, doc: Doc) -> None:
        """Remove its tables and its rows. Raises InUseError while a filter or group asks for it."""
        if doc.name in derived.classes_asked(unit):
            hint = f"itmsctl filter list --fields name,where,sql | grep {doc.name}"
            raise InUseError(f"data class `{doc.name}` is asked for by filters or groups", hint=hint)
        one = read_class(doc.fields["definition"].encode(), doc.name)
        for view in views_of(one):
            views.take_away(unit.connection, view.name)
        tables = tables_of(one)
        for table in (tables.rows, tables.entries):
            if table is not None:
                table.drop(unit.connection, checkfirst=True)
        for held in _HELD:
            unit.connection.execute(sa.delete(held).where(held.c.class_name == doc.name))

    def _refuse_narrowed(self, reader: Reader, before: DataClass, after: DataClass) -> None:
        for what, hint in hindrances(before, after):
            raise FieldError(what, hint=hint)
        keyed = {column.name for column in before.columns if is_keyed(column)}
        for column in after.columns:
            if column.name in before.by_name and is_keyed(column) and column.name not in keyed:
                hint = "add a column of another name that filters ask for"
                raise FieldError(f"filters cannot begin to ask for `{column.name}`: it has no key beside it", hint=hint)
        gone = sorted(set(_askable(before)) - set(_askable(after)))
        if gone and before.name in derived.classes_asked(reader):
            raise FieldError(f"filters ask for {before.name}, and perhaps for `{gone[0]}`", hint="keep the column")


def definition_in(file: str, stdin: TextIO) -> str:
    """Return the text of a definition: of a file, or of the input. Raises NotFoundError, InputError."""
    return typed_text(file, stdin, _LONGEST, "one class is far smaller")


def _askable(one: DataClass) -> list[str]:
    return [field.name for field in filter_class_of(one).fields]


def _refuse_unaskable(one: DataClass) -> None:
    """Refuse names that the filter language could not tell from its own words."""
    others = {cls.name for cls in house().filter_classes()}
    if one.name in others:
        raise FieldError(f"`{one.name}` is a class that filters know already", hint="give yours another name")
    asked = filter_class_of(one)
    registry = Registry([asked])
    texts = [f"collected({one.name})"]
    for field in asked.fields:
        name = field.name if one.is_multi else f"{one.name}.{field.name}"
        tests = [f"{name} is null", *([f"{name} < '1'"] if field.type in {Type.TEXT, Type.VERSION} else [])]
        texts += [f"{one.name}({test})" if one.is_multi else test for test in tests]
    for text in texts:
        try:
            parse(text, registry)
        except ExpressionError as error:
            raise FieldError(f"filters could not ask `{text}`", why=error.message, hint="call it otherwise") from None


OWN_CLASSES = OwnClasses()
