"""Text of a rule to a rule. It is written on a line, or as lists in lines, which YAML reads the same way.

package hello >= 2.10 and not (file /opt/old or service old)

all:
  - package hello >= 2.10
  - any: [file /usr/bin/hello, file /usr/local/bin/hello]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from itmsctl.errors import ExpressionError
from itmsctl.expressions.source import SourceText
from itmsctl.packages.detection.leaf_reading import leaf
from itmsctl.packages.detection.rule import AnyRule, EveryRule, NotRule, Rule, leaves
from itmsctl.packages.detection.words import RuleWords, source_of

MAX_LEAVES = 200
MAX_DEPTH = 30
_LISTS: Mapping[str, Callable[[tuple[Rule, ...]], Rule]] = {"all:": EveryRule, "any:": AnyRule}
_OPENING = frozenset({*_LISTS, "not:"})


def parse(text: str) -> Rule:
    """Return the rule of a text. Raises ExpressionError, with line, column and offset in its details."""
    source = source_of(text)
    block = _BlockReader(source)
    found = block.whole() if block.is_block else _whole(RuleWords(source))
    count = sum(1 for _ in leaves(found))
    if count > MAX_LEAVES:
        raise source.error(
            f"the rule asks {count} things, and {MAX_LEAVES} are the most", 0, "a script may ask several"
        )
    return found


def _whole(words: RuleWords) -> Rule:
    found = _LineReader(words).some()
    if not words.is_done:
        raise words.error(f"`{words.peek().text}` is not expected here", hint="put `and` or `or` between two parts")
    return found


class _LineReader:
    """Reads a rule on a line: `and` binds tighter than `or`, `not` tighter than both."""

    def __init__(self, words: RuleWords) -> None:
        self._words = words
        self._depth = 0

    def some(self) -> Rule:
        parts = [self._every()]
        while self._words.take_if("or"):
            parts.append(self._every())
        return parts[0] if len(parts) == 1 else AnyRule(tuple(parts))

    def _every(self) -> Rule:
        parts = [self._part()]
        while self._words.take_if("and"):
            parts.append(self._part())
        return parts[0] if len(parts) == 1 else EveryRule(tuple(parts))

    def _part(self) -> Rule:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._words.error("nested too deeply")
        try:
            return self._read_part()
        finally:
            self._depth -= 1

    def _read_part(self) -> Rule:
        words = self._words
        if words.take_if("not", "not:"):
            return NotRule(self._part())
        if opened := words.take_if("("):
            found = self.some()
            if not words.take_if(")"):
                raise words.error("a `)` is missing", opened)
            return found
        if head := words.take_if(*_LISTS):
            return _LISTS[head.text](self._members())
        return leaf(words)

    def _members(self) -> tuple[Rule, ...]:
        words = self._words
        opened = words.take_if("[")
        if not opened:
            raise words.error("a list is expected here", hint="all: [package hello, file /usr/bin/hello]")
        parts = [self.some()]
        while words.take_if(","):
            parts.append(self.some())
        if not words.take_if("]"):
            raise words.error("a `]` is missing", opened)
        return tuple(parts)


class _BlockLine:
    """A line of lists in lines: how far it stands in, where its content begins and ends."""

    def __init__(self, indent: int, start: int, end: int) -> None:
        self.indent, self.start, self.end = indent, start, end


class _BlockReader:
    """Reads lists in lines, by how far each line stands in."""

    def __init__(self, source: SourceText) -> None:
        self._source = source
        self._lines = list(_lines_of(source))
        self._at = 0

    @property
    def is_block(self) -> bool:
        """Return whether the text is such lists: its first line opens one."""
        return bool(self._lines) and (self._text(0) in _OPENING or self._text(0).startswith("- "))

    def whole(self) -> Rule:
        found = self._rule(self._lines[0].indent, 0)
        if self._at < len(self._lines):
            raise self._error("this line stands elsewhere than the ones before", self._lines[self._at].start)
        return found

    def _rule(self, indent: int, depth: int) -> Rule:
        """Read what begins at the next line: a list of members is all of them."""
        if depth > MAX_DEPTH:
            raise self._error("nested too deeply", self._lines[self._at].start)
        if self._text(self._at).startswith("- "):
            return EveryRule(self._members(indent, depth))
        return self._content(depth)

    def _members(self, indent: int, depth: int) -> tuple[Rule, ...]:
        parts = []
        while self._at < len(self._lines) and self._lines[self._at].indent == indent:
            line = self._lines[self._at]
            if not self._text(self._at).startswith("- "):
                break
            inner = self._source.text[line.start + 1 : line.end]
            shift = 1 + len(inner) - len(inner.lstrip())
            self._lines[self._at] = _BlockLine(indent + shift, line.start + shift, line.end)
            parts.append(self._rule(indent + shift, depth + 1))
        return tuple(parts)

    def _content(self, depth: int) -> Rule:
        line, text = self._lines[self._at], self._text(self._at)
        self._at += 1
        if text not in _OPENING:
            return _whole(RuleWords(self._source, line.start, line.end))
        if self._at >= len(self._lines) or self._lines[self._at].indent < line.indent:
            raise self._error(
                f"nothing stands below `{text}`", line.start, "write its parts as `- ...`, each on a line"
            )
        below = self._lines[self._at].indent
        if text == "not:":
            return NotRule(self._rule(below, depth + 1))
        if not self._text(self._at).startswith("- "):
            raise self._error(f"`- ` is expected below `{text}`", self._lines[self._at].start)
        return _LISTS[text](self._members(below, depth))

    def _text(self, at: int) -> str:
        line = self._lines[at]
        return self._source.text[line.start : line.end]

    def _error(self, message: str, offset: int, hint: str = "") -> ExpressionError:
        return self._source.error(message, offset, hint)


def _lines_of(source: SourceText) -> list[_BlockLine]:
    found, offset = [], 0
    for line in source.text.split("\n"):
        content = line.strip()
        if content and not content.startswith("#"):
            indent = len(line) - len(line.lstrip())
            start = offset + indent
            found.append(_BlockLine(indent, start, start + len(content)))
        offset += len(line) + 1
    return found
