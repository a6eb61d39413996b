"""What an object names: the objects that its fields refer to, by kind and key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from itmsctl.errors import InputError, SelectorError
from itmsctl.plans.ordering import Key
from itmsctl.plans.spec import names_in
from itmsctl.targeting import selector
from itmsctl.values.kind import Kind, house
from itmsctl.values.names import is_guid, name_key


def references(kind: Kind, name: str, fields: Mapping[str, Any]) -> Iterator[Key]:
    """Yield what an object names, itself left out. A name that may be of several kinds is given for each."""
    if kind.named_for:
        yield from _keys((kind.named_for,), name)
    for field in kind.fields:
        for found, text in names_in(field, fields.get(field.name)):
            yield from _keys((found.ref,), text) if found.ref else _selected(found.selects, text)


def _selected(kinds: tuple[str, ...], text: str) -> Iterator[Key]:
    with suppress(SelectorError):  # the shelf says what is wrong with it
        yield from _of_node(kinds, selector.parse(text))


def _of_node(kinds: tuple[str, ...], node: selector.Selector) -> Iterator[Key]:
    match node:
        case selector.Joined(_, left, right):
            yield from _of_node(kinds, left)
            yield from _of_node(kinds, right)
        case selector.Name(text, kind):
            yield from _keys((kind,) if kind else kinds, text)


def _keys(kinds: tuple[str, ...], text: str) -> Iterator[Key]:
    for name in kinds:
        kind = house().kind(name)
        if kind is None:
            continue
        stored = text
        with suppress(InputError):
            stored = text if is_guid(text) else kind.load_shelf().name_of(text)
        yield name, stored.lower() if is_guid(stored) else name_key(stored)
