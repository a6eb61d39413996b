"""Packages made for tests: content, its objects in a folder, and this machine as a computer with a cache of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from itmsctl.packages.manifest import PIECE, PackageFile, PackageManifest, PackageProgram, checked
from itmsctl.transports.endpoint import Credentials, Endpoint, Settings
from itmsctl.transports.local import LocalTransport


@dataclass
class MadePackage:
    """A package, and where its objects are."""

    objects: Path
    contents: dict[str, bytes] = field(default_factory=dict)
    programs: tuple[PackageProgram, ...] = ()
    detect: str | None = None

    def add(self, path: str, data: bytes, mode: int = 0o644) -> PackageFile:
        """Put bytes among the objects, and return the file that has them."""
        self.objects.mkdir(exist_ok=True)
        self.source(hashlib.sha256(data).hexdigest()).write_bytes(data)
        self.contents[path] = data
        pieces = [hashlib.sha256(data[n : n + PIECE]).hexdigest() for n in range(0, len(data), PIECE)]
        sha256 = hashlib.sha256(data).hexdigest()
        return PackageFile(path, len(data), sha256, mode, tuple(pieces) if len(data) > PIECE else ())

    def source(self, sha256: str) -> Path:
        """Return where the bytes of a digest are."""
        return self.objects / sha256

    def manifest(self, *files: PackageFile) -> PackageManifest:
        """Return the package of these files."""
        return checked(PackageManifest("made", "1.0", 1, files, self.programs, self.detect))


def seen(folder: Path) -> Mapping[str, bytes]:
    """Return the files of a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def here(tmp_path: Path, stopped: Callable[[], bool] | None = None) -> LocalTransport:
    """Return this machine."""
    settings = Settings(run_dir=str(tmp_path / "runs"))
    made = LocalTransport(Endpoint("00000000-0000-4000-8000-000000000001", "here", ("here",)), Credentials(), settings)
    made.stopped = stopped
    return made
