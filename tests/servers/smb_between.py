"""Somebody in between: a relay for SMB over TCP that counts, cuts, and changes what it hands on."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress

Change = Callable[[bytes], bytes]


class Between:
    """A relay before a server on loopback. `answered` changes each packet of the server, `asked` each of the client."""

    def __init__(
        self,
        port: int,
        *,
        answered: Change = bytes,
        asked: Callable[[bytes], bytes | None] = lambda packet: None,
        cut_after: int | None = None,
    ) -> None:
        self.sent = 0  # bytes from the client
        self._target, self._answered, self._asked, self._left = port, answered, asked, cut_after
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                for way in (self._up, self._down):
                    threading.Thread(target=way, args=(client, server), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError), client, server:
            while packet := _packet(client):
                forged = self._asked(packet)
                if forged is not None:
                    client.sendall(struct.pack(">I", len(forged)) + forged)
                    continue
                self.sent += len(packet)
                if self._left is not None and self.sent > self._left:
                    for end in (client, server):
                        end.shutdown(socket.SHUT_RDWR)
                    return
                server.sendall(struct.pack(">I", len(packet)) + packet)

    def _down(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while packet := _packet(server):
                told = self._answered(packet)
                client.sendall(struct.pack(">I", len(told)) + told)


def _packet(sock: socket.socket) -> bytes:
    with suppress(EOFError):
        return exactly(sock, struct.unpack(">I", exactly(sock, 4))[0])
    return b""


def exactly(sock: socket.socket, length: int) -> bytes:
    """Return the next bytes, as many as are asked for. Raises EOFError where the other side ends before."""
    data = b""
    while len(data) < length:
        part = sock.recv(length - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def unsigned_welcome(packet: bytes) -> bytes:
    """Return a packet of a server; the end of a login without its signature."""
    command, status = struct.unpack_from("<H", packet, 12)[0], struct.unpack_from("<I", packet, 8)[0]
    if packet[:4] != b"\xfeSMB" or command != 1 or status != 0:
        return packet
    flags = struct.unpack_from("<I", packet, 16)[0] & ~8
    return packet[:16] + struct.pack("<I", flags) + packet[20:48] + bytes(16) + packet[64:]


def refusal_in_clear(packet: bytes) -> bytes | None:
    """Return a refusal that nobody signed, in answer to the first encrypted packet of a client; else None."""
    if packet[:4] != b"\xfdSMB":
        return None
    header = struct.pack("<4sHHIHHIIQIIQ16s", b"\xfeSMB", 64, 1, 0xC0000022, 3, 1, 1, 0, 3, 0, 0, 0, bytes(16))
    return header + struct.pack("<HBBI", 9, 0, 0, 0) + b"\0"
