"""The inventory of an agent: what is due, gathered by the stand-alone package of `inventory`, told as an event."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from itmsctl.agents.endpoint.due_times import times_of
from itmsctl.agents.endpoint.home import AgentHome
from itmsctl.agents.form import INVENTORY, MAX_BODY
from itmsctl.inventory.endpoint.own_files import small_file, write_whole

_SETTINGS: Mapping[str, Any] = {
    "full_days": 30,
    "full_files": 1000,
    "max_mib": 48.0,
    "readme": "",
}


def due(home: AgentHome, duties: Sequence[Mapping[str, Any]], now: int) -> list[Mapping[str, Any]]:
    """Return the inventories that are due: those that are new, have changed, or were not gathered for their time."""
    done = home.state.get("gathered", {})
    found = []
    for one in duties:
        last = done.get(str(one.get("name")))
        since = now - last[1] if isinstance(last, list) and last[0] == _meant(one) else None
        if since is None or since < 0 or _is_over(one, now - since, now):
            found.append(one)
    return found


def _is_over(one: Mapping[str, Any], last: int, now: int) -> bool:
    """Return whether an inventory is due again: one of its times has come since the last, or so long is over."""
    if "times" in one or "start" in one:
        return any(begins > last for _, begins in times_of(one, now))
    return bool(now - last >= one.get("every_s", 86_400))


def gather(
    home: AgentHome, duties: Sequence[Mapping[str, Any]], definitions: Sequence[Sequence[Any]], now: int, nice: int = 10
) -> bool:
    """Gather what is due, and put it into the outbox; return whether there was any. Raises OSError."""
    _tell_left_over(home, now)
    wanted = due(home, duties, now)
    if not wanted:
        return False
    from itmsctl.inventory.endpoint.package import run

    there = {one[0] for one in definitions}
    names = sorted({name for one in wanted for name in one.get("classes", ()) if name in there})
    words = ["--out", home.part("gathered"), "--state", home.path("inventory"), "--quiet"]
    status = run(
        {**_SETTINGS, "out": "", "options": {"nice": nice}},
        definitions,
        [*words, *(word for name in names for word in ("--class", name))],
    )
    if status:
        return False
    _tell_left_over(home, now)
    done = {str(one.get("name")): [_meant(one), now] for one in wanted}
    known = {str(one.get("name")) for one in duties}
    kept = {name: value for name, value in home.state.get("gathered", {}).items() if name in known}
    home.keep(gathered={**kept, **done})
    return True


def ask_again(home: AgentHome, again: Any) -> None:
    """Have classes gathered whole that the server could not take as a difference: once for each time it asks."""
    if not isinstance(again, dict) or again == home.state.get("again"):
        return
    write_whole(os.path.join(home.part("inventory"), "resync"), json.dumps(again).encode(), 0o600)
    home.keep(again=again, gathered={})


def _tell_left_over(home: AgentHome, now: int) -> None:
    """Put what was gathered into the outbox, the oldest first, also what a check-in before this one had no time for."""
    folder = home.part("gathered")
    names = [name for name in os.listdir(folder) if name.endswith(".nse")]
    for name in sorted(names, key=lambda one: os.stat(os.path.join(folder, one)).st_mtime_ns):
        path = os.path.join(folder, name)
        home.tell(INVENTORY, now, small_file(path, MAX_BODY))
        os.unlink(path)


def _meant(one: Mapping[str, Any]) -> str:
    return ",".join(map(str, [one.get("every_s"), *one.get("classes", ())]))
