"""What stands in the agent for `expressions.regexes`: the patterns of rules, which the server has read and let through.

A pattern comes from whoever wrote a rule, in signed policy, and is looked for in one bounded line of a probe.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any


class UnreadPatternError(ValueError):
    """A pattern that cannot be looked for; `hint` says what to write instead."""

    hint = ""


PatternError = UnreadPatternError  # as what it stands for calls it


def read(text: str) -> None:
    """Check a pattern. Raises UnreadPatternError."""
    searcher(text)


def searcher(text: str) -> Callable[[str], Any]:
    """Return a function that is true of the texts in which a pattern is found. Raises UnreadPatternError."""
    try:
        return re.compile(text, re.ASCII).search
    except re.error as error:
        raise UnreadPatternError(str(error)) from None
