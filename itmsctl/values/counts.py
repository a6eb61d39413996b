"""A number with what it counts, in words: one computer, three computers; and what goes with one alone."""

from __future__ import annotations

from collections.abc import Sequence

from itmsctl.errors import UsageError


def counted(number: int, one: str, many: str = "") -> str:
    """Return `1 computer`, `3 computers`, `2 policies`; `many` where it is more than that: `computer is`."""
    return f"{number} {one if number == 1 else many or plural(one)}"


def plural(noun: str) -> str:
    """Return `computers`, `policies`."""
    return noun[:-1] + "ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else noun + "s"


def with_article(noun: str) -> str:
    """Return `a site`, `an inventory policy`, `a user`."""
    return f"{'an' if noun[0] in 'aeiou' and not noun.startswith('us') else 'a'} {noun}"


def listed(names: Sequence[str], shown: int = 10) -> str:
    """Return "`a`, `b` and 3 more"."""
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(f"`{name}`" for name in names[:shown]) + more


def one_only(kind: str, count: int, **options: object) -> None:
    """Raise UsageError where an option that means one object was given with several."""
    if count > 1 and any(value is not None for value in options.values()):
        flags = " and ".join(f"--{name}" for name in options)
        raise UsageError(f"{flags} go with one {kind}", hint="name one, or leave them out")
