"""When Python looks for garbage: what a start makes is none, and to look for some took a seventh of its CPU.

`__main__` keeps the collector off before anything is imported. Where it is on, in tests and notebooks, nothing changes.
"""

from __future__ import annotations

import gc

_SELDOM, _OFTEN = 100_000, 10_000  # new objects after which it looks


def collect_after_start() -> None:
    """Let it look from now on at what is new; seldom, for most commands import as much again to open the CMDB."""
    if not gc.isenabled():
        _collect(_SELDOM)
        gc.enable()


def collect_after_opening() -> None:
    """Put out of its sight also what opening the CMDB imported, and let it look more often."""
    if gc.get_threshold()[0] == _SELDOM:
        _collect(_OFTEN)


def _collect(every: int) -> None:
    gc.freeze()
    gc.set_threshold(every, 20, 20)
