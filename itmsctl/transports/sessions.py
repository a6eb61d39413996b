"""Sessions over one connection, where the server allows few of them (MaxSessions): wait a little, then connect again.

A server gives a session's place back only after the program in it has ended, and some time later.
"""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol, TypeVar

from itmsctl.errors import SessionRefusedError, UnreachableError
from itmsctl.transports.endpoint import Endpoint
from itmsctl.transports.failures import shown
from itmsctl.transports.posix import PosixTransport
from itmsctl.transports.reader import Running

_PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8)
_Opened = TypeVar("_Opened")


class Session(Running, Protocol):
    """A program in a session."""

    closed: bool


class SessionTransport(PosixTransport):
    """A transport whose programs are sessions of one connection.

    A driver's `_start` raises UnreachableError where surely nothing was sent (SessionRefusedError where the server said
    no), and LinkLostError where something may have been.
    """

    _sessions: tuple[Session, ...] = ()
    _aside: tuple[Callable[[], None], ...] = ()

    @abstractmethod
    def _start(self, argv: Sequence[str], deadline: float) -> Session:
        """Start a program in a session of its own."""

    @abstractmethod
    def _detach(self) -> Callable[[], None]:
        """Return the connection up, and return what closes it."""

    def _spawn(self, argv: Sequence[str], deadline: float) -> Session:
        session = self._opened(partial(self._start, argv, deadline))
        self._sessions = (*(other for other in self._sessions if not other.closed), session)
        return session

    def _opened(self, start: Callable[[], _Opened]) -> _Opened:
        """Return a session, waiting for a place and then making a new connection."""
        for pause in _PAUSES_S:
            try:
                return start()
            except SessionRefusedError:
                time.sleep(pause)
            except UnreachableError:
                break
        self._set_aside()
        self._connection = self._made()
        return start()

    def _set_aside(self) -> None:
        """Leave the connection; programs of ours that run over it keep it until the end."""
        close = self._detach()
        if any(not session.closed for session in self._sessions):
            self._aside = (*self._aside, close)
        else:
            close()

    def _close(self) -> None:
        closers, self._aside = (*self._aside, self._detach()), ()
        for close in closers:
            close()


def refused(endpoint: Endpoint, why: str) -> SessionRefusedError:
    """Return the error for a server that opens no session on a connection that stands."""
    return SessionRefusedError(
        f"{shown(endpoint.name)} opens no session; nothing was sent",
        why=shown(why),
        hint="look at MaxSessions of its SSH server",
    )


def broke_off(endpoint: Endpoint, why: str) -> UnreachableError:
    """Return the error for a connection that ended before a session was opened."""
    return UnreachableError(
        f"the connection to {shown(endpoint.name)} was lost before anything was sent",
        why=shown(why) or "it was closed",
        hint="itmsctl run retry RUN --unreachable",
    )
