"""What a shell is told when TAB is pressed: names come from the database by the bare driver, without SQLAlchemy."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import typer

from itmsctl.cli.context import Context, process_context
from itmsctl.values.kind import house
from itmsctl.values.names import name_key

LIMIT = 200
_NAMES = 'SELECT name FROM "KIND" WHERE substr(name_key, 1, {size}) = {start} ORDER BY name LIMIT {limit}'
ASKED_BY_SHELL = "_ITMSCTL_COMPLETE"
_FLOORS_BELOW_COMMANDS = {"service", "queries", "tables"}


def names_of(kind_name: str, *, shipped: str = "") -> Callable[[typer.Context, str], list[str]]:
    """Return a completer for names of a kind. Where the database cannot be asked it offers nothing.

    `shipped` is a folder of templates whose files are of that kind too.
    """

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        kind = house().kind(kind_name)
        if kind is None:
            return []
        key = name_key(incomplete)
        found = ask(ctx, _NAMES.replace("KIND", kind.table), size=len(key), start=key)
        return [*_shipped(shipped, incomplete), *found]

    return complete


def any_of(known: Collection[str]) -> Callable[[typer.Context, str], list[str]]:
    """Return a completer for one of some words."""

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        del ctx
        return [word for word in known if word.startswith(incomplete)]

    return complete


def ask(ctx: typer.Context, query: str, **values: int | str) -> list[str]:
    """Return the first column of a query in which `{name}` stands for a value; nothing where it cannot be asked."""
    context = ctx.obj if isinstance(ctx.obj, Context) else process_context([])
    given = ctx.params.get("db") or (ctx.parent.params.get("db") if ctx.parent else None)
    place = given or context.database.reveal()
    try:
        # A URL may name the driver, as `postgresql+psycopg://` does; the driver itself does not know that form.
        scheme, separator, rest = place.partition("://")
        name = scheme.partition("+")[0]
        if name in {"postgresql", "postgres"}:
            return _ask_postgres(name + separator + rest, query, values | {"limit": LIMIT})
        return _ask_sqlite(place, query, values | {"limit": LIMIT})
    except Exception:  # noqa: BLE001 - a shell that completes must never see an error of ours
        return []


def _ask_sqlite(place: str, query: str, values: Mapping[str, int | str]) -> list[str]:
    path = Path(place.removeprefix("sqlite:///")).expanduser()
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=0.2)
    try:
        return [row[0] for row in connection.execute(query.format(**{name: f":{name}" for name in values}), values)]
    finally:
        connection.close()


def _ask_postgres(place: str, query: str, values: Mapping[str, int | str]) -> list[str]:
    import psycopg

    with psycopg.connect(place, connect_timeout=1) as connection:
        text = query.format(**{name: f"%({name})s" for name in values})
        return [row[0] for row in connection.execute(text.encode(), values).fetchall()]


def _shipped(folder: str, start: str) -> list[str]:
    if not folder:
        return []
    from itmsctl.documents.templates import names

    return [name for name in names(folder) if name.startswith(start)]


def is_completing() -> bool:
    """Return whether a shell asks what may come next."""
    return ASKED_BY_SHELL in os.environ


def asks_help(argv: Sequence[str]) -> bool:
    """Return whether a command line is words and then `--help`, which no option can take for its value."""
    return len(argv) > 1 and argv[-1] == "--help" and not any(word.startswith("-") for word in argv[:-1])


def stand_in_for_services() -> None:
    """Let commands be described without what they call, for the rest of this process.

    Nobody calls a service to complete a word or to read a help page, and services import SQLAlchemy, which takes longer
    than all the rest.
    """
    sys.meta_path.insert(0, _StandInFinder())


class _StandIn(ModuleType):
    """Takes the place of a service, and of whatever is named in it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _StandIn(name)

    def __call__(self, *_: Any, **__: Any) -> Any:
        return self


class _StandInFinder(MetaPathFinder, Loader):
    def find_spec(self, fullname: str, *_: Any) -> ModuleSpec | None:
        parts = fullname.split(".")
        is_below = parts[0] == "itmsctl" and len(parts) > 2 and parts[2] in _FLOORS_BELOW_COMMANDS
        return ModuleSpec(fullname, self, is_package=True) if is_below else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Run nothing."""
