"""What a worker does with one computer: connect, run under the marker or ask about it, and let go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from itmsctl.security.via import CONNECT_TIMEOUT_S, Via
from itmsctl.tasks.answers import state_after_ask, why_unknown
from itmsctl.tasks.assignment import Assignment, Ending, gone, state_after_run
from itmsctl.tasks.states import State
from itmsctl.tasks.step import Step
from itmsctl.transports.base import Transport
from itmsctl.transports.endpoint import Credentials, HostKeyPolicy, Settings
from itmsctl.transports.outcome import Command, Interpreter
from itmsctl.transports.registry import transport_class
from itmsctl.values.times import Clock

_INTERPRETERS: dict[str, Interpreter] = {"sh": "sh", "bash": "bash", "python": "python3"}


def command_of(step: Step, via: Via, marker: str) -> Command:
    """Answer the command of a step under a marker. Raises InputError for what no endpoint can be given."""
    return Command(
        marker=marker,
        script=step.body.encode("utf-8", "surrogateescape") + b"\n",
        interpreter=_INTERPRETERS[step.interpreter],
        environment=dict(step.environment),
        run_as=step.run_as or via.run_as,
        time_limit_s=step.time_limit_s,
    )


@dataclass(frozen=True)
class Way:
    """A transport with what it needs, the same for every computer of a run. Made before the first worker starts."""

    kind: type[Transport]
    credentials: Credentials
    settings: Settings
    run_as: str | None

    @classmethod
    def of(cls, via: Via, credentials: Credentials, run_as: str | None) -> Way:
        """Answer the way; imports the transport's library now, in one thread."""
        settings = Settings(
            host_keys=HostKeyPolicy.ACCEPT_NEW if via.accept_new else HostKeyPolicy.STRICT,
            connect_s=via.connect_timeout_s or CONNECT_TIMEOUT_S,
        )
        return cls(transport_class(via.transport or "ssh"), credentials, settings, run_as)

    def to(self, assignment: Assignment) -> Transport:
        """Answer the transport to one computer, not yet connected."""
        return self.kind(assignment.endpoint, self.credentials, self.settings)


def runner(step: Step, via: Via, way: Way, clock: Clock) -> Callable[[Assignment], Ending]:
    """Answer what runs a step on one computer."""
    pattern = command_of(step, via, "0")

    def run(assignment: Assignment) -> Ending:
        begin = clock()
        if not assignment.endpoint.addresses:  # the ledger found no row: every recorded computer has at least a name
            return gone(assignment, begin)
        with way.to(assignment) as transport:
            outcome = transport.run(replace(pattern, marker=assignment.marker))
            connection = transport.connection
        return Ending(assignment, state_after_run(outcome), outcome, connection, begin, clock())

    return run


def asker(step: Step, way: Way, clock: Clock) -> Callable[[Assignment], Ending]:
    """Answer what asks one computer what became of its marker."""

    def ask(assignment: Assignment) -> Ending:
        with way.to(assignment) as transport:
            outcome = transport.ask(assignment.marker, run_as=way.run_as)
            connection = transport.connection
        now, claimed_at = clock(), assignment.claimed_at
        state = state_after_ask(outcome, claimed_at=claimed_at, now=now, idempotent=step.idempotent)
        if state is State.UNKNOWN:
            reason, message = why_unknown(outcome)
            outcome = replace(outcome, reason=reason, message=message)
        return Ending(assignment, state, outcome, connection, claimed_at or now, now)

    return ask
