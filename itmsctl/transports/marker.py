"""The run marker as a program: the words of `wrapper.sh`, its variables, and the bytes it reads."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from typing import Literal

from itmsctl.transports.loader import loaded
from itmsctl.transports.outcome import Cause, Command, check_marker
from itmsctl.values.lean import dataclass
from itmsctl.values.untrusted import shell_arg

Mode = Literal["run", "ask", "kill", "forget", "peek"]
# Long argument lists of `forget` are sent in several calls.
MARKERS_A_CALL = 500


@functools.cache
def wrapper_text() -> str:
    """Return the wrapper without comments and indentation: it is sent to every computer."""
    text = resources.files("itmsctl.transports").joinpath("wrapper.sh").read_text(encoding="ascii")
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("#"))


@dataclass(frozen=True)
class MarkerProgram:
    """One call of the wrapper: its token, and what goes to its standard input: itself, then `content`."""

    token: str
    names: Mapping[str, str]
    markers: tuple[str, ...] = ()
    content: bytes = b""
    sudo_user: str | None = None
    loads: Callable[[str], Sequence[str]] | None = None  # what takes it in where that is not a POSIX shell

    @property
    def body(self) -> bytes:
        """Return all that is sent."""
        return loaded(self.token, wrapper_text(), self.markers, self.names) + self.content


def run_program(
    command: Command, token: str, base: str | None, machine_id: str | None, grace_s: float = 3.0
) -> MarkerProgram:
    """Return the call that runs a command; its script and its launcher are its content."""
    launcher = launcher_of(command)
    names = _names("run", token, base, machine_id) | {
        "interpreter": command.interpreter,
        "length": str(len(command.script)),
        "launcher": str(len(launcher)),
        "keep": str(command.head_bytes),
        "limit": f"{max(0.1, command.time_limit_s):.1f}".removesuffix(".0"),
        "grace": _tenths(grace_s),
    }
    return MarkerProgram(token, names, (command.marker,), launcher + command.script, command.run_as)


def ask_program(
    mode: Mode,
    token: str,
    base: str | None,
    markers: Sequence[str],
    *,
    machine_id: str | None = None,
    run_as: str | None = None,
    grace_s: float = 3.0,
    cause: Cause = "limit",
) -> MarkerProgram:
    """Return the call that asks about, kills, forgets or looks at markers."""
    for marker in markers:
        check_marker(marker)
    names = _names(mode, token, base, machine_id) | {"grace": _tenths(grace_s), "cause": cause}
    return MarkerProgram(token, names, tuple(markers), b"", run_as)


def _tenths(seconds: float) -> str:
    return str(max(1, round(seconds * 10)))


def _names(mode: Mode, token: str, base: str | None, machine_id: str | None) -> dict[str, str]:
    return {"mode": mode, "token": token, "base": base or "", "pinned": machine_id or ""}


def launcher_of(command: Command) -> bytes:
    """Return the shell text that sets variables, options and arguments; empty where there are none."""
    if not (command.options or command.arguments or command.environment):
        return b""
    lines = [f"export {name}={shell_arg(value)}" for name, value in command.environment.items()]
    words = " ".join(shell_arg(argument) for argument in command.arguments)
    options = "".join(f" {shell_arg(option)}" for option in command.options)
    lines.append(f'exec {command.interpreter}{options} "$1/cmd" {words}')
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape")
