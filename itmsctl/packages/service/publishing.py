"""Publication: packages enter the signed catalogue, or leave it.

The database says who published what; then the files are signed and written, the last of which makes them count; then
the mark. Where that is cut off, the same command goes on: what is in the database and not in the catalogue yet is
refused by the gate until then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from itmsctl.cmdb import facts
from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.several import named
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.documents.files import replacing
from itmsctl.errors import IntegrityError, RevisionMovedError
from itmsctl.packages.kinds import APPROVED, PUBLISHED
from itmsctl.packages.rows import packages, revisions
from itmsctl.packages.service.library import library_of
from itmsctl.packages.service.packages import PACKAGES
from itmsctl.packages.service.signing import SigningDesk
from itmsctl.packages.service.steps import TakenSteps, publishable, refuse_empty
from itmsctl.packages.service.trusted import ANCHOR, anchor, ground_of, is_founded
from itmsctl.packages.trust import sshsig
from itmsctl.packages.trust.following import MAX_ROOT, Believed, TrustedState, first_root
from itmsctl.packages.trust.issuing import Files, Lives, founded, with_entries
from itmsctl.packages.trust.keys import SigningKey
from itmsctl.packages.trust.metadata import CATALOGUE, OFF, ROOT, SNAPSHOT, TIMESTAMP, CatalogueEntry, KeyNote, place
from itmsctl.values.times import to_second

FIRST_KEY = "packages"
SIGNING = (CATALOGUE, SNAPSHOT, TIMESTAMP)
LIVES = Lives()


@dataclass(frozen=True, slots=True)
class FoundedCatalogue:
    """A catalogue that was made, and the key that signs it."""

    name: str
    fingerprint: str
    where: str
    path: str


@dataclass(frozen=True, slots=True)
class ToPublish:
    """Packages that may be published now, as they were looked at, and who took their steps."""

    docs: tuple[Doc, ...]
    steps: Mapping[str, TakenSteps]
    before: Believed | None

    def left(self) -> list[Doc]:
        """Return those that the catalogue does not name yet."""
        return [doc for doc in self.docs if not _is_named(self.before, doc)]


def found(
    desk: SigningDesk, name: str = FIRST_KEY, where: str | None = None, passphrase: bytes | None = None
) -> FoundedCatalogue | None:
    """Make the catalogue and the key that signs it, where there is none yet; return it, or None. Raises as a desk does.

    A key of that name that is here, and signs nothing yet, is taken: it is left from when this was cut off.
    """
    with desk.store.read() as reader:
        if is_founded(reader):
            return None
        now, ground = reader.now, ground_of(reader)
    chosen = desk.place(name) or where or desk.usual_place()
    key = desk.open(name) if desk.place(name) else desk.make(name, chosen, passphrase)
    with ground.marks.held():
        root = ground.files.source(f"1.{ROOT}.json", MAX_ROOT)
        if root is None or not _is_ours(root, key):  # else it is left from one that was cut off, or that is quicker
            made = founded(key, KeyNote(name, desk.actor, to_second(now)), now, LIVES)
            ground.files.put(made)
            root = made[0][1]
    if not desk.store.write(lambda unit: _note_founded(unit, root)):
        return None
    with ground.marks.held():
        if ground.marks.state() is None:
            ground.marks.keep(TrustedState(root))
    return FoundedCatalogue(name, sshsig.fingerprint(key.public), chosen, str(desk.path(name)))


def begin_again(desk: SigningDesk) -> Path | None:
    """Forget the catalogue, for who lost its keys of role root: packages have to be published again.

    Return where its files are kept. Raises StorageError.
    """
    desk.store.write(_note_begun_again)
    with desk.store.read() as reader:
        ground = ground_of(reader)
    with ground.marks.held():
        ground.marks.forget()
        return ground.files.set_aside()


def may_publish(reader: Reader, names: Sequence[str], actor: str) -> ToPublish:
    """Return packages that may be published by somebody now.

    Raises NotFoundError, InputError, NotApprovedError, ApprovalStaleError, SecondApproverError, and as `followed`.
    """
    before = looked(reader)
    approval = before.root.approval if before else OFF
    docs = named(reader, PACKAGES, names)
    for doc in docs:
        refuse_empty(doc)
    left = [doc for doc in docs if not _is_named(before, doc)]
    return ToPublish(tuple(docs), {doc.guid: publishable(reader, doc, actor, approval) for doc in left}, before)


def publish(desk: SigningDesk, asked: ToPublish, *, dry_run: bool = False) -> list[Outcome]:
    """Publish packages as they were looked at: all or none. There has to be a catalogue. Raises as a desk does."""
    left = asked.left()
    if left and not dry_run:
        with desk.store.read() as reader:
            believed, library = looked(reader), library_of(reader)
        assert believed is not None
        signers = desk.signers(believed.root, *SIGNING)
        entries = {}
        for doc in left:
            manifest = library.manifest(doc.fields["manifest"])
            data = manifest.canonical()
            said = asked.steps[doc.guid].as_dict(desk.actor)
            entries[_place(doc)] = CatalogueEntry(len(data), manifest.digest, manifest.version, said)
            write_signature(library.manifest_path(manifest.digest), data, signers[CATALOGUE][0])
        desk.store.write(lambda unit: _note_published(unit, left))
        with desk.store.read() as reader:
            kept = standing(reader)
        with going_on(desk) as (current, put, at):
            gone = dict.fromkeys(set(current.catalogue.entries) - kept)
            put(with_entries(current, {**gone, **entries}, signers, at, LIVES))
    guids = {doc.guid for doc in left}
    with desk.store.read() as reader:
        now = [PACKAGES.get(reader, doc.guid) for doc in asked.docs]
    return [Outcome("published" if doc.guid in guids else "unchanged", doc, doc) for doc in now]


def standing(reader: Reader) -> set[str]:
    """Return the places in the catalogue of all contents that the CMDB still has; others leave it by and by."""
    statement = sa.select(packages.c.name, revisions.c.number).join_from(
        packages, revisions, revisions.c.package_id == packages.c.id
    )
    return {place(name, number) for name, number in reader.connection.execute(statement)}


def withdraw(desk: SigningDesk, names: Sequence[str], *, dry_run: bool = False) -> list[Outcome]:
    """Take all revisions of packages out of the catalogue. Raises NotFoundError, and as a desk does."""
    with desk.store.read() as reader:
        docs, before = named(reader, PACKAGES, names), looked(reader)
    there = {key.rpartition("/")[0] for key in (before.catalogue.entries if before else ())}
    left = [doc for doc in docs if doc.name in there]
    if left and before and not dry_run:
        signers = desk.signers(before.root, *SIGNING)
        names_left = {doc.name for doc in left}
        desk.store.write(lambda unit: _note_withdrawn(unit, left))
        with going_on(desk) as (current, put, at):
            gone = [key for key in current.catalogue.entries if key.rpartition("/")[0] in names_left]
            put(with_entries(current, dict.fromkeys(gone), signers, at, LIVES))
    return [Outcome("withdrawn" if doc in left else "unchanged", doc, doc) for doc in docs]


@contextmanager
def going_on(
    desk: SigningDesk, *, stale: bool = False
) -> Iterator[tuple[Believed, Callable[[Files], Believed], datetime]]:
    """Yield what is believed, and a function that writes files and believes them: a publisher is a reader too.

    Nobody else publishes meanwhile, and nothing is asked of the database. Raises as `followed` does; `stale` as
    `follow` takes it.
    """
    with desk.store.read() as reader:
        ground, now = ground_of(reader), reader.now

    def put(made: Files) -> Believed:
        ground.files.put(made)
        believed = ground.follow(now, stale=stale)
        ground.files.sweep(believed.catalogue.version)
        return believed

    with ground.marks.held():
        yield ground.follow(now, stale=stale), put, now


def looked(reader: Reader, *, stale: bool = False) -> Believed | None:
    """Return what is believed now; None where there is no catalogue. Raises as `followed` does."""
    if not is_founded(reader):
        return None
    ground = ground_of(reader)
    with ground.marks.held():
        return ground.follow(reader.now, stale=stale)


def write_signature(manifest: Path, data: bytes, key: SigningKey) -> None:
    """Write the signature of a manifest beside it, for `ssh-keygen -Y verify`. Raises StorageError."""
    with replacing(manifest.with_name(manifest.name + ".sig"), 0o644) as stream:
        stream.write(sshsig.signature(key, data).encode("ascii"))


def _place(doc: Doc) -> str:
    return place(doc.name, doc.fields["content_revision"])


def _is_named(before: Believed | None, doc: Doc) -> bool:
    entry = before.catalogue.entries.get(_place(doc)) if before else None
    return entry is not None and entry.sha256 == doc.fields["manifest"] and doc.fields["state"] == PUBLISHED


def _is_ours(root: bytes, key: SigningKey) -> bool:
    try:
        return set(first_root(root).keys) == {key.public.id}
    except IntegrityError:
        return False


def _note_founded(unit: UnitOfWork, root: bytes) -> bool:
    """Let the database name the root; return whether it named none before."""
    if facts.fact(unit, ANCHOR):
        return False
    facts.note_fact(unit, ANCHOR, anchor(1, root))
    unit.note("package_catalogue", founded=1)
    return True


def _note_begun_again(unit: UnitOfWork) -> None:
    facts.note_fact(unit, ANCHOR, "")
    published = [doc for doc in PACKAGES.list(unit) if doc.fields["state"] == PUBLISHED]
    for doc in published:
        PACKAGES.set(unit, doc.guid, {"state": APPROVED})
    unit.note("package_catalogue", forgotten=1, withdrawn=len(published))


def _note_published(unit: UnitOfWork, seen: Sequence[Doc]) -> None:
    for doc in seen:
        now = PACKAGES.get(unit, doc.guid)
        if now.fields["manifest"] != doc.fields["manifest"]:
            raise RevisionMovedError(
                f"somebody changed package `{doc.name}` meanwhile; nothing was published", hint="look at it again"
            )
        PACKAGES.set(unit, doc.guid, {"state": PUBLISHED})
    unit.note("package_catalogue", published=len(seen))


def _note_withdrawn(unit: UnitOfWork, seen: Sequence[Doc]) -> None:
    for doc in seen:
        if PACKAGES.get(unit, doc.guid).fields["state"] == PUBLISHED:
            PACKAGES.set(unit, doc.guid, {"state": APPROVED})
    unit.note("package_catalogue", withdrawn=len(seen))
