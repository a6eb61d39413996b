"""`/var/log/wtmp`: who was logged in, read from its records."""

from __future__ import annotations

import socket
import struct
from datetime import UTC, datetime
from typing import Any

from itmsctl.inventory.captured import filled
from itmsctl.inventory.endpoint.feed import Rows
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import AbsentError, UnreadError
from itmsctl.inventory.parsers import last

_RECORD = struct.Struct("=hxxi32s4s32s256shhiii16s20x")
_BOOT, _USER, _DEAD = 2, 7, 8
_MOST = 4096
_MOST_LOGONS = 200


def logons(probe: Probe) -> Rows:
    """Return the last logons, at most 200."""
    open_ones: dict[str, dict[str, Any]] = {}
    found: Rows = []
    for kind, terminal, user, origin, at in _records(probe):
        if kind == _BOOT:
            for row in open_ones.values():
                row["ended_at"] = at
            open_ones = {}
        elif kind == _DEAD:
            row = open_ones.pop(terminal, {})
            row["ended_at"] = at
        elif kind == _USER and user:
            before = open_ones.pop(terminal, None)
            if before is not None:
                before.setdefault("ended_at", at)
            row = {
                "user": user,
                "type": "remote" if origin and not origin.startswith(":") else "console",
                "terminal": terminal,
                "origin": origin,
                "started_at": at,
            }
            open_ones[terminal] = row
            found.append(row)
    for row in found:
        row["is_active"] = "ended_at" not in row
    return [row for one in found[-_MOST_LOGONS:] for row in filled(one)]


def last_logon(probe: Probe) -> Rows:
    """Return who logged in last, and who does so most."""
    return last.last_of(logons(probe))


def _records(probe: Probe) -> list[tuple[int, str, str, str, datetime]]:
    """Return records, also of the file before: kind, terminal, user, origin, time."""
    rows = []
    texts: list[bytes] = []
    missing = 0
    for path in ("/var/log/wtmp.1", "/var/log/wtmp"):
        try:
            texts.append(probe.data(path))
        except AbsentError:
            missing += 1
    if missing == 2:
        raise UnreadError("no such file: /var/log/wtmp")
    data = b"".join(texts)[-_MOST * _RECORD.size :]
    for place in range(0, len(data) - _RECORD.size + 1, _RECORD.size):
        kind, _, line, _, user, host, _, _, _, seconds, _, address = _RECORD.unpack_from(data, place)
        if kind in {_BOOT, _USER, _DEAD} and 0 < seconds < 2**31:
            origin = _text(host) or _address(address)
            rows.append((kind, _text(line), _text(user), origin, datetime.fromtimestamp(seconds, UTC)))
    return rows


def _text(data: bytes) -> str:
    return data.partition(b"\0")[0].decode("utf-8", "replace")


def _address(data: bytes) -> str:
    if not any(data):
        return ""
    return socket.inet_ntop(socket.AF_INET6, data) if any(data[4:]) else socket.inet_ntop(socket.AF_INET, data[:4])
