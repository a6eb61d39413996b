"""Echo requests (ping) to many addresses over one socket, as an ordinary user where the kernel lets that be."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import secrets
import socket
import struct
from typing import Self

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_REQUEST = {4: 8, 6: 128}
_REPLY = {4: 0, 6: 129}
_PROTOCOL = {4: socket.IPPROTO_ICMP, 6: socket.IPPROTO_ICMPV6}
_FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
_TOKEN = 8  # bytes that only an answer to us has


class PingRefusedError(Exception):
    """This machine lets nobody ping but root."""


class Pinger:
    """Sends echo requests and hands their replies to who waits for them; use it as a context, in one event loop."""

    def __init__(self, version: int) -> None:
        self._version = version
        self._token = secrets.token_bytes(_TOKEN)
        self._waiting: dict[Address, asyncio.Future[float]] = {}
        self._number = 0
        self._socket, self._is_raw = _opened(version)
        self._socket.setblocking(False)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._read)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.remove_reader(self._socket)
        self._socket.close()

    async def ping(self, address: Address, timeout_s: float, tries: int) -> float | None:
        """Return after how many seconds an address replied, or None where it did not."""
        answer: asyncio.Future[float] = self._loop.create_future()
        self._waiting[address] = answer
        begin = self._loop.time()
        try:
            for _ in range(tries):
                self._number = (self._number + 1) & 0xFFFF
                with contextlib.suppress(OSError):  # no route: the next try, or nobody, answers
                    self._socket.sendto(self._packet(), (str(address), 0))
                with contextlib.suppress(TimeoutError):
                    return await asyncio.wait_for(asyncio.shield(answer), timeout_s) - begin
            return None
        finally:
            self._waiting.pop(address, None)
            answer.cancel()

    def _packet(self) -> bytes:
        head = struct.pack("!BBHHH", _REQUEST[self._version], 0, 0, os.getpid() & 0xFFFF, self._number)
        if self._version == 4:
            head = head[:2] + _checksum(head + self._token) + head[4:]
        return head + self._token

    def _read(self) -> None:
        for _ in range(256):
            try:
                data, (host, *_) = self._socket.recvfrom(2048)
            except OSError:
                return
            if self._is_raw and self._version == 4:
                data = data[(data[0] & 15) * 4 :] if data else data
            if len(data) < 8 + _TOKEN or data[0] != _REPLY[self._version] or data[8 : 8 + _TOKEN] != self._token:
                continue
            answer = self._waiting.get(ipaddress.ip_address(host))
            if answer is not None and not answer.done():
                answer.set_result(self._loop.time())


def _opened(version: int) -> tuple[socket.socket, bool]:
    """Return a socket for echo requests, and whether it is a raw one. Raises PingRefusedError, OSError."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        with contextlib.suppress(PermissionError):
            return socket.socket(_FAMILY[version], kind, _PROTOCOL[version]), kind == socket.SOCK_RAW
    raise PingRefusedError("only root may ping here: sysctl net.ipv4.ping_group_range")


def _checksum(data: bytes) -> bytes:
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return struct.pack("!H", ~(total + (total >> 16)) & 0xFFFF)
