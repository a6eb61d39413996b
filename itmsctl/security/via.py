"""How computers are reached: what was typed, what a profile says, what a computer says, and the defaults, in one value.

It is kept with a run, so that `run retry` and `run reconcile` go the same way. It holds names of files and
credentials, never a secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from itmsctl.errors import InputError

SSH_PORT = 22
USUAL_PORTS = {"smb": 445}  # of the transports that do not go by SSH
CONNECT_TIMEOUT_S = 10.0
# Without a slash at the end, which would follow a link.
_FOLDER = re.compile(r"(/[^/\x00-\x1f\x7f]+)+")


@dataclass(frozen=True, slots=True)
class Via:
    """A way to computers. None means: not said here.

    `user` and `port` were typed for this very command and win over what a computer or a profile says.
    """

    transport: str | None = None
    user: str | None = None
    port: int | None = None
    key_files: tuple[str, ...] = ()
    use_agent: bool | None = None
    connect_timeout_s: float | None = None
    run_as: str | None = None
    accept_new: bool = False
    profile: str | None = None
    credentials: tuple[str, ...] = ()  # names: what they hold stays in the vault
    run_dir: str | None = None

    def __post_init__(self) -> None:
        if self.port is not None and not 1 <= self.port <= 65535:
            raise InputError(f"{self.port} is not a port", hint="between 1 and 65535").about("port")
        if self.connect_timeout_s is not None and not 0.1 <= self.connect_timeout_s <= 600:
            what = f"a connect limit of {self.connect_timeout_s:g} s"
            raise InputError(what, hint="between 0.1 and 600 seconds").about("connect_timeout_s")
        if self.run_dir is not None and not _FOLDER.fullmatch(self.run_dir):
            raise InputError(
                "the folder of runs is not an absolute path",
                why="it is a path of the computers: it begins with `/`, and nothing in it is filled in",
                hint="--run-dir /srv/itms",
            ).about("run_dir")

    def as_dict(self) -> dict[str, Any]:
        """Return the form in which a run keeps it."""
        return asdict(self)

    @classmethod
    def of_fields(cls, said: Mapping[str, Any], **more: Any) -> Via:
        """Return the way that the fields of a profile or a policy say, and `more` that only one of them has."""
        alike = {name: said[name] for name in ("transport", "user", "port", "connect_timeout_s")}
        return cls(use_agent=said["use_agent"] or None, **alike, **more)

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Via:
        """Read the form in which a run keeps it."""
        known = {name: kept[name] for name in cls.__slots__ if name in kept}
        lists = {name: tuple(known.get(name) or ()) for name in ("key_files", "credentials")}
        return cls(**known | lists)

    def over(self, other: Via) -> Via:
        """Return this way with its gaps filled from another."""
        return replace(
            other,
            **{
                name: value
                for name in self.__slots__
                if (value := getattr(self, name)) not in (None, (), False) or name == "accept_new"
            },
        )


@dataclass(frozen=True, slots=True)
class Login:
    """Where and as whom to log in to one computer. `assumed` names what nobody said: `user`, `port`."""

    user: str
    port: int
    assumed: tuple[str, ...] = ()


def login(
    typed: Via,
    computer_user: str | None,
    computer_port: int | None,
    profile: Via,
    whoami: str,
    owner: str | None = None,
    usual_port: int = SSH_PORT,
) -> Login:
    """Return the login of one computer: what was typed, else the computer's own, else the profile's, else the default.

    `owner` is the user that the credential in use belongs to; only what was typed wins over it. The default user is the
    one who runs the command, as with ssh.
    """
    said = {
        "user": typed.user or owner or computer_user or profile.user,
        "port": typed.port or computer_port or profile.port,
    }
    assumed = tuple(name for name, value in said.items() if not value)
    return Login(str(said["user"] or whoami), int(said["port"] or usual_port), assumed)
