"""What running computers have printed so far, for `run logs -f` in another process of this machine.

It goes by files of the state folder, one a computer, and only while somebody looks: nothing is asked of a computer, and
nothing written, for nobody. What stands in them is redacted like what is stored, and goes away with the drive.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = "live"
WATCH = "watch"
WATCHED_S = 10.0  # how long one look of a watcher counts
LOOK_S = 1.0
LONGEST = 4 << 20  # of a file that somebody else may have put there


def folder_of(state: Path, run_guid: str) -> Path:
    """Return where what runs print stands while somebody looks."""
    return state / FOLDER / run_guid


@dataclass
class LiveDesk:
    """The side of the process that drives runs."""

    state: Path
    _seen: dict[str, tuple[int, float]] = field(default_factory=dict)  # run -> (the last look, when it was noticed)
    _looked: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wanted(self, marker: str) -> bool:
        """Return whether somebody looks at the run of a marker."""
        run, now = marker.split(".", 1)[0], time.monotonic()
        with self._lock:
            if now - self._looked.get(run, -LOOK_S) >= LOOK_S:
                self._looked[run] = now
                with suppress(OSError):
                    stamp = (folder_of(self.state, run) / WATCH).stat().st_mtime_ns
                    if self._seen.get(run, (0, 0.0))[0] != stamp:
                        self._seen[run] = (stamp, now)
            return run in self._seen and now - self._seen[run][1] < WATCHED_S

    def told(self, marker: str, stdout: bytes, stderr: bytes) -> None:
        """Keep what a step has printed so far."""
        run, computer = marker.split(".", 2)[:2]
        place = folder_of(self.state, run) / computer
        streams = {"stdout": stdout, "stderr": stderr}
        told = {"marker": marker} | {name: base64.b64encode(data).decode("ascii") for name, data in streams.items()}
        part = place.with_suffix(".part")
        with suppress(OSError):
            part.unlink(missing_ok=True)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
                json.dump(told, file)
            part.replace(place)

    def close(self) -> None:
        """Take away what was kept of the runs that were driven."""
        for run in list(self._seen):
            shutil.rmtree(folder_of(self.state, run), ignore_errors=True)


@dataclass(frozen=True, slots=True)
class LiveLine:
    """One line that a running computer printed."""

    guid: str
    marker: str
    stream: str
    text: bytes


class Looker:
    """The side of the process that looks on."""

    def __init__(self, state: Path, run_guid: str) -> None:
        self.folder = folder_of(state, run_guid)
        self.shown: dict[tuple[str, str], int] = {}  # (marker, stream) -> bytes that were given

    def lines(self) -> Iterator[LiveLine]:
        """Yield whole lines that were not given before, computer by computer; say that somebody looks."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.folder / WATCH).touch(mode=0o600)
            os.utime(self.folder / WATCH)
            places = sorted(self.folder.iterdir())
        except OSError:
            return
        for place in places:
            told = None if place.name == WATCH or place.suffix else _read(place)
            if told is not None:
                yield from self._new(place.name, told)

    def _new(self, guid: str, told: dict[str, Any]) -> Iterator[LiveLine]:
        for stream in ("stdout", "stderr"):
            key = (told["marker"], stream)
            whole = told[stream]
            begin, end = self.shown.get(key, 0), whole.rfind(b"\n") + 1
            if end > begin:
                self.shown[key] = end
                for text in whole[begin:end].splitlines():
                    yield LiveLine(guid, key[0], stream, text)

    def close(self) -> None:
        """Take all away: who still looks makes it again."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _read(place: Path) -> dict[str, Any] | None:
    with suppress(OSError, ValueError, KeyError, TypeError):
        if place.stat().st_size <= LONGEST:
            told = json.loads(place.read_text(encoding="ascii"))
            streams = {name: base64.b64decode(told[name], validate=True) for name in ("stdout", "stderr")}
            return {"marker": str(told["marker"])} | streams
    return None
