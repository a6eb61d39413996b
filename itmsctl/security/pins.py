"""Host keys of one computer as a value: which are pinned, and what a decision makes of them (MM1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from itmsctl.errors import HostKeyRevokedError, InputError, NotFoundError
from itmsctl.transports.endpoint import HostKeyPin
from itmsctl.values.lean import dataclass
from itmsctl.values.names import did_you_mean


@dataclass(frozen=True)
class PinDecision:
    """What a decision does to the keys of a computer: the rows to write, and whether anything differs."""

    keys: tuple[HostKeyPin, ...]
    written: tuple[HostKeyPin, ...]

    @property
    def action(self) -> str:
        """Return `updated` or `unchanged`."""
        return "updated" if self.written else "unchanged"


def check_fingerprint(text: str) -> str:
    """Return a fingerprint as OpenSSH writes it; raise InputError for anything else."""
    body = text.removeprefix("SHA256:").rstrip("=")
    if not text.startswith("SHA256:") or len(body) != 43:
        raise InputError(f"`{text}` is not a fingerprint", hint="as ssh-keygen -lf writes it: SHA256:...")
    return f"SHA256:{body}"


def accept(keys: Sequence[HostKeyPin], seen: HostKeyPin) -> PinDecision:
    """Pin a key that was seen. The keys pinned before retire: a computer is known by one key at a time.

    Raises HostKeyRevokedError for a key that was revoked: a revocation is for ever.
    """
    written: list[HostKeyPin] = []
    kept: list[HostKeyPin] = []
    found = False
    for key in keys:
        if key.fingerprint == seen.fingerprint:
            if key.state == "revoked":
                raise HostKeyRevokedError(
                    f"the key {key.fingerprint} of this computer was revoked",
                    hint="make a new host key on the computer: ssh-keygen -A",
                )
            found = True
            if key.state == "pinned":
                kept.append(key)
                continue
            kept.append(replace(key, state="pinned"))
            written.append(kept[-1])
        elif key.state == "pinned":
            kept.append(replace(key, state="retired"))
            written.append(kept[-1])
        else:
            kept.append(key)
    if not found:
        kept.append(replace(seen, state="pinned"))
        written.append(kept[-1])
    return PinDecision(tuple(kept), tuple(written))


def revoke(keys: Sequence[HostKeyPin], fingerprint: str) -> PinDecision:
    """Revoke a key: whoever shows it again is refused. Raises NotFoundError where the computer never had it."""
    if all(key.fingerprint != fingerprint for key in keys):
        hint = did_you_mean(fingerprint, [key.fingerprint for key in keys]) or "itmsctl host-key show COMPUTER"
        raise NotFoundError(f"no key {fingerprint} is recorded for this computer", hint=hint)
    written = [replace(k, state="revoked") for k in keys if k.fingerprint == fingerprint and k.state != "revoked"]
    kept = [replace(k, state="revoked") if k.fingerprint == fingerprint else k for k in keys]
    return PinDecision(tuple(kept), tuple(written))
