"""The one module that knows sqlglot: text to a syntax tree of a whitelist, with a position for every node.

`parse` turns what comes out into a tree of ours. sqlglot takes 0.2 s to import: it happens inside functions, where a
filter is really read.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NoReturn

from itmsctl.expressions.registry import WORDS
from itmsctl.expressions.scan import Token, scan
from itmsctl.expressions.source import SourceText

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

MAX_NODES = 2000
_FRAMES = 6000  # what 50 brackets need, and more

# Node -> the arguments it may have. Anything else, known or new, is refused.
_ALLOWED: dict[str, frozenset[str]] = {
    name: frozenset(arguments.split())
    for name, arguments in {
        "And": "this expression",
        "Or": "this expression",
        "Not": "this",
        "Paren": "this",
        "EQ": "this expression",
        "NEQ": "this expression",
        "LT": "this expression",
        "LTE": "this expression",
        "GT": "this expression",
        "GTE": "this expression",
        "Like": "this expression negate",
        "ILike": "this expression negate",
        "Escape": "this expression",
        "RegexpLike": "this expression",
        "Is": "this expression negate",
        "In": "this expressions",
        "Between": "this low high",
        "Column": "this table",
        "Identifier": "this quoted",
        "Literal": "this is_string",
        "Boolean": "this",
        "Null": "",
        "Neg": "this",
        "Add": "this expression",
        "Sub": "this expression",
        "CurrentTimestamp": "",
        "Interval": "this unit",
        "Var": "this",
        "Anonymous": "this expressions",
        "Count": "this big_int",
    }.items()
}
_HINTS = {
    "Exists": "a bracket behind a class asks for rows: software(name = 'firefox')",
    "Subquery": "a filter is one condition, without select",
    "Any": "a bracket behind a class asks for rows: software(name = 'firefox')",
    "Star": "write count(class)",
    "Tuple": "compare one field at a time",
}


def read(source: SourceText) -> Expr:
    """Return the syntax tree of a filter; only whitelisted nodes are in it.

    Raises ExpressionError with line and column.
    """
    tokens = scan(source)
    _refuse_comma(source, tokens)
    root = _parse(source, tokens)
    _account_for_words(source, tokens, root)
    _check(source, root)
    return root


def start_of(node: Expr, otherwise: int = 0) -> int:
    """Return the offset where a node begins; where the parser kept none, that of the nearest one."""
    starts = [part.meta["start"] for part in node.walk() if "start" in part.meta]
    if starts:
        return int(min(starts))
    return start_of(node.parent, otherwise) if node.parent is not None else otherwise


def _parse(source: SourceText, tokens: tuple[Token, ...]) -> Expr:
    import sqlglot
    from sqlglot.errors import SqlglotError
    from sqlglot.expressions import Condition

    try:
        with _deep_enough(len(tokens)):
            return sqlglot.parse_one(source.text, read="postgres", into=Condition)
    except SqlglotError as error:
        _refuse(source, tokens, error)
    except RecursionError:
        raise source.error("nested too deeply", 0, "store parts of it as filters") from None


@contextmanager
def _deep_enough(tokens: int) -> Iterator[None]:
    before = sys.getrecursionlimit()
    if tokens > 30:
        sys.setrecursionlimit(max(before, _FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _refuse(source: SourceText, tokens: tuple[Token, ...], error: Any) -> NoReturn:
    details = (getattr(error, "errors", None) or [{}])[0]
    end = _offset_of(source, details.get("line") or 1, details.get("col") or 0)
    index = next((i for i, token in enumerate(tokens) if token.end >= end), len(tokens) - 1)
    token = tokens[index]
    description = str(details.get("description") or "")
    if description.startswith("Expecting )"):
        raise source.error("a bracket is not closed", _open_bracket(tokens)) from None
    if description.startswith("Required keyword"):
        following = tokens[index + 1].text if index + 1 < len(tokens) else ""
        where = f"before `{following}`" if following and following != ")" else "at its end"
        dotted = index > 0 and tokens[index - 1].text == "."
        hint = f'write tags."{token.text}"' if dotted else "is an operator or a value missing?"
        raise source.error(f"`{token.text}` lacks a value {where}", token.start, hint) from None
    raise source.error(f"`{token.text}` is out of place", token.start, _word_hint(token)) from None


def _word_hint(token: Token) -> str:
    low = token.text.lower()
    if low in {"select", "where", "from", "limit", "order", "group", "drop", "insert", "update", "delete"}:
        return "a filter is one condition, such as name = 'pc-1' and port = 22"
    if token.text == ")":
        return "is a bracket missing, or one too many?"
    if token.is_word and low not in WORDS:
        return "is `and` or `or` missing before it?"
    return "is an operator or a value missing?"


def _open_bracket(tokens: tuple[Token, ...]) -> int:
    opened: list[int] = []
    for token in tokens:
        if token.text == "(":
            opened.append(token.start)
        elif token.text == ")" and opened:
            opened.pop()
    return opened[-1] if opened else 0


def _offset_of(source: SourceText, line: int, column: int) -> int:
    lines = source.text.split("\n")
    return sum(len(text) + 1 for text in lines[: line - 1]) + column


def _check(source: SourceText, root: Expr) -> None:
    count = 0
    for node in root.walk():
        count += 1
        if count > MAX_NODES * 6:  # names, columns and brackets are nodes here, and none of a tree of ours
            raise source.error("the expression is too large", start_of(node), "keep names in a file: --target @FILE")
        name = type(node).__name__
        allowed = _ALLOWED.get(name)
        extra = [key for key, value in node.args.items() if value and key not in allowed] if allowed is not None else []
        if allowed is not None and not extra:
            continue
        if name == "In":
            raise _bare_in(source, node)
        begin = start_of(node)
        word = source.text[begin:].replace("(", " ").strip(" )").split(" ")[0] or "()"
        raise source.error(f"`{word}`: this is not part of the language", begin, _HINTS.get(name, _plain(name)))


def _plain(name: str) -> str:
    return f"({name}) conditions are built from fields, =, <, in, like, ~, is null, within(), class(...), and, or, not"


def _bare_in(source: SourceText, node: Expr) -> Exception:
    value = node.args.get("field")
    if value is None or type(value).__name__ != "Literal":
        return source.error("in takes a list of values", start_of(node), "write in ('a', 'b')")
    hint = f"write in ('{value.name}')"
    if "/" in value.name:
        hint = f"write within({node.this.name}, '{value.name}')"
    return source.error("in takes a list in brackets", start_of(value), hint)


def _refuse_comma(source: SourceText, tokens: tuple[Token, ...]) -> None:
    for token, following in pairwise(tokens):
        if token.text == "," and following.text == ")":
            raise source.error("a value is missing behind the comma", token.start)


def _account_for_words(source: SourceText, tokens: tuple[Token, ...], root: Expr) -> None:
    # A word that is neither ours nor became a name was read as some other SQL (`is unknown`, `rlike`, `isnull`).
    names = {node.meta.get("start") for node in root.walk()}
    for token in tokens:
        if token.is_word and token.text.lower() not in WORDS and token.start not in names:
            raise source.error(f"`{token.text}` is not part of the language", token.start, _odd_word(token.text))


def _odd_word(word: str) -> str:
    return {
        "isnull": "write is null",
        "case": "write it with and, or, not",
        "cast": "values take the field's type: no cast is needed",
        "select": "a filter is one condition, without select",
        "distinct": "write = or !=, and is null or is not null",
        "similar": "write ~ 'pattern'",
        "current_timestamp": "write now()",
        "current_date": "write now()",
        "notnull": "write is not null",
        "unknown": "write is null",
        "regexp": "write ~",
        "rlike": "write ~",
        "day": "write interval '30 days'",
        "days": "write interval '30 days'",
    }.get(word.lower().split()[0], "`itmsctl help fields` shows what can be asked")
