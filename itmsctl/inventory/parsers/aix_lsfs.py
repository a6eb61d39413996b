"""`lsfs -c`: file systems of AIX, mounted or not."""

from __future__ import annotations

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows


def filesystems(text: str) -> Rows:
    """Return file systems; AIX counts in blocks of 512 bytes."""
    rows: Rows = []
    for line in lines(text):
        parts = line.split(":")
        if len(parts) < 9 or not parts[0].startswith("/"):
            continue
        place, device, kind, node, _, blocks, options = parts[:7]
        count = int(blocks) if blocks.isascii() and blocks.isdecimal() and len(blocks) < 16 else 0
        rows += filled(
            {
                "mount_point": place,
                "device": f"{node}:{device}" if node else device,
                "type": kind,
                "size_bytes": count * 512 or None,
                "options": options.split(","),
                "is_remote": True if node else None,
            }
        )
    return rows


PARSER = Parser("lsfs -c", {"filesystems": filesystems})
