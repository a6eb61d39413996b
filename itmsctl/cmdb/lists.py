"""Members put into the lists of an object and taken out, one by one: the others stay as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from itmsctl.errors import FieldError, ItmsError
from itmsctl.values.lean import dataclass
from itmsctl.values.names import did_you_mean, name_key

if TYPE_CHECKING:
    from itmsctl.cmdb.doc import Doc
    from itmsctl.cmdb.shelf import Shelf
    from itmsctl.cmdb.work import Reader

_LISTED = 6


@dataclass(frozen=True, eq=False, repr=False)
class Adjustment:
    """What is put into a list, and what is taken out of it."""

    add: Sequence[str] = ()
    remove: Sequence[str] = ()


def adjusted(shelf: Shelf, reader: Reader, doc: Doc, wanted: Mapping[str, Adjustment]) -> dict[str, Any]:
    """Return the lists of an object with these changes, as `set` takes them.

    What is in a list already is no second time. Raises NotFoundError, and FieldError for what is not in a list.
    """
    found: dict[str, Any] = {}
    for field, change in wanted.items():
        own: list[str] = list(doc.fields[field])
        gone = {_place(shelf, reader, doc.name, field, own, text) for text in change.remove}
        kept = [text for n, text in enumerate(own) if n not in gone]
        have = {name_key(text) for text in kept}
        found[field] = kept + [t for t in _stored(shelf, reader, field, change.add) if name_key(t) not in have]
    return found


def _stored(shelf: Shelf, reader: Reader, field: str, texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(shelf.stored(reader, {field: list(texts)})[field])) if texts else []


def _place(shelf: Shelf, reader: Reader, name: str, field: str, own: Sequence[str], text: str) -> int:
    """Return where a member stands, as it is written or in its stored form; a name that is gone needs no form."""
    try:
        forms = {text, *_stored(shelf, reader, field, [text])}
    except ItmsError:
        forms = {text}
    keys = {name_key(form) for form in forms}
    for n, member in enumerate(own):
        if name_key(member) in keys:
            return n
    flag = getattr(shelf.kind.field(field), "flag", field)
    listed = ", ".join(own[:_LISTED]) + (", ..." if len(own) > _LISTED else "")
    raise FieldError(
        f"`{text}` is not in `{flag}` of {shelf.kind.name} `{name}`",
        hint=did_you_mean(text, own) or f"it holds: {listed or 'nothing'}",
    )
