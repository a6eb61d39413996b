"""The one rule for `--out`: a new file, or with `--force` instead of the one that stands there; never one in use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from itmsctl.errors import OutputInUseError

if TYPE_CHECKING:
    from itmsctl.cli.context import Context

Force = Annotated[bool, typer.Option("--force", help="Replace the file that --out names, where it exists.")]

_DATABASES = (b"SQLite format 3\0", b"PGDMP")
_KEYS = (b"PRIVATE KEY-----", b"PuTTY-User-Key-File")


def refuse_in_use(context: Context, path: Path) -> None:
    """Refuse to write over a database, a journal or a backup of one, a key, the configuration, or a file of state.

    Raises OutputInUseError. A name counts also where nothing stands there: a laid journal is played into a database.
    """
    target = path.expanduser().absolute()
    real = target.parent.resolve() / target.name
    for kept, what in _kept(context):
        if real == kept or _is_same(real, kept):
            raise _in_use(path, what)
    for folder, what in ((context.state_folder, "a file of the state folder"), (_backups(context), "a backup")):
        if real.is_relative_to(folder.resolve()) and real.exists():
            raise _in_use(path, what)
    if (real.parent / f"{real.name}.manifest.json").exists() or real.name.endswith(".manifest.json"):
        raise _in_use(path, "a backup")
    head = _head(real)
    if head.startswith(_DATABASES):
        raise _in_use(path, "a database or a backup")
    if any(mark in head for mark in _KEYS):
        raise _in_use(path, "a private key")


def _kept(context: Context) -> Iterator[tuple[Path, str]]:
    """Yield the files that are in use by name."""
    from itmsctl.cli.configuration import SYSTEM_FILE
    from itmsctl.cmdb.engine import place_of
    from itmsctl.cmdb.trust import JOURNALS

    named = place_of(context.database).path
    for database in (context.data_folder / "cmdb.sqlite", *([named] if named else [])):
        whole = database.parent.resolve() / database.name
        yield whole, "the database"
        for suffix in (*JOURNALS, ".migrate.lock"):
            yield whole.with_name(whole.name + suffix), "a journal of the database"
    for file in (context.config_folder / "config.toml", SYSTEM_FILE):
        yield file.parent.resolve() / file.name, "the configuration"
    passphrase, _ = context.option("passphrase_file")
    if passphrase:
        yield Path(passphrase).expanduser().absolute(), "the file with the passphrase"


def _backups(context: Context) -> Path:
    return context.data_folder / "backups"


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _head(path: Path) -> bytes:
    if not path.is_file():
        return b""
    try:
        with path.open("rb") as file:
            return file.read(256)
    except OSError:
        return b""


def _in_use(path: Path, what: str) -> OutputInUseError:
    return OutputInUseError(f"{path} is {what}; nothing was written", hint="give another --out; --force does not help")
