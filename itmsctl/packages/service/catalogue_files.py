"""The files of the signed catalogue, in the library: readers see the old catalogue or the new one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from itmsctl.cmdb.work import Reader
from itmsctl.documents.faults import reading, writing
from itmsctl.documents.files import replacing
from itmsctl.packages.trust.roles import CATALOGUE, SNAPSHOT

if TYPE_CHECKING:
    from itmsctl.packages.trust.issuing import Files

FOLDER = "catalogue"
LIFE = "package_catalogue_days"  # the fact of the database: for how long the catalogue was renewed
_KEPT = 3  # former snapshots and catalogues, for those who are reading them now
_NUMBERED = re.compile(rf"(?P<number>[0-9]{{1,19}})\.(?:{SNAPSHOT}|{CATALOGUE})\.json")


@dataclass(frozen=True, slots=True)
class CatalogueFiles:
    """The files in their folder."""

    folder: Path

    def source(self, name: str, most: int) -> bytes | None:
        """Return at most so many bytes of a file; None where it is not there. Raises FileFormatError."""
        try:
            with (self.folder / name).open("rb") as file, reading(str(self.folder / name)):
                return file.read(most)
        except FileNotFoundError:
            return None

    def put(self, files: Files) -> None:
        """Write files in their order, each whole: the last one makes the others count. Raises StorageError."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, data in files:
            with replacing(self.folder / name, 0o644) as stream:
                stream.write(data)

    def set_aside(self) -> Path | None:
        """Rename the folder and return its new place; None where there is no folder. Raises StorageError."""
        if not self.folder.is_dir():
            return None
        taken = (self.folder.with_name(f"{FOLDER}.before-{number}") for number in range(1, 1000))
        free = next(path for path in taken if not path.exists())
        with writing(str(free)):
            return self.folder.rename(free)

    def sweep(self, newest: int) -> None:
        """Remove catalogues and snapshots that nobody reads any more; roots stay, for who comes late."""
        for path in self.folder.glob("*.json"):
            found = _NUMBERED.fullmatch(path.name)
            if found and int(found["number"]) <= newest - _KEPT:
                path.unlink(missing_ok=True)


def catalogue_of(reader: Reader) -> CatalogueFiles:
    """Return the files of the catalogue of the CMDB that is read."""
    return CatalogueFiles(reader.library / FOLDER)
