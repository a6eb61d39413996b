"""Where the private halves of keys lie: in the vault, or each in a private file of the form of OpenSSH.

Never in the database in clear. Where there is no vault a key that the program makes by itself lies in a file that only
its user can read, as keys of SSH do; a passphrase of its own, or the vault, protects it from who reads a backup.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from itmsctl.cmdb.store import Store
from itmsctl.documents.faults import writing
from itmsctl.documents.files import replacing
from itmsctl.errors import (
    CatalogSignatureError,
    ConflictError,
    InputError,
    SigningKeyMissingError,
    UsageError,
    VaultMissingError,
)
from itmsctl.packages.trust.keys import SigningKey, VerifyKey
from itmsctl.packages.trust.metadata import ROLES, RootRecord
from itmsctl.security.credential import Secret
from itmsctl.security.service import credential_shelf, vaults
from itmsctl.security.service.private_files import read_private
from itmsctl.security.service.unlocking import Unlocking
from itmsctl.values.untrusted import shell_arg

KIND, FILE, VAULT = "signing-key", "file", "vault"
PLACES = (FILE, VAULT)
_MOST = 16 << 10
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass
class SigningDesk:
    """How one command signs: where keys may lie, and who opens them."""

    store: Store
    folder: Path
    ways: Unlocking
    passphrase: Callable[[str], bytes | None] = lambda name: None  # noqa: ARG005 - nobody is there

    @property
    def actor(self) -> str:
        """Return who signs, as the audit names them."""
        return self.store.actor.name

    def path(self, name: str) -> Path:
        """Return where the file of a key stands, or would stand. Raises InputError for a name that no file can have."""
        if not _NAME.fullmatch(name):
            raise InputError(
                f"`{name[:80]!a}` is not a name for a key", hint="letters, digits, dot, dash and underscore, at most 64"
            )
        return self.folder / f"{name}.key"

    def place(self, name: str) -> str | None:
        """Return where a key lies: a file, the vault, or None where not on this machine."""
        if self.path(name).is_file():
            return FILE
        with self.store.read() as reader:
            found = credential_shelf.CREDENTIALS.find(reader, name)
        return VAULT if found is not None and found.fields["kind"] == KIND else None

    def usual_place(self) -> str:
        """Return where a key goes that nobody said a place for: the vault, if there is one."""
        with self.store.read() as reader:
            return FILE if vaults.find(reader) is None else VAULT

    def make(self, name: str, where: str, passphrase: bytes | None = None) -> SigningKey:
        """Make a key, and store its private half. Raises ConflictError for a name that is taken; as a vault does."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import (
            BestAvailableEncryption,
            Encoding,
            NoEncryption,
            PrivateFormat,
        )

        if where not in PLACES:
            raise UsageError(f"`{where}` is not a place for a key", hint=" or ".join(PLACES))
        if self.place(name) is not None:
            raise ConflictError(f"there is a key `{name}` already", hint="itmsctl package-key list; give another name")
        private = Ed25519PrivateKey.generate()
        sealing = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
        text = private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, sealing)
        if where == VAULT:
            if passphrase:
                raise UsageError("a key in the vault has no passphrase of its own", hint="--to file")
            self._seal(name, text.decode("ascii"))
        else:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with writing(str(self.path(name))), replacing(self.path(name), 0o600, force=False) as stream:
                stream.write(text)
        return _signer(private)

    def open(self, name: str, key: VerifyKey | None = None) -> SigningKey:
        """Return what signs with a key, which has to be the one that a catalogue names, where one is given.

        Raises SigningKeyMissingError, InputError for a wrong passphrase, ConflictError for another key of that name.
        """
        where = self.place(name)
        if where is None:
            raise SigningKeyMissingError(
                f"the private half of key `{name}` is not here",
                why=f"neither {self.path(name)} nor a credential of kind {KIND} in the vault holds it",
                hint=f"with a key of role root: itmsctl package-key rotate {shell_arg(name)}; if that is lost: "
                "itmsctl package-key make NAME --begin-again",
            )
        text = read_private(self.path(name), "key", _MOST) if where == FILE else self._unsealed(name)
        found = self._loaded(name, text)
        if key is not None and found.public != key:
            raise ConflictError(
                f"key `{name}` here is not the one that the catalogue names",
                hint="itmsctl package-key list",
                details={"here": found.public.id, "catalogue": key.id},
            )
        return found

    def is_open(self, name: str) -> bool:
        """Return whether a file holds a key without a passphrase."""
        from cryptography.hazmat.primitives.serialization import load_ssh_private_key

        try:
            load_ssh_private_key(read_private(self.path(name), "key", _MOST), None)
        except (TypeError, ValueError):
            return False
        return True

    def remove(self, name: str) -> None:
        """Remove the file of a key that signs no more; a credential stays for `credential remove`."""
        self.path(name).unlink(missing_ok=True)

    def signers(self, root: RootRecord, *roles: str) -> dict[str, list[SigningKey]]:
        """Return what signs for these roles, each by as many keys as have to: those that are here.

        Raises SigningKeyMissingError where too few are here, and as `open` does.
        """
        opened: dict[str, SigningKey] = {}
        found: dict[str, list[SigningKey]] = {}
        for role in roles or ROLES:
            needed = root.roles[role]
            here = sorted(needed.key_ids, key=lambda i: (i not in opened, self.place(_name(root, i)) is None, i))
            for key_id in here[: needed.threshold]:
                opened[key_id] = opened.get(key_id) or self.open(_name(root, key_id), root.keys[key_id])
            found[role] = [opened[key_id] for key_id in here[: needed.threshold]]
            if len(found[role]) < needed.threshold:
                raise CatalogSignatureError(
                    f"{needed.threshold} keys have to sign for {role}, and the root names {len(here)}",
                    hint="itmsctl package-key list",
                )
        return found

    def _loaded(self, name: str, text: bytes) -> SigningKey:
        from cryptography.hazmat.primitives.serialization import load_ssh_private_key

        try:
            return _signer(load_ssh_private_key(text, None))
        except TypeError:
            words = self.passphrase(name)
        except ValueError:
            raise InputError(f"key `{name}` cannot be read", hint=f"ssh-keygen -y -f {self.path(name)}") from None
        if words is None:
            raise InputError(
                f"key `{name}` has a passphrase, and nobody gave it",
                hint="--key-passphrase-file FILE, or at a terminal",
            )
        try:
            return _signer(load_ssh_private_key(text, words))
        except ValueError:
            raise InputError(f"this is not the passphrase of key `{name}`", hint="--key-passphrase-file FILE") from None

    def _seal(self, name: str, text: str) -> None:
        key = vaults.unlocked(self.store, self.ways)
        fields = {"kind": KIND, "description": "signs the catalogue of packages"}
        self.store.write(lambda unit: credential_shelf.add(unit, key, name, fields, Secret(text)))

    def _unsealed(self, name: str) -> bytes:
        try:
            key = vaults.unlocked(self.store, self.ways)
        except VaultMissingError:
            raise SigningKeyMissingError(f"the vault that held key `{name}` is gone") from None
        with self.store.read() as reader:
            vaults.still(reader, key)
            return credential_shelf.opened(reader, key, name).secret.text.encode("ascii", "replace")


def _name(root: RootRecord, key_id: str) -> str:
    note = root.notes.get(key_id)
    return note.name if note else key_id[:16]


def _signer(private: object) -> SigningKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if not isinstance(private, Ed25519PrivateKey):
        raise InputError("this is not a key of Ed25519", hint="ssh-keygen -t ed25519 -f FILE")
    return SigningKey(VerifyKey(private.public_key().public_bytes_raw()), private.sign)
