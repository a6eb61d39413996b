"""Shell completion of names: straight from the database with the bare driver, without SQLAlchemy (within 0.3 s)."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import typer

from itmsctl.cli.context import Context, process_context
from itmsctl.values.kind import Kind, house
from itmsctl.values.names import name_key

LIMIT = 200
_ASKED_BY_SHELL = "_ITMSCTL_COMPLETE"
_FLOORS_BELOW_COMMANDS = {"service", "queries", "tables"}


def names_of(kind_name: str, *, shipped: str = "") -> Callable[[typer.Context, str], list[str]]:
    """Return a completer for names of a kind. Where the database cannot be asked it offers nothing.

    `shipped` is a folder of templates whose files are of that kind too.
    """

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        context = ctx.obj if isinstance(ctx.obj, Context) else process_context([])
        kind = house().kind(kind_name)
        if kind is None:
            return []
        given = ctx.params.get("db") or (ctx.parent.params.get("db") if ctx.parent else None)
        place = given or context.database.reveal()
        try:
            return [*_shipped(shipped, incomplete), *_ask(place, kind, name_key(incomplete))]
        except Exception:  # noqa: BLE001 - a shell that completes must never see an error of ours
            return _shipped(shipped, incomplete)

    return complete


def _shipped(folder: str, start: str) -> list[str]:
    if not folder:
        return []
    from itmsctl.documents.templates import names

    return [name for name in names(folder) if name.startswith(start)]


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


def is_completing() -> bool:
    """Return whether a shell asks what may come next."""
    return _ASKED_BY_SHELL in os.environ


def asks_help(argv: Sequence[str]) -> bool:
    """Return whether a command line is words and then `--help`, which no option can take for its value."""
    return len(argv) > 1 and argv[-1] == "--help" and not any(word.startswith("-") for word in argv[:-1])


def quote_for_shells() -> None:
    """Let what is offered be a word of the shell that asks, whatever a name holds.

    bash inserts it as it is; zsh and fish quote it themselves, but zsh reads it once more on the way, so that what it
    would run there is not offered. Nothing is offered to any shell that has a control character in it.
    """
    from typer import _completion_classes as shells

    def bash(self: Any, item: Any) -> str:
        del self
        return _UNSAFE_WORD.sub(lambda found: "\\" + found[0], item.value)

    shells.BashComplete.format_completion = bash  # type: ignore[method-assign]  # quotes as Bash needs it
    for shell in (shells.BashComplete, shells.ZshComplete, shells.FishComplete):
        _leave_out(shell, _UNSAFE_ZSH if shell is shells.ZshComplete else _UNSAFE_ANYWHERE)


_UNSAFE_WORD = re.compile(r"[^\w@%+=:,./-]")  # of bash, all but a control character can be written after a backslash
_UNSAFE_ANYWHERE = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_UNSAFE_ZSH = re.compile(r"[\x00-\x1f\x7f-\x9f\\$`'\"()]")


def _leave_out(shell: Any, unsafe: re.Pattern[str]) -> None:
    every = shell.get_completions

    def safe(self: Any, args: list[str], incomplete: str) -> list[Any]:
        return [item for item in every(self, args, incomplete) if not unsafe.search(item.value)]

    shell.get_completions = safe


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
