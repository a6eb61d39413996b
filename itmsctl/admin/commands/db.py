"""The group `db`: the database as a whole."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from itmsctl.admin import columns, service
from itmsctl.cli.context import Context
from itmsctl.cli.options import Confirm, DryRun, group, verb
from itmsctl.cli.out import Force, refuse_in_use
from itmsctl.cli.prompts import confirm
from itmsctl.errors import worst
from itmsctl.values.kind import Danger

db_app = group(
    "Make, upgrade, check, back up and restore the database. It is made on first use: `db init` makes it explicitly."
)


def desk_of(context: Context) -> service.Desk:
    """Return what the use cases of this room work with."""
    return service.Desk(context.database, context.data_folder, context.state_folder, context.clock, context.actor())


def _tell(context: Context, row: dict[str, Any], said: str, *, dry_run: bool = False) -> None:
    context.done(said, dry_run=dry_run)
    if context.settings.output or context.settings.json:
        context.out.show(columns.STATUS, row)


@verb(db_app, "init")
def init(context: Context) -> None:
    """Make the database, or say that it is there. One that was seen here and is gone is begun again.

    Example: itmsctl db init
    """
    with closing(context.open_store(fresh=True)) as store:
        row = service.made(store)
    _tell(context, row, f"{row['name']}: {row['action']}, server {row['id']}, schema {row['schema']}")


@verb(db_app, "upgrade", columns=columns.STATUS)
def upgrade(context: Context, dry_run: DryRun = False) -> None:
    """Bring the schema to that of this program, after a backup. Each revision is one transaction.

    Tables of data classes that are missing or lack a column, and views that this version defines otherwise, are made
    also where there is no new revision.

    Example: itmsctl db upgrade --dry-run
    """
    row = service.upgrade(desk_of(context), dry_run=dry_run)
    kept = f", backup in {row['backup']}" if row["backup"] else ""
    kept += f", tables made or widened: {', '.join(row['tables'])}" if row["tables"] else ""
    kept += f", views made again: {', '.join(row['views'])}" if row["views"] else ""
    done = f"{row['name']}: {row['action']}, schema {row['before'] or 'none'} -> {row['after']}{kept}"
    _tell(context, row, done, dry_run=dry_run)


@verb(db_app, "status", columns=columns.STATUS)
def status(context: Context) -> int:
    """Show how the database is, also where it cannot be opened.

    Example: itmsctl db status -o json
    """
    found = service.status(desk_of(context))
    context.out.show(columns.STATUS, found.row, {"nouns": found.nouns, "backups": found.backups})
    return found.error.exit_status if found.error is not None else 0


@verb(db_app, "check", columns=columns.CHECK)
def check(context: Context) -> int:
    """Check pages, references, schema, audit chain and stored bytes, and change nothing.

    Exit 11 for a damaged file, 14 for a broken audit or stored bytes, 20 for other findings.

    Example: itmsctl db check
    """
    statuses: set[int] = set()

    def rows() -> Any:
        for result in service.checks(desk_of(context)):
            statuses.add(result.exit_status)
            yield {"name": result.name, "result": "ok" if result.ok else "failed", "detail": result.detail}

    context.out.list(columns.CHECK, rows())
    return worst(statuses)


@verb(db_app, "backup", columns=columns.BACKUP)
def backup(
    context: Context,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write to this new file.")] = None,
    force: Force = False,
) -> None:
    """Write a whole, checked copy (0600) and its manifest, while others go on writing. No backup is ever replaced.

    Example: itmsctl db backup --out /backup/itms-$(date +%F).sqlite
    """
    if out is not None:
        refuse_in_use(context, out)
    row = service.backup(desk_of(context), out, force=force)
    context.say(f"backup of change {row['seq']}, {row['size_bytes']} bytes")
    context.out.show(columns.BACKUP, row)


@verb(db_app, "restore")
def restore(
    context: Context,
    file: Annotated[Path, typer.Option("--from", metavar="FILE", help="Backup, with its manifest beside it.")],
    confirmed: Confirm = None,
) -> None:
    """Put a backup in the database's place, keep the old file aside, and start a new epoch.

    Runs that were open become unknown: `itmsctl run reconcile` learns what came of them. At another place than the one
    it was made at it becomes a copy, which acts on nobody until `db adopt`. A database on PostgreSQL must be empty:
    make a new one, restore into it, adopt it.

    Example: itmsctl db restore --from cmdb-20260105T090000Z.sqlite --confirm cmdb.sqlite
    """
    desk = desk_of(context)
    if service.is_used(desk):
        name = Path(str(desk.place)).name
        confirm(context, Danger.SEVERE, f"replace the database {desk.place}", name, given=confirmed)
    done = service.restore_from(desk, file)
    row = {
        "id": done.manifest.server_guid,
        "name": str(desk.place),
        "action": "restored",
        "changes": done.manifest.seq,
        "epoch": done.epoch,
        "kept": str(done.kept) if done.kept else None,
    }
    kept = f"; the old file is kept as {done.kept}" if done.kept else ""
    row |= {"role": "copy" if done.copy_of else "live", "copy_of": done.copy_of or None}
    _tell(context, row, f"{desk.place}: restored change {done.manifest.seq} of {done.manifest.made_at}{kept}")
    if done.copy_of:
        context.say(f"it is a copy of {done.copy_of} and acts on nobody; to make it the live one: {done.adopting}")
    else:
        context.say("what was running is unknown now: itmsctl run reconcile")


@verb(db_app, "adopt")
def adopt(context: Context) -> None:
    """Make this database the live one, which may act on computers: a copy, or one older than the one last seen.

    A new epoch begins: runs that were open become unknown. Another place where it lived becomes a copy of this one.

    Example: itmsctl --db staging.sqlite db adopt --yes
    """
    _adopt(context)


@verb(db_app, "adopt-restore")
def adopt_restore(context: Context) -> None:
    """Do what `db adopt` does.

    Example: itmsctl db adopt-restore --yes
    """
    _adopt(context)


def _adopt(context: Context) -> None:
    desk = desk_of(context)
    if not service.is_live(desk):
        confirm(context, Danger.MODERATE, f"make {desk.place} the live database", "adopt")
    row = service.adopt(desk)
    _tell(context, row, f"{row['name']}: {row['action']}, epoch {row['epoch']}, change {row['changes']}")
