"""Sets of characters as ranges of code points: what a bracket or an escape of a regular expression stands for."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

LAST = 0x10FFFF
Ranges = tuple[tuple[int, int], ...]

_NAMED_TEXT = {
    "digit": "09",
    "d": "09",
    "alpha": "AZaz",
    "alnum": "09AZaz",
    "word": "09AZ__az",
    "w": "09AZ__az",
    "upper": "AZ",
    "lower": "az",
    "xdigit": "09AFaf",
    "s": "\t\n\f\r  ",
    "space": "\t\r  ",
    "blank": "\t\t  ",
    "punct": "!/:@[`{~",
}


@cache
def named(name: str) -> Ranges | None:
    """Return the ASCII class of that name: of `\\d`, `\\w`, `\\s` by their letter, of `[[:alpha:]]` by its word."""
    text = _NAMED_TEXT.get(name)
    if text is None:
        return None
    return tuple((ord(a), ord(b)) for a, b in zip(text[::2], text[1::2], strict=True))


def joined(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Return the same set, sorted, without overlaps."""
    out: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if out and low <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return tuple(out)


def complement(ranges: Ranges) -> Ranges:
    """Return all other characters; NUL is in no text, so it is left out."""
    out, start = [], 1
    for low, high in joined(ranges):
        if start < low:
            out.append((start, low - 1))
        start = max(start, high + 1)
    if start <= LAST:
        out.append((start, LAST))
    return tuple(out)


def folded(ranges: Ranges) -> Ranges:
    """Return the set with both cases of every ASCII letter in it."""
    extra: list[tuple[int, int]] = []
    for low, high in ranges:
        for first, shift in ((0x41, 32), (0x61, -32)):
            a, b = max(low, first), min(high, first + 25)
            if a <= b:
                extra.append((a + shift, b + shift))
    return joined([*ranges, *extra])


def written(ranges: Ranges) -> str:
    """Return the bracket expression of a set, read alike by RE2 and by PostgreSQL."""
    if not ranges:
        return ""
    negated = ranges[0][0] <= 1 and ranges[-1][1] == LAST
    shown = complement(ranges) if negated else ranges
    if negated and not shown:
        return "(?:.|\n)"
    body = "".join(char(low) if low == high else f"{char(low)}-{char(high)}" for low, high in shown)
    return f"[^{body}]" if negated else f"[{body}]"


def char(code: int) -> str:
    """Return a character as it stands in a pattern, escaped where it would mean something."""
    text = chr(code)
    return "\\" + text if text.isascii() and text.isprintable() and not text.isalnum() and text not in "_ " else text
