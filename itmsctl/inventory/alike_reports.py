"""Reports of a class that several computers tell in the very same words, formed once: of one image they say the same.

What was told once only is not kept: most classes of most computers say something that no other does.
"""

from __future__ import annotations

from collections.abc import Callable

from itmsctl.inventory.delta import ClassReport

_MOST_ROWS, _MOST_SEEN = 20_000, 8192


class AlikeReports:
    """Remembers the digests of what was told, and of what was told again the report that was formed of it."""

    def __init__(self) -> None:
        self._seen: dict[bytes, None] = {}
        self._kept: dict[bytes, ClassReport] = {}
        self._rows = 0

    def of(self, digest: bytes | None, form: Callable[[], ClassReport]) -> ClassReport:
        """Return the report of what has this digest (`marks.told_digest`), formed or remembered."""
        if digest is None:
            return form()
        found = self._kept.get(digest)
        if found is None:
            found = form()
            if digest in self._seen:
                self._keep(digest, found)
            else:
                self._see(digest)
        return found

    def _see(self, digest: bytes) -> None:
        if len(self._seen) >= _MOST_SEEN:
            self._seen.clear()
        self._seen[digest] = None

    def _keep(self, digest: bytes, found: ClassReport) -> None:
        self._rows += len(found.formed.rows) + 1
        if self._rows > _MOST_ROWS:
            self._kept.clear()
            self._rows = len(found.formed.rows) + 1
        self._kept[digest] = found
