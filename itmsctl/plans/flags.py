"""What shelves say of options, in words of documents: `--link-kbit` is the field `link_kbit` there."""

from __future__ import annotations

import re
from collections.abc import Sequence

from itmsctl.values.kind import Kind

_FLAG = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")
_TYPED = "itmsctl "  # a command to type stays as it is


def as_fields(kind: Kind, text: str) -> str:
    """Return words about the options of a kind as words about its fields."""
    if _TYPED in text:
        return text
    names = _names(kind)
    return _FLAG.sub(lambda found: names.get(found[0], found[0]), text)


def fields_named(kind: Kind, text: str) -> Sequence[str]:
    """Return the fields of whose options a text speaks, in its order."""
    names = _names(kind)
    return [names[flag] for flag in _FLAG.findall(text) if flag in names]


def _names(kind: Kind) -> dict[str, str]:
    return {field.flag: field.name for field in kind.admin_fields}
