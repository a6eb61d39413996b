"""Keys that come and go, and what the root says: each step leaves a catalogue that readers believe.

A key is first added, then everything is signed by it, and only then the other one goes. Where that is cut off, the same
command goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from itmsctl.cmdb import facts
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import ConflictError, InputError, NotFoundError, UsageError
from itmsctl.packages.service.catalogue_files import LIFE
from itmsctl.packages.service.library import Library
from itmsctl.packages.service.publishing import LIVES, SIGNING, going_on, looked, write_signature
from itmsctl.packages.service.signing import SigningDesk
from itmsctl.packages.service.trusted import ANCHOR, anchor
from itmsctl.packages.trust import sshsig
from itmsctl.packages.trust.following import Believed
from itmsctl.packages.trust.issuing import exchanged, renewed, rerooted, with_entries
from itmsctl.packages.trust.keys import SigningKey
from itmsctl.packages.trust.metadata import APPROVALS, CATALOGUE, ROLES, ROOT, KeyNote, RootRecord
from itmsctl.values.names import near_or_all
from itmsctl.values.times import from_text, to_second
from itmsctl.values.untrusted import shell_arg


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that now signs for some roles."""

    name: str
    fingerprint: str
    where: str
    roles: tuple[str, ...]


def listed(desk: SigningDesk) -> list[dict[str, Any]]:
    """Return the keys that the root names, each with its roles and where its private half lies."""
    believed = _looked(desk)
    if believed is None:
        return []
    root = believed.root
    rows = []
    for key_id, key in root.keys.items():
        note = root.notes.get(key_id)
        name = note.name if note else key_id[:16]
        where = desk.place(name)
        rows.append(
            {
                "name": name,
                "roles": [role for role in ROLES if key_id in root.roles[role].key_ids],
                "place": where or "elsewhere",
                "encrypted": None if where is None else where != "file" or not desk.is_open(name),
                "fingerprint": sshsig.fingerprint(key),
                "made_by": note and note.made_by,
                "made_at": note and from_text(note.made_at),
                "ssh": sshsig.ssh_public(key),
            }
        )
    return sorted(rows, key=lambda row: str(row["name"]))


def add(
    desk: SigningDesk, name: str, roles: Sequence[str], where: str | None = None, passphrase: bytes | None = None
) -> NewKey:
    """Make a key that signs for some roles beside the others. Raises ConflictError, UsageError, and as `followed`."""
    for role in roles:
        if role not in ROLES:
            raise UsageError(f"`{role}` is not a role", hint=near_or_all(role, ROLES))
    root = _root(desk)
    taken = _key_id(root, name, missing_ok=True)
    if taken is not None:
        raise ConflictError(f"the catalogue names a key `{name}` already", hint="itmsctl package-key list")
    old = desk.signers(root, ROOT)[ROOT]
    chosen = desk.place(name) or where or desk.usual_place()
    new = desk.open(name) if desk.place(name) else desk.make(name, chosen, passphrase)
    with going_on(desk, stale=True) as (before, put, now):
        note = KeyNote(name, desk.actor, to_second(now))
        put(rerooted(exchanged(before.root, roles, None, new.public, note), {*old, new}, now, LIVES))
    _anchor(desk)
    return NewKey(name, sshsig.fingerprint(new.public), chosen, tuple(roles))


def rotate(
    desk: SigningDesk, name: str, new_name: str, where: str | None = None, passphrase: bytes | None = None
) -> NewKey:
    """Put a fresh key in the place of another, in all its roles, and sign everything again.

    Raises NotFoundError, SigningKeyMissingError where a key of root is not here, and as `followed` does.
    """
    root = _root(desk)
    key_id = _key_id(root, name)
    assert key_id is not None
    roles = tuple(role for role in ROLES if key_id in root.roles[role].key_ids)
    if _key_id(root, new_name, missing_ok=True) is None:
        made = add(desk, new_name, roles, where or desk.place(name), passphrase)
    else:  # this was begun before
        made = NewKey(new_name, "", desk.place(new_name) or "", roles)
    new = desk.open(new_name)
    root = _root(desk)
    if set(roles) - {ROOT}:
        _sign_all(desk, root, new, roles)
    _drop(desk, key_id, roles, new if ROOT in roles else None)
    desk.remove(name)
    return replace(made, fingerprint=sshsig.fingerprint(new.public))


def retire(desk: SigningDesk, name: str) -> tuple[str, ...]:
    """Let a key sign no more, and return its roles. What it signed is signed again by those that are left.

    Raises NotFoundError, ConflictError where a role would be left with too few keys, and as `followed` does.
    """
    root = _root(desk)
    key_id = _key_id(root, name)
    assert key_id is not None
    roles = tuple(role for role in ROLES if key_id in root.roles[role].key_ids)
    for role in roles:
        if len(root.roles[role].key_ids) <= root.roles[role].threshold:
            raise ConflictError(
                f"without key `{name}` nobody could sign for {role}",
                hint=f"itmsctl package-key rotate {shell_arg(name)}",
            )
    left = _without(root, key_id)
    signers = desk.signers(left, *SIGNING)
    with going_on(desk, stale=True) as (before, put, now):
        put(with_entries(before, {}, signers, now, LIVES))
    _sign_manifests(desk, _looked(desk), signers[CATALOGUE][0])
    _drop(desk, key_id, roles, None)
    desk.remove(name)
    return roles


def renew(desk: SigningDesk, days: int | None = None) -> Believed:
    """Keep the catalogue good for longer, also one that has expired; return what is believed then."""
    lives = LIVES if days is None else replace(LIVES, freshness=timedelta(days=days))
    desk.store.write(partial(_note_life, days=lives.freshness.days))
    root = _root(desk)
    signers = desk.signers(root, *SIGNING)
    with going_on(desk, stale=True) as (before, put, now):
        believed = put(renewed(before, signers, now, lives))
        if before.root.expires - now > timedelta(days=365):
            return believed
    _reroot(desk, replace(_root(desk), version=_root(desk).version + 1), desk.signers(root, ROOT)[ROOT])
    return _believed(desk)


def _note_life(unit: UnitOfWork, days: int) -> None:
    """Keep for how long the catalogue was renewed: a tick renews it for as long."""
    if facts.fact(unit, LIFE) != str(days):
        facts.note_fact(unit, LIFE, str(days))
        unit.note("package_catalogue", days=days)


def set_approval(desk: SigningDesk, approval: str) -> bool:
    """Say what has to happen before a package is published; return whether that changed anything."""
    if approval not in APPROVALS:
        raise UsageError(f"`{approval}` is not a way to approve", hint=near_or_all(approval, APPROVALS))
    root = _root(desk)
    if root.approval == approval:
        return False
    _reroot(desk, replace(root, version=root.version + 1, approval=approval), desk.signers(root, ROOT)[ROOT])
    return True


def next_name(desk: SigningDesk, name: str) -> str:
    """Return the name of the key that takes the place of another: `packages-2` of `packages`, then `packages-3`."""
    root = _root(desk)
    stem, _, number = name.rpartition("-")
    base, count = (stem, int(number)) if stem and number.isdecimal() and len(number) < 6 else (name, 1)
    taken = {note.name for note in root.notes.values()}
    begun = f"{base}-{count + 1}"  # by a rotation that was cut off: it goes on with that key
    return begun if begun in taken or desk.place(begun) is None else f"{base}-{count + 2}"


def signers_file(desk: SigningDesk) -> str:
    """Return who may sign packages, as the file of signers of `ssh-keygen -Y verify`."""
    root = _root(desk)
    return sshsig.allowed_signers([root.keys[key_id] for key_id in sorted(root.roles[CATALOGUE].key_ids)])


def _looked(desk: SigningDesk) -> Believed | None:
    with desk.store.read() as reader:
        return looked(reader, stale=True)


def _root(desk: SigningDesk) -> RootRecord:
    return _believed(desk).root


def _believed(desk: SigningDesk) -> Believed:
    believed = _looked(desk)
    if believed is None:
        raise NotFoundError("there is no catalogue of packages yet", hint="itmsctl package-key make packages")
    return believed


def _key_id(root: RootRecord, name: str, *, missing_ok: bool = False) -> str | None:
    found = next((key_id for key_id, note in root.notes.items() if note.name == name), None)
    if found is None and not missing_ok:
        names = [note.name for note in root.notes.values()]
        raise NotFoundError(f"the catalogue names no key `{name}`", hint=near_or_all(name, names))
    return found


def _sign_all(desk: SigningDesk, root: RootRecord, new: SigningKey, roles: Collection[str]) -> None:
    """Sign everything again, the new key in the place of all others of its roles where one is enough."""
    signers = {}
    for role in SIGNING:
        alone = role in roles and root.roles[role].threshold == 1
        signers[role] = [new] if alone else desk.signers(root, role)[role]
    with going_on(desk, stale=True) as (before, put, now):
        believed = put(with_entries(before, {}, signers, now, LIVES))
    if CATALOGUE in roles:
        _sign_manifests(desk, believed, new)


def _sign_manifests(desk: SigningDesk, believed: Believed | None, key: SigningKey) -> None:
    library = Library(desk.store.library, desk.store.identity.server_guid)
    for entry in believed.catalogue.entries.values() if believed else ():
        if library.has_manifest(entry.sha256):
            path = library.manifest_path(entry.sha256)
            write_signature(path, library.manifest(entry.sha256).canonical(), key)


def _without(root: RootRecord, key_id: str) -> RootRecord:
    return exchanged(root, ROLES, root.keys[key_id], None)


def _drop(desk: SigningDesk, key_id: str, roles: Sequence[str], new: SigningKey | None) -> None:
    root = _root(desk)
    if key_id not in root.keys:
        return
    if any(root.roles[role].key_ids == {key_id} for role in roles):
        raise InputError("a role would be left without a key")
    after = _without(root, key_id)
    # A root is signed by keys of the one before and by its own: a key of root that is lost needs the others only.
    keep = desk.signers(after, ROOT)[ROOT]
    _reroot(desk, after, [*keep, *([new] if new else [])])


def _reroot(desk: SigningDesk, root: RootRecord, signers: Sequence[SigningKey]) -> None:
    with going_on(desk, stale=True) as (_, put, now):
        put(rerooted(root, signers, now, LIVES))
    _anchor(desk)


def _anchor(desk: SigningDesk) -> None:
    """Let newcomers begin with the newest root."""
    believed = _believed(desk)
    said = anchor(believed.root.version, believed.state.root)

    def note(unit: UnitOfWork) -> None:
        if facts.fact(unit, ANCHOR) != said:
            facts.note_fact(unit, ANCHOR, said)
            unit.note("package_catalogue", root=believed.root.version)

    desk.store.write(note)
