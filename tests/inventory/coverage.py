"""What each kind of real file gives: `python -m tests.inventory.coverage` prints it; a test holds that none crashes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from itmsctl.documents.rows import Columns, TableRow, read_rows
from itmsctl.errors import FileFormatError
from itmsctl.inventory.parser import parser
from tests.inventory import captures
from tests.inventory.collections import FOLDER, KINDS, files_of, told_by


@dataclass
class Kind:
    """Files of one folder: how many, how many of them gave rows, how many rows, and why others gave none."""

    files: int = 0
    with_rows: int = 0
    rows: int = 0
    why: dict[str, list[str]] = field(default_factory=dict)

    def take(self, name: str, rows: int, why: str) -> None:
        self.files += 1
        self.rows += rows
        self.with_rows += bool(rows)
        if not rows:
            self.why.setdefault(why, []).append(name)


def outcomes() -> Iterator[tuple[str, str, int, str]]:
    """Yield for each file its kind, its name, how many rows it gave, and why none."""
    for path in captures.every_file():
        name = captures.name_of(path)
        kind, chosen = "captures/" + "/".join(name.split("/")[:2][:-1] or [name]), captures.parser_of(name)
        if chosen is None:
            yield kind, name, 0, captures.why_unread(name) or "no parser"
            continue
        rows = sum(map(len, parser(chosen).rows(captures.text(path)).values()))
        yield kind, name, rows, captures.why_empty(name) or "nothing was found in it"
    for kind in KINDS:
        for path in files_of(kind):
            name, found = path.relative_to(FOLDER).as_posix(), told_by(path)
            if isinstance(found, str):
                yield path.parent.relative_to(FOLDER).as_posix(), name, 0, found.removeprefix(f"{name}: ")
            else:
                rows = sum(len(one) for _, told in found for one in told.classes.values())
                yield path.parent.relative_to(FOLDER).as_posix(), name, rows, "nothing was found in it"
    for path in sorted((FOLDER / "csv").rglob("*.csv")):
        rows, why = _table(path)
        yield path.parent.relative_to(FOLDER).as_posix(), path.relative_to(FOLDER).as_posix(), rows, why


def _table(path: Path) -> tuple[int, str]:
    anything = Columns.of("anything", extra_allowed=True)
    try:
        with read_rows(path, anything, name=path.name) as table:
            read = list(table)
    except FileFormatError as error:
        return 0, f"{error.message.removeprefix(path.name + ': ')} (hint: {error.hint})"
    return sum(isinstance(row, TableRow) for row in read), "no row"


def kinds() -> dict[str, Kind]:
    """Return what each kind of file gave."""
    found: dict[str, Kind] = {}
    for kind, name, rows, why in outcomes():
        found.setdefault(kind, Kind()).take(name, rows, why)
    return found


def main() -> int:
    """Print the table, and the files that gave nothing by reason."""
    found = kinds()
    out = sys.stdout
    out.write(f"{'kind of file':34} {'files':>6} {'with rows':>10} {'rows':>8}\n")
    for name, one in sorted(found.items()):
        out.write(f"{name:34} {one.files:6} {one.with_rows:10} {one.rows:8}\n")
    total = [sum(getattr(one, part) for one in found.values()) for part in ("files", "with_rows", "rows")]
    out.write(f"{'all':34} {total[0]:6} {total[1]:10} {total[2]:8}\n\nFiles that gave none, and why:\n")
    for name, one in sorted(found.items()):
        for why, files in sorted(one.why.items()):
            out.write(f"  {name}: {len(files)} ({files[0]}{' ...' if files[1:] else ''}): {why}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
