"""Putting the line that drives everything where cron or systemd finds it. Other lines and files are left alone."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path

from itmsctl.documents.templates import render
from itmsctl.errors import InputError, NotFoundError, StorageError, UsageError
from itmsctl.policies.entry import InstalledEntry, cron_line, systemd_setting, systemd_words

CRON_FOLDER = Path("/etc/cron.d")
UNIT_FOLDER = Path("/etc/systemd/system")


def refuse_secret(db: str | None) -> None:
    """Raise UsageError for a database URL that holds a password: what is installed is read by everybody."""
    if db is None or "://" not in db:
        return
    from sqlalchemy.engine import make_url

    if make_url(db).password is not None:
        raise UsageError(
            "the database URL holds a password, and what is installed can be read by others",
            hint="leave it out of the URL and put it into ~/.pgpass (mode 0600), or the file that PGPASSFILE names",
        )


def passphrase_file(text: str) -> str:
    """Return the absolute path of a passphrase file that nobody else can read. Raises NotFoundError, InputError."""
    path = Path(text).expanduser().absolute()
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise NotFoundError(f"there is no passphrase file {path}", why=error.strerror or "") from None
    if not stat.S_ISREG(mode):
        raise InputError(f"the passphrase file {path} is not a file", why="every tick reads it again")
    if mode & 0o077:
        raise InputError(f"the passphrase file {path} could be read by other users", hint=f"chmod 600 {path}")
    return str(path)


# --- cron -------------------------------------------------------------------------------------------------------------


def cron_text(entry: InstalledEntry, *, system: bool) -> str:
    """Return the line as it is installed."""
    return cron_line(entry, with_user=system) + "\n"


def install_cron(entry: InstalledEntry, environment: Mapping[str, str], *, system: bool) -> str:
    """Install the line; return `created`, `updated` or `unchanged`."""
    text = cron_text(entry, system=system)
    return _write(_cron_file(entry), text) if system else _edit(entry, text, environment)


def remove_cron(entry: InstalledEntry, environment: Mapping[str, str], *, system: bool) -> str:
    """Take the line away; return `removed` or `unchanged`."""
    return _remove(_cron_file(entry)) if system else _edit(entry, "", environment)


def _cron_file(entry: InstalledEntry) -> Path:
    return CRON_FOLDER / entry.name


def _edit(entry: InstalledEntry, text: str, environment: Mapping[str, str]) -> str:
    """Change our line in the user's own crontab."""
    try:
        listed = subprocess.run(["crontab", "-l"], capture_output=True, text=True, env=dict(environment), check=False)
        before = listed.stdout if listed.returncode == 0 else ""
        if listed.returncode and "no crontab" not in listed.stderr:
            raise StorageError("the crontab cannot be read", why=listed.stderr.strip())
        lines = before.splitlines(keepends=True)
        old = [line for line in lines if line.rstrip("\n").endswith(entry.mark)]
        kept = [line for line in lines if line not in old]
        if kept and not kept[-1].endswith("\n"):
            kept[-1] += "\n"
        if old == ([text] if text else []):
            return "unchanged"
        done = subprocess.run(
            ["crontab", "-"], input="".join(kept) + text, capture_output=True, text=True, env=dict(environment),
            check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise NotFoundError(
            "there is no program crontab on this machine", hint="apt install cron, or schedule install --systemd"
        ) from None
    if done.returncode:
        raise StorageError("the crontab cannot be written", why=done.stderr.strip())
    return "removed" if not text else "updated" if old else "created"


# --- systemd ----------------------------------------------------------------------------------------------------------


def unit_texts(entry: InstalledEntry, passphrase: str | None, *, system: bool) -> dict[str, str]:
    """Return the units by the names of their files."""
    values = {
        "name": entry.name,
        "command": systemd_words(entry.words()),
        "environment": [systemd_setting(name, value) for name, value in entry.environment.items()],
        "user": entry.user if system else None,
        "passphrase": passphrase.replace("%", "%%") if passphrase else None,
        "system": system,
    }
    return {
        f"{entry.name}-tick.{kind}": render(f"systemd/itmsctl-tick.{kind}", **values) for kind in ("service", "timer")
    }


def unit_folder(config: Path, *, system: bool) -> Path:
    """Return where units stand: the machine's, or the user's own."""
    return UNIT_FOLDER if system else config.parent / "systemd" / "user"


def install_units(entry: InstalledEntry, passphrase: str | None, folder: Path, *, system: bool) -> str:
    """Write the units; return `created`, `updated` or `unchanged`."""
    done = {_write(folder / name, text) for name, text in unit_texts(entry, passphrase, system=system).items()}
    return "created" if "created" in done else "updated" if "updated" in done else "unchanged"


def remove_units(entry: InstalledEntry, folder: Path) -> str:
    """Take the units away; return `removed` or `unchanged`."""
    done = {_remove(folder / f"{entry.name}-tick.{kind}") for kind in ("timer", "service")}
    return "removed" if "removed" in done else "unchanged"


# --- files ------------------------------------------------------------------------------------------------------------


def _write(path: Path, text: str) -> str:
    """Put a file in place in one step, for all to read. The new one has a dot: cron passes over it."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else None
        if before == text and stat.S_IMODE(path.lstat().st_mode) == 0o644 and not path.is_symlink():
            return "unchanged"
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(handle, 0o644)
            os.fsync(handle)
        fresh.replace(path)
    except OSError as error:
        raise StorageError(f"{path} cannot be written", why=error.strerror or str(error)) from error
    return "created" if before is None else "updated"


def _remove(path: Path) -> str:
    try:
        path.unlink()
    except FileNotFoundError:
        return "unchanged"
    except OSError as error:
        raise StorageError(f"{path} cannot be removed", why=error.strerror or str(error)) from error
    return "removed"
