"""What Python learned after 3.6, for a program on older ones; `inventory.gathering.older` writes the calls."""

from __future__ import annotations

import collections
import functools
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

UTC = timezone.utc  # noqa: UP017 - datetime.UTC came with 3.11
cache = functools.lru_cache(maxsize=None)  # functools.cache came with 3.9
_NONE = object()
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?)?(Z|[+-]\d\d(?::?\d\d)?)?)?"
)


def namedtuple(name: str, members: list[str], defaults: Iterable[Any] = ()) -> Any:
    """Return a class of tuples with names; the last of them have these defaults, which came with 3.7."""
    factory: Any = collections.namedtuple
    made = factory(name, members)
    made.__new__.__defaults__ = tuple(defaults)
    return made


def _removeprefix(text: str, start: str) -> str:
    return text[len(start) :] if start and text.startswith(start) else text


def _removesuffix(text: str, end: str) -> str:
    return text[: -len(end)] if end and text.endswith(end) else text


def bit_count(number: int) -> int:
    """Return how many bits of a number are set."""
    return bin(number).count("1")


def _isascii(text: str) -> bool:
    return (
        all(ord(char) < 128 for char in text) if len(text) < 16 else len(text.encode("utf-8", "replace")) == len(text)
    )


# What the Python that runs has by itself is quicker.
removeprefix: Callable[[str, str], str] = getattr(str, "removeprefix", _removeprefix)
removesuffix: Callable[[str, str], str] = getattr(str, "removesuffix", _removesuffix)
isascii: Callable[[str], bool] = getattr(str, "isascii", _isascii)


def fromisoformat(text: str) -> datetime:
    """Read a time as `datetime.fromisoformat` of newer Pythons does. Raises ValueError."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(text)
    numbers = [int(part or 0) for part in found.groups()[:6]]
    zone = found[8]
    tz = None
    if zone == "Z":
        tz = UTC
    elif zone:
        minutes = int(zone[1:3]) * 60 + int(zone[-2:] if len(zone) > 3 else 0)
        tz = timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))
    return datetime(*numbers, int((found[7] or "0")[:6].ljust(6, "0")), tz)  # type: ignore[call-arg,arg-type]  # noqa: DTZ001 - six numbers, and its zone


def either(left: Any, right: Any) -> Any:
    """Return what `left | right` means: of maps both, of types a tuple of them."""
    if isinstance(left, dict):
        found = dict(left)
        found.update(right)
        return found
    if isinstance(left, (type, tuple)) and isinstance(right, type):
        return (*left, right) if isinstance(left, tuple) else (left, right)
    return left | right


def joined(left: Any, right: Any) -> Any:
    """Return what `left |= right` leaves in `left`."""
    if isinstance(left, dict):
        left.update(right)
        return left
    left |= right
    return left


def told(names: dict[str, Any], name: str, value: Any) -> Any:
    """Return a value that is given a name in passing."""
    names[name] = value
    return value


def pairwise(members: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield each member with the one that follows it."""
    before: Any = _NONE
    for member in members:
        if before is not _NONE:
            yield before, member
        before = member


class cached_property:  # noqa: N801 - its name in functools
    """A property that is computed once."""

    def __init__(self, compute: Callable[[Any], Any]) -> None:
        self.compute = compute

    def __get__(self, owner: Any, of: Any = None) -> Any:
        """Return the value, which from now on stands in the object itself."""
        if owner is None:
            return self
        value = owner.__dict__[self.compute.__name__] = self.compute(owner)
        return value


class _Field:
    def __init__(self, default: Any = _NONE, default_factory: Any = None) -> None:
        self.default = default
        self.default_factory = default_factory


field = _Field


def dataclass(of: Any = None, **_: Any) -> Any:
    """Return a class with an `__init__`, equality and order by its annotated fields."""
    return _with_fields if of is None else _with_fields(of)


def _with_fields(of: Any) -> Any:
    defaults: dict[str, Any] = {}
    names: list[str] = []
    for base in reversed(of.__mro__):
        for name in base.__dict__.get("__annotations__", {}):  # noqa: RUF063 - what it offers came with 3.10
            if name not in names:
                names.append(name)
            if name in base.__dict__:
                defaults[name] = base.__dict__[name]

    def start(self: Any, *values: Any, **named: Any) -> None:
        given = dict(zip(names, values))
        given.update(named)
        for name in names:
            if name in given:
                value = given[name]
            else:
                value = defaults[name]
                if isinstance(value, _Field):
                    value = value.default_factory() if value.default_factory else value.default
            self.__dict__[name] = value

    def parts(self: Any) -> tuple[Any, ...]:
        return tuple(self.__dict__[name] for name in names)

    of.__init__ = start
    of.__eq__ = lambda self, other: type(other) is type(self) and parts(self) == parts(other)
    of.__lt__ = lambda self, other: parts(self) < parts(other)
    of.__hash__ = lambda self: hash(parts(self))
    return of
