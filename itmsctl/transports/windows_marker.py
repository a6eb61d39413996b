"""The run marker on Windows: the same calls as `marker`, spoken by PowerShell and C# (decision 25)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

from itmsctl.errors import InputError
from itmsctl.transports.marker import MarkerProgram, Mode
from itmsctl.transports.outcome import Cause, Command, check_marker
from itmsctl.transports.powershell import windows_loader, windows_marked
from itmsctl.values.lean import dataclass

_USERS = "Windows has no sudo: a command runs as who logs in"


@dataclass(frozen=True)
class WindowsProgram(MarkerProgram):
    """One call of the marker. All that it is given stands in its text."""

    loads: Callable[[str], Sequence[str]] | None = windows_loader

    @property
    def body(self) -> bytes:
        """Return all that is sent."""
        options = {name: value for name, value in self.names.items() if name != "pinned"}
        return windows_marked(self.token, options, self.names["pinned"])


def windows_run(command: Command, token: str, machine_id: str | None) -> WindowsProgram:
    """Return the call that runs a command. Raises InputError for what Windows cannot be given."""
    if command.interpreter != "powershell":
        raise InputError(
            f"`{command.interpreter}` does not run on Windows", hint="give the task --interpreter powershell"
        )
    if command.run_as is not None:
        raise InputError(f"`{command.run_as}` cannot be become there", why=_USERS)
    if command.options or command.arguments:
        raise InputError("a script of PowerShell is given no arguments", why="they would be split again there")
    told = "\0".join(f"{name}={value}" for name, value in command.environment.items())
    options = {
        "script": _base64(command.script),
        "environment": _base64(told.encode("utf-8", "surrogatepass")),
        "keep": str(command.head_bytes),
        "limit": f"{max(0.1, command.time_limit_s):.1f}",
    }
    return WindowsProgram(token, _names("run", token, [command.marker], machine_id) | options, (command.marker,))


def windows_ask(
    mode: Mode,
    token: str,
    markers: Sequence[str],
    *,
    machine_id: str | None = None,
    run_as: str | None = None,
    cause: Cause = "limit",
) -> WindowsProgram:
    """Return the call that asks about, kills, forgets or looks at markers. Raises InputError."""
    if run_as is not None:
        raise InputError(f"`{run_as}` cannot be become there", why=_USERS)
    return WindowsProgram(token, _names(mode, token, markers, machine_id) | {"cause": cause}, tuple(markers))


def _names(mode: Mode, token: str, markers: Sequence[str], machine_id: str | None) -> dict[str, str]:
    return {
        "mode": mode,
        "token": token,
        "pinned": machine_id or "",
        "markers": " ".join(check_marker(marker) for marker in markers),
    }


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
