"""The words of a rule: where each stands, and whether it was quoted."""

from __future__ import annotations

import re
from typing import NamedTuple

from itmsctl.errors import ExpressionError
from itmsctl.expressions.source import SourceText, checked

_SIGNS = re.compile(r">=|<=|!=|==|[<>=()\[\],]")
_QUOTES = frozenset("'\"")


class RuleWord(NamedTuple):
    """A word or sign, and where it begins and ends in the text."""

    text: str
    start: int
    end: int
    is_quoted: bool = False
    is_sign: bool = False

    def is_plain(self, *texts: str) -> bool:
        """Return whether it is one of these words or signs, not quoted."""
        return not self.is_quoted and self.text in texts


class RuleWords:
    """The words of a text in their order, read one after the other."""

    def __init__(self, source: SourceText, start: int = 0, end: int | None = None) -> None:
        self.source = source
        self.words = list(_words(source, start, len(source.text) if end is None else end))
        self.at = 0

    def peek(self) -> RuleWord:
        """Return the next word; an empty one at the end."""
        return self.words[self.at]

    def take(self) -> RuleWord:
        """Return the next word, and go on."""
        word = self.words[self.at]
        if word.text or word.is_quoted:
            self.at += 1
        return word

    def take_if(self, *texts: str) -> RuleWord | None:
        """Return the next word and go on, where it is one of these and not quoted."""
        return self.take() if self.peek().is_plain(*texts) else None

    @property
    def is_done(self) -> bool:
        """Return whether nothing is left."""
        word = self.peek()
        return not word.text and not word.is_quoted

    def error(self, message: str, word: RuleWord | None = None, hint: str = "") -> ExpressionError:
        """Return an error that points at a word; at the next one by default."""
        return self.source.error(message, (word or self.peek()).start, hint)


def source_of(text: str) -> SourceText:
    """Return the text of a rule that may be looked at. Raises ExpressionError."""
    if not text.strip():
        raise SourceText(text).error("the rule is empty", 0, "write `package NAME`, or leave the rule out")
    return checked(text, "rule")


def _words(source: SourceText, start: int, end: int) -> list[RuleWord]:
    text, at = source.text, start
    found: list[RuleWord] = []
    while at < end:
        if text[at].isspace():
            at += 1
            continue
        if sign := _SIGNS.match(text, at, end):
            found.append(RuleWord(sign[0], at, sign.end(), is_sign=True))
            at = sign.end()
            continue
        word = _word(source, at, end)
        found.append(word)
        at = word.end
    return [*found, RuleWord("", end, end)]


def _word(source: SourceText, start: int, end: int) -> RuleWord:
    text = source.text
    if text[start] in _QUOTES:
        return _quoted(source, start, end)
    at = start
    while at < end and not text[at].isspace() and not _SIGNS.match(text, at):
        at += 1
    return RuleWord(text[start:at], start, at)


def _quoted(source: SourceText, start: int, end: int) -> RuleWord:
    """Read a quoted text: a quote in it is written twice, and a backslash is one."""
    text, quote = source.text, source.text[start]
    parts: list[str] = []
    at = start + 1
    while True:
        close = text.find(quote, at, end)
        if close < 0:
            raise source.error(f"the {quote} is never closed", start, "a quote inside a quoted text is written twice")
        parts.append(text[at:close])
        if text[close + 1 : close + 2] != quote or close + 1 >= end:
            return RuleWord(quote.join(parts), start, close + 1, is_quoted=True)
        at = close + 2
