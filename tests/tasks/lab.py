"""A step done on real computers, as the engine does it: over one transport, with what the CMDB knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from examples.lab.ssh_endpoints import Lab
from itmsctl.tasks.service.executing import execute
from itmsctl.tasks.step import Step
from itmsctl.tasks.surroundings import Surroundings
from itmsctl.transports.base import CommandOutcome, Settings
from itmsctl.transports.ssh import SshTransport
from tests.servers.chaos import ChaosProxy
from tests.servers.ssh import lab_credentials, lab_endpoint
from tests.transports.contract import marker

Do = Callable[..., CommandOutcome]


def step(kind: str, /, *, body: str = "", **given: Any) -> Step:
    """Return a step of a kind: `step("copy", source=..., path=...)`; `options` are fields of the step."""
    options = given.pop("options", {})
    arguments = {name.rstrip("_"): str(value) for name, value in given.items()}
    return Step(kind, kind, body, arguments=arguments, **({"time_limit_s": 20.0} | options))


class Ways:
    """Transports to a lab, closed at the end."""

    def __init__(self, lab: Lab, run_dir: str, stack: ExitStack) -> None:
        self.lab, self.run_dir, self.stack = lab, run_dir, stack

    def __call__(self, through: ChaosProxy | None = None, number: int = 0, **options: Any) -> SshTransport:
        place = lab_endpoint(self.lab, number)
        if through is not None:
            place = replace(place, addresses=(through.host,), port=through.port)
        settings = Settings(**({"run_dir": self.run_dir} | options))
        return self.stack.enter_context(SshTransport(place, lab_credentials(self.lab), settings))


@pytest.fixture
def ways(ssh_lab: Lab, tmp_path: Path) -> Iterator[Ways]:
    """Ways to computers of the SSH lab."""
    with ExitStack() as stack:
        yield Ways(ssh_lab, str(tmp_path / "runs"), stack)


@pytest.fixture
def do(ways: Ways) -> Do:
    """Do a step on a computer of the lab; one connection serves all steps of a test."""
    way = ways()

    def act(
        one: Step, known: Surroundings | None = None, over: SshTransport | None = None, **options: Any
    ) -> CommandOutcome:
        return execute(one, over or way, marker(), known, **options)

    return act
