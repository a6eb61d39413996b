"""The first look at a filter: its tokens. What an SQL parser would quietly read as something else is refused here."""

from __future__ import annotations

from typing import Any

from itmsctl.expressions.source import SourceText
from itmsctl.values.lean import dataclass

MAX_DEPTH = 50
_SYMBOLS = {"(", ")", ",", ".", "=", "!=", "<>", "<", "<=", ">", ">=", "+", "-", "~", "!"}
_WORDLIKE = "_"
_HINTS = {
    "==": "write = to compare",
    "&&": "write and",
    "||": "write or",
    "&": "write and",
    "|": "write or",
    ";": "one expression, without `;`",
    "~*": "write ~ '(?i)pattern'",
    "~~": "write like",
    "~~*": "write ilike",
    "::": "values need no type: they take the field's",
    "?": "values are written in the expression itself",
    "$": "values are written in the expression itself",
    ":": "values are written in the expression itself",
    "[": "lists are written in (...), tags as tags.KEY",
    "*": "write count(class) to count rows",
    "`": "names need no quotes; text stands in single quotes",
    "%": "`%` belongs into the quotes of a like pattern",
    "/": "write addresses and prefixes in single quotes",
}
_TYPOGRAPHIC = set("\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\u00b4")


@dataclass(frozen=True)
class Token:
    """A piece of the text: `start` and `end` are offsets, the end not included."""

    text: str
    start: int
    end: int
    is_string: bool
    is_number: bool
    is_quoted_name: bool

    @property
    def is_word(self) -> bool:
        """Return whether it is a bare word."""
        return not (self.is_string or self.is_number or self.is_quoted_name) and (
            self.text[0].isalpha() or self.text[0] == _WORDLIKE
        )


def scan(source: SourceText) -> tuple[Token, ...]:
    """Return the tokens of a filter.

    Raises ExpressionError for a quote that does not end, a comment, a foreign symbol, a unit glued to a number, and
    brackets nested too deeply.
    """
    tokens = _tokens(source)
    _refuse_gaps(source, tokens)
    depth = negations = 0
    previous: Token | None = None
    for token in tokens:
        _refuse_symbol(source, token, previous)
        negations = negations + 1 if token.text.lower() == "not" else 0
        depth += {"(": 1, ")": -1}.get(token.text, 0) if not token.is_string else 0
        if depth > MAX_DEPTH or negations > MAX_DEPTH:
            raise source.error(f"nested deeper than {MAX_DEPTH}", token.start, "store parts of it as filters")
        previous = token
    return tokens


def _tokens(source: SourceText) -> tuple[Token, ...]:
    from sqlglot.dialects.postgres import Postgres
    from sqlglot.errors import TokenError

    try:
        found = Postgres().tokenize(source.text)
    except TokenError:
        raise _unterminated(source) from None
    return tuple(_token(source, token) for token in found)


def _token(source: SourceText, token: Any) -> Token:
    text = source.text[token.start : token.end + 1]
    kind = token.token_type.name
    return Token(text, token.start, token.end + 1, text[0] == "'", kind == "NUMBER", text[0] == '"')


def _unterminated(source: SourceText) -> Exception:
    quote, start = "", 0
    for offset, char in enumerate(source.text):
        if not quote and char in "'\"":
            quote, start = char, offset
        elif char == quote:
            quote = ""
    if quote:
        return source.error("a quote is not closed", start, "a quote inside text is written twice: 'it''s'")
    return source.error("the expression cannot be read", 0, "comments and dollar quotes are not taken")


def _refuse_gaps(source: SourceText, tokens: tuple[Token, ...]) -> None:
    # Whatever the tokenizer skipped, other than space, would silently not count.
    end = 0
    for start, next_end in [*((token.start, token.end) for token in tokens), (len(source.text), 0)]:
        gap = source.text[end:start]
        if gap.strip():
            offset = end + len(gap) - len(gap.lstrip())
            raise source.error("a comment", offset, "comments are not taken; give the filter a description instead")
        end = next_end


def _refuse_symbol(source: SourceText, token: Token, previous: Token | None) -> None:
    first = token.text[0]
    if token.is_quoted_name:
        if previous is None or previous.text != ".":
            text = token.text[1:-1]
            raise source.error(
                f"{token.text} is a quoted name", token.start, f"write '{text}': text stands in single quotes"
            )
    elif first in _TYPOGRAPHIC or any(char in _TYPOGRAPHIC for char in token.text if not token.is_string):
        raise source.error(f"`{first}` is a typographic quote", token.start, "write text in single quotes: 'text'")
    elif token.is_word:
        _refuse_word(source, token, previous)
    elif not (token.is_string or token.is_number) and token.text not in _SYMBOLS:
        hint = _HINTS.get(token.text) or _HINTS.get(first, "")
        raise source.error(f"`{token.text}` is not part of the language", token.start, hint)
    elif token.text == "!" and source.text[token.end : token.end + 1] != "~":
        raise source.error("`!` is not part of the language", token.start, "write not, !=, !~ or not in")
    elif token.is_string and previous is not None and previous.is_string:
        raise source.error("two texts side by side", token.start, "is a comma or an operator missing?")


def _refuse_word(source: SourceText, token: Token, previous: Token | None) -> None:
    if previous is not None and previous.is_number and previous.end == token.start:
        raise source.error(
            f"`{previous.text}{token.text}` is not a number",
            previous.start,
            "numbers bear no unit; an age is written now() - interval '30 days'",
        )
    if "'" in token.text or "$" in token.text:
        raise source.error(f"`{token.text}` is not part of the language", token.start, "text stands in plain 'quotes'")
