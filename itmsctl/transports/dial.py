"""From names and addresses to a connected socket, within one deadline (F30, F35).

A name look-up cannot be interrupted, so it runs in a thread that is left behind when the time is up. Addresses need
none.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import queue
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

from itmsctl.errors import ConnectTimedOutError, NoRouteError, PortRefusedError, UnreachableError, UnresolvableError
from itmsctl.transports import refusals
from itmsctl.transports.endpoint import Endpoint
from itmsctl.transports.failures import shown
from itmsctl.values.lean import dataclass
from itmsctl.values.untrusted import shell_arg

# Milliseconds after which the kernel gives up on a peer that acknowledges nothing (F32).
TCP_USER_TIMEOUT_MS = 20_000

_NUMERIC = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV
_NO_ROUTE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})


@dataclass(frozen=True)
class Address:
    """One way to the computer; `last` where no other is left to try.

    `place` is what the system connects to: it knows the zone of a link-local address.
    """

    host: str
    family: int
    place: tuple[Any, ...]
    last: bool

    def servers(self) -> Iterable[str]:
        """Return the server at which a login there needs a place."""
        return (pair(self.host, int(self.place[1])),)


def resolve(endpoint: Endpoint, deadline: float) -> Iterator[Address | UnreachableError]:
    """Yield the addresses of an endpoint in order, looking names up only when their turn comes.

    A name that has no address is answered as an UnresolvableError in its place.
    """
    for position, given in enumerate(endpoint.addresses, 1):
        last = position == len(endpoint.addresses)
        try:
            ip = ipaddress.ip_address(given)
        except ValueError:
            yield from _look_up(endpoint, given, deadline, last)
        else:
            yield _of_ip(endpoint, given, ip, last)


def _of_ip(
    endpoint: Endpoint, given: str, ip: ipaddress.IPv4Address | ipaddress.IPv6Address, last: bool
) -> Address | UnreachableError:
    if isinstance(ip, ipaddress.IPv4Address):
        return Address(given, socket.AF_INET, (given, endpoint.port), last)
    if ip.is_link_local and not ip.scope_id:
        return _no_way(endpoint, given, "a link-local address leads nowhere without the interface to take")
    try:
        found = socket.getaddrinfo(given, endpoint.port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except OSError:
        return _no_way(endpoint, given, f"this machine has no interface `{shown(ip.scope_id or '')}`")
    return Address(given, socket.AF_INET6, found[0][4], last)


def _no_way(endpoint: Endpoint, given: str, why: str) -> NoRouteError:
    address, name = shell_arg(given.partition("%")[0]), shell_arg(endpoint.name)
    return NoRouteError(
        f"no way to {shown(endpoint.name)} at {shown(given)}",
        why=why,
        hint=f"itmsctl computer set {name} --address {address}%INTERFACE; ip -6 addr lists them",
    )


def _look_up(endpoint: Endpoint, name: str, deadline: float, last: bool) -> Iterator[Address | UnreachableError]:
    answers: queue.SimpleQueue[list[Address] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(name, endpoint.port, type=socket.SOCK_STREAM)
            # A zone that the name server does not know of is told by the place only.
            places = [(socket.getnameinfo(place, _NUMERIC)[0], family, place) for family, _, _, _, place in found]
            answers.put([Address(*found, last and n == len(places)) for n, found in enumerate(places, 1)])
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, name="itmsctl-look-up", daemon=True).start()
    try:
        answer = answers.get(timeout=max(0.001, deadline - time.monotonic()))
    except queue.Empty:
        yield unresolvable(endpoint, name, "the name server did not answer in time")
        return
    if isinstance(answer, list):
        yield from answer
    else:
        yield unresolvable(endpoint, name, getattr(answer, "strerror", None) or "it is not a host name")


def unresolvable(endpoint: Endpoint, name: str, why: str) -> UnresolvableError:
    """Return the error for a name without an address."""
    whose = "" if name == endpoint.name else f" of {shown(endpoint.name)}"
    return UnresolvableError(
        f"{shown(name)}{whose} has no address",
        why=shown(why),
        hint=f"itmsctl computer set {shell_arg(endpoint.name)} --address IP",
    )


def dial(endpoint: Endpoint, address: Address, deadline: float) -> socket.socket:
    """Return a connected socket with keepalive and TCP_USER_TIMEOUT set.

    Raises PortRefusedError, ConnectTimedOutError, NoRouteError, or BusyServerError for a peer that hangs up at once.
    """
    left = deadline - time.monotonic()
    where = f"{shown(endpoint.name)} at {pair(address.host, endpoint.port)}"
    try:
        sock = socket.socket(address.family, socket.SOCK_STREAM)
    except OSError as error:
        raise NoRouteError(f"no way to {where}", why=_text(error)) from None
    try:
        sock.settimeout(max(0.001, left))
        sock.connect(address.place)
    except TimeoutError:
        sock.close()
        raise no_answer(where, left) from None
    except OSError as error:
        sock.close()
        if error.errno == errno.ECONNRESET:
            raise refusals.busy(endpoint) from None
        raise connect_error(where, error) from None
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with contextlib.suppress(AttributeError, OSError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, TCP_USER_TIMEOUT_MS)
    return sock


def no_answer(where: str, seconds: float) -> ConnectTimedOutError:
    """Return the error for packets that nobody answered."""
    return ConnectTimedOutError(
        f"{where} did not answer within {max(seconds, 0):.1f} s",
        why="the computer is off, or a firewall drops the packets",
        hint="itmsctl run retry RUN --unreachable",
    )


def connect_error(where: str, error: OSError) -> UnreachableError:
    """Return the error for a connection that the system could not make."""
    if error.errno == errno.ECONNREFUSED:
        return PortRefusedError(
            f"{where} refuses the connection",
            why="nothing listens on that port",
            hint="start the SSH server there, or set the port: itmsctl computer set NAME --port N",
        )
    if error.errno in _NO_ROUTE:
        return NoRouteError(
            f"no way to {where}", why=_text(error), hint="check the address and the routes of this server"
        )
    if error.errno == errno.ETIMEDOUT:
        return ConnectTimedOutError(f"{where} did not answer", why=_text(error))
    return UnreachableError(f"{where} cannot be reached", why=_text(error))


def _text(error: OSError) -> str:
    return error.strerror or str(error)


def pair(host: str, port: int) -> str:
    """Return host and port as one text."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
