"""Names that read alike but are not the same (IM7).

Not over-eager: `pc1` and `PC1` are the same name, `pc1` and `pc2` are two. Refused is what a person cannot tell apart:
full-width letters, Cyrillic or Greek letters in the place of Latin ones, a dot at the end.
"""

from __future__ import annotations

import unicodedata

from itmsctl.values.names import name_key

_TWINS = str.maketrans(
    {
        "а": "a", "в": "b", "с": "c", "е": "e", "һ": "h", "і": "i", "ј": "j", "к": "k", "м": "m", "п": "n", "о": "o",  # noqa: RUF001 - Cyrillic
        "р": "p", "ԛ": "q", "ѕ": "s", "т": "t", "ѵ": "v", "ԝ": "w", "х": "x", "у": "y", "ԁ": "d", "ɡ": "g", "ӏ": "l",  # noqa: RUF001 - Cyrillic
        "α": "a", "ο": "o", "ρ": "p", "ν": "v", "ι": "i", "κ": "k", "υ": "u", "χ": "x", "τ": "t", "ε": "e",  # noqa: RUF001 - Greek
        "ı": "i", "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-", "․": ".", "·": ".",  # noqa: RUF001 - marks
    }
)  # fmt: skip


def skeleton(name: str) -> str:
    """Return the plain name that this one reads like; equal to its key where it reads like itself only."""
    key = name_key(name)
    plain = key if key.isascii() else key.translate(_TWINS)
    return plain.rstrip(". ") or key


def same_spelling(one: str, other: str) -> bool:
    """Return whether two names of one key differ in case alone; `ｐｃ１` and `pc1` have one key and do not."""  # noqa: RUF002 - full width
    return (
        one == other or unicodedata.normalize("NFC", one).casefold() == unicodedata.normalize("NFC", other).casefold()
    )
