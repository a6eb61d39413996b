"""Asks the kernel of Linux by netlink: addresses, routes and neighbours without any tool. No computer is spoken to."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator

from itmsctl.inventory.endpoint.unread import UnreadError

ADDRESSES, ROUTES, NEIGHBOURS = 22, 26, 30
_DUMP = 0x301  # request, root, match
_DONE, _ERROR = 3, 2
_ROUND = 1 << 17
_MOST = 1 << 24
_SLOW_S = 10
HEADS = {ADDRESSES: "BBBBI", ROUTES: "BBBBBBBBI", NEIGHBOURS: "BxxxiHBB"}
"""The fixed part of each kind of answer."""

Message = tuple[tuple[int, ...], dict[int, bytes]]
"""The fixed part of an answer, and its attributes."""


def asked(kind: int) -> Iterator[Message]:
    """Yield what the kernel answers to one question. Raises UnreadError."""
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE) as link:
            link.settimeout(_SLOW_S)
            link.bind((0, 0))
            body = bytes(struct.calcsize("=" + HEADS[kind]))
            link.send(struct.pack("=IHHII", 16 + len(body), kind, _DUMP, 1, 0) + body)
            yield from _messages(link, kind)
    except (OSError, AttributeError, struct.error) as error:
        raise UnreadError(f"netlink: {error}") from None


def _messages(link: socket.socket, kind: int) -> Iterator[Message]:
    read = 0
    while read < _MOST:
        data = link.recv(_ROUND)
        read += len(data)
        place = 0
        while place + 16 <= len(data):
            length, what = struct.unpack_from("=IH", data, place)
            if what == _DONE or length < 16:
                return
            body = data[place + 16 : place + length]
            if what == _ERROR:
                code = -struct.unpack_from("=i", body)[0]
                raise UnreadError(f"netlink: {os.strerror(code)}")
            form = "=" + HEADS[kind]
            size = struct.calcsize(form)
            yield struct.unpack_from(form, body), dict(_attributes(body, size))
            place += (length + 3) & ~3


def _attributes(body: bytes, place: int) -> Iterator[tuple[int, bytes]]:
    while place + 4 <= len(body):
        length, kind = struct.unpack_from("=HH", body, place)
        if length < 4:
            return
        yield kind & 0x3FFF, body[place + 4 : place + length]
        place += (length + 3) & ~3


def address(family: int, data: bytes | None) -> str | None:
    """Return an address as text."""
    size = 4 if family == socket.AF_INET else 16 if family == socket.AF_INET6 else -1
    return socket.inet_ntop(family, data) if data is not None and len(data) == size else None


def number(data: bytes | None) -> int | None:
    """Return a number of 32 bits."""
    return struct.unpack("=I", data)[0] if data is not None and len(data) == 4 else None


def interface(index: int | None) -> str | None:
    """Return the name of an interface."""
    try:
        return socket.if_indextoname(index) if index else None
    except OSError:
        return None


def metric(data: bytes | None, wanted: int) -> int | None:
    """Return one number of the metrics of a route."""
    return number(dict(_attributes(data or b"", 0)).get(wanted))


def hops(data: bytes | None, family: int) -> Iterator[tuple[int | None, str | None]]:
    """Yield interface and gateway of each hop of a route that has several."""
    place = 0
    while data is not None and place + 8 <= len(data):
        length, _, _, index = struct.unpack_from("=HBBi", data, place)
        if length < 8:
            return
        told = dict(_attributes(data[place : place + length], 8))
        yield index, address(family, told.get(5))
        place += (length + 3) & ~3
