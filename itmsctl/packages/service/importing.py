"""Packages that come in: a file or a folder is taken into the library, and the package refers to it."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.documents.faults import reading
from itmsctl.errors import InputError, NotFoundError
from itmsctl.packages.facts import ReadFacts
from itmsctl.packages.manifest import MOST_FILES, PackageFile, PackageManifest, checked
from itmsctl.packages.paths import check_apart, check_path
from itmsctl.packages.programs import for_manifest
from itmsctl.packages.proposing import proposed_programs, proposed_rule
from itmsctl.packages.rows import revisions
from itmsctl.packages.service.library import Library, library_of, measured
from itmsctl.packages.service.packages import PACKAGES
from itmsctl.packages.service.readers import read_facts
from itmsctl.packages.service.readers.by_name import by_name
from itmsctl.values.untrusted import shell_arg

_EXECUTABLE = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH


@dataclass(frozen=True, kw_only=True)
class AskedImport:
    """What is to come in, and what is said of it."""

    path: Path
    name: str | None = None
    version: str | None = None
    detect: str | None = None
    description: str | None = None
    unread: bool = False  # what the file says of itself is not asked: only its name


@dataclass(frozen=True)
class TakenIn:
    """What came in: files that the library holds, what they say of themselves, and what follows from that."""

    facts: ReadFacts
    files: tuple[PackageFile, ...]
    detect: str | None = None
    programs: Sequence[Mapping[str, Any]] = ()


@contextmanager
def taking_in(store: Store, asked: AskedImport, *, dry_run: bool = False) -> Iterator[TakenIn]:
    """Yield what came in; its files stay in the library while the block lasts, for `stored` to refer to them.

    A dry run reads all of it, and takes nothing in. Raises NotFoundError, InputError, StorageError.
    """
    files = _found(asked.path)
    library = Library(store.library, store.identity.server_guid)
    facts, at = _facts(asked, files)
    detect, programs = proposed_rule(facts), proposed_programs(facts, at) if at else []
    if dry_run:
        yield TakenIn(facts, tuple(_file(measured, at, path) for at, path in files), detect, programs)
        return
    with library.adding():
        yield TakenIn(facts, tuple(_file(library.add, at, path) for at, path in files), detect, programs)


def _facts(asked: AskedImport, files: Sequence[tuple[str, Path]]) -> tuple[ReadFacts, str]:
    """Return what the file says of itself, and its path in the package; of a folder the one installer on its top."""
    if not asked.path.is_dir():
        return _read(files[0][1], unread=asked.unread), files[0][0]
    found = [(at, path) for at, path in files if "/" not in at and not asked.unread and _is_installer(path)]
    own = by_name("folder", asked.path.resolve().name).bounded()
    if len(found) != 1:
        return own, ""
    facts = _read(found[0][1], unread=False)
    return facts, found[0][0]


def _is_installer(path: Path) -> bool:
    suffix = path.suffix.lower().removeprefix(".")
    return suffix in {"deb", "rpm", "msi", "exe", "pkg", "apk", "snap"}


def _read(path: Path, *, unread: bool) -> ReadFacts:
    if unread:
        return by_name("file", path.name).bounded()
    with reading(str(path)), path.open("rb") as stream:
        return read_facts(stream, path.name)


def stored(unit: UnitOfWork, taken: TakenIn, asked: AskedImport) -> Outcome:
    """Add a package with what came in, or give one that is there its next content; the same again is `unchanged`.

    Rules and programs that somebody changed stay; those that a former import proposed give way to the new ones.
    Raises InputError for a name that cannot be one, and as a shelf does.
    """
    name = _name(taken, asked)
    before = PACKAGES.find(unit, name)
    said = _said(unit, before, taken, asked)
    manifest = checked(
        PackageManifest(
            before.name if before else name,
            said["version"],
            (before and before.fields["content_revision"]) or 1,
            taken.files,
            for_manifest(said["programs"]),
            said["detect"],
        )
    )
    said |= {"size_bytes": manifest.size}
    if before is not None and before.fields["manifest"] == manifest.digest:
        if not unit.dry_run:
            library_of(unit).add_manifest(manifest)  # where it was lost
        return PACKAGES.set(unit, name, said)
    said |= PACKAGES.content_of(unit, before, manifest)
    outcome = PACKAGES.set(unit, name, said) if before else PACKAGES.add(unit, name, said)
    _note_proposals(unit, outcome.doc, taken)
    return outcome


def _name(taken: TakenIn, asked: AskedImport) -> str:
    try:
        return PACKAGES.name_of(asked.name or taken.facts.name)
    except InputError as error:
        error.hint = error.hint or "--name NAME says it otherwise than the file"
        raise


def _said(unit: UnitOfWork, before: Doc | None, taken: TakenIn, asked: AskedImport) -> dict[str, Any]:
    facts = taken.facts
    version = asked.version or facts.version
    if not version and before is not None:
        version = before.fields["version"]
    said: dict[str, Any] = {
        "version": version or "1",
        "format": facts.format,
        "architecture": facts.architecture or None,
        "vendor": facts.vendor or None,
        "product_code": facts.product_code or None,
        "depends": list(facts.depends),
        "detect": taken.detect,
        "programs": [dict(one) for one in taken.programs],
    }
    if before is not None:
        said |= _kept(unit, before, said)
    if asked.detect is not None:
        said["detect"] = asked.detect
    description = asked.description or (None if before and before.fields["description"] else facts.description)
    return said | ({"description": description} if description else {})


def _kept(unit: UnitOfWork, before: Doc, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rule and the programs of a package that stay: those that no import proposed."""
    mine = sa.and_(revisions.c.package_id == before.id, revisions.c.proposed.is_not(None))
    last = sa.select(revisions.c.proposed).where(mine).order_by(revisions.c.number.desc()).limit(1)
    former = unit.scalar(last) or {}
    own = before.fields["detect"]
    detect = said["detect"] if own in (None, former.get("detect")) else own
    proposed = {one["name"]: one for one in former.get("programs", ())}
    changed = {one["name"]: one for one in before.fields["programs"] if one != proposed.get(one["name"])}
    fresh = [changed.pop(one["name"], one) for one in said["programs"]]
    return {"detect": detect, "programs": [*fresh, *changed.values()]}


def _note_proposals(unit: UnitOfWork, doc: Doc, taken: TakenIn) -> None:
    proposed = {"detect": taken.detect, "programs": [dict(one) for one in taken.programs]}
    mine = sa.and_(revisions.c.package_id == doc.id, revisions.c.number == doc.fields["content_revision"])
    unit.connection.execute(sa.update(revisions).where(mine).values(proposed=proposed))


# --- files ------------------------------------------------------------------------------------------------------------


def _found(root: Path) -> list[tuple[str, Path]]:
    """Return the files of a package with their paths in it, in order.

    Raises NotFoundError, InputError for a link and for what is not a file.
    """
    try:
        mode = root.stat().st_mode
    except FileNotFoundError:
        raise NotFoundError(f"there is no file or folder {root}") from None
    except OSError as error:
        raise InputError(f"{root} cannot be read", why=error.strerror or str(error)) from error
    if stat.S_ISREG(mode):
        return [(check_path(unicodedata.normalize("NFC", root.name)), root)]
    if not stat.S_ISDIR(mode):
        raise InputError(f"{root} is neither a file nor a folder")
    found = sorted(_walked(root, root))
    if not found:
        raise InputError(f"{root} holds no file")
    check_apart(path for path, _ in found)
    return found


def _walked(root: Path, folder: Path, count: int = 0) -> Iterator[tuple[str, Path]]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise InputError(f"{folder} cannot be read", why=error.strerror or str(error)) from error
    for entry in entries:
        path = Path(entry.path)
        if entry.is_symlink():
            raise InputError(
                f"{path} is a link", why="a package holds files only", hint=f"cp -rL {shell_arg(str(root))} COPY"
            )
        if entry.is_dir():
            yield from _walked(root, path, count)
        elif entry.is_file():
            count += 1
            if count > MOST_FILES:
                raise InputError(f"{root} holds more than {MOST_FILES} files")
            yield check_path(unicodedata.normalize("NFC", path.relative_to(root).as_posix())), path
        else:
            raise InputError(f"{path} is neither a file nor a folder")


def _file(take: Any, at: str, path: Path) -> PackageFile:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise InputError(f"{path} cannot be read", why=error.strerror or str(error)) from error
    held = take(path)
    return PackageFile(at, held.size, held.sha256, 0o755 if mode & _EXECUTABLE else 0o644, held.pieces)
