"""What is done with a database as a whole: make, check, back up, upgrade, restore, adopt, maintain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

from itmsctl.admin.advice import ADVICE
from itmsctl.admin.service.desk import Desk, peek
from itmsctl.admin.service.status import listed
from itmsctl.cmdb import chain, predefined, restore, schema, standing, upkeep
from itmsctl.cmdb.backup import back_up
from itmsctl.cmdb.chain import Verified
from itmsctl.cmdb.check import CheckResult, check
from itmsctl.cmdb.engine import DatabasePlace, open_engine
from itmsctl.cmdb.found import read_facts
from itmsctl.cmdb.opening import look_at, refuse_older
from itmsctl.cmdb.restore import Restored
from itmsctl.cmdb.said import Said
from itmsctl.cmdb.seen import Marks
from itmsctl.cmdb.store import Store
from itmsctl.errors import DatabaseOlderThanSeenError, UsageError
from itmsctl.values.times import to_text


def made(store: Store) -> dict[str, Any]:
    """Return what `db init` says."""
    facts = peek(store.place)
    return {
        "id": store.identity.server_guid,
        "name": str(store.place),
        "action": "created" if store.made else "unchanged",
        "schema": facts.revision,
        "epoch": store.identity.epoch,
        "changes": facts.seq,
    }


def checks(desk: Desk) -> Iterator[CheckResult]:
    """Yield the result of every check of the database. Raises StorageError where it cannot be read at all."""
    place = desk.place
    facts = peek(place)
    engine = open_engine(place, purpose="check")
    try:
        if facts.revision is not None:
            schema.refuse_unfit(facts.revision, place, engine)
    finally:
        engine.dispose()
    yield from check(place)


def backup(desk: Desk, out: Path | None, label: str = "", *, force: bool = False) -> dict[str, Any]:
    """Back the database up to a file, by default into the folder of backups, and return what was written."""
    now = desk.clock()
    path = out.absolute() if out is not None else _free_name(desk, now, label)
    return listed(path, back_up(desk.place, path, now, force=force))


def _free_name(desk: Desk, now: datetime, label: str) -> Path:
    place = desk.place
    stem = place.path.stem if place.path is not None else str(place.url.database)
    time = to_text(now)[:19].replace("-", "").replace(":", "") + "Z"
    ending = ".sqlite" if place.is_sqlite else ".dump"
    numbered = (f"{stem}-{time}{label}{n}{ending}" for n in ("", *(f"-{i}" for i in range(2, 1000))))
    return next(desk.backups / name for name in numbered if not (desk.backups / name).exists())


def upgrade(desk: Desk, *, dry_run: bool) -> dict[str, Any]:
    """Bring the schema to that of the program, after a backup; with `dry_run` roll it back and write nothing.

    Where only views differ they are made again, and tables of data classes made or widened, without a backup: nothing
    that is held can be lost. What comes with a new database and was never in this one is added, once.

    Raises DatabaseNewerError, MigrationRunningError, StorageError where the backup cannot be made.
    """
    place = desk.place
    facts = peek(place)
    row: dict[str, Any] = {
        "name": str(place),
        "before": facts.revision,
        "after": schema.HEAD,
        "backup": None,
        "tables": [],
        "views": [],
        "added": [],
    }
    if facts.revision == schema.HEAD:
        old = schema.renew(place, dry_run=dry_run)
        added = _predefined(desk, dry_run=dry_run)
        done = "upgraded" if any(old) or added else "unchanged"
        return row | {"action": done, "tables": old.tables, "views": old.views, "added": added}
    if facts.revision is None:
        if not dry_run:
            desk.opened(place).close()
        return row | {"action": "created"}
    if facts.revision in schema.known_revisions() and not dry_run:
        row["backup"] = backup(desk, None, f"-before-{schema.HEAD}")["name"]
    _, after = schema.migrate(place, dry_run=dry_run)
    if not dry_run:
        row["added"] = _predefined(desk)
    return row | {"after": after, "action": "upgraded"}


def _predefined(desk: Desk, *, dry_run: bool = False) -> list[str]:
    """Put what comes with a database into one that never had it; return what was put, as people name it."""
    store = desk.opened(desk.place)
    try:
        with store.read() as reader:
            if not predefined.missing(reader):
                return []
        put = store.write(predefined.put, dry_run=dry_run)
        return [f"{kind} {outcome.doc.name}" for kind, outcome in put]
    finally:
        store.close()


def maintain(store: Store, only: Sequence[str], *, full: bool, dry_run: bool) -> Iterator[dict[str, Any]]:
    """Check, sweep, rewrite, rebuild and analyse; yield each step as it is done. Raises UsageError for no such part."""
    for part in only:
        if part not in upkeep.PARTS:
            raise UsageError(f"there is no part `{part}`", hint=", ".join(upkeep.PARTS))
    for step in upkeep.maintain(store, only=only or upkeep.PARTS, full=full, dry_run=dry_run):
        yield {"name": step.name, "detail": step.detail, "duration_s": step.duration_s, "won_bytes": step.won_bytes}


def advice(place: DatabasePlace) -> list[dict[str, str]]:
    """Return what becomes of the suite's advice for its database server on this engine (DB-13)."""
    return [one.here(place.is_sqlite) for one in ADVICE]


def is_used(desk: Desk) -> bool:
    """Return whether a restore would replace something: a file with content. A damaged one counts."""
    place = desk.place
    restore.check_place(place)
    return place.path is not None and place.path.exists() and place.path.stat().st_size > 0


def restore_from(desk: Desk, file: Path) -> Restored:
    """Put a backup in the database's place and start a new epoch."""
    return restore.restore(desk.place, file.absolute(), now=desk.clock(), seen=desk.seen, opened=desk.opened)


def is_live(desk: Desk) -> bool:
    """Return whether this database is the live one and not older than what was seen: adopting it changes nothing."""
    marks = desk.seen.marks()
    peek(desk.place, marks)
    store = desk.opened(desk.place)
    try:
        with store.read() as reader:
            return not _why_not_live(store, reader.connection, marks)
    finally:
        store.close()


def adopt(desk: Desk) -> dict[str, Any]:
    """Make this database the live one in a new epoch, unless it is the live one and not older than what was seen."""
    place = desk.place
    marks = desk.seen.marks()
    facts = peek(place, marks)
    store = desk.opened(place)
    try:
        row = {"id": store.identity.server_guid, "name": str(place), "changes": facts.seq}
        with store.read() as reader:
            why = _why_not_live(store, reader.connection, marks)
        if not why:
            return row | {"action": "unchanged", "epoch": store.identity.epoch}
        return row | {
            "action": "adopted",
            "epoch": restore.adopt(store, marks.last_epoch(store.identity.server_guid), why),
        }
    finally:
        store.close()


def _why_not_live(store: Store, connection: Connection, marks: Marks) -> str:
    look = look_at(connection, store.place, marks)
    if not look.standing.live:
        return f"it was a copy of {look.standing.copy_of}"
    try:
        refuse_older(look, connection, store.place, marks)
    except DatabaseOlderThanSeenError as error:
        return error.message
    return ""


@dataclass(frozen=True)
class AuditEnd:
    """Where the audit ends; `compared_with` is the change-set of this user's mark, none where there is none."""

    seq: int
    hash: str
    compared_with: int | None


def end_of_audit(store: Store) -> AuditEnd:
    """Return where the audit ends, and what outside of it says that it is the one of before."""
    mark = store.seen.mark(store.identity.server_guid, store.here) if store.standing.live else None
    with store.read() as reader:
        facts = read_facts(reader.connection)
    return AuditEnd(facts.seq, facts.hash, None if mark is None else mark.seq)


def verify_audit(store: Store) -> Verified:
    """Check the whole audit chain, and every object against what it said last; return how many change-sets hold.

    Raises AuditChainError that names the first broken one, AuditDiffersError that names the objects.
    """
    with store.read() as reader:
        said = Said()
        found = chain.verified(reader.connection, said)
        standing.refuse(list(standing.differences(reader.connection, said)))
        return found
