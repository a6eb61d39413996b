"""The contract of every transport.

A public method owns policy: one deadline, mapped errors, redaction, a line in the log. A driver writes the
`_underscore` ones and may raise only `ItmsError`. `tests/transports/contract.py` is the contract as tests; a new
driver inherits it.
"""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol, Self

from itmsctl.errors import HostIdentityError, ItmsError, OutcomeUnknownError, UnreachableError
from itmsctl.transports.endpoint import (
    Connection,
    Credentials,
    Endpoint,
    HostKeyPin,
    HostKeyPolicy,
    SeenHostKey,
    Settings,
)
from itmsctl.transports.entries import FileEntry, Listing, SeenPath, Tree, What
from itmsctl.transports.outcome import (
    Captured,
    Cause,
    Command,
    CommandOutcome,
    HostFacts,
    Interpreter,
    RemoteState,
    check_marker,
)
from itmsctl.transports.redaction import redacted_outcome, redacted_text
from itmsctl.values.untrusted import log_text

if TYPE_CHECKING:
    from itmsctl.transports.conversing import Dialogue, DialogueEnd
    from itmsctl.transports.handing import Handing
    from itmsctl.transports.reader import Running, Sink
    from itmsctl.transports.streaming import Inquiry, ReadOut

__all__ = [
    "Captured",
    "Command",
    "CommandOutcome",
    "Connection",
    "Credentials",
    "Endpoint",
    "FileEntry",
    "HostFacts",
    "HostKeyPin",
    "HostKeyPolicy",
    "Interpreter",
    "Listing",
    "RemoteState",
    "SeenHostKey",
    "Settings",
    "Transport",
    "check_marker",
]  # fmt: skip

_Act = Callable[[], CommandOutcome]
_log = logging.getLogger("itmsctl.transports")


class Onlooker(Protocol):
    """Somebody who may want to see what a command prints while it runs."""

    def wanted(self, marker: str) -> bool:
        """Return whether anybody looks at this marker now; cheap, for it is asked every second."""

    def told(self, marker: str, stdout: bytes, stderr: bytes) -> None:
        """Take what was printed so far, from the beginning and redacted."""


class Transport(ABC):
    """A way to one computer, opened on first use and reused for every step; close it, or use it as a context."""

    scheme: ClassVar[str]
    keeps_modes: ClassVar[bool] = True  # whether a file there has the mode that it is given
    live: Onlooker | None = None
    stopped: Callable[[], bool] | None = None  # whether a person asked that what runs, or is about to, ends
    met: Callable[[Connection], None] | None = None  # is told of a first contact, once

    def __init__(self, endpoint: Endpoint, credentials: Credentials, settings: Settings | None = None) -> None:
        self.endpoint = endpoint
        self.credentials = credentials
        self.settings = settings or Settings()
        self._connection: Connection | None = None
        self._first_key: SeenHostKey | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def connection(self) -> Connection | None:
        """Return what the connection taught, once there is one."""
        return self._connection

    def connect(self) -> Connection:
        """Connect and log in within `settings.connect_s`, checking the host key before anything is sent.

        Raises UnreachableError (exit 8) or HostIdentityError (exit 12), a leaf of either that tells the reason. A
        refused endpoint raises what it was refused for, before any packet is sent.
        """
        if self.endpoint.refused is not None:
            raise self.endpoint.refused
        if self._connection is not None and not self._is_open():
            self.close()
        if self._connection is None:
            self._connection = self._made()
            self._meet(self._connection)
        return self._connection

    def _meet(self, made: Connection) -> None:
        """Tell of a first contact. Where a machine id is recorded, who answered is known only once it was compared."""
        key, met = made.seen_key, self.met
        if met is not None and key is not None and key.newly_accepted and self.endpoint.machine_id is None:
            self.met = None
            met(made)

    def _made(self) -> Connection:
        begin = time.monotonic()
        made = self._connect(begin + self.settings.connect_s)
        return replace(made, seen_key=self._kept(made), connect_s=time.monotonic() - begin)

    def _kept(self, made: Connection) -> SeenHostKey | None:
        """Return the host key of a connection; one accepted at the first contact is the only one for the next."""
        key = made.seen_key
        if key is not None and key.newly_accepted:
            self._first_key = key
            pin = HostKeyPin(key.key_type, key.fingerprint, key.blob)
            self.endpoint = replace(self.endpoint, pins=(*self.endpoint.pins, pin))
        return self._first_key or key

    def run(self, command: Command) -> CommandOutcome:
        """Run a command once under its marker and wait for its end. Never raises for what the endpoint does.

        A marker that was used before runs nothing: the outcome is that of the first time, `running` if it is not over.
        Where `stopped` says so, nothing is sent (`never_started`), and what runs is killed, over this same connection.
        """
        return self._outcome("run", command.marker, lambda: self._begin(command))

    def _begin(self, command: Command) -> CommandOutcome:
        if self.stopped is not None and self.stopped():
            return CommandOutcome(RemoteState.NEVER_STARTED, command.marker)
        return self._run(command)

    def ask(self, marker: str, *, run_as: str | None = None) -> CommandOutcome:
        """Learn what became of a marker. `never_started` is final: the marker is sealed and can never start later.

        After a reboot or a reinstallation (see `host`) a marker that is missing proves nothing by itself.
        """
        check_marker(marker)
        return self._outcome("ask", marker, lambda: self._ask(marker, run_as))

    def kill(self, marker: str, *, run_as: str | None = None, cause: Cause = "limit") -> CommandOutcome:
        """Stop a running command: TERM, a grace, KILL.

        It is `timed_out`, or `cancelled` where a person is the cause, only where its end is confirmed.
        """
        check_marker(marker)
        return self._outcome("kill", marker, lambda: self._kill(marker, run_as, cause))

    def forget(self, markers: Iterable[str], *, run_as: str | None = None) -> int:
        """Remove the markers of closed runs from the endpoint; return how many went. Running ones stay.

        Raises ItmsError where the endpoint cannot be reached.
        """
        names = [check_marker(marker) for marker in markers]
        self.connect()
        return self._forget(names, run_as) if names else 0

    def put(self, content: bytes | Path, path: str, *, mode: int = 0o600) -> int:
        """Write a file on the endpoint: under a temporary name, synced, then renamed; return its bytes.

        Raises TransferError; the file at `path` is then either the old or the new one, never a part.
        """
        self.connect()
        return self._put(content, path, mode)

    def put_tree(self, tree: Tree, path: str) -> int:
        """Put a folder (`trees.read_tree`) in the place of the one at `path`; return the bytes that were sent.

        It is unpacked beside its place and then renamed. Raises TransferError; the folder at `path` is then the old or
        the new one, never a mix. Modes are kept, owners are not.
        """
        self.connect()
        return self._put_tree(tree, path)

    def look(self, what: What = "host", path: str = "", *, limit_s: float | None = None) -> SeenPath:
        """Learn who answers, and what stands at a path, as a digest: of a `file`, or of a `tree` by `trees.digest`.

        Raises UnreachableError, HostIdentityError for another machine than the recorded one, LinkLostError.
        """
        self.connect()
        return self._look(what, path, self.settings.answer_s if limit_s is None else limit_s)

    def read_out(self, inquiry: Inquiry, out: Sink) -> ReadOut:
        """Run a program that reads the computer and changes nothing, and hand on what it prints as it comes.

        It is fed to its interpreter by standard input, so that no file and no marker stays behind. Raises
        UnreachableError, HostIdentityError for another machine than the recorded one, InterpreterMissingError where
        the computer has none of its interpreters, LinkLostError where the link is cut.
        """
        self.connect()
        return self._read_out(inquiry, out)

    def converse(self, talk: Dialogue) -> DialogueEnd:
        """Run a program that may be done again without harm, hand it what it asks for, and return what it says.

        It runs as `run_as`, leaves no marker, and what it says is bounded. Raises UnreachableError, HostIdentityError
        for another machine than the recorded one, LinkLostError where the link is cut, TransferError where the
        computer has no POSIX shell or does not speak.
        """
        self.connect()
        return self._converse(talk)

    def hand(self, handing: Handing) -> str:
        """Run a short program that takes bytes and may be done again without harm; return what it answered.

        Raises TransferCutError where the link was cut or stalled, TransferError where the program refused, and where
        the computer has no POSIX shell.
        """
        self.connect()
        return self._hand(handing)

    def start(self, words: Sequence[str]) -> Running:
        """Start a program of the endpoint that is spoken to by its standard streams, and return it; close it.

        It is run by the login's own shell, or is what the server has for this key. Raises UnreachableError,
        HostIdentityError, LinkLostError, NoCommandsError where nothing is started over this way.
        """
        self.connect()
        return self._program(words)

    def get(self, path: str, *, limit_bytes: int) -> bytes:
        """Read a file of the endpoint.

        Raises TransferError where it is missing, longer than `limit_bytes`, or the link is cut.
        """
        self.connect()
        return self._get(path, limit_bytes)

    def list(self, path: str) -> Listing:
        """List a folder; hostile names are kept apart (HE5). Raises TransferError."""
        self.connect()
        return self._list(path)

    def close(self) -> None:
        """Close the link. A command that runs goes on."""
        self._connection = None
        self._close()

    def _outcome(self, verb: str, marker: str, act: _Act) -> CommandOutcome:
        begin = time.monotonic()
        try:
            self.connect()
        except ItmsError as error:
            outcome = self._failed(RemoteState.UNREACHABLE if verb == "run" else RemoteState.UNKNOWN, marker, error)
        else:
            try:
                outcome = act()
            except ItmsError as error:
                outcome = self._failed(_state_of(verb, error), marker, error)
        outcome = redacted_outcome(outcome, self.credentials.secrets())
        if outcome.duration_s is None and verb == "run":
            outcome = replace(outcome, duration_s=time.monotonic() - begin)
        _log.info("%s %s on %s: %s %s", verb, marker, log_text(self.endpoint.name), outcome.state, outcome.reason)
        return outcome

    def _failed(self, state: RemoteState, marker: str, error: ItmsError) -> CommandOutcome:
        # Only the cause quotes an endpoint: a password `wrong` takes nothing out of our own sentences.
        why = redacted_text(error.why, self.credentials.secrets())
        outcome = CommandOutcome.of_error(state, marker, error, why)
        unsettled = state is RemoteState.UNKNOWN and not isinstance(error, HostIdentityError)
        return replace(outcome, leads_to=OutcomeUnknownError.exit_status) if unsettled else outcome

    @abstractmethod
    def _connect(self, deadline: float) -> Connection:
        """Connect before `deadline` (time.monotonic)."""

    @abstractmethod
    def _is_open(self) -> bool:
        """Return whether the link still stands, without waiting."""

    @abstractmethod
    def _run(self, command: Command) -> CommandOutcome: ...

    @abstractmethod
    def _ask(self, marker: str, run_as: str | None) -> CommandOutcome: ...

    @abstractmethod
    def _kill(self, marker: str, run_as: str | None, cause: Cause) -> CommandOutcome: ...

    @abstractmethod
    def _forget(self, markers: Sequence[str], run_as: str | None) -> int: ...

    @abstractmethod
    def _put(self, content: bytes | Path, path: str, mode: int) -> int: ...

    @abstractmethod
    def _put_tree(self, tree: Tree, path: str) -> int: ...

    @abstractmethod
    def _look(self, what: What, path: str, limit_s: float) -> SeenPath: ...

    @abstractmethod
    def _read_out(self, inquiry: Inquiry, out: Sink) -> ReadOut: ...

    @abstractmethod
    def _converse(self, talk: Dialogue) -> DialogueEnd: ...

    @abstractmethod
    def _program(self, words: Sequence[str]) -> Running: ...

    @abstractmethod
    def _hand(self, handing: Handing) -> str: ...

    @abstractmethod
    def _get(self, path: str, limit_bytes: int) -> bytes: ...

    @abstractmethod
    def _list(self, path: str) -> Listing: ...

    @abstractmethod
    def _close(self) -> None: ...


def _state_of(verb: str, error: ItmsError) -> RemoteState:
    """Return what an error in the middle means. A question that was not answered says nothing about the command."""
    if verb != "run" or isinstance(error, OutcomeUnknownError):
        return RemoteState.UNKNOWN
    return RemoteState.UNREACHABLE if isinstance(error, UnreachableError) else RemoteState.NEVER_STARTED
