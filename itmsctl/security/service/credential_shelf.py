"""CREDENTIALS: the shelf of credentials. Fields are the shelf's; the secret goes past it, into `sealing`."""

from __future__ import annotations

import hmac
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.nature import AskedChange
from itmsctl.cmdb.nouns import table_of_kind
from itmsctl.cmdb.references import reference_id
from itmsctl.cmdb.rows import changes
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import FieldError, NameTakenError
from itmsctl.security.credential import HeldCredentials, OpenedCredential, Scope, Secret, hold, secret_of
from itmsctl.security.kinds import CREDENTIAL
from itmsctl.security.rows import scopes
from itmsctl.security.service import sealing, trusted, vaults
from itmsctl.security.service.unlocking import Unlocking
from itmsctl.security.vault import DataKey
from itmsctl.transports.endpoint import PrivateKey
from itmsctl.values.kind import house
from itmsctl.values.naming import naming
from itmsctl.values.untrusted import shell_arg

# field of the noun -> column of its rows, and the kind and table of what it names
_SCOPE = {"sites": ("site_id", "site"), "subnets": ("subnet_id", "subnet"), "targets": ("target_id", "target")}


class CredentialShelf(Shelf):
    """All credentials, without their secrets."""

    def adding(self, unit: UnitOfWork, name: str, fields: Mapping[str, Any], existing: Doc | None) -> Mapping[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the fields of a credential, its secret apart: that is version 1. Raises FieldError."""
        if fields["kind"] == "snmp-v3" and not fields.get("user"):
            raise FieldError("whose is it?", why="SNMP v3 knows users", hint="--user NAME").about("user")
        return fields if existing else {**fields, "version": 1, "rotated_at": unit.now}

    def declare(
        self,
        unit: UnitOfWork,  # noqa: ARG002 - the shelf's
        name: str,
        fields: Mapping[str, Any],
        *,
        by: str,  # noqa: ARG002 - the shelf's
        guid: str | None = None,  # noqa: ARG002 - the shelf's
    ) -> Outcome:
        """Raise FieldError: documents hold no secrets, so a credential comes into being by a command only."""
        kind = f" --kind {shell_arg(str(fields['kind']))}" if fields.get("kind") else ""
        raise FieldError(
            f"no credential `{name}`",
            why="a document holds no secret, so it cannot make one",
            hint=f"itmsctl credential add {shell_arg(name)}{kind}",
        )

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the fields with scopes by their stored names. Raises FieldError, NotFoundError."""
        checked = dict(fields)
        for field, (_, kind) in _SCOPE.items():
            if field in checked:
                checked[field] = _stored_names(reader, field, kind, checked[field])
        return checked

    def changing(self, unit: UnitOfWork, before: Doc, asked: AskedChange) -> Mapping[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the changes; lists are replaced as a whole. Raises FieldError for another kind."""
        if asked.changes.get("kind", before.fields["kind"]) != before.fields["kind"]:
            raise FieldError(
                "a credential stays of its kind", why="its secret is of that kind", hint="add another, remove this one"
            ).about("kind")
        return asked.changes

    def naming(self, reader: Reader, kind: str, ids: Collection[int]) -> list[int]:
        """Return the credentials whose documents name some of these: their scopes."""
        found = super().naming(reader, kind, ids)
        for column, named in _SCOPE.values():
            if named == kind:
                inside = member_of(reader.connection, scopes.c[column], ids)
                found += reader.connection.execute(sa.select(scopes.c.credential_id).where(inside)).scalars()
        return found

    def read_extra(self, reader: Reader, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return scopes by name."""
        found: dict[int, dict[str, Any]] = {i: {field: [] for field in _SCOPE} for i in ids}
        for field, (column, kind) in _SCOPE.items():
            other = table_of_kind(kind)
            joined = scopes.join(other, other.c.id == scopes.c[column])
            statement = sa.select(scopes.c.credential_id, other.c.name).select_from(joined).order_by(other.c.name)
            mine = member_of(reader.connection, scopes.c.credential_id, ids)
            for id_, name in reader.connection.execute(statement.where(mine)):
                found[id_][field].append(name)
        return found

    def before_remove(self, unit: UnitOfWork, doc: Doc) -> None:
        """Record that its secret goes with it."""
        unit.seal(sealing.KIND, doc.guid, doc.name, None)

    def write_extra(self, unit: UnitOfWork, before: Doc | None, doc: Doc) -> None:
        """Store where it may go."""
        if before is not None:
            unit.connection.execute(sa.delete(scopes).where(scopes.c.credential_id == doc.id))
        rows: list[tuple[Any, ...]] = []
        for field, (column, kind) in _SCOPE.items():
            for name in doc.fields[field]:
                ids = {c: None for c, _ in _SCOPE.values()} | {column: reference_id(unit, kind, name)}
                rows.append((doc.id, len(rows), *ids.values()))
        columns = ("credential_id", "ord", *(c for c, _ in _SCOPE.values()))
        bulk.insert(unit.connection, "credential_scope", columns, rows)


CREDENTIALS = CredentialShelf(CREDENTIAL)


def _stored_names(reader: Reader, field: str, kind: str, names: Sequence[str]) -> list[str]:
    ids = []
    for position, name in enumerate(names):
        with naming(field, position):
            ids.append(reference_id(reader, kind, name))
    other = table_of_kind(kind)
    statement = sa.select(other.c.name).where(member_of(reader.connection, other.c.id, ids)).order_by(other.c.name)
    return list(reader.connection.execute(statement).scalars())


def lost_secrets(reader: Reader, change_set: int, at: datetime) -> Iterator[tuple[str, str]]:  # noqa: ARG001 - the hook's
    """Yield the credentials whose secrets went with a change-set, and what to do instead (hook `undo_barriers`)."""
    mine = (changes.c.change_set == change_set, changes.c.kind == CREDENTIAL.name, changes.c.action != "created")
    columns = (changes.c.name, changes.c.before, changes.c.after)
    for name, before, after in reader.connection.execute(sa.select(*columns).where(*mine)).all():
        if after is None:
            yield f"it removed credential `{name}`, and its secret is gone", f"itmsctl credential add {shell_arg(name)}"
        elif json.loads(before)["version"] != json.loads(after)["version"]:
            again = f"itmsctl credential rotate {shell_arg(name)}"
            yield f"it gave credential `{name}` another secret; the one before is gone", again


# --- with the vault open ----------------------------------------------------------------------------------------------


def checked_secret(kind: str, text: str, key_passphrase: str | None) -> Secret:
    """Return a secret that its kind can use. Raises InputError, PrivateKeyError for a key that cannot be read."""
    secret = secret_of(kind, text, key_passphrase)
    if kind == "ssh-key":
        from itmsctl.transports.ssh_keys import read_key

        read_key(PrivateKey("given", secret.text, secret.key_passphrase))
    return secret


def add(unit: UnitOfWork, key: DataKey, name: str, fields: Mapping[str, Any], secret: Secret) -> Outcome:
    """Add a credential; an equal one, secret included, is `unchanged`. Raises NameTakenError, and as the shelf does."""
    vaults.still(unit, key)
    outcome = CREDENTIALS.add(unit, name, fields)
    if outcome.action == "created":
        sealing.store(unit, key, outcome.doc.id, outcome.doc.guid, 1, secret)
        return outcome
    if not _same(_secret(unit, key, outcome.doc), secret):
        raise NameTakenError(
            f"a different credential `{outcome.doc.name}` exists",
            why="its secret is another one",
            hint=f"itmsctl credential rotate {shell_arg(outcome.doc.name)} gives it this one",
        )
    return outcome


def rotate(unit: UnitOfWork, key: DataKey, name: str, secret: Secret) -> Outcome:
    """Give a credential another secret, under the next version; the one before is gone. The same one is `unchanged`."""
    vaults.still(unit, key)
    doc = CREDENTIALS.get(unit, name)
    if _same(_secret(unit, key, doc), secret):
        return Outcome("unchanged", doc, doc)
    version = doc.fields["version"] + 1
    outcome = CREDENTIALS.set(unit, doc.guid, {"version": version, "rotated_at": unit.now})
    sealing.store(unit, key, doc.id, doc.guid, version, secret)
    return outcome


def take(store: Store, names: Sequence[str], ways: Unlocking) -> HeldCredentials:
    """Return what these credentials give to a login; without a name the vault is not opened.

    Raises NotFoundError, UsageError, VaultLockedError, WrongPassphraseError, VaultTamperedError.
    """
    if not names:
        return HeldCredentials()
    with store.read() as reader:
        for name in names:  # a typing mistake is told before anybody is asked for a passphrase
            CREDENTIALS.get(reader, name)
    key = vaults.unlocked(store, ways)
    for call in house().calls("secrets_wait"):
        call(store, key, names)
    with store.read() as reader:
        vaults.still(reader, key)
        return hold([opened(reader, key, name) for name in dict.fromkeys(names)])


def opened(reader: Reader, key: DataKey, name: str, candidate: Secret | None = None) -> OpenedCredential:
    """Return a credential in the clear; with `candidate` as its secret, where that is to be tried first."""
    doc = CREDENTIALS.get(reader, name)
    trusted.refuse(reader, CREDENTIALS, doc)
    secret = candidate or _secret(reader, key, doc)
    scope = _scope(reader, doc.id)
    return OpenedCredential(doc.name, doc.fields["kind"], doc.fields["user"], secret, scope, doc.guid, doc.revision)


def rescoped(reader: Reader, held: HeldCredentials) -> HeldCredentials:
    """Return what is held with the scopes of this moment: one query, and more only where a credential was changed.

    Raises NotFoundError where one was removed, AuditDiffersError where one was changed past the program.
    """
    guids = [guid for guid, _ in held.revisions]
    own = CREDENTIALS.table.c
    statement = sa.select(own.guid, own.revision).where(own.guid.in_(guids))
    if {(row.guid, row.revision) for row in reader.connection.execute(statement)} == set(held.revisions):
        return held
    docs = [CREDENTIALS.get(reader, guid) for guid in guids]
    for doc in docs:
        trusted.refuse(reader, CREDENTIALS, doc)
    found = [(doc.name, _scope(reader, doc.id)) for doc in docs]
    return replace(
        held,
        scopes=tuple((name, scope) for name, scope in found if not scope.is_everything),
        revisions=tuple((doc.guid, doc.revision) for doc in docs),
    )


def secret_in(reader: Reader, key: DataKey, doc: Doc) -> Secret:
    """Return the secret of a credential, which leaves this machine sealed. Raises VaultTamperedError."""
    trusted.refuse(reader, CREDENTIALS, doc)
    return _secret(reader, key, doc)


def _secret(reader: Reader, key: DataKey, doc: Doc) -> Secret:
    return sealing.read(reader, key, doc.id, doc.guid, doc.fields["version"])


def _same(one: Secret, other: Secret) -> bool:
    pairs = [(one.text, other.text), (one.key_passphrase or "", other.key_passphrase or "")]
    return all(hmac.compare_digest(a.encode("utf-8"), b.encode("utf-8")) for a, b in pairs)


def _scope(reader: Reader, id_: int) -> Scope:
    rows = reader.connection.execute(sa.select(scopes).where(scopes.c.credential_id == id_)).all()
    return Scope(
        frozenset(r.site_id for r in rows if r.site_id is not None),
        frozenset(r.subnet_id for r in rows if r.subnet_id is not None),
        frozenset(r.target_id for r in rows if r.target_id is not None),
    )
