"""The registry: which classes and fields filters may name.

Rooms declare them in their `kinds.py`. Classes of inventory data are many: the room that has them offers them by name
(hook `data_classes`), and each is made when a filter names it. Those that administrators added stand in the CMDB (hook
`own_data_classes`): `Registry.of` knows them too.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from itmsctl.errors import ExpressionError
from itmsctl.expressions import tree as t
from itmsctl.values.kind import FilterClass, FilterField, Type, house
from itmsctl.values.lean import dataclass

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

COMPUTER = "computer"
# Words of the language; a bare field or a class of such a name could not be told from them.
WORDS = frozenset(
    {"and", "or", "not", "in", "like", "ilike", "escape", "is", "null", "between", "true", "false"}
    | {"now", "interval", "within", "count", "collected"}
)


@dataclass(frozen=True)
class FieldInfo:
    """A field as `filter fields` lists it; `name` is how it is written."""

    name: str
    type: Type
    cls: str
    help: str


class Offered(Protocol):
    """Classes that are made when they are asked for."""

    def names(self) -> Sequence[str]:
        """Return their names."""

    def filter_class(self, name: str) -> FilterClass | None:
        """Return the class of that name, or None."""


class Registry:
    """Classes by name, and the bare names they give."""

    def __init__(self, classes: Iterable[FilterClass], offered: Sequence[Offered] = ()) -> None:
        self._classes = {cls.name: cls for cls in classes}
        self.declared = tuple(self._classes.values())
        self._offered = offered
        self._fields = {(c.name, f.name): f for c in self._classes.values() for f in c.fields}
        self._bare: dict[str, t.Ref] = {}
        for cls in self._classes.values():
            if cls.name == COMPUTER:
                self._bare.update({f.name: t.Ref(COMPUTER, f.name, f.type) for f in cls.fields})
        for cls in self._classes.values():
            for bare, name in cls.any_fields:
                self._bare[bare] = t.Ref(cls.name, name, self.field(cls.name, name).type, bare=bare)

    @staticmethod
    def default() -> Registry:
        """Return the registry of what all rooms declare and offer."""
        return _with_own(())

    @staticmethod
    def of(connection: Connection) -> Registry:
        """Return the registry of a CMDB: with the classes that administrators added to it."""
        return _with_own(tuple(cls for own in house().calls("own_data_classes") for cls in own(connection)))

    @property
    def classes(self) -> tuple[FilterClass, ...]:
        """Return every class, in the order of declaration; those that are offered come last."""
        for offered in self._offered:
            for name in offered.names():
                self.find_class(name)
        return (*self.declared, *sorted(set(self._classes.values()) - set(self.declared), key=lambda cls: cls.name))

    def find_class(self, name: str) -> FilterClass | None:
        """Return the class of that name, or None."""
        found = self._classes.get(name)
        if found is None:
            found = next(filter(None, (offered.filter_class(name) for offered in self._offered)), None)
            if found is not None:
                self._classes[name] = found
                self._fields |= {(name, field.name): field for field in found.fields}
        return found

    def cls(self, name: str) -> FilterClass:
        """Return the class of that name; raises ExpressionError where no room declares it."""
        found = self.find_class(name)
        if found is None:
            raise ExpressionError(f"`{name}` is not a data class", hint=self.class_hint(name))
        return found

    def field(self, cls: str, name: str) -> FilterField:
        """Return a field of a class; raises ExpressionError where it has none of that name."""
        found = self.find_field(cls, name)
        if found is None:
            raise ExpressionError(f"`{name}` is not a field of {cls}", hint=self.field_hint(cls, name))
        return found

    def find_field(self, cls: str, name: str) -> FilterField | None:
        """Return a field of a class, or None."""
        self.find_class(cls)
        return self._fields.get((cls, name))

    def bare(self, name: str) -> t.Ref | None:
        """Return what a name without a class means outside brackets, or None."""
        return self._bare.get(name)

    def map_value(self, cls: FilterClass) -> FilterField:
        """Return the field of a map class that holds the values."""
        return next(f for f in cls.fields if f.column_name == cls.map_value)

    def map_key(self, cls: FilterClass) -> FilterField:
        """Return the field of a map class that holds the keys."""
        return next(f for f in cls.fields if f.column_name == cls.map_key)

    def fields(self) -> list[FieldInfo]:
        """Return every field as it is written, for `filter fields` and completion."""
        return [info for cls in self.classes for info in self._infos(cls)]

    def _infos(self, cls: FilterClass) -> Iterable[FieldInfo]:
        for bare, name in cls.any_fields:
            field = self.field(cls.name, name)
            yield FieldInfo(bare, field.type, cls.name, f"{field.help} (any of the computer's)")
        if cls.map_key:
            value = self.map_value(cls)
            yield FieldInfo(f"{cls.name}.KEY", value.type, cls.name, f"the value of one of the {cls.name}")
        for field in cls.fields:
            yield FieldInfo(self._written(cls, field.name), field.type, cls.name, field.help)

    def _written(self, cls: FilterClass, name: str) -> str:
        if cls.name == COMPUTER:
            return name
        return f"{cls.name}({name})" if cls.multi else f"{cls.name}.{name}"

    def bare_hint(self, name: str) -> str:
        """Return a hint for an unknown name outside brackets."""
        cls = self.find_class(name)
        if cls is not None:
            return _class_usage(cls)
        single = [f"{c.name}.{f.name}" for c in self.classes if not c.multi and c.name != COMPUTER for f in c.fields]
        homes = [f"{c.name}({f.name} ...)" for c in self.classes if c.multi for f in c.fields if f.name == name]
        if homes:
            return f"did you mean {homes[0]}?"
        return _nearest(name, [*self._bare, *single, *(c.name for c in self.classes)])

    def class_hint(self, name: str) -> str:
        """Return a hint for an unknown class."""
        return _nearest(name, [c.name for c in self.classes if c.name != COMPUTER])

    def field_hint(self, cls: str, name: str) -> str:
        """Return a hint for an unknown field of a class."""
        found = self.find_class(cls)
        names = [f.name for f in found.fields] if found else []
        return _nearest(name, names, f"{cls} has {', '.join(names)}")


@lru_cache(maxsize=8)
def _with_own(own: tuple[FilterClass, ...]) -> Registry:
    offered = [offers() for offers in house().calls("data_classes")]
    return Registry((*house().filter_classes(), *own), offered)


def _class_usage(cls: FilterClass) -> str:
    first = cls.fields[0].name
    if cls.map_key:
        return f"write {cls.name}.KEY or {cls.name}({first} = ...)"
    return f"write {cls.name}({first} ...)" if cls.multi else f"write {cls.name}.{first}"


def _nearest(name: str, names: Sequence[str], otherwise: str = "") -> str:
    low = name.lower()
    begun = [one for one in names if one.startswith(f"{low}_")]  # `os` of `os_family`: too short to be near
    near = begun or difflib.get_close_matches(low, names, 1, 0.65)
    return f"did you mean `{near[0]}`?" if near else otherwise or "`itmsctl filter fields` lists all"


def check(tree: t.Node, registry: Registry | None = None) -> None:
    """Make sure that a stored tree still means what it meant: its classes and fields exist, with the same types.

    Raises ExpressionError.
    """
    registry = registry or Registry.default()
    for name in t.classes_used(tree):
        registry.cls(name)
    for node in t.walk(tree):
        for ref in t.refs(node):
            found = registry.field(ref.cls, ref.field)
            if found.type is not ref.type:
                raise ExpressionError(
                    f"`{ref.text}` was {ref.type.value} and is {found.type.value} now", hint="set the filter again"
                )
