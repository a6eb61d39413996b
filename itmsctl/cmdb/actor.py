"""Who acts on which database: what the audit keeps of every change."""

from __future__ import annotations

from itmsctl.values.lean import dataclass


@dataclass(frozen=True)
class Actor:
    """Who acts, as the audit keeps it."""

    name: str
    command: str = ""
    reason: str = ""


@dataclass(frozen=True)
class DatabaseIdentity:
    """What `db init` gave this database."""

    server_guid: str
    epoch: int
    nonce: str
