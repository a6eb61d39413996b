"""Why there is no login, in the words of every engine that speaks SSH (reliability F30, HE15, MM2)."""

from __future__ import annotations

from itmsctl.errors import (
    AuthFailedError,
    ConnectTimedOutError,
    HostNotSshError,
    NoCommonAlgorithmError,
    SilentPortError,
    UnreachableError,
)
from itmsctl.transports.endpoint import Endpoint
from itmsctl.transports.failures import shown


def silent(endpoint: Endpoint) -> SilentPortError:
    """The port is open, and nobody speaks."""
    return SilentPortError(
        f"port {endpoint.port} of {shown(endpoint.name)} is open but says nothing",
        why="the service behind it hangs, or it is not an SSH server",
        hint="look at the SSH server on that computer",
    )


def stalled(endpoint: Endpoint) -> ConnectTimedOutError:
    """A banner, and then nothing."""
    return ConnectTimedOutError(
        f"{shown(endpoint.name)} began to speak SSH but did not go on", why="the link or the computer is very slow"
    )


def not_ssh(endpoint: Endpoint, heard: str | bytes) -> HostNotSshError:
    """Another service answers."""
    return HostNotSshError(
        f"port {endpoint.port} of {shown(endpoint.name)} answered, but not as an SSH server",
        why=f"it said: {shown(heard, 80)}",
        hint="set the right port: itmsctl computer set NAME --port N",
    )


def no_common(endpoint: Endpoint, what: str, version: str) -> NoCommonAlgorithmError:
    """The server offers only what is refused here. `what` is cipher, mac, kex algorithm or host key."""
    return NoCommonAlgorithmError(
        f"{shown(endpoint.name)} offers no {what} that is accepted here",
        why=f"its server says it is {shown(version, 60)}; broken algorithms are refused",
        hint="update the SSH server on that computer",
        details={"what": what},
    )


def cut_off(endpoint: Endpoint, why: str) -> UnreachableError:
    """The link broke before the login was done."""
    return UnreachableError(
        f"the SSH connection to {shown(endpoint.name)} broke off before the login was done",
        why=shown(why) if why else "the peer closed it",
        hint="itmsctl run retry RUN --unreachable",
    )


def login_too_slow(endpoint: Endpoint) -> ConnectTimedOutError:
    """The server fell silent during the login."""
    return ConnectTimedOutError(
        f"{shown(endpoint.name)} did not answer the login in time", why="the computer is very slow, or it hangs"
    )


def login_refused(endpoint: Endpoint, user: str, why: str) -> AuthFailedError:
    """The server wants somebody else."""
    return AuthFailedError(
        f"{shown(endpoint.name)} refused the login of {shown(user)}",
        why=why,
        hint="give the right key (--key FILE), or add its public half to that account's authorized_keys",
    )
