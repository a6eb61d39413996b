"""Names in a filter: what a word means outside brackets, and inside the bracket of a class."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from itmsctl.expressions import tree as t
from itmsctl.expressions.registry import COMPUTER, Registry
from itmsctl.expressions.source import SourceText
from itmsctl.expressions.syntax import start_of
from itmsctl.values.kind import FilterClass

if TYPE_CHECKING:
    from sqlglot.expressions import Expr


class Names:
    """Resolves names against a registry; errors point into the source."""

    def __init__(self, source: SourceText, registry: Registry) -> None:
        self._source = source
        self._registry = registry
        self._bracket = ""

    @contextmanager
    def inside(self, node: Expr, cls: str) -> Iterator[None]:
        """Read bare names as fields of a class, while its bracket is read."""
        self.refuse_nesting(node)
        self._bracket = cls
        try:
            yield
        finally:
            self._bracket = ""

    def refuse_nesting(self, node: Expr) -> None:
        """Refuse whatever looks at other rows from inside a bracket."""
        if self._bracket:
            self._fail(node, f"only fields of {self._bracket} stand in its bracket", "join brackets with and, or, not")

    def ref(self, node: Expr) -> t.Ref:
        """Return the field that a column node names."""
        cls, name = node.text("table"), node.name
        quoted = bool(node.this.args.get("quoted"))
        if self._bracket:
            return self._row_field(node, cls, name)
        if cls:
            return self._dotted(node, cls.lower(), name, quoted)
        found = self._registry.bare(name.lower())
        if found is None:
            self._fail(node, f"`{name}` is not a field", self._registry.bare_hint(name.lower()))
        return found

    def knows(self, node: Expr) -> bool:
        """Return whether a column node could be a field: it has a class, or a known bare name."""
        if node.text("table"):
            return True
        low = node.name.lower()
        known = self._registry.find_field(self._bracket, low) if self._bracket else self._registry.bare(low)
        return known is not None

    def multi_class(self, node: Expr) -> str:
        """Return the class that a call names."""
        self.refuse_nesting(node)
        return self._class(node, node.name, multi=True)

    def class_argument(self, node: Expr, arguments: list[Expr], *, multi: bool = False) -> str:
        """Return the class named by the one argument of `collected(...)` or `count(...)`."""
        self.refuse_nesting(node)
        word = "count" if multi else "collected"
        if len(arguments) != 1 or type(arguments[0]).__name__ != "Column" or arguments[0].text("table"):
            self._fail(node, f"{word} takes the name of a class", f"write {word}(software)")
        return self._class(arguments[0], arguments[0].name, multi=multi)

    def _class(self, node: Expr, name: str, *, multi: bool) -> str:
        found = self._registry.find_class(name.lower())
        if found is None:
            self._fail(node, f"`{name}` is not a data class", self._registry.class_hint(name))
        if multi and not found.multi:
            field = found.fields[0].name
            shown = field if found.name == COMPUTER else f"{found.name}.{field}"
            self._fail(node, f"`{name}` has one row a computer", f"write {shown}")
        return found.name

    def _row_field(self, node: Expr, cls: str, name: str) -> t.Ref:
        if cls and cls.lower() != self._bracket:
            self.refuse_nesting(node)
        field = self._registry.find_field(self._bracket, name.lower())
        if field is None:
            hint = self._registry.field_hint(self._bracket, name.lower())
            self._fail(node, f"`{name}` is not a field of {self._bracket}", hint)
        return t.Ref(self._bracket, field.name, field.type)

    def _dotted(self, node: Expr, cls: str, name: str, quoted: bool) -> t.Ref:
        found = self._registry.find_class(cls)
        if found is None:
            self._fail(node, f"`{cls}` is not a data class", self._registry.class_hint(cls))
        if found.map_key:
            value = self._registry.map_value(found)
            return t.Ref(cls, value.name, value.type, key=name)
        if quoted:
            self._fail(node, f'"{name}" is a quoted name', "names need no quotes; text stands in single quotes")
        return self._single(node, found, name.lower())

    def _single(self, node: Expr, cls: FilterClass, name: str) -> t.Ref:
        field = self._registry.find_field(cls.name, name)
        if field is None:
            hint = self._registry.field_hint(cls.name, name)
            self._fail(node, f"`{name}` is not a field of {cls.name}", hint)
        if cls.multi:
            self._fail(node, f"a computer may have several {cls.name}", f"write {cls.name}({name} ...)")
        return t.Ref(cls.name, field.name, field.type)

    def _fail(self, node: Expr, message: str, hint: str = "") -> NoReturn:
        raise self._source.error(message, start_of(node), hint)
