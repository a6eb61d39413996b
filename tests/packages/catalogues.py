"""A signed catalogue in memory, whoever attacks it, and what the reference implementation says of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tuf.api.exceptions import EqualVersionNumberError, RepositoryError
from tuf.ngclient._internal.trusted_metadata_set import TrustedMetadataSet
from tuf.ngclient.config import EnvelopeType

from itmsctl.packages.trust.following import Believed, TrustedState, first_root, follow
from itmsctl.packages.trust.issuing import Lives, Signers, exchanged, founded, renewed, rerooted, with_entries
from itmsctl.packages.trust.keys import SigningKey, VerifyKey
from itmsctl.packages.trust.metadata import ROLES, CatalogueEntry, KeyNote, RootRecord, place

NOW = datetime(2026, 11, 30, 12, 0, 0, tzinfo=UTC)
LIVES = Lives(timedelta(days=1000), timedelta(days=365), timedelta(days=30))
NOTE = KeyNote("packages", "ann@cmdb", "2026-11-30T12:00:00Z")


def key_number(number: int) -> SigningKey:
    """Return a key that is the same in every test."""
    private = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    return SigningKey(VerifyKey(private.public_key().public_bytes_raw()), private.sign)


def entry(text: str, length: int = 100) -> CatalogueEntry:
    """Return an entry whose digest is as good as random."""
    import hashlib

    return CatalogueEntry(length, hashlib.sha256(text.encode()).hexdigest(), "1.0", {"published_by": "ann@cmdb"})


@dataclass
class Shelf:
    """The files of a catalogue as a server holds them, and the keys that sign it."""

    files: dict[str, bytes] = field(default_factory=dict)
    keys: dict[str, list[SigningKey]] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)
    now: datetime = NOW

    def source(self, name: str, most: int) -> bytes | None:
        """Give at most so many bytes of a file."""
        self.asked.append((name, most))
        found = self.files.get(name)
        return None if found is None else found[:most]

    def state(self) -> TrustedState:
        """Return what a reader who knows the first root alone trusts."""
        return TrustedState(self.files["1.root.json"])

    def follow(self, state: TrustedState | None = None, now: datetime | None = None) -> Believed:
        """Follow the files."""
        return follow(state or self.state(), self.source, now or self.now)

    @property
    def root(self) -> RootRecord:
        """Return the newest root."""
        return self.follow().root

    def publish(self, *names: str) -> Shelf:
        """Publish revision 1 of some packages."""
        changes = {place(name, 1): entry(name) for name in names}
        self.files |= dict(with_entries(self.follow(), changes, self.signers, self.now, LIVES))
        return self

    def renew(self) -> Shelf:
        """Keep it good for longer."""
        self.files |= dict(renewed(self.follow(), self.signers, self.now, LIVES))
        return self

    def reroot(self, root: RootRecord, *signers: SigningKey) -> Shelf:
        """Write the next root."""
        self.files |= dict(rerooted(root, signers, self.now, LIVES))
        return self

    def exchange(self, role: str, new: SigningKey) -> Shelf:
        """Put another key in the place of the first one of a role: added, everything signed by it, the old one gone."""
        old = self.keys[role][0]
        both = [*self.keys["root"], *([new] if role == "root" else [])]
        self.reroot(exchanged(self.root, [role], None, new.public, NOTE), *both)
        self.keys = self.keys | {role: [new]}
        self.publish()
        return self.reroot(exchanged(self.root, [role], old.public, None), *both)

    @property
    def signers(self) -> Signers:
        """Return the keys by role."""
        return self.keys

    def copy(self) -> Shelf:
        """Return what somebody else may change."""
        return replace(self, files=dict(self.files), keys=dict(self.keys), asked=[])


def shelf(*names: str) -> Shelf:
    """Return a catalogue with a key for each role, in which some packages are published."""
    keys = {role: [key_number(number)] for number, role in enumerate(ROLES, 1)}
    root_key = keys["root"][0]
    made = Shelf(dict(founded(root_key, NOTE, NOW, LIVES)), {role: [root_key] for role in ROLES})
    root = first_root(made.files["1.root.json"])
    for role in ROLES[1:]:
        root = replace(exchanged(root, [role], root_key.public, keys[role][0].public, NOTE), version=2)
    made.reroot(root, root_key)
    made.keys = keys
    from itmsctl.packages.trust.issuing import _from_catalogue
    from itmsctl.packages.trust.metadata import CatalogueRecord

    empty = CatalogueRecord(1, NOW + LIVES.catalogue, {})
    made.files |= dict(_from_catalogue(empty, (1, 1), made.signers, NOW, LIVES))
    return made.publish(*names) if names else made


def reference_refuses(offered: Shelf, held: Shelf | None = None, now: datetime = NOW) -> str:
    """Return why python-tuf's own client refuses these files after those that it holds; empty where it takes them."""
    known = TrustedMetadataSet(offered.files["1.root.json"], EnvelopeType.METADATA)
    known.reference_time = now
    try:
        while (name := f"{known.root.version + 1}.root.json") in offered.files:
            known.update_root(offered.files[name])
        if held is not None:
            with suppress(RepositoryError):
                known.update_timestamp(held.files["timestamp.json"])
        with suppress(EqualVersionNumberError):
            known.update_timestamp(offered.files["timestamp.json"])
        if held is not None:
            with suppress(RepositoryError):
                known.update_snapshot(held.files[f"{held.follow().snapshot.version}.snapshot.json"], trusted=True)
        known.update_snapshot(offered.files[f"{known.timestamp.snapshot_meta.version}.snapshot.json"])
        known.update_targets(offered.files[f"{known.snapshot.meta['targets.json'].version}.targets.json"])
    except RepositoryError as error:
        return f"{type(error).__name__}: {error}"
    return ""
