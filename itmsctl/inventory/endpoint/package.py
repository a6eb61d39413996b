"""The stand-alone package: writes what changed since its last file into a folder, with what it told kept beside.

What is kept is what the next request says: digests of classes and of their rows, no row itself. Whoever loads the files
proves each difference against what is held, so a file that was lost, repeated or came out of turn is found there; what
does not fit is asked for again by a note in the folder, or comes with the next full file.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import re
import secrets
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from itmsctl.inventory.endpoint.own_files import PackageError, machine_mark, own_folder, small_file, write_whole
from itmsctl.inventory.endpoint.program import answer
from itmsctl.inventory.inbox import ASKED_AGAIN

_ALWAYS = ("identification",)  # says whose file it is
_DAY_S = 86_400
_UNSAFE = re.compile("[^A-Za-z0-9-]+")
_BUSY, _FAILED = 75, 1


def run(settings: Mapping[str, Any], definitions: Sequence[Sequence[Any]], words: Sequence[str]) -> int:
    """Write one file as settings and words say; return the exit status."""
    given = _parser(settings).parse_args(list(words))
    if given.readme:
        sys.stdout.write(settings["readme"])
        return 0
    try:
        folder = own_folder(given.state or _default_state())
        lock = os.open(os.path.join(folder, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sys.stderr.write("another run of this package is under way\n")
            os.close(lock)
            return _BUSY
        try:
            name = _Package(settings, definitions, given, folder).write()
        finally:
            os.close(lock)  # an agent's check-in may call this again in the same process
    except PackageError as error:
        sys.stderr.write(f"{error}\n")
        return _FAILED
    except OSError as error:
        sys.stderr.write(f"{error.filename or 'the file'}: {error.strerror}; nothing was sent\n")
        return _FAILED
    if not given.quiet:
        sys.stdout.write(f"{name}\n")
    return 0


def _parser(settings: Mapping[str, Any]) -> argparse.ArgumentParser:
    known = argparse.ArgumentParser(
        prog=os.path.basename(sys.argv[0]), description="Writes the inventory of this computer into a file.",
        epilog="Exit status: 0 written, 1 not written, 2 wrong words, 75 another run is under way.",
    )  # fmt: skip
    known.add_argument("--out", metavar="FOLDER", default=settings["out"], help="share or folder [%(default)s]")
    known.add_argument("--state", metavar="FOLDER", help="where it keeps what it told last")
    known.add_argument("--full", action="store_true", help="send everything, not only what has changed")
    known.add_argument("--class", dest="classes", metavar="CLASS", action="append", help="only this class")
    known.add_argument("--max-mib", type=float, default=settings["max_mib"], help="size of a file [%(default)s]")
    known.add_argument("--mode", type=_octal, default="600", help="permissions of the file [%(default)s]")
    known.add_argument("--quiet", action="store_true", help="print nothing where all is well")
    known.add_argument("--readme", action="store_true", help="print how to use it and how to carry its files")
    return known


def _octal(text: str) -> int:
    return int(text, 8)


def _default_state() -> str:
    home = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.path.join("/var/lib" if os.geteuid() == 0 else home, "itms-inventory")


class _Package:
    """One run: what was told before, what is asked again, the new file."""

    def __init__(
        self, settings: Mapping[str, Any], definitions: Sequence[Sequence[Any]], given: argparse.Namespace, folder: str
    ) -> None:
        self.settings, self.definitions, self.given = settings, definitions, given
        self.out: str = given.out
        self.file = os.path.join(folder, "state.json")
        self.now = int(time.time())
        self.state = self._read()
        self.names = self._named()

    def write(self) -> str:
        """Write the file, then what is kept; return where the file is. Raises PackageError, OSError."""
        if not os.path.isdir(self.out):
            raise PackageError(f"there is no folder {self.out}: is it mounted? Nothing was sent; --out names another")
        again, nonce = self._asked_again()
        is_full = bool(self.given.full or "*" in again or self._is_due())
        package = {
            "id": self.state["id"],
            "epoch": self.state["epoch"] + is_full,
            "counter": 0 if is_full else self.state["counter"] + 1,
            "full": is_full,
        }
        held = {
            name: None if is_full or name in again or name in _ALWAYS else self.state["classes"].get(name)
            for name in self.names
        }
        options = {**self.settings["options"], "most_bytes": max(1, int(self.given.max_mib * (1 << 20)))}
        kept: dict[str, Mapping[str, str]] = {}
        request = {"token": None, "classes": held, "options": options, "package": package}
        place = self._file(package, lambda out: answer(request, self.definitions, out, kept=kept))
        self._keep(package, kept, is_full, nonce)
        return place

    # --- what is asked ------------------------------------------------------------------------------------------------

    def _named(self) -> list[str]:
        there = [one[0] for one in self.definitions]
        wanted = [name.replace("-", "_") for name in self.given.classes or there]
        unknown = [name for name in wanted if name not in there]
        if unknown:
            raise PackageError(f"no class of this package: {', '.join(unknown)}; it has {', '.join(there)}")
        return sorted({*wanted, *(name for name in _ALWAYS if name in there)})

    def _is_due(self) -> bool:
        """Return whether a full file is to follow by itself: there was none, or too long ago, or too many files ago."""
        since = self.now - self.state["full_at"]
        is_late = since < 0 or since >= self.settings["full_days"] * _DAY_S
        return not self.state["epoch"] or is_late or self.state["counter"] + 1 >= self.settings["full_files"]

    def _asked_again(self) -> tuple[set[str], str]:
        """Return the classes that whoever loads the files asks for again, whole, and by which mark."""
        for path in (self._note(), os.path.join(os.path.dirname(self.file), "resync")):
            try:
                note = json.loads(small_file(path).decode("utf-8") or "{}")
            except (OSError, ValueError):
                if os.path.basename(path) == "resync" and os.path.exists(path):
                    return {"*"}, ""
                continue
            names = note.get("classes") if isinstance(note, dict) else None
            nonce = str(note.get("of", "")) if isinstance(note, dict) else ""
            if nonce and nonce == self.state["answered"]:
                continue  # it was answered, and could not be taken away
            return ({str(name) for name in names} if isinstance(names, list) else {"*"}), nonce
        return set(), ""

    def _note(self) -> str:
        return os.path.join(self.out, ASKED_AGAIN, f"{self.state['id']}.json")

    # --- what is kept -------------------------------------------------------------------------------------------------

    def _read(self) -> dict[str, Any]:
        """Return what was kept; what is broken, or was kept by another computer, counts for nothing."""
        machine = machine_mark()
        fresh: dict[str, Any] = {
            "machine": machine, "id": _uuid(), "epoch": 0, "counter": 0, "full_at": 0, "answered": "", "classes": {},
        }  # fmt: skip
        try:
            with open(self.file, "rb") as stream:
                found = json.loads(stream.read().decode("utf-8"))
            is_ours = found["machine"] == machine and all(type(found[key]) is type(fresh[key]) for key in fresh)
        except (OSError, ValueError, KeyError, TypeError):
            return fresh
        return found if is_ours else fresh

    def _keep(self, package: Mapping[str, Any], kept: Mapping[str, Any], is_full: bool, nonce: str) -> None:
        if is_full and not self.given.classes:
            self.state["full_at"] = self.now
        # What could not be read or had no room was not told: it is told again from what was told last.
        self.state["classes"] = {**self.state["classes"], **kept}
        self.state.update(epoch=package["epoch"], counter=package["counter"], answered=nonce or self.state["answered"])
        write_whole(self.file, json.dumps(self.state).encode(), 0o600)
        for path in (self._note(), os.path.join(os.path.dirname(self.file), "resync")):
            with suppress(OSError):
                os.unlink(path)

    # --- the file -----------------------------------------------------------------------------------------------------

    def _file(self, package: Mapping[str, Any], fill: Any) -> str:
        """Write a file under a hidden name, and give it its own when it is whole; no name ever comes twice."""
        host = _UNSAFE.sub("-", os.uname().nodename.partition(".")[0])[:40].strip("-") or "computer"
        at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self.now))
        name = f"{host}-{at}-{package['epoch']}-{package['counter']}-{secrets.token_hex(4)}.nse"
        place = os.path.join(self.out, name)
        write_whole(place, fill, self.given.mode & 0o666)
        return place


def _uuid() -> str:
    text = secrets.token_hex(16)
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
