"""Tag selectors, `-l 'env=prod,tier in (web,db),!retired'`: the grammar that kubectl users know, as a tree.

All parts must hold. As there, `!=` and `notin` also pick computers without the tag; `tags.role != 'x'` of a filter does
not, for there a missing tag is unknown.
"""

from __future__ import annotations

import re

from itmsctl.expressions import tree as t
from itmsctl.expressions.registry import Registry
from itmsctl.expressions.source import SourceText, checked

TAGS = "tags"
_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*")
_VALUE = re.compile(r"[^\s,()=!'\"]*")
_QUOTED = re.compile(r"'((?:[^']|'')*)'")
_SPACE = re.compile(r"\s*")
_SET = re.compile(r"(in|notin)(?=[\s(])")
_HINT = "write env=prod, role!=db, 'tier in (web,db)', 'tier notin (a)', key or !key, joined by commas"


def parse_selector(text: str, registry: Registry | None = None) -> t.Node:
    """Return the tree of a selector over tags.

    Raises ExpressionError with line, column and offset in its details.
    """
    return _TagReader(checked(text, "selector"), registry or Registry.default()).whole()


class _TagReader:
    def __init__(self, source: SourceText, registry: Registry) -> None:
        self._source = source
        self._text = source.text
        self._at = 0
        value = registry.map_value(registry.cls(TAGS))
        self._field, self._type = value.name, value.type

    def whole(self) -> t.Node:
        """Read all requirements."""
        parts = [self._requirement()]
        while self._take(","):
            parts.append(self._requirement())
        if self._at < len(self._text):
            raise self._error(f"`{self._text[self._at]}` is out of place")
        return parts[0] if len(parts) == 1 else t.And(tuple(parts))

    def _requirement(self) -> t.Node:
        if self._take("!"):
            return t.IsNull(self._ref())
        ref = self._ref()
        self._skip()
        word = _SET.match(self._text, self._at)
        if word is not None:
            self._at = word.end()
            return self._among(ref, negated=word[1] == "notin")
        if self._take("!="):
            return _or_missing(ref, t.Compare("=", ref, self._value()))
        if self._take("==") or self._take("="):
            return t.Compare("=", ref, self._value())
        return t.Not(t.IsNull(ref))

    def _among(self, ref: t.Ref, *, negated: bool) -> t.Node:
        if not self._take("("):
            raise self._error("a list in brackets is expected here")
        if self._text.startswith(")", self._at):
            raise self._error("an empty list")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        if not self._take(")"):
            raise self._error("the list is not closed")
        found = t.In(ref, tuple(values))
        return _or_missing(ref, found) if negated else found

    def _ref(self) -> t.Ref:
        self._skip()
        key = _KEY.match(self._text, self._at)
        if key is None:
            raise self._error("the name of a tag is expected here")
        self._at = key.end()
        return t.Ref(TAGS, self._field, self._type, key=key[0])

    def _value(self) -> t.Literal:
        self._skip()
        quoted = _QUOTED.match(self._text, self._at)
        if quoted is not None:
            self._at = quoted.end()
            return t.Literal(quoted[1].replace("''", "'"))
        plain = _VALUE.match(self._text, self._at)
        assert plain is not None
        self._at = plain.end()
        if self._text[self._at : self._at + 1] in {"'", '"', "=", "!"}:
            raise self._error(f"`{self._text[self._at]}` cannot stand in a value", "write it in single quotes")
        return t.Literal(plain[0])

    def _skip(self) -> None:
        space = _SPACE.match(self._text, self._at)
        assert space is not None
        self._at = space.end()

    def _take(self, symbol: str) -> bool:
        self._skip()
        if not self._text.startswith(symbol, self._at):
            return False
        self._at += len(symbol)
        self._skip()
        return True

    def _error(self, message: str, hint: str = _HINT) -> Exception:
        return self._source.error(message, self._at, hint)


def _or_missing(ref: t.Ref, test: t.Node) -> t.Node:
    return t.Or((t.IsNull(ref), t.Not(test)))
