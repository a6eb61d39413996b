"""What this machine says of itself: the machine of the CMDB, where commands are typed and ticks run."""

from __future__ import annotations

from pathlib import Path

_FILES = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))


def machine_id() -> str | None:
    """Return the machine id of this machine, as computers' are compared; None where it has none."""
    for file in _FILES:
        try:
            text = file.read_text(encoding="ascii", errors="replace").strip()
        except OSError:
            continue
        if text:
            return text.casefold()
    return None
