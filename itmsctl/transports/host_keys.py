"""Is this the computer's host key? A judgement over pins of this very computer, made before anything is sent (MM1)."""

from __future__ import annotations

from dataclasses import replace

from itmsctl.errors import HostIdentityError, HostKeyChangedError, HostKeyRevokedError, HostKeyUnknownError
from itmsctl.transports.endpoint import Endpoint, HostKeyPolicy, SeenHostKey
from itmsctl.transports.failures import shown
from itmsctl.values.fingerprints import fingerprint
from itmsctl.values.untrusted import shell_arg


def wanted_types(endpoint: Endpoint) -> tuple[str, ...]:
    """Return the key types to ask for: those pinned, so that a peer cannot choose another; none pinned, any."""
    return tuple(dict.fromkeys(pin.key_type for pin in endpoint.pins if pin.state == "pinned"))


def judge(endpoint: Endpoint, policy: HostKeyPolicy, key_type: str, blob: bytes) -> SeenHostKey:
    """Return the key seen, and whether it is new.

    Raises HostKeyRevokedError, HostKeyChangedError or HostKeyUnknownError (exit 12).
    """
    return judge_seen(endpoint, policy, SeenHostKey(key_type, fingerprint(blob), blob))


def judge_seen(endpoint: Endpoint, policy: HostKeyPolicy, seen: SeenHostKey) -> SeenHostKey:
    """Return the same for a key of which only the fingerprint may be known. Raises as `judge` does."""
    print_, key_type = seen.fingerprint, seen.key_type
    known = next((pin for pin in endpoint.pins if pin.fingerprint == print_), None)
    if known is not None and known.state == "revoked":
        raise HostKeyRevokedError(
            f"{shown(endpoint.name)} shows a host key that was revoked",
            why=f"seen={print_}; nothing was sent",
            hint=f"itmsctl host-key show {shell_arg(endpoint.name)}",
            details={"seen": print_, "key_type": key_type},
        )
    if known is not None and known.state == "pinned":
        return seen
    pinned = [pin.fingerprint for pin in endpoint.pins if pin.state == "pinned"]
    if pinned:
        raise changed(endpoint, f"seen={print_}", seen=print_)
    if policy is HostKeyPolicy.ACCEPT_NEW and known is None:
        return replace(seen, newly_accepted=True)
    name = shell_arg(endpoint.name)
    raise HostKeyUnknownError(
        f"no host key is recorded for {shown(endpoint.name)}",
        why=f"seen={print_}; nothing was sent",
        hint=f"itmsctl host-key scan {name}, then itmsctl host-key accept {name}",
        details={"seen": print_, "key_type": key_type},
    )


def changed(endpoint: Endpoint, what: str, seen: str = "") -> HostIdentityError:
    """Return the error for a peer that does not show the pinned key."""
    pinned = ", ".join(pin.fingerprint for pin in endpoint.pins if pin.state == "pinned")
    return HostKeyChangedError(
        f"the host key of {shown(endpoint.name)} has changed",
        why=f"pinned={pinned} {what}; nothing was sent",
        hint=f"itmsctl host-key show {shell_arg(endpoint.name)}; accept the new one only if you know why it changed",
        details={"pinned": pinned, "seen": seen},
    )
