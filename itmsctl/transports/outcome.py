"""What to run on a computer, and what came of it."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Self

from itmsctl.errors import InputError, ItmsError

HEAD_BYTES = 48 * 1024
TAIL_BYTES = 16 * 1024
MAX_KEPT_BYTES = 1024 * 1024

Cause = Literal["limit", "person"]
"""Why a command is stopped: it passed its time limit, or somebody asked for it."""

Interpreter = Literal["sh", "bash", "python3", "powershell"]
INTERPRETERS: tuple[Interpreter, ...] = ("sh", "bash", "python3", "powershell")

_MARKER = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,199}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,63}\$?")


def check_marker(marker: str) -> str:
    """Return the run marker (`run.computer-guid.attempt`) if it can name a folder on any endpoint.

    Raises InputError otherwise.
    """
    if not _MARKER.fullmatch(marker) or ".." in marker:
        raise InputError(f"`{marker}` cannot name a run", why="a run marker has letters, digits, `.` and `-`")
    return marker


@dataclass(frozen=True, slots=True)
class Command:
    """A script to run once under a marker.

    `options` are the interpreter's own. `arguments` reach the script as argv, unchanged; `environment` is exported to
    it. `run_as` switches the user. `head_bytes` of each stream are kept from the beginning and TAIL_BYTES from the end.
    """

    marker: str
    script: bytes
    interpreter: Interpreter = "sh"
    options: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    run_as: str | None = None
    time_limit_s: float = 300.0
    head_bytes: int = HEAD_BYTES

    def __post_init__(self) -> None:
        check_marker(self.marker)
        if self.interpreter not in INTERPRETERS:
            raise InputError(f"`{self.interpreter}` is not an interpreter", hint=f"use {', '.join(INTERPRETERS)}")
        if any("\0" in text for text in (*self.options, *self.arguments, *self.environment.values())):
            raise InputError("an argument or a variable holds a NUL character, which no process can be given")
        for name in self.environment:
            if not _VARIABLE.fullmatch(name):
                raise InputError(f"`{name}` is not the name of an environment variable")
        if self.run_as is not None and not _USER.fullmatch(self.run_as):
            raise InputError(f"`{self.run_as}` is not the name of a user")
        if self.time_limit_s <= 0:
            raise InputError("the time limit must be longer than nothing")
        if not 4096 <= self.head_bytes <= MAX_KEPT_BYTES:
            raise InputError(f"between 4096 and {MAX_KEPT_BYTES} bytes of a stream can be kept")


class RemoteState(enum.StrEnum):
    """How a run on one computer stands.

    `unreachable` and `never_started` had no effect and may be tried again; `unknown` must be asked about first.
    `running` is the answer about a command that somebody else began, or whose watcher was killed. `cancelled` is one
    that somebody stopped, and whose end is confirmed.
    """

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    UNREACHABLE = "unreachable"
    NEVER_STARTED = "never_started"
    RUNNING = "running"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Captured:
    """One stream: its first and last bytes, exact, and how many there were. `tail` is empty where `head` is all."""

    head: bytes = b""
    tail: bytes = b""
    total: int = 0

    @property
    def dropped(self) -> int:
        """Return how many bytes between head and tail were counted but not kept."""
        return max(0, self.total - len(self.head) - len(self.tail))

    def joined(self) -> bytes:
        """Return head and tail as one; exact where `dropped` is 0."""
        return self.head + self.tail


@dataclass(frozen=True, slots=True)
class HostFacts:
    """Who answered, as the endpoint itself says (reported, never verified)."""

    machine_id: str | None = None
    boot_id: str | None = None
    uptime_s: float | None = None


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """What came of a command, or the answer to a question about it.

    `reason` is a stable code, empty for an ordinary end; `leads_to` is the exit status of `itmsctl` that the reason
    leads to when this is the only computer.
    """

    state: RemoteState
    marker: str
    exit_status: int | None = None
    stdout: Captured = field(default_factory=Captured)
    stderr: Captured = field(default_factory=Captured)
    reason: str = ""
    message: str = ""
    hint: str = ""
    leads_to: int = 0
    duration_s: float | None = None
    age_s: float | None = None  # of a command that runs, where the endpoint can tell
    host: HostFacts = field(default_factory=HostFacts)
    brought: Any = None  # what was read of the computer, for who stores it with the result
    later: datetime | None = None  # nothing was begun, and the same step comes again then

    @classmethod
    def of_error(cls, state: RemoteState, marker: str, error: ItmsError, why: str | None = None) -> Self:
        """Return what an error says of a command; `why` stands for the error's own, such as without its secrets."""
        why = error.why if why is None else why
        message = f"{error.message}: {why}" if why else error.message
        return cls(state, marker, reason=error.code, message=message, hint=error.hint, leads_to=error.exit_status)
