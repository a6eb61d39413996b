"""From a connected socket to a login: banner, keys, host key, then authentication, each with its own reason to fail."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable
from functools import partial

import paramiko
from paramiko.ssh_exception import IncompatiblePeer

from itmsctl.errors import AuthFailedError, ItmsError, UnreachableError
from itmsctl.transports import refusals
from itmsctl.transports.endpoint import Connection, Credentials, Endpoint, HostKeyPolicy
from itmsctl.transports.failures import shown
from itmsctl.transports.host_keys import changed, judge, wanted_types
from itmsctl.transports.ssh_keys import login_keys
from itmsctl.transports.ssh_library import Link, agreed_strict_kex, hang_up, translated

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
) -> tuple[Link, Connection]:
    """Answer an authenticated link. Closes the socket where it raises.

    Raises UnreachableError or HostIdentityError leaves; PrivateKeyError for a key file that cannot be used.
    """
    try:
        address = str(sock.getpeername()[0])
    except OSError:
        sock.close()
        raise refusals.busy(endpoint) from None
    link = Link(sock, wanted_types(endpoint))
    try:
        with translated(partial(cut_off, endpoint)):
            agree(endpoint, link, deadline, banner_deadline)
            key = link.get_remote_server_key()
            seen = judge(endpoint, policy, key.get_name(), key.asbytes())
            method = _authenticate(endpoint, credentials, link, deadline)
    except ItmsError:
        hang_up(link, sock)
        raise
    link.set_keepalive(15)
    algorithms = (
        ("kex", link.agreed_kex),
        ("host_key", link.host_key_type or ""),
        ("cipher", link.local_cipher),
        ("mac", "" if "gcm" in link.local_cipher else link.local_mac or ""),
    )
    return link, Connection(address, seen, algorithms, agreed_strict_kex(link), method)


def agree(endpoint: Endpoint, link: Link, deadline: float, banner_deadline: float) -> None:
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


def _no_agreement(endpoint: Endpoint, link: Link, late: bool) -> ItmsError:
    """Answer why there is no session: silence, another protocol, no common algorithm, or a broken link."""
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
    if not link.kex_began:
        return refusals.not_ssh(endpoint, heard)
    return cut_off(endpoint, error)


def _incompatible(endpoint: Endpoint, link: Link, text: str) -> ItmsError:
    what = text.rsplit("no acceptable ", 1)[-1].strip(" )").removesuffix("s")
    if what == "host key" and wanted_types(endpoint):
        return changed(endpoint, "seen=none: it offers no key of that type")
    return refusals.no_common(endpoint, what, link.remote_version)


def cut_off(endpoint: Endpoint, error: BaseException | None) -> UnreachableError:
    """Answer the error for a link that broke before the login was done."""
    return refusals.cut_off(endpoint, str(error) if error else "")


def _authenticate(endpoint: Endpoint, credentials: Credentials, link: Link, deadline: float) -> str:
    """Try each key, then the password; answers what was accepted."""
    refused: list[str] = []
    for key in login_keys(credentials)[:MAX_KEYS]:
        more = _attempt(endpoint, link, deadline, partial(link.auth_publickey, endpoint.user, key))
        if link.is_authenticated():
            return f"publickey {key.get_name()}"
        shortfall = f" alone is not enough, the server wants {shown(', '.join(more))} too" if more else ""
        refused.append(f"{key.get_name()} {key.fingerprint}{shortfall}")
    password = credentials.password
    if password is not None:
        _attempt(endpoint, link, deadline, partial(link.auth_password, endpoint.user, password))
        if link.is_authenticated():
            return "password"
        refused.append("the password")
    raise _refused(endpoint, "refused: " + "; ".join(refused) if refused else "no key and no password was given")


def _attempt(endpoint: Endpoint, link: Link, deadline: float, act: Callable[[], list[str]]) -> list[str]:
    """Try one way to log in; answers what the server wants besides. A refusal is not an error yet."""
    link.auth_timeout = max(0.1, deadline - time.monotonic())
    try:
        return act()
    except paramiko.BadAuthenticationType as error:
        raise _refused(endpoint, f"the server allows only {shown(', '.join(error.allowed_types))}") from None
    except paramiko.AuthenticationException:
        _still_there(endpoint, link, deadline)
        return []


def _still_there(endpoint: Endpoint, link: Link, deadline: float) -> None:
    """Tell a refusal from a peer that fell silent or hung up in the middle."""
    if time.monotonic() >= deadline:
        raise refusals.login_too_slow(endpoint)
    if not link.is_active():
        raise cut_off(endpoint, link.get_exception())


def _refused(endpoint: Endpoint, why: str) -> AuthFailedError:
    return refusals.login_refused(endpoint, endpoint.user, why)
