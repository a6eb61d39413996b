"""How a server is reached over SSH, as text: user@host, with a port where it is not 22; and what a key may do there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from itmsctl.errors import InputError
from itmsctl.packages.trust.keys import VerifyKey
from itmsctl.packages.trust.sshsig import ssh_public
from itmsctl.values.untrusted import shell_arg

_ADDRESS = re.compile(
    r"(?:([A-Za-z0-9_][A-Za-z0-9._-]{0,63})@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253})(?::(\d{1,5}))?"
)


@dataclass(frozen=True, slots=True)
class SshAddress:
    """A login on a host."""

    user: str
    host: str
    port: int = 22

    def __str__(self) -> str:
        """Return it as it is typed."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.user}@{host}" + (f":{self.port}" if self.port != 22 else "")


def read_address(text: str) -> SshAddress:
    """Return what `USER@HOST[:PORT]` says. Raises InputError."""
    found = _ADDRESS.fullmatch(text)
    port = int(found[3] or 22) if found else 0
    if not found or not found[1] or not 0 < port < 65536:
        raise InputError(f"`{text[:80]!a}` is not USER@HOST", hint="itms@rome.example, itms@10.1.0.5:2222")
    return SshAddress(found[1], found[2].strip("[]"), port)


def allowing(key: VerifyKey, guid: str, words: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return the line of authorized_keys by which a server's key may run one program, and nothing else."""
    setting = ["env", *(f"{name}={value}" for name, value in sorted(environment.items()))] if environment else []
    command = " ".join(shell_arg(word) for word in (*setting, *words))
    if not command.isprintable():
        raise InputError("a path with a line break or another control character cannot stand in authorized_keys")
    escaped = command.replace("\\", "\\\\").replace('"', '\\"')
    return f'restrict,command="{escaped}" {ssh_public(key)} itmsctl:{guid}'


def without(text: str, guid: str) -> str:
    """Return the text of authorized_keys without the lines of a server."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.rstrip().endswith(f" itmsctl:{guid}"))
