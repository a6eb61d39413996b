"""Which character of a file is a character of a text that it holds: in quotes, without, or as a block of lines."""

from __future__ import annotations

import re

BREAKS = "\r\n|[\r\n\x85\u2028\u2029]"
_LINE = re.compile(r"[^\r\n]*(?:\r\n|[\r\n])?")
_PAIR = r"u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = re.compile(rf"\\(?:{_PAIR}|x..|u....|U........|\r?\n[ \t]*|.)", re.DOTALL)
_FOLD = re.compile(r"[ \t]*((?:\r?\n[ \t]*)+)")


def lines(text: str, breaks: str) -> list[int]:
    """Return where each line of a text begins."""
    return [0, *(found.end() for found in re.finditer(breaks, text))]


def index_of(text: str, begin: int, value: str, offset: int) -> int:
    """Return the index, in the text of a file, of a character of a value that is written from `begin` on."""
    if text[begin] in "|>":
        return _in_block(text, begin, value, offset)
    return _in_line(text, begin, offset)


def _in_line(text: str, at: int, left: int) -> int:
    quote = text[at] if text[at] in "'\"" else ""
    at += len(quote)
    while at < len(text):
        made, step = 1, 1
        if quote == '"' and (escape := _ESCAPE.match(text, at)) is not None:
            step = len(escape[0])
            made = 0 if escape[0][1] in "\r\n" else 1  # a line that is cut
        elif quote == "'" and text.startswith("''", at):
            step = 2
        elif (fold := _FOLD.match(text, at)) is not None:  # one line end is a space, several are one fewer
            made, step = max(1, fold[1].count("\n") - 1), len(fold[0])
        if made and left <= 0:
            break
        at, left = at + step, left - made
    return at


def _in_block(text: str, at: int, value: str, offset: int) -> int:
    """Each line of a block stands in the value as it is, whatever becomes of its indentation and its end."""
    found, seen = at, 0
    header = True
    for line in _LINE.finditer(text, at):
        content = line[0].strip()
        if header or not content:
            header = False
            continue
        begins = value.find(content, seen)
        if begins < 0 or begins > offset:
            break
        seen = begins + len(content)
        found = line.start() + line[0].index(content) + min(offset, seen) - begins
    return found
