"""A folder that policy is published to: a file for each agent, and parts that equal agents share."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from itmsctl.agents.content import PolicyPart
from itmsctl.documents.faults import writing
from itmsctl.documents.files import replacing

AGENTS, PARTS = "agents", "parts"
_END = ".policy"


class PolicyFolder:
    """A folder that policy is published to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with writing(str(folder)):
            for name in (AGENTS, PARTS):
                (folder / name).mkdir(parents=True, exist_ok=True, mode=0o755)
            self.there = {name.removesuffix(_END) for name in _names(folder / AGENTS) if name.endswith(_END)}
            self.parts = set(_names(folder / PARTS))

    def put(self, agent: str, data: bytes) -> None:
        """Write the policy of an agent."""
        path = self.folder / AGENTS / f"{agent}{_END}"
        with writing(str(path)), replacing(path, 0o644) as stream:
            stream.write(data)
        self.there.add(agent)

    def put_parts(self, parts: Iterable[PolicyPart]) -> None:
        """Write parts that are not there: before what names them."""
        for part in parts:
            if part.name in self.parts:
                continue
            path = self.folder / PARTS / part.name
            with writing(str(path)), replacing(path, 0o644) as stream:
                stream.write(part.data)
            self.parts.add(part.name)

    def keep_only(self, agents: Collection[str], parts: Collection[str]) -> int:
        """Take away what is of agents that are here no more, and parts that nothing names; return how many."""
        gone = [self.folder / AGENTS / f"{name}{_END}" for name in self.there.difference(agents)]
        gone += [self.folder / PARTS / name for name in self.parts.difference(parts)]
        with writing(str(self.folder)):
            for path in gone:
                with suppress(FileNotFoundError, IsADirectoryError):
                    path.unlink()
        return len(gone)


def _names(folder: Path) -> Iterator[str]:
    with os.scandir(folder) as entries:
        yield from (entry.name for entry in entries if not entry.name.startswith("."))
