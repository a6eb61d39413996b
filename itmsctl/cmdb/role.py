"""Whether a database is the live one or a copy, and the one gate before anything acts on others.

A copy can be read and changed like any other database. It contacts nobody: two databases that both act for one estate
would run everything twice, each without knowing of the other.
"""

from __future__ import annotations

from collections.abc import Callable

from itmsctl.cmdb.home import Home
from itmsctl.cmdb.home import HomeStanding as At
from itmsctl.errors import CopyActsError
from itmsctl.values.lean import dataclass
from itmsctl.values.untrusted import shell_arg

Look = Callable[[Home], At]


@dataclass(frozen=True, eq=False, repr=False)
class DatabaseStanding:
    """What a database is. `claims` tells that it is to be written down as the live one with its next change."""

    live: bool
    claims: bool = False
    came_from: Home | None = None
    copy_of: str = ""
    why: str = ""


@dataclass(frozen=True)
class Acting:
    """The right to contact others, which only a live database gives (`Store.acting`). What contacts asks for it."""

    place: str


def judge(home: Home | None, here: Home, newer: Home | None, look: Look) -> DatabaseStanding:
    """Return what a database is that says that it lives at `home` and stands `here`.

    `newer` is another place where it was made the live one since; `look` tells what stands at a place now.
    """
    if newer is not None and look(newer) is not At.GONE:
        return DatabaseStanding(live=False, copy_of=newer.text, why="that one was made the live one since")
    if home is None:
        return DatabaseStanding(live=True, claims=True)
    same = home.is_same_thing(here)
    if home.is_here(here) and (same or home.is_file):
        return DatabaseStanding(live=True, claims=not same)  # a path leads to one file at a time
    if home.is_elsewhere(here) and not same:
        return _copy(home, "it was made on another machine or server")
    at = look(home)
    if at is At.THERE:
        return _copy(home)
    if same:  # nothing else is at its old place: it was moved, or has two names
        return DatabaseStanding(live=True, claims=True, came_from=home)
    if at is At.UNKNOWN:
        return _copy(home, "whether that one is still there cannot be told from here")
    if home.is_here(here):  # made again under its name, and the one before is gone
        return DatabaseStanding(live=True, claims=True)
    if home.is_file and home.file_system != here.file_system:  # moving to another disk is copying and removing
        return DatabaseStanding(live=True, claims=True, came_from=home)
    return _copy(home, "that one is gone, but this one was copied from it and not moved")


def _copy(home: Home, why: str = "") -> DatabaseStanding:
    return DatabaseStanding(live=False, copy_of=home.text, why=why)


def refuse_copy(standing: DatabaseStanding, place: str) -> None:
    """Raise CopyActsError where a database is a copy."""
    if not standing.live:
        raise CopyActsError(
            f"{place} is a copy of {standing.copy_of}: it acts on nobody; nothing was sent",
            why=standing.why,
            hint=f"to make it the live one: {adopting(place)}",
            details={"place": place, "copy_of": standing.copy_of},
        )


def told(standing: DatabaseStanding, place: str, seq: int) -> str:
    """Return what is said when a copy is opened."""
    why = f" ({standing.why})" if standing.why else ""
    return (
        f"{place} is a copy of {standing.copy_of} at change {seq}{why}: it acts on nobody; "
        f"to make it the live one: {adopting(place)}"
    )


def adopting(place: str) -> str:
    """Return the command that makes a copy the live one."""
    named = "" if "***" in place else f"--db {shell_arg(place)} "
    return f"itmsctl {named}db adopt"
