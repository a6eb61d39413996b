"""Datagrams to and from one address: the kernel drops what others send, and says where nobody listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

_MOST_WAITING = 32  # datagrams that nobody has read yet; what comes beyond is dropped


class Datagrams(asyncio.DatagramProtocol):
    """A socket that is connected to one address and port."""

    def __init__(self) -> None:
        self._came: asyncio.Queue[bytes | OSError] = asyncio.Queue(_MOST_WAITING)
        self._link: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the link (asyncio's)."""
        self._link = cast("asyncio.DatagramTransport", transport)  # which it is, whatever its class derives from

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Keep what came (asyncio's)."""
        del addr
        self._put(data)

    def error_received(self, exc: Exception) -> None:
        """Keep what the kernel says: nobody listens, or no way leads there (asyncio's)."""
        if isinstance(exc, OSError):
            self._put(exc)

    def _put(self, one: bytes | OSError) -> None:
        if not self._came.full():
            self._came.put_nowait(one)

    def send(self, data: bytes) -> None:
        """Send a datagram."""
        assert self._link is not None
        self._link.sendto(data)

    async def receive(self, deadline: float) -> bytes:
        """Return the next datagram. Raises TimeoutError, and OSError where nobody listens."""
        async with asyncio.timeout_at(deadline):
            one = await self._came.get()
        if isinstance(one, OSError):
            raise one
        return one

    def close(self) -> None:
        """Close the socket."""
        if self._link is not None:
            self._link.close()


@asynccontextmanager
async def datagrams(address: str, port: int) -> AsyncIterator[Datagrams]:
    """Yield a socket to an address. Raises OSError where there is no way to it."""
    loop = asyncio.get_running_loop()
    _, found = await loop.create_datagram_endpoint(Datagrams, remote_addr=(address, port))
    try:
        yield found
    finally:
        found.close()
