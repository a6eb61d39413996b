"""Shell completion of names: straight from the database with the bare driver, without SQLModel (within 0.3 s)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import typer

from itmsctl.cli.context import Context, process_context
from itmsctl.values.kind import Kind, house
from itmsctl.values.names import name_key

LIMIT = 200


def names_of(kind_name: str) -> Callable[[typer.Context, str], list[str]]:
    """Answer a completer for names of a kind. Where the database cannot be asked it offers nothing."""

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        context = ctx.obj if isinstance(ctx.obj, Context) else process_context([])
        kind = house().kind(kind_name)
        if kind is None:
            return []
        given = ctx.params.get("db") or (ctx.parent.params.get("db") if ctx.parent else None)
        place = given or context.database
        try:
            return _ask(place, kind, name_key(incomplete))
        except Exception:  # noqa: BLE001 - a shell that completes must never see an error of ours
            return []

    return complete


def _ask(place: str, kind: Kind, start: str) -> list[str]:
    if place.startswith(("postgresql://", "postgres://")):
        return _ask_postgres(place, kind, start)
    path = Path(place.removeprefix("sqlite:///")).expanduser()
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=0.2)
    try:
        query = f'SELECT name FROM "{kind.table}" WHERE substr(name_key, 1, ?) = ? ORDER BY name LIMIT ?'  # noqa: S608 - a name of ours
        return [row[0] for row in connection.execute(query, (len(start), start, LIMIT))]
    finally:
        connection.close()


def _ask_postgres(place: str, kind: Kind, start: str) -> list[str]:
    import psycopg

    with psycopg.connect(place, connect_timeout=1) as connection:
        query = f'SELECT name FROM "{kind.table}" WHERE left(name_key, %s) = %s ORDER BY name LIMIT %s'  # noqa: S608 - a name of ours
        rows = connection.execute(query.encode(), (len(start), start, LIMIT)).fetchall()
    return [row[0] for row in rows]
