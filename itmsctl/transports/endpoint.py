"""Whom to reach, as whom, and which host keys prove that it is the one."""

from __future__ import annotations

import enum
from dataclasses import field
from pathlib import Path
from typing import Any, Literal

from itmsctl.errors import ItmsError
from itmsctl.values.lean import dataclass

ADDRESS_S = 2.0
PinState = Literal["pinned", "retired", "revoked"]


class HostKeyPolicy(enum.StrEnum):
    """What to do with the host key of a computer that has none pinned (MM1)."""

    STRICT = "strict"
    ACCEPT_NEW = "accept-new"


@dataclass(frozen=True)
class HostKeyPin:
    """A host key recorded for one computer. `key_type` is the type in the blob: `ssh-ed25519`, `ssh-rsa` ..."""

    key_type: str
    fingerprint: str
    blob: bytes = b""
    state: PinState = "pinned"


@dataclass(frozen=True)
class SeenHostKey:
    """The host key a computer showed, and whether it was accepted for the first time (record it then)."""

    key_type: str
    fingerprint: str
    blob: bytes
    newly_accepted: bool = False


@dataclass(frozen=True)
class Endpoint:
    """One computer as a transport sees it.

    `addresses` are IP addresses or host names, tried in this order within one deadline. `machine_id` is the value of
    /etc/machine-id pinned for this very computer; None pins nothing. `assumed` names what nobody said of it (`user`,
    `port`): a transport that has a configuration of its own may go by that instead. `refused` says why this
    one must not be contacted with the credentials at hand: `connect` raises it instead.
    """

    guid: str
    name: str
    addresses: tuple[str, ...]
    port: int = 22
    user: str = "root"
    pins: tuple[HostKeyPin, ...] = ()
    machine_id: str | None = None
    assumed: tuple[str, ...] = ()
    refused: ItmsError | None = None
    windows: bool = False  # whether its programs are PowerShell


@dataclass(frozen=True)
class PrivateKey:
    """A private key held in memory; `name` is what messages call it."""

    name: str
    text: str = field(repr=False)
    passphrase: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Credentials:
    """What to log in with: only what is named here is ever tried. Secrets stay out of `repr`.

    `pkeys` are private keys already loaded (driver objects); `key_files` are loaded once a process; `private_keys` come
    from the vault and never touch a disk.
    """

    key_files: tuple[Path, ...] = ()
    pkeys: tuple[Any, ...] = field(default=(), repr=False)
    password: str | None = field(default=None, repr=False)
    use_agent: bool = False
    sudo_password: str | None = field(default=None, repr=False)
    private_keys: tuple[PrivateKey, ...] = field(default=(), repr=False)

    def secrets(self) -> tuple[str, ...]:
        """Return the texts that no output, log or message may show."""
        keys = (text for key in self.private_keys for text in (key.text, key.passphrase))
        return tuple(s for s in (*keys, self.sudo_password, self.password) if s)


@dataclass(frozen=True)
class Settings:
    """Limits and policy of one connection; seconds and bytes.

    `connect_s` covers name look-up, every address, and the way from SYN to authenticated. `address_s` is the share of
    one address while others are left. `run_dir` replaces the folder of run markers on the endpoint (an absolute path
    that belongs to the login user). `ssh_config` replaces the user's and the machine's (scheme `openssh` only).
    """

    host_keys: HostKeyPolicy = HostKeyPolicy.STRICT
    connect_s: float = 10.0
    address_s: float = ADDRESS_S
    answer_s: float = 20.0
    sudo_s: float = 10.0
    kill_grace_s: float = 3.0
    run_dir: str | None = None
    ssh_config: Path | None = None


@dataclass(frozen=True)
class Connection:
    """What a successful connection taught: where it went, who answered, and what was agreed.

    `algorithms` holds kex, host_key, cipher and mac. `strict_kex` is None where the transport has no such notion.
    """

    address: str
    seen_key: SeenHostKey | None = None
    algorithms: tuple[tuple[str, str], ...] = ()
    strict_kex: bool | None = None
    auth_method: str = ""
    connect_s: float = 0.0
