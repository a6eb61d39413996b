"""Ctrl-C and SIGTERM during a run: the first stops starting new computers, the second leaves at once (F6).

The handlers only take notes, so that no unit of work is torn; a third signal raises KeyboardInterrupt, for a process
that hangs in the database.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

INTERRUPTED, TERMINATED = 130, 143


@dataclass
class Interrupts:
    """What was asked for so far: how often, and by which signal first."""

    say: Callable[[str], None]
    count: int = 0
    first: int = 0

    @property
    def exit_status(self) -> int:
        """Return 130 or 143, or 0 where nobody interrupted."""
        if not self.count:
            return 0
        return TERMINATED if self.first == signal.SIGTERM else INTERRUPTED

    def note(self, number: int, _frame: FrameType | None) -> None:
        """Take note of a signal."""
        self.count += 1
        self.first = self.first or number
        if self.count == 1:
            self.say("no new computers are started; waiting for those that run (again: leave at once)")
        elif self.count == 2:
            self.say("leaving; what runs on the computers goes on there")
        else:
            raise KeyboardInterrupt


@contextmanager
def listening(say: Callable[[str], None]) -> Iterator[Interrupts]:
    """Listen to SIGINT and SIGTERM inside the block, and put the former handlers back after it."""
    notes = Interrupts(say)
    if threading.current_thread() is not threading.main_thread():
        yield notes
        return
    before = {number: signal.signal(number, notes.note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield notes
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
