"""How a run stands on one computer: the states, and which may follow which (I2 to I4).

The legal order is

    queued > claimed > succeeded | failed | timed_out | unreachable | unknown
    queued > succeeded | failed | timed_out | expired   (its agent carried it out by itself, and told)
    queued > cancelled                          (`run cancel`: nothing of it is owed any more)
    claimed > cancelled                         (`run cancel`, `run kill`: stopped, and what was owed was done)
    claimed > queued                            (handed back untouched: the worker stopped before it began)
    claimed > queued                            (deferred: it goes on later, from where it stands)
    claimed > queued                            (suspended between steps: a new attempt goes on later)
    queued > expired                            (its deadline passed before its turn came: never silent)
    claimed > unknown                           (its worker died, or the database was restored)
    unknown > succeeded | failed | timed_out | cancelled | queued   (`run reconcile`: the marker answered, or a person)
    failed | timed_out | unreachable | cancelled | expired > queued  (`run retry`: a new attempt, under a new marker)

`claimed` covers claimed, dispatched and running: the claim is stored before the first byte is sent, so from then on the
command may run, and only the marker on the endpoint can tell. A cut link is `unknown`, never `failed`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

from itmsctl.errors import RunStateError


class State(enum.StrEnum):
    """How the current attempt on one computer stands. `planned` is what a dry run shows; it is never stored."""

    PLANNED = "planned"
    QUEUED = "queued"
    CLAIMED = "claimed"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Event(enum.StrEnum):
    """What moves a computer from one state to the next."""

    CLAIM = "claim"
    RESULT = "result"
    RELEASE = "release"
    DEFER = "defer"
    SUSPEND = "suspend"
    EXPIRE = "expire"
    LOSE = "lose"
    RECONCILE = "reconcile"
    RETRY = "retry"
    CANCEL = "cancel"
    RESTORE = "restore"
    TOLD = "told"


_ENDS = frozenset({State.SUCCEEDED, State.FAILED, State.TIMED_OUT, State.UNREACHABLE})

LEGAL: dict[tuple[State, Event], frozenset[State]] = {
    (State.QUEUED, Event.CLAIM): frozenset({State.CLAIMED}),
    (State.QUEUED, Event.CANCEL): frozenset({State.CANCELLED}),
    (State.QUEUED, Event.RESTORE): frozenset({State.UNKNOWN}),
    (State.CLAIMED, Event.RESULT): _ENDS | {State.UNKNOWN, State.CANCELLED},
    (State.CLAIMED, Event.RELEASE): frozenset({State.QUEUED}),
    (State.CLAIMED, Event.DEFER): frozenset({State.QUEUED}),
    (State.CLAIMED, Event.SUSPEND): frozenset({State.QUEUED}),
    (State.QUEUED, Event.TOLD): _ENDS - {State.UNREACHABLE} | {State.EXPIRED},
    (State.QUEUED, Event.EXPIRE): frozenset({State.EXPIRED}),
    (State.CLAIMED, Event.LOSE): frozenset({State.UNKNOWN}),
    (State.CLAIMED, Event.RESTORE): frozenset({State.UNKNOWN}),
    (State.UNKNOWN, Event.RECONCILE): frozenset(
        {State.SUCCEEDED, State.FAILED, State.TIMED_OUT, State.CANCELLED, State.UNKNOWN, State.QUEUED}
    ),
    (State.UNKNOWN, Event.RETRY): frozenset({State.QUEUED}),  # idempotent tasks only: `may_retry` decides
    (State.FAILED, Event.RETRY): frozenset({State.QUEUED}),
    (State.TIMED_OUT, Event.RETRY): frozenset({State.QUEUED}),
    (State.UNREACHABLE, Event.RETRY): frozenset({State.QUEUED}),
    (State.CANCELLED, Event.RETRY): frozenset({State.QUEUED}),
    (State.EXPIRED, Event.RETRY): frozenset({State.QUEUED}),
}

OPEN = frozenset({State.QUEUED, State.CLAIMED, State.UNKNOWN})
"""States in which something is still to be done or learned."""


def check(state: State, event: Event, wanted: State) -> State:
    """Return the wanted state if the event may lead there.

    Raises RunStateError.
    """
    if wanted not in LEGAL.get((state, event), frozenset()):
        raise RunStateError(f"a computer that is `{state}` cannot become `{wanted}` by `{event}`")
    return wanted


def may_retry(states: Iterable[State], *, idempotent: bool) -> frozenset[State]:
    """Return which of these states may be tried again: `unknown` only where a second effect does no harm."""
    allowed = {s for s in states if State.QUEUED in LEGAL.get((s, Event.RETRY), ()) or s is State.QUEUED}
    return frozenset(allowed if idempotent else allowed - {State.UNKNOWN})
