"""TARGETS: the shelf of targets (TGT-1 to TGT-5). Definitions are kept by id, shown by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import FieldError, ItmsError, SelectorError
from itmsctl.targeting import selector, sets
from itmsctl.targeting.definition import Definition
from itmsctl.targeting.kinds import TARGET
from itmsctl.targeting.rows import target_parts, targets
from itmsctl.targeting.service import names, update
from itmsctl.targeting.service.collection_shelf import CollectionShelf
from itmsctl.values.naming import naming

PARTS = ("filter", "group", "view")  # what a target may be made of
_LISTS = {"views": "view", "groups": "group", "filters": "filter"}
_MADE_OF = ("views", "groups", "filters", "excludes", "is")
NOBODY = "nobody"
_JOIN: dict[str, Callable[[sets.SetTree, sets.SetTree], sets.SetTree]] = {
    "&": sets.Both,
    "|": sets.Either,
    "-": sets.Without,
}
_SIGN = {sets.Both: "&", sets.Either: "|", sets.Without: "-"}


class Targets(CollectionShelf):
    """All targets."""

    def __init__(self) -> None:
        super().__init__(TARGET)

    def add(
        self,
        unit: UnitOfWork,
        name: str,
        fields: Mapping[str, Any],
        *,
        guid: str | None = None,
        owner: str = NOBODY,
    ) -> Outcome:
        """Add a target and find its members; `owner` is who adds it, where the fields name none (TGT-2).

        Raises FieldError where it is made of nothing, SelectorError, NotFoundError, and as the shelf does.
        """
        if not any(fields.get(f) for f in _MADE_OF):
            raise FieldError(
                "a target needs at least a view", hint="--view all is every computer; --filter, --exclude narrow it"
            )
        if not fields.get("owner") and self.find(unit, self.name_of(name)) is None:
            fields = {**fields, "owner": owner}
        return super().add(unit, name, {f: v for f, v in fields.items() if f != "owner" or v}, guid=guid)

    def declare(
        self, unit: UnitOfWork, name: str, fields: Mapping[str, Any], *, by: str, guid: str | None = None
    ) -> Outcome:
        """Add a target; it is owned by who applies its document, where that names nobody. Raises as `add` does."""
        return self.add(unit, name, fields, owner=by, guid=guid)

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the shelf's
        """Check every name; return them as they are stored."""
        checked = dict(fields)
        if "owner" in checked and not checked["owner"]:
            raise FieldError("a target has an owner (TGT-2)", hint="--owner NAME").about("owner")
        for field in _LISTS:
            if checked.get(field):
                given = checked[field]
                checked[field] = [self._stored(reader, field, given, text) for text in dict.fromkeys(given)]
        if checked.get("excludes"):
            found = []
            for position, text in enumerate(checked["excludes"]):
                with naming("excludes", position):
                    found.append(_named(reader, text))
            written = names.written(reader, found)
            checked["excludes"] = list(dict.fromkeys(written[f.id] for f in found))
        if checked.get("is"):
            with naming("is"):
                checked["is"] = render(reader, read_set(reader, checked["is"]))
        return checked

    def columns_of(self, reader: Reader, doc: Doc) -> dict[str, Any]:
        """Return the definition by ids."""
        return {"definition": self.definition_of(reader, doc.fields).to_json()}

    def definition_of(self, reader: Reader, fields: Mapping[str, Any]) -> Definition:
        """Return what the fields mean, by ids. Raises NotFoundError, SelectorError."""

        def ids(field: str) -> tuple[int, ...]:
            kind = _LISTS[field]
            return tuple(
                names.find(reader, text, (kind,)).id for text in fields.get(field) or () if text != selector.EVERYTHING
            )

        return Definition(
            views=ids("views"),
            groups=ids("groups"),
            filters=ids("filters"),
            excludes=tuple(_named(reader, text).id for text in fields.get("excludes") or ()),
            everywhere=selector.EVERYTHING in (fields.get("views") or ()),
            fits=read_set(reader, fields["is"]) if fields.get("is") else None,
        )

    def read_extra(self, reader: Reader, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return what targets are made of, by name."""
        rows = reader.connection.execute(sa.select(targets.c.id, targets.c.definition).where(targets.c.id.in_(ids)))
        known = {i: Definition.from_json(value) for i, value in rows}
        found = names.by_ids(reader, frozenset().union(*(d.ids for d in known.values())))
        written = names.written(reader, list(found.values()))

        def plain(parts: Sequence[int]) -> list[str]:
            return [found[i].name for i in parts]

        return {
            i: {
                "views": [selector.EVERYTHING] * d.everywhere + plain(d.views),
                "groups": plain(d.groups),
                "filters": plain(d.filters),
                "excludes": [written[part] for part in d.excludes],
                "is": None if d.fits is None else selector.render(_selector(d.fits, written)),
            }
            for i, d in known.items()
        }

    def naming(self, reader: Reader, kind: str, ids: Collection[int]) -> list[int]:
        """Return the targets whose documents name some of these: what they are made of."""
        found = super().naming(reader, kind, ids)
        if kind in PARTS:
            among = frozenset(ids)
            rows = reader.connection.execute(sa.select(targets.c.id, targets.c.definition))
            found += [i for i, value in rows if among & Definition.from_json(value).ids]
        return found

    def after_write(self, unit: UnitOfWork, before: Doc | None, doc: Doc | None) -> None:
        """Recalculate it where its definition or owner was saved (TGT-3, TGT-5)."""
        made_of = ("owner", *_MADE_OF)
        if doc is not None and (before is None or any(before.fields[f] != doc.fields[f] for f in made_of)):
            update.define(unit, "target", doc.id)

    def before_remove(self, unit: UnitOfWork, doc: Doc) -> None:
        """Take its parts away."""
        super().before_remove(unit, doc)
        unit.connection.execute(sa.delete(target_parts).where(target_parts.c.target_id == doc.id))

    @staticmethod
    def _stored(reader: Reader, field: str, given: Sequence[str], text: str) -> str:
        if field == "views" and text == selector.EVERYTHING:
            return text
        with naming(field, given.index(text)):
            return names.find(reader, text, (_LISTS[field],)).name


def _named(reader: Reader, text: str) -> names.NamedCollection:
    found = selector.parse(text)
    if not isinstance(found, selector.Name):
        raise SelectorError(f"`{text}` is not one name", hint="give --exclude once for each; --is takes expressions")
    return named(reader, found, PARTS)


def named(reader: Reader, name: selector.Name, kinds: Sequence[str]) -> names.NamedCollection:
    """Return the collection that a name means; raises NotFoundError, AmbiguousNameError, SelectorError."""
    try:
        if name.kind and name.kind not in kinds:
            raise SelectorError(f"a {name.kind} cannot stand here: `{name.text}`", hint="one of " + ", ".join(kinds))
        return names.find(reader, name.text, (name.kind,) if name.kind else kinds)
    except ItmsError as error:
        error.details["offset"] = name.offset
        raise


def read_set(reader: Reader, text: str) -> sets.SetTree:
    """Read the set expression of a target: filters, groups and views, by id. Raises SelectorError, NotFoundError."""
    return _tree(selector.parse(text), lambda name: named(reader, name, PARTS).id)


def _tree(node: selector.Selector, find: Callable[[selector.Name], int]) -> sets.SetTree:
    match node:
        case selector.All():
            return sets.Everything()
        case selector.Name():
            return sets.AnyOf(frozenset({find(node)}))
        case selector.SelectorSource(text):
            raise SelectorError(
                f"`@{text}` cannot be part of a target", hint="a target is made of filters, groups and views"
            )
        case selector.Joined(operator, left, right):
            return _JOIN[operator](_tree(left, find), _tree(right, find))


def render(reader: Reader, tree: sets.SetTree) -> str:
    """Return the text of a set expression, with the names that its collections have now."""
    found = names.by_ids(reader, sets.ids_of(tree))
    return selector.render(_selector(tree, names.written(reader, list(found.values()))))


def _selector(tree: sets.SetTree, written: Mapping[int, str]) -> selector.Selector:
    match tree:
        case sets.AnyOf(ids):
            (only,) = ids
            return selector.parse(written[only])
        case sets.Both(left, right) | sets.Either(left, right) | sets.Without(left, right):
            return selector.Joined(_SIGN[type(tree)], _selector(left, written), _selector(right, written))
        case _:
            return selector.All()


TARGETS = Targets()
