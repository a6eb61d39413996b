"""How a worker reaches computers, and what is refused before any is reached."""

from __future__ import annotations

from dataclasses import dataclass

from itmsctl.security.via import CONNECT_TIMEOUT_S, Via
from itmsctl.tasks.assignment import Assignment
from itmsctl.tasks.catalogue import operations_of
from itmsctl.tasks.operations import Script
from itmsctl.tasks.service.executing import command_of
from itmsctl.tasks.step import Step
from itmsctl.transports.base import Onlooker, Transport
from itmsctl.transports.endpoint import Credentials, Endpoint, HostKeyPolicy, Settings
from itmsctl.transports.registry import transport_class


@dataclass(frozen=True)
class DispatchWay:
    """A transport with what it needs, the same for every computer of a run. Made before the first worker starts."""

    kind: type[Transport]
    credentials: Credentials
    settings: Settings
    live: Onlooker | None = None

    @classmethod
    def of(cls, via: Via, credentials: Credentials, live: Onlooker | None = None) -> DispatchWay:
        """Return the way; imports the transport's library now, in one thread."""
        settings = Settings(
            host_keys=HostKeyPolicy.ACCEPT_NEW if via.accept_new else HostKeyPolicy.STRICT,
            connect_s=via.connect_timeout_s or CONNECT_TIMEOUT_S,
            run_dir=via.run_dir,
        )
        return cls(transport_class(via.transport or "ssh"), credentials, settings, live)

    def to(self, assignment: Assignment) -> Transport:
        """Return the transport to one computer, not yet connected."""
        return self.reach(assignment.endpoint)

    def reach(self, endpoint: Endpoint) -> Transport:
        """Return the transport to any endpoint, not yet connected."""
        made = self.kind(endpoint, self.credentials, self.settings)
        made.live = self.live
        return made


def check(step: Step, run_as: str | None) -> None:
    """Refuse before anything begins what no computer could be given; raise InputError, TemplateError."""
    if step.templated:
        from itmsctl.tasks.service.rendering import check_templates

        check_templates(step)
        return
    for operation in operations_of(step):
        if isinstance(operation, Script):
            command_of(step, operation, "0", run_as, step.time_limit_s)
