"""A folder that policy is published to: a file for each agent, and parts that equal agents share."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from itmsctl.agents.content import PolicyPart
from itmsctl.agents.groups import AgentProgram
from itmsctl.documents.faults import writing
from itmsctl.documents.files import replacing

AGENTS, PARTS, PROGRAMS = "agents", "parts", "program"
_END = ".policy"


class PolicyFolder:
    """A folder that policy is published to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with writing(str(folder)):
            for name in (AGENTS, PARTS):
                (folder / name).mkdir(parents=True, exist_ok=True, mode=0o755)
            self.parts = set(_names(folder / PARTS))

    @cached_property
    def there(self) -> set[str]:
        """Return the agents that it holds a file of."""
        return {name.removesuffix(_END) for name in _names(self.folder / AGENTS) if name.endswith(_END)}

    def count(self) -> int:
        """Return how many files of agents it holds, and of whatever else lies among them."""
        return len(_names(self.folder / AGENTS))

    def put(self, agent: str, data: bytes) -> None:
        """Write the policy of an agent."""
        path = self.folder / AGENTS / f"{agent}{_END}"
        with writing(str(path)), replacing(path, 0o644) as stream:
            stream.write(data)

    def put_parts(self, parts: Iterable[PolicyPart]) -> None:
        """Write parts that are not there: before what names them."""
        for part in parts:
            if part.name in self.parts:
                continue
            path = self.folder / PARTS / part.name
            with writing(str(path)), replacing(path, 0o644) as stream:
                stream.write(part.data)
            self.parts.add(part.name)

    def put_program(self, program: AgentProgram) -> None:
        """Write the program of agents that renew themselves."""
        path = self.folder / PROGRAMS / program.name
        if not path.exists():
            with writing(str(path)):
                path.parent.mkdir(exist_ok=True, mode=0o755)
            with writing(str(path)), replacing(path, 0o644) as stream:
                stream.write(program.data)

    def keep_only(self, agents: Collection[str] | None, parts: Collection[str], programs: Collection[str]) -> int:
        """Take away what is of other agents, where these are named, and other parts and programs; return how many."""
        others = self.there.difference(agents) if agents is not None else ()
        gone = [self.folder / AGENTS / f"{name}{_END}" for name in others]
        gone += [self.folder / PARTS / name for name in self.parts.difference(parts)]
        if (self.folder / PROGRAMS).is_dir():
            gone += [self.folder / PROGRAMS / name for name in _names(self.folder / PROGRAMS) if name not in programs]
        if agents is not None:
            self._take_half_written()
        with writing(str(self.folder)):
            for path in gone:
                with suppress(FileNotFoundError, IsADirectoryError):
                    path.unlink()
        return len(gone)

    def _take_half_written(self) -> None:
        """Take away what a publisher was killed at: nobody else writes here."""
        for folder in (self.folder / AGENTS, self.folder / PARTS, self.folder / PROGRAMS):
            for path in folder.glob(".*.tmp"):
                with writing(str(path)):
                    path.unlink(missing_ok=True)


def _names(folder: Path) -> list[str]:
    with writing(str(folder)):
        return [name for name in os.listdir(folder) if name[0] != "."]  # noqa: PTH208 - tens of thousands, as names
