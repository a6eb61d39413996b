"""The log of Linux's auditd: programs that were started, or that something kept from starting.

Which there are depends on the rules of the computer: `-a always,exit -F arch=b64 -S execve` records each start,
`-F exit=-EACCES` only those that were refused; fapolicyd and AppArmor record what they refuse by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

_HEAD = re.compile(r"(?:node=\S+ )?type=(\w+) msg=audit\((\d{1,12})\.(\d{1,3}):(\d{1,12})\): ?(.*)")
_PAIR = re.compile(r'([A-Za-z_][\w-]*)=("[^"]*"|\S+)')
_HEX = re.compile("(?:[0-9A-F]{2})+")
_NOBODY = "4294967295"
_CALLS = frozenset({"59", "322", "11", "221", "281"})  # execve and execveat of x86-64, i386 and arm64
_REFUSED = frozenset({"-13", "-1"})  # EACCES, EPERM
_LONGEST_LINE = 16_384
_MOST_OPEN = 10_000


class AuditedStart(NamedTuple):
    """A program that was started or refused: its path, when, and the number of the user and the process."""

    denied: bool
    path: str
    at: datetime
    uid: int | None
    process: int | None


def audited_starts(text: str) -> Iterator[AuditedStart]:
    """Yield the starts and refusals that lines of an audit log tell, each event once."""
    calls: dict[str, tuple[datetime, dict[str, str]]] = {}
    paths: dict[str, str] = {}
    refused: set[str] = set()
    for line in text.splitlines():
        found = _HEAD.match(line[:_LONGEST_LINE])
        if found is None:
            continue
        kind, seconds, thousandths, serial, rest = found.groups()
        at = (
            datetime.fromtimestamp(int(seconds) + int(thousandths.ljust(3, "0")) / 1000, UTC)
            if (int(seconds) < 253402300799)
            else None
        )
        if at is None:
            continue
        told = {name: _plain(value) for name, value in _PAIR.findall(rest)}
        key = f"{seconds}.{thousandths}:{serial}"
        if kind == "SYSCALL" and told.get("syscall") in _CALLS and len(calls) < _MOST_OPEN * 100:
            calls[key] = (at, told)
        elif kind == "PATH" and told.get("item") == "0":
            paths.setdefault(key, told.get("name", ""))
        elif kind == "FANOTIFY" and told.get("resp") == "2":
            refused.add(key)
        elif kind == "AVC" and told.get("apparmor") == "DENIED" and told.get("operation") == "exec":
            yield AuditedStart(True, told.get("name", ""), at, _number(told.get("fsuid")), _number(told.get("pid")))
    for key, (at, told) in calls.items():
        failed = told.get("success") == "no"
        denied = failed and (told.get("exit") in _REFUSED or key in refused)
        if failed and not denied:
            continue  # it was not there, or is no program
        path = paths.get(key, "") if denied else told.get("exe", "")
        if path:
            uid = told.get("auid") if told.get("auid", _NOBODY) != _NOBODY else told.get("uid")
            yield AuditedStart(denied, path, at, _number(uid), _number(told.get("pid")))


def _plain(value: str) -> str:
    """Return a value without its quotes; what holds blanks or other signs is written in hexadecimal digits."""
    if value.startswith('"'):
        return value.strip('"')
    if len(value) > 3 and _HEX.fullmatch(value) and not value.isdecimal():
        return bytes.fromhex(value).decode("utf-8", "replace")
    return value


def _number(value: str | None) -> int | None:
    return int(value) if value is not None and value.isdecimal() and len(value) < 11 else None
