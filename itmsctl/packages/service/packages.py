"""PACKAGES: the shelf of packages. What is said of one makes its manifest, which the library keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.nature import AskedChange
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ConflictError, NotFoundError
from itmsctl.packages.kinds import AWAITED, IMPORTED, PACKAGE
from itmsctl.packages.manifest import PackageManifest, checked
from itmsctl.packages.programs import for_manifest, programs_of
from itmsctl.packages.rows import revisions
from itmsctl.packages.service.library import library_of
from itmsctl.values.naming import naming
from itmsctl.values.untrusted import shell_arg

_WRITTEN = ("detect", "programs")  # what an administrator says that is part of the manifest


class Packages(Shelf):
    """All packages. Former contents stand in `package_revision`."""

    def changing(self, unit: UnitOfWork, before: Doc, asked: AskedChange) -> Mapping[str, Any]:
        """Return the changes: another name, rule or program makes another manifest, which nobody approved yet."""
        changes = dict(asked.changes)
        if changes.get("programs"):
            changes["programs"] = programs_of(changes["programs"])
        if before.fields["manifest"] is None or "manifest" in changes:
            return changes
        said = {name: changes.get(name, before.fields[name]) or None for name in _WRITTEN}
        same = all(said[name] == (before.fields[name] or None) for name in _WRITTEN)
        name = before.name if asked.rename is None else self.name_of(asked.rename)
        if same and name == before.name:
            return changes
        former = library_of(unit).manifest(before.fields["manifest"])
        made = replace(former, name=name, detect=said["detect"], programs=for_manifest(said["programs"] or ()))
        return changes | self.content_of(unit, before, made)

    def clone(self, unit: UnitOfWork, name: str, new_name: str) -> Outcome:
        """Add a copy under another name, with the same files: a content of its own, which nobody approved yet.

        Raises NotFoundError, NameTakenError, PackageObjectMissingError, PackageHashError.
        """
        doc, stored = self.get(unit, name), self.name_of(new_name)
        if doc.fields["manifest"] is None:
            return super().clone(unit, name, new_name)
        manifest = replace(library_of(unit).manifest(doc.fields["manifest"]), name=stored)
        return self.add(unit, stored, doc.fields | self.content_of(unit, None, manifest))

    def content_of(self, unit: UnitOfWork, before: Doc | None, manifest: PackageManifest) -> dict[str, Any]:
        """Return the fields of a new content of a package; its manifest gets the next number and is kept."""
        numbered = checked(replace(manifest, revision=next_number(unit, before)))
        if not unit.dry_run:
            with library_of(unit).adding() as library:
                library.add_manifest(numbered)
        content = {"content_revision": numbered.revision, "manifest": numbered.digest, "content_at": unit.now}
        return content | {"state": IMPORTED, "sources": []}

    def restore(self, unit: UnitOfWork, guid: str, name: str, fields: Mapping[str, Any]) -> Outcome | None:
        """Make a package what a document says; one whose content is not in the library awaits it. Raises as a shelf."""
        digest = fields.get("manifest")
        if digest and not library_of(unit).has_manifest(digest):
            fields = {**fields, "state": AWAITED}
        elif digest and fields.get("state") in {None, AWAITED}:
            fields = {**fields, "state": IMPORTED}
        return super().restore(unit, guid, name, fields)

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the fields, programs in their one form. Raises FieldError, ExpressionError for the rule."""
        found = dict(fields)
        if found.get("programs"):
            found["programs"] = programs_of(found["programs"])
        if found.get("detect"):
            from itmsctl.packages.detection.reading import parse

            with naming("detect"):
                parse(found["detect"])
        return found

    def write_extra(self, unit: UnitOfWork, before: Doc | None, doc: Doc) -> None:
        """Keep a new content among the revisions."""
        if doc.fields["manifest"] is None or (before and before.fields["manifest"] == doc.fields["manifest"]):
            return
        number = doc.fields["content_revision"]
        mine = sa.and_(revisions.c.package_id == doc.id, revisions.c.number == number)
        unit.connection.execute(sa.delete(revisions).where(mine))
        unit.connection.execute(
            sa.insert(revisions).values(
                package_id=doc.id,
                number=number,
                manifest=doc.fields["manifest"],
                version=doc.fields["version"],
                size_bytes=doc.fields["size_bytes"] or 0,
                imported_at=unit.now,
            )
        )

    def before_remove(self, unit: UnitOfWork, doc: Doc) -> None:
        """Forget its contents; the library gives their files up when it is swept, and so do package servers."""
        from itmsctl.packages.service.stale_copies import note_removed

        note_removed(unit, doc.id, doc.name)
        unit.connection.execute(sa.delete(revisions).where(revisions.c.package_id == doc.id))


def next_number(reader: Reader, doc: Doc | None) -> int:
    """Return the number of the next content of a package."""
    if doc is None:
        return 1
    found = reader.scalar(sa.select(sa.func.max(revisions.c.number)).where(revisions.c.package_id == doc.id))
    return int(found or 0) + 1


def revisions_of(reader: Reader, package_id: int) -> Sequence[sa.Row[Any]]:
    """Return the contents of a package that are kept, the last first."""
    mine = sa.select(revisions).where(revisions.c.package_id == package_id)
    return reader.rows(mine.order_by(revisions.c.number.desc()))


def remove_revisions(unit: UnitOfWork, name: str, numbers: Sequence[int]) -> int:
    """Remove former contents of a package, and return how many they were.

    Raises NotFoundError for one that is not kept, ConflictError for the present one.
    """
    doc = PACKAGES.get(unit, name)
    kept = {row.number for row in revisions_of(unit, doc.id)}
    for number in numbers:
        if number not in kept:
            hint = f"itmsctl package revisions {shell_arg(doc.name)}"
            raise NotFoundError(f"package `{doc.name}` keeps no revision {number}", hint=hint)
        if number == doc.fields["content_revision"]:
            hint = f"itmsctl package remove {shell_arg(doc.name)}"
            raise ConflictError(f"revision {number} is the present one of package `{doc.name}`", hint=hint)
    mine = sa.and_(revisions.c.package_id == doc.id, revisions.c.number.in_(numbers))
    gone = unit.connection.execute(sa.delete(revisions).where(mine)).rowcount
    unit.note("package", revisions_removed=gone)
    return gone


def manifest_of(reader: Reader, name: str, number: int | None = None) -> PackageManifest:
    """Return the manifest of a package: of its present content, or of a former one.

    Raises NotFoundError, PackageObjectMissingError, PackageHashError.
    """
    doc = PACKAGES.get(reader, name)
    digest = doc.fields["manifest"]
    if number is not None:
        digest = next((row.manifest for row in revisions_of(reader, doc.id) if row.number == number), None)
    if digest is None:
        raise NotFoundError(
            f"package `{doc.name}` has no content" + ("" if number is None else f" of revision {number}"),
            hint=f"itmsctl package import FILE --name {shell_arg(doc.name)}",
        )
    return library_of(reader).manifest(digest)


PACKAGES = Packages(PACKAGE)
