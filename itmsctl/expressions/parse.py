"""Text of a filter to a tree: names are resolved in the registry, types are checked, nothing is left to guess."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from itmsctl.expressions import ages, literals, patterns, regexes, syntax
from itmsctl.expressions import tree as t
from itmsctl.expressions.names import Names
from itmsctl.expressions.registry import Registry
from itmsctl.expressions.source import SourceText, checked
from itmsctl.values.kind import Type

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

_OPERATORS: dict[str, t.Operator] = {"EQ": "=", "NEQ": "!=", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}


def parse(text: str, registry: Registry | None = None) -> t.Node:
    """Return the tree of a filter.

    Raises ExpressionError, with line, column and offset in its details and a hint, for everything that the language
    does not have.
    """
    source = checked(text)
    root = syntax.read(source)
    try:
        tree = _TreeReader(source, registry or Registry.default()).node(root)
    except RecursionError:
        raise source.error("nested too deeply", 0, "store parts of it as filters") from None
    size = sum(1 + len(node.values) if isinstance(node, t.In) else 1 for node in t.walk(tree))
    if size > syntax.MAX_NODES:
        raise source.error(f"more than {syntax.MAX_NODES} parts", 0, "keep names in a file: --target @FILE")
    return tree


def _kind(node: Expr) -> str:
    return type(node).__name__


def _bare(node: Expr) -> Expr:
    while _kind(node) == "Paren":
        node = node.this
    return node


def _no_field(left: Expr, right: Expr) -> str:
    if any(_kind(side) == "Sub" and _kind(side.this) == "Column" for side in (left, right)):
        return 'a tag whose name is no plain word is written tags."cost-center"'
    return "text stands in single quotes, a field's name does not"


class _TreeReader:
    """Reads one syntax tree; `names` knows whether it stands inside the bracket of a class."""

    def __init__(self, source: SourceText, registry: Registry) -> None:
        self._source = source
        self._registry = registry
        self._names = Names(source, registry)

    def node(self, node: Expr) -> t.Node:
        """Return the condition that a node is."""
        node = _bare(node)
        kind = _kind(node)
        if kind in {"And", "Or"}:
            parts = tuple(self.node(part) for part in self._flat(node, kind))
            return t.And(parts) if kind == "And" else t.Or(parts)
        if kind == "Not":
            return t.Not(self.node(node.this))
        if kind == "Boolean":
            return t.Constant(bool(node.this))
        if kind in _OPERATORS:
            return self._comparison(node, _OPERATORS[kind])
        if kind == "Anonymous":
            return self._call(node)
        if kind == "Column":
            return self._flag(node)
        return self._test(node, kind)

    def _flat(self, node: Expr, kind: str) -> list[Expr]:
        # `a and b and c ...` leans to the left, thousands deep: walked down without recursion.
        parts: list[Expr] = []
        while _kind(node) == kind:
            parts.append(node.expression)
            node = node.this
        return [node, *reversed(parts)]

    def _test(self, node: Expr, kind: str) -> t.Node:
        found: t.Node
        match kind:
            case "Is":
                found = self._is_null(node)
            case "In":
                found = self._in(node)
            case "Between":
                return self._between(node)
            case "Like" | "ILike" | "Escape":
                return self._like(node)
            case "RegexpLike":
                found = self._regex(node)
            case _:
                self._fail(node, "this is a value, not a condition", "compare it: field = value")
        return t.Not(found) if node.args.get("negate") else found

    def _flag(self, node: Expr) -> t.Node:
        ref = self._ref(node)
        if ref.type is not Type.BOOL:
            self._fail(node, f"`{ref.text}` alone is no condition", f"write {ref.text} = ... or {ref.text} is not null")
        return t.Flag(ref)

    def _comparison(self, node: Expr, op: t.Operator) -> t.Node:
        left, right = _bare(node.this), _bare(node.expression)
        for side, other, turned in ((left, right, op), (right, left, t.FLIPPED[op])):
            if _kind(side) == "Count":
                return self._count(side, turned, self._integer(other))
        if _kind(left) != "Column":
            left, right, op = right, left, t.FLIPPED[op]
        if _kind(left) != "Column":
            self._fail(node, "a comparison needs a field", _no_field(left, right))
        return self._compare(self._ref(left), op, right, left)

    def _compare(self, ref: t.Ref, op: t.Operator, right: Expr, at: Expr) -> t.Node:
        try:
            literals.require_ordered(ref, op)
        except literals.TypeFaultError as fault:
            self._fail(at, str(fault), fault.hint)
        value = self._field_operand(ref, right) if _kind(right) == "Column" else self._value(ref, right)
        if op == "!=" and ref.many:
            return t.Not(t.Compare("=", ref, value))  # as `not in`, `not like`: none of them is it
        return t.Compare(op, ref, value)

    def _field_operand(self, ref: t.Ref, node: Expr) -> t.Ref:
        if literals.is_text(ref.type) and not self._names.knows(node):
            self._fail(node, f"`{node.name}` is not a field", f"text stands in single quotes: '{node.name}'")
        other = self._ref(node)
        if ref.many or other.many:
            many = ref if ref.many else other
            self._fail(node, f"`{many.text}` may have several values", "compare it inside the bracket of its class")
        if not literals.same_type(ref, other):
            self._fail(node, f"`{ref.text}` and `{other.text}` are of different types")
        return other

    def _is_null(self, node: Expr) -> t.Node:
        if _kind(node.expression) != "Null":
            self._fail(node, "`is` takes null only", "write `field` or `not field` for true and false")
        return t.IsNull(self._ref(node.this))

    def _in(self, node: Expr) -> t.Node:
        ref, items = self._ref(node.this), node.expressions
        if not items:
            self._fail(node, "an empty list", "write in ('a', 'b')")
        return t.In(ref, tuple(self._value(ref, _bare(item)) for item in items))

    def _between(self, node: Expr) -> t.Node:
        subject = _bare(node.this)
        low, high = _bare(node.args["low"]), _bare(node.args["high"])
        if _kind(subject) == "Count":
            bounds = (self._count(subject, ">=", self._integer(low)), self._count(subject, "<=", self._integer(high)))
            return t.And(bounds)
        ref = self._ref(subject)
        if ref.many:
            self._fail(subject, f"`{ref.text}` may have several values", "write it inside the bracket of its class")
        return t.And((self._compare(ref, ">=", low, subject), self._compare(ref, "<=", high, subject)))

    def _like(self, node: Expr) -> t.Node:
        escape = "\\"
        if _kind(node) == "Escape":
            escape, node = self._text(node.expression), _bare(node.this)
            if _kind(node) not in {"Like", "ILike"}:
                self._fail(node, "escape belongs to like")
        ref, pattern = self._text_ref(node.this), self._text(node.expression)
        try:
            pattern = patterns.normalised(pattern, escape)
        except ValueError as error:
            self._fail(node.expression, str(error))
        found = t.Like(ref, pattern, _kind(node) == "ILike")
        return t.Not(found) if node.args.get("negate") else found

    def _regex(self, node: Expr) -> t.Node:
        ref, pattern = self._text_ref(node.this), self._text(node.expression)
        try:
            regexes.searcher(pattern)
        except regexes.PatternError as error:
            self._fail(node.expression, f"the regular expression '{pattern}': {error}", error.hint)
        return t.Regex(ref, pattern)

    def _call(self, node: Expr) -> t.Node:
        name, arguments = node.name.lower(), node.expressions
        if name == "within":
            return self._within(node, arguments)
        if name == "collected":
            return t.Collected(self._names.class_argument(node, arguments))
        return self._bracket(node)

    def _within(self, node: Expr, arguments: list[Expr]) -> t.Node:
        if len(arguments) != 2:
            self._fail(node, "within takes a field and a prefix", "write within(address, '10.0.0.0/8')")
        ref = self._ref(arguments[0])
        if ref.type is not Type.ADDRESS:
            self._fail(arguments[0], f"`{ref.text}` is not an address")
        try:
            found = literals.prefix(self._text(arguments[1]))
        except literals.TypeFaultError as fault:
            self._fail(arguments[1], str(fault), fault.hint)
        return t.Within(ref, found.start, found.end)

    def _bracket(self, node: Expr) -> t.ClassExists:
        cls, arguments = self._names.multi_class(node), node.expressions
        if len(arguments) > 1:
            self._fail(arguments[1], "one condition stands in a bracket", f"write {cls}(... and ...)")
        if not arguments:
            return t.ClassExists(cls)
        with self._names.inside(node, cls):
            return t.ClassExists(cls, self.node(arguments[0]))

    def _count(self, node: Expr, op: t.Operator, number: int) -> t.Node:
        inner = _bare(node.this)
        if _kind(inner) == "Column":
            return t.Count(self._names.class_argument(node, [inner], multi=True), None, op, number)
        if _kind(inner) != "Anonymous" or inner.name.lower() in {"within", "collected"}:
            self._fail(node, "count takes a class", "write count(software(name = 'x')) > 2")
        self._names.refuse_nesting(node)
        bracket = self._bracket(inner)
        return t.Count(bracket.cls, bracket.where, op, number)

    def _integer(self, node: Expr) -> int:
        value = self._written(node)
        if not isinstance(value, int) or isinstance(value, bool) or not -(2**31) < value < 2**31:
            self._fail(node, "a count is compared with a whole number", "write count(software) > 2")
        return value

    def _ref(self, node: Expr) -> t.Ref:
        node = _bare(node)
        if _kind(node) != "Column":
            self._fail(node, "a field is expected here", "the field stands on the left: name in ('a', 'b')")
        ref = self._names.ref(node)
        try:
            literals.require_usable(ref)
        except literals.TypeFaultError as fault:
            self._fail(node, str(fault), fault.hint)
        return ref

    def _text_ref(self, node: Expr) -> t.Ref:
        ref = self._ref(node)
        if not literals.is_text(ref.type):
            hint = f"write within({ref.text}, '10.0.0.0/8')" if ref.type is Type.ADDRESS else ""
            self._fail(node, f"`{ref.text}` is not text", hint)
        return ref

    def _text(self, node: Expr) -> str:
        node = _bare(node)
        if _kind(node) != "Literal" or not node.is_string:
            self._fail(node, "text in single quotes is expected here")
        return str(node.this)

    def _value(self, ref: t.Ref, node: Expr) -> t.Literal | t.Now:
        kind = _kind(node)
        if kind in {"CurrentTimestamp", "Add", "Sub", "Interval"}:
            if ref.type is not Type.TIME:
                self._fail(node, f"`{ref.text}` is not a time")
            return self._moment(node)
        try:
            return literals.for_field(ref, self._written(node))
        except literals.TypeFaultError as fault:
            self._fail(node, str(fault), fault.hint)

    def _written(self, node: Expr) -> t.Value:
        kind = _kind(node)
        if kind == "Boolean":
            return bool(node.this)
        if kind == "Neg" and _kind(node.this) == "Literal" and not node.this.is_string:
            return -self._number(node.this)
        if kind == "Literal":
            return str(node.this) if node.is_string else self._number(node)
        if kind == "Null":
            self._fail(node, "nothing equals null", "write is null or is not null")
        if kind == "Column":
            self._fail(node, f"`{node.name}` is a name, not a value", f"write '{node.name}' in single quotes")
        return self._fail(node, "a value is expected here", "values are text, numbers, true, false and now()")

    def _number(self, node: Expr) -> int | float:
        text = str(node.this)
        try:
            return int(text) if text.isdecimal() and text.isascii() else float(text)
        except ValueError:
            self._fail(node, f"`{text[:40]}` is not a number")

    def _moment(self, node: Expr) -> t.Now:
        kind = _kind(node)
        if kind == "CurrentTimestamp" and self._source.text[syntax.start_of(node) :][:3].lower() == "now":
            return t.Now()
        if kind in {"Add", "Sub"} and _kind(_bare(node.expression)) == "Interval":
            shift = self._interval(_bare(node.expression))
            return t.Now(self._moment(_bare(node.this)).shift_us + (shift if kind == "Add" else -shift))
        return self._fail(node, "a time is written as text or counted from now()", "write now() - interval '30 days'")

    def _interval(self, node: Expr) -> int:
        unit = node.args.get("unit")
        text = f"{node.this.name} {unit.name}" if unit is not None else node.this.name
        try:
            return ages.microseconds(text)
        except ValueError as error:
            self._fail(node, f"'{text}' is not an interval", str(error))

    def _fail(self, node: Expr, message: str, hint: str = "") -> NoReturn:
        raise self._source.error(message, syntax.start_of(node), hint)
