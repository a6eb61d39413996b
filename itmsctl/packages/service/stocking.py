"""A package put into the cache of one endpoint: only what it lacks is sent, and all is checked there."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from itmsctl.errors import (
    FailedError,
    InputError,
    LinkLostError,
    PackageHashError,
    RemoteDirUnsafeError,
    RemoteStorageError,
    TransferCutError,
    TransferError,
)
from itmsctl.packages.manifest import PackageManifest
from itmsctl.packages.service.endpoint_texts import program_text
from itmsctl.packages.stock import Lacking, Portion, every_portion, known_by, listing, needed, piece_listing, rounds
from itmsctl.transports.base import Transport
from itmsctl.transports.conversing import Dialogue, DialogueEnd, Stocker, Supply
from itmsctl.transports.failures import shown
from itmsctl.transports.outcome import HostFacts
from itmsctl.transports.packing import Packer
from itmsctl.transports.reader import End
from itmsctl.values.untrusted import shell_arg

ATTEMPTS = 4  # rounds after the first that may pass without anything more being there
KEPT = 8 << 20  # bytes of what an endpoint says it lacks; where it says more, all is sent again
_CHECKED = 50 << 20  # bytes a second that the slowest of computers reads and checks


class StopRequestedError(Exception):
    """A person asked that the step ends: nothing runs on the endpoint."""


@dataclass
class Stocked:
    """What it took to have a package in the cache of an endpoint."""

    folder: str = ""
    sent: int = 0  # bytes, all counted
    was_there: bool = False
    host: HostFacts = field(default_factory=HostFacts)


@dataclass
class Stocking:
    """One package and one endpoint. `source` leads from the digest of a file to where it stands here."""

    transport: Transport
    manifest: PackageManifest
    source: Callable[[str], Path]
    run_as: str | None = None
    cache: str = ""
    limit_s: float = 300.0
    done: Stocked = field(default_factory=Stocked)

    def put(self) -> Stocked:
        """Put it there. Raises ItmsError, and StopRequestedError where a person ended it."""
        stuck, portions, fill = 0, every_portion(self.manifest), False
        before = None
        while True:
            said = self._round(portions, fill=fill)
            self.done.sent += said.sent
            self.done.host = said.host
            stored, whole = said.last("STORED"), said.last("WHOLE")
            if stored is not None or whole is not None:
                self.done.was_there = stored is None
                self.done.folder = shown(stored or whole or "")
                return self.done
            if said.last("SHORT") is None:
                raise self._torn(said)
            lacking = Lacking.of(said.lines)
            if before is not None and (lacking.paths, lacking.pieces) == before:
                stuck += 1
                if stuck >= ATTEMPTS:
                    raise self._mismatch(lacking)
            before = (lacking.paths, lacking.pieces)
            portions = next(rounds(lacking.portions(self.manifest)), ()) if said.whole else every_portion(self.manifest)
            fill = True

    def _round(self, portions: Sequence[Portion], *, fill: bool) -> DialogueEnd:
        all_of_it = every_portion(self.manifest)

        def supply(what: Sequence[Portion]) -> Callable[[str], Supply]:
            return lambda _: lambda out: self._send(what, out)

        size = sum(one.size for one in portions)
        talk = Dialogue(
            program_text("cache", "receive", "stock"),
            names=known_by(self.manifest)
            | {"cache": self.cache, "mode": "fill" if fill else "", "need": needed(self.manifest)},
            asks={"NONE": supply(all_of_it), "PART": supply(()), "WHOLE": supply(()), "FILL": supply(portions)},
            run_as=self.run_as,
            limit_s=self.limit_s + self.manifest.size / _CHECKED,
            size=size,
            keep_bytes=KEPT,
        )
        return self.said(talk)

    def said(self, talk: Dialogue) -> DialogueEnd:
        """Return what the endpoint says. Raises what its refusal means, and StopRequestedError."""
        said = self.transport.converse(talk)
        if said.end is End.STOPPED or (self.transport.stopped is not None and self.transport.stopped()):
            raise StopRequestedError
        self.refuse(said.word, said.text)
        return said

    def refuse(self, word: str, why: str) -> None:
        """Raise what the first word of an endpoint means, where it is a refusal."""
        if word in _REFUSALS:
            kind, hint = _REFUSALS[word]
            name = shown(self.transport.endpoint.name)
            raise kind(f"{name} took no package; nothing was run", why=shown(why), hint=hint)

    def _send(self, portions: Sequence[Portion], out: Stocker) -> None:
        packer = Packer(out)
        for name, data in (("list", listing(self.manifest)), ("pieces", piece_listing(self.manifest))):
            packer.add(member(name, 0o600), data)
        packer.add(member("m", 0o600), self.manifest.canonical())
        plan = []
        for number, one in enumerate(portions):
            name = f"f/{one.file.path}" if one.piece is None else f"p/{number}"
            info = member(name, one.file.mode)
            info.size = one.size
            with self.opened(one) as file:
                packer.add_file(info, file)
            if one.piece is not None:
                plan.append(f"{number} {one.piece} {one.file.size} {one.file.mode:o} ./{one.file.path}/\n")
        if plan:
            packer.add(member("p/plan", 0o600), "".join(plan).encode())
        # The last member proves that all came.
        packer.add(member("end", 0o600))
        packer.end()

    @contextmanager
    def opened(self, one: Portion) -> Iterator[BinaryIO]:
        """Open what is to be sent, at its beginning. Raises InputError."""
        path = self.source(one.file.sha256)
        try:
            file = path.open("rb", buffering=0)
        except OSError as error:
            why = error.strerror or str(error)
            raise InputError(f"`{one.file.path}` of {self.manifest.name} is not in the library", why=why) from None
        with file:
            file.seek(one.offset)
            yield file

    # --- refusals -----------------------------------------------------------------------------------------------------

    def _torn(self, said: DialogueEnd) -> Exception:
        name = shown(self.transport.endpoint.name)
        if said.end is End.LINK_LOST:
            return LinkLostError(f"the connection to {name} was lost")
        why = shown(said.last("TORN") or " ".join(said.lines[-2:])) or said.end.value
        kind = TransferError if said.end is End.EXITED else TransferCutError
        return kind(
            f"{self.manifest.name} could not be put on {name}", why=why, hint="what came is kept: push it again"
        )

    def _mismatch(self, lacking: Lacking) -> PackageHashError:
        path = min(lacking.paths, default="")
        file = next((one for one in self.manifest.files if one.path == path), None)
        want = file.sha256 if file else "?"
        return PackageHashError(
            f"`{shown(path)}` is not what the package says, on {shown(self.transport.endpoint.name)}; nothing was run",
            why=f"want {want}, got another one each time it was sent",
            hint=f"itmsctl package verify {shell_arg(self.manifest.name)}",
        )


_REFUSALS: dict[str, tuple[type[FailedError], str]] = {
    "UNFIT": (
        RemoteDirUnsafeError,
        "let the cache belong to the login user alone (mode 0700), or name another: --cache",
    ),
    "NOROOM": (RemoteStorageError, "free space on that computer"),
    "BUSY": (TransferError, "wait for it, then push again"),
}


def member(name: str, mode: int) -> tarfile.TarInfo:
    """Return the head of a member of the tar stream that an endpoint reads."""
    info = tarfile.TarInfo(name)
    info.mode = mode
    return info
