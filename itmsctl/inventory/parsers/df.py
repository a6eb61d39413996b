"""`df -kP`, `df -kPT`, `bdf`: file systems with size and use, on every UNIX."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_UNIT = re.compile(r"\b(512|1024|1K|1M|1048576)-b", re.IGNORECASE)
_UNITS = {"512": 512, "1024": 1024, "1k": 1024, "1m": 1 << 20, "1048576": 1 << 20}
_NUMBER = re.compile(r"-?\d{1,18}|-")
_SHARE = re.compile(r"\d{1,9}%|-")
REMOTE = re.compile(r"(?:\[[0-9a-fA-F:]+\]|[^/\s:]+):/|//")
"""How a device of another computer is written: `server:/path`, `//server/share`."""


def filesystems(text: str) -> Rows:
    """Return file systems; a line that was broken behind a long device is put together."""
    head, _, rest = text.partition("\n")
    unit = _UNIT.search(head[:200])
    block = _UNITS[unit[1].lower()] if unit else 1024
    has_type = " type " in f" {' '.join(head[:200].lower().split())} "
    rows: Rows = []
    device: list[str] = []
    for line in lines(rest):
        words = [*device, *line.split()] if line[:1].isspace() else line.split()
        place = next((n for n in range(4, len(words)) if _is_use(words, n)), None)
        device = words if place is None and len(words) == 1 else []  # broken behind a long name, or nothing of ours
        if place is None:
            continue
        kind = words[place - 4] if has_type and place > 4 else None
        name = " ".join(words[: place - 4 if kind else place - 3])
        total, used, free = (_blocks(word, block) for word in words[place - 3 : place])
        rows += filled(
            {
                "mount_point": " ".join(words[place + 1 :]),
                "device": name,
                "type": kind,
                "size_bytes": total,
                "used_bytes": used,
                "free_bytes": free,
                "used_pct": None if words[place] == "-" else int(words[place].rstrip("%")),
                "is_remote": True if REMOTE.match(name) else None,
            },
            "mount_point",
        )
    return rows


def _is_use(words: list[str], place: int) -> bool:
    """Return whether a share stands at a place, with the three numbers before it and a path behind it."""
    return (
        _SHARE.fullmatch(words[place]) is not None
        and all(_NUMBER.fullmatch(word) for word in words[place - 3 : place])
        and words[place + 1 : place + 2] != []
        and words[place + 1].startswith("/")
    )


def _blocks(text: str, block: int) -> int | None:
    return None if text == "-" else int(text) * block


PARSER = Parser("df -kPT", {"filesystems": filesystems})
