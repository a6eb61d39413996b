"""What the shelves of filters, views, groups and targets share: names, members put in by hand, leaving no trace."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.nature import AskedChange
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import FieldError, InputError, NotFoundError
from itmsctl.resources.rows import resources
from itmsctl.resources.service.scope import scoped
from itmsctl.resources.service.selection import named
from itmsctl.targeting import selector
from itmsctl.targeting.definition import Definition
from itmsctl.targeting.rows import TABLES, states, static_members, target_parts, targets
from itmsctl.targeting.service import update
from itmsctl.values.kind import house
from itmsctl.values.names import check_name, name_key


class CollectionShelf(Shelf):
    """A kind whose objects hold computers."""

    def name_of(self, text: str) -> str:
        """Return the stored form of a name; `all` is taken, for it means every computer."""
        name = check_name(text, f"{self.kind.name} name")
        if name_key(name) == selector.EVERYTHING:
            raise InputError(
                f"no {self.kind.name} may be named `{name}`", why="`all` means every computer in selectors"
            )
        return name

    def before_remove(self, unit: UnitOfWork, doc: Doc) -> None:
        """Refuse where a target or a later room (`collection_users`) names it; take what is its alone away."""
        users = [f"target `{name}`" for name in targets_naming(unit, doc.id)]
        for others in house().calls("collection_users"):
            users += others(unit, doc.id)
        self.refuse_while(doc, users)
        for table in (static_members, states):
            unit.connection.execute(sa.delete(table).where(table.c.collection_id == doc.id))
        update.dissolve(unit, self.kind.name, doc.id)

    def namesakes(self, reader: Reader, names: Collection[str]) -> dict[str, list[int]]:
        """Return the collections of other kinds that are written with their kind where one of this name is here."""
        keys = sorted({name_key(name) for name in names})
        found = {}
        for kind, table in TABLES.items():
            if kind != self.kind.name:
                same = sa.select(table.c.id).where(table.c.name_key.in_(keys))
                found[kind] = list(reader.connection.execute(same).scalars())
        return found


class RuleShelf(CollectionShelf):
    """A kind whose objects have members by one of several ways: an expression, SQL, or by hand."""

    ways: Mapping[str, str] = {}  # field -> the type that it makes
    hand_type = ""

    def changing(self, unit: UnitOfWork, before: Doc, asked: AskedChange) -> Mapping[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the changes. A new way of having members takes the place of the one before.

        Raises FieldError where it would be left without any.
        """
        way = next((f for f, type_ in self.ways.items() if type_ == before.fields["type"]), None)
        other = any(asked.changes.get(f) for f in self.ways)
        if way is not None and way != "members" and way in asked.changes and not asked.changes[way] and not other:
            raise FieldError(f"`{before.name}` would be left without a question", hint=self._ask()).about(way)
        if not other and way != "members":
            return {f: v for f, v in asked.changes.items() if f != "members"}
        return asked.changes

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the shelf's
        """Check the question that the fields ask, and let it give the type."""
        checked = {f: v for f, v in fields.items() if f != "type"}
        given = [f for f in self.ways if checked.get(f)]
        if len(given) > 1:
            flags = " and ".join(str(field.flag) for f in given if (field := self.kind.field(f)))
            raise FieldError(f"{flags} contradict each other", hint=self._ask()).about(given[0])
        if given:
            checked |= {f: [] if f == "members" else None for f in self.ways if f != given[0]}
            checked["type"] = self.ways[given[0]]
        if checked.get("members"):
            checked["members"] = names_of(reader, _members(reader, checked["members"]))
        return checked

    def naming(self, reader: Reader, kind: str, ids: Collection[int]) -> list[int]:
        """Return those whose documents name some of these: computers that were put in by hand."""
        found = super().naming(reader, kind, ids)
        if kind == "computer":
            joined = static_members.join(self.table, self.table.c.id == static_members.c.collection_id)
            inside = member_of(reader.connection, static_members.c.resource_id, ids)
            named = sa.select(self.table.c.id).select_from(joined).where(inside).distinct()
            found += reader.connection.execute(named).scalars()
        return found

    def read_extra(self, reader: Reader, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return the members that were put in by hand."""
        found: dict[int, dict[str, Any]] = {i: {"members": []} for i in ids}
        statement = (
            sa.select(static_members.c.collection_id, resources.c.name)
            .join(resources, resources.c.id == static_members.c.resource_id)
            .where(static_members.c.collection_id.in_(ids))
            .order_by(resources.c.name)
        )
        for collection, name in reader.connection.execute(scoped(statement, reader)):
            found[collection]["members"].append(name)
        return found

    def write_extra(self, unit: UnitOfWork, before: Doc | None, doc: Doc) -> None:
        """Store the members that are put in by hand."""
        if (before.fields["members"] if before else []) == doc.fields["members"]:
            return
        unit.connection.execute(sa.delete(static_members).where(static_members.c.collection_id == doc.id))
        ids = named(unit, doc.fields["members"]) if doc.fields["members"] else []
        bulk.insert(unit.connection, "static_member", ("collection_id", "resource_id"), [(doc.id, i) for i in ids])

    def after_write(self, unit: UnitOfWork, before: Doc | None, doc: Doc | None) -> None:
        """Look at it at once, so that its members are there when it is saved."""
        if doc is not None and (before is None or _question(before, self.ways) != _question(doc, self.ways)):
            update.define(unit, self.kind.name, doc.id)

    def unchanged_text(self, reader: Reader, doc: Doc, column: str) -> bool:
        """Return whether the stored text is the document's: what is kept beside it is then still right."""
        stored = sa.select(self.table.c[column]).where(self.table.c.id == doc.id)
        return bool(reader.connection.execute(stored).scalar() == doc.fields[column])

    def _ask(self) -> str:
        flags = [field.flag for f in self.ways if (field := self.kind.field(f))]
        return "give one of " + ", ".join(flags)


def _members(reader: Reader, texts: Sequence[str]) -> list[int]:
    try:
        return named(reader, texts)
    except NotFoundError as error:
        first = error.details["missing"][0] if "missing" in error.details else error.details["name"]
        raise error.about("members", list(texts).index(first)) from None


def _question(doc: Doc, ways: Iterable[str]) -> list[Any]:
    return [doc.fields[f] for f in ways]


def targets_naming(reader: Reader, collection: int) -> list[str]:
    """Return the names of the targets whose definition names a collection; six at most."""
    statement = (
        sa.select(targets.c.name, targets.c.definition)
        .join(target_parts, target_parts.c.target_id == targets.c.id)
        .where(target_parts.c.collection_id == collection)
        .order_by(targets.c.name)
    )
    found = [
        name for name, value in reader.connection.execute(statement) if collection in Definition.from_json(value).ids
    ]
    return found[:6]


def names_of(reader: Reader, ids: Sequence[int]) -> list[str]:
    """Return the names of computers in their order."""
    wanted = (
        sa.select(resources.c.name).where(member_of(reader.connection, resources.c.id, ids)).order_by(resources.c.name)
    )
    return list(reader.connection.execute(scoped(wanted, reader)).scalars())
