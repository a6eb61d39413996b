"""Relations by the names of what they relate: `association add pc1 primary-user jane`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ConflictError, NotFoundError
from itmsctl.resources.kinds import USER
from itmsctl.resources.rows import association_types, associations, resources
from itmsctl.resources.service.associations import (
    PREDEFINED,
    RelationType,
    associate,
    dissociate,
    predefined_type,
    resource_kinds,
    types,
)
from itmsctl.resources.service.scope import scoped
from itmsctl.values.names import is_guid, name_key
from itmsctl.values.untrusted import shell_arg


class Related(NamedTuple):
    """What relating two resources did: what it is called, whether it is new, and whether the other was added."""

    label: str
    object: str
    is_new: bool
    added: bool


def relate(unit: UnitOfWork, subject: str, type_name: str, other: str) -> Related:
    """Relate two resources by name; a user who is not there is added.

    Raises NotFoundError for a type or a resource, ConflictError where only one may be related and another is.
    """
    kind = predefined_type(unit, type_name)
    one = resource_kinds()[kind.from_kind].load_shelf().get(unit, subject)
    shelf = resource_kinds()[kind.to_kind].load_shelf()
    found: Doc | None = shelf.find(unit, other)
    added = found is None and kind.to_kind == USER.name
    two = shelf.add(unit, other, {}).doc if added else found or shelf.get(unit, other)
    _refuse_second(unit, kind, one, two)
    is_new = associate(unit, kind.name, one.id, two.id)
    return Related(f"{one.name} {kind.name} {two.name}", two.name, is_new, added)


def part(unit: UnitOfWork, subject: str, type_name: str, other: str) -> str:
    """Take a relation away, and return what it was called. Raises NotFoundError where there is none."""
    kind = predefined_type(unit, type_name)
    one = resource_kinds()[kind.from_kind].load_shelf().get(unit, subject)
    two = resource_kinds()[kind.to_kind].load_shelf().get(unit, other)
    label = f"{one.name} {kind.name} {two.name}"
    if not dissociate(unit, kind.name, one.id, two.id):
        raise NotFoundError(f"no association `{label}`", hint=f"itmsctl association list {shell_arg(one.name)}")
    return label


def relate_only(unit: UnitOfWork, type_name: str, pairs: Sequence[tuple[int, str]], source: str) -> None:
    """Make users the only ones that are related to resources, each by its name, but where a person related another."""
    kind = predefined_type(unit, type_name)
    among = member_of(unit.connection, associations.c.from_id, sorted({one for one, _ in pairs}))
    held = {
        row.from_id: row
        for row in unit.rows(
            scoped(
                sa.select(associations.c.from_id, associations.c.to_id, associations.c.source, resources.c.name_key)
                .join(resources, resources.c.id == associations.c.to_id)
                .where(associations.c.type_id == kind.id, among),
                unit,
            )
        )
    }
    shelf = USER.load_shelf()
    for one, name in dict(pairs).items():
        row = held.get(one)
        if row is not None and (row.source == "admin" or row.name_key == name_key(name)):
            continue
        found = shelf.find(unit, name) or shelf.add(unit, name, {}).doc
        if row is not None:
            dissociate(unit, kind.name, one, row.to_id)
        associate(unit, kind.name, one, found.id, source=source)


def listed(reader: Reader, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return relations; of these resources only, at either end, where some are named. Raises NotFoundError."""
    one, two = resources.alias("one"), resources.alias("two")
    statement = (
        sa.select(
            one.c.name.label("subject"), association_types.c.name.label("type"), two.c.name.label("object"),
            associations.c.source, associations.c.since, one.c.kind.label("subject_kind"),
            two.c.kind.label("object_kind"),
        )
        .select_from(associations)
        .join(association_types, association_types.c.id == associations.c.type_id)
        .join(one, one.c.id == associations.c.from_id)
        .join(two, two.c.id == associations.c.to_id)
        .order_by(one.c.name, association_types.c.name, two.c.name)
    )  # fmt: skip
    if names:
        ids = sorted(set(_ids(reader, names)))
        ends = (member_of(reader.connection, end.c.id, ids) for end in (one, two))
        statement = statement.where(sa.or_(*ends))
    return [dict(row._mapping) for row in reader.rows(scoped(statement, reader))]  # noqa: SLF001 - its public name


def known_types(reader: Reader) -> list[dict[str, Any]]:
    """Return the types of relations, those that come with the program among them."""
    found = PREDEFINED | {one.name: (one.from_kind, one.to_kind, one.many) for one in types(reader)}
    return [
        {"name": name, "subject": one, "object": two, "several": many}
        for name, (one, two, many) in sorted(found.items())
    ]


def _refuse_second(reader: Reader, kind: RelationType, one: Doc, two: Doc) -> None:
    if kind.many:
        return
    statement = (
        sa.select(resources.c.name)
        .join(associations, associations.c.to_id == resources.c.id)
        .where(associations.c.type_id == kind.id, associations.c.from_id == one.id, resources.c.id != two.id)
    )
    other = reader.scalar(scoped(statement, reader))
    if other is not None:
        raise ConflictError(
            f"the {kind.name} of `{one.name}` is `{other}`",
            hint=f"itmsctl association remove {shell_arg(one.name)} {kind.name} {shell_arg(other)}",
        )


def _ids(reader: Reader, names: Sequence[str]) -> Iterator[int]:
    for name in names:
        where = resources.c.guid == name.lower() if is_guid(name) else resources.c.name_key == name_key(name)
        ids = reader.connection.execute(scoped(sa.select(resources.c.id).where(where), reader)).scalars().all()
        if not ids:
            raise NotFoundError(f"no resource `{name}`", hint="itmsctl association list")
        yield from ids
