"""A credential tried on one computer: a real login, and a real way through sudo where that is what it is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from itmsctl.cmdb.store import Store
from itmsctl.errors import FailedError
from itmsctl.security.credential import HeldCredentials
from itmsctl.security.service.endpoints import Endpoints
from itmsctl.security.service.host_keys import Known
from itmsctl.security.via import CONNECT_TIMEOUT_S, Via
from itmsctl.transports.base import Transport
from itmsctl.transports.endpoint import Connection, Credentials, Settings
from itmsctl.transports.outcome import Command, RemoteState
from itmsctl.transports.registry import transport_class
from itmsctl.values.names import new_guid

_SUDO_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Trial:
    """A login that worked."""

    credential: str
    computer: Known
    user: str
    connection: Connection
    through_sudo: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        return {
            "id": self.computer.guid,
            "name": self.credential,
            "credential": self.credential,
            "computer": self.computer.name,
            "user": self.user,
            "address": self.connection.address,
            "method": self.connection.auth_method + (", then sudo" if self.through_sudo else ""),
            "seconds": round(self.connection.connect_s, 3),
        }


def try_login(
    store: Store, name: str, computer: Known, typed: Via, profile: Via, held: HeldCredentials, credentials: Credentials
) -> Trial:
    """Log in to a computer, and become root there where a password for sudo is at hand. Nothing is left behind.

    Raises CopyActsError and CredentialScopeError before any contact, UnreachableError and HostIdentityError leaves,
    FailedError.
    """
    store.acting()
    via = typed.over(profile)
    with store.read() as reader:
        endpoint = Endpoints(typed, profile, held).load(reader, [computer.id])[computer.id]
    settings = Settings(connect_s=via.connect_timeout_s or CONNECT_TIMEOUT_S, run_dir=via.run_dir)
    with transport_class(via.transport or "ssh")(endpoint, credentials, settings) as transport:
        connection = transport.connect()
        if held.sudo_password is not None:
            _become(transport, via.run_as or "root", computer.name)
    return Trial(name, computer, endpoint.user, connection, held.sudo_password is not None)


def _become(transport: Transport, user: str, computer: str) -> None:
    marker = f"trial.{new_guid()}.1"
    outcome = transport.run(Command(marker, b"exit 0\n", run_as=user, time_limit_s=_SUDO_LIMIT_S))
    if outcome.state is not RemoteState.SUCCEEDED:
        raise FailedError(
            f"the login to {computer} works, the way to {user} does not",
            why=f"{outcome.reason}: {outcome.message}" if outcome.reason else f"exit {outcome.exit_status}",
            hint=outcome.hint,
        )
    transport.forget([marker], run_as=user)
