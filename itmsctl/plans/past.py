"""What objects were at a moment: told backwards from what they are, so that nothing old has to be kept for it.

An object that was changed after the moment was what the first of those changes had found; where that change made it,
it was not there. An object that was not changed since is what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from itmsctl.errors import InputError, NotFoundError
from itmsctl.values.names import did_you_mean, is_guid, name_key
from itmsctl.values.times import to_second
from itmsctl.values.untrusted import shell_arg

_T = TypeVar("_T")


@dataclass(frozen=True)
class Since:
    """What happened to an object after a moment: what the first change found, and how often it was written since."""

    guid: str
    found: Mapping[str, Any] | None
    writes: int


def refuse_future(moment: datetime, now: datetime) -> None:
    """Raise InputError for a moment that is still to come."""
    if moment > now:
        raise InputError(f"{to_second(moment)} is still to come", hint="--as-of looks back")


def then(
    present: Iterable[_T], since: Mapping[str, Since], guid_of: Callable[[_T], str], made: Callable[[Since], _T]
) -> Iterator[_T]:
    """Yield the objects as they were: those not changed since as they are, the others as they were found."""
    for one in present:
        if guid_of(one) not in since:
            yield one
    for change in since.values():
        if change.found is not None:
            yield made(change)


def named(names: Mapping[str, str], text: str, kind: str, moment: datetime) -> str:
    """Return the GUID of what bore a name then; `names` are those of that time, by GUID.

    Raises NotFoundError that offers a near name of that time.
    """
    if is_guid(text):
        found = text.lower() if text.lower() in names else None
    else:
        key = name_key(text)
        found = next((guid for guid, name in names.items() if name_key(name) == key), None)
    if found is None:
        near = did_you_mean(text, names.values())
        raise NotFoundError(
            f"there was no {kind} `{text}` at {to_second(moment)}",
            hint=near or f"itmsctl history {kind} {shell_arg(text)}",
            details={"kind": kind},
        )
    return found
