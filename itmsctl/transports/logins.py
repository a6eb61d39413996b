"""How many logins one server sees at once: an SSH server refuses some beyond ten (MaxStartups 10:30:100 of OpenSSH).

Only logins take turns; commands over connections that stand do not.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

AT_ONCE = 8
# A login that takes longer than this waits for a computer that does not answer; it holds nobody up any more.
HOLD_S = 2.0


@dataclass
class _Queue:
    """Those that log in at one server, each by the moment when its place is free again, and those that wait."""

    changed: threading.Condition
    ends: list[float] = field(default_factory=list)
    waiting: int = 0


class Turns:
    """Turns at servers, each known by a text."""

    def __init__(self, at_once: int = AT_ONCE, hold_s: float = HOLD_S) -> None:
        self._at_once, self._hold_s = at_once, hold_s
        self._lock = threading.Lock()
        self._queues: dict[str, _Queue] = {}

    @contextlib.contextmanager
    def turn(self, servers: Iterable[str]) -> Iterator[float]:
        """Hold a place at each of these servers; yields how many seconds were waited for them."""
        begin = time.monotonic()
        held: list[tuple[str, float]] = []
        try:
            # In one order for all, so that no two wait for each other.
            for server in sorted(set(servers)):
                held.append((server, self._take(server)))
            yield time.monotonic() - begin
        finally:
            for server, end in held:
                self._return(server, end)

    def _take(self, server: str) -> float:
        with self._lock:
            queue = self._queues.setdefault(server, _Queue(threading.Condition(self._lock)))
            queue.waiting += 1
            try:
                while True:
                    now = time.monotonic()
                    queue.ends = [end for end in queue.ends if end > now]
                    if len(queue.ends) < self._at_once:
                        queue.ends.append(now + self._hold_s)
                        return queue.ends[-1]
                    queue.changed.wait(min(queue.ends) - now)
            finally:
                queue.waiting -= 1

    def _return(self, server: str, end: float) -> None:
        with self._lock:
            queue = self._queues.get(server)
            if queue is None:
                return
            with contextlib.suppress(ValueError):
                queue.ends.remove(end)
            queue.changed.notify()
            if not queue.ends and not queue.waiting:
                del self._queues[server]


TURNS = Turns()
