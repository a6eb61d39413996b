"""A tree as JSON, so that a stored filter is read without any SQL parser. The form is versioned and stable."""

from __future__ import annotations

from datetime import datetime
from typing import Any, get_args

from itmsctl.errors import ExpressionError, InputError
from itmsctl.expressions import tree as t
from itmsctl.values import addresses, times
from itmsctl.values.kind import Type

VERSION = 1


def to_json(tree: t.Node) -> dict[str, Any]:
    """Return a JSON object that `from_json` reads back as an equal tree."""
    return {"v": VERSION, "expression": _node(tree)}


def from_json(data: Any) -> t.Node:
    """Read what `to_json` wrote.

    Raises ExpressionError where it is damaged, or was written by a newer version.
    """
    if not isinstance(data, dict) or data.get("v") != VERSION:
        found = data.get("v") if isinstance(data, dict) else None
        raise ExpressionError(
            "the stored filter cannot be read", why=f"its form is {found!r}, not {VERSION}", hint="set its text again"
        )
    try:
        return _read_node(data["expression"])
    except (KeyError, TypeError, ValueError, IndexError, RecursionError, InputError) as error:
        raise ExpressionError(
            "the stored filter cannot be read", why=f"{type(error).__name__}: {error}", hint="set its text again"
        ) from None


def _node(node: t.Node) -> list[Any]:
    match node:
        case t.And(parts):
            return ["and", *map(_node, parts)]
        case t.Or(parts):
            return ["or", *map(_node, parts)]
        case t.Not(part):
            return ["not", _node(part)]
        case t.Constant(value):
            return ["constant", value]
        case t.ClassExists(cls, where):
            return ["exists", cls, _optional(where)]
        case t.Count(cls, where, op, number):
            return ["count", cls, _optional(where), op, number]
        case t.Collected(cls):
            return ["collected", cls]
        case _:
            return _atom(node)


def _atom(node: t.Atom) -> list[Any]:
    match node:
        case t.Flag(ref):
            return ["flag", _operand(ref)]
        case t.Compare(op, left, right):
            return ["compare", op, _operand(left), _operand(right)]
        case t.In(ref, values):
            return ["in", _operand(ref), [_operand(value) for value in values]]
        case t.Like(ref, pattern, fold):
            return ["ilike" if fold else "like", _operand(ref), pattern]
        case t.Regex(ref, pattern):
            return ["regex", _operand(ref), pattern]
        case t.IsNull(ref):
            return ["null", _operand(ref)]
        case t.Within(ref, start, end):
            return ["within", _operand(ref), start.hex(), end.hex()]


def _optional(node: t.Node | None) -> list[Any] | None:
    return None if node is None else _node(node)


def _operand(operand: t.Operand) -> list[Any]:
    match operand:
        case t.Ref(cls, field, type_, key, bare):
            return ["ref", cls, field, type_.value, key, bare]
        case t.Now(shift):
            return ["now", shift]
        case t.Literal(value):
            return _literal(value)


def _literal(value: t.Value) -> list[Any]:
    if isinstance(value, bool):
        return ["bool", value]
    if isinstance(value, datetime):
        return ["time", times.to_text(value)]
    if isinstance(value, bytes):
        return ["address", addresses.address_text(value)]
    return [{str: "text", int: "int", float: "real"}[type(value)], value]


def _read_node(data: list[Any]) -> t.Node:
    head, *rest = data
    match head, rest:
        case "and", [_, *_]:
            return t.And(tuple(map(_read_node, rest)))
        case "or", [_, *_]:
            return t.Or(tuple(map(_read_node, rest)))
        case "not", [part]:
            return t.Not(_read_node(part))
        case "constant", [bool() as value]:
            return t.Constant(value)
        case "exists", [str() as cls, where]:
            return t.ClassExists(cls, _read_optional(where))
        case "count", [str() as cls, where, op, int() as number]:
            return t.Count(cls, _read_optional(where), _operator(op), number)
        case "collected", [str() as cls]:
            return t.Collected(cls)
        case _:
            return _read_atom(head, rest)


def _read_atom(head: str, rest: list[Any]) -> t.Atom:
    match head, rest:
        case "flag", [ref]:
            return t.Flag(_ref(ref))
        case "compare", [op, left, right]:
            return t.Compare(_operator(op), _ref(left), _read_operand(right))
        case "in", [ref, list() as values]:
            return t.In(_ref(ref), tuple(_value(value) for value in values))
        case "like" | "ilike", [ref, str() as pattern]:
            return t.Like(_ref(ref), pattern, head == "ilike")
        case "regex", [ref, str() as pattern]:
            return t.Regex(_ref(ref), pattern)
        case "null", [ref]:
            return t.IsNull(_ref(ref))
        case "within", [ref, start, end]:
            return t.Within(_ref(ref), bytes.fromhex(start), bytes.fromhex(end))
    raise ValueError(f"no such node: {head!r}")


def _read_optional(data: Any) -> t.Node | None:
    return None if data is None else _read_node(data)


def _operator(text: Any) -> t.Operator:
    if text not in get_args(t.Operator):
        raise ValueError(f"no such operator: {text!r}")
    operator: t.Operator = text
    return operator


def _ref(data: list[Any]) -> t.Ref:
    operand = _read_operand(data)
    if not isinstance(operand, t.Ref):
        raise ValueError("a field was expected")
    return operand


def _value(data: list[Any]) -> t.Literal | t.Now:
    operand = _read_operand(data)
    if isinstance(operand, t.Ref):
        raise ValueError("a value was expected")
    return operand


def _read_operand(data: list[Any]) -> t.Operand:
    match data:
        case ["ref", str() as cls, str() as field, str() as type_, str() as key, str() as bare]:
            return t.Ref(cls, field, Type(type_), key, bare)
        case ["now", int() as shift]:
            return t.Now(shift)
        case ["time", str() as text]:
            return t.Literal(times.from_text(text))
        case ["address", str() as text]:
            return t.Literal(addresses.to_bytes(text))
        case ["bool", bool() as value]:
            return t.Literal(value)
        case ["text", str() as text]:
            return t.Literal(text)
        case ["int", int() as number]:
            return t.Literal(number)
        case ["real", int() | float() as number]:
            return t.Literal(float(number))
    raise ValueError(f"no such operand: {data!r}")
