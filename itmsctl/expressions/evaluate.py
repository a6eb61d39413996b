"""A tree as a Python function over a record: true, false, or none for unknown. Closures are built once a filter.

Built for deltas, where thousands of filters meet a few changed computers: a test costs well under a microsecond.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from itmsctl.errors import ExpressionError
from itmsctl.expressions import literals, patterns, regexes
from itmsctl.expressions import tree as t
from itmsctl.expressions.registry import COMPUTER, Registry
from itmsctl.values.addresses import Prefix
from itmsctl.values.kind import Type
from itmsctl.values.versions import version_key

Truth = bool | None
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """Rows by class, each row by field name; `collected` names the classes that were collected from this computer.

    An administrator's class need not be named there: it is always known. Values are str, int, float, bool, aware
    datetime or 16 bytes. A class of one row a computer has at most one row here.
    """

    rows: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    collected: frozenset[str] = frozenset()


Predicate = Callable[[Record], Truth]
RowTest = Callable[[Row], Truth]
_OPERATORS: dict[t.Operator, Callable[[Any, Any], bool]] = {"=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}


def compile_python(tree: t.Node, *, now: datetime, registry: Registry | None = None) -> Predicate:
    """Return a function from a record to true, false or none (unknown); `now` is fixed in it.

    Raises ExpressionError where the tree no longer fits the registry.
    """
    try:
        return Evaluator(registry or Registry.default(), now).node(tree)
    except regexes.PatternError as error:
        raise ExpressionError(f"a regular expression is not taken: {error}", hint=error.hint) from None


class Evaluator:
    """Builds closures for nodes, and for conditions on one row."""

    def __init__(self, registry: Registry, now: datetime) -> None:
        self._registry = registry
        self._now = now

    def node(self, node: t.Node) -> Predicate:
        """Return the closure of a node outside brackets."""
        match node:
            case t.And(parts):
                return _every([self.node(part) for part in parts])
            case t.Or(parts):
                return _some([self.node(part) for part in parts])
            case t.Not(part):
                return _opposite(self.node(part))
            case t.Constant(value):
                return lambda _record: value
            case t.Collected(cls):
                return self._collected(cls)
            case t.ClassExists(cls, where):
                return self._if_known(cls, _any_row(cls, self._row(where)))
            case t.Count(cls, where, op, number):
                return self._if_known(cls, _counted(cls, self._row(where), op, number))
            case _:
                return self._atom(node)

    def _collected(self, cls: str) -> Predicate:
        if not self._registry.cls(cls).is_gathered:
            return lambda _record: True
        return lambda record: cls in record.collected

    def _if_known(self, cls: str, predicate: Predicate) -> Predicate:
        if not self._registry.cls(cls).is_gathered:
            return predicate
        return lambda record: predicate(record) if cls in record.collected else None

    def _row(self, where: t.Node | None) -> RowTest | None:
        return None if where is None else self.row_condition(where)

    def row_condition(self, node: t.Node) -> RowTest:
        """Return the closure of a condition inside the bracket of a class, over one of its rows."""
        match node:
            case t.And(parts):
                return _every([self.row_condition(part) for part in parts])
            case t.Or(parts):
                return _some([self.row_condition(part) for part in parts])
            case t.Not(part):
                return _opposite(self.row_condition(part))
            case t.Constant(value):
                return lambda _row: value
            case t.ClassExists() | t.Count() | t.Collected():
                raise TypeError("a bracket stands inside no bracket")
            case _:
                return self._row_atom(node)

    def _row_atom(self, node: t.Atom) -> RowTest:
        name = t.refs(node)[0].field
        if isinstance(node, t.Compare) and isinstance(node.right, t.Ref):
            other, relation = node.right.field, _relation(node)
            return lambda row: _related(row.get(name), row.get(other), relation)
        test = self.value_test(node)
        return lambda row: test(row.get(name))

    def _atom(self, node: t.Atom) -> Predicate:
        ref = t.refs(node)[0]
        if ref.many:
            return self._many(node, ref)
        value = self.value_of(ref)
        if isinstance(node, t.Compare) and isinstance(node.right, t.Ref):
            other, relation = self.value_of(node.right), _relation(node)
            return lambda record: _related(value(record), other(record), relation)
        test = self.value_test(node)
        if ref.cls == COMPUTER:
            return _computer_test(ref.field, test)
        return self._if_known(ref.cls, lambda record: test(value(record)))

    def _many(self, node: t.Atom, ref: t.Ref) -> Predicate:
        values = self.values_of(ref)
        if isinstance(node, t.IsNull):
            return self._if_known(ref.cls, lambda record: not values(record))
        test = self.value_test(node)

        def answer(record: Record) -> Truth:
            found = values(record)
            return any(test(value) for value in found) if found else None

        return self._if_known(ref.cls, answer)

    def values_of(self, ref: t.Ref) -> Callable[[Record], list[Any]]:
        """Return a function that gives all values of a reference to many rows."""
        cls, name = ref.cls, ref.field

        def found(record: Record) -> list[Any]:
            return [row[name] for row in record.rows.get(cls, ()) if row.get(name) is not None]

        return found

    def value_of(self, ref: t.Ref) -> Callable[[Record], Any]:
        """Return a function that gives the one value of a reference, or none."""
        cls, name, key = ref.cls, ref.field, ref.key
        declared = self._registry.cls(cls)
        gated = declared.is_gathered
        key_name = self._registry.map_key(declared).name if key else ""

        def found(record: Record) -> Any:
            if gated and cls not in record.collected:
                return None
            for row in record.rows.get(cls, ()):
                if not key or row.get(key_name) == key:
                    return row.get(name)
            return None

        return found

    def value_test(self, node: t.Atom) -> Callable[[Any], Truth]:
        """Return the test of one value that an atom is, a comparison of two fields apart."""
        match node:
            case t.Compare(op, left, right) if not isinstance(right, t.Ref):
                return _by_order(left, _comparison(op, literals.in_order(left.type, self._plain(right))))
            case t.Flag():
                return lambda value: None if value is None else bool(value)
            case t.IsNull():
                return lambda value: value is None
            case t.In(ref, values):
                among = frozenset(literals.in_order(ref.type, self._plain(value)) for value in values)
                return _by_order(ref, lambda value: None if value is None else value in among)
            case t.Like(_, pattern, fold):
                matches = patterns.test(pattern, fold=fold)
                return lambda value: None if value is None else bool(matches(value))
            case t.Regex(_, pattern):
                search = regexes.searcher(pattern)
                return lambda value: None if value is None else search(value) is not None
            case t.Within(_, start, end):
                return _in_ranges(Prefix(start, end).ranges)
        raise TypeError(f"no test of one value: {type(node).__name__}")

    def _plain(self, operand: t.Literal | t.Now) -> t.Value:
        return operand.at(self._now) if isinstance(operand, t.Now) else operand.value


def _by_order(ref: t.Ref, test: Callable[[Any], Truth]) -> Callable[[Any], Truth]:
    """Return a test of the values that a field is compared by, as one of what it holds."""
    if ref.type is not Type.VERSION:
        return test
    return lambda value: test(None if value is None else version_key(value))


def _relation(node: t.Compare) -> Callable[[Any, Any], bool]:
    relation = _OPERATORS[node.op]
    if node.left.type is not Type.VERSION:
        return relation
    return lambda left, right: relation(version_key(left), version_key(right))


def _comparison(op: t.Operator, wanted: Any) -> Callable[[Any], Truth]:
    # One closure an operator: a call less for each of the most frequent tests.
    match op:
        case "=":
            return lambda value: None if value is None else value == wanted
        case "!=":
            return lambda value: None if value is None else value != wanted
        case "<":
            return lambda value: None if value is None else value < wanted
        case "<=":
            return lambda value: None if value is None else value <= wanted
        case ">":
            return lambda value: None if value is None else value > wanted
        case ">=":
            return lambda value: None if value is None else value >= wanted


def _in_ranges(ranges: Sequence[tuple[bytes, bytes]]) -> Callable[[Any], Truth]:
    if len(ranges) == 1:  # all but the widest IPv6 prefixes
        ((start, end),) = ranges
        return lambda value: None if value is None else start <= value <= end
    return lambda value: None if value is None else any(start <= value <= end for start, end in ranges)


def _related(left: Any, right: Any, relation: Callable[[Any, Any], bool]) -> Truth:
    return None if left is None or right is None else relation(left, right)


def _computer_test(name: str, test: Callable[[Any], Truth]) -> Predicate:
    def answer(record: Record) -> Truth:
        rows = record.rows.get(COMPUTER)
        return test(rows[0].get(name) if rows else None)

    return answer


def _every(tests: Sequence[Callable[[Any], Truth]]) -> Callable[[Any], Truth]:
    def answer(subject: Any) -> Truth:
        known: Truth = True
        for test in tests:
            found = test(subject)
            if found is False:
                return False
            if found is None:
                known = None
        return known

    return answer


def _some(tests: Sequence[Callable[[Any], Truth]]) -> Callable[[Any], Truth]:
    def answer(subject: Any) -> Truth:
        known: Truth = False
        for test in tests:
            found = test(subject)
            if found:
                return True
            if found is None:
                known = None
        return known

    return answer


def _opposite(test: Callable[[Any], Truth]) -> Callable[[Any], Truth]:
    def answer(subject: Any) -> Truth:
        found = test(subject)
        return None if found is None else not found

    return answer


def _any_row(cls: str, test: RowTest | None) -> Predicate:
    if test is None:
        return lambda record: bool(record.rows.get(cls))

    def answer(record: Record) -> Truth:
        known: Truth = False
        for row in record.rows.get(cls, ()):
            found = test(row)
            if found:
                return True
            if found is None:
                known = None
        return known

    return answer


def _counted(cls: str, test: RowTest | None, op: t.Operator, number: int) -> Predicate:
    def answer(record: Record) -> Truth:
        rows = record.rows.get(cls, ())
        least = most = len(rows)
        if test is not None:
            found = [test(row) for row in rows]
            least = sum(1 for truth in found if truth)
            most = least + sum(1 for truth in found if truth is None)
        return count_truth(least, most, op, number)

    return answer


def count_truth(least: int, most: int, op: t.Operator, number: int) -> Truth:
    """Return whether a count that lies between two numbers stands in a relation to a third; none where it may."""
    match op:
        case ">" | ">=":
            first, second = _OPERATORS[op](least, number), _OPERATORS[op](most, number)
        case "<" | "<=":
            first, second = _OPERATORS[op](most, number), _OPERATORS[op](least, number)
        case "=":
            first, second = least == most == number, least <= number <= most
        case "!=":
            first, second = not least <= number <= most, not least == most == number
    return True if first else None if second else False
