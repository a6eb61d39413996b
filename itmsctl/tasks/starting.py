"""Whether a step that failed had begun: one that had not left nothing behind, so there is nothing to rescue."""

from __future__ import annotations

import functools

from itmsctl.errors import HostIdentityError, InputError, NotStartedError, UnreachableError, family


@functools.cache
def _reasons() -> frozenset[str]:
    """Return the codes of errors after which nothing was started: what was asked was wrong, or the way there was."""
    before = (NotStartedError, UnreachableError, HostIdentityError, InputError)
    return frozenset(one.code for kind in before for one in family(kind))


def never_began(exit_status: int | None, reason: str | None) -> bool:
    """Return whether a step failed without being started."""
    return exit_status is None and reason in _reasons()
