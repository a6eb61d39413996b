"""The fields of a document, typed by the kind that declares them; notation never decides what a value is.

`null` empties a field. A text is what was typed; one without quotes that other readers take for something else is
refused. Whole numbers are plain decimals, yes or no is `true` or `false`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Protocol

from itmsctl.errors import InputError
from itmsctl.plans.problems import Problems
from itmsctl.plans.traps import trap
from itmsctl.values.kind import Field, Kind, Owner, Type
from itmsctl.values.names import did_you_mean
from itmsctl.values.times import seconds
from itmsctl.values.untrusted import is_storable

Path = tuple[str | int, ...]
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,18})")
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?")
SHOWN = 60


class ReadDocument(Protocol):
    """A document as it was read."""

    @property
    def plain(self) -> AbstractSet[Path]:
        """Return the paths of what stands without quotes."""

    def place(self, *path: str | int, key: bool = False) -> str:
        """Return `file:line:column` of a part, or of its key."""


class _BadValueError(Exception):
    def __init__(self, path: Path, what: str, hint: str = "", *, key: bool = False) -> None:
        super().__init__(what)
        self.path, self.what, self.hint, self.key = path, what, hint, key


def spec_of(kind: Kind, source: ReadDocument, given: Any, path: Path, problems: Problems) -> dict[str, Any]:
    """Return the typed fields of a document whose `spec` is given; what is wrong goes to the problems."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        problems.add(source.place(*path), "`spec` is a map of fields", f"see: itmsctl schema {kind.name}")
        return {}
    found: dict[str, Any] = {}
    for name, value in given.items():
        here = (*path, name)
        field = kind.field(name)
        if field is None or field.owner is not Owner.ADMIN:
            problems.add(source.place(*here, key=True), *_unknown(kind, name, field))
            continue
        try:
            found[name] = _value(field, value, here, source)
        except _BadValueError as error:
            problems.add(source.place(*error.path, key=error.key), f"`{name}`: {error.what}", error.hint)
    return found


def _unknown(kind: Kind, name: str, field: Field | None) -> tuple[str, str]:
    if field is not None and field.owner is Owner.SECRET:
        return f"`{name}` is secret: no document holds it", ""
    if field is not None:
        return f"`{name}` of a {kind.name} is not set by anybody", f"leave it out: {field.help}"
    known = [f.name for f in kind.admin_fields]
    also = {f.option: f.name for f in kind.admin_fields if f.option}
    hint = f"did you mean `{also[name]}`?" if name in also else did_you_mean(name, known)
    return f"a {kind.name} has no field `{_short(name)}`", hint or f"see: itmsctl schema {kind.name}"


def _value(field: Field, value: Any, path: Path, source: ReadDocument) -> Any:
    if value is None:
        return None
    match field.type:
        case Type.LIST:
            if not isinstance(value, list):
                raise _BadValueError(path, "a list is wanted", "write it as [a, b], or one `- a` a line")
            return [_member(field, one, (*path, n), source) for n, one in enumerate(value)]
        case Type.MAP:
            if not isinstance(value, Mapping):
                raise _BadValueError(path, "a map of names and texts is wanted", "write it as NAME: VALUE")
            return {_key(k, path): _text(v, (*path, k), source) for k, v in value.items()}
    if isinstance(value, list | Mapping):
        raise _BadValueError(path, f"one value is wanted, not a {'list' if isinstance(value, list) else 'map'}")
    plain = path in source.plain
    match field.type:
        case Type.BOOL:
            if not plain or value not in {"true", "false"}:
                raise _BadValueError(path, f"`{_short(value)}` is neither true nor false")
            return value == "true"
        case Type.INT:
            return _whole(value, path, plain)
        case Type.REAL:
            if not plain or not _NUMBER.fullmatch(value):
                raise _BadValueError(path, f"`{_short(value)}` is no number", "write it as 1.5, without quotes")
            return float(value)
        case Type.DURATION:
            try:
                return seconds(value)
            except InputError as error:
                raise _BadValueError(path, error.message, error.hint) from None
    text = _text(value, path, source)
    _check_choice(field, text, path)
    return text


def _member(field: Field, value: Any, path: Path, source: ReadDocument) -> Any:
    if field.parts and isinstance(value, Mapping):
        return _parts(field, value, path, source)
    text = _text(value, path, source)
    if field.choices:
        _check_choice(field, text, path)
    return text


def _parts(field: Field, value: Mapping[str, Any], path: Path, source: ReadDocument) -> dict[str, Any]:
    known = {part.name: part for part in field.parts}
    for name in value:
        if name not in known:
            hint = did_you_mean(name, known) or "one of " + ", ".join(known)
            raise _BadValueError((*path, name), f"no field `{_short(name)}` here", hint, key=True)
    missing = [part.name for part in field.parts if part.required and value.get(part.name) is None]
    if missing:
        raise _BadValueError(path, f"`{missing[0]}` is missing")
    return {name: _value(known[name], one, (*path, name), source) for name, one in value.items()}


def _whole(value: str, path: Path, plain: bool) -> int:
    if not plain or not _WHOLE.fullmatch(value):
        hint = "without quotes" if _WHOLE.fullmatch(value) else "a plain decimal, such as 22"
        raise _BadValueError(path, f"`{_short(value)}` is no whole number", f"write it {hint}")
    return int(value)


def _text(value: Any, path: Path, source: ReadDocument) -> str:
    if not isinstance(value, str):
        raise _BadValueError(path, "a text is wanted" + (", not nothing" if value is None else ""))
    if path in source.plain and (other := trap(value)):
        raise _BadValueError(path, f"`{_short(value)}` may also be read as {other}", f'quote it: "{_short(value)}"')
    if not is_storable(value):
        raise _BadValueError(path, "it holds a character that is no text")
    return value


def _key(key: Any, path: Path) -> str:
    if not is_storable(str(key)):
        raise _BadValueError(path, "a name in it holds a character that is no text")
    return str(key)


def _check_choice(field: Field, text: str, path: Path) -> None:
    if field.choices and text and text not in field.choices:
        hint = did_you_mean(text, field.choices) or "one of " + ", ".join(field.choices)
        raise _BadValueError(path, f"`{_short(text)}` is no value here", hint)


def _short(text: Any) -> str:
    said = str(text)
    return said if len(said) <= SHOWN else said[:SHOWN] + "..."


def names_in(field: Field, value: Any) -> Sequence[tuple[Field, str]]:
    """Return the names that a typed value gives in fields that refer to others, each with its field."""
    if value is None:
        return ()
    if field.parts:
        inner = {part.name: part for part in field.parts}
        alone = next(part.name for part in field.parts if part.required)  # what a member that is a text names
        return [
            found
            for member in value
            for part, one in (member.items() if isinstance(member, Mapping) else [(alone, member)])
            if part in inner
            for found in names_in(inner[part], one)
        ]
    if not (field.ref or field.selects):
        return ()
    return [(field, one) for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
