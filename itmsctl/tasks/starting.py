"""Whether a step that failed had begun: one that had not left nothing behind, so there is nothing to rescue."""

from __future__ import annotations

import functools

from itmsctl.errors import HostIdentityError, InputError, ItmsError, NotStartedError, UnreachableError


@functools.cache
def _reasons() -> frozenset[str]:
    """Return the codes of errors after which nothing was started: what was asked was wrong, or the way there was."""
    found: set[str] = set()
    left: list[type[ItmsError]] = [NotStartedError, UnreachableError, HostIdentityError, InputError]
    while left:
        kind = left.pop()
        found.add(kind.code)
        left.extend(kind.__subclasses__())
    return frozenset(found)


def never_began(exit_status: int | None, reason: str | None) -> bool:
    """Return whether a step failed without being started."""
    return exit_status is None and reason in _reasons()
