"""The one line that drives everything, for cron and for systemd: quoted as each of them reads it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from itmsctl.errors import InputError

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")  # what cron reads in /etc/cron.d, and systemd as a unit
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}\$?")


@dataclass(frozen=True, slots=True)
class InstalledEntry:
    """What is installed: the program with its arguments, its environment, as whom, and under which name."""

    program: str
    name: str = "itmsctl"
    db: str | None = None
    user: str | None = None
    max_runtime: str = "55s"
    environment: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise InputError(f"`{self.name}` is no name for an entry", why="letters, digits, - and _; no dot")
        if self.user is not None and not _USER.fullmatch(self.user):
            raise InputError(f"`{self.user}` is no user of this machine")
        for text in (self.program, self.db or "", *self.environment.values()):
            if not text.isprintable():
                raise InputError("a path with a line break or another control character cannot stand in one line")

    def words(self) -> list[str]:
        """Return the command, word by word."""
        db = [] if self.db is None else ["--db", self.db]
        return [self.program, "-I", "-m", "itmsctl", *db, "schedule", "tick", "--max-runtime", self.max_runtime, "-q"]

    @property
    def mark(self) -> str:
        """Return the comment by which the line is known again in a user's crontab."""
        return f"# {self.name}: tick"


def cron_line(entry: InstalledEntry, *, with_user: bool) -> str:
    """Return the line for cron, without its end. What a tick tells goes nowhere, its errors are mailed."""
    settings = {"PATH": PATH, **entry.environment}
    words = [f"{name}={shlex.quote(value)}" for name, value in settings.items()]
    command = " ".join([*words, *map(shlex.quote, entry.words())])
    user = f"{entry.user or 'root'} " if with_user else ""
    # To cron a bare % ends the command.
    return f"* * * * * {user}{command.replace('%', chr(92) + '%')} >/dev/null {entry.mark}"


def systemd_words(words: Sequence[str]) -> str:
    """Return words as a line of a unit file: quoted, no specifiers, no variables."""
    return " ".join(map(_systemd_word, words))


def systemd_setting(name: str, value: str) -> str:
    """Return a variable as `Environment=` takes it."""
    text = value.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{name}={text}"'


def _systemd_word(word: str) -> str:
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return text if re.fullmatch(r"[A-Za-z0-9_./:=@+-]+", text) else f'"{text}"'
