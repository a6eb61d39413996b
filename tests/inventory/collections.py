"""Collections of other tools' files that nobody here wrote: they stand beside the repository, where there are any."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from itmsctl.errors import FileFormatError
from itmsctl.inventory.service.loading import read_inventory
from itmsctl.inventory.told import Subject, Told
from tests.servers import missing

FOLDER = Path(__file__).parents[2].parent / "shared" / "real"
AT = datetime(2026, 11, 30, 12, tzinfo=UTC)

# Folders, and which files in them hold inventories.
KINDS = {
    "glpi": ("glpi/examples/*.json", "glpi/xml/*.xml"),
    "facter": ("facter/*/*.facts",),
    "ansible": ("ansible/*",),
}


def files_of(kind: str) -> tuple[Path, ...]:
    """Return the files of a kind; says loudly where they are not on this machine."""
    if not FOLDER.is_dir():
        missing("captures", "the folder of real files is not beside the repository")
    return tuple(sorted(path for pattern in KINDS[kind] for path in FOLDER.glob(pattern)))


def told_by(path: Path) -> list[tuple[Subject, Told]] | str:
    """Return what a file tells, or why it tells nothing."""
    name = path.relative_to(FOLDER).as_posix()
    try:
        with path.open("rb") as stream:
            return list(read_inventory(stream, name, at=AT))
    except FileFormatError as error:
        return error.message


def every_told(kind: str) -> Iterator[tuple[str, Subject, Told]]:
    """Yield what all files of a kind tell."""
    for path in files_of(kind):
        found = told_by(path)
        for subject, told in found if isinstance(found, list) else ():
            yield path.relative_to(FOLDER).as_posix(), subject, told
