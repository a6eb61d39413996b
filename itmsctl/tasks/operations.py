"""What a kind of task asks of a computer, as data: nothing here runs anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from itmsctl.values.lean import dataclass


@dataclass(frozen=True)
class Script:
    """A script on the computer, under the marker of its step: at most one in a step, so at most once an attempt."""

    body: str
    interpreter: str = "sh"
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Put:
    """A file of this machine onto the computer. `mode` is none where that of the source counts."""

    source: str
    path: str
    mode: int | None = None


@dataclass(frozen=True)
class PutTree:
    """A folder of this machine, with all in it, onto the computer: the folder there is replaced whole."""

    source: str
    path: str


@dataclass(frozen=True)
class Get:
    """A file of the computer into `folder`/NAME OF THE COMPUTER/`name` on this machine."""

    path: str
    folder: str
    name: str
    limit_bytes: int


@dataclass(frozen=True)
class AwaitReturn:
    """Wait until the computer was rebooted and answers again. `limit_s` none: what is left of the step's time."""

    limit_s: float | None = None


@dataclass(frozen=True)
class AwaitPort:
    """Wait until a TCP port of the computer takes connections from here; none is the port by which it is managed."""

    port: int | None = None
    limit_s: float | None = None


@dataclass(frozen=True)
class ViaNeighbour:
    """A script on another computer of the same subnet; it is given ITMS_MAC and ITMS_BROADCAST of this one."""

    script: str


@dataclass(frozen=True)
class Interview:
    """A program of a later room that reads the computer and changes nothing there: it leaves no marker.

    What it reads is stored with the result of its step (`tasks.service.interviews`).
    """

    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Errand:
    """What a later room does on the computer: it prepares, then acts once under the marker of the step.

    What the marker answers is settled by the same room, also when it is asked later (`tasks.service.interviews`).
    """

    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ServerFunction:
    """A function of the machine of the CMDB, by its name."""

    function: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


Operation = Script | Put | PutTree | Get | AwaitReturn | AwaitPort | ViaNeighbour | Interview | Errand | ServerFunction
