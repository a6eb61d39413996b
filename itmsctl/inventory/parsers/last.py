"""`last -F -w`, `who`: who was logged in on a UNIX."""

from __future__ import annotations

import re
from collections import Counter

from itmsctl.inventory.captured import filled, lines, moment
from itmsctl.inventory.parser import Parser, Rows

_TIME = r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}"
_LAST = re.compile(
    rf"(?P<user>\S+)\s+(?P<terminal>\S+)\s+(?:(?P<from>\S+)\s+)?"
    rf"(?P<start>{_TIME})(?: - (?P<end>{_TIME}|\w+))?(?P<rest>.*)"
)
_FORM = "%a %b %d %H:%M:%S %Y"
_NOBODY = frozenset({"reboot", "shutdown", "runlevel", "wtmp", "boot"})


def logons(text: str) -> Rows:
    """Return logons; starts of the computer are none."""
    rows: Rows = []
    for line in lines(text):
        found = _LAST.match(line[:500])
        if found is None or found["user"] in _NOBODY:
            continue
        origin = found["from"]
        started = moment(found["start"], _FORM)
        ended = moment(found["end"], _FORM) if found["end"] else None
        rows += filled(
            {
                "user": found["user"],
                "type": "remote" if origin and not origin.startswith(":") and origin != "0.0.0.0" else "console",  # noqa: S104 - a word
                "terminal": found["terminal"],
                "origin": origin,
                "started_at": started,
                "ended_at": ended,
                "is_active": "still logged in" in line,
            },
            "started_at",
        )
    return rows


def last_of(found: Rows) -> Rows:
    """Return who logged in last, and who does so most; no row where nobody did."""
    if not found:
        return []
    last = max(found, key=lambda one: one["started_at"])
    user, times = Counter(one["user"] for one in found).most_common(1)[0]
    return [
        {
            "user": last["user"],
            "at": last["started_at"],
            "primary_user": user,
            "primary_share_pct": times * 100 // len(found),
        }
    ]


def last_logon(text: str) -> Rows:
    """Return who logged in last."""
    return last_of(logons(text))


PARSER = Parser("last -F -w", {"logons": logons, "last_logon": last_logon})
