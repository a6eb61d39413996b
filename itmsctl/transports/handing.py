"""A short program that takes bytes by its standard input and answers in one line: pieces of files, renames, checks.

Such a program may be done again without harm: it leaves no marker, and a lost link is an error, never an unknown end.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from itmsctl.errors import TransferCutError, TransferError
from itmsctl.transports.failures import shown
from itmsctl.transports.files import Spawn, exchange, word
from itmsctl.transports.reader import End, Running

if TYPE_CHECKING:
    from itmsctl.transports.endpoint import Endpoint

CHUNK_BYTES = 65_408  # two SSH packets
SLOWEST = 10_000  # bytes a second; what is on the way when all was sent gets this pace at least
STALL_S = 60.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast bytes go, at most (bytes a second; None: as fast as they can), and when a way counts as stalled."""

    rate: float | None = None
    stall_s: float = STALL_S
    slowest: float = SLOWEST

    def limit_s(self, size: int) -> float:
        """Return how long so many bytes may be on their way."""
        return size / min(self.slowest, self.rate or self.slowest)

    def hold(self, begin: float, count: int) -> None:
        """Wait until so many bytes may have gone since `begin`, a moment of time.monotonic."""
        if self.rate:
            time.sleep(max(0.0, begin + count / self.rate - time.monotonic()))


@dataclass(frozen=True, slots=True)
class Handing:
    """A program of a POSIX shell, its arguments after the token ($2 ...), and what it reads.

    It answers one line, `ITMS1 $1 DONE 0 - - - - - WORDS`; any other word is a refusal, with its reason behind it.
    """

    text: str
    words: tuple[str, ...] = ()
    content: bytes = b""
    pace: Pace = Pace()


class _Sending:
    """Content on its way: no faster than its pace, and given up where nothing moves."""

    def __init__(self, endpoint: Endpoint, content: bytes, pace: Pace) -> None:
        self.endpoint, self.content, self.pace = endpoint, content, pace

    def __call__(self, running: Running) -> None:
        begin, sent = time.monotonic(), 0
        view = memoryview(self.content)
        while sent < len(view) and running.exit_status() is None and running.is_alive():
            before = time.monotonic()
            chunk = bytes(view[sent : sent + CHUNK_BYTES])
            running.send(chunk, before + self.pace.stall_s)
            if time.monotonic() - before >= self.pace.stall_s:
                raise TransferCutError(
                    f"nothing was taken by {shown(self.endpoint.name)} for {self.pace.stall_s:g} s",
                    why="the way there is stalled",
                )
            sent += len(chunk)
            self.pace.hold(begin, sent)


def hand_in(spawn: Spawn, endpoint: Endpoint, handing: Handing) -> str:
    """Run a program with its content, and return what it answered behind DONE.

    Raises TransferCutError where the link was cut or stalled, TransferError where the program refused.
    """
    token = secrets.token_hex(16)
    limit = handing.pace.stall_s + handing.pace.limit_s(len(handing.content))
    sending = _Sending(endpoint, handing.content, handing.pace)
    out, err, end, status = exchange(
        spawn, handing.text, (token, *handing.words), sending, time.monotonic() + limit, 4096
    )
    said = word(out).split(" ", 8)
    if end is End.EXITED and status == 0 and said[0] == "DONE":
        return said[7] if len(said) > 7 else ""
    why = {End.LINK_LOST: "the connection was cut", End.DEADLINE: "it took too long"}.get(end, "")
    reason = " ".join(said[7:]) if len(said) > 7 else (out.unread() or err.unread())
    kind = TransferCutError if end is not End.EXITED else TransferError
    raise kind(
        f"{shown(endpoint.name)} could not take what it was sent", why=why or shown(reason) or "it gave no reason"
    )
