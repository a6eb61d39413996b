"""A stream kept within bounds: its first bytes, its last bytes, and a count of all."""

from __future__ import annotations

from itmsctl.transports.outcome import TAIL_BYTES, Captured


class Capture:
    """Takes bytes as they come. Memory: `head_bytes` and twice `tail_bytes` at most."""

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
