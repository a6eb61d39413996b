"""This process and others of the machine, as `/proc` tells them."""

from __future__ import annotations

import os
from pathlib import Path

from itmsctl.tasks.owner import RunOwner


def this_process() -> RunOwner:
    """Return who we are."""
    pid = os.getpid()
    return RunOwner(os.uname().nodename.replace("/", "_"), _boot_id(), pid, start_of(pid) or 0)


def start_of(pid: int) -> int | None:
    """Return when a process started, in clock ticks since boot; None where there is no such process, or a zombie."""
    try:
        # The name in brackets may hold spaces and brackets: what counts comes after the last one.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in {"Z", "X"} else int(fields[19])


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"
