"""The grammar of `--target`: names of targets, filters, groups and views, and set operators between them.

`a & b` both, `a - b` the first without the second, `a | b` either, brackets; operators stand between spaces, so that
names may hold them. `&` and `-` bind alike, from the left, and stronger than `|`. A name with spaces or brackets is
quoted; `filter:NAME` says which kind is meant where two share a name. `all` is every computer. `@FILE` reads names from
a file, `@run:ID:failed` asks a later room; `-` alone is standard input.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from itmsctl.errors import SelectorError

KINDS = ("target", "filter", "group", "view")
EVERYTHING = "all"
MAX_DEPTH = 50
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<operator>[&|-])(?=\s|\(|$)
    | (?P<bracket>[()])
    | (?P<source>@[^\s()]+)
    | (?:(?P<kind>target|filter|group|view):)?(?:
          '(?P<single>(?:[^']|'')*)'
        | "(?P<double>(?:[^"]|"")*)"
        | (?P<word>[^\s()'"&|]\S*?)(?=\)*(?:\s|$))
      )
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class All:
    """Every computer."""


@dataclass(frozen=True, slots=True)
class Name:
    """A collection by name; `kind` is empty where any kind will do."""

    text: str
    kind: str = ""
    offset: int = field(default=0, compare=False)  # where it stands in the text that was read


@dataclass(frozen=True, slots=True)
class SelectorSource:
    """Computers from somewhere else: `@file`, `@run:17:failed`; the text is what follows the `@`."""

    text: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Two selectors and the operator between them: `&`, `-` or `|`."""

    operator: str
    left: Selector
    right: Selector


Selector = All | Name | SelectorSource | Joined


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    kind: str  # operator, bracket, or none of these
    column: int
    node: Selector | None = None


def parse(text: str) -> Selector:
    """Read a selector. A text of several plain words without an operator is one name.

    Raises SelectorError that names the column.
    """
    tokens = _tokens(text)
    if not tokens:
        raise SelectorError("the selector is empty", hint="give the name of a target, filter or group")
    if len(tokens) > 1 and all(isinstance(t.node, Name) and not t.node.kind for t in tokens) and not _quoted(text):
        return Name(" ".join(text.split()))
    return _SelectorReader(text, tokens).whole()


def _quoted(text: str) -> bool:
    return "'" in text or '"' in text


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            start = position + len(text[position:]) - len(text[position:].lstrip())
            what = f"`{text}` cannot be read at column {start + 1}"
            raise SelectorError(what, hint=_hint(text[start:]), details={"offset": start})
        found.append(_token(match))
        position = match.end()
    return found


def _token(match: re.Match[str]) -> _Token:
    kind = str(match.lastgroup)
    text = match.group(0).strip()
    column = match.end() - len(text) + 1
    if kind in {"operator", "bracket"}:
        return _Token(text, kind, column)
    if kind == "source":
        return _Token(text, kind, column, SelectorSource(text[1:]))
    raw = match.group(kind)
    name = {"single": raw.replace("''", "'"), "double": raw.replace('""', '"')}.get(kind, raw)
    prefix = match.group("kind") or ""
    if kind == "word" and name.endswith(":") and name[:-1] in KINDS:
        what = f"column {column}: a name is missing after `{name}`"
        raise SelectorError(what, hint=f"{name}NAME", details={"offset": column - 1})
    everything = kind == "word" and not prefix and name == EVERYTHING
    node: Selector = All() if everything else Name(name, prefix, column - 1)
    return _Token(text, kind, column, node)


def _hint(rest: str) -> str:
    if rest[:1] in {"'", '"'}:
        return "the quotation mark is not closed"
    if rest[:1] in {"&", "|"}:
        return "operators stand between spaces: a & b"
    return "itmsctl help selectors"


class _SelectorReader:
    def __init__(self, text: str, tokens: Sequence[_Token]) -> None:
        self.text = text
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    def whole(self) -> Selector:
        result = self.either()
        if self.at < len(self.tokens):
            token = self.tokens[self.at]
            raise self.wrong(token, "an operator (&, | or -)", "a name of several words is quoted: 'patch rome'")
        return result

    def either(self) -> Selector:
        result = self.both()
        while self.takes("|"):
            result = Joined("|", result, self.both())
        return result

    def both(self) -> Selector:
        result = self.one()
        while operator := self.takes("&", "-"):
            result = Joined(operator, result, self.one())
        return result

    def one(self) -> Selector:
        if self.at >= len(self.tokens):
            what = f"`{self.text}` ends where a name should stand"
            raise SelectorError(what, hint="itmsctl help selectors", details={"offset": len(self.text.rstrip())})
        token = self.tokens[self.at]
        self.at += 1
        if token.text == "(" and token.kind == "bracket":
            return self.bracket(token)
        if token.node is None:
            raise self.wrong(token, "a name")
        return token.node

    def bracket(self, opened: _Token) -> Selector:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise SelectorError(f"brackets lie deeper than {MAX_DEPTH}")
        inner = self.either()
        if not (self.at < len(self.tokens) and self.tokens[self.at].text == ")"):
            raise self.wrong(opened, "the bracket is not closed", whole=True)
        self.at += 1
        self.depth -= 1
        return inner

    def takes(self, *operators: str) -> str:
        if self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.kind == "operator" and token.text in operators:
                self.at += 1
                return token.text
        return ""

    def wrong(
        self, token: _Token, expected: str, hint: str = "itmsctl help selectors", *, whole: bool = False
    ) -> SelectorError:
        said = expected if whole else f"expected {expected}, found `{token.text}`"
        what = f"`{self.text}`, column {token.column}: {said}"
        return SelectorError(what, hint=hint, details={"offset": token.column - 1})


_PLAIN = re.compile(r"[^\s()'\"@&|-][^\s()'\"]*")


def quoted(name: str, kind: str = "") -> str:
    """Return a name as it is written in a selector, with quotation marks where it needs them."""
    plain = _PLAIN.fullmatch(name) and (kind or (name != EVERYTHING and name.partition(":")[0] not in KINDS))
    text = name if plain else "'" + name.replace("'", "''") + "'"
    return f"{kind}:{text}" if kind else text


def render(selector: Selector) -> str:
    """Write a selector as text that `parse` reads back as the same."""
    match selector:
        case All():
            return EVERYTHING
        case Name(text, kind):
            return quoted(text, kind)
        case SelectorSource(text):
            return f"@{text}"
        case Joined(operator, left, right):
            return f"{_inner(left, operator, right_side=False)} {operator} {_inner(right, operator, right_side=True)}"


def _inner(selector: Selector, above: str, *, right_side: bool) -> str:
    text = render(selector)
    if not isinstance(selector, Joined):
        return text
    weaker = selector.operator == "|" and above != "|"
    return f"({text})" if weaker or right_side else text
