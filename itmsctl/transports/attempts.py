"""The ways to one computer, tried in turn within one limit; one that says "not now" is tried again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from itmsctl.errors import AuthFailedError, BusyServerError, NoCommonAlgorithmError, UnreachableError
from itmsctl.transports import refusals
from itmsctl.transports.endpoint import Endpoint
from itmsctl.transports.failures import shown
from itmsctl.transports.logins import TURNS

# These are an answer of the right computer; after any other failure the next address may still be the way.
_FINAL = (AuthFailedError, NoCommonAlgorithmError)
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 4.0
_LEAST_S = 0.1  # what an attempt needs at the least


class ContactWay(Protocol):
    """One way to try."""

    @property
    def last(self) -> bool:
        """Return whether no other is left."""

    def servers(self) -> Iterable[str]:
        """Return the servers at which a login this way needs a place."""


T = TypeVar("T", bound=ContactWay)
M = TypeVar("M")


@dataclass
class Search(Generic[T, M]):
    """The search for a way. `open` logs in by one target, given the end of all time and that of a silent peer."""

    endpoint: Endpoint
    open: Callable[[T, float, float], M]
    deadline: float  # time.monotonic
    address_s: float
    begin: float = field(default_factory=time.monotonic)
    tries: int = 0

    def through(self, targets: Iterable[T | UnreachableError]) -> M:
        """Return what the first good target leads to. Raises the last reason where none does."""
        pause = FIRST_PAUSE_S
        refusal: BusyServerError | None = None
        while True:
            failure: UnreachableError | None = None
            busy: list[T] = []
            for target in targets:
                if isinstance(target, UnreachableError):
                    failure = failure or target
                    continue
                try:
                    return self._one(target)
                except BusyServerError as error:
                    failure = refusal = error
                    busy.append(target)
                except UnreachableError as error:
                    failure = error
                    if isinstance(error, _FINAL):
                        raise
                if time.monotonic() >= self.deadline:
                    break
            # The busy ones again, with pauses that grow and differ from computer to computer.
            wait = pause * random.uniform(0.5, 1.0)  # noqa: S311 - it spreads attempts, and guards nothing
            over = time.monotonic() + wait + _LEAST_S >= self.deadline
            if refusal is None or not (busy or over):
                raise failure or nowhere(self.endpoint)
            if over:
                raise refusals.still_busy(refusal, self.tries, time.monotonic() - self.begin)
            time.sleep(wait)
            pause, targets = min(LONGEST_PAUSE_S, pause * 2), busy

    def _one(self, target: T) -> M:
        self.tries += 1
        # To wait for one's turn is no fault of the computer, so it takes nothing from its time.
        with TURNS.turn(target.servers()) as waited:
            self.deadline += waited
            limit = self.deadline if target.last else min(self.deadline, time.monotonic() + self.address_s)
            return self.open(target, self.deadline, limit)


def nowhere(endpoint: Endpoint) -> UnreachableError:
    """Return the error for a computer that has no address at all."""
    return UnreachableError(f"{shown(endpoint.name)} has no address", hint="itmsctl computer set NAME --address IP")
