"""The run marker as a program: the words of `wrapper.sh`, its arguments, and the bytes it reads (reliability 7.2)."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Literal

from itmsctl.transports.outcome import Command, check_marker
from itmsctl.values.untrusted import shell_arg

Mode = Literal["run", "ask", "kill", "forget"]
# Long argument lists of `forget` are sent in several calls.
MARKERS_A_CALL = 500


@functools.cache
def wrapper_text() -> str:
    """Answer the wrapper without comments and indentation: it is sent to every computer."""
    text = resources.files("itmsctl.transports").joinpath("wrapper.sh").read_text(encoding="ascii")
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("#"))


@dataclass(frozen=True, slots=True)
class Program:
    """One call of the wrapper: its argument list and what goes to its standard input."""

    arguments: tuple[str, ...]
    body: bytes = b""
    sudo_user: str | None = None

    def argv(self, sudo_marker: str = "", sudo_asks: bool = False) -> list[str]:
        """Answer the program and its arguments, through sudo where a user is named."""
        shell = ["/bin/sh", "-c", wrapper_text(), "itms", *self.arguments]
        if self.sudo_user is None:
            return shell
        how = ["-S", "-k", "-p", sudo_marker] if sudo_asks else ["-n"]
        return ["sudo", *how, "-H", "-u", self.sudo_user, "--", *shell]

    def line(self, sudo_marker: str = "", sudo_asks: bool = False) -> str:
        """Answer the same as one command line for a login shell."""
        return "exec " + shlex.join(self.argv(sudo_marker, sudo_asks))


def run_program(command: Command, token: str, base: str | None, machine_id: str | None) -> Program:
    """Answer the call that runs a command; its script and its launcher go by standard input."""
    launcher = _launcher(command)
    arguments = _arguments(
        "run", token, base, command.marker, machine_id, command.interpreter, len(command.script), len(launcher),
        command.head_bytes, 1,
    )  # fmt: skip
    return Program(arguments, launcher + command.script, command.run_as)


def ask_program(
    mode: Mode,
    token: str,
    base: str | None,
    markers: Sequence[str],
    *,
    machine_id: str | None = None,
    run_as: str | None = None,
    grace_s: float = 3.0,
) -> Program:
    """Answer the call that asks about, kills or forgets markers."""
    for marker in markers:
        check_marker(marker)
    first, rest = (markers[0], ()) if mode != "forget" else ("-", tuple(markers))
    grace = max(1, round(grace_s * 10))
    arguments = _arguments(mode, token, base, first, machine_id, "sh", 0, 0, 0, grace)
    return Program((*arguments, *rest), b"", run_as)


def _arguments(
    mode: Mode, token: str, base: str | None, marker: str, machine_id: str | None, interpreter: str,
    length: int, launcher: int, keep: int, grace: int,
) -> tuple[str, ...]:  # fmt: skip
    return (
        mode, token, base or "", marker, machine_id or "", interpreter, str(length), str(launcher), str(keep),
        str(grace),
    )  # fmt: skip


def _launcher(command: Command) -> bytes:
    """Answer the shell text that sets variables and arguments; empty where there are none."""
    if not command.arguments and not command.environment:
        return b""
    lines = [f"export {name}={shell_arg(value)}" for name, value in command.environment.items()]
    words = " ".join(shell_arg(argument) for argument in command.arguments)
    lines.append(f'exec {command.interpreter} "$1/cmd" {words}')
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape")
