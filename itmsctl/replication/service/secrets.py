"""Secrets of credentials between servers: sealed for one server's key alone, and taken into its vault there (CH2)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import BadRecordError, NotFoundError, VaultTamperedError
from itmsctl.hierarchy.peer import Peer
from itmsctl.hierarchy.service import identity, peers
from itmsctl.replication.records import HierarchyEvent
from itmsctl.replication.rows import arrived_secrets
from itmsctl.replication.service.kept import known_of
from itmsctl.replication.service.receiving import Receiving
from itmsctl.security.credential import Secret
from itmsctl.security.kinds import CREDENTIAL
from itmsctl.security.sealed_for import bound, open_sealed, seal_for
from itmsctl.security.service import sealing, vaults
from itmsctl.security.service.credential_shelf import CREDENTIALS, secret_in
from itmsctl.security.service.unlocking import SYSTEMD_NAME, Unlocking, random
from itmsctl.security.vault import DataKey

_LONGEST = 200_000  # characters of a sealed secret: a private key is 64 KiB at most


def record_of_secret(reader: Reader, key: DataKey, peer: Peer, doc: Doc) -> dict[str, Any]:
    """Return the record that gives a neighbour the secret of a credential, sealed for its key alone."""
    version = doc.fields["version"]
    plain = json.dumps(secret_in(reader, key, doc).fields()).encode("ascii")
    place = _bound(reader.server_guid, peer.guid, doc.guid, version)
    sealed = seal_for(peer.believed_key().raw, plain, place, random)
    data = {"version": version, "sealed": base64.b64encode(sealed).decode("ascii")}
    return {"op": "event", "what": "key", "kind": CREDENTIAL.name, "guid": doc.guid, "at": _rotated(doc), "data": data}


def arrived(to: Receiving, event: HierarchyEvent) -> None:
    """Keep a sealed secret that came, until the vault is opened; of one that is here already nothing is written.

    Raises BadRecordError; NotOwnerError for the credential of somebody else.
    """
    version, sealed = event.data.get("version"), event.data.get("sealed")
    if type(version) is not int or not isinstance(sealed, str) or not 0 < len(sealed) <= _LONGEST:
        raise BadRecordError("a sealed secret without its version")
    known = known_of(to.unit, CREDENTIAL.name, event.guid)
    doc = CREDENTIALS.of_guids(to.unit, [event.guid]).get(event.guid)
    if doc is None:
        return  # it was refused, and waits as a conflict
    if not to.belongs(known):
        raise to.not_owner(CREDENTIAL.name, doc.name, "its secret comes with it, from its owner alone")
    if doc.fields["version"] != version or _has(to.unit, doc):
        return
    forget(to.unit, event.guid)
    values = {"guid": event.guid, "origin": to.peer.guid, "version": version, "sealed": sealed, "at": to.unit.now}
    to.unit.connection.execute(sa.insert(arrived_secrets).values(**values))
    to.applied.counts["secrets"] += 1


def forget(unit: UnitOfWork, guid: str) -> None:
    """Drop a sealed secret that came: its credential is gone, or the vault has it."""
    unit.connection.execute(sa.delete(arrived_secrets).where(arrived_secrets.c.guid == guid))


def opened_vault(store: Store, ways: Unlocking) -> DataKey | None:
    """Return the key of the vault where a file or systemd gives its passphrase, and there is something to seal.

    Secrets that came are taken in, so that they go on. Raises as `vaults.unlocked` does, and `take_in`.
    """
    by_systemd = ways.systemd_folder and (Path(ways.systemd_folder) / SYSTEMD_NAME).exists()
    if not ways.file and not by_systemd:
        return None
    with store.read() as reader:
        names = [doc.name for doc in CREDENTIALS.list(reader)]
        if not names or vaults.find(reader) is None:
            return None
    key = vaults.unlocked(store, ways)
    take_in(store, key, names)
    return key


def take_in(store: Store, key: DataKey, names: Sequence[str]) -> None:
    """Put secrets that came into the vault, which is open, before somebody uses them (hook).

    Raises IdentityKeyMissingError; VaultTamperedError for one that was sealed for another server, or changed.
    """
    with store.read() as reader:
        docs = {doc.guid: doc for doc in (CREDENTIALS.get(reader, name) for name in names)}
        rows = reader.rows(sa.select(arrived_secrets).where(arrived_secrets.c.guid.in_(list(docs))))
        if not rows:
            return
        own = peers.own(reader)
    seed = identity.seed(store, own)
    opened = {row.guid: (row.version, _opened(seed, own.guid, row, docs[row.guid])) for row in rows}
    store.write(lambda unit: _store(unit, key, opened))


def _store(unit: UnitOfWork, key: DataKey, opened: dict[str, tuple[int, Secret]]) -> None:
    vaults.still(unit, key)
    for guid, doc in CREDENTIALS.of_guids(unit, list(opened)).items():
        version, secret = opened[guid]
        if doc.fields["version"] == version:
            sealing.store(unit, key, doc.id, guid, version, secret)
            forget(unit, guid)


def _opened(seed: bytes, own: str, row: Any, doc: Doc) -> Secret:
    try:
        sealed = base64.b64decode(row.sealed, validate=True)
    except (binascii.Error, ValueError):
        sealed = b""
    plain = open_sealed(seed, sealed, _bound(row.origin, own, row.guid, row.version))
    if plain is None:
        raise VaultTamperedError(
            f"the secret of credential `{doc.name}` does not open under the key of this server",
            why="it was sealed for another server, or its bytes were changed",
            hint="itmsctl audit verify; have its parent send it again: itmsctl replication run --complete, there",
        )
    found = json.loads(plain)
    return Secret(found["secret"], found.get("key_passphrase"))


def _has(reader: Reader, doc: Doc) -> bool:
    """Return whether the secret of this version is here: in the vault, or waiting to be taken in."""
    waits = sa.select(arrived_secrets.c.version).where(arrived_secrets.c.guid == doc.guid)
    return reader.scalar(waits) == doc.fields["version"] or sealing.has(reader, doc.id, doc.fields["version"])


def _bound(origin: str, to: str, guid: str, version: int) -> bytes:
    return bound("credential", origin, to, guid, version)


def _rotated(doc: Doc) -> datetime:
    at = doc.fields["rotated_at"]
    if not isinstance(at, datetime):
        raise NotFoundError(f"credential `{doc.name}` has no secret")
    return at
