"""RESOURCE_TYPES: the shelf of the types that administrators added; a table and a view follow each of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import defined, views
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.nature import AskedChange
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import FieldError, InUseError, NameTakenError
from itmsctl.resources.devices import LEVELS, RESOURCE
from itmsctl.resources.own import MAX_DEPTH, RESOURCE_TYPE, OwnType, checked_type_name, read_fields, resolved, written
from itmsctl.resources.service.own_tables import own_types, table_of_type, view_of_type
from itmsctl.values.kind import house
from itmsctl.values.names import near_or_all
from itmsctl.values.naming import naming
from itmsctl.values.untrusted import shell_arg
from itmsctl.values.view import every_view


class ResourceTypes(Shelf):
    """All types of this CMDB. A type may grow; a field goes only while no resource has a value in it."""

    def __init__(self) -> None:
        super().__init__(RESOURCE_TYPE)

    def name_of(self, text: str) -> str:
        """Return the name of a type. Raises InputError."""
        return checked_type_name(super().name_of(text))

    def changing(self, unit: UnitOfWork, before: Doc, asked: AskedChange) -> Mapping[str, Any]:
        """Return the changes; a type keeps its name, as its table does, and its place in the hierarchy."""
        del unit
        if asked.rename is not None and asked.rename != before.name:
            raise FieldError("a resource type keeps its name: its view bears it", hint="add one of the other name")
        parent = asked.changes.get("parent", before.fields["parent"]) or RESOURCE.name
        if parent != (before.fields["parent"] or RESOURCE.name):
            raise FieldError("a resource type stays where it stands", hint="add another one").about("parent")
        return asked.changes

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields, checked: the parent is there, and no field is declared above or below otherwise."""
        checked = dict(fields)
        if checked.get("fields"):
            checked["fields"] = [written(field) for field in read_fields(checked["fields"])]
        types = own_types(reader.connection)
        known = [*(level.name for level in LEVELS), *types]
        parent = checked.get("parent")
        with naming("parent"):
            if parent and (parent not in known or parent == name):
                raise FieldError(f"no resource type or level `{parent}`", hint=near_or_all(parent, known))
            if parent in types and len(types[parent].above) > MAX_DEPTH:
                raise FieldError(f"`{parent}` stands too deep already", hint=f"at most {MAX_DEPTH} under each other")
        if name not in types:
            self._refuse_taken(reader, name, types)
        with naming("fields"):
            self._refuse_lost(reader, name, checked, types)
        return checked

    def columns_of(self, reader: Reader, doc: Doc) -> dict[str, Any]:
        """Return the level that it stands under, which views read."""
        types = own_types(reader.connection)
        parent = doc.fields["parent"] or RESOURCE.name
        return {"level": types[parent].level if parent in types else parent}

    def after_write(self, unit: UnitOfWork, before: Doc | None, doc: Doc | None) -> None:
        """Make its table and its view, or widen them, and those of the types above and below it."""
        del before
        if doc is None:
            return
        types = own_types(unit.connection)
        near = [one for one in types.values() if _are_near(types[doc.name], one)]
        for one in near:
            views.take_away(unit.connection, one.view)
        defined.make(unit.connection)
        for text in defined.differences(unit.connection):
            if any(f"`{one.table}`" in text for one in near):
                raise FieldError(text, why="it was of another type once", hint="call the field otherwise").about(
                    "fields"
                )
        for one in near:
            views.renew(unit.connection, view_of_type(one, types))

    def before_remove(self, unit: UnitOfWork, doc: Doc) -> None:
        """Remove its table and its view. Raises InUseError while another type stands under it."""
        types = own_types(unit.connection)
        below = [one.name for one in types.values() if one.parent == doc.name]
        if below:
            raise InUseError(f"resource type `{doc.name}` is still used", why=f"`{below[0]}` stands under it")
        own = types.pop(doc.name)
        for one in (own, *(types[name] for name in own.above if name in types)):
            views.take_away(unit.connection, one.view)
            if one is not own:
                views.renew(unit.connection, view_of_type(one, types))
        table_of_type(own).drop(unit.connection, checkfirst=True)

    def _refuse_taken(self, reader: Reader, name: str, types: Mapping[str, OwnType]) -> None:
        """Refuse a name that the program has, or whose view or table another thing has."""
        if name in {*(level.name for level in LEVELS), *(kind.name for kind in house().kinds())}:
            raise NameTakenError(f"`{name}` is known to the program", hint="give yours another name")
        one = OwnType(name, "", RESOURCE.name, ())
        taken = {view.name for view in (*every_view(), *views.own_views(reader.connection))}
        if one.view in taken or one.table in {other.table for other in types.values()}:
            raise NameTakenError(f"the view `{one.view}` is another thing's", hint="give the type another name")

    def _refuse_lost(self, reader: Reader, name: str, checked: Mapping[str, Any], types: Mapping[str, OwnType]) -> None:
        """Refuse a change that would take a field away of which a resource has a value, or make it another one."""
        if name not in types or "fields" not in checked:
            self._refuse_doubled(name, checked, types)
            return
        rows = [(one.name, one.parent, self._declared(reader, one.name)) for one in types.values() if one.name != name]
        after = resolved([*rows, (name, types[name].parent, checked["fields"])])
        for one in types.values():
            for field in one.fields:
                now = after[one.name].field(field.name)
                if (now is None or now.type is not field.type) and self._is_filled(reader, one, field.name):
                    what = "goes" if now is None else f"becomes {now.type.value}"
                    empty = f"itmsctl resource set NAME --field {shell_arg(field.name)}="
                    raise FieldError(
                        f"the field `{field.name}` {what}, and resources of the type `{one.name}` have a value in it",
                        hint=f"keep {written(field)}, or empty it: {empty}",
                    )

    def _refuse_doubled(self, name: str, checked: Mapping[str, Any], types: Mapping[str, OwnType]) -> None:
        above = types.get(checked.get("parent") or "")
        if above is None or name in types:
            return
        for position, field in enumerate(read_fields(checked.get("fields") or ())):
            other = above.field(field.name)
            if other is not None and other.type is not field.type:
                raise FieldError(f"`{above.name}` declares {written(other)}", hint="call yours otherwise").about(
                    "fields", position
                )

    def _declared(self, reader: Reader, name: str) -> list[str]:
        found: list[str] = self.get(reader, name).fields["fields"]
        return found

    def _is_filled(self, reader: Reader, one: OwnType, field: str) -> bool:
        table = table_of_type(one)
        statement = sa.select(sa.literal(1)).select_from(table).where(table.c[field].isnot(None)).limit(1)
        return reader.connection.execute(statement).first() is not None


def _are_near(one: OwnType, other: OwnType) -> bool:
    return one.name == other.name or other.name in one.above or one.name in other.above


RESOURCE_TYPES = ResourceTypes()
