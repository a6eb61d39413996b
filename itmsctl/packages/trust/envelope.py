"""A signed file: what is signed, and the signatures, which count only where the root names their keys for the role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from itmsctl.errors import CatalogSignatureError
from itmsctl.packages.trust.keys import SigningKey
from itmsctl.packages.trust.metadata import MAX_KEYS, Record, RootRecord, record_of, signed_form
from itmsctl.packages.trust.written import as_object, as_text, canonical, damaged, read


@dataclass(frozen=True, slots=True)
class SignedFile:
    """A file of metadata, read and not yet believed."""

    role: str
    what: str
    signed: Mapping[str, Any]
    signatures: Mapping[str, bytes]

    def record(self) -> Record:
        """Return what it says. Raises CatalogDamagedError."""
        return record_of(self.role, self.signed, self.what)

    def signers(self, root: RootRecord) -> frozenset[str]:
        """Return the ids of the keys that the root names for its role, and that did sign it."""
        data = canonical(self.signed)
        ids = root.roles[self.role].key_ids
        return frozenset(i for i in ids & set(self.signatures) if root.keys[i].signed(data, self.signatures[i]))


def opened(data: bytes, role: str, what: str) -> SignedFile:
    """Read a signed file. Raises CatalogDamagedError."""
    value = read(data, what)
    listed = value.get("signatures")
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise damaged(what, f"it has to have a list of at most {MAX_KEYS} signatures")
    signatures: dict[str, bytes] = {}
    for one in listed:
        key_id, signature = _signature(as_object(one, what), what)
        if key_id in signatures:
            raise damaged(what, "two signatures of one key")
        signatures[key_id] = signature
    return SignedFile(role, what, as_object(value.get("signed"), what), signatures)


def believed(file: SignedFile, root: RootRecord) -> Record:
    """Return what a file says, if enough of the keys of its role signed it.

    Raises CatalogSignatureError, CatalogDamagedError.
    """
    needed, found = root.roles[file.role].threshold, len(file.signers(root))
    if found < needed:
        raise CatalogSignatureError(
            f"{file.what} of the catalogue of packages is signed by {found} of the {needed} keys that it needs",
            why=f"root {root.version} says which keys sign for {file.role}; what other keys say counts nothing",
            hint="itmsctl package-key list; itmsctl package-catalogue show",
            details={"file": file.what, "found": found, "needed": needed, "root": root.version},
        )
    return file.record()


def sealed(record: Record, signers: Iterable[SigningKey], kept: Mapping[str, bytes] | None = None) -> bytes:
    """Return the bytes of a signed file; `kept` are signatures that others gave to the same record before."""
    signed = signed_form(record)
    data = canonical(signed)
    signatures = dict(kept or {}) | {one.public.id: one.sign(data) for one in signers}
    listed = [{"keyid": key_id, "sig": signatures[key_id].hex()} for key_id in sorted(signatures)]
    return canonical({"signatures": listed, "signed": signed})


def _signature(one: Mapping[str, Any], what: str) -> tuple[str, bytes]:
    key_id, text = as_text(one.get("keyid"), what), as_text(one.get("sig"), what)
    try:
        return key_id, bytes.fromhex(text)
    except ValueError:
        raise damaged(what, "a signature that is not hex") from None
