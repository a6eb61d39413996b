"""Add, set, get, find, list and remove objects of any noun: from its declaration and its nature (house rules 1, 9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import alike, derived, faults, links
from itmsctl.cmdb.audit import Grave
from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.fields import empty, say, typed
from itmsctl.cmdb.followers import following
from itmsctl.cmdb.guards import refuse_guarded
from itmsctl.cmdb.nature import AskedChange, Nature
from itmsctl.cmdb.nouns import fields_table_of, table_of, table_of_kind
from itmsctl.cmdb.references import reference_id, with_stored_names
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import (
    FieldError,
    InputError,
    InUseError,
    NameTakenError,
    NotFoundError,
    RevisionMovedError,
    raise_all,
)
from itmsctl.values.kind import Type, house
from itmsctl.values.names import did_you_mean, is_guid, name_key, new_guid
from itmsctl.values.sources import STAMPS
from itmsctl.values.untrusted import shell_arg

PAGE = 1000


class StoredObjects(Nature):
    """All objects of one kind, as they are now."""

    # --- reading --------------------------------------------------------------------------------------------------

    def find(self, reader: Reader, name: str) -> Doc | None:
        """Return the object of this name or GUID, or None."""
        column = self.table.c.guid if is_guid(name) else self.table.c.name_key
        value = name.lower() if is_guid(name) else name_key(self._name_or_text(name))
        row = reader.connection.execute(self._select().where(column == value)).first()
        return self._docs(reader, [row])[0] if row is not None else None

    def get(self, reader: Reader, name: str) -> Doc:
        """Return the object of this name or GUID.

        Raises NotFoundError that offers a near name.
        """
        doc = self.find(reader, name)
        if doc is None:
            details = {"kind": self.kind.name, "name": name}
            raise NotFoundError(f"no {self.kind.name} `{name}`", hint=self._near(reader, name), details=details)
        return doc

    def docs(self, reader: Reader, ids: Sequence[int]) -> Sequence[Doc]:
        """Return the objects of these ids; those that are gone are left out."""
        where = member_of(reader.connection, self.table.c.id, ids)
        return self._docs(reader, reader.connection.execute(self._select().where(where)).all())

    def list(
        self,
        reader: Reader,
        *,
        where: sa.ColumnElement[bool] | None = None,
        sort: str = "name",
        descending: bool = False,
        limit: int | None = None,
    ) -> Iterator[Doc]:
        """Yield objects in the order of a field, page by page."""
        order = self._sort_column(sort)
        statement = self._select()
        if where is not None:
            statement = statement.where(where)
        # the engines differ in where they put what is empty
        ordered = order.desc().nulls_last() if descending else order.asc().nulls_first()
        statement = statement.order_by(ordered, self.table.c.id)
        if limit is not None:
            statement = statement.limit(limit)
        if limit is None or limit > PAGE:
            statement = statement.execution_options(yield_per=PAGE)  # a cursor of the server: constant memory
        with reader.connection.execute(statement) as result:
            while page := result.fetchmany(PAGE):
                yield from self._docs(reader, page)

    def count(self, reader: Reader) -> int:
        """Return how many there are."""
        return int(reader.connection.execute(sa.select(sa.func.count()).select_from(self.table)).scalar_one())

    def ids(self, reader: Reader, names: Sequence[str]) -> dict[str, int]:
        """Return the ids of names; raise NotFoundError for the first that is not there."""
        return {name: self.get(reader, name).id for name in names}

    # --- writing --------------------------------------------------------------------------------------------------

    def add(self, unit: UnitOfWork, name: str, fields: Mapping[str, Any], *, guid: str | None = None) -> Outcome:
        """Add an object; an equal one is `unchanged`.

        Raises NameTakenError where a different object has the name, InputError, NotFoundError for a reference.
        """
        stored = self.name_of(name)
        existing = self.find(unit, stored)
        given = self.adding(unit, stored, fields, existing)
        self._require(given)
        wanted = self.check(unit, stored, with_stored_names(unit, self.kind, self._checked(given)))
        if existing is not None:
            return self._heard(unit, self._same_or_taken(existing, wanted))
        alike.refuse(unit, self.kind, self.table, stored)
        whole = {f.name: wanted.get(f.name, empty(f)) for f in self.kind.fields}
        return self._heard(unit, self._create(unit, stored, whole, guid))

    def set(
        self,
        unit: UnitOfWork,
        name: str,
        changes: Mapping[str, Any],
        *,
        rename: str | None = None,
        revision: int | None = None,
        whole: bool = False,
    ) -> Outcome:
        """Change some fields of an object; those not named are left alone. `whole` changes maps as a whole too.

        Raises NotFoundError, InputError, NameTakenError, RevisionMovedError where `revision` is no longer its own.
        """
        before = self.get(unit, name)
        changes = self.changing(unit, before, AskedChange(changes, rename, whole))
        if revision is not None and revision != before.revision:
            raise RevisionMovedError(
                f"{self.kind.name} `{before.name}` is at revision {before.revision}, not {revision}",
                hint=f"itmsctl {self.kind.name} show {shell_arg(before.name)}",
            )
        new_name = before.name if rename is None else self.name_of(rename)
        wanted = self.check(unit, before.name, with_stored_names(unit, self.kind, self._checked(changes)))
        fields = before.fields | wanted
        if fields == before.fields and new_name == before.name:
            return self._heard(unit, Outcome("unchanged", before, before))
        if name_key(new_name) != name_key(before.name) and self.find(unit, new_name) is not None:
            raise NameTakenError(f"{self.kind.one} `{new_name}` exists already")
        alike.refuse(unit, self.kind, self.table, new_name, besides=before.name)
        return self._heard(unit, self._change(unit, before, new_name, fields))

    def clone(self, unit: UnitOfWork, name: str, new_name: str) -> Outcome:
        """Add a copy under another name, with a GUID of its own (PLAT-8, JOB-4).

        Raises NotFoundError, NameTakenError.
        """
        fields = self.get(unit, name).fields
        copied = [field.name for field in self.kind.admin_fields if field.name not in self.own_alone]
        return self.add(unit, new_name, {name: fields[name] for name in copied})

    def remove(self, unit: UnitOfWork, name: str) -> Outcome:
        """Remove an object and leave its tombstone.

        Raises NotFoundError, InUseError where others refer to it.
        """
        doc = self.get(unit, name)
        self._refuse_used(unit, doc)
        refuse_guarded(unit, self.kind, [(doc, None)])
        grave = self.graves(unit, [doc])[doc.guid]
        with following(unit, self.namesakes(unit, [doc.name])):
            alike.forget(unit, self.kind, doc.name)
            derived.removing(unit, self.kind, [doc.id])
            self.before_remove(unit, doc)
            links.clear(unit, self.kind, doc.id)
            try:
                unit.connection.execute(sa.delete(self.table).where(self.table.c.id == doc.id))
            except sa.exc.IntegrityError as error:
                raise InUseError(f"{self.kind.name} `{doc.name}` is still used", why=str(error.orig)) from error
        unit.record("removed", self.kind.name, doc.guid, doc.name, doc.document(), None)
        unit.bury(self.kind.name, doc.guid, doc.name, grave)
        self.after_write(unit, doc, None)
        for call in house().calls("object_removed"):
            call(unit, self.kind.name, doc.name)
        return Outcome("removed", doc, doc)

    def graves(self, reader: Reader, docs: Sequence[Doc]) -> dict[str, Grave]:
        """Return what the tombstones of these objects are to keep, by GUID."""
        columns = [self.table.c[name] for name in ("guid", "id", "revision", "origin", "created_at")]
        where = member_of(reader.connection, self.table.c.id, [doc.id for doc in docs])
        return {row[0]: Grave(*row[1:]) for row in reader.connection.execute(sa.select(*columns).where(where))}

    def follow(self, unit: UnitOfWork, docs: Sequence[Doc], meant: Any) -> None:  # noqa: ARG002 - of `meanings`
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

    def stored(self, reader: Reader, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return fields as they would be stored: checked, references by their stored names. Raises as `set` does."""
        return with_stored_names(reader, self.kind, self._checked(fields))

    # --- inside ---------------------------------------------------------------------------------------------------

    def _heard(self, unit: UnitOfWork, outcome: Outcome) -> Outcome:
        doc, before = outcome.doc, outcome.before
        remarks = [*self.remarks(unit, doc)]
        if before is not None and outcome.action == "updated":
            from itmsctl.cmdb import predefined

            remarks += predefined.remarks(self.kind, doc.guid, before.fields, doc.fields, doc.name)
        return replace(outcome, remarks=tuple(remarks)) if remarks else outcome

    def _create(self, unit: UnitOfWork, name: str, fields: dict[str, Any], guid: str | None) -> Outcome:
        grave = unit.exhume([guid]).get(guid) if guid else None
        if grave is None:
            grave = Grave(unit.next_ids(1)[0], 0, unit.server_guid, unit.now)
        doc = Doc(grave.item_id, guid or new_guid(), name, grave.revision + 1, fields)
        own = {"id": doc.id, "guid": doc.guid, "origin": grave.origin, "created_at": grave.created_at}
        namesakes = self.namesakes(unit, [name])
        with following(unit, namesakes):
            alike.forget(unit, self.kind, name)
            self._execute(unit, sa.insert(self.table).values(**self._values(unit, doc), **own), doc)
            links.write(unit, self.kind, doc.id, {}, doc.fields)
            self.write_extra(unit, None, doc)
        doc = self._as_written(unit, doc, namesakes)
        unit.record("created", self.kind.name, doc.guid, doc.name, None, doc.document())
        derived.added(unit, self.kind, [doc.id])
        self.after_write(unit, None, doc)
        return Outcome("created", doc)

    def _as_written(self, reader: Reader, doc: Doc, namesakes: Mapping[str, Sequence[int]]) -> Doc:
        """Return an object as it reads now: its own name may change how it writes the namesake that it names."""
        return self.docs(reader, [doc.id])[0] if any(namesakes.values()) else doc

    def _change(self, unit: UnitOfWork, before: Doc, name: str, fields: dict[str, Any]) -> Outcome:
        doc = Doc(before.id, before.guid, name, before.revision + 1, fields)
        refuse_guarded(unit, self.kind, [(before, doc)])
        renamed = name != before.name
        namesakes = self.namesakes(unit, [before.name, name]) if renamed else {}
        named = {self.kind.name: [doc.id]} | namesakes if renamed else {}
        values = self._values(unit, doc)
        with following(unit, named), derived.changing(unit, self.kind, doc.id, derived.differing(before, doc)):
            alike.forget(unit, self.kind, before.name, name)
            self._execute(unit, sa.update(self.table).where(self.table.c.id == doc.id).values(**values), doc)
            links.write(unit, self.kind, doc.id, before.fields, doc.fields)
            self.write_extra(unit, before, doc)
        doc = self._as_written(unit, doc, namesakes)
        unit.record("updated", self.kind.name, doc.guid, doc.name, before.document(), doc.document())
        self.after_write(unit, before, doc)
        if renamed:
            for call in house().calls("object_renamed"):
                call(unit, self.kind.name, before.name, doc.name)
        return Outcome("updated", doc, before)

    def _select(self) -> sa.Select[Any]:
        return self._with_references(sa.select(self.table), self.table)

    def _with_references(self, statement: sa.Select[Any], source: sa.FromClause) -> sa.Select[Any]:
        """Return a statement over rows with the names of what they refer to beside them."""
        for field in self._references():
            other = table_of_kind(field.ref).alias(f"ref_{field.name}")
            source = source.outerjoin(other, other.c.id == self.fields_table.c[field.column_name])
            statement = statement.add_columns(other.c.name.label(f"ref_{field.name}"))
        return statement.select_from(source)

    def _docs(self, reader: Reader, rows: Sequence[sa.Row[Any]]) -> Sequence[Doc]:
        ids = [row.id for row in rows]
        linked, extra = links.read(reader, self.kind, ids), self.read_extra(reader, ids)
        return [self._doc(row, linked[row.id] | extra.get(row.id, {})) for row in rows]

    def _doc(self, row: sa.Row[Any], extra: Mapping[str, Any]) -> Doc:
        mapping = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
        fields: dict[str, Any] = {}
        for field in self.kind.fields:
            if field.name in extra:
                fields[field.name] = extra[field.name]
            elif field.type is Type.REF:
                fields[field.name] = mapping[f"ref_{field.name}"]
            else:
                value = mapping.get(field.column_name)
                fields[field.name] = empty(field) if value is None else value
        return Doc(row.id, row.guid, row.name, row.revision, fields)

    def _values(self, unit: UnitOfWork, doc: Doc) -> dict[str, Any]:
        values: dict[str, Any] = {
            "name": doc.name,
            "name_key": name_key(doc.name),
            "revision": doc.revision,
            "changed_by": unit.change_set_id,
            "changed_at": unit.now,
        }
        if self.fields_table is self.table:
            values |= self._field_values(unit, doc)
        return values | self.columns_of(unit, doc)

    def _field_values(self, reader: Reader, doc: Doc) -> dict[str, Any]:
        """Return the values of the columns of its fields: a reference as an id."""
        values: dict[str, Any] = {}
        for field in self.kind.fields:
            value = doc.fields.get(field.name)
            if field.type is Type.REF:
                values[field.column_name] = None if value is None else reference_id(reader, field.ref, value)
            elif field.column_name in self.fields_table.c:
                values[field.column_name] = value
        return values

    def _execute(self, unit: UnitOfWork, statement: sa.Insert | sa.Update, doc: Doc) -> None:
        try:
            unit.connection.execute(statement)
        except (sa.exc.IntegrityError, faults.ConstraintError) as error:
            text = str(getattr(error, "orig", error))
            if "name_key" in text.partition("\n")[0]:  # no value stands there. Another process took it: tried again
                raise faults.TransientError(error) from error
            raise InputError(f"{self.kind.name} `{doc.name}` was refused by the database", why=text) from error

    def _checked(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        checked, wrong = {}, list[InputError]()
        for name, value in fields.items():
            field = self.kind.field(name)
            if field is None:
                known = [f.name for f in self.kind.fields]
                error = FieldError(f"{self.kind.one} has no field `{name}`", hint=did_you_mean(name, known))
                raise error.about(name)
            try:
                checked[name] = typed(self.kind, field, value)
            except InputError as error:
                wrong.append(error.about(name))
        raise_all(wrong)
        return checked

    def _require(self, fields: Mapping[str, Any]) -> None:
        for field in self.kind.fields:
            if field.required and not fields.get(field.name):
                raise FieldError(f"{self.kind.one} needs `{field.flag}`", hint=field.help).about(field.name)

    def _same_or_taken(self, existing: Doc, wanted: Mapping[str, Any]) -> Outcome:
        different = {k: (existing.fields[k], v) for k, v in wanted.items() if existing.fields[k] != v}
        if not different:
            return Outcome("unchanged", existing, existing)
        raise NameTakenError(
            f"a different {self.kind.name} `{existing.name}` exists",
            why="; ".join(f"{k} is {say(old)}, not {say(new)}" for k, (old, new) in different.items()),
            hint=f"itmsctl {self.kind.name} set {shell_arg(existing.name)} ... changes it",
        )

    def _name_or_text(self, name: str) -> str:
        try:
            return self.name_of(name)
        except InputError:
            return name

    def _near(self, reader: Reader, name: str) -> str:
        names = reader.connection.execute(sa.select(self.table.c.name).limit(20000)).scalars()
        return did_you_mean(name, names) or f"itmsctl {self.kind.name} list"

    def _sort_column(self, sort: str) -> sa.ColumnElement[Any]:
        field = self.kind.field(sort)
        column = field.column_name if field is not None else sort
        if field is not None and field.type is Type.REF:
            other = table_of_kind(field.ref).alias(f"ref_{field.name}")
            return sa.select(other.c.name).where(other.c.id == self.fields_table.c[field.column_name]).scalar_subquery()
        own = {f.column_name for f in self.kind.fields if f.column_name in self.fields_table.c}
        sortable = {"name", "revision", "created_at", "changed_at"} | own
        if column not in sortable:
            raise FieldError(f"{self.kind.one} cannot be sorted by `{sort}`", hint=did_you_mean(sort, sortable))
        return (self.fields_table if column in own else self.table).c[column]

    def _refuse_used(self, unit: UnitOfWork, doc: Doc) -> None:
        users = []
        for kind in house().kinds():
            for field in kind.fields:
                if field.type is Type.REF and field.ref == self.kind.name:
                    other, own = table_of(kind), fields_table_of(kind)
                    source = other if own is other else other.join(own, own.c.id == other.c.id)
                    found = unit.connection.execute(
                        sa.select(other.c.name)
                        .select_from(source)
                        .where(own.c[field.column_name] == doc.id)
                        .order_by(other.c.name)
                        .limit(6)
                    ).scalars()
                    users += [f"{kind.name} `{name}`" for name in found]
        users += links.users(unit, self.kind.name, doc.id, 6)
        for call in house().calls("object_used"):
            users += call(unit, self.kind.name, doc.id)
        self.refuse_while(doc, users)

    def refuse_while(self, doc: Doc, users: Sequence[str]) -> None:
        """Raise InUseError where anybody uses an object."""
        if users:
            more = " and more" if len(users) > 5 else ""
            refused = InUseError(
                f"{self.kind.name} `{doc.name}` is still used",
                why="by " + ", ".join(users[:5]) + more,
                hint="change or remove those first",
            )
            refused.users = tuple(users)
            raise refused
