"""What an object names: the GUIDs that go with it, so that a name means the same thing where it arrives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.nouns import table_of
from itmsctl.cmdb.work import Reader
from itmsctl.errors import ItmsError
from itmsctl.targeting import selector
from itmsctl.targeting.service.targets import named
from itmsctl.values.kind import Field, Kind, Type, house
from itmsctl.values.names import name_key

_MOST = 20_000  # names that are remembered


class References:
    """Finds what objects name. What it found once holds for its view of the database."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[tuple[str, str], str | None] = {}

    def of(self, kind: Kind, doc: Doc) -> dict[str, str]:
        """Return the GUIDs of what an object names, by `kind/name`; computers that were put in by hand are left out."""
        found = {}
        for other, name in _named(kind, doc):
            if (guid := self._guid(other, name)) is not None:
                found[f"{other}/{name}"] = guid
        for field in kind.fields:
            for text in _texts(doc.fields.get(field.name)) if field.selects else ():
                found |= self._selected(text, field)
        return found

    def _guid(self, kind: str, name: str) -> str | None:
        key = (kind, name)
        if key not in self._known:
            if len(self._known) >= _MOST:
                self._known.clear()
            declared = house().kind(kind)
            self._known[key] = None if declared is None else self._looked_up(declared, name)
        return self._known[key]

    def _looked_up(self, kind: Kind, name: str) -> str | None:
        table = table_of(kind)
        where = table.c.name_key == name_key(name)
        if kind.typed:
            where &= table.c.kind == kind.name
        found: str | None = self._reader.scalar(sa.select(table.c.guid).where(where))
        return found

    def _selected(self, text: str, field: Field) -> dict[str, str]:
        found = {}
        with suppress(ItmsError):  # it names what is not there: then nothing goes with it
            for node in _names(selector.parse(text)):
                one = named(self._reader, node, field.selects)
                found[f"{one.kind}/{one.name}"] = one.guid
        return found


def _named(kind: Kind, doc: Doc) -> Iterator[tuple[str, str]]:
    if kind.named_for:
        yield kind.named_for, doc.name
    for field in kind.fields:
        value = doc.fields.get(field.name)
        if not value:
            continue
        if field.ref and not (field.type is Type.LIST and field.ref == "computer"):
            yield from ((field.ref, text) for text in _texts(value))
        for part in field.parts:
            if part.ref and isinstance(value, list):
                yield from ((part.ref, one[part.name]) for one in value if isinstance(one, dict) and one.get(part.name))


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str) and one]


def _names(node: selector.Selector) -> Iterator[selector.Name]:
    if isinstance(node, selector.Joined):
        yield from _names(node.left)
        yield from _names(node.right)
    elif isinstance(node, selector.Name):
        yield node


def split(reference: str) -> tuple[str, str]:
    """Return kind and name of a reference as records write it."""
    kind, _, name = reference.partition("/")
    return kind, name
