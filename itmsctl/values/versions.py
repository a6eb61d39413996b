"""One order of versions, whoever numbers them: a text for each that sorts as the versions do.

Packages of Debian, rpm, programs of Windows and macOS and language packages number differently; these rules order what
each of them writes within itself, and are few enough to be told to people:

- Numbers count as numbers: 9 is before 10, and 08 is 8.
- `~` stands before everything, also before the end: 1.0~rc1 is before 1.0.
- So do alpha, beta, dev, milestone, pre, preview, rc and snapshot: 1.0-rc1 is before 1.0.
- Then the end, then a revision after `-`, then letters, then `+`, then numbers: 1.0, 1.0-1, 1.0a, 1.0+git, 1.0.1.
- `.`, `_` and `,` only part; capitals count as small letters.
- An epoch (`1:` in front) is left out: what is compared is what people read.
"""

from __future__ import annotations

import re
from functools import lru_cache

_EPOCH = re.compile(r"\d+:")
_TOKEN = re.compile(r"\d+|[a-z]+|~|\+|[^a-z0-9~+._,]+")
_DIGITS = frozenset("0123456789")
_BEFORE_THE_END = frozenset({"alpha", "beta", "dev", "milestone", "pre", "preview", "prerelease", "rc", "snapshot"})
# How a part begins: in this order they sort, by code point.
_TILDE, _EARLY, _END, _REVISION, _LETTERS, _PLUS, _NUMBER = "!#$%&+0"
_LONGEST = 1024  # characters that are looked at: beyond them nobody numbers


@lru_cache(maxsize=65536)
def version_key(text: str) -> str:
    """Return the text by which a version is compared, by code point."""
    version = text[:_LONGEST].strip().lower()
    epoch = _EPOCH.match(version)
    tokens = _TOKEN.findall(version[epoch.end() :] if epoch else version)
    return "".join(_written(token, tokens[place + 1 : place + 2]) for place, token in enumerate(tokens)) + _END


def has_epoch(text: str) -> bool:
    """Return whether a version begins with an epoch."""
    return _EPOCH.match(text.strip()) is not None


def _written(token: str, following: list[str]) -> str:
    first = token[0]
    if first in _DIGITS:
        digits = token.lstrip("0") or "0"
        return f"{_NUMBER}{len(digits):04d}{digits}"
    if first == "~":
        return _TILDE
    if first == "+":
        return _PLUS
    if token.isascii() and token.isalpha():
        # Ended, so that a word is before all that begin with it.
        return f"{_EARLY if token in _BEFORE_THE_END else _LETTERS}{token} "
    return "" if following and following[0] in _BEFORE_THE_END else _REVISION
