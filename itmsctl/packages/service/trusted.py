"""The gate before a package is sent or run: its manifest is what the signed catalogue names, or nothing goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from itmsctl.cmdb import facts
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader
from itmsctl.errors import (
    CatalogMissingError,
    CatalogSignatureError,
    ManifestNotInCatalogError,
    NotPublishedError,
)
from itmsctl.packages.kinds import AWAITED, PUBLISHED
from itmsctl.packages.manifest import PackageManifest
from itmsctl.packages.service.catalogue_files import CatalogueFiles, catalogue_of
from itmsctl.packages.service.library import library_of
from itmsctl.packages.service.packages import PACKAGES
from itmsctl.packages.service.trust_marks import TrustMarks
from itmsctl.packages.trust.following import MAX_ROOT, Believed, TrustedState, follow
from itmsctl.packages.trust.metadata import ROOT, CatalogueEntry, place
from itmsctl.packages.trust.written import sha256
from itmsctl.values.untrusted import shell_arg

ANCHOR = "package_root"  # the fact of the database: number and digest of the root that newcomers begin with


class TrustGate:
    """What may be sent, of any number of packages: the catalogue is followed once, when it is first asked."""

    def __init__(self, reader: Reader, now: datetime) -> None:
        self.reader, self.now = reader, now
        self._entries: Mapping[str, CatalogueEntry] | None = None

    def manifest(self, package: str | Doc, digest: str | None = None) -> PackageManifest:
        """Return the manifest of a package as the signed catalogue names it: what it holds may be sent and run.

        It is that of its present content, or of a former one by its digest, where that is still published.

        Raises NotFoundError, NotPublishedError, ManifestNotInCatalogError, PackageHashError, PackageObjectMissingError,
        and as `followed` does.
        """
        doc = PACKAGES.get(self.reader, package) if isinstance(package, str) else package
        present = doc.fields["manifest"]
        asked = digest or present
        awaited = asked == present and doc.fields["state"] == AWAITED
        if asked is None or awaited or not (self._entries is not None or is_founded(self.reader)):
            raise _unpublished(doc)
        if self._entries is None:
            self._entries = followed(self.reader, self.now).catalogue.entries
        manifest = library_of(self.reader).manifest(asked)
        entry = self._entries.get(place(doc.name, manifest.revision))
        if entry is None and asked == present and doc.fields["state"] != PUBLISHED:
            raise _unpublished(doc)
        same = asked != present or manifest.revision == doc.fields["content_revision"]
        if entry is None or entry.sha256 != asked or manifest.name != doc.name or not same:
            raise _not_in_catalogue(doc, manifest.revision, asked, entry)
        return manifest


def checked_manifest(reader: Reader, package: str | Doc, now: datetime, digest: str | None = None) -> PackageManifest:
    """Return what `TrustGate.manifest` does, of one package."""
    return TrustGate(reader, now).manifest(package, digest)


def followed(reader: Reader, now: datetime) -> Believed:
    """Return what can be believed of the catalogue, and remember how far it has come.

    Raises ClockBehindError, CatalogMissingError, CatalogDamagedError, CatalogSignatureError, CatalogRollbackError,
    CatalogVersionJumpError, CatalogExpiredError, CatalogMismatchError, StateDirUnsafeError, StorageError.
    """
    ground = ground_of(reader)
    with ground.marks.held():
        return ground.follow(now)


@dataclass(frozen=True, slots=True)
class TrustGround:
    """What a catalogue is followed from. Whoever holds the marks asks no database any more.

    A reader of SQLite makes writers wait: one that waited for the marks, while their holder waits to write, would
    hold up both.
    """

    marks: TrustMarks
    files: CatalogueFiles
    said: str | None  # the root that the database names

    def follow(self, now: datetime, *, stale: bool = False) -> Believed:
        """Do what `followed` does for who holds the marks; `stale` as `follow` takes it."""
        believed = follow(self.marks.state() or _anchored(self.said, self.files), self.files.source, now, stale=stale)
        self.marks.keep(believed.state)
        return believed


def ground_of(reader: Reader) -> TrustGround:
    """Return what the catalogue of the CMDB that is read is followed from."""
    return TrustGround(marks_of(reader), catalogue_of(reader), facts.fact(reader, ANCHOR))


def marks_of(reader: Reader) -> TrustMarks:
    """Return what this user trusts of the catalogue of the CMDB that is read."""
    return TrustMarks(reader.marks, reader.server_guid)


def is_founded(reader: Reader) -> bool:
    """Return whether there is a signed catalogue, as far as the database or the marks know."""
    return bool(facts.fact(reader, ANCHOR)) or marks_of(reader).state() is not None


def anchor(version: int, root: bytes) -> str:
    """Return the fact that newcomers begin with."""
    return f"{version} {sha256(root)}"


def _anchored(said: str | None, files: CatalogueFiles) -> TrustedState:
    """Return what is trusted by who never looked: the root that the database names, which is no secret but audited."""
    version, _, digest = (said or "").partition(" ")
    name = f"{version}.{ROOT}.json"
    data = files.source(name, MAX_ROOT) if version.isdecimal() and len(version) < 20 else None
    if data is None:
        raise CatalogMissingError(
            f"{name} of the catalogue of packages is not there" if said else "there is no catalogue of packages",
            why=f"{files.folder} is where it should stand",
            hint="put the files back from a backup; itmsctl package-catalogue show",
            details={"file": name},
        )
    if sha256(data) != digest:
        raise CatalogSignatureError(
            f"{name} of the catalogue of packages is not the one that the database names",
            why=f"want {digest[:16]}.., got {sha256(data)[:16]}..",
            hint="itmsctl audit verify; put the files back from a backup",
            details={"file": name, "want": digest, "got": sha256(data)},
        )
    return TrustedState(data)


def _unpublished(doc: Doc) -> NotPublishedError:
    if doc.fields["state"] == AWAITED:
        return NotPublishedError(
            f"the content of package `{doc.name}` is not here yet; nothing was sent",
            why="it comes from package servers of the parent: ticks take it, and try again after 3, 6, 12 ... minutes",
            hint=f"itmsctl package fetch {shell_arg(doc.name)}",
            details={"package": doc.name, "state": AWAITED},
        )
    return NotPublishedError(
        f"package `{doc.name}` is not published; nothing was sent",
        why=f"it is {doc.fields['state'] or 'without content'}: the signed catalogue does not name "
        f"revision {doc.fields['content_revision'] or 0}",
        hint=f"itmsctl package publish {shell_arg(doc.name)}",
        details={"package": doc.name, "state": doc.fields["state"]},
    )


def _not_in_catalogue(doc: Doc, number: int, digest: str, entry: CatalogueEntry | None) -> ManifestNotInCatalogError:
    other = "names no such revision" if entry is None else f"names {entry.sha256[:16]}.."
    return ManifestNotInCatalogError(
        f"package `{doc.name}` is not what the signed catalogue says of it; nothing was sent",
        why=f"its revision {number} is {digest[:16]}.., and the catalogue {other}",
        hint=f"itmsctl audit verify; if all is right: itmsctl package publish {shell_arg(doc.name)}",
        details={"package": doc.name, "revision": number, "manifest": digest, "catalogue": entry and entry.sha256},
    )
