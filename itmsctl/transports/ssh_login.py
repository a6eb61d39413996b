"""From a connected socket to a login: banner, keys, host key, then authentication, each with its own reason to fail."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import paramiko
from paramiko.ssh_exception import IncompatiblePeer

from itmsctl.errors import AuthFailedError, ItmsError, UnreachableError
from itmsctl.transports import refusals
from itmsctl.transports.endpoint import Connection, Credentials, Endpoint, HostKeyPolicy
from itmsctl.transports.failures import shown, translated
from itmsctl.transports.host_keys import judge, wanted_types
from itmsctl.transports.ssh_keys import LoginKey, login_keys
from itmsctl.transports.ssh_library import SshLink, agreed_strict_kex, hang_up

# A server allows six attempts by default; stop before it hangs up.
MAX_KEYS = 5
# A version line and nothing after it: the server had enough before it offered keys.
_VERSION_ALONE = re.compile(rb"SSH-(2\.0|1\.99)-[!-~][ -~]{0,150}\r?\n")


def log_in(
    endpoint: Endpoint,
    credentials: Credentials,
    policy: HostKeyPolicy,
    sock: socket.socket,
    deadline: float,
    banner_deadline: float,
) -> tuple[SshLink, Connection]:
    """Return an authenticated link. Closes the socket where it raises.

    Raises UnreachableError or HostIdentityError leaves; PrivateKeyError for a key file that cannot be used.
    """
    try:
        address = str(sock.getpeername()[0])
    except OSError:
        sock.close()
        raise refusals.busy(endpoint) from None
    link = SshLink(sock, wanted_types(endpoint))
    try:
        with translated(partial(cut_off, endpoint)):
            agree(endpoint, link, deadline, banner_deadline)
            key = link.get_remote_server_key()
            seen = judge(endpoint, policy, key.get_name(), key.asbytes())
            method = _authenticate(endpoint, credentials, link, deadline)
    except ItmsError:
        hang_up(link, sock)
        raise
    link.logged_in()
    link.set_keepalive(15)
    algorithms = (
        ("kex", link.agreed_kex),
        ("host_key", link.host_key_type or ""),
        ("cipher", link.local_cipher),
        ("mac", "" if "gcm" in link.local_cipher else link.local_mac or ""),
    )
    return link, Connection(address, seen, algorithms, agreed_strict_kex(link), method)


def agree(endpoint: Endpoint, link: SshLink, deadline: float, banner_deadline: float) -> None:
    """Exchange banners and keys."""
    done = threading.Event()
    link.banner_timeout = max(0.1, banner_deadline - time.monotonic())
    link.start_client(event=done)
    done.wait(max(0.0, banner_deadline - time.monotonic()))
    if not done.is_set() and link.remote_version:
        done.wait(max(0.0, deadline - time.monotonic()))
    if done.is_set() and link.is_active():
        return
    raise _no_agreement(endpoint, link, time.monotonic() >= (deadline if link.remote_version else banner_deadline))


def _no_agreement(endpoint: Endpoint, link: SshLink, late: bool) -> ItmsError:
    """Return why there is no session: silence, another protocol, no common algorithm, or a broken link."""
    error = link.get_exception()
    if isinstance(error, IncompatiblePeer) and link.kex_began:
        return _incompatible(endpoint, link, str(error))
    if late and not link.heard():
        return refusals.silent(endpoint)
    if late and link.remote_version.startswith("SSH-2.0-"):
        return refusals.stalled(endpoint)
    heard = link.heard()
    if not heard or refusals.says_busy(heard) or _VERSION_ALONE.fullmatch(heard):
        return refusals.busy(endpoint, heard)
    if link.farewell:
        return refusals.dismissed(endpoint, link.farewell)
    if not link.kex_began:
        return refusals.not_ssh(endpoint, heard)
    return cut_off(endpoint, error)


def _incompatible(endpoint: Endpoint, link: SshLink, text: str) -> ItmsError:
    what = text.rsplit("no acceptable ", 1)[-1].strip(" )").removesuffix("s")
    return refusals.incompatible(endpoint, what, link.remote_version, link.offered(what), "--transport openssh")


def cut_off(endpoint: Endpoint, error: BaseException | None) -> UnreachableError:
    """Return the error for a link that broke before the login was done."""
    return refusals.cut_off(endpoint, str(error) if error else "")


def _authenticate(endpoint: Endpoint, credentials: Credentials, link: SshLink, deadline: float) -> str:
    """Try each key, then the password; return what was accepted."""
    attempt = _Attempts(endpoint, link, deadline)
    with login_keys(credentials) as keys:
        found = attempt.keys(keys)
    if found is not None:
        return found
    if credentials.password is not None:
        attempt.password(credentials.password)
        if link.is_authenticated():
            return "password"
    raise attempt.refusal()


@dataclass
class _Attempts:
    """The attempts of one login, and what was refused so far."""

    endpoint: Endpoint
    link: SshLink
    deadline: float
    refused: list[str] = field(default_factory=list)
    banner: bytes = b""
    allowed: tuple[str, ...] = ()  # what the server named where it did not take what was tried

    def keys(self, keys: list[LoginKey]) -> str | None:
        """Try keys in turn; return how the login was done, or None."""
        for each in keys[:MAX_KEYS]:
            more = self.one(partial(self.link.auth_publickey, self.endpoint.user, each.key), each.label)
            if self.link.is_authenticated():
                return f"publickey {each.key.get_name()}"
            if self.allowed:
                return None
            if more:
                self.refused[-1] += f" alone is not enough, the server asks for {shown(', '.join(more))} too"
        left = keys[MAX_KEYS:]
        if left:
            whose = "" if any(each.named for each in left) else "of the agent's "
            self.refused.append(f"{len(left)} more {whose}keys were not tried, as servers hang up after six")
        return None

    def one(self, act: Callable[[], list[str]], what: str) -> list[str]:
        """Try one way; return what the server asks for besides. A refusal is not an error yet."""
        self.refused.append(what)
        try:
            return self._timed(act)
        except paramiko.BadAuthenticationType as error:
            self.allowed = tuple(error.allowed_types)
            self.refused.pop()
            return []
        except paramiko.AuthenticationException:
            self._still_there()
            return []

    def password(self, password: str) -> None:
        """Try a password, by keyboard-interactive where the server asks for it in that way."""
        user = self.endpoint.user
        self.one(partial(self.link.auth_password, user, password, fallback=False), "the password")
        if "keyboard-interactive" in self.allowed and "password" not in self.allowed:
            answer = partial(_only_question, password)
            self.one(partial(self.link.auth_interactive, user, answer), "the password (keyboard-interactive)")

    def _timed(self, act: Callable[[], list[str]]) -> list[str]:
        self.link.auth_timeout = max(0.1, self.deadline - time.monotonic())
        try:
            return act()
        finally:
            self.banner = self.link.banner() or self.banner

    def _still_there(self) -> None:
        """Tell a refusal from a peer that fell silent or hung up in the middle."""
        if time.monotonic() >= self.deadline:
            raise refusals.login_too_slow(self.endpoint)
        if not self.link.is_active():
            error = self.link.get_exception()
            # A server that will not have the user says so and hangs up; one that crashes says nothing.
            if self.link.farewell or (self.banner and isinstance(error, EOFError | None)):
                raise self.refusal()
            raise cut_off(self.endpoint, error)

    def refusal(self) -> AuthFailedError:
        """Return the error, with all that was tried and the server's own words."""
        tried = "refused: " + "; ".join(self.refused) if self.refused else ""
        only = f"the server allows only {shown(', '.join(self.allowed))}" if self.allowed else ""
        why = "; ".join(filter(None, (tried, only))) or "no key and no password was given"
        return refusals.login_refused(self.endpoint, self.endpoint.user, why, self.link.farewell, self.banner)


def _only_question(password: str, title: str, instructions: str, fields: Sequence[Any]) -> list[str]:
    """Return the one question of keyboard-interactive. Raises SSHException where there are several."""
    del title, instructions  # whatever it says, only one thing is at hand
    if len(fields) > 1:
        raise paramiko.AuthenticationException("it asks for more than a password")
    return [password] if fields else []
