"""Relations by the names of what they relate: `association add pc1 primary-user jane`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ConflictError, InputError, NotFoundError
from itmsctl.resources.association_types import PREDEFINED, ends_of
from itmsctl.resources.kinds import USER
from itmsctl.resources.own import OWN_RESOURCE
from itmsctl.resources.rows import association_types, associations, resources
from itmsctl.resources.service.associations import (
    RelationType,
    associate,
    dissociate,
    may_stand,
    predefined_type,
    resource_kinds,
    said_end,
    types,
)
from itmsctl.resources.service.own_tables import own_types, type_of
from itmsctl.resources.service.scope import scoped
from itmsctl.values.counts import with_article
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
    one = end(unit, kind, kind.from_kind, subject)
    other = other.removeprefix(f"{USER.name}:") if kind.to_kind == USER.name else other
    added = kind.to_kind == USER.name and USER.load_shelf().find(unit, other) is None
    found = None if added else end(unit, kind, kind.to_kind, other)
    _refuse_second(unit, kind, one, found)
    two = found or USER.load_shelf().add(unit, other, {}).doc
    is_new = associate(unit, kind.name, one.id, two.id)
    return Related(f"{one.name} {kind.name} {two.name}", two.name, is_new, added)


def end(reader: Reader, type_: RelationType, wanted: str, name: str) -> Doc:
    """Return the resource of a name, or `KIND:NAME`, that may stand at this end of a type.

    Raises NotFoundError, InputError where only resources of other kinds have the name, ConflictError where several may
    be meant.
    """
    ends = ends_of(wanted)
    kinds, types = resource_kinds(), own_types(reader.connection)
    given, colon, rest = name.partition(":")
    is_named = bool(colon) and (given in kinds or given in types)
    plain = rest if is_named else name
    if not is_named and len(ends) == 1 and ends[0] in kinds and ends[0] != OWN_RESOURCE.name:
        only: Doc = kinds[ends[0]].load_shelf().get(reader, plain)
        return only
    found = {type_: doc for type_, doc in _of_name(reader, plain) if not is_named or type_ == given}
    meant = {type_: doc for type_, doc in found.items() if may_stand(reader, type_, wanted)}
    if not found:
        what = given if is_named else " or ".join(ends)
        raise NotFoundError(f"no {what} `{plain}`", hint="itmsctl resource list")
    if not meant:
        raise InputError(f"`{plain}` is {with_article(min(found))}; `{type_.name}` needs {said_end(wanted)} there")
    if len(meant) > 1:
        hint = " or ".join(f"{one}:{plain}" for one in meant)
        raise ConflictError(f"`{plain}` may be {' or '.join(map(with_article, meant))}", hint=f"write {hint}")
    return next(iter(meant.values()))


def _of_name(reader: Reader, name: str) -> Iterator[tuple[str, Doc]]:
    """Yield the resources of a name, each with its type."""
    for kind in resource_kinds().values():
        doc = kind.load_shelf().find(reader, name)
        if doc is not None:
            yield (doc.fields["type"] if kind.name == OWN_RESOURCE.name else kind.name), doc


def relate_to(unit: UnitOfWork, type_name: str, one: int, other: int, source: str) -> None:
    """Relate two resources as a source tells it: what it told before gives way, what a person said stays."""
    kind = predefined_type(unit, type_name)
    mine = sa.select(associations.c.to_id, associations.c.source).where(
        associations.c.type_id == kind.id, associations.c.from_id == one
    )
    held = unit.rows(mine)
    if any(row.to_id == other or row.source == "admin" for row in held):
        return
    for row in held:
        dissociate(unit, kind.name, one, row.to_id)
    associate(unit, kind.name, one, other, source=source)


def part(unit: UnitOfWork, subject: str, type_name: str, other: str) -> str:
    """Take a relation away, and return what it was called. Raises NotFoundError where there is none."""
    kind = predefined_type(unit, type_name)
    one, two = end(unit, kind, kind.from_kind, subject), end(unit, kind, kind.to_kind, other)
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
            associations.c.source, associations.c.since, type_of(one).label("subject_kind"),
            type_of(two).label("object_kind"),
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
    stored = {one.name: (one.from_kind, one.to_kind, one.many) for one in types(reader)}
    known = {name: one[:3] for name, one in PREDEFINED.items()} | stored
    helps = {name: one.help for name, one in PREDEFINED.items()}
    return [
        {"name": name, "subject": one, "object": two, "several": many, "help": helps.get(name)}
        for name, (one, two, many) in sorted(known.items())
    ]


def _refuse_second(reader: Reader, kind: RelationType, one: Doc, two: Doc | None) -> None:
    if kind.many:
        return
    own = 0 if two is None else two.id
    statement = (
        sa.select(resources.c.name)
        .join(associations, associations.c.to_id == resources.c.id)
        .where(associations.c.type_id == kind.id, associations.c.from_id == one.id, resources.c.id != own)
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
