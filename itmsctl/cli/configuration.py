"""Where a setting comes from: flag, then `ITMSCTL_*`, then the user's configuration, then /etc/itmsctl.

Nothing is read from the working directory (IM8). A configuration file is TOML, owned by its reader or root, and not
writable by others.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from itmsctl.errors import InputError, StateDirUnsafeError, UsageError
from itmsctl.values.kind import Type
from itmsctl.values.lean import dataclass
from itmsctl.values.names import did_you_mean
from itmsctl.values.times import seconds
from itmsctl.values.types import meaning
from itmsctl.values.untrusted import shell_arg, without_secrets

SYSTEM_FILE = Path("/etc/itmsctl/config.toml")
# name -> what it is; the environment variable is ITMSCTL_ and the name in capitals.
SETTINGS = {
    "db": "path or URL of the CMDB",
    "output": "output format",
    "color": "auto, always or never",
    "progress": "auto, plain, json or none",
    "busy_timeout_s": "seconds to wait for another writer (default 30)",
    "concurrency": "computers contacted at once (default 32)",
    "connect_timeout_s": "seconds from the first packet to a login (default 10)",
    "time_zone": "time zone of this machine, for schedules that count in the server's (default: the system's)",
    "passphrase_file": "file with the passphrase of the vault, which only its owner can read",
    "guard_max": "computers that a run may touch, and objects that apply may delete, without --confirm (default 1000)",
    "inventory_priorities": "which source of inventory is believed before others, as `glpi=50, facter=70`",
    "library": "folder of the files of packages (default: `library` beside the database, or in the data folder)",
    "keep_outputs": "how long `db purge --configured` keeps what commands printed: 30d",
    "keep_runs": "how long it keeps ended runs",
    "keep_events": "how long it keeps decided occurrences of policies, and their events",
    "keep_memberships": "how long it keeps the log of membership",
    "keep_inventory": "how long it keeps rows of inventory that changed or went",
    "keep_inventory_classes": "how long it keeps those of data classes that differ: software=2y, processes=7d",
    "keep_metering": "how long it keeps what programs were used",
    "keep_files": "how long it keeps the record of contents that came in files",
    "keep_merged": "how long it keeps the inventory of computers that were merged",
    "keep_tombstones": "how long it keeps what deletions left",
    "keep_changes": "how long it keeps change-sets",
}
_DEFAULTS = {
    "color": "auto",
    "progress": "auto",
    "busy_timeout_s": "30",
    "concurrency": "32",
    "connect_timeout_s": "10",
    "guard_max": "1000",
}
CHOICES = {
    "output": ("table", "wide", "json", "ndjson", "yaml", "csv", "tsv", "name"),
    "color": ("auto", "always", "never"),
    "progress": ("auto", "plain", "json", "none"),
}
_LEAST = {
    "busy_timeout_s": (Type.REAL, 0),
    "concurrency": (Type.INT, 1),
    "connect_timeout_s": (Type.REAL, 0),
    "guard_max": (Type.INT, 0),
}
_MOST = 1_000_000


@dataclass(eq=False, repr=False)
class GlobalOptions:
    """The global options, as given before or after the verb. None: not given, so that a lower place may say it."""

    db: str | None = None
    output: str | None = None
    json: bool = False
    fields: str | None = None
    no_headers: bool = False
    quiet: bool = False
    verbose: int = 0
    debug: bool = False
    color: str | None = None
    progress: str | None = None
    error_format: str = "text"
    no_input: bool = False
    yes: bool = False
    reason: str = ""
    as_of: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Sources:
    """Where settings are looked for: the options of this command, the environment, and files, the first in `folder`."""

    given: GlobalOptions
    environment: Mapping[str, str]
    folder: Path

    @property
    def files(self) -> tuple[Path, Path]:
        """Return the files of settings: a person's own, and the machine's."""
        return self.folder / "config.toml", SYSTEM_FILE

    def lookup(self, name: str) -> tuple[str | None, str]:
        """Return the value of a setting and its origin.

        Raises InputError for a file or a duration that cannot be read, StateDirUnsafeError for a file that others may
        change, UsageError for a value that the setting does not take.
        """
        flag = getattr(self.given, name, None)
        if flag is not None:
            return str(flag), "flag"
        variable = "ITMSCTL_" + name.upper()
        if self.environment.get(variable):
            return _checked(name, self.environment[variable], variable), variable
        for path in self.files:
            values = _load(path)
            if name in values:
                return _checked(name, values[name], f"{path}: {name}"), str(path)
        return _DEFAULTS.get(name), "default"

    def every(self, database: str) -> list[dict[str, str | None]]:
        """Return every setting with its value and origin, for `config show`; `database` is the one that is used."""
        found = []
        for name, what in SETTINGS.items():
            value, origin = self.lookup(name)
            if name == "db" and value is None:
                value = database
            value = None if value is None else without_secrets(value)
            found.append({"name": name, "value": value, "origin": origin, "what": what})
        return found


def _checked(name: str, value: str, origin: str) -> str:
    if name in CHOICES and value not in CHOICES[name]:
        raise UsageError(f"{origin} does not take `{value[:100]}`", hint=", ".join(CHOICES[name]))
    if name.startswith("keep_") and name != "keep_inventory_classes":
        seconds(value)
    if name in _LEAST:
        type_, least = _LEAST[name]
        try:
            fits = least <= meaning(type_).read(value) <= _MOST
        except ValueError:
            fits = False
        if not fits:
            hint = f"{meaning(type_).said} from {least} to {_MOST}"
            raise UsageError(f"{origin} does not take `{value[:100]}`", hint=hint)
    return value


def _load(path: Path) -> dict[str, str]:
    try:
        found = path.stat()
    except OSError:
        return {}
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) or found.st_uid not in {0, os.getuid()}:
        raise StateDirUnsafeError(
            f"{path} can be changed by other users",
            hint=f"chmod go-w {shell_arg(str(path))}; it must belong to you or root",
        )
    import tomllib

    try:
        loaded = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"{path} cannot be read", why=str(error)) from error
    for key in loaded:
        if key not in SETTINGS:
            raise UsageError(f"{path}: unknown setting `{key}`", hint=did_you_mean(key, SETTINGS))
    return {key: str(value) for key, value in loaded.items()}
