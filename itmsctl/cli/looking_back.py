"""`--as-of`: verbs that read configuration answer how it was at a moment; all others refuse it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from itmsctl.errors import UsageError
from itmsctl.values.kind import Kind, house
from itmsctl.values.times import moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from itmsctl.cli.context import Context
    from itmsctl.cmdb.doc import Doc
    from itmsctl.cmdb.work import Reader

_F = TypeVar("_F", bound=Callable[..., Any])
_MARK = "looks_back"


class Readable(Protocol):
    """A kind as it is, or as it was."""

    kind: Kind

    def find(self, reader: Reader, name: str) -> Doc | None:
        """Return an object, or None."""

    def get(self, reader: Reader, name: str) -> Doc:
        """Return an object."""

    def list(self, reader: Reader, *, sort: str, descending: bool, limit: int | None) -> Iterator[Doc]:
        """Yield objects."""


def looks_back(function: _F) -> _F:
    """Mark a verb that knows what to do with `--as-of`."""
    setattr(function, _MARK, True)
    return function


def refuse_looking_back(context: Context, command: Any, path: str) -> None:
    """Raise UsageError where `--as-of` was given to a verb that answers the present only."""
    if context.settings.as_of is not None and not getattr(command.callback, _MARK, False):
        raise UsageError(
            f"`{path}` knows the present only",
            hint="--as-of goes with list, show and members of configuration, and with export",
        )


def moment_of(context: Context) -> datetime | None:
    """Return the moment that is asked for; None for the present. Raises InputError."""
    text = context.settings.as_of
    return None if text is None else moment(text, context.clock())


def told_moment(context: Context) -> datetime | None:
    """Return what `moment_of` does; where nothing was recorded before it, a person is told that and since when."""
    at = moment_of(context)
    if at is not None:
        from itmsctl.cmdb.audit import nothing_before

        if why := context.read(lambda reader: nothing_before(reader.connection, at)):
            context.say(f"there is nothing to look back to: {why}")
    return at


def past_of(context: Context, kind: Kind) -> Readable | None:
    """Return a kind as it was at the moment that is asked for; None where the present is."""
    at = told_moment(context)
    if at is None:
        return None
    for answer in house().calls("as_of"):
        found: Readable = answer(kind, at)
        return found
    raise UsageError("no room keeps the past", hint="leave out --as-of")


def refuse_selectors(context: Context, given: bool, flags: str) -> None:
    """Raise UsageError where selectors, which look at the present, are given together with `--as-of`."""
    if given and context.settings.as_of is not None:
        raise UsageError(f"--as-of and {flags} do not go together", hint=f"{flags} looks at the present")
