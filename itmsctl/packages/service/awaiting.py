"""Packages of another server whose content is still to come: what was told of them, and what became of taking it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.several import named
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ItmsError, StorageError
from itmsctl.packages.copies import retry_wait
from itmsctl.packages.kinds import AWAITED, IMPORTED
from itmsctl.packages.rows import awaited_packages, packages, revisions
from itmsctl.packages.service.contents import WEB, ContentTaking, TimeIsUpError
from itmsctl.packages.service.library import library_of
from itmsctl.packages.service.packages import PACKAGES
from itmsctl.packages.service.sources import LONGEST, MOST
from itmsctl.values.findings import Finding, Severity
from itmsctl.values.untrusted import shell_arg

FETCHED, FAILED, LATER, THERE = "fetched", "failed", "goes on later", "unchanged"
_MESSAGE = 500
_NAMED = 10


@dataclass(frozen=True, slots=True)
class AwaitedContent:
    """A package whose content is to come, and where it may be had."""

    doc: Doc
    sources: tuple[str, ...]
    failures: int = 0

    @property
    def digest(self) -> str:
        """Return the digest of its manifest."""
        return str(self.doc.fields["manifest"])


@dataclass(frozen=True, slots=True)
class ContentNews:
    """What became of taking the content of one package."""

    package: str
    state: str
    taken_bytes: int = 0
    source: str = ""
    message: str = ""
    exit_status: int = field(default=0)

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        return {"package": self.package, "state": self.state, "taken_bytes": self.taken_bytes,
                "source": self.source or None, "message": self.message}  # fmt: skip


# --- what was told ----------------------------------------------------------------------------------------------------


def announced(unit: UnitOfWork, doc: Doc, told: Mapping[str, Any], changed: datetime) -> None:
    """Keep what another server told of the content of a package that came from it (hook `Replication.arrives`)."""
    digest = doc.fields["manifest"]
    if digest is None:
        return
    said = told.get("sources")
    sources = [one for one in said if _is_place(one)][:MOST] if isinstance(said, list) else []
    before = unit.connection.execute(_of(doc.id)).first()
    ready = changed if sources else None
    values: dict[str, Any] = {"sources": sources, "failures": 0, "next_at": None}
    if before is None or before.manifest != digest:
        unit.connection.execute(sa.delete(awaited_packages).where(awaited_packages.c.package_id == doc.id))
        here = doc.fields["state"] != AWAITED
        values |= {"package_id": doc.id, "manifest": digest, "ready_at": ready, "announced_at": unit.now,
                   "taken_bytes": 0, "taken_at": unit.now if here else None}  # fmt: skip
        unit.connection.execute(sa.insert(awaited_packages).values(**values))
        _forget_lost(unit, doc)
    else:
        values |= {"ready_at": before.ready_at or ready}
        mine = awaited_packages.c.package_id == doc.id
        unit.connection.execute(sa.update(awaited_packages).where(mine).values(**values))
    unit.note("package", announced=1)


def _is_place(text: Any) -> bool:
    return isinstance(text, str) and len(text) <= LONGEST and text.isprintable() and text.startswith(WEB)


def _forget_lost(unit: UnitOfWork, doc: Doc) -> None:
    """Forget former contents that never came: nobody will hand them out any more."""
    library = library_of(unit)
    rows = unit.rows(sa.select(revisions.c.number, revisions.c.manifest).where(revisions.c.package_id == doc.id))
    lost = [row.number for row in rows if row.manifest != doc.fields["manifest"]]
    lost = [number for number in lost if not library.has_manifest(_manifest(unit, doc.id, number))]
    mine = sa.and_(revisions.c.package_id == doc.id, revisions.c.number.in_(lost))
    unit.connection.execute(sa.delete(revisions).where(mine))


def _manifest(reader: Reader, package: int, number: int) -> str:
    mine = sa.and_(revisions.c.package_id == package, revisions.c.number == number)
    return str(reader.scalar(sa.select(revisions.c.manifest).where(mine)))


def _of(package: int) -> sa.Select[Any]:
    return sa.select(awaited_packages).where(awaited_packages.c.package_id == package)


def told_of(reader: Reader, doc: Doc) -> Any:
    """Return what was told of the content that a package has now, as a row; None of one that was imported here."""
    row = reader.connection.execute(_of(doc.id)).first()
    return row if row is not None and row.manifest == doc.fields["manifest"] else None


# --- what is to come --------------------------------------------------------------------------------------------------


def awaited(reader: Reader, names: Sequence[str] = (), *, due: bool = False) -> list[AwaitedContent]:
    """Return the packages of these names, or all, whose content is to come; `due` leaves out those that wait.

    Raises NotFoundError.
    """
    docs = named(reader, PACKAGES, names) if names else PACKAGES.list(reader, where=packages.c.state == AWAITED)
    rows = {row.package_id: row for row in reader.rows(sa.select(awaited_packages))}
    found = []
    for doc in docs:
        row = rows.get(doc.id)
        if doc.fields["state"] != AWAITED or (due and not _is_due(reader, row)):
            continue
        sources = tuple(row.sources or ()) if row is not None else ()
        found.append(AwaitedContent(doc, sources, row.failures if row is not None else 0))
    return found


def _is_due(reader: Reader, row: Any) -> bool:
    return row is not None and bool(row.sources) and (row.next_at is None or row.next_at <= reader.now)


def take(one: AwaitedContent, taking: ContentTaking) -> ContentNews:
    """Take the content of a package in; return what came of it. Raises what is no fault of the place: StorageError."""
    try:
        taking.take()
    except StorageError:
        raise
    except TimeIsUpError:
        return ContentNews(one.doc.name, LATER, taking.taken, taking.source, "the time for one go is up")
    except ItmsError as error:
        return ContentNews(one.doc.name, FAILED, taking.taken, taking.source, error.in_full, error.exit_status)
    return ContentNews(one.doc.name, FETCHED, taking.taken, taking.source, "; ".join(taking.left[:3]))


def begun(unit: UnitOfWork, one: AwaitedContent) -> None:
    """Note when its content was first asked for."""
    mine = sa.and_(awaited_packages.c.package_id == one.doc.id, awaited_packages.c.begun_at.is_(None))
    unit.connection.execute(sa.update(awaited_packages).where(mine).values(begun_at=unit.now))
    unit.note("package", asked_for=1)


def ended(unit: UnitOfWork, one: AwaitedContent, news: ContentNews) -> Outcome:
    """Note what became of it, and return the package: one whose content is here is `imported`."""
    failures = one.failures + 1 if news.state == FAILED else 0
    values: dict[str, Any] = {
        "failures": failures, "next_at": unit.now + retry_wait(failures) if failures else None,
        "message": news.message[:_MESSAGE] or None,
        "taken_bytes": awaited_packages.c.taken_bytes + news.taken_bytes,
    }  # fmt: skip
    if news.state == FETCHED:
        values |= {"taken_at": unit.now, "source": news.source or None}
    mine = sa.and_(awaited_packages.c.package_id == one.doc.id, awaited_packages.c.manifest == one.digest)
    unit.connection.execute(sa.update(awaited_packages).where(mine).values(**values))
    unit.note("package", **{"fetched" if news.state == FETCHED else "not_fetched": 1})
    doc = PACKAGES.get(unit, one.doc.guid)
    here = news.state == FETCHED and doc.fields["manifest"] == one.digest and doc.fields["state"] == AWAITED
    return PACKAGES.set(unit, doc.guid, {"state": IMPORTED}) if here else Outcome("unchanged", doc, doc)


def findings(reader: Reader) -> Iterator[Finding]:
    """Yield a finding for each package whose content is to come (hook `doctor`)."""
    rows = {row.package_id: row for row in reader.rows(sa.select(awaited_packages))}
    for one in awaited(reader)[:_NAMED]:
        row, name = rows.get(one.doc.id), shell_arg(one.doc.name)
        why = (row.message if row is not None else None) or "it comes from package servers of the parent"
        said = f"package `{one.doc.name}` waits for its content"
        yield Finding("PACKAGE-AWAITED", Severity.WARNING, said, why, f"itmsctl package fetch {name}")
