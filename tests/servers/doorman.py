"""A server that turns the first visitors away, in a way in which real ones do, and lets others through."""

from __future__ import annotations

import contextlib
import socket
import threading

from tests.servers.chaos import ChaosProxy, _reset

CLOSE, RESET = b"", b"\x00RST"
SAYINGS = (
    b"Exceeded MaxStartups\r\n",
    b"Not allowed at this time\r\n",
    b"Too many connections, please try again later\n",
    b"% Connection limit exceeded\r\n",
    b"SSH-2.0-Cisco-1.25\r\n",  # its version line, and then it has enough
)


class Doorman(ChaosProxy):
    """Says `words` to the first `refusals` visitors and closes; passes everybody else on to `target`."""

    def __init__(self, target: tuple[str, int], refusals: int, words: bytes = CLOSE) -> None:
        self.refusals, self.words = refusals, words
        self.visits = 0
        self._count = threading.Lock()
        super().__init__(target)

    def _admit(self, client: socket.socket) -> bool:
        with self._count:
            self.visits += 1
            if self.visits > self.refusals:
                return True
        if self.words == RESET:
            _reset(client)
            return False
        with contextlib.suppress(OSError):
            client.sendall(self.words)
        client.close()
        return False
