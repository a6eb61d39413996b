"""Why there is no login, in the words of every engine that speaks SSH (F30, HE15, MM2)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from itmsctl.errors import (
    AuthFailedError,
    BusyServerError,
    ConnectTimedOutError,
    HostNotSshError,
    ItmsError,
    NoCommonAlgorithmError,
    SilentPortError,
    UnreachableError,
)
from itmsctl.transports.endpoint import Endpoint
from itmsctl.transports.failures import shown
from itmsctl.transports.host_keys import changed, wanted_types

# Broken or weak (MM2), and certificates of hosts, which nobody here verifies.
BROKEN = re.compile(r"-cbc|3des|arcfour|blowfish|cast128|hmac-md5|sha1|^ssh-rsa|^ssh-dss|-cert-|^none$|^null")

# What servers and gateways say in place of their version line when they have enough. A number or HTTP before it is
# another service's.
_BUSY = re.compile(
    r"(?:%+\s*|sshd?(?:\[\d+\])?:\s*|sorry,?\s*)?(?:exceeded maxstartups|not allowed at this time|too many (?!arg)"
    r"|(?:the )?max(?:imum)?\b[^:]*\b(?:connections|sessions|users|logins)"
    r"|(?:connection|session|login)s? (?:rate )?limit"
    r"|(?!\d{3}[ -]|HTTP/).*\b(?:try again later|(?:server|system) (?:is )?(?:too )?busy|temporarily unavailable))",
    re.IGNORECASE,
)


def says_busy(heard: str | bytes) -> bool:
    """Return whether what a peer said before any version line means: not now."""
    text = heard.decode("utf-8", "replace") if isinstance(heard, bytes) else heard
    return any(_BUSY.match(line.strip()) for line in text.splitlines())


def busy(endpoint: Endpoint, said: str | bytes = "", through: str = "") -> BusyServerError:
    """Return the error where the peer turned us away before the login began. `through` names the jump host that may
    have done it.
    """
    who = f"{shown(through, 80)}, or {shown(endpoint.name)} behind it," if through else shown(endpoint.name)
    silent = "it said nothing; too many logins at once, this server is not welcome there, or nothing is behind the port"
    return BusyServerError(
        f"{who} ended the connection before the login began",
        why=f"it said: {shown(said, 80)}" if said else silent,
        hint="a smaller --concurrency, a longer --connect-timeout, or a higher MaxStartups in that sshd_config",
    )


def still_busy(error: UnreachableError, tries: int, seconds: float) -> UnreachableError:
    """Return the same error after the last try."""
    times = "once" if tries == 1 else f"{tries} times"
    return BusyServerError(error.message, why=f"{error.why}; tried {times} in {seconds:.1f} s", hint=error.hint)


def silent(endpoint: Endpoint) -> SilentPortError:
    """Return the error where the port is open, and nobody speaks."""
    return SilentPortError(
        f"port {endpoint.port} of {shown(endpoint.name)} is open but says nothing",
        why="the service behind it hangs, or it is not an SSH server",
        hint="look at the SSH server on that computer",
    )


def stalled(endpoint: Endpoint) -> ConnectTimedOutError:
    """Return the error where a banner came, and then nothing."""
    return ConnectTimedOutError(
        f"{shown(endpoint.name)} began to speak SSH but did not go on", why="the link or the computer is very slow"
    )


def not_ssh(endpoint: Endpoint, heard: str | bytes) -> HostNotSshError:
    """Return the error where another service answers."""
    return HostNotSshError(
        f"port {endpoint.port} of {shown(endpoint.name)} answered, but not as an SSH server",
        why=f"it said: {shown(heard, 80)}",
        hint="set the right port: itmsctl computer set NAME --port N",
    )


def incompatible(
    endpoint: Endpoint, what: str, version: str, offered: Sequence[str], other_engine: str = ""
) -> ItmsError:
    """Return the error where the server offers nothing that is accepted here. `what` is cipher, mac, kex algorithm
    or host key.

    Broken algorithms are told from those that are only unknown here; `other_engine` is an option that may know them. A
    pinned type that is not offered at all is a changed key.
    """
    wanted = wanted_types(endpoint)
    offered = [name for name in offered if not name.startswith(("ext-info-", "kex-strict-"))]  # which are no methods
    if what == "host key" and wanted and not _same_key_weakly_signed(wanted, offered):
        return changed(endpoint, "seen=none: it offers no key of that type")
    said = f"its server says it is {shown(version, 60)}"
    if offered:
        said += f" and offers {shown(', '.join(offered), 120)}"
    if not offered or all(BROKEN.search(name) for name in offered):
        why, hint = f"{said}; broken algorithms are refused", "update the SSH server on that computer"
    else:
        why = f"{said}; that is not broken, but unknown here"
        hint = other_engine or "take that limit out of ssh_config, or update the ssh program here"
    return NoCommonAlgorithmError(
        f"{shown(endpoint.name)} offers no {what} that is accepted here", why=why, hint=hint, details={"what": what}
    )


def _same_key_weakly_signed(wanted: Sequence[str], offered: Sequence[str]) -> bool:
    """Return whether a pinned RSA key is offered, but only with signatures by SHA-1."""
    return "ssh-rsa" in wanted and "ssh-rsa" in offered


def dismissed(endpoint: Endpoint, farewell: str) -> UnreachableError:
    """Return the error where the server said why it hung up before anybody logged in."""
    return busy(endpoint, farewell) if says_busy(farewell) else cut_off(endpoint, f"it said: {farewell}")


def cut_off(endpoint: Endpoint, why: str) -> UnreachableError:
    """Return the error where the link broke before the login was done."""
    return UnreachableError(
        f"the SSH connection to {shown(endpoint.name)} broke off before the login was done",
        why=shown(why) if why else "the peer closed it",
        hint="itmsctl run retry RUN --unreachable",
    )


def login_too_slow(endpoint: Endpoint) -> ConnectTimedOutError:
    """Return the error where the server fell silent during the login."""
    return ConnectTimedOutError(
        f"{shown(endpoint.name)} did not answer the login in time", why="the computer is very slow, or it hangs"
    )


def login_refused(
    endpoint: Endpoint, user: str, why: str, farewell: str | bytes = "", banner: str | bytes = ""
) -> AuthFailedError:
    """Return the error where the server expects somebody else. `farewell` and `banner` are its own words."""
    words = [shown(text) for text in (farewell, banner) if text.strip()]
    said = "".join(f"; the server says: {text}" for text in dict.fromkeys(words))
    return AuthFailedError(
        f"{shown(endpoint.name)} refused the login of {shown(user)}",
        why=why + said,
        hint="give the right key (--key FILE), or add its public half to that account's authorized_keys",
    )
