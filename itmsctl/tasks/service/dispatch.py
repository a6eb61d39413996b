"""What a worker does with one computer: connect, run under the marker or ask about it, and let go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from itmsctl.security.via import CONNECT_TIMEOUT_S, Via
from itmsctl.tasks.answers import state_after_ask, why_unknown
from itmsctl.tasks.assignment import Assignment, Ending, gone, state_after_run
from itmsctl.tasks.catalogue import leaves_marker, operations_of
from itmsctl.tasks.codes import codes, judged
from itmsctl.tasks.operations import Script
from itmsctl.tasks.service.executing import command_of, execute
from itmsctl.tasks.states import State
from itmsctl.tasks.step import Step
from itmsctl.tasks.surroundings import Surroundings
from itmsctl.transports.base import Transport
from itmsctl.transports.endpoint import Credentials, Endpoint, HostKeyPolicy, Settings
from itmsctl.transports.outcome import Outcome
from itmsctl.transports.outcome import State as Answer
from itmsctl.transports.registry import transport_class
from itmsctl.values.times import Clock

Around = Callable[[Assignment], Surroundings | None]


def nothing_known(_: Assignment) -> None:
    """Answer what is known of a computer where nothing was read."""


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
        return self.reach(assignment.endpoint)

    def reach(self, endpoint: Endpoint) -> Transport:
        """Answer the transport to any endpoint, not yet connected."""
        return self.kind(endpoint, self.credentials, self.settings)


def runner(
    step: Step, via: Via, way: Way, clock: Clock, around: Around = nothing_known
) -> Callable[[Assignment], Ending]:
    """Answer what runs a step on one computer; `around` answers what was read of it beforehand.

    Raises InputError, TemplateError for a step that no computer can be given.
    """
    check(step, step.run_as or via.run_as)

    def run(assignment: Assignment) -> Ending:
        begin = clock()
        if not assignment.endpoint.addresses:  # the ledger found no row: every recorded computer has at least a name
            return gone(assignment, begin)
        with way.to(assignment) as transport:
            outcome = execute(
                step, transport, assignment.marker, around(assignment), run_as=via.run_as, reach=way.reach
            )
            connection = transport.connection
        return Ending(assignment, state_after_run(outcome), outcome, connection, begin, clock())

    return run


def check(step: Step, run_as: str | None) -> None:
    """Refuse before anything begins what no computer could be given; raise InputError, TemplateError."""
    if step.templated:
        from itmsctl.tasks.service.rendering import check_templates

        check_templates(step)
        return
    for operation in operations_of(step):
        if isinstance(operation, Script):
            command_of(step, operation, "0", run_as, step.time_limit_s)


def asker(step: Step, way: Way, clock: Clock) -> Callable[[Assignment], Ending]:
    """Answer what asks one computer what became of its marker; a step that leaves none had no effect that matters."""
    known, marked = codes(step.success_codes, step.reboot_codes, step.retry_codes), leaves_marker(step)

    def ask(assignment: Assignment) -> Ending:
        if marked:
            with way.to(assignment) as transport:
                outcome = judged(transport.ask(assignment.marker, run_as=way.run_as), known)
                connection = transport.connection
        else:
            outcome, connection = Outcome(Answer.NEVER_STARTED, assignment.marker), None
        now, claimed_at = clock(), assignment.claimed_at
        state = state_after_ask(outcome, claimed_at=claimed_at, now=now, idempotent=step.idempotent)
        if state is State.UNKNOWN:
            reason, message = why_unknown(outcome)
            outcome = replace(outcome, reason=reason, message=message)
        return Ending(assignment, state, outcome, connection, claimed_at or now, now)

    return ask
