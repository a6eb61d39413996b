"""Three pipes to a program that somebody starts for us; our ends never block."""

from __future__ import annotations

import contextlib
import os
import selectors
import time
from pathlib import Path

from itmsctl.errors import InputError

READ_BYTES = 65_536


class Pipes:
    """Our ends of a program's three streams. `far` are the other ends: hand them over, then `drop_far`."""

    def __init__(self) -> None:
        ends: list[int] = []
        try:
            for _ in range(3):
                ends.extend(os.pipe())
        except OSError:
            for end in ends:
                os.close(end)
            raise
        far_in, self._input, self._out, far_out, self._err, far_err = ends
        self.far = (far_in, far_out, far_err)
        self._open = {self._out, self._err}
        for end in (self._input, self._out, self._err):
            os.set_blocking(end, False)

    def drop_far(self) -> None:
        """Close the other ends, which now belong to the program."""
        far, self.far = self.far, (-1, -1, -1)
        for end in far:
            _close(end)

    def send(self, data: bytes | Path, deadline: float) -> None:
        """Write to standard input; ends early where the program no longer reads."""
        if isinstance(data, Path):
            try:
                file = data.open("rb")
            except OSError as error:
                raise InputError(f"{data} cannot be read", why=error.strerror or str(error)) from None
            with file:
                while chunk := file.read(READ_BYTES):
                    if not self._send_all(chunk, deadline):
                        return
        else:
            self._send_all(data, deadline)

    def _send_all(self, data: bytes, deadline: float) -> bool:
        view = memoryview(data)
        if self._input < 0:
            return False
        with selectors.PollSelector() as selector:
            selector.register(self._input, selectors.EVENT_WRITE)
            while view:
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    return False
                try:
                    view = view[os.write(self._input, view) :]
                except BlockingIOError:
                    continue
                except OSError:
                    return False
        return True

    def end_input(self) -> None:
        """Close standard input."""
        end, self._input = self._input, -1
        _close(end)

    def read(self, timeout_s: float) -> tuple[bytes, bytes]:
        """Return what both streams hold now, waiting where both are empty."""
        wakers = self._wakers()
        if not self._open and not wakers:
            return b"", b""
        with selectors.PollSelector() as selector:
            for end in (*self._open, *wakers):
                selector.register(end, selectors.EVENT_READ)
            ready = {key.fd for key, _ in selector.select(timeout_s)}
        out, err = (self._take(end) if end in ready else b"" for end in (self._out, self._err))
        return out, err

    def _wakers(self) -> tuple[int, ...]:
        """Return what else ends a wait."""
        return ()

    def _take(self, end: int) -> bytes:
        try:
            data = os.read(end, READ_BYTES)
        except BlockingIOError:
            return b""
        if not data:
            self._open.discard(end)
        return data

    def at_end(self) -> bool:
        """Return whether both streams are closed and read empty."""
        return not self._open

    def close_pipes(self) -> None:
        """Close all that is open."""
        self.drop_far()
        self.end_input()
        out, err, self._out, self._err = self._out, self._err, -1, -1
        self._open.clear()
        _close(out)
        _close(err)


def _close(end: int) -> None:
    if end >= 0:
        with contextlib.suppress(OSError):
            os.close(end)
