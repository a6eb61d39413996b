"""A tree as text again: the canonical spelling of a filter, which `parse` reads as an equal tree."""

from __future__ import annotations

from datetime import datetime
from ipaddress import IPv6Address

from itmsctl.expressions import tree as t
from itmsctl.values import addresses, times

_UNITS = (
    ("days", 86_400_000_000),
    ("hours", 3_600_000_000),
    ("minutes", 60_000_000),
    ("seconds", 1_000_000),
    ("microseconds", 1),
)


def text(node: t.Node) -> str:
    """Return a filter as text."""
    return _Writer().node(node)


class _Writer:
    def __init__(self) -> None:
        self._inside = ""

    def node(self, node: t.Node) -> str:
        """Return a node; `and` binds tighter than `or`, `not` tighter than both."""
        match node:
            case t.And(parts):
                return " and ".join(self._part(part, (t.And, t.Or)) for part in parts)
            case t.Or(parts):
                return " or ".join(self._part(part, (t.Or,)) for part in parts)
            case t.Not(part):
                return f"not {self._part(part, (t.And, t.Or))}"
            case t.Constant(value):
                return "true" if value else "false"
            case t.Collected(cls):
                return f"collected({cls})"
            case t.ClassExists(cls, where):
                return self._bracket(cls, where)
            case t.Count(cls, where, op, number):
                inner = cls if where is None else self._bracket(cls, where)
                return f"count({inner}) {op} {number}"
            case _:
                return self._atom(node)

    def _part(self, node: t.Node, bracketed: tuple[type, ...]) -> str:
        return f"({self.node(node)})" if isinstance(node, bracketed) else self.node(node)

    def _bracket(self, cls: str, where: t.Node | None) -> str:
        self._inside = cls
        try:
            return f"{cls}({self.node(where) if where is not None else ''})"
        finally:
            self._inside = ""

    def _atom(self, node: t.Atom) -> str:
        match node:
            case t.Flag(ref):
                return self._ref(ref)
            case t.Compare(op, left, right):
                return f"{self._ref(left)} {op} {self._operand(right)}"
            case t.In(ref, values):
                return f"{self._ref(ref)} in ({', '.join(map(self._operand, values))})"
            case t.Like(ref, pattern, fold):
                return f"{self._ref(ref)} {'ilike' if fold else 'like'} {quoted(pattern)}"
            case t.Regex(ref, pattern):
                return f"{self._ref(ref)} ~ {quoted(pattern)}"
            case t.IsNull(ref):
                return f"{self._ref(ref)} is null"
            case t.Within(ref, start, end):
                return f"within({self._ref(ref)}, {quoted(_prefix(start, end))})"

    def _ref(self, ref: t.Ref) -> str:
        if self._inside:
            return ref.field
        if ref.key:
            # Always quoted: a tag may be named like any word of SQL.
            return f'{ref.cls}."{ref.key.replace(chr(34), chr(34) * 2)}"'
        return ref.text

    def _operand(self, operand: t.Operand) -> str:
        match operand:
            case t.Ref():
                return self._ref(operand)
            case t.Now(shift):
                return "now()" if not shift else f"now() {'+' if shift > 0 else '-'} {_interval(abs(shift))}"
            case t.Literal(value):
                return _literal(value)


def quoted(value: str) -> str:
    """Return text in single quotes."""
    return "'" + value.replace("'", "''") + "'"


def _literal(value: t.Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, datetime):
        return quoted(times.to_text(value))
    if isinstance(value, bytes):
        return quoted(addresses.address_text(value))
    return repr(value)


def _interval(shift_us: int) -> str:
    unit, size = next((unit, size) for unit, size in _UNITS if shift_us % size == 0)
    return f"interval '{shift_us // size} {unit}'"


def _prefix(start: bytes, end: bytes) -> str:
    if addresses.from_bytes(start).version == addresses.from_bytes(end).version:
        return addresses.Prefix(start, end).text
    # It begins before the block of IPv4 addresses and ends with it.
    bits = (int.from_bytes(start, "big") ^ int.from_bytes(end, "big")).bit_length()
    return f"{IPv6Address(start)}/{128 - bits}"
