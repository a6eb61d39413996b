"""Rows of the room `security`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from itmsctl.cmdb.item import Item, Row
from itmsctl.cmdb.types import Json, Moment, Text


class ConnectionProfile(Item, table=True):
    """How to reach a set of computers: transport, user, port, key files; never a secret itself."""

    __tablename__ = "connection_profile"
    transport: str = Field(default="ssh", sa_type=Text)
    user: str | None = Field(default=None, sa_type=Text)
    port: int | None = None
    key_file: str | None = Field(default=None, sa_type=Text)
    use_agent: bool = Field(default=False)
    connect_timeout_s: float | None = Field(default=None, sa_type=sa.Float)
    run_as: str | None = Field(default=None, sa_type=Text)
    run_dir: str | None = Field(default=None, sa_type=Text)
    credential_id: int | None = Field(default=None, foreign_key="credential.id")
    sudo_credential_id: int | None = Field(default=None, foreign_key="credential.id")
    description: str | None = Field(default=None, sa_type=Text)


class HostKey(Row, table=True):
    """A host key of one computer: pinned, retired or revoked (MM1)."""

    __tablename__ = "host_key"
    __table_args__ = (sa.Index("ix_host_key_fingerprint", "fingerprint"),)
    computer_id: int = Field(foreign_key="resource.id", primary_key=True, ondelete="CASCADE")
    key_type: str = Field(sa_type=Text, primary_key=True)
    fingerprint: str = Field(sa_type=Text, primary_key=True)
    blob: bytes = Field(sa_type=sa.LargeBinary)
    state: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)  # accept, scan, accept-new, import
    changed_by: int
    since: datetime = Field(sa_type=Moment)


class Vault(Row, table=True):
    """The one vault of this database: how its key is wrapped. Nothing here opens without the passphrase."""

    __tablename__ = "vault"
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})  # always 1
    vault_id: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)  # open, locked
    key_id: str = Field(sa_type=Text)
    kdf: Any = Field(sa_type=Json)  # memory_kib, iterations, lanes: stored, so that they can grow
    salt: bytes = Field(sa_type=sa.LargeBinary)
    wrapped_key: bytes = Field(sa_type=sa.LargeBinary)
    check_record: bytes = Field(sa_type=sa.LargeBinary)
    changed_by: int
    created_at: datetime = Field(sa_type=Moment)
    wrapped_at: datetime = Field(sa_type=Moment)
    key_made_at: datetime = Field(sa_type=Moment)


class Credential(Item, table=True):
    """Something to log in with: whose it is and where it may go. Its secret lies in `credential_secret`, sealed."""

    __tablename__ = "credential"
    kind: str = Field(sa_type=Text)  # password, ssh-key, sudo-password, community, token
    user: str | None = Field(default=None, sa_type=Text)
    description: str | None = Field(default=None, sa_type=Text)
    version: int
    rotated_at: datetime = Field(sa_type=Moment)


class CredentialSecret(Row, table=True):
    """One sealed field of a credential: nonce and ciphertext, bound to this very row."""

    __tablename__ = "credential_secret"
    credential_id: int = Field(foreign_key="credential.id", primary_key=True, ondelete="CASCADE")
    field: str = Field(sa_type=Text, primary_key=True)  # secret, key_passphrase
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    key_id: str = Field(sa_type=Text)
    sealed: bytes = Field(sa_type=sa.LargeBinary)


class CredentialScope(Row, table=True):
    """A site, subnet or target that a credential may be used in; a credential without any may be used everywhere.

    The references hold those objects: one that went with its site would leave a credential that goes everywhere.
    """

    __tablename__ = "credential_scope"
    credential_id: int = Field(foreign_key="credential.id", primary_key=True, ondelete="CASCADE")
    ord: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    site_id: int | None = Field(default=None, foreign_key="site.id", index=True)
    subnet_id: int | None = Field(default=None, foreign_key="subnet.id", index=True)
    target_id: int | None = Field(default=None, foreign_key="target.id", index=True)
