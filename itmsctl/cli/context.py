"""The per-invocation context: what was asked for, and what every command needs, made when first asked for."""

from __future__ import annotations

import os
import pwd
import shlex
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TextIO, TypeVar, cast

from itmsctl.cli.collector import collect_after_opening
from itmsctl.cli.configuration import GlobalOptions, Sources
from itmsctl.values.lean import dataclass
from itmsctl.values.times import Clock, local_text, system_clock
from itmsctl.values.untrusted import Masked, shell_arg, term, without_secrets

if TYPE_CHECKING:
    from datetime import datetime

    from itmsctl.cli.output import Output
    from itmsctl.cmdb.store import Store
    from itmsctl.cmdb.work import Reader

_P = ParamSpec("_P")
_T = TypeVar("_T")


_LONGEST_USER = 64


def user_of(uid: int, behind: str) -> str:
    """Return the user of a process by the system's own list: what the environment says of it is anybody's.

    `behind` is who called sudo, which only root's environment may tell.
    """
    try:
        user = pwd.getpwuid(uid).pw_name
    except KeyError:
        user = f"uid {uid}"
    behind = term(behind[:_LONGEST_USER], keep_newlines=False) if uid == 0 else ""
    return f"{behind} as {user}" if behind and behind != user else user


@dataclass(eq=False, repr=False)
class Context:
    """One invocation of `itmsctl`."""

    argv: Sequence[str]
    environment: Mapping[str, str]
    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    clock: Clock = system_clock
    sleep: Callable[[float], None] = time.sleep
    settings: GlobalOptions = field(default_factory=GlobalOptions)
    read_once: dict[str, bytes] = field(default_factory=dict)  # passphrases that come by a pipe, by how it was named
    _zone_told: bool = False
    _store: Store | None = None
    _output: Output | None = None

    # --- places ---------------------------------------------------------------------------------------------------

    @property
    def data_folder(self) -> Path:
        """Return where the embedded database lives."""
        return self._folder("XDG_DATA_HOME", ".local/share")

    @property
    def state_folder(self) -> Path:
        """Return where high-water marks, incident reports and rejects live."""
        return self._folder("XDG_STATE_HOME", ".local/state")

    @property
    def config_folder(self) -> Path:
        """Return where the user's configuration lives."""
        return self._folder("XDG_CONFIG_HOME", ".config")

    def _folder(self, variable: str, fallback: str) -> Path:
        # XDG Base Directory: a relative value is to be ignored.
        given = self.environment.get(variable, "")
        base = Path(given) if given.startswith("/") else Path(self.environment.get("HOME") or Path.home()) / fallback
        return base / "itmsctl"

    @property
    def sources(self) -> Sources:
        """Return where settings are looked for."""
        return Sources(self.settings, self.environment, self.config_folder)

    def option(self, name: str) -> tuple[str | None, str]:
        """Return a setting and where it came from: flag, environment, a configuration file, or the default."""
        return self.sources.lookup(name)

    @property
    def guard_max(self) -> int:
        """Return how many objects may be touched without being confirmed by their number."""
        return int(self.option("guard_max")[0] or 1000)

    @property
    def database(self) -> Masked:
        """Return the path or URL of the CMDB; its password is shown to nobody."""
        value, _ = self.option("db")
        return Masked(value or str(self.data_folder / "cmdb.sqlite"))

    @property
    def library(self) -> Path | None:
        """Return the folder of the library of packages; None where it stands beside an embedded database."""
        value, _ = self.option("library")
        if value:
            return Path(value).expanduser()
        return self.data_folder / "library" if "://" in str(self.database) else None

    @property
    def typed(self) -> list[str]:
        """Return what was typed, as it may be written down."""
        return [without_secrets(text) for text in self.argv]

    @property
    def server_zone(self) -> str:
        """Return the time zone of this machine, which is that of schedules whose time base is the server's."""
        from itmsctl.values.zones import server_zone, unknown_zone, zone

        value, _ = self.option("time_zone")
        if value:
            return zone(value).key
        found, passed_over = server_zone(self.environment), unknown_zone(self.environment)
        if passed_over and not self._zone_told:
            self._zone_told = True
            self.warn(f"TZ={shell_arg(passed_over)} is not a time zone that this machine knows; {found} counts")
        return found

    def local(self, moment: datetime) -> str:
        """Return a moment in the time zone of this machine, for people."""
        from itmsctl.values.zones import zone

        return local_text(moment, zone(self.server_zone))

    # --- what is asked of the CMDB --------------------------------------------------------------------------------

    @property
    def store(self) -> Store:
        """Return the open CMDB; the embedded one is made on first use."""
        if self._store is None:
            self._store = self.open_store()
            collect_after_opening()
        return self._store

    def open_store(self, *, fresh: bool = False, pool_size: int = 5) -> Store:
        """Open the CMDB. `fresh` makes one where there is none, whatever was seen there before."""
        from itmsctl.cmdb.engine import place_of
        from itmsctl.cmdb.opening import open_store

        busy, _ = self.option("busy_timeout_s")
        store = open_store(
            place_of(self.database),
            clock=self.clock,
            actor=self.actor(),
            state_folder=self.state_folder,
            busy_timeout_s=float(busy or 30),
            pool_size=pool_size,
            idempotency_key=self.settings.idempotency_key,
            ask_zone=lambda: self.server_zone,
            library=self.library,
            fresh=fresh,
            tell=self.say,
        )
        if self.settings.debug:
            self.trace(f"the database is {store.place}")
            store.tell_statements(lambda statement, took: self.trace(f"{took * 1000:.1f} ms: {statement}"))
        return store

    def actor(self) -> Any:
        """Return who acts, for the audit."""
        from itmsctl.cmdb.actor import Actor

        user = user_of(os.getuid(), self.environment.get("SUDO_USER", ""))
        return Actor(f"{user}@{os.uname().nodename}", shlex.join(["itmsctl", *self.typed])[:4000], self.settings.reason)

    def read(self, use: Callable[Concatenate[Reader, _P], _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Call a use case with one consistent view of the database."""
        with self.store.read() as reader:
            return use(reader, *args, **kwargs)

    def write(self, use: Callable[..., _T], *args: Any, dry_run: bool = False, **kwargs: Any) -> _T:
        """Call a use case with a unit of work: all of it is stored, or nothing; with `dry_run` nothing."""
        return self.store.write(lambda unit: use(unit, *args, **kwargs), dry_run=dry_run)

    # --- what is said ---------------------------------------------------------------------------------------------

    @property
    def out(self) -> Output:
        """Return the output, in the format that was asked for."""
        if self._output is None:
            from itmsctl.cli.output import Output

            self._output = Output(self.sources, self.stdout, self.say, self.local)
        return self._output

    def output_to(self, stream: TextIO, form: str) -> Output:
        """Return an output on another stream, such as a file, in `form` unless another format was asked for."""
        from itmsctl.cli.output import Output

        given = replace(self.settings, output=self.settings.output or form)
        return Output(replace(self.sources, given=given), stream, self.say, self.local)

    def say(self, text: str) -> None:
        """Write a line to stderr, for people; silent with `-q`."""
        if not self.settings.quiet:
            self.stderr.write(text.rstrip("\n") + "\n")

    def done(self, text: str, *, dry_run: bool) -> None:
        """Say what was done; where that was a dry run, that nothing was written."""
        self.say(text + (" (dry run, nothing was written)" if dry_run else ""))

    def warn(self, text: str) -> None:
        """Write a warning to stderr."""
        self.say(f"warning: {text}")

    def trace(self, text: str) -> None:
        """Write a line to stderr where `--debug` was given; each run of blanks becomes one.

        Never a value: of settings what may be written down, of statements the text, in which values have places only.
        """
        if self.settings.debug:
            self.stderr.write(f"debug: {' '.join(text.split())}\n")

    def insist(self, text: str) -> None:
        """Write a warning to stderr that `-q` does not silence: without it a person would think all is done."""
        self.stderr.write(f"warning: {text}\n")

    @property
    def interactive(self) -> bool:
        """Return whether a person can be asked."""
        return not self.settings.no_input and self.stdin.isatty() and self.stderr.isatty()

    def close(self) -> None:
        """Release the database."""
        if self._store is not None:
            self._store.close()


def process_context(argv: Sequence[str]) -> Context:
    """Return the context of this process."""
    return Context(argv, dict(os.environ), sys.stdin, sys.stdout, cast("TextIO", _Words(sys.stderr)))


class _Words:
    """Standard error. Words that nobody can be told (a full disk, a reader gone) change neither work nor status."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError:
            self._give_up()
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            self._give_up()

    def _give_up(self) -> None:
        # What is left in the buffer must go somewhere, or the interpreter ends with a status of its own.
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, self._stream.fileno())
        os.close(null)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
