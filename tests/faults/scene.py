"""A folder with a CMDB of its own, and itmsctl on it: the user's path, in this process or in one of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from itmsctl.cli.context import Context
from itmsctl.cli.main import main
from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.store import Store
from itmsctl.values.times import Clock, system_clock
from tests.cli.programs import environment_of
from tests.conftest import Result, Stream


@dataclass(frozen=True)
class Scene:
    """Where a job happens; `db` is the embedded default unless a URL is given."""

    folder: Path
    db: str = ""
    clock: Clock = system_clock

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of a command."""
        return environment_of(self.folder, {"ITMSCTL_DB": self.db} if self.db else {})

    @property
    def url(self) -> str:
        """Return where the CMDB is."""
        return self.db or str(self.folder / "data" / "itmsctl" / "cmdb.sqlite")

    def run(self, *argv: str) -> Result:
        """Run one command in this process, on the clock of the scene."""
        out, err = Stream(), Stream()
        context = Context(list(argv), self.environment, Stream(), out, err, self.clock)
        code = main(list(argv), context)
        return Result(code, out.getvalue(), err.getvalue())

    def ok(self, *argv: str) -> Result:
        """Run one command that has to end with 0."""
        result = self.run(*argv)
        assert result.code == 0, (argv, result.err)
        return result

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Yield the open CMDB."""
        state = self.folder / "state" / "itmsctl"
        opened = open_store(place_of(self.url), clock=self.clock, actor=Actor("sweep"), state_folder=state)
        try:
            yield opened
        finally:
            opened.close()
