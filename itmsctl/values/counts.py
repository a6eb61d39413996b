"""A number with what it counts, in words: one computer, three computers."""

from __future__ import annotations


def counted(number: int, one: str, many: str = "") -> str:
    """Return `1 computer`, `3 computers`; `many` where it is more than an `s`: `computer is`, `computers are`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
