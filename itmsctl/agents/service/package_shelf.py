"""Packages in a published folder, for agents that no package server is near: `content/DIGEST/PATH`.

A package becomes visible whole. Agents believe nothing that stands here: they check it by digests in signed policy.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable
from pathlib import Path

from itmsctl.agents.content import PackageContent
from itmsctl.documents.faults import writing

CONTENT = "content"
_PART = ".part-"


class PackageShelf:
    """The packages of a folder that policy is published to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / CONTENT

    def put(self, contents: Iterable[PackageContent]) -> None:
        """Write packages that are not there; what came of one before, when its writer was killed, is written again."""
        for one in contents:
            if not (self.folder / one.digest).is_dir():
                self._put(one)

    def _put(self, content: PackageContent) -> None:
        part = self.folder / f"{_PART}{content.digest}"
        with writing(str(self.folder)):
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            for path, source, mode in content.files:
                into = part / path
                into.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, into)
                into.chmod(mode)
            for one in (self.folder, part, *(found for found in part.rglob("*") if found.is_dir())):
                one.chmod(0o755)
            part.rename(self.folder / content.digest)

    def keep_only(self, digests: Collection[str]) -> None:
        """Take away the packages that no policy names any more."""
        if not self.folder.is_dir():
            return
        with writing(str(self.folder)):
            for one in self.folder.iterdir():
                if one.name not in digests:
                    shutil.rmtree(one)
