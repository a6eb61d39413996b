"""The pages of the documentation, inside the package when installed and in `docs/` otherwise; scripts for shells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from itmsctl.documents.templates import texts

_PACKAGE = Path(__file__).resolve().parents[2]


def folder() -> Path | None:
    """Return where the pages are, or None where they were not installed."""
    return next((place for place in (_PACKAGE / "docs", _PACKAGE.parent / "docs") if place.is_dir()), None)


def pages() -> Iterator[dict[str, str]]:
    """Yield the title and the path of each page, those of the first level before those below it."""
    place = folder()
    if place is None:
        return
    found = place.rglob("*.md")
    for path in sorted(found, key=lambda page: (len(page.parts), page)):
        title = path.read_text(encoding="utf-8").partition("\n")[0]
        yield {"name": str(path), "meaning": title.lstrip("# ")}


def completion_script(shell: str) -> str:
    """Return the script by which a shell completes."""
    return texts("completion")[shell]
