"""How many computers may be worked on at once (F8)."""

from __future__ import annotations

from itmsctl.errors import InputError

FILES_A_WORKER = 8  # sockets, pipes and files of one worker, with room for the database and the logs
MOST = 512


def capped(wanted: int, open_files: int) -> tuple[int, str]:
    """Return how many workers the limit of open files allows, and a warning where that is fewer than wanted.

    Raises InputError for a number that makes no sense.
    """
    if not 1 <= wanted <= MOST:
        raise InputError(f"--concurrency {wanted}", hint=f"between 1 and {MOST}")
    allowed = max(1, open_files // FILES_A_WORKER)
    if wanted <= allowed:
        return wanted, ""
    why = f"this process may open {open_files} files (ulimit -n)"
    return allowed, f"--concurrency {wanted} is lowered to {allowed}: {why}"
