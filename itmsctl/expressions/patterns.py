"""Patterns of `like` and `ilike`: one meaning on SQLite (GLOB), PostgreSQL (LIKE) and in Python.

`%` is any text, `_` one character, a backslash takes the next character as it is. `ilike` makes A-Z equal a-z and no
other letters: SQLite folds no more, and PostgreSQL does the same under the collation "C".
"""

from __future__ import annotations

import re
from collections.abc import Callable

MAX_LENGTH = 1000  # SQLite's own limit is 50,000 bytes, reached by a pattern of stars far slower than by text
MAX_RUNS = 16  # of `%`: SQLite's matcher goes back for each

Test = Callable[[str], object]


def normalised(pattern: str, escape: str = "\\") -> str:
    """Return a pattern whose escape is the backslash and whose runs of `%` are one.

    Raises ValueError, with words for people.
    """
    if len(escape) != 1 or escape in "%_":
        raise ValueError("the escape is one character, not % or _")
    if len(pattern) > MAX_LENGTH:
        raise ValueError(f"a pattern has at most {MAX_LENGTH} characters")
    out: list[str] = []
    for char, literal in _read(pattern, escape):
        if literal:
            out.append("\\" + char if char in "%_\\" else char)
        elif char != "%" or not out or out[-1] != "%":
            out.append(char)
    if out.count("%") > MAX_RUNS:
        raise ValueError(f"a pattern has at most {MAX_RUNS} times %")
    return "".join(out)


def _read(pattern: str, escape: str) -> list[tuple[str, bool]]:
    """Return (character, is it meant as it is) for each."""
    found: list[tuple[str, bool]] = []
    chars = iter(pattern)
    for char in chars:
        if char == escape:
            following = next(chars, None)
            if following is None:
                raise ValueError(f"the pattern ends in its escape {escape}: write it twice")
            found.append((following, True))
        else:
            found.append((char, char not in "%_"))
    return found


def glob(pattern: str) -> str:
    """Return the pattern of SQLite's GLOB."""
    out = []
    for char, literal in _read(pattern, "\\"):
        if not literal:
            out.append("*" if char == "%" else "?")
        else:
            out.append(f"[{char}]" if char in "*?[" else char)
    return "".join(out)


def test(pattern: str, *, fold: bool) -> Test:
    """Return a function that says (as a truth value) whether a text matches."""
    if not fold:
        quick = _quick(_read(pattern, "\\"))
        if quick is not None:
            return quick
    flags = re.DOTALL | (re.IGNORECASE | re.ASCII if fold else 0)
    return re.compile(_expression(_read(pattern, "\\")), flags).fullmatch


def _expression(parts: list[tuple[str, bool]]) -> str:
    # `%` and a piece take the first place where the piece fits: never going back is right, and keeps it linear.
    pieces = [""]
    for char, literal in parts:
        if not literal and char == "%":
            pieces.append("")
        else:
            pieces[-1] += re.escape(char) if literal else "."
    if len(pieces) == 1:
        return pieces[0]
    first, *middle, last = pieces
    return first + "".join(f"(?>.*?{piece})" for piece in middle if piece) + ".*" + last


def _quick(parts: list[tuple[str, bool]]) -> Test | None:
    """Return a plain text function where the pattern needs no more: `abc`, `abc%`, `%abc`, `%abc%`."""
    wild = [index for index, (_, literal) in enumerate(parts) if not literal]
    if any(parts[index][0] != "%" for index in wild):
        return None
    text = "".join(char for char, literal in parts if literal)
    last = len(parts) - 1
    if not wild:
        return text.__eq__
    if wild == [last]:
        return lambda value: value.startswith(text)
    if wild == [0]:
        return lambda value: value.endswith(text)
    if wild == [0, last]:
        return lambda value: text in value
    return None
