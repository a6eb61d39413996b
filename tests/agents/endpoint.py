"""An agent in the folders of a test: its check-ins run in this process, by the clock of the test."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from itmsctl.agents.endpoint.check_in import CheckIn
from itmsctl.agents.endpoint.home import AgentHome
from itmsctl.agents.form import read_head, split
from itmsctl.inventory.catalogue import definitions
from itmsctl.inventory.endpoint.program import written_down
from tests.conftest import FrozenClock, Result, Run

CLASSES = ("identification", "local_groups")


@dataclass
class Endpoint:
    """A computer with an agent."""

    folder: Path
    build: dict[str, Any]
    clock: FrozenClock
    said: list[str] = field(default_factory=list)

    @property
    def now(self) -> int:
        return int(self.clock().timestamp())

    def check_in(self, *, late_s: int = 0) -> int:
        home = AgentHome(str(self.folder))
        home.hold()
        check_in = CheckIn(home, self.build, classes(), self.now + late_s)
        status = check_in.run()
        home.release()
        self.said = check_in.said
        return status

    @property
    def home(self) -> AgentHome:
        home = AgentHome(str(self.folder))
        home.look()
        return home


def classes() -> list[list[Any]]:
    return [written_down(definitions()[name]) for name in CLASSES]


@dataclass
class Site:
    """A server with the folders of a site: what it publishes, and its inbox."""

    run: Run
    ok: Run
    clock: FrozenClock
    folder: Path
    build: dict[str, Any] = field(default_factory=dict)

    @property
    def policy(self) -> Path:
        return self.folder / "policy"

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    def endpoint(self, name: str = "pc1") -> Endpoint:
        return Endpoint(self.folder / name, dict(self.build), self.clock)

    def trusted(self, name: str = "pc1") -> Endpoint:
        """Return an agent that was taken on, and has its policy."""
        made = self.endpoint(name)
        made.check_in()
        self.collect()
        self.ok("agent", "approve", made.home.id, "--computer", name)
        self.ok("agent", "publish")
        assert made.check_in() == 0, made.said
        self.collect()
        return made

    def collect(self) -> list[dict[str, Any]]:
        return [row for row in rows(self.run("event", "collect", "-o", "ndjson")) if row["type"] == "event"]

    def agent(self, which: Endpoint) -> dict[str, Any]:
        found: dict[str, Any] = self.ok("agent", "show", which.home.id, "-o", "json").json
        return found

    def policy_of(self, which: Endpoint) -> Path:
        return self.policy / "agents" / f"{which.home.id}.policy"

    def head_of(self, which: Endpoint) -> dict[str, Any]:
        return read_head(split(self.policy_of(which).read_bytes())[0])


def rows(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.out.splitlines()]


def build_of(path: Path) -> dict[str, Any]:
    """Return what the file of an agent was built with."""
    with zipfile.ZipFile(path) as archive:
        found: dict[str, Any] = json.loads(archive.read("build.json"))
    return found
