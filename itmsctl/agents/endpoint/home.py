"""What the agent keeps on its computer: a folder of its own, with its key, its state, its outbox and its policy.

Every file is written whole or not at all, and what is broken counts for nothing: so whatever ended a check-in, the next
one goes on from what is there.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from itmsctl.agents.endpoint.ed25519 import public_of, sign
from itmsctl.agents.endpoint.machine import is_same, machine, mark_of
from itmsctl.agents.form import (
    EVENT_SPACE,
    FIRST,
    FormError,
    agent_id,
    digest,
    event_name,
    joined,
    split,
    written,
)
from itmsctl.inventory.endpoint.own_files import own_folder, small_file, write_whole
from itmsctl.packages.trust.sshsig_form import armoured, to_sign

PROGRAM = "itms-agent"
BUILD = "build.json"
"""What the agent was built with, kept beside the program: a newer program is the same for all."""
_MOST_STATE = 4 << 20
WORK = "work.json"
"""The file with how far what this computer carries out by itself has come."""


class BusyAgentError(Exception):
    """Another check-in is under way."""


def usual_folder() -> str:
    """Return where the agent of this user keeps what it has."""
    home = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.path.join("/var/lib" if os.geteuid() == 0 else home, "itms-agent")


class AgentHome:
    """The folder of an agent, held by one process at a time."""

    def __init__(self, folder: str) -> None:
        self.folder = own_folder(folder)
        self.state: dict[str, Any] = {}
        self.secret = b""
        self.machine: Mapping[str, Any] = {}
        self._lock = -1

    def hold(self) -> None:
        """Keep others out, and read what is kept; the first time a key is made. Raises BusyAgentError, OSError."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._lock = os.open(self.path("lock"), flags, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BusyAgentError("another check-in of this agent is under way") from None
        self.look()
        if not self.secret or not is_same(self.state.get("machine", self.machine), self.machine):
            self._become_new()
        elif self.state.get("machine") != self.machine:
            self.keep(machine=self.machine)
        self._catch_up()

    def release(self) -> None:
        """Let others in."""
        os.close(self._lock)

    def look(self) -> None:
        """Read what is kept; nothing is changed."""
        self.machine = machine()
        self.state = self.json("state.json")
        with suppress(OSError, ValueError):
            self.secret = bytes.fromhex(small_file(self.path("key")).decode("ascii").strip())

    @property
    def id(self) -> str:
        """Return what this agent is known by; empty before it has a key."""
        return agent_id(public_of(self.secret)) if len(self.secret) == 32 else ""

    def path(self, *names: str) -> str:
        """Return the path of a file of the folder."""
        return os.path.join(self.folder, *names)

    def part(self, name: str) -> str:
        """Return a folder within it, made where there is none."""
        return own_folder(self.path(name))

    def json(self, name: str) -> dict[str, Any]:
        """Return what a file of JSON holds; an empty object where it is missing or broken."""
        try:
            found = json.loads(small_file(self.path(name), _MOST_STATE).decode("utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def keep(self, **values: Any) -> None:
        """Note values in the state."""
        self.state.update(values)
        write_whole(self.path("state.json"), json.dumps(self.state, sort_keys=True).encode(), 0o600)

    def _become_new(self) -> None:
        """Make a key: this is a new agent, also where its folder was copied from another computer."""
        was = self.id
        self.secret = secrets.token_bytes(32)
        write_whole(self.path("key"), self.secret.hex().encode() + b"\n", 0o600)
        for name in os.listdir(self.part("outbox")):
            os.unlink(self.path("outbox", name))
        for name in ("policy", WORK):
            with suppress(OSError):
                os.unlink(self.path(name))
        self.state = {}
        self.keep(machine=self.machine, number=0, before=FIRST, copied_from=was)

    def _catch_up(self) -> None:
        """Count events on from what lies in the outbox, where the state was not written any more."""
        for name in self.waiting():
            try:
                line, _, _ = split(small_file(self.path("outbox", name), _MOST_STATE))
            except (OSError, FormError):
                os.unlink(self.path("outbox", name))
                continue
            number = int(name.split("-")[1].split(".")[0])
            if number > self.state.get("number", 0):
                self.state.update(number=number, before=digest(line))

    # --- events -------------------------------------------------------------------------------------------------------

    def waiting(self) -> list[str]:
        """Return the names of events that were not delivered yet, the oldest first."""
        start = f"{self.id}-"
        return sorted(name for name in os.listdir(self.part("outbox")) if name.startswith(start) and name.endswith("t"))

    def tell(self, kind: str, at: int, body: bytes = b"", **more: Any) -> str:
        """Put an event into the outbox; return the name of its file. Raises OSError."""
        number = self.state.get("number", 0) + 1
        head: Mapping[str, Any] = {
            "agent": self.id, "number": number, "before": self.state.get("before", FIRST), "kind": kind, "at": at,
            "machine": mark_of(self.machine),
            "nonce": secrets.token_hex(8),  # two copies of an agent never say the same
            "size": len(body), "sha256": digest(body), **more,
        }  # fmt: skip
        line = written(head)
        name = event_name(self.id, number)
        write_whole(self.path(self.part("outbox"), name), joined(line, self._signature(line), body), 0o600)
        self.keep(number=number, before=digest(line))
        return name

    def _signature(self, line: bytes) -> str:
        return armoured(public_of(self.secret), sign(self.secret, to_sign(line, EVENT_SPACE)), EVENT_SPACE)

    @property
    def public(self) -> bytes:
        """Return the public key."""
        return public_of(self.secret)
