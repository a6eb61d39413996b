"""Amounts of bytes, written for people."""

from __future__ import annotations

_UNITS = ("B", "kB", "MB", "GB", "TB")


def size_text(size: float) -> str:
    """Return an amount of bytes with three digits: `512 B`, `4.1 kB`, `1.25 GB` (a GB is 2^30 bytes)."""
    step = 0
    while abs(size) >= 1000 and step < len(_UNITS) - 1:
        size /= 1024
        step += 1
    if step == 0:
        return f"{size:.0f} B"
    digits = 2 if abs(size) < 10 else 1 if abs(size) < 100 else 0
    return f"{size:.{digits}f} {_UNITS[step]}"


def bar(share: float, width: int = 20) -> str:
    """Return a bar of eighths of a cell for a share between 0 and 1; anything above 0 is seen."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    if share > 0:
        eighths = max(1, eighths)
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (" ▏▎▍▌▋▊▉"[rest] if rest else "")
