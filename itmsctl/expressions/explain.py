"""Why a computer is in a filter or not: every clause with its answer, and the values that were read for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itmsctl.expressions import tree as t
from itmsctl.expressions import wording
from itmsctl.expressions.evaluate import Evaluator, Record, Truth
from itmsctl.expressions.registry import Registry

MAX_ROWS = 20  # rows shown of a class; the number of all is told beside


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read for a clause: the values of a field of a class, of how many rows, and whether it was collected."""

    cls: str
    field: str
    values: tuple[Any, ...]
    rows: int
    collected: bool


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """A row of a bracket: its fields that the bracket reads, and whether it satisfies it."""

    values: tuple[tuple[str, Any], ...]
    truth: Truth


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a filter: `kind` is and, or, not or test; `why` says what decided, in words for people."""

    kind: str
    text: str
    truth: Truth
    why: str = ""
    readings: tuple[Reading, ...] = ()
    rows: tuple[RowAnswer, ...] = ()
    parts: tuple[Clause, ...] = ()


def explain(tree: t.Node, record: Record, *, now: datetime, registry: Registry | None = None) -> Clause:
    """Return the clauses of a filter for one computer; the root's `truth` is the filter's answer."""
    return _ExpressionExplainer(registry or Registry.default(), record, now).clause(tree)


class _ExpressionExplainer:
    def __init__(self, registry: Registry, record: Record, now: datetime) -> None:
        self._registry = registry
        self._record = record
        self._evaluator = Evaluator(registry, now)

    def clause(self, node: t.Node) -> Clause:
        """Return a node and all below it."""
        truth = self._evaluator.node(node)(self._record)
        text = wording.text(node)
        match node:
            case t.And(parts):
                return Clause("and", text, truth, parts=tuple(map(self.clause, parts)))
            case t.Or(parts):
                return Clause("or", text, truth, parts=tuple(map(self.clause, parts)))
            case t.Not(part):
                return Clause("not", text, truth, parts=(self.clause(part),))
            case t.ClassExists(cls, where) | t.Count(cls, where, _, _):
                return self._bracket(node, cls, where, truth)
            case t.Collected(cls):
                return Clause("test", text, truth, "it was collected" if truth else "it was never collected")
            case t.Constant():
                return Clause("test", text, truth)
            case _:
                readings = tuple(map(self._reading, t.refs(node)))
                return Clause("test", text, truth, _why(readings), readings)

    def _is_known(self, cls: str) -> bool:
        return not self._registry.cls(cls).is_gathered or cls in self._record.collected

    def _reading(self, ref: t.Ref) -> Reading:
        known = self._is_known(ref.cls)
        rows = len(self._record.rows.get(ref.cls, ())) if known else 0
        if not known:
            values: tuple[Any, ...] = ()
        elif ref.many:
            values = tuple(sorted(self._evaluator.values_of(ref)(self._record)))
        else:
            value = self._evaluator.value_of(ref)(self._record)
            values = () if value is None else (value,)
        return Reading(ref.cls, ref.key or ref.field, values, rows, known)

    def _bracket(self, node: t.Node, cls: str, where: t.Node | None, truth: Truth) -> Clause:
        text = wording.text(node)
        if not self._is_known(cls):
            return Clause("test", text, truth, f"{cls} was never collected")
        rows = self._record.rows.get(cls, ())
        test = self._evaluator.row_condition(where) if where is not None else lambda _row: True
        names = sorted({ref.field for below in t.walk(where) for ref in t.refs(below)}) if where is not None else []
        answers = [RowAnswer(tuple((name, row.get(name)) for name in names), test(row)) for row in rows]
        # Those that decide come first: true, then unknown.
        answers.sort(key=lambda answer: (answer.truth is not True, answer.truth is not None, repr(answer.values)))
        least = sum(answer.truth is True for answer in answers)
        most = least + sum(answer.truth is None for answer in answers)
        return Clause("test", text, truth, _rows_why(len(rows), least, most), rows=tuple(answers[:MAX_ROWS]))


def _why(readings: tuple[Reading, ...]) -> str:
    for reading in readings:
        if not reading.collected:
            return f"{reading.cls} was never collected"
        if not reading.values:
            return f"{reading.field} has no value" if reading.rows else f"there are no {reading.cls}"
    return ""


def _rows_why(rows: int, least: int, most: int) -> str:
    if not rows:
        return "no rows"
    maybe = f", {most - least} may" if most > least else ""
    return f"{least} of {rows} rows {'does' if least == 1 else 'do'}{maybe}"
