"""How a worker reaches one computer, and runs one step there under its marker."""

from __future__ import annotations

from dataclasses import dataclass

from itmsctl.security.via import CONNECT_TIMEOUT_S, Via
from itmsctl.tasks.assignment import Assignment
from itmsctl.tasks.step import Step
from itmsctl.transports.base import Transport
from itmsctl.transports.endpoint import Credentials, HostKeyPolicy, Settings
from itmsctl.transports.outcome import Command, Interpreter
from itmsctl.transports.registry import transport_class

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

    @classmethod
    def of(cls, via: Via, credentials: Credentials) -> Way:
        """Answer the way; imports the transport's library now, in one thread."""
        settings = Settings(
            host_keys=HostKeyPolicy.ACCEPT_NEW if via.accept_new else HostKeyPolicy.STRICT,
            connect_s=via.connect_timeout_s or CONNECT_TIMEOUT_S,
        )
        return cls(transport_class(via.transport or "ssh"), credentials, settings)

    def to(self, assignment: Assignment) -> Transport:
        """Answer the transport to one computer, not yet connected."""
        return self.kind(assignment.endpoint, self.credentials, self.settings)
