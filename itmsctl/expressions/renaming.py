"""The values of a field in a filter, as names of something: is one named, and the same filter under another name."""

from __future__ import annotations

from collections.abc import Collection

from itmsctl.expressions import tree as t

Fields = Collection[tuple[str, str]]  # class and field


def names(tree: t.Node, fields: Fields, name: str) -> bool:
    """Return whether a filter compares one of these fields with a name."""
    return renamed(tree, fields, name, name + "\0") != tree


def patterns(tree: t.Node, fields: Fields, name: str) -> bool:
    """Return whether a name stands in a pattern for one of these fields: that cannot be rewritten for a person."""
    return any(
        isinstance(node, t.Like | t.Regex) and (node.ref.cls, node.ref.field) in fields and name in node.pattern
        for node in t.walk(tree)
    )


def renamed(node: t.Node, fields: Fields, before: str, after: str) -> t.Node:
    """Return a filter in which every comparison of these fields with one name names the other."""

    def renewed(inner: t.Node) -> t.Node:
        return renamed(inner, fields, before, after)

    def value(one: t.Literal | t.Now) -> t.Literal | t.Now:
        return t.Literal(after) if one == t.Literal(before) else one

    match node:
        case t.And(parts):
            return t.And(tuple(map(renewed, parts)))
        case t.Or(parts):
            return t.Or(tuple(map(renewed, parts)))
        case t.Not(part):
            return t.Not(renewed(part))
        case t.ClassExists(cls, where):
            return t.ClassExists(cls, None if where is None else renewed(where))
        case t.Count(cls, where, op, number):
            return t.Count(cls, None if where is None else renewed(where), op, number)
        case t.Compare(op, ref, t.Literal() as right) if (ref.cls, ref.field) in fields:
            return t.Compare(op, ref, value(right))
        case t.In(ref, values) if (ref.cls, ref.field) in fields:
            return t.In(ref, tuple(map(value, values)))
        case _:
            return node
