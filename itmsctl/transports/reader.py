"""The bounded reader: drains both streams of a remote program, whatever it does (HE7, F40, F41)."""

from __future__ import annotations

import enum
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

# More than any honest reply can be: 1 MiB a stream, and noise. Beyond it the endpoint only means to fill us.
FLOOD_BYTES = 16 * 1024 * 1024
# A program that ended may leave a child behind which holds the stream: so long do we wait for bytes on the way.
AFTER_EXIT_S = 1.0
# The endpoint then has to answer before what came counts as all: the link may be at a standstill. What its server still
# read of the program follows that answer at once.
ANSWER_S = 10.0
AFTER_ANSWER_S = 0.5
IDLE_S = 1.0


class End(enum.Enum):
    """Why reading stopped."""

    EXITED = "exited"
    LINK_LOST = "link lost"
    DEADLINE = "deadline"
    FLOOD = "flood"
    STOPPED = "stopped"


class Stream(Protocol):
    """A running remote program, as a driver shows it."""

    def read(self, timeout_s: float) -> tuple[bytes, bytes]:
        """Return what stdout and stderr hold now, waiting up to `timeout_s` where both are empty."""

    def at_end(self) -> bool:
        """Return whether both streams are closed and read empty."""

    def exit_status(self) -> int | None:
        """Return the exit status once it is known; -1 for a signal."""

    def wait_exit(self, timeout_s: float) -> None:
        """Wait for the exit status or the end of the link."""

    def is_alive(self) -> bool:
        """Return whether the link stands."""

    def answers(self, timeout_s: float) -> bool:
        """Return whether the endpoint answers now, behind all that it sent before."""


class Running(Stream, Protocol):
    """A program on the endpoint that was started."""

    def send(self, data: bytes | Path, deadline: float) -> None:
        """Write to its standard input; ends early, without an error, where the program no longer reads."""

    def end_input(self) -> None:
        """Close its standard input."""

    def close(self) -> None:
        """Release the program; it may go on."""


class Sink(Protocol):
    """Takes the bytes of one stream."""

    def feed(self, data: bytes) -> None:
        """Take more."""


class KeptBytes:
    """Keeps the beginning of a stream: at most so many bytes."""

    def __init__(self, most: int) -> None:
        self.data = bytearray()
        self._most = most

    def feed(self, data: bytes) -> None:
        """Take more."""
        self.data += data[: max(0, self._most - len(self.data))]


def drain(
    stream: Stream,
    out: Sink,
    err: Sink,
    deadline: float,
    limit: int = FLOOD_BYTES,
    idle: Callable[[], bool] | None = None,
) -> End:
    """Read until the program ended, the link died, `deadline` (time.monotonic) passed, or `limit` bytes came.

    `idle` is called about once a second while nothing comes; reading stops where it returns true.
    """
    longest = 5.0 if idle is None else IDLE_S
    total = 0
    still = Stillness(stream)
    while True:
        now = time.monotonic()
        if now >= deadline:
            return End.DEADLINE
        exited = stream.exit_status() is not None
        data, errors = stream.read(min(deadline - now, still.longest() if exited else longest))
        if data:
            out.feed(data)
        if errors:
            err.feed(errors)
        total += len(data) + len(errors)
        if total > limit:
            return End.FLOOD
        if data or errors:
            still = Stillness(stream)
            continue
        if stream.at_end():
            return _ending(stream, deadline)
        if not stream.is_alive():
            return End.LINK_LOST
        if idle is not None and not exited and idle():
            return End.STOPPED
        if exited and (end := still.end(now, deadline)) is not None:
            return end


class Stillness:
    """The time since a program that ended sent no more, though its streams are open.

    Somebody holds them, or the link is at a standstill and the rest is on its way.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._since: float | None = None
        self._answered = False

    def longest(self) -> float:
        """Return how long it is waited for bytes."""
        return AFTER_ANSWER_S if self._answered else AFTER_EXIT_S

    def end(self, since: float, deadline: float) -> End | None:
        """Return how reading ends, once nothing came for long enough: only who answers has sent all."""
        self._since = self._since or since
        now = time.monotonic()
        if now - self._since < self.longest():
            return None
        if self._answered:
            return End.EXITED
        if not self._stream.answers(min(ANSWER_S, max(0.0, deadline - now))):
            return End.LINK_LOST
        self._answered, self._since = True, None
        return None


def _ending(stream: Stream, deadline: float) -> End:
    """Wait for the exit status that follows the end of the streams; a link that dies before it is lost."""
    limit = min(deadline, time.monotonic() + AFTER_EXIT_S * 5)
    stream.wait_exit(max(0.0, limit - time.monotonic()))
    if stream.exit_status() is not None:
        return End.EXITED
    return End.DEADLINE if stream.is_alive() and limit == deadline else End.LINK_LOST
