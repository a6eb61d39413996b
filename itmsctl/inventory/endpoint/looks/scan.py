"""Files by the rules of a scan: folders, folders left out, patterns; what is mounted from others is left out."""

from __future__ import annotations

import fnmatch
import grp
import hashlib
import os
import pwd
import re
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from itmsctl.inventory.captured import filled
from itmsctl.inventory.endpoint.feed import Rows
from itmsctl.inventory.endpoint.looks.mounts import REMOTE, mounted
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import UnreadError

_MOST = 50_000
_LARGEST = 64 << 20
_RUNS = 0o111  # without a pattern, programs are meant
_KERNEL = ("/proc", "/sys", "/dev", "/run")


def look(probe: Probe) -> dict[str, Rows]:
    """Return files that the rules name, and how much of what lies below each folder."""
    rules = probe.options.get("files")
    told: dict[str, Any] = rules if isinstance(rules, dict) else {}
    folders = _texts(told, "folders") or ["/"]
    patterns = [one for one in _texts(told, "patterns") if not one.startswith("!")]
    fits = _pattern(patterns or ["*"])
    is_left_out = _pattern([one[1:] for one in _texts(told, "patterns") if one.startswith("!")])
    most = min(int(told.get("most") or _MOST), _MOST)
    excluded = {*_KERNEL, *_texts(told, "without")} | (set() if told.get("remote") is True else _remote(probe))
    files: Rows = []
    totals: dict[tuple[str, str], list[int]] = {}
    for folder in folders:
        for path, status in _walk(probe, folder, excluded - {folder}):
            name = path.rpartition("/")[2]
            if is_left_out(name) or is_left_out(path) or not fits(name) or not (patterns or status.st_mode & _RUNS):
                continue
            ending = name.rpartition(".")[2].lower() if "." in name[1:] else ""
            total = totals.setdefault((folder, ending[:40]), [0, 0])
            total[0] += 1
            total[1] += status.st_size
            if len(files) < most:
                files += _file(probe, path, status, told.get("hash") is True)
    counts = [
        {"folder": folder, "extension": ending, "files": count, "size_bytes": size}
        for (folder, ending), (count, size) in sorted(totals.items())
    ]
    return {"files": files, "file_totals": [row for one in counts for row in filled(one)]}


def _texts(told: dict[str, Any], name: str) -> list[str]:
    found = told.get(name)
    return [one for one in found if isinstance(one, str) and one] if isinstance(found, list) else []


def _pattern(patterns: list[str]) -> Callable[[str], object]:
    return re.compile("|".join(fnmatch.translate(one) for one in patterns) or r"(?!)").match


def _remote(probe: Probe) -> set[str]:
    return {place for place, _, kind, _, _ in mounted(probe) if kind in REMOTE}


def _walk(probe: Probe, folder: str, excluded: set[str]) -> Iterator[tuple[str, os.stat_result]]:
    """Yield files below a folder in the order of their names; links are not followed, so that it ends."""
    waiting = [folder.rstrip("/") or "/"]
    while waiting:
        here = waiting.pop()
        below = []
        for name in probe.names(here):
            path = f"{here.rstrip('/')}/{name}"
            if path in excluded:
                continue
            try:
                status = os.lstat(probe.place(path))
            except OSError:
                continue
            if stat.S_ISDIR(status.st_mode):
                below.append(path)
            elif stat.S_ISREG(status.st_mode):
                yield path, status
        waiting += reversed(below)


def _file(probe: Probe, path: str, status: os.stat_result, with_hash: bool) -> Rows:
    digest = None
    if with_hash and status.st_size <= _LARGEST:
        try:
            digest = hashlib.sha256(probe.data(path, _LARGEST)).hexdigest()
        except UnreadError:
            digest = None
    return filled(
        {
            "path": path,
            "name": path.rpartition("/")[2],
            "size_bytes": status.st_size,
            "modified_at": datetime.fromtimestamp(int(status.st_mtime), UTC),
            "owner": _owner(status.st_uid),
            "group": _group(status.st_gid),
            "mode": f"{stat.S_IMODE(status.st_mode):04o}",
            "type": path.rpartition(".")[2].lower()[:40] if "." in path.rpartition("/")[2][1:] else None,
            "sha256": digest,
        }
    )


def _owner(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
