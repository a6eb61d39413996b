"""What the run marker answers: a header line known by a random token, then the bytes of one stream.

Anything before the token is noise of a login shell (a message of the day, an echo in an rc file) and is dropped.
"""

from __future__ import annotations

import re

from itmsctl.transports.outcome import TAIL_BYTES, Captured, HostFacts
from itmsctl.transports.reader import End
from itmsctl.values.lean import dataclass

# A login shell that writes more than this before our first word is not one we can talk to.
NOISE_BYTES = 256 * 1024
_LINE_BYTES = 4096
_MACHINE = re.compile(r"[0-9a-f]{32}")
_BOOT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UPTIME = re.compile(r"\d{1,9}(\.\d{1,6})?")
_COUNT = re.compile(r"[0-9]{1,16}")
_NOT_COUNTED = "-"
# No number of an endpoint is believed beyond what it can mean: an exit status is one byte, and no stream that a time
# limit ends is longer than a pebibyte. What passes here fits the columns that it is stored in.
_LARGEST_STATUS = 255
WINDOWS_STATUS = (1 << 31) - 1  # of its codes those that no crash is: 3010, 1641
_LARGEST_COUNT = 1 << 50
_ENDED = frozenset({"DONE", "KILLED", "LOST"})


class Capture:
    """A stream kept within bounds: its first and last bytes, and a count of all. Memory: head and twice the tail."""

    def __init__(self, head_bytes: int, tail_bytes: int = TAIL_BYTES) -> None:
        self._head_bytes = head_bytes
        self._tail_bytes = tail_bytes
        self._head = bytearray()
        self._tail = bytearray()
        self.total = 0

    def feed(self, data: bytes) -> None:
        """Take more of the stream."""
        self.total += len(data)
        room = self._head_bytes - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if data:
            self._tail += data[-self._tail_bytes :]
            if len(self._tail) > 2 * self._tail_bytes:
                del self._tail[: -self._tail_bytes]

    def captured(self, total: int | None = None) -> Captured:
        """Return what was kept; `total` is the endpoint's own count where it is larger."""
        tail = bytes(self._tail[-self._tail_bytes :]) if self._tail else b""
        return Captured(bytes(self._head), tail, max(self.total, total or 0))


@dataclass(frozen=True)
class ReplyHeader:
    """One header line. `number` is the exit status (or a count); `beyond` are the bytes past each kept head."""

    word: str
    number: int
    out_beyond: int | None
    err_beyond: int | None
    host: HostFacts
    detail: str


class Framed:
    """One stream of a reply: finds the token, hands the header on, and captures what follows."""

    def __init__(self, token: str, head_bytes: int) -> None:
        self._mark = f"ITMS1 {token}".encode("ascii")
        self._pending = bytearray()
        self._body = False
        self.capture = Capture(head_bytes)
        self.noise = b""
        self.lines: list[bytes] = []
        self.flooded = False

    def feed(self, data: bytes) -> None:
        """Take more of the stream. `lines` grows as headers arrive."""
        if self._body:
            self.capture.feed(data)
            return
        self._pending += data
        while not self._body and (line := self._next_line()) is not None:
            self.lines.append(line)
            # READY announces that the script may be sent; every other header is the last.
            if line.split(b" ", 1)[0] != b"READY":
                self._body = True
                self.capture.feed(bytes(self._pending))
                self._pending.clear()
        if len(self._pending) > NOISE_BYTES:
            self.flooded = True
            self.noise = bytes(self._pending[:_LINE_BYTES])
            del self._pending[: -len(self._mark) - _LINE_BYTES]

    def _next_line(self) -> bytes | None:
        start = self._pending.find(self._mark)
        if start < 0:
            return None
        end = self._pending.find(b"\n", start)
        if end < 0 or end - start > _LINE_BYTES:
            return None
        if not self.noise:
            self.noise = bytes(self._pending[: min(start, _LINE_BYTES)])
        line = bytes(self._pending[start + len(self._mark) : end]).strip()
        del self._pending[: end + 1]
        return line

    @property
    def answer(self) -> bytes:
        """Return the last header line that is not READY, without its token; empty where there is none."""
        return next((line for line in reversed(self.lines) if not line.startswith(b"READY ")), b"")

    def unread(self) -> bytes:
        """Return what came without any header, for messages."""
        return self.noise or bytes(self._pending[:_LINE_BYTES])

    def seen(self, needle: bytes) -> int:
        """Count a text in what came before the last header."""
        return bytes(self._pending).count(needle) + self.noise.count(needle)


def parse_header(line: bytes, largest_status: int = _LARGEST_STATUS) -> ReplyHeader | None:
    """Return a header line as its parts; None where an endpoint made it up, impossible numbers included."""
    fields = line.decode("utf-8", "replace").split(" ", 8)
    if len(fields) < 7:
        return None
    word, number, out, err, machine, boot, uptime = fields[:7]
    if not _is_count(number, largest_status if word in _ENDED else _LARGEST_COUNT):
        return None
    if not all(text == _NOT_COUNTED or _is_count(text, _LARGEST_COUNT) for text in (out, err)):
        return None
    host = HostFacts(
        machine_id=machine if _MACHINE.fullmatch(machine) else None,
        boot_id=boot if _BOOT.fullmatch(boot) else None,
        uptime_s=float(uptime) if _UPTIME.fullmatch(uptime) else None,
    )
    return ReplyHeader(word, int(number), _beyond(out), _beyond(err), host, " ".join(fields[7:]).strip())


def _is_count(text: str, largest: int) -> bool:
    return bool(_COUNT.fullmatch(text)) and int(text) <= largest


def _beyond(text: str) -> int | None:
    return None if text == _NOT_COUNTED else int(text)


class Reply:
    """Both streams of one call, and how the call ended."""

    def __init__(self, token: str, head_bytes: int, *, largest_status: int = _LARGEST_STATUS) -> None:
        self._largest_status = largest_status
        self.out = Framed(token, head_bytes)
        self.err = Framed(token, head_bytes)
        self.end = End.EXITED
        self.status: int | None = None

    @property
    def began(self) -> bool:
        """Return whether our program ran at all."""
        return bool(self.out.lines)

    def header(self) -> ReplyHeader | None:
        """Return the last header that is not READY."""
        return parse_header(self.out.answer, self._largest_status)
