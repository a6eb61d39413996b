"""A TCP proxy that cuts, stalls, slows or corrupts what passes (reliability 7.4). Needs no root and no kernel help."""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import threading
import time
from dataclasses import dataclass
from typing import Literal

Direction = Literal["up", "down"]


@dataclass(frozen=True)
class Fault:
    """What happens once `after` bytes went in `direction` ("up": client to server)."""

    kind: Literal["none", "cut", "stall", "flip"]
    after: int = 0
    direction: Direction = "up"
    bytes_per_s: int = 0


class ChaosProxy:
    """Listens on a port of 127.0.0.1 and passes everything on to one server."""

    def __init__(self, target: tuple[str, int], fault: Fault = Fault("none")) -> None:
        self.fault = fault
        self.counted = {"up": 0, "down": 0}
        self._target = target
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.host, self.port = self._listener.getsockname()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> ChaosProxy:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Reset every connection now."""
        for pair in self._pairs:
            for sock in pair:
                _reset(sock)
        self._pairs.clear()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if not self._admit(client):
                continue
            server = socket.create_connection(self._target, 10)
            self._pairs.append((client, server))
            threading.Thread(target=self._relay, args=(client, server), daemon=True).start()

    def _admit(self, client: socket.socket) -> bool:
        """Return whether a visitor is let through."""
        del client  # everybody is
        return True

    def _relay(self, client: socket.socket, server: socket.socket) -> None:
        ways = {client: (server, "up"), server: (client, "down")}
        passed = {"up": 0, "down": 0}
        with contextlib.suppress(OSError, ValueError), selectors.DefaultSelector() as selector:
            for sock in ways:
                selector.register(sock, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    target, direction = ways[key.fileobj]  # type: ignore[index]
                    data = key.fileobj.recv(16384)  # type: ignore[union-attr]
                    if not data:
                        target.shutdown(socket.SHUT_WR)
                        selector.unregister(key.fileobj)
                        continue
                    data = self._spoil(data, direction, passed)
                    if data is None:
                        for sock in ways:
                            _reset(sock)
                        return
                    target.sendall(data)

    def _spoil(self, data: bytes, direction: str, passed: dict[str, int]) -> bytes | None:
        before = passed[direction]
        passed[direction] += len(data)
        self.counted[direction] += len(data)
        fault = self.fault
        if fault.bytes_per_s:
            time.sleep(len(data) / fault.bytes_per_s)
        if fault.direction != direction or passed[direction] <= fault.after:
            return data
        match fault.kind:
            case "cut":
                return None
            case "stall":
                time.sleep(3600)
            case "flip" if before <= fault.after:
                spot = fault.after - before
                return data[:spot] + bytes([data[spot] ^ 0x40]) + data[spot + 1 :]
        return data


def _reset(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # A relay that sleeps in a read must wake up before the descriptor goes.
        sock.close()
