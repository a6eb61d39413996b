"""The tree of a filter: resolved names, typed literals, nothing of any SQL parser.

Everything that evaluates, compiles, stores or explains a filter works on these nodes. What each one means where data is
missing is said here once; `sql` and `evaluate` must agree with it, and a test compares them on random data.

A *reference* outside brackets reads one value of a computer, or nothing: NULL. A bare reference to many rows reads all
non-NULL values of a class: a test on it is true when some value passes, false when there are values and none passes,
unknown when there is none; `is null` on it is true when there is none. Rows of a class that was never collected are not
looked at: every test on them, `is null` too, is unknown. Inside the bracket of a class a reference reads the row.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal as Choice

from itmsctl.values.kind import Type
from itmsctl.values.lean import dataclass

Operator = Choice["=", "!=", "<", "<=", ">", ">="]
Value = str | int | float | bool | datetime | bytes

FIRST = datetime(1, 1, 1, tzinfo=UTC)
LAST = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
FLIPPED: dict[Operator, Operator] = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True)
class Ref:
    """A field of a class. `key` picks a row of a map class (`tags.env`); `bare` is the name under which every row of a
    multi-row class is read (`address`).
    """

    cls: str
    field: str
    type: Type
    key: str = ""
    bare: str = ""

    @property
    def many(self) -> bool:
        """Return whether it reads all rows of its class."""
        return bool(self.bare)

    @property
    def text(self) -> str:
        """Return it as it is written outside brackets."""
        if self.key:
            return f"{self.cls}.{self.key}"
        return self.bare or (self.field if self.cls == "computer" else f"{self.cls}.{self.field}")


@dataclass(frozen=True)
class Literal:
    """A value written in the filter: text, number, truth value, moment (aware) or address (16 bytes)."""

    value: Value


@dataclass(frozen=True)
class Now:
    """The moment of evaluation, shifted by microseconds: `now() - interval '30 days'`."""

    shift_us: int = 0

    def at(self, now: datetime) -> datetime:
        """Return the moment meant when it is `now`; a shift beyond the calendar ends at its edge."""
        try:
            return now + timedelta(microseconds=self.shift_us)
        except OverflowError:
            return (FIRST if self.shift_us < 0 else LAST).replace(tzinfo=now.tzinfo)


Operand = Ref | Literal | Now


@dataclass(frozen=True)
class And:
    """All parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Or:
    """Any part."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Not:
    """The opposite; unknown stays unknown."""

    part: Node


@dataclass(frozen=True)
class Constant:
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True)
class Flag:
    """A boolean field standing alone."""

    ref: Ref


@dataclass(frozen=True)
class Compare:
    """A field against a literal, the present moment or a field of the same type."""

    op: Operator
    left: Ref
    right: Operand


@dataclass(frozen=True)
class In:
    """A field among values."""

    ref: Ref
    values: tuple[Literal | Now, ...]


@dataclass(frozen=True)
class Like:
    """A pattern with `%` and `_`, escaped by a backslash, over the whole text; `fold` makes A-Z equal a-z."""

    ref: Ref
    pattern: str
    fold: bool = False


@dataclass(frozen=True)
class Regex:
    """A regular expression (the subset of `regexes`) found anywhere in the text."""

    ref: Ref
    pattern: str


@dataclass(frozen=True)
class IsNull:
    """No value."""

    ref: Ref


@dataclass(frozen=True)
class Within:
    """An address of a prefix, given by its first and last address; families never mix."""

    ref: Ref
    start: bytes
    end: bytes


@dataclass(frozen=True)
class ClassExists:
    """Some row of a multi-row class satisfies the whole bracket: unknown where the class was never collected, or where
    no row surely does but some row may.
    """

    cls: str
    where: Node | None = None


@dataclass(frozen=True)
class Count:
    """The number of rows that satisfy the bracket, against a number; rows that only may leave it unknown where they
    decide.
    """

    cls: str
    where: Node | None
    op: Operator
    number: int


@dataclass(frozen=True)
class Collected:
    """The class was collected from this computer at least once; never unknown."""

    cls: str


Atom = Flag | Compare | In | Like | Regex | IsNull | Within
Node = And | Or | Not | Constant | Atom | ClassExists | Count | Collected


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly below one."""
    match node:
        case And(parts) | Or(parts):
            return parts
        case Not(part):
            return (part,)
        case ClassExists(_, where) | Count(_, where, _, _):
            return () if where is None else (where,)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, parents first."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(children(current)))


def refs(node: Node) -> tuple[Ref, ...]:
    """Return the references of one node, not of those below it."""
    match node:
        case Compare(_, left, right):
            return (left, right) if isinstance(right, Ref) else (left,)
        case Flag(ref) | In(ref, _) | Like(ref, _, _) | Regex(ref, _) | IsNull(ref) | Within(ref, _, _):
            return (ref,)
        case _:
            return ()


def fields_used(tree: Node) -> frozenset[tuple[str, str]]:
    """Return the (class, field) pairs whose values decide a filter."""
    return frozenset((ref.cls, ref.field) for node in walk(tree) for ref in refs(node))


def classes_used(tree: Node) -> frozenset[str]:
    """Return the classes whose rows, or whose having been collected, decide a filter."""
    bracketed = {node.cls for node in walk(tree) if isinstance(node, ClassExists | Count | Collected)}
    return frozenset(bracketed | {cls for cls, _ in fields_used(tree)})


def uses_now(tree: Node) -> bool:
    """Return whether a filter's answer can change by the passing of time alone."""
    return any(isinstance(operand, Now) for node in walk(tree) for operand in _operands(node))


def _operands(node: Node) -> tuple[Operand, ...]:
    match node:
        case Compare(_, left, right):
            return (left, right)
        case In(_, values):
            return values
        case _:
            return ()
