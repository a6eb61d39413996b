"""Dataclasses for what every command loads: those of Python, but their methods are shared.

`dataclasses.dataclass` writes and compiles the methods of each class, a quarter of a millisecond a class, and a
short command loads fifty of them. Here a class only says what its fields are. What it can do is the same, and a type
checker sees no difference.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(
        *,
        frozen: bool = False,
        eq: bool = True,
        repr: bool = True,  # noqa: A002 - as Python names it
        kw_only: bool = False,
    ) -> Callable[[type], type]:
        """Return what makes a class a dataclass; the options mean what they mean in Python."""
        wanted: dict[str, Any] = {"__init__": _init}
        if frozen:
            wanted |= {"__setattr__": _refuse, "__delattr__": _refuse}
        if repr:
            wanted |= {"__repr__": _repr}
        if eq:
            wanted |= {"__eq__": _eq, "__hash__": _hash if frozen else None}

        def make(cls: Any) -> Any:
            cls.__doc__ = cls.__doc__ or cls.__name__  # or Python would spell out its signature, which costs most
            dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=kw_only)(cls)
            cls._shape = _shape_of(cls)
            for name, method in wanted.items():
                if name not in cls.__dict__:
                    setattr(cls, name, method)
            return cls

        return make


class _Shape(NamedTuple):
    """What must be known of a class to make an object of it."""

    positional: tuple[str, ...]
    names: frozenset[str]
    defaults: dict[str, Any]
    factories: tuple[tuple[str, Callable[[], Any]], ...]
    compared: Callable[[Any], Any]  # what two objects are compared by
    hashed: Callable[[Any], Any]


def _shape_of(cls: Any) -> _Shape:
    found = dataclasses.fields(cls)
    if not all(f.init for f in found) or hasattr(cls, "__post_init__"):
        raise TypeError(f"{cls.__qualname__}: a field that is not given, and __post_init__, need a dataclass of Python")
    return _Shape(
        tuple(f.name for f in found if not f.kw_only),
        frozenset(f.name for f in found),
        {f.name: f.default for f in found if f.default is not dataclasses.MISSING},
        tuple((f.name, f.default_factory) for f in found if f.default_factory is not dataclasses.MISSING),
        _values_of([f.name for f in found if f.compare]),
        _values_of([f.name for f in found if (f.compare if f.hash is None else f.hash)]),
    )


def _values_of(names: Sequence[str]) -> Callable[[Any], Any]:
    return attrgetter(*names) if names else lambda _: ()


def _init(self: Any, /, *args: Any, **given: Any) -> None:
    positional, names, defaults, factories, _, _ = self._shape
    values = self.__dict__
    values.update(defaults)
    if args:
        values.update(zip(positional, args, strict=False))
    values.update(given)
    for name, factory in factories:
        if name not in values:
            values[name] = factory()
    if values.keys() != names or len(args) > len(positional) or not given.keys().isdisjoint(positional[: len(args)]):
        raise TypeError(_misfit(type(self), len(args), given))


def _misfit(cls: Any, count: int, given: dict[str, Any]) -> str:
    """Say in Python's manner what is wrong with what an object should be made of."""
    positional, names, defaults, factories, _, _ = cls._shape
    called = f"{cls.__qualname__}.__init__()"
    if count > len(positional):
        return f"{called} takes {len(positional)} positional arguments but {count} were given"
    for name in given:
        if name not in names:
            return f"{called} got an unexpected keyword argument '{name}'"
        if name in positional[:count]:
            return f"{called} got multiple values for argument '{name}'"
    known = {*positional[:count], *given, *defaults, *(name for name, _ in factories)}
    missing = [f.name for f in dataclasses.fields(cls) if f.name not in known]
    return f"{called} missing required arguments: {', '.join(missing)}"


def _refuse(self: Any, name: str, *value: Any) -> None:
    if name in self.__dataclass_fields__ or "_shape" in type(self).__dict__:
        raise dataclasses.FrozenInstanceError(f"cannot {'assign to' if value else 'delete'} field {name!r}")
    if value:
        object.__setattr__(self, name, *value)
    else:
        object.__delattr__(self, name)


def _repr(self: Any) -> str:
    told = (f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr)
    return f"{type(self).__qualname__}({', '.join(told)})"


def _eq(self: Any, other: Any) -> Any:
    if type(other) is not type(self):
        return NotImplemented
    compared = self._shape.compared
    return compared(self) == compared(other)


def _hash(self: Any) -> int:
    return hash(self._shape.hashed(self))
