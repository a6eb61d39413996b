"""A program that is handed bytes once it asked for them, and says in lines what came of it: no marker is left.

Such a program may be done again without harm, so that a lost link is an error, never an unknown end. It runs as any
user, by sudo where that is another one than logs in.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol

from itmsctl.errors import LinkLostError, TransferCutError, TransferError
from itmsctl.transports import failures
from itmsctl.transports.files import budget
from itmsctl.transports.loader import loaded
from itmsctl.transports.outcome import HostFacts
from itmsctl.transports.reader import FLOOD_BYTES, End, Running
from itmsctl.transports.reply import Reply, ReplyHeader
from itmsctl.transports.streaming import WHO, Handover

if TYPE_CHECKING:
    from itmsctl.transports.endpoint import Endpoint

_LOOK_S = 0.5  # how often it is looked, while bytes are sent, whether somebody stopped it, or the program ended


class InputEndedError(Exception):
    """The program no longer reads, or somebody stopped it: what it came to is told by what it says."""


class Stocker(Protocol):
    """Takes what is sent to a program."""

    def write(self, data: bytes) -> int:
        """Send bytes. Raises InputEndedError."""


Supply = Callable[[Stocker], None]


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A program of a POSIX shell: it sees `token`, `names` as variables, and can `say WORD TEXT`.

    Its first word may be a key of `asks`: then that is called with what takes the bytes. All lines that it prints
    after its first word are what it says. `size` is about how many bytes are sent, for the time that they may take.
    """

    text: str
    names: Mapping[str, str] = field(default_factory=dict)
    asks: Mapping[str, Callable[[str], Supply]] = field(default_factory=dict)
    run_as: str | None = None
    limit_s: float = 300.0
    size: int = 0
    keep_bytes: int = 1 << 20


@dataclass(frozen=True, slots=True)
class DialogueEnd:
    """What a program said: its first word and the text behind it, its lines, how it ended, and who answered."""

    word: str
    text: str
    lines: tuple[str, ...]
    whole: bool  # nothing of what it said was left out
    end: End
    status: int | None
    host: HostFacts
    sent: int = 0

    def last(self, word: str) -> str | None:
        """Return what stands behind a word on the last line; None where that is another one."""
        found, _, rest = (self.lines[-1] if self.lines else "").partition(" ")
        return rest if found == word else None


@dataclass
class _Pipe:
    """Sends as long as the program reads and nobody stopped it."""

    running: Running
    deadline: float
    stopped: Callable[[], bool] | None
    sent: int = 0
    _look: float = 0.0

    def write(self, data: bytes) -> int:
        now = time.monotonic()
        if now >= self._look:
            self._look = now + _LOOK_S
            if now >= self.deadline or not self.running.is_alive() or (self.stopped is not None and self.stopped()):
                raise InputEndedError
        if self.running.exit_status() is not None:
            raise InputEndedError
        self.running.send(data, self.deadline)
        self.sent += len(data)
        return len(data)


@dataclass
class _Talking:
    """One dialogue: waits for the first word, and sends what it asks for."""

    endpoint: Endpoint
    talk: Dialogue
    reply: Reply
    stopped: Callable[[], bool] | None
    sent: int = 0

    def feed(self, running: Running) -> None:
        """Send what the program asks for."""
        if not self.talk.asks:
            return
        header = self._first(running)
        supply = None if header is None else self.talk.asks.get(header.word)
        if header is None or supply is None:
            return
        pipe = _Pipe(running, budget(self.talk.size), self.stopped)
        try:
            supply(header.detail)(pipe)
        except InputEndedError:
            pass
        finally:
            self.sent = pipe.sent

    def _first(self, running: Running) -> ReplyHeader | None:
        until = time.monotonic() + self.talk.limit_s
        while not self.reply.out.answer:
            left = until - time.monotonic()
            out, err = running.read(max(0.0, min(1.0, left)))
            self.reply.out.feed(out)
            self.reply.err.feed(err)
            ended = running.at_end() or not running.is_alive() or left <= 0
            if not (out or err) and (ended or (self.stopped is not None and self.stopped())):
                return None
        return self.reply.header()


def converse(
    hand_over: Handover, endpoint: Endpoint, talk: Dialogue, stopped: Callable[[], bool] | None
) -> DialogueEnd:
    """Have a program run, and return what it said. Raises what `Transport.converse` raises."""
    token = secrets.token_hex(16)
    reply = Reply(token, talk.keep_bytes)
    names = {"token": token, "pinned": endpoint.machine_id or "", **talk.names}
    body = loaded(token, WHO + talk.text, names=names)
    talking = _Talking(endpoint, talk, reply, stopped)
    limit_s, most = talk.limit_s + (budget(talk.size) - time.monotonic()), talk.keep_bytes + FLOOD_BYTES
    hand_over(body, token, talk.run_as, reply, limit_s, most, stopped, feed=partial(talking.feed))
    return _said(endpoint, reply, talking.sent)


def _said(endpoint: Endpoint, reply: Reply, sent: int) -> DialogueEnd:
    header = reply.header()
    if header is not None and header.word in failures.NOT_STARTED:
        raise failures.NOT_STARTED[header.word](endpoint, header)
    name = failures.shown(endpoint.name)
    if reply.end is End.LINK_LOST:
        raise LinkLostError(
            f"the connection to {name} was lost", why="what it was doing may be done again without harm"
        )
    if header is None:
        if reply.end is End.EXITED and not reply.began:
            raise failures.shell_refused(endpoint, reply.err.unread() or reply.out.unread(), reply.status)
        kind = TransferError if reply.end in {End.EXITED, End.FLOOD} else TransferCutError
        why = failures.shown(reply.out.unread() or reply.err.unread()) or reply.end.value
        raise kind(f"{name} did not say what came of it", why=why)
    kept = reply.out.capture.captured()
    text = kept.head.decode("utf-8", "replace")
    lines = tuple(text.splitlines() if kept.dropped == 0 and not kept.tail else text.splitlines()[:-1])
    whole = kept.total == len(kept.head)
    return DialogueEnd(header.word, header.detail, lines, whole, reply.end, reply.status, header.host, sent)
